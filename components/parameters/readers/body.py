"""Read the body of a request into values, through the registry's own paths on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from components.parameters.export.request_parts import PATHS
from components.parameters.kinds import Invalid, quoted, shorten
from components.parameters.operations import OPERATIONS, parameters_for
from components.parameters.readers.keys import is_secret, is_secret_name
from components.parameters.readers.reading import OpenedFile, Reading, Unreadable

_OVERLAYS = ("mask", "markup")


def operation_of_url(url: str) -> str:
    """Return the operation that a URL is for. Raise Invalid for any other URL."""
    try:
        path = urlsplit(url).path.rstrip("/")
    except ValueError:
        path = ""
    for operation, ending in PATHS.items():
        if path.endswith(ending):
            return operation
    raise Invalid(f"This calls {quoted(url)}. Only {', '.join(PATHS.values())} can be read.")


def operation_of_body(body: Mapping[str, Any]) -> str:
    """Return the operation that a body is for. Raise Invalid if it is for none."""
    if "input" in body:
        return "analyze"
    if "prompt" in body:
        return "edit" if {"image", "image[]", "images", *_OVERLAYS} & body.keys() else "generate"
    if "messages" in body:
        raise Invalid(f"This is a body for /chat/completions. Only {', '.join(PATHS.values())} can be read.")
    raise Invalid("This JSON has neither a prompt nor an input, so it does not request an image or an analysis.")


def read_body(operation: str, body: Mapping[str, Any]) -> Reading:
    """Return the values of a body, which may hold OpenedFile and Unreadable; what no parameter takes is unread."""
    reading, rest = Reading(operation), _flat(body)
    _read_files(rest, reading)
    if operation == "analyze":
        _read_input(body.get("input"), reading)
        rest = {path: value for path, value in rest.items() if path[0] != "input"}
    model = body.get("model")
    if isinstance(model, str):
        reading.values["model"] = model
    else:
        model = OPERATIONS[operation].default_model
    for parameter in parameters_for(operation, model):
        if parameter.wire not in rest:
            continue
        value = rest.pop(parameter.wire)
        if parameter.name == "response_url":
            value = {"url": True, "b64_json": False}.get(str(value), value)
        if isinstance(value, OpenedFile | Unreadable):
            reading.unread.append(_name(parameter.wire, value))
            continue
        try:
            reading.values[parameter.name] = parameter.kind.parse(value)
        except Invalid as invalid:
            reading.unread.append(f"{_name(parameter.wire)}: {invalid.message}")
    reading.unread += [_name(path, value) for path, value in rest.items()]
    reading.had_key = any(
        is_secret_name(path[-1]) and isinstance(value, str) and is_secret(value) for path, value in rest.items()
    )
    return reading


def _name(path: Iterable[str], value: Any = None) -> str:
    name = shorten(".".join(path))
    return f"{name} ({shorten(value.what)})" if isinstance(value, Unreadable) else name


def _flat(body: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}
    for name, value in body.items():
        path = (*prefix, str(name))
        if isinstance(value, Mapping) and value:
            found |= _flat(value, path)
        else:
            found[path] = value
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _read_files(rest: dict[tuple[str, ...], Any], reading: Reading) -> None:
    """Move the files of an edit out of `rest`: opened ones, and those that JSON holds as data URL or link."""
    for path in [one for one in rest if one[0] in {"image", "image[]", "images", *_OVERLAYS}]:
        role = path[0] if path[0] in _OVERLAYS else "image"
        for one in _listed(rest.pop(path)):
            if isinstance(one, Mapping):
                one = one.get("image_url")
            reading.files.append((role, one.name if isinstance(one, OpenedFile) else ""))


def _read_input(messages: Any, reading: Reading) -> None:
    """Read the messages of an analysis: one question, then its images."""
    if isinstance(messages, str):
        reading.values["text"] = messages
        return
    content: list[Any] = []
    for place, message in enumerate(_listed(messages)):
        said = message.get("content") if isinstance(message, Mapping) else message
        if place or not isinstance(message, Mapping) or message.get("role", "user") != "user":
            reading.unread.append(f"input[{place}]")
        elif isinstance(said, str):
            content.append({"type": "input_text", "text": said})
        else:
            content += _listed(said)
    urls: list[str] = []
    for place, part in enumerate(content):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind == "input_text" and isinstance(part.get("text"), str):
            reading.values["text"] = "\n\n".join(filter(None, (reading.values.get("text"), part["text"])))
        elif kind == "input_image":
            _read_image(part, urls, reading)
        else:
            reading.unread.append(f"part {place + 1} of the input")
    if urls:
        reading.values |= {"input_type": "urls", "image_urls": tuple(urls)}
    elif not reading.files:
        reading.values["input_type"] = "none"


def _read_image(part: Mapping[str, Any], urls: list[str], reading: Reading) -> None:
    url = part.get("image_url")
    if isinstance(url, str) and url.startswith(("http://", "https://")):
        urls.append(url)
    else:
        reading.files.append(("image", url.name if isinstance(url, OpenedFile) else ""))
    if isinstance(part.get("detail"), str):
        reading.values["detail"] = part["detail"]
