"""Beneath a run's pictures: what was asked and what came, what it cost, and what went wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from components.parameters import applicable
from components.runs import RunView
from components.settings import BUILT_IN_ID
from components.ui.base.assets import asset
from components.ui.base.markdown_text import escape, escape_lines
from components.ui.base.money import dollars
from components.ui.base.request_summary import ELSEWHERE, value_text
from components.ui.base.time_format import full_text

_FACTS = st.components.v2.component(
    "image_workbench_facts",
    html='<div class="asked-and-came"></div>',
    css=asset("results/run_details.css"),
    js=asset("base/common.js", "results/run_details.js"),
)


# Characters; no answer needs more beside its images, and the browser should not have to draw it.
LONGEST_JSON = 100_000


def draw_error(view: RunView) -> None:
    """What happened, what it means for money and work, and what to do next."""
    error = view.error
    if view.shortfall:
        st.info(view.shortfall, icon=":material/info:")
    if not error:
        return
    with st.container(border=True, key=f"run-error-{view.id}"):
        st.markdown(f":red[:material/error:] **{escape(str(error.get('title', 'The run failed.')))}**")
        for part in ("what", "money_sentence", "next"):
            if text := error.get(part):
                st.markdown(escape(str(text)))
        facts = [
            f"{label} {error[name]}"
            for name, label in (("status", "HTTP"), ("code", "code"), ("request_id", "request"))
            if error.get(name)
        ]
        if facts:
            st.caption(escape(" · ".join(facts)))


def draw_urls(view: RunView) -> None:
    """The image URLs that the server answered with, as text to copy: nobody's browser fetches them by itself."""
    if view.image_urls:
        st.caption("Image URL(s), as the server gave them. They expire, often within an hour; the files are kept here.")
        st.code("\n".join(view.image_urls), language=None, wrap_lines=True)


# Where a file is that could not be stored as an image of the library.
ON_DISK = "The app keeps it on its disk too, and puts it into the library as soon as it can."
IN_MEMORY = "It is in the app's memory alone: if the app ends before the disk takes it, it is lost."
WITH_RUN = "It is kept with this run, as it came."


def draw_unsaved(view: RunView) -> None:
    """Offer for saving by hand what was paid for and is not in the library; before all else of the run."""
    for one in view.unsaved:
        where = WITH_RUN if not one.is_picture else IN_MEMORY if one.is_in_memory else ON_DISK
        what = "stored" if one.is_picture else "shown"
        st.markdown(
            f":material/save: [Save it from here](/runs/{view.id}/unsaved/{one.token}): image {one.index + 1} arrived, "
            f"but could not be {what}. {escape(one.reason)} {where}"
        )
    if view.text and not view.is_written:
        st.download_button(
            "Save the answer",
            view.text,
            f"answer-{view.id[-6:]}.txt",
            icon=":material/save:",
            key=f"unwritten.{view.id}",
            help="It could not be stored: it is in the app's memory alone until the database takes it.",
        )


def _came(view: RunView, name: str) -> str:
    images = view.images
    from_pictures = {
        "size": sorted({f"{image.width}x{image.height}" for image in images}),
        "output_format": sorted({image.format for image in images}),
        "frame_count": sorted({str(image.frames) for image in images}),
        # A version with the original kept outside the mask is ours: it was neither asked for nor paid for.
        "n": [str(sum(image.role == "image" for image in images))] if images else [],
    }
    found = from_pictures.get(name)
    if found is not None:
        return ", ".join(found)
    if name == "response_url" and view.image_urls:
        return "1 URL" if len(view.image_urls) == 1 else f"{len(view.image_urls)} URLs"
    answer = view.answer or {}
    value = answer.get(name)
    return "" if value is None else str(value)


# What an answer may tell of, shown whatever was asked; any other parameter is shown where it was set.
TOLD = frozenset({"size", "quality", "output_format", "background", "n", "frame_count"})


def _asked_rows(view: RunView) -> Iterator[dict[str, Any]]:
    """What was asked for, by the registry's default where nothing was, and what came."""
    given = dict(view.recipe.get("values", {}))
    for one in applicable(view.operation, view.model, given):
        asked = given.get(one.name, one.default)
        if asked is None or one.name in ELSEWHERE or (one.name not in TOLD and asked == one.default):
            continue
        shown = value_text(asked)
        came = _came(view, one.name)
        yield _row(one.label, shown, came, differs=bool(came) and shown not in {came, "auto", "default", "yes"})
    model = str((view.answer or {}).get("model") or "")
    yield _row("Model", view.model, model, differs=bool(model) and model != view.model)


def _row(label: str, asked: str, came: str = "", *, differs: bool = False) -> dict[str, Any]:
    return {"label": label, "asked": asked, "came": came or "–", "differs": differs}


def cost_text(view: RunView) -> str:
    """What a run cost, in words where no amount is known."""
    if view.cost is not None:
        return dollars(view.cost)
    if view.connection_id == BUILT_IN_ID:
        return "nothing, built-in engine"
    if not view.usage and (view.error or {}).get("money") == "nothing_spent":
        return "nothing"
    return "not known for this model" if view.usage else "not known, the server did not say"


def tokens_text(usage: Mapping[str, Any] | None) -> str:
    """The tokens that came out and went in, as the server counted them."""
    if not usage:
        return "not said"
    out = usage.get("output_tokens", usage.get("completion_tokens"))
    taken = usage.get("input_tokens", usage.get("prompt_tokens"))
    return f"{out if out is not None else '?'} out, {taken if taken is not None else '?'} in"


def _fact_rows(view: RunView) -> Iterator[tuple[str, str]]:
    yield "Tokens", tokens_text(view.usage)
    yield "Cost", cost_text(view) + (", says the archive; not counted in Spending" if view.imported_at else "")
    if view.started and view.ended:
        yield "Time", f"{max(0.0, view.ended - view.started):.1f} s"  # clocks are put back now and then
    yield "Connection", view.connection_name
    yield "Started", full_text(view.started or view.created)
    if view.imported_at:
        yield "Imported", full_text(view.imported_at)


def draw_asked_and_came(view: RunView) -> None:
    """Two small tables side by side, one above the other where there is no room for that.

    Where nothing came, as of a failed run, only what was asked is told.
    """
    if not view.has_ended:
        return
    st.subheader("What was asked, what came")
    head = ["", "asked", "came"] if view.images else None
    facts = [_row(label, value) for label, value in _fact_rows(view)]
    _FACTS(key=f"facts-{view.id}", data={"head": head, "asked": list(_asked_rows(view)), "facts": facts})
    if request_id := view.request_id or (view.error or {}).get("request_id"):
        st.caption(f"Request id {escape(str(request_id))}")
    revised = sorted({image.revised_prompt for image in view.images if image.revised_prompt})
    for prompt in revised:
        st.caption("The model worked from this prompt instead of yours:")
        st.markdown(escape_lines(prompt))
    if view.answer and view.images:
        with st.expander("Answer (JSON)"):
            st.code(answer_json(view.answer), language="json", height=320)


def answer_json(answer: Mapping[str, Any]) -> str:
    """What the server said besides the images, as JSON; of a very long one its beginning."""
    text = json.dumps(answer, indent=2, ensure_ascii=False)
    return text if len(text) <= LONGEST_JSON else f"{text[:LONGEST_JSON]}\n…"
