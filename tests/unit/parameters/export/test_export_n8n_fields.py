"""Every field of n8n's OpenAI node for images, as its documentation lists them: where an export has it, and back.

A field that the node cannot send for a request stands in the HTTP Request node instead; DIFFERENT says why.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from components.parameters import Request, as_n8n, read_request, recipe, resolve
from components.parameters.export.n8n_node import TYPE
from tests.unit.parameters.export.test_export import ADDRESSES, IMAGE, MASK, NASTY, SVG, ask

# The fields in the order of n8n's page "OpenAI Image operations", each operation with its options.
DOCUMENTED = {
    "analyze": (
        "Credential to connect with",
        "Resource",
        "Operation",
        "Model",
        "Text Input",
        "Input Type",
        "Image URL(s)",
        "Binary File(s): Input Data Field Name",
        "Detail",
        "Length of Description (Max Tokens)",
    ),
    "generate": (
        "Credential to connect with",
        "Resource",
        "Operation",
        "Model",
        "Prompt",
        "Quality",
        "Resolution",
        "Style",
        "Respond with image URL(s)",
        "Put Output in Field",
    ),
    "edit": (
        "Credential to connect with",
        "Resource",
        "Operation",
        "Model",
        "Prompt",
        "Image(s)",
        "Number of Images",
        "Size",
        "Quality",
        "Output Format",
        "Output Compression",
        "Background",
        "Input Fidelity",
        "Image Mask",
        "User",
    ),
}


@dataclass(frozen=True)
class Sent:
    """A field of the node: the request that sets it, the steps to it in the node's parameters, and what is there."""

    label: str
    request: Request
    steps: tuple[str, ...]
    value: Any


_DALLE = ask("generate", "dall-e-3", quality="hd", size="1792x1024", style="natural", response_url=True)
_NAMED = ask("generate", "gpt-image-2", quality="low", size="1024x1536", output_field="image")
_EDIT = ask(
    *("edit", "gpt-image-1", IMAGE, IMAGE),
    **{"mask": MASK, "n": 2, "size": "1536x1024", "quality": "medium"},
    **{"background": "opaque", "input_fidelity": "high"},
)
_LINKS = ask("analyze", "gpt-4o", detail="low", max_output_tokens=300, **ADDRESSES)
_FILES = ask("analyze", "gpt-4o", IMAGE, IMAGE, detail="high", max_output_tokens=300, input_type="files")


def _by_id(model: str) -> dict[str, Any]:
    return {"__rl": True, "mode": "id", "value": model}


FIELDS = {
    "analyze": (
        Sent("Resource", _LINKS, ("resource",), "image"),
        Sent("Operation", _LINKS, ("operation",), "analyze"),
        Sent("Model", _LINKS, ("modelId",), _by_id("gpt-4o")),
        Sent("Text Input", _LINKS, ("text",), NASTY),
        Sent("Input Type", _LINKS, ("inputType",), "url"),
        Sent("Input Type", _FILES, ("inputType",), "base64"),
        Sent("Image URL(s)", _LINKS, ("imageUrls",), "https://a.b/1.png, https://a.b/2.png"),
        Sent("Binary File(s): Input Data Field Name", _FILES, ("binaryPropertyName",), "image_1, image_2"),
        Sent("Detail", _LINKS, ("options", "detail"), "low"),
        Sent("Detail", _FILES, ("options", "detail"), "high"),
        Sent("Length of Description (Max Tokens)", _LINKS, ("options", "maxTokens"), 300),
    ),
    "generate": (
        Sent("Resource", _DALLE, ("resource",), "image"),
        Sent("Operation", _DALLE, ("operation",), "generate"),
        Sent("Model", _DALLE, ("modelId",), _by_id("dall-e-3")),
        Sent("Prompt", _DALLE, ("prompt",), NASTY),
        Sent("Quality", _DALLE, ("options", "dalleQuality"), "hd"),
        Sent("Quality", _NAMED, ("options", "quality"), "low"),
        Sent("Resolution", _DALLE, ("options", "size"), "1792x1024"),
        Sent("Resolution", _NAMED, ("options", "size"), "1024x1536"),
        Sent("Style", _DALLE, ("options", "style"), "natural"),
        Sent("Respond with image URL(s)", _DALLE, ("options", "returnImageUrls"), True),
        Sent("Put Output in Field", _NAMED, ("options", "binaryPropertyOutput"), "image"),
    ),
    "edit": (
        Sent("Resource", _EDIT, ("resource",), "image"),
        Sent("Operation", _EDIT, ("operation",), "edit"),
        Sent("Model", _EDIT, ("model",), "gpt-image-1"),
        Sent("Prompt", _EDIT, ("prompt",), NASTY),
        Sent("Image(s)", _EDIT, ("images", "values"), [{"binaryPropertyName": f"image_{n}"} for n in (1, 2)]),
        Sent("Image(s)", ask("edit", "dall-e-2"), ("binaryPropertyName",), "image"),
        Sent("Number of Images", _EDIT, ("n",), 2),
        Sent("Size", _EDIT, ("size",), "1536x1024"),
        Sent("Quality", _EDIT, ("quality",), "medium"),
        Sent("Background", _EDIT, ("options", "background"), "opaque"),
        Sent("Input Fidelity", _EDIT, ("options", "inputFidelity"), "high"),
        Sent("Image Mask", _EDIT, ("options", "imageMask"), "mask"),
        Sent("User", ask("edit", "dall-e-2", user="me"), ("options", "user"), "me"),
    ),
}
# What an export does otherwise than n8n's page has it, and why.
DIFFERENT = {
    "Credential to connect with": "a workflow holds no key: its note says to choose a credential",
    "Output Format": "n8n's form has it, but its node does not send it: by the HTTP Request node",
    "Output Compression": "n8n's form has it, but its node does not send it: by the HTTP Request node",
}


