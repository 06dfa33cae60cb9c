"""A request as a recipe, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.parameters import CATALOGUE, InputImage, Invalid, Request, read_recipe, resolve
from components.parameters.recipes.recipe import recipe

IMAGE = InputImage(Path("/secret/place/in.png"), "in.png", "image/png", 64, 64, 1000, "0" * 64, has_alpha=True)
ALL = [(op, model.id) for model in CATALOGUE.values() for op in sorted(model.operations)] + [
    ("generate", "team-model"),
    ("edit", "team-model"),
    ("analyze", "team-model"),
]


def ask(operation: str, model: str, **raw: Any) -> Request:
    """A request that must resolve."""
    images = () if operation == "generate" else (IMAGE,)
    request = resolve(operation, model, {"prompt": 'it\'s "a" 狐\n', "text": "what?", **raw}, images=images)
    assert isinstance(request, Request), request
    return request


@pytest.mark.parametrize(("operation", "model"), ALL)
def test_no_place_of_this_machine_is_in_a_recipe(operation: str, model: str) -> None:
    """Images are named by their role, name and content, never by where they lie."""
    data = recipe(ask(operation, model))
    assert "/secret/place" not in json.dumps(data)
    inputs = [] if operation == "generate" else [{"role": "image", "name": "in.png", "sha256": "0" * 64}]
    assert data["inputs"] == inputs


def test_a_recipe_holds_what_differs_from_the_defaults() -> None:
    """A recipe is short: what the form starts with is not in it."""
    data = recipe(ask("generate", "gpt-image-2", n="2", quality="auto", size="1024x1024"))
    assert data["values"] == {"prompt": 'it\'s "a" 狐\n', "n": 2, "size": "1024x1024"}
    assert (data["image_workbench"], data["operation"], data["model"]) == (1, "generate", "gpt-image-2")


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
        {"image_workbench": True, "operation": "generate", "values": {}},
        {"image_workbench": 0, "operation": "generate", "values": {}},
        {"image_workbench": -1, "operation": "generate", "values": {}},
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
    """Values of unknown names and of images are left out, and a model that is no text too."""
    data = {
        "image_workbench": 1,
        "operation": "edit",
        "model": ["x"],
        "values": {"image": "/etc/passwd", "mask": "/etc/passwd", "api_key": "sk", "n": [3], "prompt": "a fox"},
    }
    assert read_recipe(data) == ("edit", {"n": [3], "prompt": "a fox"})
