"""A request as code and as a recipe."""

from __future__ import annotations

import ast
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from components.parameters import (
    CATALOGUE,
    InputImage,
    Invalid,
    Request,
    as_curl,
    as_n8n,
    as_python,
    read_recipe,
    recipe,
    resolve,
)

PICTURE = InputImage(Path("/secret/place/in.png"), "in.png", "image/png", 64, 64, 1000, "0" * 64, has_alpha=True)
NASTY = 'it\'s "true": true, false, null\n$HOME `id` \\ {place} 狐 🦊: none'
ALL = [(op, model.id) for model in CATALOGUE.values() for op in sorted(model.operations)] + [
    ("generate", "team-model"),
    ("edit", "team-model"),
    ("analyze", "team-model"),
]


def ask(operation: str, model: str, *, pictures: int = 1, mask: bool = False, **raw: Any) -> Request:
    """A request that must resolve."""
    images = () if operation == "generate" else (PICTURE,) * pictures
    needed = {"prompt": NASTY, "text": NASTY}
    request = resolve(operation, model, {**needed, **raw}, images=images, mask=PICTURE if mask else None)
    assert isinstance(request, Request), request
    return request


def called(source: str) -> dict[str, Any]:
    """The arguments of the call in an exported script, those that are plain values."""
    compile(source, "export", "exec")
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    call = next(one for one in calls if ast.unparse(one.func).startswith("client."))
    found = {}
    for keyword in call.keywords:
        try:
            found[str(keyword.arg)] = ast.literal_eval(keyword.value)
        except ValueError:
            found[str(keyword.arg)] = ast.unparse(keyword.value)
    return found


@pytest.mark.parametrize(("operation", "model"), ALL)
def test_python_says_what_is_sent(operation: str, model: str) -> None:
    """The script compiles, carries each value to the letter, and reads its key from the environment."""
    request = ask(operation, model)
    arguments = called(as_python(request))
    arguments.update(arguments.pop("extra_body", {}))
    sent = {name: value for name, value in request.wire().items() if name != "stream"}
    if operation == "analyze":
        parts = arguments.pop("input")[0]["content"]
        assert parts[0] == {"type": "input_text", "text": NASTY}
        assert parts[1]["detail"] == "auto"
    if operation == "edit":
        assert arguments.pop("image") == "Path('in.png')"
    assert arguments == sent


def test_python_opens_several_pictures_and_the_mask() -> None:
    """Several pictures are a list, and a mask stands in its own argument."""
    arguments = called(as_python(ask("edit", "gpt-image-2", pictures=2, mask=True)))
    assert arguments["image"] == "[Path('in.png'), Path('in.png')]"
    assert arguments["mask"] == "Path('in.png')"


def test_python_nests_svg() -> None:
    """A nested value stays nested."""
    request = ask("generate", "gpt-image-2.6-flare", output_format="svg", svg_model="m", svg_reasoning_effort="none")
    assert called(as_python(request))["svg"] == {"model": "m", "reasoning": {"effort": "none"}}


@pytest.mark.parametrize(("operation", "model"), ALL)
def test_curl_is_one_command(operation: str, model: str) -> None:
    """A shell reads the command as it is meant: one URL, one key variable, the body to the letter."""
    request = ask(operation, model)
    text = as_curl(request)
    words = shlex.split(text.replace("\\\n", " "))
    assert words[:2] == ["curl", "https://api.openai.com/v1" + words[1].removeprefix("https://api.openai.com/v1")]
    assert "Authorization: Bearer $OPENAI_API_KEY" in words
    if operation == "edit":
        fields = [words[place + 1] for place, word in enumerate(words) if word == "--form-string"]
        assert f"prompt={NASTY}" in fields
        assert "image=@in.png;type=image/png" in words
    else:
        body = json.loads(words[words.index("-d") + 1])
        assert body["model"] == model
        assert NASTY in json.dumps(body, ensure_ascii=False) or NASTY in {
            body.get("prompt"),
            body.get("input", [{"content": [{"text": ""}]}])[0]["content"][0]["text"],
        }


