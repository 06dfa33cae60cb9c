"""Show an answer as it streams in, the conversation before it, and why it ended."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from components.parameters import find_model
from components.runs import RunView
from components.settings import BUILT_IN_ID
from components.ui.analyze import submit as sending
from components.ui.base.assets import asset
from components.ui.base.deferred import deferred, peek
from components.ui.base.formatting.answer_markdown import markdown_blocks
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars
from components.ui.base.request_summary import request_line
from components.ui.base.run_json import run_json
from components.ui.inputs.image_inputs import input_address
from components.ui.process.event_channel import channel_address, page_channel
from components.ui.results.conversation import Shown, ThreadEntry, as_shown
from components.ui.results.rerun import input_images_of
from components.ui.results.run_details import cost_text, tokens_text
from components.ui.results.stage.run_viewer import cancel_run, whose_run, why_read_only
from components.ui.session.owner import begun_here

OPERATION = "analyze"

_ANSWER = st.components.v2.component(
    "image_workbench_answer",
    html='<div class="reply" hidden><div class="head"><strong class="status" role="status"></strong>'
    '<span class="clock"></span><span class="read-only" hidden>Read-only</span>'
    '<div class="bar"><div class="fill"></div></div>'
    '<button type="button" class="plain cancel">Cancel</button>'
    '<button type="button" class="plain copy">Copy</button>'
    '<button type="button" class="plain link" title="Copy this page\'s address for a teammate">Copy link</button></div>'
    '<p class="note"></p>'
    '<div class="images"></div><div class="turns"></div><p class="question"></p>'
    '<div class="answer" aria-live="polite"></div></div>',
    css=asset("analyze/answer.css"),
    js=asset(
        "base/browser/common.js",
        "base/browser/mounting.js",
        "base/browser/addresses.js",
        "analyze/answer_markdown.js",
        "base/browser/follow.js",
        "analyze/answer.js",
    ),
)


def image_data(view: RunView) -> list[dict[str, str]]:
    """Return a run's input images for the browser: stored ones by `src`, others by `url`."""
    values = view.recipe.get("values", {})
    if values.get("input_type") == "urls":
        return [{"url": str(url), "name": str(url)[:200]} for url in values.get("image_urls") or ()]
    return [{"src": input_address(image), "name": image.name} for image in input_images_of(view)]


def draw_answer(view: RunView | None, thread: list[ThreadEntry]) -> None:
    """Draw the component with a run's conversation; empty when no run is shown yet."""
    key = f"answer.{OPERATION}"

    def cancelled() -> None:
        if run_id := peek(key).get("cancel"):
            cancel_run(str(run_id))

    page_channel(OPERATION).follow(None if view is None else view.id)
    earlier, question, before = _conversation_parts(thread)
    _ANSWER(
        key=key,
        data={
            "run": None if view is None else run_json(view, full_answer(thread) if thread else None),
            "whose": whose_run(view),
            "readOnly": why_read_only(view),
            "events": channel_address(OPERATION),
            "images": [] if view is None else image_data(view),
            "turns": [{"question": one.question, "blocks": markdown_blocks(one.answer)} for one in earlier],
            "question": question,
            "before": before,
            "is_link": view is not None and view.id not in begun_here(),
        },
        on_ended_change=lambda: None,
        on_cancel_change=cancelled,
    )


def _conversation_parts(thread: list[ThreadEntry]) -> tuple[list[Shown], str, str]:
    """Return the earlier turns, the last question, and the part of its answer from earlier runs."""
    if not thread:
        return [], "", ""
    shown = as_shown(thread)
    if not thread[-1].is_continuation:
        return shown[:-1], shown[-1].question, ""
    before = as_shown(thread[:-1])
    return shown[:-1], shown[-1].question, before[-1].answer if before else ""


def full_answer(thread: list[ThreadEntry]) -> str:
    """Return the last answer, joined with what it continues."""
    return as_shown(thread)[-1].answer if thread else ""


def answer_json(view: RunView) -> str:
    """Return the server's response as JSON, or the text when it sent none."""
    return json.dumps(view.answer or {"text": view.text}, indent=2, ensure_ascii=False)


def conversation_markdown(thread: list[ThreadEntry]) -> str:
    """Return the conversation as Markdown: one answer alone, several with their questions."""
    shown = as_shown(thread)
    if len(shown) == 1:
        return shown[0].answer + "\n"
    return "\n\n".join(f"> {one.question.replace(chr(10), chr(10) + '> ')}\n\n{one.answer}" for one in shown) + "\n"


