"""Export a request as JavaScript: for the openai package of npm, or for `fetch` alone.

Both are ES modules for Node 18 or newer. A form that JavaScript sends has its line breaks as CR LF, as the standard of
`FormData` demands; everything else arrives as the app sends it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from components.parameters.export.request_parts import (
    IMAGE_CALL,
    TURNS_NOTE,
    Code,
    call_of,
    client_parts,
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
    variables_note,
)
from components.parameters.models.catalogue import find_model
from components.parameters.request import Request
from components.parameters.server import OPENAI_BASE_URL, OPENAI_SERVER, Server

_DATA_URL = """
async function dataUrl(name, contentType) {
  return `data:${contentType};base64,${(await readFile(name)).toString("base64")}`;
}
"""


def _literal(value: Any, indent: str = "") -> str:
    inner = f"{indent}  "
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, dict) and value:
        lines = [f"{inner}{_property(name)}: {_literal(one, inner)}," for name, one in value.items()]
        return "\n".join(["{", *lines, f"{indent}}}"])
    if isinstance(value, list | tuple) and value:
        return "\n".join(["[", *(f"{inner}{_literal(one, inner)}," for one in value), f"{indent}]"])
    # Both separators end a line in older engines.
    return json.dumps(value, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _property(name: str) -> str:
    if name == "__proto__":
        return '["__proto__"]'  # a plain one would set the object's prototype
    return name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else _literal(name)


def _json_body(request: Request, server: Server) -> dict[str, Any]:
    images: list[Any] = [
        Code(f"await dataUrl({_literal(file.name)}, {_literal(file.content_type)})") for file in file_parts(request)
    ]
    return json_body(request, images or image_urls(request), server)


def _output_code(request: Request, text: str) -> list[str]:
    """Return the lines that print the answer or save the images; `text` is the expression of an answer's text."""
    if request.operation == "analyze":
        return [f"console.log({text if request.values.get('simplify', True) else 'JSON.stringify(answer, null, 2)'});"]
    if request.has_context:
        name = f"{request.output_field}-1.{file_extension(request)}"
        return [
            f"// {TURNS_NOTE}",
            "for (const item of answer.output) {",
            f'  if (item.type !== "{IMAGE_CALL}" || !item.result) continue;',
            f'  await writeFile({_literal(name)}, Buffer.from(item.result, "base64"));',
            "}",
        ]
    name = f"`{request.output_field}-${{place + 1}}.{file_extension(request)}`"
    save = f'await writeFile({name}, Buffer.from(image.b64_json, "base64"));'
    link = "console.log(place + 1, image.url);"
    if returns_urls(request):
        lines = [link]
    elif find_model(request.model, request.operation).known:
        lines = [save]
    else:  # an unknown model may return data or links
        lines = [f"if (image.b64_json) {save}", f"else {link}"]
    return ["for (const [place, image] of answer.data.entries()) {", *(f"  {line}" for line in lines), "}"]


def _module(head: str, packages: list[str], helper: str, lines: list[str]) -> str:
    code = "\n".join([helper, *lines]) if helper else "\n".join(lines)
    used = [name for name in ("readFile", "writeFile") if f"{name}(" in code]
    files = [f'import {{ {", ".join(used)} }} from "node:fs/promises";'] if used else []
    imports = [*files, *packages]
    return "\n".join([f"// {head}", *imports, *([""] if imports and not helper else []), code, ""])


def _environment(variable: str) -> Code:
    return Code(f"process.env.{variable}")


def _client_options(server: Server) -> dict[str, Any]:
    """Return the options of the package's client for a server. Secret values come from the environment."""
    parts = client_parts(server, _environment)
    options: dict[str, Any] = {}
    if server.shape == "azure-deployments":
        # Not `endpoint`, which the package refuses where OPENAI_BASE_URL is set.
        options = {"baseURL": server.root, "apiVersion": server.version}
    elif server.shape == "azure":
        options = {"baseURL": server.root}
    options |= {"apiKey": parts.key} if parts.key else {}
    options |= {"defaultHeaders": parts.headers} if parts.headers else {}
    return options | ({"defaultQuery": parts.query} if parts.query else {})


