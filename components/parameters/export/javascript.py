"""Export a request as JavaScript: for the openai package of npm, or for `fetch` alone.

Both are ES modules for Node 18 or newer. A form that JavaScript sends has its line breaks as CR LF, as the standard of
`FormData` demands; everything else arrives as the app sends it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from components.parameters.export.request_parts import (
    CALLS,
    OPENAI_BASE_URL,
    PATHS,
    Code,
    analysis_input,
    file_extension,
    file_parts,
    form_fields,
    image_urls,
    plain_body,
    returns_urls,
)
from components.parameters.models.catalogue import find_model
from components.parameters.request import Request

_SERVER = "the key comes from OPENAI_API_KEY, another server from OPENAI_BASE_URL."

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


def _analysis_body(request: Request) -> dict[str, Any]:
    images: list[Any] = [
        Code(f"await dataUrl({_literal(file.name)}, {_literal(file.content_type)})") for file in file_parts(request)
    ]
    return {**plain_body(request), "input": analysis_input(request, images or image_urls(request))}


def _output_code(request: Request, text: str) -> list[str]:
    """Return the lines that print the answer or save the images; `text` is the expression of an answer's text."""
    if request.operation == "analyze":
        return [f"console.log({text if request.values.get('simplify', True) else 'JSON.stringify(answer, null, 2)'});"]
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


def as_javascript(request: Request) -> str:
    """Return a module for the openai package of npm, version 6 or newer, that saves the output."""
    arguments, imported = plain_body(request), "OpenAI"
    if request.operation == "analyze":
        arguments = _analysis_body(request)
    for file in file_parts(request) if request.operation == "edit" else ():
        imported = "OpenAI, { toFile }"
        # Each file has a name and a type, because the API refuses files without a type.
        opened = Code(
            f"await toFile(await readFile({_literal(file.name)}), {_literal(file.name)}, "
            f"{{ type: {_literal(file.content_type)} }})"
        )
        if file.part == "image[]":
            arguments.setdefault("image", []).append(opened)
        else:
            arguments[file.part] = opened
    client = ["const client = new OpenAI();"]
    if request.operation != "analyze":
        client = [
            "// No retries: an image that was generated but lost on the way would be paid for twice.",
            "const client = new OpenAI({ maxRetries: 0 });",
        ]
    lines = [
        *client,
        f"const answer = await client.{CALLS[request.operation]}({_literal(arguments)});",
        *_output_code(request, "answer.output_text"),
    ]
    return _module(
        f"npm install openai; save this as {request.operation}.mjs; {_SERVER}",
        [f'import {imported} from "openai";'],
        _DATA_URL if request.operation == "analyze" and request.images else "",
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


def as_fetch(request: Request) -> str:
    """Return a module that needs no package and sends the request with `fetch`, which waits at most 5 minutes."""
    authorization = "  Authorization: `Bearer ${process.env.OPENAI_API_KEY}`,"
    if request.operation == "edit":
        headers, prepared, body = [authorization], _form_code(request), "form"
    else:
        value = _analysis_body(request) if request.operation == "analyze" else plain_body(request)
        headers = [authorization, '  "Content-Type": "application/json",']
        prepared, body = [f"const body = {_literal(value)};"], "JSON.stringify(body)"
    lines = [
        f"const baseUrl = process.env.OPENAI_BASE_URL || {_literal(OPENAI_BASE_URL)};",
        "const headers = {",
        *headers,
        "};",
        *prepared,
        f'const response = await fetch(`${{baseUrl}}{PATHS[request.operation]}`, {{ method: "POST", headers, '
        f"body: {body} }});",
        "if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);",
        "const answer = await response.json();",
        *_output_code(request, _ANSWER_TEXT),
    ]
    return _module(
        f"Node 18 or newer, no package; save this as {request.operation}.mjs; {_SERVER}",
        [],
        _DATA_URL if request.operation == "analyze" and request.images else "",
        lines,
    )
