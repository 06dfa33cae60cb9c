"""What is known of servers' capabilities, and what a refusal says about them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from components.client.connections.connection import Connection
from components.client.errors import ApiError, EndpointNotFound, RequestRefused, StreamNotRelayed
from components.parameters import CAPABILITIES, Finding, Request
from components.parameters.capabilities import NO, needed_by
from components.parameters.turns import TOOL

NOTE_LENGTH = 300
_TOOL_PLACES = frozenset({"tools", "tools[0]", "tools[0].type", "tool_choice", "tool_choice.type"})

Values = Mapping[str, str]  # of capabilities, by name

_NO_ENDPOINT = re.compile(
    r"\b(unknown|unsupported|invalid|no such|not found)\b.{0,20}\b(endpoint|url|path|route)\b", re.I
)
_EXPIRED = re.compile(r"\b(item|response|file|conversation) (with id )?['\"`]?\w*_\w+", re.I)
# Distinguish a server that does not know a parameter from one that does not take its value this time.
_UNSUPPORTED = (
    r"\b(un|not |isn't |n't )(supported|known|recogni[sz]ed|expected|implemented|permitted|available|allowed)\b"
    r"|\b(unknown|unrecognized|extra|invalid|duplicate|missing|required) .{0,30}\b(parameter|argument|input|field|key)"
    r"|\bdoes(n't| not) support\b|\b(is|are|field) required\b"
)
_REQUIRED = r"\b(required|requires|missing|must be|needs?)\b"
_ONE = r"\b(only|exactly|more than|single) (one|1|image)\b|\bmust be 1\b|\b(several|multiple) images"
# Of a result: a request without them would make something else than what was asked for.
_NO_ADAPTING = frozenset({"several_images", "mask", *(f"output_{one}" for one in ("jpeg", "webp", "gif", "svg"))})


@dataclass(frozen=True)
class Lesson:
    """What a refusal teaches: a capability and its value. With `adapts` the request is sent again as that demands."""

    capability: str
    value: str
    adapts: bool = True


class CapabilityMemory:
    """Findings by server and model, for the life of the process. Thread-safe."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], dict[str, Finding]] = {}  # its inner dicts never change
        self._lock = Lock()

    def known(self, connection: Connection, model: str) -> dict[str, Finding]:
        """Return what is known of a connection's server for a model, by the name of the capability.

        What the operator set overrides what was found, and what a person wants to try again overrides both.
        """
        found = {
            **self._found.get((connection.server_key, ""), {}),
            **self._found.get((connection.server_key, model), {}),
        }
        tried = {name: finding for name, finding in found.items() if finding.source == "person"}
        return {**found, **{name: Finding(value, "operator") for name, value in connection.capabilities}, **tried}

    def learn(self, connection: Connection, model: str, capability: str, finding: Finding) -> None:
        """Keep a finding instead of the earlier one."""
        self._put(connection.server_key, model if CAPABILITIES[capability].of_model else "", capability, finding)

    def _put(self, server: str, model: str, capability: str, finding: Finding) -> None:
        with self._lock:
            self._found[server, model] = {**self._found.get((server, model), {}), capability: finding}


def values_in(findings: Mapping[str, Finding]) -> dict[str, str]:
    """Return the values alone."""
    return {name: finding.value for name, finding in findings.items()}


def lacks_endpoint(error: ApiError) -> bool:
    """Return whether a refusal says that the server does not have the endpoint; some gateways say so with 400.

    A 404 about an item or a response of an earlier turn, which expire, says nothing of the endpoint.
    """
    if isinstance(error, EndpointNotFound):
        return not error.param and not _EXPIRED.search(error.what)
    return error.status == 400 and _NO_ENDPOINT.search(error.what) is not None


def takes_turns(values: Values) -> bool:
    """Return whether a server may have /responses with the image generation tool."""
    return NO not in (values.get("responses"), values.get("image_tool"))


def _lacks_tool(error: RequestRefused) -> bool:
    if lacks_endpoint(error):
        return True
    return error.status in (400, 422) and (error.param in _TOOL_PLACES or (not error.param and TOOL in error.what))