def as_javascript(request: Request, server: Server = OPENAI_SERVER) -> str:
    """Return a module for the openai package of npm, version 6 or newer, that saves the output."""
    request = request.named(server.name_of(request.model))
    client_class = "AzureOpenAI" if server.shape == "azure-deployments" else "OpenAI"
    arguments, imported = plain_body(request) if is_form(request) else _json_body(request, server), []
    for file in file_parts(request) if is_form(request) else ():
        imported = ["toFile"]
        # Each file has a name and a type, because the API refuses files without a type.
        opened = Code(
            f"await toFile(await readFile({_literal(file.name)}), {_literal(file.name)}, "
            f"{{ type: {_literal(file.content_type)} }})"
        )
        if file.part == "image[]":
            arguments.setdefault("image", []).append(opened)
        else:
            arguments[file.part] = opened
    options, comment = _client_options(server), []
    if request.operation != "analyze":
        comment = ["// No retries: an image that was generated but lost on the way would be paid for twice."]
        options["maxRetries"] = 0
    given = "{ maxRetries: 0 }" if options == {"maxRetries": 0} else _literal(options) if options else ""
    client = [*comment, f"const client = new {client_class}({given});"]
    if client_class != "OpenAI":
        imported.insert(0, client_class)
    named = f"{{ {', '.join(imported)} }}" if imported else ""
    imports = ", ".join(part for part in ("OpenAI" if client_class == "OpenAI" else "", named) if part)
    lines = [
        *client,
        f"const answer = await client.{call_of(request)}({_literal(arguments)});",
        *_output_code(request, "answer.output_text"),
    ]
    return _module(
        f"npm install openai; save this as {request.operation}.mjs; {variables_note(server)}",
        [f'import {imports} from "openai";'],
        _DATA_URL if not is_form(request) and request.images else "",
        lines,
    )


# `/responses` puts the text into the parts of its messages.
_ANSWER_TEXT = 'answer.output.flatMap((item) => item.content ?? []).map((part) => part.text ?? "").join("")'


def _form_code(request: Request) -> list[str]:
    """Return the lines that build the form of an edit."""
    lines = ["const form = new FormData();"]
    lines += [f"form.append({_literal(name)}, {_literal(value)});" for name, value in form_fields(plain_body(request))]
    for file in file_parts(request):
        name, kind = _literal(file.name), _literal(file.content_type)
        blob = f"new Blob([await readFile({name})], {{ type: {kind} }})"
        lines.append(f"form.append({_literal(file.part)}, {blob}, {name});")
    return lines


def _fetch_address(request: Request, server: Server) -> list[str]:
    """Return the lines that make `url`. Only OpenAI's own shape takes another server from OPENAI_BASE_URL."""
    path = path_of(request)
    if server.is_azure:
        lines = [f"const url = new URL({_literal(server.url(path, str(request.values['model'])))});"]
    else:
        lines = [
            f"const baseUrl = process.env.OPENAI_BASE_URL || {_literal(OPENAI_BASE_URL)};",
            f"const url = new URL(`${{baseUrl}}{path}`);",
        ]
    return lines + [
        f"url.searchParams.append({_literal(name)}, {_environment(variable)});"
        for name, variable in query_variables(server)
    ]


def as_fetch(request: Request, server: Server = OPENAI_SERVER) -> str:
    """Return a module that needs no package and sends the request with `fetch`, which waits at most 5 minutes."""
    request = request.named(server.name_of(request.model))
    secrets = [
        f"  {_property(name)}: "
        + (f"`{prefix}${{{_environment(variable)}}}`," if prefix else f"{_environment(variable)},")
        for name, prefix, variable in header_variables(server)
    ]
    if is_form(request):
        headers, prepared, body = secrets, _form_code(request), "form"
    else:
        value = _json_body(request, server)
        headers = [*secrets, '  "Content-Type": "application/json",']
        prepared, body = [f"const body = {_literal(value)};"], "JSON.stringify(body)"
    lines = [
        *_fetch_address(request, server),
        "const headers = {",
        *headers,
        "};",
        *prepared,
        f'const response = await fetch(url, {{ method: "POST", headers, body: {body} }});',
        "if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);",
        "const answer = await response.json();",
        *_output_code(request, _ANSWER_TEXT),
    ]
    return _module(
        f"Node 18 or newer, no package; save this as {request.operation}.mjs; {variables_note(server)}",
        [],
        _DATA_URL if not is_form(request) and request.images else "",
        lines,
    )
