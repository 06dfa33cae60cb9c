"""Answers in words that fail, are cut off, or come from a server that knows only chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.wire.faults.cells import TEXT, TEXT_USAGE, Cell, Make, Script, delta, last, response, section
from tests.wire.loopback import Answer, Hang, error_answer, event, json_answer, stream_answer


def _text(plain: dict[str, Any], streamed: Sequence[Any] | None = None, *, end: bool = True) -> Make:
    def make(cell: Cell) -> Sequence[Script] | None:
        if cell.for_images or (cell.streamed and streamed is None):
            return None
        return [stream_answer(streamed, end=end) if cell.streamed and streamed else json_answer(plain)]

    return make


def _response(**more: Any) -> Make:
    """A response with these members, streamed as its last event."""
    kind = {"incomplete": "incomplete", "failed": "failed"}.get(str(more.get("status")), "completed")
    return _text(response(**more), [delta("A cat "), last(kind, **more)])


_NO_ENDPOINT = error_answer(404, message="Invalid URL (POST /v1/responses)")
_USAGE = {"prompt_tokens": 9, "completion_tokens": 30}


def _chat(
    text: str | None = TEXT, reason: str | None = "stop", *, tail: Sequence[Any] = (), end: bool = True, **more: Any
) -> Make:
    message = {"role": "assistant", "content": text}
    plain = {"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": reason}], "usage": _USAGE, **more}
    chunk = {"id": "c", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}], **more}

    def make(cell: Cell) -> Sequence[Script] | None:
        if cell.for_images:
            return None
        answer: Answer = stream_answer([event(chunk), *tail], end=end) if cell.streamed else json_answer(plain)
        return [_NO_ENDPOINT, answer]

    return make


_COUNTED = event({"id": "c", "choices": [], "usage": _USAGE})
_CUT = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}

TEXTS = (
    section(
        "Answers in words",
        {
            "no text": _response(text=""),
            "cut off by its limit": _response(text="A cat ", **_CUT),
            "cut off before its first word": _text(response("", **_CUT), [last("incomplete", text="", **_CUT)]),
            "cut off by a filter": _response(
                text="A cat ", status="incomplete", incomplete_details={"reason": "content_filter"}
            ),
            "failed": _response(text="", status="failed", error={"code": "server_error", "message": "boom"}),
            "failed, too fast": _response(
                text="", status="failed", error={"code": "rate_limit_exceeded", "message": "too fast"}
            ),
            "failed, an image is refused": _response(
                text="", status="failed", error={"code": "invalid_image", "message": "no image"}
            ),
            "failed, moderation": _response(
                text="", status="failed", error={"code": "image_content_policy_violation", "message": "no"}
            ),
            "a refusal": _text(response("", output=[{"content": [{"type": "refusal", "refusal": "I cannot."}]}])),
            "without usage": _response(usage=None),
            "output of another kind": _text({"output": [7, None, {"content": "x"}]}),
            "pieces of another kind": _text(
                response(), [event({"type": "response.output_text.delta", "delta": 7}), last()]
            ),
            "no pieces, only the end": _text(response(), [last()]),
            "pieces without an end": _text(response(), [delta("A cat ")]),
        },
    ),
    section(
        "Chat completions, after a 404",
        {
            "good": _chat(tail=[_COUNTED, event("[DONE]")]),
            "never done": _chat(tail=[_COUNTED]),
            "breaks after its reason to end": _chat(end=False),
            "silent after its reason to end": _chat(tail=[Hang()]),
            "ends without a reason": _chat(reason=None),
            "breaks without a reason": _chat(reason=None, end=False),
            "cut off by its limit": _chat("A cat ", "length", tail=[_COUNTED, event("[DONE]")]),
            "no text": _chat(None, tail=[event("[DONE]")]),
            "an error in the middle": _chat(reason=None, tail=[event({"error": {"message": "boom"}})]),
            "no choices": lambda cell: None if cell.for_images else [_NO_ENDPOINT, json_answer({"choices": []})],
            "no such endpoint either": lambda cell: None if cell.for_images else [_NO_ENDPOINT],
        },
    ),
)

__all__ = ["TEXTS", "TEXT_USAGE"]
