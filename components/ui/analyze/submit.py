"""Submit the Analyze page's runs: one for all images, one per image, follow-up questions, retries."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from components.client import Connection
from components.library.queries.question_groups import GROUP_KEY
from components.parameters import Request
from components.runs import RunView
from components.ui.analyze.analyzed_output import analyzed
from components.ui.analyze.downscale import downscale_inputs
from components.ui.analyze.form import (
    OPERATION,
    SEPARATELY,
    WORDS,
    form_extra,
    spread,
)
from components.ui.analyze.page_state import AS_IS
from components.ui.forms.sending.submission import Submission
from components.ui.forms.sending.submit import submit, submit_all
from components.ui.results.actions import load_run
from components.ui.results.conversation import CONTINUE, history_of, thread_of
from components.ui.results.rerun import input_images_of, request_of, submission_of
from components.ui.session import connections
from components.ui.session.prefill import Prefill, leave_prefill

MOST_TOKENS = 128_000
LEAST_MORE = 1_000


def send_analyze(connection: Connection, request: Request) -> None:
    """Submit the form's question as one run or one run per image, and show the first."""
    original = request  # downscaled images have other bytes than the images they come from
    request, notes = downscale_inputs(request, as_is=bool(st.session_state.get(AS_IS)))
    extra = {**form_extra(), **({"sent_smaller": list(notes)} if any(notes) else {})}
    if "schema" in request.values:
        extra["schema"] = request.values["schema"]
    if spread() != SEPARATELY:
        submit(connection, request, parent_output=analyzed(original), extra=extra)
        return
    _send_each(connection, request, extra, notes, [analyzed(one) for one in one_request_per_image(original)])


def _send_each(
    connection: Connection,
    request: Request,
    extra: Mapping[str, Any],
    notes: tuple[str, ...],
    parents: Sequence[str | None],
) -> None:
    parts = one_request_per_image(request)
    group = {"id": secrets.token_hex(8), "at": time.time(), "of": len(parts)}
    submissions = []
    for place, part in enumerate(parts):
        row_extra = {**extra, GROUP_KEY: {**group, "place": place}}
        if "sent_smaller" in extra:
            row_extra["sent_smaller"] = [notes[place]] if notes[place] else []
        submissions.append(Submission(connection, part, parents[place], extra=row_extra))
    submit_all(submissions)


def one_request_per_image(request: Request) -> list[Request]:
    """Split a request into one per image; without images it stays one."""
    if request.values.get("input_type") == "none":
        return [request]
    if request.values.get("input_type") == "urls":
        return [
            dataclasses.replace(request, values={**request.values, "image_urls": (url,)})
            for url in request.values["image_urls"]
        ]
    return [dataclasses.replace(request, images=(image,)) for image in request.images]


def raised_token_limit(view: RunView) -> int:
    """Return the token limit to offer after an answer was cut off."""
    return min(MOST_TOKENS, max(LEAST_MORE, 4 * token_limit(view)))


def token_limit(view: RunView) -> int:
    """Return a run's limit of output tokens."""
    return int(view.recipe.get("values", {}).get("max_output_tokens") or 300)


def ask_again(view: RunView, **changed: Any) -> None:
    """Submit a run's question again, with changed values if given."""
    if (submission := submission_of(view, **changed)) is not None:
        submit_all([submission])


def ask_follow_up(view: RunView, question: str, *, is_continuation: bool = False, **changed: Any) -> None:
    """Ask a follow-up question about the same images, or continue an answer that was cut off."""
    thread = thread_of(view)
    request = request_of(view, text=question, schema=None, **changed)
    if request is None or not thread:
        return
    extra: dict[str, Any] = {
        "shape": WORDS,
        "conversation": (view.extra or {}).get("conversation") or view.id,
        "parent": view.id,
    }
    if is_continuation:
        extra["going_on"] = True
    submit(
        connections.of_run(view.connection_id),
        request,
        parent_output=view.parent_output,
        history=history_of(thread),
        extra=extra,
        instead_of=connections.instead_of(view.connection_id, view.connection_name),
    )


def continue_answer(view: RunView) -> None:
    """Continue an answer that was cut off, with a higher token limit."""
    ask_follow_up(view, CONTINUE, is_continuation=True, max_output_tokens=raised_token_limit(view))


def load_group(views: Sequence[RunView]) -> None:
    """Leave a prefill with a group's question and all its images."""
    load_run(views[0])
    if views[0].recipe.get("values", {}).get("input_type") == "urls":
        urls = [url for view in views for url in view.recipe["values"].get("image_urls") or ()]
        leave_prefill(Prefill(OPERATION, {"image_urls": urls}))
        return
    leave_prefill(Prefill(OPERATION, images=tuple(image for view in views for image in input_images_of(view))))


def retry_row(view: RunView) -> None:
    """Ask about one image of a group again; the table shows each image's newest run."""
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
