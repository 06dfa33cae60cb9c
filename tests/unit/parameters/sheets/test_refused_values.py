"""Values typed for an axis: which can be typed at all, and what is said of those that no model takes."""

from __future__ import annotations

from typing import Any

import pytest

from components.parameters.sheets import refused_values, takes_typed

FLARE, OLD = "gpt-image-2.6-flare", "dall-e-3"


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("quality", ["low", "ultra"], ['"ultra" is not one of']),
        ("size", ["1024x1024", "banana", "1024x1030"], ['"banana" is not a size', "multiples of 16"]),
        ("n", ["2", "x", "400", "x"], ['"x" is not a whole number', '"400" is not a whole number']),
        ("prompt.1", ["anything", "{at|all}"], []),
    ],
)
def test_each_value_that_is_refused_has_its_sentence_once(name: str, values: list[Any], words: list[str]) -> None:
    """Others have none, and so have words in a prompt."""
    said = refused_values("generate", [FLARE], name, values)
    assert len(said) == len(words), said
    assert all(part in sentence for part, sentence in zip(words, said, strict=True))


def test_what_one_of_several_models_takes_is_no_fault() -> None:
    """Cells of the other model say so by themselves."""
    assert refused_values("generate", [OLD], "quality", ["hd", "max"])[0].startswith('"max" is not one of')
    assert refused_values("generate", [FLARE, OLD], "quality", ["hd", "max"]) == ()


def test_only_what_a_form_takes_can_be_typed() -> None:
    """Sizes of a model that takes any, numbers, model names and words of a prompt; no quality, and no fixed size."""
    typed = {
        name
        for name in ("quality", "size", "n", "model", "stream", "prompt.2")
        if takes_typed("generate", [FLARE], name)
    }
    assert typed == {"size", "n", "model", "prompt.2"}
    assert not takes_typed("generate", [OLD], "size")
