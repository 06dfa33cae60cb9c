"""Export a request as a workflow for n8n.

The workflow uses n8n's own OpenAI node if that can send the complete request (see `n8n_node`). Its base URL is that of
its credential, as a note in the workflow explains. Otherwise it uses the HTTP Request node with the same credential
and the run's base URL. From n8n's sources: a multipart part overwrites an earlier one of the same name, so several
images must be sent as JSON; a parameter that begins with "=" is an expression; the binary properties of a form's files
are named like its fields, with _ for any character that is not a letter, digit or _.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from components.parameters.export.n8n_node import TITLES, TYPE, VERSION, parameters_of, unsupported_features
from components.parameters.export.request_parts import (
    IMAGE_CALL,
    FormFile,
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
    streaming_note,
)
from components.parameters.request import Request
from components.parameters.server import OPENAI_SERVER, Server

# Milliseconds. n8n's default of five minutes is barely longer than an image may take.
TIMEOUT = 600_000

Node = dict[str, Any]


def _node(name: str, kind: str, version: float, **parameters: Any) -> Node:
    return {"parameters": parameters, "name": name, "type": f"n8n-nodes-base.{kind}", "typeVersion": version}


def _literal(text: str) -> str:
    """Return a text that n8n takes literally, even if it looks like an expression."""
    if not text.startswith("="):
        return text
    return "={{ " + json.dumps(text).replace("{", "\\u007b").replace("}", "\\u007d") + " }}"


def _trigger(opened: list[FormFile]) -> Node:
    """Return the first node: a manual trigger, or a form that asks for the input files."""
    if not opened:
        return _node("Start", "manualTrigger", 1)
    fields = [
        {
            "fieldLabel": file.field_name,
            "fieldType": "file",
            "multipleFiles": False,
            "acceptFileTypes": ".png" if file.part in {"mask", "markup"} else ".png, .jpg, .jpeg, .webp",
            "requiredField": True,
        }
        for file in opened
    ]
    return _node("Start", "formTrigger", 2.2, formTitle="Images", formFields={"values": fields}, options={})


def _further_headers(server: Server) -> list[tuple[str, str]]:
    """Return the headers beside that of the credential, with their environment variables."""
    return [(name, variable) for name, _, variable in header_variables(server) if name in server.header_names]


def _http_node(request: Request, server: Server, **body: Any) -> Node:
    """Return the HTTP Request node. The key comes from the credential, further secret values from the environment."""
    pairs = {"Header": _further_headers(server), "Query": query_variables(server)}
    credential = {"nodeCredentialType": "azureOpenAiApi" if server.is_azure else "openAiApi"}
    if server.replaces_key:  # the credential's own would be sent in its place
        credential = {}
    for kind, found in pairs.items():
        values = [{"name": _literal(name), "value": f"={{{{ $env.{variable} }}}}"} for name, variable in found]
        body |= {f"send{kind}": True, f"{kind.lower()}Parameters": {"parameters": values}} if values else {}
    return _node(
        TITLES[request.operation],
        "httpRequest",
        4.2,
        method="POST",
        url=server.url(path_of(request), str(request.values["model"])),
        authentication="predefinedCredentialType" if credential else "none",
        **credential,
        sendBody=True,
        **body,
        options={"timeout": TIMEOUT},
    )


def _json_call(request: Request, server: Server, body: Mapping[str, Any]) -> list[Node]:
    text = json.dumps(body, ensure_ascii=False, indent=2)
    return [_http_node(request, server, specifyBody="json", jsonBody=text)]


def _form_call(request: Request, server: Server, opened: list[FormFile]) -> list[Node]:
    fields: list[dict[str, str]] = [
        {"name": name, "value": _literal(value)} for name, value in form_fields(plain_body(request))
    ]
    fields += [
        {"parameterType": "formBinaryData", "name": file.part, "inputDataFieldName": file.field_name} for file in opened
    ]
    return [_http_node(request, server, contentType="multipart-form-data", bodyParameters={"parameters": fields})]


_DATA_URL_FUNCTION = """const item = $input.first();
const url = async (name) => {
  const bytes = await this.helpers.getBinaryDataBuffer(0, name);
  return `data:${item.binary[name].mimeType};base64,${bytes.toString('base64')}`;
};"""


def _code_call(request: Request, server: Server, opened: list[FormFile]) -> list[Node]:
    """Return a Code node that puts the images into the body, and an HTTP node that sends it."""
    body = plain_body(request)
    if not is_form(request):
        body, count = json_body(request, [""] * len(opened), server), len(request.images)
        places = [f"body.input[0].content[{place}].image_url" for place in range(1, count + 1)]
        places += ["body.tools[0].input_image_mask.image_url"] * (len(opened) - count)
    else:
        body |= {"images": [{} for _ in request.images]}
        body |= {file.part: {} for file in opened[len(request.images) :]}
        places = [f"body.images[{place}].image_url" for place in range(len(request.images))]
        places += [f"body.{file.part}.image_url" for file in opened[len(request.images) :]]
    lines = [f"{place} = await url('{file.field_name}');" for place, file in zip(places, opened, strict=True)]
    code = "\n".join([_DATA_URL_FUNCTION, f"const body = {_javascript(body)};", *lines, "return [{ json: body }];"])
    return [
        _node("Body", "code", 2, jsCode=code),
        _http_node(request, server, specifyBody="json", jsonBody="={{ $json }}"),
    ]


def _javascript(value: Any) -> str:
    """Return a value as JavaScript: JSON with the two line separators escaped that end a line in older engines."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _output_nodes(request: Request) -> list[Node]:
    """Return nodes that split the response into one file per image, in the field of "Put output in field"."""
    if request.operation == "analyze":
        return []
    of_response = request.has_context
    split = _node("Split", "splitOut", 1, fieldToSplitOut="output" if of_response else "data", options={})
    if returns_urls(request):
        return [split]
    field = request.output_field
    options = {"fileName": f"{field}.{file_extension(request)}"}
    file = _node(
        "To file",
        "convertToFile",
        1,
        operation="toBinary",
        sourceProperty="result" if of_response else "b64_json",
        binaryPropertyName=field,
        options=options,
    )
    return [split, *([_only_images()] if of_response else []), file]


