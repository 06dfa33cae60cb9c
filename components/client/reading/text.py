"""A text response from /responses or /chat/completions, plain or streamed, as events."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any

from components.client import errors
from components.client.errors import ApiError, Money
from components.client.events import Completed, Event, ResponseMetadata, TextDelta, TextDone
from components.client.masking import scrub_all
from components.client.reading import body
from components.client.reading.body import (
    ONLY_THE_END_IS_MISSING,
    BodyParser,
    ResponseLimits,
    ResponseReader,
    parse_body,
    until_idle,
)
from components.client.reading.json_scanner import InvalidJson, JsonScanner, TruncatedJson
from components.client.reading.sse import EventStream, StreamEvent
from components.client.reading.usage import normalize_usage

# Why a text ended early: chat's names -> those of /responses
_CUT_OFF = {"length": "max_output_tokens", "content_filter": "content_filter"}
_LAST_EVENTS = ("response.completed", "response.incomplete", "response.failed")


class TextReader:
    """Reads one response of either endpoint, recognized by its shape."""

    def __init__(self, answer: ResponseReader, limits: ResponseLimits) -> None:
        self._answer = answer
        self._limits = limits
        self._parser: BodyParser | None = None
        self._streamed: list[str] = []
        self._last: dict[str, Any] | None = None  # the complete response, in the last event
        self._chat: dict[str, Any] = {}  # chat has no such event; merged from the chunks
        self._finish_reason: str | None = None

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yield TextDelta, then TextDone and Completed. Raise ApiError after the text that arrived."""
        try:
            async with contextlib.aclosing(self._read()) as deltas:
                async for delta in deltas:
                    yield delta
            answer = self._document()
            text = text_of(answer) or "".join(self._streamed)
            if not text and _cut_off(answer) is None:
                raise self._answer.error(errors.EmptyResponse, "There is no text in it.")
        except ApiError as exc:
            if not self._streamed and (text := self._text_before_the_cut()):
                self._streamed.append(text)
                yield TextDelta(text)
            facts = self._facts()
            if facts.usage or facts.answer:
                yield facts
            raise self._with_kept(exc, facts.usage) from None
        yield TextDone(text)
        yield Completed(
            self._answer.request_id,
            normalize_usage(answer.get("usage")),
            scrub_all(answer, self._answer.connection.secrets),
            _cut_off(answer),
        )

    async def _read(self) -> AsyncGenerator[Event, None]:
        """Yield the text as it arrives. Raise ApiError, after the text before it in the same piece."""
        steps = until_idle(parse_body(self._answer, None, self._set_parser), seconds=self._patience)
        try:
            async with contextlib.aclosing(steps):
                async for _ in steps:
                    for delta in self._take():
                        yield delta
                    if self._stream is not None and (self._stream.done or self._last is not None):
                        return
        except ApiError as exc:
            for delta in self._take():
                yield delta
            # A chat's text is complete once it has a finish reason, whatever happens to the connection then.
            if not (self._last or self._finish_reason) or not isinstance(exc, ONLY_THE_END_IS_MISSING):
                raise

    @property
    def _stream(self) -> EventStream | None:
        return self._parser if isinstance(self._parser, EventStream) else None

    def _patience(self) -> float | None:
        """Return how long to wait for the next piece: after the end of the text only its usage may follow."""
        return min(body.IDLE_AFTER_LAST, self._limits.read_timeout) if self._finish_reason else None

    def _set_parser(self, parser: BodyParser) -> None:
        self._parser = parser

    def _take(self) -> Iterator[Event]:
        while self._stream is not None and self._stream.events:
            event = self._stream.events.pop(0)
            if event.type == "error" or event.data.get("error"):
                self._chat |= {"usage": event.data["usage"]} if event.data.get("usage") else {}
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
            self._last = response if isinstance(response, dict) else {}
            self._check(self._last)
        return ""

    def _chat_chunk(self, chunk: dict[str, Any]) -> str:
        self._chat |= {name: value for name, value in chunk.items() if name != "choices" and value is not None}
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        self._finish_reason = choice.get("finish_reason") or self._finish_reason
        delta = choice.get("delta")
        return _string(delta.get("content")) or _string(delta.get("refusal")) if isinstance(delta, dict) else ""

    def _document(self) -> dict[str, Any]:
        if isinstance(self._parser, JsonScanner):
            with self._answer.explained():
                document = self._parser.finish()
            if not isinstance(document, dict):
                raise self._answer.error(errors.NotJsonResponse, "It is not a JSON object.")
            self._last = document
            if not any(isinstance(document.get(name), list) for name in ("output", "choices", "answers")):
                if document.get("error"):
                    raise self._answer.refused(document)
                raise self._answer.error(errors.EmptyResponse, "There is no text in it.")
            self._check(document)
            return document
        if self._last is not None:
            return self._last
        assert self._stream is not None
        if not (self._chat or self._streamed) or not (self._stream.done or self._finish_reason):
            if self._stream.problem is not None and not self._streamed:
                raise self._answer.unreadable(self._stream.problem)
            when = "in the middle of the text" if self._streamed else "before the first word"
            raise self._answer.error(errors.TruncatedResponse, f"The stream ended {when}.")
        message = {"role": "assistant", "content": "".join(self._streamed)}
        choice = {"index": 0, "message": message, "finish_reason": self._finish_reason}
        return {**self._chat, "object": "chat.completion", "choices": [choice]}

    def _check(self, response: dict[str, Any]) -> None:
        """Raise the failure that the response reports."""
        if response.get("error") or response.get("status") == "failed":
            raise self._answer.refused(response)

    def _text_before_the_cut(self) -> str:
        """Return the text of a plain response that broke off."""
        if not isinstance(self._parser, JsonScanner):
            return ""
        try:
            document = self._parser.finish()
        except (InvalidJson, TruncatedJson):
            return text_in(self._parser.rest())
        return text_of(document) if isinstance(document, dict) else ""

    def _facts(self) -> ResponseMetadata:
        document = self._last if self._last else self._chat
        plain = self._parser.usage if isinstance(self._parser, JsonScanner) else None
        usage = normalize_usage(document.get("usage") or plain)
        return ResponseMetadata(usage or None, scrub_all(document, self._answer.connection.secrets))

    def _with_kept(self, error: ApiError, usage: Any) -> ApiError:
        """Return the error with a sentence on the kept text, and with what the usage says of the bill."""
        if any(self._streamed):
            error.what = f"{error.what} The text that arrived is kept."
        if usage and error.money is Money.MAY_BE_BILLED:
            error.billed()
        return error


_TEXT = re.compile(rb'"(?:text|refusal|content)"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)


def text_in(cut: bytes) -> str:
    """Return the text in JSON that stops in the middle; empty when the text had not begun."""
    _, began, output = cut.partition(b'"output"')
    if not began:
        _, began, output = cut.partition(b'"choices"')
    texts = (found[1].rstrip(b"\\").decode("utf-8", "ignore") for found in _TEXT.finditer(output))
    return "".join(_unquoted(text) for text in texts)


def _unquoted(text: str) -> str:
    """Return a JSON string's text, without an escape that is cut."""
    for end in (len(text), text.rfind("\\")):
        with contextlib.suppress(ValueError):
            return str(json.loads(f'"{text[:end]}"', strict=False)).encode("utf-8", "replace").decode()
    return ""


def text_of(answer: Mapping[str, Any]) -> str:
    """Return all text of a response or chat completion, including a refusal; empty when there is none.

    The answers of /decisions, which have no text, are returned as JSON.
    """
    if isinstance(answer.get("answers"), list):
        return json.dumps({"answers": answer["answers"]}, ensure_ascii=False)
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