def lesson_of(error: ApiError, request: Request, values: Values) -> Lesson | None:
    """Return what a refusal of this request, sent as `values` demand, says of the server; None if nothing."""
    if isinstance(error, StreamNotRelayed):  # the images are made, so nothing is sent again now
        return Lesson("stream", NO, adapts=False)
    if not isinstance(error, RequestRefused):
        return None
    if request.operation == "analyze":
        return _of_question(error, request, values)
    if request.has_context and takes_turns(values):
        return Lesson("image_tool", NO) if _lacks_tool(error) else None
    if request.operation == "edit" and isinstance(error, EndpointNotFound) and lacks_endpoint(error):
        return Lesson("edit", NO, adapts=False)
    if error.status not in (400, 415, 422, 501):
        return None
    text = f"{error.code} {error.what}".replace("_", " ")
    for capability, value, names, pattern, is_sent in _image_lessons(request, values):
        if is_sent and _names(error, names) and re.search(pattern, text, re.IGNORECASE):
            return Lesson(capability, value, adapts=capability not in _NO_ADAPTING and value != "one")
    return None


def _image_lessons(request: Request, values: Values) -> Sequence[tuple[str, str, Sequence[str], str, bool]]:
    """Return what a refusal may teach: capability, value, the parameter's names, the words, and whether it was sent."""
    sent = shaped_body(request, values)
    several, field = len(request.images) > 1, values.get("image_field", "image[]")
    given = {one.name: needed_by(one, request.values.get(one.name)) for one in request.parameters}
    other_format = given.get("output_format", "")
    return (
        ("partial_images", NO, ("partial_images",), _UNSUPPORTED, "partial_images" in sent),
        ("stream", NO, ("stream", "streaming"), _UNSUPPORTED, "stream" in sent),
        ("response_format", "refused", ("response_format",), _UNSUPPORTED, "response_format" in sent),
        ("response_format", "required", ("response_format",), _REQUIRED, "response_format" not in sent),
        ("image_field", "one", ("image", "image[]", "images"), _ONE, several),
        ("image_field", "image", ("image", "image[]"), _UNSUPPORTED, several and field == "image[]"),
        ("mask", "refused", ("mask",), _UNSUPPORTED, request.mask is not None),
        ("several_images", NO, ("n",), rf"{_UNSUPPORTED}|{_ONE}", request.n > 1),
        (other_format, NO, ("output_format",), _UNSUPPORTED, bool(other_format)),
    )


def _names(error: RequestRefused, names: Sequence[str]) -> bool:
    """Return whether a refusal names a parameter: in its field, or else in its sentence."""
    if error.param:
        return error.param.removeprefix("body.") in names
    return any(re.search(rf"(?<![\w.]){re.escape(name)}(?![\w])", error.what, re.I) for name in names)


def _of_question(error: RequestRefused, request: Request, values: Values) -> Lesson | None:
    if values.get("responses") != NO:
        lacks = isinstance(error, EndpointNotFound) and lacks_endpoint(error)
        return Lesson("responses", NO) if lacks else None
    if error.status not in (400, 422):
        return None
    message = f"{error.param} {error.what}"
    if values.get("stream_usage") != NO and "stream_options" in message:
        return Lesson("stream_usage", NO)
    if values.get("token_limit") != "max_tokens" and "max_completion_tokens" in message:
        return Lesson("token_limit", "max_tokens")
    return None


def shaped_body(request: Request, values: Values) -> dict[str, object]:
    """Return the body of an image request without its files, as a server with these capabilities wants it."""
    body = request.wire()
    if values.get("stream") == NO:
        body.pop("stream", None)
    if NO in (values.get("stream"), values.get("partial_images")):
        body.pop("partial_images", None)
    if values.get("response_format") == "refused":
        body.pop("response_format", None)
    elif values.get("response_format") == "required":
        body.setdefault("response_format", "b64_json")
    elif values.get("links") == "only" and body.get("response_format") == "b64_json":
        del body["response_format"]
    return body


def learned(lesson: Lesson, values: Values) -> dict[str, str]:
    """Return the values with a lesson's."""
    return {**values, lesson.capability: lesson.value}


def finding_of(lesson: Lesson, error: ApiError, when: float) -> Finding:
    """Return the finding of an ordinary run."""
    return Finding(lesson.value, "run", when, error.what[:NOTE_LENGTH])