def reasoning_tokens(usage: Mapping[str, Any] | None) -> int:
    """Return the reasoning tokens that the server reports; 0 when it reports none."""
    details = (usage or {}).get("output_tokens_details")
    count = details.get("reasoning_tokens") if isinstance(details, Mapping) else 0
    return count if isinstance(count, int) and not isinstance(count, bool) else 0


def draw_ending_note(view: RunView) -> None:
    """Say why an answer is empty, cut off or incomplete, and offer what helps."""
    if view.is_purged:
        st.caption(":material/delete_forever: This answer was deleted for good. Its question and cost are kept.")
        return
    reason = (view.answer or {}).get("cut_off")
    if view.state != "done":
        if view.text.strip():
            st.caption(":material/content_cut: The text that arrived is shown above and kept.")
        return
    if not view.text.strip():
        _draw_empty(view, str(reason or ""))
    elif reason == "max_output_tokens":
        limit = sending.token_limit(view)
        st.markdown(f":orange[:material/content_cut:] **Cut off:** the answer reached its limit of {limit:,} tokens.")
        st.button(
            f"Continue with {sending.raised_token_limit(view):,} more tokens",
            icon=":material/resume:",
            key="analyze.go_on",
            on_click=deferred(sending.continue_answer),
            args=(view,),
        )
    elif reason:
        st.markdown(
            f":orange[:material/content_cut:] **Cut off** by the server: {escape(str(reason).replace('_', ' '))}."
        )


def _draw_empty(view: RunView, reason: str) -> None:
    limit, thought = sending.token_limit(view), reasoning_tokens(view.usage)
    with st.container(border=True, key="analyze.empty"):
        if reason == "max_output_tokens" and thought:
            st.markdown(
                f"**No answer: reasoning used all tokens.** {thought:,} of the {limit:,} tokens went into reasoning; "
                "none were left for the answer. They are still billed."
            )
        elif reason == "max_output_tokens":
            st.markdown(f"**No answer: the limit of {limit:,} tokens was reached before the first word.**")
        else:
            st.markdown("**The server sent an empty answer** and gave no reason. Ask again, or rephrase the question.")
        with st.container(horizontal=True, gap="small"):
            more = sending.raised_token_limit(view)
            st.button(
                f"Ask again with {more:,} tokens",
                key="analyze.more_tokens",
                on_click=deferred(sending.ask_again),
                args=(view,),
                kwargs={"max_output_tokens": more},
            )
            kind = find_model(view.model, OPERATION).family.kinds.get("reasoning_effort")
            if kind is not None and thought:
                st.button(
                    "Ask again without reasoning",
                    key="analyze.no_reasoning",
                    on_click=deferred(sending.ask_again),
                    args=(view,),
                    kwargs={"reasoning_effort": "none"},
                )


def _facts(view: RunView, thread: list[ThreadEntry]) -> Iterator[str]:
    yield request_line(view)
    if view.usage:
        yield f"{tokens_text(view.usage)} tokens"
    if thought := reasoning_tokens(view.usage):
        yield f"{thought:,} of them reasoning"
    if view.cost is not None or view.state == "done":
        yield cost_text(view) if view.cost is not None else _no_price(view)
    if view.started and view.ended:
        yield f"{view.ended - view.started:.1f} s"
    yield view.connection_name
    if request_id := view.request_id or (view.error or {}).get("request_id"):
        yield f"request {request_id}"
    yield time.strftime("%Y-%m-%d %H:%M", time.localtime(view.started or view.created))
    costs = [entry.view.cost for entry in thread if entry.view.cost is not None]
    if len(costs) > 1:
        yield f"{dollars(sum(costs[1:], costs[0]))} for the conversation"


def _no_price(view: RunView) -> str:
    return "free, built-in engine" if view.connection_id == BUILT_IN_ID else "price not known for this model"


def draw_facts(view: RunView, thread: list[ThreadEntry]) -> None:
    """Draw one line of facts: model, tokens, cost, time, connection, request ID."""
    st.caption(" · ".join(escape(fact) for fact in _facts(view, thread)))
    if notes := [note for note in (view.extra or {}).get("sent_smaller") or () if note]:
        st.caption(escape(" ".join(notes)))
