"""Beneath a run's pictures: what was asked and what came, what it cost, and what went wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from components.parameters import applicable
from components.runs import RunView
from components.settings import BUILT_IN_ID
from components.ui.asked import ELSEWHERE, value_text
from components.ui.assets import asset
from components.ui.markdown_text import escape, escape_lines
from components.ui.money import dollars
from components.ui.when import full_text

_FACTS = st.components.v2.component(
    "image_workbench_facts",
    html='<div class="asked-and-came"></div>',
    css=asset("facts.css"),
    js=asset("common.js", "facts.js"),
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


# What becomes of a file that could not be stored.
KEPT_TOO = "The app keeps it too, and puts it into the library as soon as it can."
KEPT_IN_MEMORY = f"{KEPT_TOO} Until then it is in the app's memory alone, and lost when the app ends."
KEPT_ASIDE = "The app keeps it too: from its next start on it lies in the library's folder lost-and-found."


def draw_unsaved(view: RunView) -> None:
    """What was paid for and could not be put into the library is offered for saving by hand."""
    for one in view.unsaved:
        kept = KEPT_ASIDE if not one.is_picture else KEPT_IN_MEMORY if one.is_in_memory else KEPT_TOO
        st.markdown(
            f":material/save: Picture {one.index + 1} arrived, but could not be stored. {escape(one.reason)} "
            f"[Save it from here](/runs/{view.id}/unsaved/{one.token}). {kept}"
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
    given = dict(view.asked.get("values", {}))
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
