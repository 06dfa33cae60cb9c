"""Read what a server says about a failure: its JSON, also inside a gateway's sentence, a page, or text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

_MAX_CUT_VALUE_LENGTH = 4000
_MAX_CATEGORIES, _MAX_CATEGORY_LENGTH = 20, 80
# LiteLLM puts a provider's error into a sentence of its own and drops its code, sometimes its parameter too.
_WRAPPED = re.compile(r"litellm\.(\w+): (?:\1: )?(?:\w*Exception - )?(.*)", re.DOTALL)
# What LiteLLM adds on its fallbacks, in this and in older versions.
_NOTE = re.compile(r"LiteLLM: model group '.*|\.? ?Received Model Group=.*", re.DOTALL)


@dataclass(frozen=True)
class ErrorDetails:
    """What a server said about a failure."""

    message: str = ""
    type: str | None = None
    param: str | None = None
    code: str | None = None
    by_api: bool = False  # in the JSON of an API
    moderation: Mapping[str, Any] | None = None  # see `_moderation`
    failure: str = ""  # a gateway's name for what the server behind it reported

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in (self.code, self.type) if name)


def read_error(value: Any) -> ErrorDetails:
    """Return what an error body says: OpenAI's shape, its halves, ``{"error": "text"}``, or FastAPI's ``{"detail":
    …}``.
    """
    if isinstance(value, str):
        return ErrorDetails(value)
    if not isinstance(value, Mapping):
        return ErrorDetails()
    inner = value.get("error")
    if inner:
        return _read_openai(inner) if isinstance(inner, Mapping) else read_error(inner)
    detail = value.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], Mapping):
        place = detail[0].get("loc")
        names = [str(name) for name in place if name != "body"] if isinstance(place, list) else []
        return ErrorDetails(_text(detail[0].get("msg")), param=".".join(names) or None)
    if isinstance(detail, str):
        return ErrorDetails(detail)
    return _read_openai(value)


def _read_openai(value: Mapping[str, Any]) -> ErrorDetails:
    original = _unwrap(_text(value.get("message")))
    if isinstance(original.said, Mapping):
        return replace(read_error(original.said), failure=original.failure)
    code, param = value.get("code"), _text(value.get("param"))
    return ErrorDetails(
        original.said,
        failure=original.failure,
        type=_text(value.get("type")) or None,
        param=param if param != "None" else None,  # LiteLLM's spelling
        code=str(code) if isinstance(code, str | int) and not isinstance(code, bool) and code != "" else None,
        moderation=_moderation(value.get("moderation_details")),
    )


def _moderation(details: Any) -> dict[str, Any] | None:
    """Return what the safety system says of a refusal: its stage, and categories of which new ones may come."""
    if not isinstance(details, Mapping):
        return None
    stage, categories = _text(details.get("moderation_stage")), details.get("categories")
    named = [one for one in categories if isinstance(one, str) and one] if isinstance(categories, list) else []
    found = {
        "stage": stage if stage in ("input", "output") else "",
        "categories": [" ".join(one[:_MAX_CATEGORY_LENGTH].split()) for one in named[:_MAX_CATEGORIES]],
    }
    return found if any(found.values()) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def read_error_body(body: bytes, content_type: str) -> ErrorDetails:
    """Return what the body of a failed call says: JSON, HTML, plain text or nothing."""
    try:
        value = json.loads(body)
        return replace(read_error(value), by_api=isinstance(value, Mapping))
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        return replace(_read_cut_json(text), by_api=True)
    if "html" in content_type or text.lstrip().startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        return ErrorDetails(" ".join(title[1].split()) if title else "A web page, not an API response")
    return ErrorDetails(" ".join(text.split()))


def _read_cut_json(text: str) -> ErrorDetails:
    """Return what the JSON of an error says that is too long or incomplete."""
    found = {}
    for name in ("message", "type", "param", "code"):
        match = re.search(rf'"{name}"\s*:\s*"((?:[^"\\]|\\.){{0,{_MAX_CUT_VALUE_LENGTH}}})', text, re.DOTALL)
        found[name] = match[1].replace("\\n", " ").replace('\\"', '"') if match else ""
    if not found["message"]:
        return ErrorDetails("" if text.startswith('{"') else " ".join(text.split()))
    return ErrorDetails(found["message"], found["type"] or None, found["param"] or None, found["code"] or None)


@dataclass(frozen=True)
class _Original:
    """What a server said behind a gateway, as JSON or text, and the gateway's name for the failure, if there is one."""

    said: Mapping[str, Any] | str
    failure: str = ""


def _unwrap(message: str) -> _Original:
    """Return what the server behind LiteLLM said, or the message itself where it is not LiteLLM's."""
    wrapped = _WRAPPED.match(message)
    if wrapped is None:
        return _Original(message)
    said = _NOTE.sub("", wrapped[2]).strip()
    if said.startswith("{"):
        try:
            value = json.loads(said)
        except (ValueError, RecursionError):
            return _Original(said, wrapped[1])
        if isinstance(value, Mapping):
            return _Original(value, wrapped[1])
    return _Original(said, wrapped[1])
