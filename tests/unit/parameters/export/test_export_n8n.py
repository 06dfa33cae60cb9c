"""A request as a workflow for n8n: what its nodes would send."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from components.parameters import Request, Server, as_n8n
from components.parameters.export.n8n_node import TYPE
from tests.unit.parameters.export.test_export import ADDRESSES, ALL, IMAGE, MASK, NASTY, PATHS, SVG, ask, body_of


def node(flow: dict[str, Any], kind: str) -> dict[str, Any]:
    """The parameters of the one node of a kind."""
    (found,) = (one for one in flow["nodes"] if one["type"] == f"n8n-nodes-base.{kind}")
    parameters: dict[str, Any] = found["parameters"]
    return parameters


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(("operation", "model"), ALL)
def test_a_workflow_is_complete(operation: str, model: str, count: int) -> None:
    """A workflow has a start, its nodes are one chain, and n8n's own credential stands for the key."""
    images = (IMAGE,) * (1 if model == "dall-e-2" else count)
    flow = json.loads(json.dumps(as_n8n(ask(operation, model, *images))))
    names = [one["name"] for one in flow["nodes"] if one["name"] != "Note"]
    assert len({one["id"] for one in flow["nodes"]}) == len(flow["nodes"]) == len(set(names)) + 1
    assert flow["nodes"][0]["type"].endswith("Trigger")
    assert flow["connections"] == {
        one: {"main": [[{"node": other, "type": "main", "index": 0}]]} for one, other in pairwise(names)
    }
    if own := [one for one in flow["nodes"] if one["type"] == TYPE]:
        assert (own[0]["parameters"]["resource"], own[0]["parameters"]["operation"]) == ("image", operation)
        return
    call = node(flow, "httpRequest")
    assert (call["authentication"], call["nodeCredentialType"]) == ("predefinedCredentialType", "openAiApi")
    assert call["url"].endswith(PATHS[operation])


def openai_node(request: Request) -> dict[str, Any] | None:
    """The parameters of n8n's OpenAI node in a request's workflow."""
    return next((one["parameters"] for one in as_n8n(request)["nodes"] if one["type"] == TYPE), None)


def test_the_openai_node_has_the_seeds_parameters() -> None:
    """Where n8n's own node can send the complete request it does, under the names that its form has for them."""
    made = openai_node(ask("generate", "dall-e-3", quality="hd", size="1792x1024", style="natural", response_url=True))
    assert made == {
        "resource": "image",
        "operation": "generate",
        "modelId": {"__rl": True, "mode": "id", "value": "dall-e-3"},
        "prompt": NASTY,
        "options": {"dalleQuality": "hd", "size": "1792x1024", "style": "natural", "returnImageUrls": True},
    }
    made = openai_node(ask("edit", "gpt-image-1", IMAGE, IMAGE, mask=MASK, n=2, background="opaque"))
    assert made is not None
    assert made["images"] == {"values": [{"binaryPropertyName": "image_1"}, {"binaryPropertyName": "image_2"}]}
    assert (made["model"], made["n"], made["size"]) == ("gpt-image-1", 2, "auto")
    assert made["options"] == {"background": "opaque", "imageMask": "mask"}
    made = openai_node(ask("analyze", "gpt-4o", detail="low", max_output_tokens=400, **ADDRESSES))
    assert made is not None
    assert (made["text"], made["inputType"], made["simplify"]) == (NASTY, "url", True)
    assert made["imageUrls"] == "https://a.b/1.png, https://a.b/2.png"
    assert made["options"] == {"maxTokens": 400, "detail": "low"}
    made = openai_node(ask("generate", "gpt-image-2", output_field="image", quality="low"))
    assert made is not None
    assert made["options"] == {"quality": "low", "binaryPropertyOutput": "image"}


@pytest.mark.parametrize(
    "request_",
    [
        ask("generate", "gpt-image-2", n=2),
        ask("generate", "gpt-image-2", size="2048x1024"),
        ask("generate", "gpt-image-2", output_format="jpeg"),
        ask("generate", "gpt-image-2.5-flare", quality="max"),
        ask("generate", "team-model"),
        ask("edit", "gpt-image-2"),
        ask("edit", "gpt-image-1", output_format="webp"),
        ask("analyze", "gpt-6.1-terra", reasoning_effort="low"),
    ],
    ids=lambda request: f"{request.operation} {request.model}",
)
def test_what_the_openai_node_cannot_send_goes_by_http(request_: Request) -> None:
    """Nothing of a request is lost: what n8n's node would leave out goes by its HTTP Request node, with the reason."""
    flow = as_n8n(request_, Server("https://images.example/v1/"))
    assert openai_node(request_) is None
    assert node(flow, "httpRequest")["url"].startswith("https://images.example/v1/")
    assert "cannot send: " in node(flow, "stickyNote")["content"]