def test_curl_names_several_pictures_as_the_api_does() -> None:
    """Several pictures are parts named image[]; nested values are named by brackets."""
    words = shlex.split(as_curl(ask("edit", "gpt-image-2", pictures=2, mask=True)))
    assert words.count("image[]=@in.png;type=image/png") == 2
    assert words.count("mask=@in.png;type=image/png") == 1
    words = shlex.split(as_curl(ask("edit", "gpt-image-2.6-flare", output_format="svg", svg_model="m")))
    assert "svg[model]=m" in words


@pytest.mark.parametrize(("operation", "model"), ALL)
def test_n8n_is_a_workflow(operation: str, model: str) -> None:
    """The workflow is JSON whose links lead from node to node; n8n's own credential stands for the key."""
    flow = json.loads(json.dumps(as_n8n(ask(operation, model))))
    names = [node["name"] for node in flow["nodes"]]
    assert len(set(names)) == len(names)
    for source, link in flow["connections"].items():
        assert source in names
        assert link["main"][0][0]["node"] in names
    call = flow["nodes"][0]["parameters"]
    assert call["authentication"] == "predefinedCredentialType"
    if operation != "edit":
        assert "stream" not in json.loads(call["jsonBody"])


def test_n8n_names_the_output_field() -> None:
    """Put output in field names the binary property."""
    flow = as_n8n(ask("generate", "gpt-image-2", output_field="picture"))
    assert flow["nodes"][-1]["parameters"]["binaryPropertyName"] == "picture"


@pytest.mark.parametrize(("operation", "model"), ALL)
def test_no_key_and_no_path_leaves(operation: str, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports and recipes hold neither the key of the environment nor a folder of this machine."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    request = ask(operation, model)
    everything = as_python(request) + as_curl(request) + json.dumps([as_n8n(request), recipe(request)])
    assert "sk-very" not in everything
    assert "/secret/place" not in everything


def test_a_recipe_names_no_person() -> None:
    """Who a request was for stays out of what is shared."""
    request = ask("generate", "gpt-image-2", user="maria")
    assert request.wire()["safety_identifier"] == "maria"
    assert "maria" not in json.dumps(recipe(request))


CHANGES: dict[str, dict[str, Any]] = {
    "generate": {"n": 1, "stream": True, "output_format": "webp", "background": "opaque"},
    "edit": {"quality": "auto", "output_format": "jpeg", "output_compression": 5, "partial_images": 2},
    "analyze": {"input_type": "urls", "image_urls": "https://a.b/c.png, https://d.e/f.png", "detail": "high"},
}


@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize(("operation", "model"), ALL)
def test_a_recipe_comes_back_as_the_same_request(operation: str, model: str, changed: bool) -> None:
    """Through JSON and back, a recipe asks for the same to the letter."""
    extra = CHANGES[operation] if changed else {}
    if model.startswith("dall-e"):
        extra = {name: value for name, value in extra.items() if name != "quality"}
    request = ask(operation, model, **extra)
    again, raw = read_recipe(json.loads(json.dumps(recipe(request))))
    same = resolve(again, raw["model"], raw, images=request.images)
    assert same == request
    assert isinstance(same, Request)
    assert same.wire() == request.wire()


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "recipe",
        {},
        {"image_workbench": "1"},
        {"image_workbench": 2, "operation": "generate", "values": {}},
        {"image_workbench": 1, "operation": "destroy", "values": {}},
        {"image_workbench": 1, "operation": ["generate"], "values": {}},
        {"image_workbench": 1, "operation": "generate", "values": [1]},
    ],
)
def test_what_is_no_recipe_is_refused(data: Any) -> None:
    """Anything else than a recipe of this version or older is refused in a sentence."""
    with pytest.raises(Invalid, match=r"\.$"):
        read_recipe(data)


def test_nothing_in_a_recipe_is_trusted() -> None:
    """Values of unknown names and of pictures are left out, and a model that is no text too."""
    data = {
        "image_workbench": 1,
        "operation": "edit",
        "model": ["x"],
        "values": {"image": "/etc/passwd", "mask": "/etc/passwd", "api_key": "sk", "n": [3], "prompt": "a fox"},
    }
    assert read_recipe(data) == ("edit", {"n": [3], "prompt": "a fox"})
