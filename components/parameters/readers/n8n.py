"""Read a workflow or a node of n8n into values. Expressions are not evaluated."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from components.parameters.export.n8n_node import SETTINGS, TYPE
from components.parameters.kinds import Invalid
from components.parameters.readers.body import operation_of_url, read_body
from components.parameters.readers.curl import note_server, put_field
from components.parameters.readers.keys import is_secret, is_secret_name, url_has_key
from components.parameters.readers.reading import OpenedFile, Reading, Unreadable, read_json

_HTTP, _CODE, _TO_FILE = "n8n-nodes-base.httpRequest", "n8n-nodes-base.code", "n8n-nodes-base.convertToFile"
_BODY_IN_CODE = "const body = "


def looks_like_n8n(data: Any) -> bool:
    """Return whether JSON data is a workflow, a list of nodes, or a node."""
    return bool(_nodes(data))


def _nodes(data: Any) -> list[Mapping[str, Any]]:
    if isinstance(data, Mapping) and isinstance(data.get("nodes"), list):
        data = data["nodes"]
    listed = data if isinstance(data, list) else [data]
    return [one for one in listed if isinstance(one, Mapping) and isinstance(one.get("parameters"), Mapping)]


def read_n8n(data: Any) -> Reading:
    """Return the values of the first OpenAI or HTTP Request node. Raise Invalid if there is none that can be read."""
    nodes = _nodes(data)
    calls = [one for one in nodes if one.get("type") in {TYPE, _HTTP}]
    if not calls:
        raise Invalid("This workflow has neither an OpenAI node nor an HTTP Request node.")
    node = calls[0]
    parameters = node["parameters"]
    reading = _read_openai(parameters) if node["type"] == TYPE else _read_http(parameters, nodes)
    reading.unread += ["the other request nodes"] if len(calls) > 1 else []
    return reading


def _plain(value: Any) -> Any:
    """Return a value; an expression that is only a quoted text as that text, any other as Unreadable."""
    if isinstance(value, str) and value.startswith("="):
        literal = re.fullmatch(r'=\{\{ ("(?:[^"\\]|\\.)*") \}\}', value, re.DOTALL)
        try:
            return json.loads(literal[1]) if literal else Unreadable("an n8n expression")
        except ValueError:
            return Unreadable("an n8n expression")
    return value


def _read_http(parameters: Mapping[str, Any], nodes: list[Mapping[str, Any]]) -> Reading:
    url = _plain(parameters.get("url"))
    if not isinstance(url, str):
        raise Invalid("The URL of this HTTP Request node is an n8n expression, which is not evaluated here.")
    operation = operation_of_url(url)
    if parameters.get("specifyBody") == "json":
        body = _json_body(parameters.get("jsonBody"), nodes)
    else:
        body = _fields(parameters.get("bodyParameters"))
    reading = read_body(operation, body)
    names = [one["parameters"].get("binaryPropertyName") for one in nodes if one.get("type") == _TO_FILE]
    if names and isinstance(names[0], str):
        reading.values["output_field"] = names[0]
    note_server(reading, url)
    headers, query = (_named_texts(parameters.get(name)) for name in ("headerParameters", "queryParameters"))
    found = [*headers, *query, *(_named_texts(parameters.get("bodyParameters")))]
    reading.had_key |= url_has_key(url) or any(is_secret_name(name) and is_secret(value) for name, value in found)
    return reading


def _named_texts(listed: Any) -> list[tuple[str, str]]:
    fields = listed.get("parameters") if isinstance(listed, Mapping) else None
    found = [one for one in fields if isinstance(one, Mapping)] if isinstance(fields, list) else []
    return [(str(one.get("name")), str(one.get("value") or "")) for one in found]


def _json_body(text: Any, nodes: list[Mapping[str, Any]]) -> dict[str, Any]:
    if isinstance(text, str) and text.replace(" ", "") == "={{$json}}":
        text = next((found for one in nodes if (found := _body_in_code(one))), text)
    elif isinstance(text, str) and "{{" not in text:
        text = text.removeprefix("=")
    if not isinstance(text, str) or text.startswith("="):
        raise Invalid("The body of this HTTP Request node is an n8n expression, which is not evaluated here.")
    body = read_json(text, "The body of this HTTP Request node")
    if not isinstance(body, dict):
        raise Invalid("The body of this HTTP Request node is not a JSON object.")
    return body


def _body_in_code(node: Mapping[str, Any]) -> str:
    """Return the JSON that this app's export puts into a Code node; empty if there is none."""
    code = node["parameters"].get("jsCode")
    if node.get("type") != _CODE or not isinstance(code, str) or _BODY_IN_CODE not in code:
        return ""
    start = code.index(_BODY_IN_CODE) + len(_BODY_IN_CODE)
    try:
        _, end = json.JSONDecoder().raw_decode(code, start)
    except (ValueError, RecursionError):
        return ""
    return code[start:end]


