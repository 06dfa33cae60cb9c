"""Export a request as a curl command."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any
from urllib.parse import quote

from components.parameters.export.request_parts import (
    IMAGE_CALL,
    TURNS_NOTE,
    file_extension,
    file_parts,
    form_fields,
    header_variables,
    image_urls,
    is_form,
    json_body,
    path_of,
    plain_body,
    query_variables,
    returns_urls,
)
from components.parameters.request import Request
from components.parameters.server import OPENAI_BASE_URL, OPENAI_SERVER, Server

# Marks where a file's base64 goes in the JSON. No value can contain it: NUL is refused everywhere, and JSON doubles a
# backslash that a person typed.
_PLACEHOLDER = ";base64,\0"
_PLACEHOLDER_JSON = ";base64,\\u0000"


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2)


def _quoted(name: str) -> str:
    """Quote a file's name for curl's -F, where ; and , would end it."""
    if re.fullmatch(r"[\w.-]+", name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _piped_json(request: Request, server: Server) -> str:
    """Return shell code that writes the body to a pipe, because it is too long for an argument."""
    opened = file_parts(request)
    images = [f"data:{file.content_type}{_PLACEHOLDER}" for file in opened]
    pieces = _json(json_body(request, images, server)).split(_PLACEHOLDER_JSON)
    pieces = [*(f"{piece};base64," for piece in pieces[:-1]), pieces[-1]]
    lines = [f"  printf %s {shlex.quote(pieces[0])}"]
    for file, piece in zip(opened, pieces[1:], strict=True):
        lines += [f"  base64 < {shlex.quote(f'./{file.name}')} | tr -d '\\n'", f"  printf %s {shlex.quote(piece)}"]
    return "\n".join(["{", *lines, "} | "])


def _in_quotes(text: str) -> str:
    """Return a text that a shell takes literally between double quotes."""
    return re.sub(r'([$`"\\])', r"\\\1", text)


def _address(request: Request, server: Server) -> str:
    """Return the URL in double quotes. Only OpenAI's own shape takes another server from OPENAI_BASE_URL."""
    path = path_of(request)
    url = _in_quotes(server.url(path, str(request.values["model"])))
    if not server.is_azure:
        url = f"${{OPENAI_BASE_URL:-{OPENAI_BASE_URL}}}{path}"
    query = "&".join(f"{quote(name)}=${{{variable}}}" for name, variable in query_variables(server))
    return f'"{url}{("&" if "?" in url else "?") + query if query else ""}"'


def as_curl(request: Request, server: Server = OPENAI_SERVER) -> str:
    """Return a shell command that reads the key and all secret values from the environment.

    Values of query parameters must be percent-encoded there.
    """
    request = request.named(server.name_of(request.model))
    lines = [
        f"curl {_address(request, server)}",
        *(f'  -H "{_in_quotes(name)}: {prefix}${variable}"' for name, prefix, variable in header_variables(server)),
    ]
    before = after = ""
    if is_form(request):
        lines += [
            f"  --form-string {shlex.quote(f'{name}={value}')}" for name, value in form_fields(plain_body(request))
        ]
        lines += [
            f"  -F {shlex.quote(f'{file.part}=@{_quoted(file.name)};type={file.content_type}')}"
            for file in file_parts(request)
        ]
    else:
        lines.append('  -H "Content-Type: application/json"')
        if request.images:
            before = _piped_json(request, server)
            lines.append("  --data-binary @-")
        else:
            body = json_body(request, image_urls(request), server)
            lines.append(f"  -d {shlex.quote(_json(body))}")
    if request.operation != "analyze":
        # Base64 would fill the terminal.
        lines.append(f"  -o {request.output_field}.json")
        after = _extract_hint(request)
    return before + " \\\n".join(lines) + "\n" + after


def _extract_hint(request: Request) -> str:
    answer = f"{request.output_field}.json"
    if returns_urls(request):
        return f"# The links: jq -r '.data[].url' {answer}\n"
    image = f"{request.output_field}-1.{file_extension(request)}"
    if request.has_context:
        found = f"jq -r '.output[] | select(.type == \"{IMAGE_CALL}\").result' {answer} | base64 -d > {image}"
        return f"# {TURNS_NOTE}\n# The image: {found}\n"
    return f"# The first image: jq -r '.data[0].b64_json' {answer} | base64 -d > {image}\n"
