"""What a form starts with in place of the API's defaults, and what a recipe that leaves defaults out stands for."""

from __future__ import annotations

import pytest

from components.parameters import Request, as_sent, initial_values, resolve
from components.parameters.recipes.recipe import recipe


@pytest.mark.parametrize("operation", ["generate", "edit"])
def test_streaming_starts_on_where_the_model_takes_it(operation: str) -> None:
    """GPT Image models begin with one preview; DALL·E and models that nobody knows begin as the API does."""
    assert initial_values(operation, "gpt-image-2") == {"stream": True, "partial_images": 1}
    assert initial_values(operation, "dall-e-2") == {}
    assert initial_values(operation, "house-model-7") == {}


def test_initial_values_are_sent_and_a_recipe_without_them_stays_without() -> None:
    """They are values like typed ones on the wire; a run that was made without them is loaded without them."""
    begun = resolve("generate", "gpt-image-2", {"prompt": "A boat", **initial_values("generate", "gpt-image-2")})
    assert isinstance(begun, Request)
    assert begun.wire()["stream"] is True
    assert begun.wire()["partial_images"] == 1
    plain = resolve("generate", "gpt-image-2", {"prompt": "A boat"})
    assert isinstance(plain, Request)
    loaded = {**initial_values("generate", "gpt-image-2"), **as_sent("generate", recipe(plain)["values"])}
    assert resolve("generate", "gpt-image-2", loaded) == plain