def _only_images() -> Node:
    """Return a node that lets only images pass, of all that a response may hold."""
    code = f"return $input.all().filter((item) => item.json.type === '{IMAGE_CALL}' && item.json.result);"
    return _node("Images only", "code", 2, jsCode=code)


def _http_nodes(request: Request, server: Server, opened: list[FormFile]) -> list[Node]:
    if is_form(request) and len(request.images) == 1:
        return [*_form_call(request, server, opened), *_output_nodes(request)]
    if opened:
        return [*_code_call(request, server, opened), *_output_nodes(request)]
    body = json_body(request, image_urls(request), server)
    return [*_json_call(request, server, body), *_output_nodes(request)]


def _openai_nodes(request: Request, opened: list[FormFile]) -> list[Node]:
    parameters = {
        name: _literal(value) if isinstance(value, str) else value
        for name, value in parameters_of(request, opened).items()
    }
    return [{"parameters": parameters, "name": TITLES[request.operation], "type": TYPE, "typeVersion": VERSION}]


def _note(request: Request, server: Server, unsupported: list[str]) -> Node:
    """Return a note on the credential, and on what the OpenAI node or the workflow cannot do."""
    kind = "Azure OpenAI" if server.is_azure else "OpenAI"
    credential = f"Choose an {kind} credential in the request's node."
    if server.replaces_key:
        credential = "The request's node needs no credential."
    lines = [f"{credential} This workflow holds no key."]
    if unsupported:
        lines.append(f"This is an HTTP Request node because n8n's OpenAI node cannot send: {', '.join(unsupported)}.")
        if variables := [one for _, one in (*_further_headers(server), *query_variables(server))]:
            lines.append(f"It reads from n8n's environment: {', '.join(variables)}.")
    else:
        lines.append(f"In that credential, set Base URL to {server.base_url.rstrip('/')}")
        lines += [f"Add its custom header {name}, with the value." for name in server.header_names]
    if left_out := streaming_note(request):
        lines.append(f"This workflow cannot stream. {left_out}")
    return _node("Note", "stickyNote", 1, content="\n\n".join(lines), width=320, height=max(160, 80 * len(lines)))


def _needs_http_node(server: Server) -> list[str]:
    """Return what the OpenAI node's credential cannot hold: it has a base URL and one custom header."""
    found = ["Azure's addresses"] if server.is_azure else []
    found += ["several headers"] if len(server.header_names) > 1 else []
    found += ["a header in place of the key"] if server.replaces_key else []
    return found + (["query parameters"] if server.query_names else [])


def as_n8n(request: Request, server: Server = OPENAI_SERVER) -> dict[str, Any]:
    """Return a workflow to import into n8n or to paste onto its canvas, where a person chooses the OpenAI credential.

    `server` is that of the run's connection.
    """
    request = request.named(server.name_of(request.model))
    opened, unsupported = file_parts(request), unsupported_features(request) + _needs_http_node(server)
    calls = _http_nodes(request, server, opened) if unsupported else _openai_nodes(request, opened)
    chain = [_trigger(opened), *calls]
    nodes = [*chain, _note(request, server, unsupported)]
    for place, node in enumerate(nodes):
        # Derive ids from the content, so that the same request makes the same workflow.
        node["id"] = str(uuid5(NAMESPACE_URL, json.dumps([place, node["name"], request.model, node["parameters"]])))
        node["position"] = [220 * place, 0] if place < len(chain) else [0, -220]
        if node["type"].endswith("formTrigger"):
            node["webhookId"] = node["id"]
    links = {
        str(one["name"]): {"main": [[{"node": other["name"], "type": "main", "index": 0}]]}
        for one, other in pairwise(chain)
    }
    title = f"{TITLES[request.operation]} with {request.model}"
    return {"name": title, "nodes": nodes, "connections": links, "settings": {"executionOrder": "v1"}}
