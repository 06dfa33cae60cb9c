"""Details below a run's images: requested and returned values, cost, errors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from components.client.events import SENT_TO
from components.parameters import applicable
from components.runs import RunView
from components.settings import BUILT_IN_ID
from components.ui.access.base_path import app_address
from components.ui.base.assets import asset
from components.ui.base.formatting.markdown_text import escape, escape_lines
from components.ui.base.formatting.money import dollars
from components.ui.base.formatting.time_format import full_text
from components.ui.base.request_summary import SHOWN_SEPARATELY, value_text

_FACTS = st.components.v2.component(
    "image_workbench_facts",
    html='<div class="run-facts"></div>',
    css=asset("results/run_details.css"),
    js=asset("base/browser/common.js", "results/run_details.js"),
)


# Characters; no answer needs more beside its images, and the browser should not have to draw it.
LONGEST_JSON = 100_000


def draw_error(view: RunView) -> None:
    """Say what happened, what it means for money and work, and what to do next."""
    error = view.error
    if (view.answer or {}).get(SENT_TO):
        st.info(
            "This server has no /responses with the image tool, so only the image was sent, through /images/edits.",
            icon=":material/info:",
        )
    if view.shortfall:
        st.info(view.shortfall, icon=":material/info:")
    if not error:
        return
    with st.container(border=True, key=f"run-error-{view.id}"):
        st.markdown(f":red[:material/error:] **{escape(str(error.get('title', 'The run failed.')))}**")
        moderation = error.get("moderation")
        stopped = _moderation_text(moderation) if moderation else ""
        for text in (error.get("what"), stopped, error.get("money_sentence"), error.get("next")):
            if text:
                st.markdown(escape(str(text)))
        facts = [
            f"{label} {error[name]}"
            for name, label in (("status", "HTTP"), ("code", "code"), ("request_id", "request"))
            if error.get(name)
        ]
        if facts:
            st.caption(escape(" · ".join(facts)))


# Where the safety system stopped a request.
_STAGES = {"input": "It stopped the prompt or an input image", "output": "It stopped the image that was made"}


def _moderation_text(moderation: Mapping[str, Any]) -> str:
    """Return the stage and the categories of a refusal as a sentence."""
    stage = _STAGES.get(str(moderation.get("stage")), "It stopped this request")
    categories = ", ".join(str(one) for one in moderation.get("categories") or ())
    return f"{stage}; categories: {categories}." if categories else f"{stage}."


def draw_urls(view: RunView) -> None:
    """Show the image URLs that the server returned, as text: no browser fetches them by itself."""
    if view.image_urls:
        st.caption("Image URL(s) from the server. They expire, often within an hour; the files are kept here.")
        st.code("\n".join(view.image_urls), language=None, wrap_lines=True)


# Where a file is that could not be stored as an image of the library.
ON_DISK = "The app also has it on disk and adds it to the library as soon as possible."
IN_MEMORY = "It exists only in the app's memory: it is lost if the app stops before it can be stored."
WITH_RUN = "It is kept with this run, unchanged."


def draw_unsaved(view: RunView) -> None:
    """Draw download links for what was paid for and could not be stored, before everything else of the run."""
    for one in view.unsaved:
        where = WITH_RUN if not one.is_image else IN_MEMORY if one.is_in_memory else ON_DISK
        what = "stored" if one.is_image else "shown"
        address = app_address(f"/runs/{view.id}/unsaved/{one.token}")
        st.markdown(
            f":material/save: [Save it from here]({address}): image {one.index + 1} arrived, "
            f"but could not be {what}. {escape(one.reason)} {where}"
        )
    if view.text and not view.is_written:
        st.download_button(
            "Save the answer",
            view.text,
            f"answer-{view.id[-6:]}.txt",
            icon=":material/save:",
            key=f"unwritten.{view.id}",
            help="It could not be stored: it exists only in the app's memory until the database accepts it.",
        )


def _returned_text(view: RunView, name: str) -> str:
    images = view.images
    from_images = {
        "size": sorted({f"{image.width}x{image.height}" for image in images}),
        "output_format": sorted({image.format for image in images}),
        "frame_count": sorted({str(image.frames) for image in images}),
        # A version with the original kept outside the mask is ours: it was neither asked for nor paid for.
        "n": [str(sum(image.role == "image" for image in images))] if images else [],
    }
    found = from_images.get(name)
    if found is not None:
        return ", ".join(found)
    if name == "response_url" and view.image_urls:
        return "1 URL" if len(view.image_urls) == 1 else f"{len(view.image_urls)} URLs"
    answer = view.answer or {}
    value = answer.get(name)
    return "" if value is None else str(value)


# What an answer may tell of, shown whatever was asked; any other parameter is shown where it was set.
ALWAYS_SHOWN = frozenset({"size", "quality", "output_format", "background", "n", "frame_count"})


def _request_rows(view: RunView) -> Iterator[dict[str, Any]]:
    """Yield requested values, by default those of the registry, with the returned ones."""
    given = dict(view.recipe.get("values", {}))
    for one in applicable(view.operation, view.model, given):
        asked = given.get(one.name, one.default)
        if asked is None or one.name in SHOWN_SEPARATELY or (one.name not in ALWAYS_SHOWN and asked == one.default):
            continue
        shown = value_text(asked)
        came = _returned_text(view, one.name)
        yield _row(one.label, shown, came, differs=bool(came) and shown not in {came, "auto", "default", "yes"})
    model = str((view.answer or {}).get("model") or "")
    yield _row("Model", view.model, model, differs=bool(model) and model != view.model)


def _row(label: str, requested: str, returned: str = "", *, differs: bool = False) -> dict[str, Any]:
    return {"label": label, "requested": requested, "returned": returned or "–", "differs": differs}


def cost_text(view: RunView) -> str:
    """Return what a run cost, or why that is not known."""
    if view.cost is not None:
        return dollars(view.cost)
    if view.connection_id == BUILT_IN_ID:
        return "nothing, built-in engine"
    if not view.usage and (view.error or {}).get("money") == "nothing_spent":
        return "nothing"
    return "not known for this model" if view.usage else "not known, not reported by the server"


def tokens_text(usage: Mapping[str, Any] | None) -> str:
    """Return output and input tokens as the server counted them."""
    if not usage:
        return "not said"
    out = usage.get("output_tokens", usage.get("completion_tokens"))
    taken = usage.get("input_tokens", usage.get("prompt_tokens"))
    return f"{out if out is not None else '?'} out, {taken if taken is not None else '?'} in"


def _fact_rows(view: RunView) -> Iterator[tuple[str, str]]:
    yield "Tokens", tokens_text(view.usage)
    response = (view.answer or {}).get("response")
    if view.operation == "edit" and isinstance(response, Mapping):
        yield "Text model", f"{response.get('model')}: {tokens_text(response.get('usage'))}"
    yield "Cost", cost_text(view) + (" (from the archive; not counted in Spending)" if view.imported_at else "")
    if view.started and view.ended:
        yield "Time", f"{max(0.0, view.ended - view.started):.1f} s"  # clocks are put back now and then
    yield "Connection", view.connection_name
    yield "Started", full_text(view.started or view.created)
    if view.imported_at:
        yield "Imported", full_text(view.imported_at)


def draw_run_facts(view: RunView) -> None:
    """Draw two small tables, side by side where there is room.

    A run that returned nothing, such as a failed one, has no column of returned values.
    """
    if not view.has_ended:
        return
    st.subheader("Requested and returned")
    head = ["", "requested", "returned"] if view.images else None
    facts = [_row(label, value) for label, value in _fact_rows(view)]
    _FACTS(key=f"facts-{view.id}", data={"head": head, "requested": list(_request_rows(view)), "facts": facts})
    if request_id := view.request_id or (view.error or {}).get("request_id"):
        st.caption(f"Request id {escape(str(request_id))}")
    revised = sorted({image.revised_prompt for image in view.images if image.revised_prompt} - {view.prompt})
    for prompt in revised:
        st.caption("The model used this prompt instead of yours:")
        st.markdown(escape_lines(prompt))
    if view.answer and view.images:
        with st.expander("Answer (JSON)"):
            st.code(answer_json(view.answer), language="json", height=320)


def answer_json(answer: Mapping[str, Any]) -> str:
    """Return what the server said besides the images as JSON, cut if very long."""
    text = json.dumps(answer, indent=2, ensure_ascii=False)
    return text if len(text) <= LONGEST_JSON else f"{text[:LONGEST_JSON]}\n…"