def _fields(listed: Any) -> dict[str, Any]:
    body: dict[str, Any] = {}
    fields = listed.get("parameters") if isinstance(listed, Mapping) else None
    for one in fields if isinstance(fields, list) else ():
        if not isinstance(one, Mapping) or not isinstance(one.get("name"), str):
            continue
        if one.get("parameterType") == "formBinaryData":
            body.setdefault(one["name"], []).append(OpenedFile())
        else:
            put_field(body, one["name"], _plain(one.get("value")))
    return body


# Parameters of the OpenAI node that are not settings of the request, or that the code below reads.
_KNOWN = frozenset({"resource", "operation", "modelId", "model", "prompt", "text", "simplify", "options", "images"})
_KNOWN_OPTIONS = frozenset({"returnImageUrls", "binaryPropertyOutput", "imageMask", "detail"})
_IMAGE_INPUTS = frozenset({"inputType", "imageUrls", "binaryPropertyName", "responseFormat"})
# What the form of its edit asks for and n8n does not send, so exports never use them.
_UNSENT = {"outputFormat": "output_format", "outputCompression": "output_compression"}


def _read_openai(parameters: Mapping[str, Any]) -> Reading:
    operation = parameters.get("operation", "generate")
    if parameters.get("resource") != "image" or operation not in SETTINGS:
        raise Invalid("This OpenAI node works on text, audio or files. Only its image operations can be read.")
    listed = parameters.get("options")
    options: Mapping[str, Any] = listed if isinstance(listed, Mapping) else {}
    model = parameters.get("modelId", parameters.get("model"))
    body = {"model": _plain(model.get("value") if isinstance(model, Mapping) else model)}
    unread: list[str] = []
    for place, known in ((parameters, _KNOWN | _IMAGE_INPUTS), (options, _KNOWN_OPTIONS)):
        for name, value in place.items():
            wire = next((one.wire for one in SETTINGS[operation] if one.name == name), _UNSENT.get(name))
            if wire is not None:
                body[wire] = _plain(value)
            elif name not in known:
                unread.append(str(name)[:60])
    if operation == "analyze":
        body["input"] = [{"content": _question(parameters, options)}]
    else:
        body["prompt"] = _plain(parameters.get("prompt", ""))
        if options.get("returnImageUrls") or parameters.get("responseFormat") == "url":
            body["response_format"] = "url"
    if operation == "edit":
        names = parameters.get("images")
        values = names.get("values") if isinstance(names, Mapping) else None
        body["image"] = [OpenedFile() for _ in values] if isinstance(values, list) else [OpenedFile()]
        body |= {"mask": OpenedFile()} if options.get("imageMask") else {}
    reading = read_body(operation, body)
    if isinstance(output := options.get("binaryPropertyOutput"), str):
        reading.values["output_field"] = output
    if isinstance(simple := parameters.get("simplify"), bool):
        reading.values["simplify"] = simple
    reading.unread += unread
    return reading


def _question(parameters: Mapping[str, Any], options: Mapping[str, Any]) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = [{"type": "input_text", "text": _plain(parameters.get("text", ""))}]
    detail = {"detail": options["detail"]} if "detail" in options else {}
    urls = _plain(parameters.get("imageUrls"))
    if parameters.get("inputType") == "base64" or not isinstance(urls, str):
        names = str(parameters.get("binaryPropertyName", "")).split(",")[:20]
        return content + [{"type": "input_image", "image_url": OpenedFile(), **detail} for _ in names]
    return content + [{"type": "input_image", "image_url": url.strip(), **detail} for url in urls.split(",")[:20]]