def own_node(request: Request) -> dict[str, Any]:
    """The OpenAI node of a request's workflow."""
    (found,) = [one for one in as_n8n(request)["nodes"] if one["type"] == TYPE]
    return dict(found)


@pytest.mark.parametrize("operation", DOCUMENTED)
def test_every_field_is_sent_or_named_as_different(operation: str) -> None:
    """No field of n8n's page is left out, in either table."""
    sent = [one.label for one in FIELDS[operation]]
    assert [label for label in DOCUMENTED[operation] if label not in DIFFERENT] == list(dict.fromkeys(sent))
    assert {label for label in DOCUMENTED[operation] if label not in sent} <= set(DIFFERENT)


@pytest.mark.parametrize(
    "field", [pytest.param(one, id=f"{name} {one.label}") for name, listed in FIELDS.items() for one in listed]
)
def test_a_field_has_the_requests_value(field: Sent) -> None:
    """The node has the value under n8n's own name for the field."""
    found: Any = own_node(field.request)["parameters"]
    for step in field.steps:
        found = found[step]
    assert found == field.value


@pytest.mark.parametrize("request_", [_DALLE, _NAMED, _EDIT, _LINKS, _FILES], ids=lambda one: one.operation)
def test_the_node_has_no_other_field(request_: Request) -> None:
    """What the node holds beside the fields of its page is only how it answers."""
    node = own_node(request_)
    parameters = node["parameters"]
    names = [*parameters, *(f"options.{name}" for name in parameters["options"])]
    known = {".".join(one.steps[:2]) for one in FIELDS[request_.operation]} | {"images", "options", "simplify"}
    assert set(names) <= known
    assert node.keys() == {"parameters", "name", "type", "typeVersion", "id", "position"}


def test_a_workflow_holds_no_credential() -> None:
    """Each node that sends waits for the person's choice, which the note asks for."""
    for request in (_EDIT, ask("edit", "gpt-image-2")):
        nodes = as_n8n(request)["nodes"]
        assert not [one for one in nodes if "credentials" in one]
        assert "Choose an OpenAI credential" in nodes[-1]["parameters"]["content"]


def test_format_and_compression_of_an_edit_go_by_http() -> None:
    """n8n's node would leave them out, so the HTTP Request node sends them, and the note names them."""
    nodes = as_n8n(ask("edit", "gpt-image-1", output_format="webp", output_compression=40))["nodes"]
    (call,) = [one["parameters"] for one in nodes if one["type"].endswith("httpRequest")]
    fields = {one["name"]: one.get("value") for one in call["bodyParameters"]["parameters"]}
    assert (fields["output_format"], fields["output_compression"]) == ("webp", "40")
    assert "cannot send: output_format, output_compression" in nodes[-1]["parameters"]["content"]


def test_a_user_of_gpt_image_models_goes_by_http() -> None:
    """n8n's node sends it as `user`; these models take it as `safety_identifier`, under which the app sends it."""
    nodes = as_n8n(ask("edit", "gpt-image-1", user="me"))["nodes"]
    (call,) = [one["parameters"] for one in nodes if one["type"].endswith("httpRequest")]
    assert {"name": "safety_identifier", "value": "me"} in [
        {"name": one["name"], "value": one.get("value")} for one in call["bodyParameters"]["parameters"]
    ]


def test_format_and_compression_are_read_from_a_node_of_n8n() -> None:
    """A node that was made in n8n has them beside its options; its person meant them."""
    node = {"resource": "image", "operation": "edit", "model": "gpt-image-1", "prompt": "a hat"}
    node |= {"outputFormat": "webp", "outputCompression": 40, "options": {}}
    reading = read_request(json.dumps({"type": TYPE, "parameters": node}))
    assert {"output_format": "webp", "output_compression": 40}.items() <= reading.values.items()
    assert reading.unread == []


@pytest.mark.parametrize(
    "request_",
    [
        *(_DALLE, _NAMED, _EDIT, _LINKS, _FILES),
        ask("edit", "gpt-image-1", output_format="webp", output_compression=40, output_field="pic"),
        ask("edit", "gpt-image-2.6-flare", IMAGE, IMAGE, mask=MASK, output_field="pic", **SVG),
        ask("edit", "dall-e-2", response_url=True),
        ask("generate", "gpt-image-2", output_format="jpeg", output_field="image", moderation="low"),
        ask("generate", "team-model", n=2),
        ask("analyze", "gpt-4o", simplify=False, max_output_tokens=300),
        ask("analyze", "gpt-6.1-terra", reasoning_effort="low", **ADDRESSES),
    ],
    ids=lambda one: f"{one.operation} {one.model}",
)
def test_a_workflow_reads_back_to_the_same_recipe(request_: Request) -> None:
    """Nothing is unread, and the recipe is the request's own, its input files given once more."""
    reading = read_request(json.dumps(as_n8n(request_)))
    inputs = {"images": request_.images, "mask": request_.mask}
    again = resolve(reading.operation, reading.values["model"], reading.values, **inputs)
    assert isinstance(again, Request), again
    assert reading.unread == []
    assert recipe(again) == recipe(request_)
