"""The parts of a request that all exports share: its body and its files, named as in the API.

An export never contains the key or a folder of this machine; files appear by name. Exports do not stream: a script or
workflow has nobody to show previews to, and each preview costs money.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from components.parameters.request import Request
from components.parameters.server import Server, variable_of
from components.parameters.turns import CALL, turn_body, turn_message

PATHS = {"generate": "/images/generations", "edit": "/images/edits", "analyze": "/responses"}
# The methods of the openai packages for Python and for npm.
CALLS = {"generate": "images.generate", "edit": "images.edit", "analyze": "responses.create"}


IMAGE_CALL = CALL  # the item of an answer of /responses that holds an image
TURNS_NOTE = "Only this turn: the prompts and images before it are not in it."


def streaming_note(request: Request) -> str:
    """Return what code and workflows leave out of a request that streams; "" for one that does not."""
    if not request.values.get("stream"):
        return ""
    previews = " and without previews" if request.values.get("partial_images") else ""
    return f"It waits for the complete answer, without streaming{previews}."


@dataclass(frozen=True)
class FormFile:
    """An input file: its multipart part, name, content type, and a `field_name` of letters, digits and _."""

    part: str
    name: str
    content_type: str
    field_name: str


class Code(str):
    """Text that is code in an export, not a string value."""

    __slots__ = ()


def plain_body(request: Request) -> dict[str, Any]:
    """Return the body without files, messages and streaming options."""
    body = {name: value for name, value in request.wire().items() if name not in {"stream", "partial_images"}}
    if schema := request.values.get("schema"):
        body["text"] = {"format": {"type": "json_schema", "name": "answer", "schema": schema, "strict": True}}
    return body


def analysis_input(request: Request, images: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the `input` of an analysis: the question, then each image's URL or data URL with its detail."""
    content: list[dict[str, Any]] = [{"type": "input_text", "text": request.values["text"]}]
    detail = request.values["detail"]
    content += [{"type": "input_image", "image_url": image, "detail": detail} for image in images]
    return [{"role": "user", "content": content}]


def path_of(request: Request) -> str:
    """Return the endpoint's path; with the turns before, an edit goes to /responses."""
    return PATHS["analyze" if request.has_context else request.operation]


def call_of(request: Request) -> str:
    """Return the method of the openai packages."""
    return CALLS["analyze" if request.has_context else request.operation]


def is_form(request: Request) -> bool:
    """Return whether the body is a multipart form; all others are JSON."""
    return request.operation == "edit" and not request.has_context


def json_body(request: Request, urls: Sequence[Any], server: Server) -> dict[str, Any]:
    """Return a JSON body; `urls` are the data URLs or URLs of its images, with the mask as the last."""
    if request.has_context:
        count = len(request.images)
        message = turn_message(request.prompt_text, urls[:count])
        main_model, mask = server.name_of(str(request.values["main_model"])), next(iter(urls[count:]), None)
        return turn_body(request, [message], main_model, mask, streams=False)
    body = plain_body(request)
    return {**body, "input": analysis_input(request, urls)} if request.operation == "analyze" else body


def header_variables(server: Server) -> list[tuple[str, str, str]]:
    """Return the headers with secret values: each one's name, what stands before the value, and the environment
    variable of the value. A further header replaces that of the key.
    """
    own = [] if server.replaces_key else [(*server.key_header, server.key_variable)]
    return own + [(name, "", variable) for name, variable in _variables("header", server.header_names)]


def query_variables(server: Server) -> list[tuple[str, str]]:
    """Return the query parameters with secret values: each one's name and the environment variable of the value."""
    return _variables("query", server.query_names)


def _variables(kind: Literal["header", "query"], names: Sequence[str]) -> list[tuple[str, str]]:
    """Return each name with its environment variable; names that differ in signs alone do not share one."""
    found: dict[str, str] = {}
    for name in names:
        variable = variable_of(kind, name)
        found[name] = f"{variable}_{len(found) + 1}" if variable in found.values() else variable
    return list(found.items())


@dataclass(frozen=True)
class ClientParts:
    """What a client of the openai package has to be told to send: headers, query parameters, and the key.

    `key` is None where the package reads it from its own environment variable. The package asks for a key also where a
    header replaces it, and gets that header's value.
    """

    headers: Mapping[str, Code]
    query: Mapping[str, Any]
    key: Code | None = None


def client_parts(server: Server, read: Callable[[str], Code]) -> ClientParts:
    """Return what a client for a server has to be told. `read` makes the code that reads an environment variable."""
    key_header, _ = server.key_header
    # In any letters: two spellings of one header would both be sent.
    headers = {
        key_header if name.lower() == key_header.lower() else name: read(variable)
        for name, _, variable in header_variables(server)
    }
    query: dict[str, Any] = {name: read(variable) for name, variable in query_variables(server)}
    if server.shape == "azure" and server.version:
        query["api-version"] = server.version
    if server.shape == "azure" or server.replaces_key:
        return ClientParts(headers, query, headers[key_header])
    del headers[key_header]  # the package sends it
    return ClientParts(headers, query)


def variables_note(server: Server) -> str:
    """Return what a script reads from the environment, as the end of a sentence."""
    names = [variable for _, _, variable in header_variables(server)]
    names += [variable for _, variable in query_variables(server)]
    base_url = "" if server.is_azure else ", another server from OPENAI_BASE_URL"
    if len(names) < 2:
        return f"the key comes from {names[0]}{base_url}."
    return f"keys and secret values come from {', '.join(names)}{base_url}."


def image_urls(request: Request) -> list[str]:
    """Return the URLs of images that the server fetches."""
    return list(request.values.get("image_urls", ()))


def file_parts(request: Request) -> list[FormFile]:
    """Return the files in order: one image is the part `image`, several are `image[]`, then mask and markup."""
    several = len(request.images) > 1
    found = [
        FormFile(
            "image[]" if several else "image", image.name, image.content_type, f"image_{place}" if several else "image"
        )
        for place, image in enumerate(request.images, 1)
    ]
    for name, overlay in (("mask", request.mask), ("markup", request.markup)):
        found += [FormFile(name, overlay.name, overlay.content_type, name)] if overlay else []
    return found


def form_fields(body: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return a body as the text parts of a form, for example svg[model] and svg[reasoning][effort]."""
    fields: list[tuple[str, str]] = []
    for name, value in body.items():
        path = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, Mapping):
            fields += form_fields(value, path)
        else:
            fields.append((path, json.dumps(value) if isinstance(value, bool) else str(value)))
    return fields


def returns_urls(request: Request) -> bool:
    """Return whether the response contains links instead of data."""
    return bool(request.values.get("response_url"))


def file_extension(request: Request) -> str:
    """Return the extension of the output files, without the dot."""
    return str(request.values.get("output_format", "png"))
