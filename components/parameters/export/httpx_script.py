"""Export a request as a Python script for httpx, without the openai package."""

from __future__ import annotations

from typing import Any

from components.parameters.export.python import DATA_URL, NO_RETRIES_COMMENT, arguments_of, literal
from components.parameters.export.request_parts import (
    IMAGE_CALL,
    TURNS_NOTE,
    Code,
    file_extension,
    file_parts,
    form_fields,
    header_variables,
    is_form,
    path_of,
    plain_body,
    query_variables,
    returns_urls,
    variables_note,
)
from components.parameters.models.catalogue import find_model
from components.parameters.request import Request
from components.parameters.server import OPENAI_BASE_URL, OPENAI_SERVER, Server

_IMPORTS = (
    ("import base64", "base64."),
    ("import json", "json."),
    ("import os", "os."),
    ("from pathlib import Path", "Path("),
)
_TIMEOUT_SECONDS = 600  # as in the openai package; the 5 seconds of httpx are too short for an image
# `/responses` puts the text into the parts of its messages.
_ANSWER_TEXT = [
    'parts = [part for item in answer["output"] for part in item.get("content") or []]',
    'print("".join(part.get("text", "") for part in parts))',
]


def _read(variable: str, prefix: str = "") -> Code:
    return Code((f"{prefix!r} + " if prefix else "") + f"os.environ[{variable!r}]")


def _address(request: Request, server: Server) -> list[str]:
    """Return the lines that make `url`. Only OpenAI's own shape takes another server from OPENAI_BASE_URL."""
    path = path_of(request)
    if server.is_azure:
        lines = [f"url = {server.url(path, str(request.values['model']))!r}"]
    else:
        lines = [f'base_url = os.environ.get("OPENAI_BASE_URL") or {OPENAI_BASE_URL!r}', f"url = base_url + {path!r}"]
    if query := {name: _read(variable) for name, variable in query_variables(server)}:
        # The argument `params` would replace the query that the URL has.
        lines.append(f"url = httpx.URL(url).copy_merge_params({literal(query, '')})")
    return lines


def _arguments(request: Request, server: Server) -> dict[str, Any]:
    """Return the arguments of `httpx.post` after the URL."""
    arguments: dict[str, Any] = {
        "headers": {name: _read(variable, prefix) for name, prefix, variable in header_variables(server)}
    }
    if is_form(request):
        arguments["data"] = dict(form_fields(plain_body(request)))
        # Each file has a name and a type, because the API refuses files without a type.
        arguments["files"] = [
            Code(f"({file.part!r}, ({file.name!r}, Path({file.name!r}).read_bytes(), {file.content_type!r}))")
            for file in file_parts(request)
        ]
    else:
        arguments["json"] = arguments_of(request, server)
    return {**arguments, "timeout": _TIMEOUT_SECONDS}


def _output_code(request: Request) -> list[str]:
    """Return the lines that print the answer or save the images."""
    if request.operation == "analyze":
        return _ANSWER_TEXT if request.values.get("simplify", True) else ["print(json.dumps(answer, indent=2))"]
    save = f'Path(f"{request.output_field}-{{place}}.{file_extension(request)}").write_bytes(base64.b64decode('
    if request.has_context:
        return [
            f"# {TURNS_NOTE}",
            f'items = [item for item in answer["output"] if item["type"] == "{IMAGE_CALL}" and item.get("result")]',
            "for place, item in enumerate(items, 1):",
            f'    {save}item["result"]))',
        ]
    save, link = f'{save}image["b64_json"]))', 'print(place, image["url"])'
    if returns_urls(request):
        lines = [link]
    elif find_model(request.model, request.operation).known:
        lines = [save]
    else:  # an unknown model may return data or links
        lines = ['if image.get("b64_json"):', f"    {save}", "else:", f"    {link}"]
    return ['for place, image in enumerate(answer["data"], 1):', *(f"    {line}" for line in lines)]


def as_httpx(request: Request, server: Server = OPENAI_SERVER) -> str:
    """Return a script for httpx that reads the key from the environment and saves the output."""
    request = request.named(server.name_of(request.model))
    lines = [
        *([DATA_URL] if not is_form(request) and request.images else []),
        *_address(request, server),
        *([NO_RETRIES_COMMENT] if request.operation != "analyze" else []),
        "response = httpx.post(",
        "    url,",
        *(f"    {name}={literal(value)}," for name, value in _arguments(request, server).items()),
        ")",
        "if not response.is_success:",
        '    raise SystemExit(f"{response.status_code}: {response.text}")',
        "answer = response.json()",
        *_output_code(request),
        "",
    ]
    code = "\n".join(lines)
    imports = [line for line, used in _IMPORTS if used in code]
    return "\n".join([f"# pip install httpx; {variables_note(server)}", *imports, "", "import httpx", "", code])
