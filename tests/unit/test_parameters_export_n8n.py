"""A request as a workflow for n8n: what its nodes would send."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from components.parameters import Request, as_n8n
from tests.unit.test_parameters_export import ADDRESSES, ALL, MASK, NASTY, PATHS, PICTURE, SVG, ask, body_of


def node(flow: dict[str, Any], kind: str) -> dict[str, Any]:
    """The parameters of the one node of a kind."""
    (found,) = (one for one in flow["nodes"] if one["type"] == f"n8n-nodes-base.{kind}")
    parameters: dict[str, Any] = found["parameters"]
    return parameters


@pytest.mark.parametrize("pictures", [1, 2])
@pytest.mark.parametrize(("operation", "model"), ALL)
def test_a_workflow_is_whole(operation: str, model: str, pictures: int) -> None:
    """A workflow has a start, its nodes are one chain, and n8n's own credential stands for the key."""
    images = (PICTURE,) * (1 if model == "dall-e-2" else pictures)
    flow = json.loads(json.dumps(as_n8n(ask(operation, model, *images))))
    names = [one["name"] for one in flow["nodes"]]
    assert len({one["id"] for one in flow["nodes"]}) == len(set(names)) == len(names)
    assert flow["nodes"][0]["type"].endswith("Trigger")
    assert flow["connections"] == {
        one: {"main": [[{"node": other, "type": "main", "index": 0}]]} for one, other in pairwise(names)
    }
    call = node(flow, "httpRequest")
    assert (call["authentication"], call["nodeCredentialType"]) == ("predefinedCredentialType", "openAiApi")
    assert call["url"].endswith(PATHS[operation])


def test_a_workflow_sends_json() -> None:
    """Without files the body stands in the node as it is, and does not begin as an expression does."""
    for request in (ask("generate", "gpt-image-2.6-flare", **SVG), ask("analyze", "gpt-6.1-terra", **ADDRESSES)):
        text = node(as_n8n(request), "httpRequest")["jsonBody"]
        assert not text.startswith("=")
        assert json.loads(text) == body_of(request)


def test_a_workflow_sends_one_picture_as_a_form() -> None:
    """One picture with its mask goes as a form, whose files are those of the form at the start."""
    request = ask("edit", "gpt-image-2", mask=MASK)
    flow = as_n8n(request)
    asked = [one["fieldLabel"] for one in node(flow, "formTrigger")["formFields"]["values"]]
    parts = node(flow, "httpRequest")["bodyParameters"]["parameters"]
    assert [(one["name"], one["inputDataFieldName"]) for one in parts if "parameterType" in one] == [
        ("image", "image"),
        ("mask", "mask"),
    ]
    assert asked == ["image", "mask"]
    assert [(one["name"], one["value"]) for one in parts if "value" in one] == [
        ("model", "gpt-image-2"),
        ("prompt", NASTY),
    ]


def test_a_workflow_computes_nothing_from_a_prompt() -> None:
    """A prompt that looks like one of n8n's expressions is still a text."""
    request = ask("edit", "gpt-image-2", prompt="={{ $env.SECRET }}")
    parts = node(as_n8n(request), "httpRequest")["bodyParameters"]["parameters"]
    value = next(one["value"] for one in parts if one["name"] == "prompt")
    inside = value.removeprefix("={{ ").removesuffix(" }}")
    assert json.loads(inside) == "={{ $env.SECRET }}"
    assert not {"{", "}"} & set(inside)


@pytest.mark.parametrize(
    ("request_", "lines"),
    [
        (
            ask("edit", "gpt-image-2.6-flare", PICTURE, PICTURE, mask=MASK),
            [
                "body.images[0].image_url = await url('image_1');",
                "body.images[1].image_url = await url('image_2');",
                "body.mask.image_url = await url('mask');",
            ],
        ),
        (ask("analyze", "gpt-4o"), ["body.input[0].content[1].image_url = await url('image');"]),
        (
            ask("analyze", "gpt-6.1-terra", PICTURE, PICTURE),
            [
                "body.input[0].content[1].image_url = await url('image_1');",
                "body.input[0].content[2].image_url = await url('image_2');",
            ],
        ),
    ],
    ids=["edit", "analyze one", "analyze two"],
)
def test_a_workflow_writes_pictures_into_json(request_: Request, lines: list[str]) -> None:
    """Where a form would lose pictures or there is none, a Code node writes them into the body."""
    flow = as_n8n(request_)
    code = node(flow, "code")["jsCode"]
    head, _, rest = code.partition("const body = ")
    written, _, end = rest.partition(";\n" + lines[0])
    assert "getBinaryDataBuffer(0, name)" in head
    assert [lines[0] + end.split("\n")[0], *end.split("\n")[1:]] == [*lines, "return [{ json: body }];"]
    body = json.loads(written)
    if request_.operation == "edit":
        assert body == {**body_of(request_), "images": [{}, {}], "mask": {}}
    else:
        expected = body_of(request_)
        for part in expected["input"][0]["content"][1:]:
            part["image_url"] = ""
        assert body == expected
    assert node(flow, "httpRequest")["jsonBody"] == "={{ $json }}"
    assert [one["fieldLabel"] for one in node(flow, "formTrigger")["formFields"]["values"]] == [
        line.split("'")[1] for line in lines
    ]


def test_a_workflow_names_the_output_field() -> None:
    """Put output in field names the binary property and the file; links need neither."""
    flow = as_n8n(ask("generate", "gpt-image-2", output_field="picture", output_format="jpeg"))
    file = node(flow, "convertToFile")
    assert (file["binaryPropertyName"], file["options"]["fileName"]) == ("picture", "picture.jpeg")
    links = as_n8n(ask("generate", "dall-e-3", response_url=True))
    assert [one["type"] for one in links["nodes"]][-1] == "n8n-nodes-base.splitOut"


def test_the_same_request_is_the_same_workflow() -> None:
    """An export changes only when the request does."""
    one, other = ask("edit", "gpt-image-2"), ask("edit", "gpt-image-2", n=2)
    assert as_n8n(one) == as_n8n(one)
    assert as_n8n(one) != as_n8n(other)
