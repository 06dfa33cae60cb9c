"""From the Analyze page to runs: one for all pictures or one for each, follow-up questions, and asking again."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from components.client import Connection
from components.parameters import Request
from components.runs import RunView
from components.ui.analyze.downscale import shrunk
from components.ui.analyze.form import (
    AS_IS,
    OPERATION,
    SEPARATELY,
    WORDS,
    asked_more,
    spread,
)
from components.ui.forms.parent_tracking import analyzed
from components.ui.forms.submit import Submission, submit, submit_all
from components.ui.results.actions import load_run
from components.ui.results.conversation import CONTINUE, history_of, thread_of
from components.ui.results.rerun import input_images_of, request_of, submission_of
from components.ui.session import connections
from components.ui.session.prefill import Prefill, leave_prefill

MOST_TOKENS = 128_000
LEAST_MORE = 1_000


def send_analyze(connection: Connection, request: Request) -> None:
    """Submit the form's question, in as many runs as it takes, and show the first of them."""
    asked = request  # what is sent smaller has other bytes than the picture that it comes from
    request, notes = shrunk(request, as_is=bool(st.session_state.get(AS_IS)))
    more = {**asked_more(), **({"sent_smaller": list(notes)} if any(notes) else {})}
    if "schema" in request.values:
        more["schema"] = request.values["schema"]
    if spread() != SEPARATELY:
        submit(connection, request, parent_output=analyzed(asked), extra=more)
        return
    _send_each(connection, request, more, notes, [analyzed(one) for one in apart(asked)])


def _send_each(
    connection: Connection,
    request: Request,
    more: Mapping[str, Any],
    notes: tuple[str, ...],
    parents: Sequence[str | None],
) -> None:
    parts = apart(request)
    batch = {"id": secrets.token_hex(8), "at": time.time(), "of": len(parts)}
    submissions = []
    for place, part in enumerate(parts):
        extra = {**more, "batch": {**batch, "place": place}}
        if "sent_smaller" in more:
            extra["sent_smaller"] = [notes[place]] if notes[place] else []
        submissions.append(Submission(connection, part, parents[place], extra=extra))
    submit_all(submissions)


def apart(request: Request) -> list[Request]:
    """The same question about each picture alone."""
    if request.values.get("input_type") == "urls":
        return [
            dataclasses.replace(request, values={**request.values, "image_urls": (url,)})
            for url in request.values["image_urls"]
        ]
    return [dataclasses.replace(request, images=(image,)) for image in request.images]


def next_tokens(view: RunView) -> int:
    """How many tokens to offer after an answer that was cut off."""
    return min(MOST_TOKENS, max(LEAST_MORE, 4 * asked_tokens(view)))


def asked_tokens(view: RunView) -> int:
    """How many tokens a run's answer could have."""
    return int(view.recipe.get("values", {}).get("max_output_tokens") or 300)


def ask_again(view: RunView, **changed: Any) -> None:
    """The same question as a new run, such as with more tokens."""
    if (submission := submission_of(view, **changed)) is not None:
        submit_all([submission])


def ask_on(view: RunView, question: str, *, going_on: bool = False, **changed: Any) -> None:
    """A follow-up about the same pictures; `going_on` lets an answer that was cut off go on."""
    turns = thread_of(view)
    request = request_of(view, text=question, schema=None, **changed)
    if request is None or not turns:
        return
    extra: dict[str, Any] = {
        "shape": WORDS,
        "conversation": (view.extra or {}).get("conversation") or view.id,
        "parent": view.id,
    }
    if going_on:
        extra["going_on"] = True
    submit(
        connections.of_run(view.connection_id),
        request,
        parent_output=view.parent_output,
        history=history_of(turns),
        extra=extra,
        instead_of=connections.instead_of(view.connection_id, view.connection_name),
    )


def go_on(view: RunView) -> None:
    """Continue an answer that was cut off, with more tokens."""
    ask_on(view, CONTINUE, going_on=True, max_output_tokens=next_tokens(view))


def load_batch(views: Sequence[RunView]) -> None:
    """Leave a batch's question and all its images for the form."""
    load_run(views[0])
    if views[0].recipe.get("values", {}).get("input_type") == "urls":
        urls = [url for view in views for url in view.recipe["values"].get("image_urls") or ()]
        leave_prefill(Prefill(OPERATION, {"image_urls": urls}))
        return
    leave_prefill(Prefill(OPERATION, images=tuple(image for view in views for image in input_images_of(view))))


def try_again(view: RunView) -> None:
    """One picture of a batch once more; the table shows the newest run of each."""
    request = request_of(view)
    if request is not None:
        submit(
            connections.of_run(view.connection_id),
            request,
            parent_output=view.parent_output,
            extra=view.extra,
            instead_of=connections.instead_of(view.connection_id, view.connection_name),
            shows=False,
        )