def test_the_note_says_where_the_run_went() -> None:
    """The OpenAI node takes its base URL from the credential, so the workflow says which."""
    flow = as_n8n(ask("generate", "dall-e-3"), Server("https://images.example/v1"))
    assert "set Base URL to https://images.example/v1" in node(flow, "stickyNote")["content"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({}, ""),
        ({"stream": True}, "This workflow cannot stream. It waits for the complete answer, without streaming."),
        ({"stream": True, "partial_images": 2}, "for the complete answer, without streaming and without previews."),
    ],
)
def test_the_note_says_that_a_workflow_does_not_stream(raw: dict[str, Any], said: str) -> None:
    """n8n's nodes wait for a complete answer: streaming is left out of the body, and only then named in the note."""
    flow = as_n8n(ask("generate", "gpt-image-2", **raw))
    assert said in node(flow, "stickyNote")["content"]
    assert ("stream" in node(flow, "stickyNote")["content"]) == bool(said)
    assert "stream" not in json.dumps([one for one in flow["nodes"] if one["name"] != "Note"])


def test_the_openai_node_computes_nothing_from_a_prompt() -> None:
    """A prompt that looks like one of n8n's expressions is still a text there."""
    made = openai_node(ask("generate", "dall-e-3", prompt="={{ $env.SECRET }}"))
    assert made is not None
    assert json.loads(made["prompt"].removeprefix("={{ ").removesuffix(" }}")) == "={{ $env.SECRET }}"


def test_a_workflow_sends_json() -> None:
    """Without files the body stands in the node as it is, and does not begin as an expression does."""
    for request in (
        ask("generate", "gpt-image-2.6-flare", **SVG),
        ask("analyze", "gpt-6.1-terra", reasoning_effort="low", **ADDRESSES),
    ):
        text = node(as_n8n(request), "httpRequest")["jsonBody"]
        assert not text.startswith("=")
        assert json.loads(text) == body_of(request)


def test_a_workflow_sends_one_image_as_a_form() -> None:
    """One image with its mask goes as a form, whose files are those of the form at the start."""
    request = ask("edit", "gpt-image-2", mask=MASK)
    flow = as_n8n(request)
    labels = [one["fieldLabel"] for one in node(flow, "formTrigger")["formFields"]["values"]]
    parts = node(flow, "httpRequest")["bodyParameters"]["parameters"]
    assert [(one["name"], one["inputDataFieldName"]) for one in parts if "parameterType" in one] == [
        ("image", "image"),
        ("mask", "mask"),
    ]
    assert labels == ["image", "mask"]
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
            ask("edit", "gpt-image-2.6-flare", IMAGE, IMAGE, mask=MASK),
            [
                "body.images[0].image_url = await url('image_1');",
                "body.images[1].image_url = await url('image_2');",
                "body.mask.image_url = await url('mask');",
            ],
        ),
        (
            ask("analyze", "gpt-6.1-terra", reasoning_effort="low"),
            ["body.input[0].content[1].image_url = await url('image');"],
        ),
        (
            ask("analyze", "gpt-6.1-terra", IMAGE, IMAGE, reasoning_effort="low"),
            [
                "body.input[0].content[1].image_url = await url('image_1');",
                "body.input[0].content[2].image_url = await url('image_2');",
            ],
        ),
    ],
    ids=["edit", "analyze one", "analyze two"],
)
def test_a_workflow_writes_images_into_json(request_: Request, lines: list[str]) -> None:
    """Where a form would lose images or there is none, a Code node writes them into the body."""
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
    flow = as_n8n(ask("generate", "gpt-image-2", output_field="image", output_format="jpeg"))  # by HTTP
    file = node(flow, "convertToFile")
    assert (file["binaryPropertyName"], file["options"]["fileName"]) == ("image", "image.jpeg")
    links = as_n8n(ask("generate", "dall-e-3", response_url=True, user="me"))
    assert [one["type"] for one in links["nodes"]][-2] == "n8n-nodes-base.splitOut"


def test_the_same_request_is_the_same_workflow() -> None:
    """An export changes only when the request does."""
    one, other = ask("edit", "gpt-image-2"), ask("edit", "gpt-image-2", n=2)
    assert as_n8n(one) == as_n8n(one)
    assert as_n8n(one) != as_n8n(other)


def test_a_text_without_an_image_needs_the_http_node() -> None:
    """n8n's own node asks about images only."""
    request = ask("analyze", "gpt-4o", text="Expand this", input_type="none")
    assert openai_node(request) is None
    (node,) = [one for one in as_n8n(request)["nodes"] if one["type"] == "n8n-nodes-base.httpRequest"]
    assert json.loads(node["parameters"]["jsonBody"])["input"][0]["content"] == [
        {"type": "input_text", "text": "Expand this"}
    ]
