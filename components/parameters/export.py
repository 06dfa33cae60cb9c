"""A request as code: Python for the openai package, curl, an n8n workflow. The key is never in it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from components.parameters.request import Request

PATHS = {"generate": "/images/generations", "edit": "/images/edits", "analyze": "/responses"}
BASE = "https://api.openai.com/v1"

# What the typed openai package knows by name; anything newer or of a team's own goes into extra_body.
_TYPED = frozenset(
    [
        "model",
        "prompt",
        "n",
        "size",
        "quality",
        "style",
        "response_format",
        "output_format",
        "output_compression",
        "background",
        "moderation",
        "input_fidelity",
        "complexity",
        "frame_count",
        "frame_duration_ms",
        "svg",
        "stream",
        "partial_images",
        "user",
        "safety_identifier",
        "max_output_tokens",
        "reasoning",
    ]
)


def _body(request: Request) -> dict[str, Any]:
    body = request.wire()
    if request.operation == "analyze":
        body.pop("stream", None)
        urls = request.values.get("image_urls", ())
        pictures = urls or tuple(f"data:{image.content_type};base64,…" for image in request.images)
        content = [{"type": "input_text", "text": request.values["text"]}]
        content += [{"type": "input_image", "image_url": url, "detail": request.values["detail"]} for url in pictures]
        body["input"] = [{"role": "user", "content": content}]
    return body


def _literal(value: Any, indent: str = "    ") -> str:
    inner = f"{indent}    "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{name!r}: {_literal(one, inner)}," for name, one in value.items()]
        return "\n".join(["{", *lines, f"{indent}}}"])
    if isinstance(value, list) and value:
        return "\n".join(["[", *(f"{inner}{_literal(one, inner)}," for one in value), f"{indent}]"])
    return repr(value)


def _files(request: Request) -> dict[str, Any]:
    names = [image.name for image in request.images]
    files: dict[str, Any] = {"image": names[0] if len(names) == 1 else names} if names else {}
    if request.mask is not None:
        files["mask"] = request.mask.name
    if request.markup is not None:
        files["markup"] = request.markup.name
    return files


def _opened(names: str | list[str]) -> str:
    if isinstance(names, str):
        return f"Path({names!r})"
    return "[" + ", ".join(f"Path({name!r})" for name in names) + "]"


def as_python(request: Request) -> str:
    """A script for the official openai package; it reads the key from OPENAI_API_KEY and saves what comes."""
    call = {"generate": "images.generate", "edit": "images.edit", "analyze": "responses.create"}[request.operation]
    body = _body(request)
    streams = body.pop("stream", False)
    body.pop("partial_images", None) if streams else None
    typed = {name: value for name, value in body.items() if name in _TYPED or name == "input"}
    extra = {name: value for name, value in body.items() if name not in typed}
    lines = [f"    {name}={_literal(value)}," for name, value in typed.items()]
    if request.operation == "edit":
        files = _files(request)
        lines += [f"    {name}={_opened(files[name])}," for name in files if name != "markup"]
        if "markup" in files:
            lines.append(f"    markup={_opened(files['markup'])},")
    if extra:
        lines.append(f"    extra_body={_literal(extra)},")
    head = ["import base64", "from pathlib import Path", "", "from openai import OpenAI", ""]
    head += ["client = OpenAI()  # the key comes from OPENAI_API_KEY", f"answer = client.{call}("]
    if request.operation == "analyze":
        return "\n".join([*head[3:], *lines, ")", "print(answer.output_text)", ""])
    suffix = request.values.get("output_format", "png")
    save = [
        ")",
        "for place, image in enumerate(answer.data, 1):",
        f'    Path(f"{request.output_field}-{{place}}.{suffix}").write_bytes(base64.b64decode(image.b64_json))',
        "",
    ]
    if body.get("response_format") == "url":
        save[2] = "    print(place, image.url)"
    return "\n".join([*head, *lines, *save])


def _form_fields(body: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for name, value in body.items():
        path = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, Mapping):
            fields += _form_fields(value, path)
        else:
            fields.append((path, json.dumps(value) if isinstance(value, bool) else str(value)))
    return fields


def _form_files(request: Request) -> list[tuple[str, str, str]]:
    part = "image" if len(request.images) == 1 else "image[]"
    files = [(part, image.name, image.content_type) for image in request.images]
    for name, overlay in (("mask", request.mask), ("markup", request.markup)):
        files += [(name, overlay.name, overlay.content_type)] if overlay else []
    return files


def as_curl(request: Request) -> str:
    """A command for a shell; it reads the key from OPENAI_API_KEY."""
    lines = [f"curl {BASE}{PATHS[request.operation]}", '  -H "Authorization: Bearer $OPENAI_API_KEY"']
    if request.operation == "edit":
        lines += [f"  --form-string {shlex.quote(f'{name}={value}')}" for name, value in _form_fields(_body(request))]
        lines += [f"  -F {shlex.quote(f'{part}=@{name};type={kind}')}" for part, name, kind in _form_files(request)]
    else:
        lines.append('  -H "Content-Type: application/json"')
        lines.append(f"  -d {shlex.quote(json.dumps(_body(request), ensure_ascii=False, indent=2))}")
    return " \\\n".join(lines) + "\n"


def _n8n_body(request: Request) -> dict[str, Any]:
    body = _body(request)
    # n8n reads whole answers only.
    body.pop("stream", None)
    body.pop("partial_images", None)
    if request.operation != "edit":
        text = json.dumps(body, ensure_ascii=False, indent=2)
        return {"sendBody": True, "specifyBody": "json", "jsonBody": text, "options": {}}
    fields: list[dict[str, str]] = [{"name": name, "value": value} for name, value in _form_fields(body)]
    fields += [
        {
            "parameterType": "formBinaryData",
            "name": part,
            "inputDataFieldName": f"{part.strip('[]')}{place or ''}",
        }
        for place, (part, _, _) in enumerate(_form_files(request))
    ]
    return {
        "sendBody": True,
        "contentType": "multipart-form-data",
        "bodyParameters": {"parameters": fields},
        "options": {},
    }


def as_n8n(request: Request) -> dict[str, Any]:
    """A workflow to paste into n8n: an HTTP Request node that uses n8n's own OpenAI credential.

    The HTTP node is taken because n8n's OpenAI node does not pass every parameter on. For pictures a second node
    turns the base64 text into a binary property named by "Put output in field".
    """
    call = {
        "parameters": {
            "method": "POST",
            "url": f"{BASE}{PATHS[request.operation]}",
            "authentication": "predefinedCredentialType",
            "nodeCredentialType": "openAiApi",
            **_n8n_body(request),
        },
        "name": request.operation.capitalize(),
        "type": "n8n-nodes-base.httpRequest",
        "typeVersion": 4.2,
        "position": [0, 0],
    }
    if request.operation == "analyze" or request.values.get("response_url"):
        return {"nodes": [call], "connections": {}}
    steps: list[tuple[str, str, Callable[[], dict[str, Any]]]] = [
        ("Split", "n8n-nodes-base.splitOut", lambda: {"fieldToSplitOut": "data", "options": {}}),
        (
            "To file",
            "n8n-nodes-base.convertToFile",
            lambda: {
                "operation": "toBinary",
                "sourceProperty": "b64_json",
                "binaryPropertyName": request.output_field,
                "options": {"fileName": f"{request.output_field}.{request.values.get('output_format', 'png')}"},
            },
        ),
    ]
    nodes = [call]
    for place, (name, kind, parameters) in enumerate(steps, 1):
        nodes.append(
            {
                "parameters": parameters(),
                "name": name,
                "type": kind,
                "typeVersion": 1,
                "position": [220 * place, 0],
            }
        )
    names = [str(node["name"]) for node in nodes]
    links = {one: {"main": [[{"node": other, "type": "main", "index": 0}]]} for one, other in pairwise(names)}
    return {"nodes": nodes, "connections": links}
