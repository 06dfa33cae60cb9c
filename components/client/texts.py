"""An answer in words, from /responses or /chat/completions, plain or streamed, as events."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any

from components.client import errors
from components.client.answer import Answer, Intake, read_into_intake
from components.client.events import Completed, Event, TextDelta, TextDone
from components.client.masking import scrub_all
from components.client.scanner import JsonScanner
from components.client.sse import EventStream, StreamEvent
from components.client.usage import renamed

# Why a text ended early: chat's words -> those of /responses
_CUT_OFF = {"length": "max_output_tokens", "content_filter": "content_filter"}
_LAST_EVENTS = ("response.completed", "response.incomplete", "response.failed")


class TextReader:
    """Reads one answer, whichever endpoint it comes from: the shapes tell themselves apart."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._intake: Intake | None = None
        self._streamed: list[str] = []
        self._last: dict[str, Any] | None = None  # the whole response, which the last event carries
        self._chat: dict[str, Any] = {}  # chat has no such event; put together from the chunks
        self._finish_reason: str | None = None

    async def events(self) -> AsyncGenerator[Event, None]:
        """TextDelta as it comes, then TextDone and Completed. Raises ApiError."""
        steps = read_into_intake(self._answer, None, self._begun)
        async with contextlib.aclosing(steps):
            async for intake in steps:
                if isinstance(intake, EventStream):
                    for event in self._take(intake):
                        yield event
                    if intake.done or self._last is not None:
                        break
        answer = self._document()
        text = text_of(answer) or "".join(self._streamed)
        yield TextDone(text)
        yield Completed(
            self._answer.request_id,
            renamed(answer.get("usage")),
            scrub_all(answer, self._answer.connection.api_key),
            _cut_off(answer),
        )

    def _begun(self, intake: Intake) -> None:
        self._intake = intake

    def _take(self, intake: EventStream) -> Iterator[Event]:
        events, intake.events = intake.events, []
        for event in events:
            if event.type == "error" or event.data.get("error"):
                raise self._answer.refused(event.data)
            delta = self._responses_event(event) if event.type.startswith("response.") else self._chat_chunk(event.data)
            if delta:
                self._streamed.append(delta)
                yield TextDelta(delta)

    def _responses_event(self, event: StreamEvent) -> str:
        if event.type in ("response.output_text.delta", "response.refusal.delta"):
            return _string(event.data.get("delta"))
        if event.type in _LAST_EVENTS:
            response = event.data.get("response")
            self._last = self._checked(response if isinstance(response, dict) else {})
        return ""

    def _chat_chunk(self, chunk: dict[str, Any]) -> str:
        self._chat |= {name: value for name, value in chunk.items() if name != "choices" and value is not None}
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        self._finish_reason = choice.get("finish_reason") or self._finish_reason
        delta = choice.get("delta")
        return _string(delta.get("content")) or _string(delta.get("refusal")) if isinstance(delta, dict) else ""

    def _document(self) -> dict[str, Any]:
        if isinstance(self._intake, JsonScanner):
            with self._answer.explained():
                document = self._intake.finish()
            if not isinstance(document, dict):
                raise self._answer.error(errors.NotJsonAnswer, "It is not a JSON object.")
            if not isinstance(document.get("output"), list) and not isinstance(document.get("choices"), list):
                if document.get("error"):
                    raise self._answer.refused(document)
                raise self._answer.error(errors.EmptyAnswer, "There is no text in it.")
            return self._checked(document)
        if self._last is not None:
            return self._last
        assert isinstance(self._intake, EventStream)
        if not self._chat or not (self._intake.done or self._finish_reason):
            came = "in the middle of the text" if self._streamed else "before the first word"
            raise self._answer.error(errors.CutShort, f"The stream ended {came}.")
        message = {"role": "assistant", "content": "".join(self._streamed)}
        choice = {"index": 0, "message": message, "finish_reason": self._finish_reason}
        return {**self._chat, "object": "chat.completion", "choices": [choice]}

    def _checked(self, response: dict[str, Any]) -> dict[str, Any]:
        """The response, unless it says of itself that it failed."""
        if response.get("error") or response.get("status") == "failed":
            raise self._answer.refused(response)
        return response


def text_of(answer: Mapping[str, Any]) -> str:
    """All text of a response or a chat completion, a refusal included; empty when there is none."""
    return "".join(_texts(answer))


def _texts(answer: Mapping[str, Any]) -> Iterator[str]:
    for item in _members(answer.get("output")):
        for part in _members(item.get("content")):
            yield _string(part.get("text")) or _string(part.get("refusal"))
    for choice in _members(answer.get("choices"))[:1]:
        message = choice.get("message")
        if isinstance(message, Mapping):
            content = message.get("content")
            yield _string(content) or _string(message.get("refusal"))
            for part in _members(content):
                yield _string(part.get("text"))


def _members(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _cut_off(answer: Mapping[str, Any]) -> str | None:
    details = answer.get("incomplete_details")
    if isinstance(details, Mapping) and isinstance(details.get("reason"), str):
        return str(details["reason"])
    if answer.get("status") == "incomplete":
        return "unknown"
    reasons = [choice.get("finish_reason") for choice in _members(answer.get("choices"))[:1]]
    return _CUT_OFF.get(str(reasons[0])) if reasons else None
