"""A request as a workflow for n8n.

The HTTP Request node is used with n8n's own OpenAI credential, because n8n's OpenAI node does not pass every
parameter on. What is here follows n8n's sources: a multipart part overwrites an earlier one of the same name, so
that several pictures have to go as JSON; a parameter that begins with "=" is an expression; the binary properties
of a form's files are called as its fields, with _ for whatever is no letter, digit or _.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from components.parameters.export import (
    BASE,
    PATHS,
    File,
    addresses,
    answers_with_links,
    extension,
    files,
    form_fields,
    message,
    plain_body,
)
from components.parameters.request import Request

# n8n gives up after five minutes by itself; an image may take nearly as long. Milliseconds.
TIMEOUT = 600_000

Node = dict[str, Any]


def _node(name: str, kind: str, version: float, **parameters: Any) -> Node:
    return {"parameters": parameters, "name": name, "type": f"n8n-nodes-base.{kind}", "typeVersion": version}


def _still(text: str) -> str:
    """A text that n8n takes as it is, even where it looks like an expression."""
    if not text.startswith("="):
        return text
    return "={{ " + json.dumps(text).replace("{", "\\u007b").replace("}", "\\u007d") + " }}"


def _start(opened: list[File]) -> Node:
    """A click; or, where files go in, a form that asks for them."""
    if not opened:
        return _node("Start", "manualTrigger", 1)
    fields = [
        {
            "fieldLabel": file.plain,
            "fieldType": "file",
            "multipleFiles": False,
            "acceptFileTypes": ".png" if file.part in {"mask", "markup"} else ".png, .jpg, .jpeg, .webp",
            "requiredField": True,
        }
        for file in opened
    ]
    return _node("Start", "formTrigger", 2.2, formTitle="Pictures", formFields={"values": fields}, options={})


def _call(request: Request, **body: Any) -> Node:
    return _node(
        request.operation.capitalize(),
        "httpRequest",
        4.2,
        method="POST",
        url=f"{BASE}{PATHS[request.operation]}",
        authentication="predefinedCredentialType",
        nodeCredentialType="openAiApi",
        sendBody=True,
        **body,
        options={"timeout": TIMEOUT},
    )


def _call_with_json(request: Request, body: Mapping[str, Any]) -> list[Node]:
    text = json.dumps(body, ensure_ascii=False, indent=2)
    return [_call(request, specifyBody="json", jsonBody=text)]


def _call_with_form(request: Request, opened: list[File]) -> list[Node]:
    fields: list[dict[str, str]] = [
        {"name": name, "value": _still(value)} for name, value in form_fields(plain_body(request))
    ]
    fields += [
        {"parameterType": "formBinaryData", "name": file.part, "inputDataFieldName": file.plain} for file in opened
    ]
    return [_call(request, contentType="multipart-form-data", bodyParameters={"parameters": fields})]


_READER = """const item = $input.first();
const url = async (name) => {
  const bytes = await this.helpers.getBinaryDataBuffer(0, name);
  return `data:${item.binary[name].mimeType};base64,${bytes.toString('base64')}`;
};"""


def _call_with_files_as_json(request: Request, opened: list[File]) -> list[Node]:
    """A Code node writes the pictures into the body, the HTTP node sends what it wrote."""
    body = plain_body(request)
    if request.operation == "analyze":
        body["input"] = message(request, [""] * len(opened))
        places = [f"body.input[0].content[{place}].image_url" for place in range(1, len(opened) + 1)]
    else:
        body |= {"images": [{} for _ in request.images]}
        body |= {file.part: {} for file in opened[len(request.images) :]}
        places = [f"body.images[{place}].image_url" for place in range(len(request.images))]
        places += [f"body.{file.part}.image_url" for file in opened[len(request.images) :]]
    lines = [f"{place} = await url('{file.plain}');" for place, file in zip(places, opened, strict=True)]
    code = "\n".join([_READER, f"const body = {_javascript(body)};", *lines, "return [{ json: body }];"])
    return [_node("Body", "code", 2, jsCode=code), _call(request, specifyBody="json", jsonBody="={{ $json }}")]


def _javascript(value: Any) -> str:
    """JSON is JavaScript, except that older engines end a line at two signs which are escaped here."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _after(request: Request) -> list[Node]:
    """Pictures one by one, as files in the field that "Put output in field" names."""
    if request.operation == "analyze":
        return []
    split = _node("Split", "splitOut", 1, fieldToSplitOut="data", options={})
    if answers_with_links(request):
        return [split]
    field = request.output_field
    options = {"fileName": f"{field}.{extension(request)}"}
    file = _node(
        "To file",
        "convertToFile",
        1,
        operation="toBinary",
        sourceProperty="b64_json",
        binaryPropertyName=field,
        options=options,
    )
    return [split, file]


def _middle(request: Request, opened: list[File]) -> list[Node]:
    if request.operation == "edit" and len(request.images) == 1:
        return _call_with_form(request, opened)
    if opened:
        return _call_with_files_as_json(request, opened)
    body = plain_body(request)
    if request.operation == "analyze":
        body["input"] = message(request, addresses(request))
    return _call_with_json(request, body)


def as_n8n(request: Request) -> dict[str, Any]:
    """A workflow to import into n8n or to paste onto its canvas; only its OpenAI credential has to be chosen there."""
    opened = files(request)
    nodes = [_start(opened), *_middle(request, opened), *_after(request)]
    for place, node in enumerate(nodes):
        # The same request is the same workflow: ids are made of what they stand for.
        node["id"] = str(uuid5(NAMESPACE_URL, json.dumps([place, node["name"], request.model, node["parameters"]])))
        node["position"] = [220 * place, 0]
        if node["type"].endswith("formTrigger"):
            node["webhookId"] = node["id"]
    links = {
        str(one["name"]): {"main": [[{"node": other["name"], "type": "main", "index": 0}]]}
        for one, other in pairwise(nodes)
    }
    title = f"{request.operation.capitalize()} with {request.model}"
    return {"name": title, "nodes": nodes, "connections": links, "settings": {"executionOrder": "v1"}}
