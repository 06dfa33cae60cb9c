"""A change of the model never locks a form: what is shown is what is used, and a value comes back with its model."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.parameters import (
    CATALOGUE,
    OPERATIONS,
    Choice,
    InputImage,
    Integer,
    Request,
    Size,
    Switch,
    applicable,
    fit,
    read_recipe,
    resolve,
)

OWN = "team-model-7"
# One model of each family: what fits depends on nothing else.
MODELS = {
    name: [*{one.family.name: one.id for one in CATALOGUE.values() if name in one.operations}.values(), OWN]
    for name in OPERATIONS
}
PAIRS = [(name, before, after) for name in OPERATIONS for before in MODELS[name] for after in MODELS[name]]
SQUARE = (InputImage(Path("in.png"), "in.png", "image/png", 64, 64, 1000, "0" * 64),)
WORDS = {"prompt": "a red boat", "text": "What is it?"}


def samples(kind: Any) -> tuple[Any, ...]:
    """Values that a kind takes, its limits among them; none for what is written or uploaded."""
    if isinstance(kind, Choice):
        return kind.options
    if isinstance(kind, Size):
        return (*kind.choices, *(("1536x864",) if kind.free else ()), *(("700x700",) if not kind.bounded else ()))
    if isinstance(kind, Integer):
        return (kind.minimum, kind.maximum, str(kind.maximum))
    return (True, False) if isinstance(kind, Switch) else ()


def resolved(operation: str, model: str, raw: dict[str, Any]) -> Request:
    """Return the request for these raw values; fail where the form would refuse it."""
    outcome = resolve(operation, model, fit(operation, model, raw).values, images=SQUARE)
    assert isinstance(outcome, Request), (operation, model, raw, outcome)
    return outcome


@pytest.mark.parametrize(("operation", "before", "after"), PAIRS)
def test_every_value_of_every_model_fits_every_other_model(operation: str, before: str, after: str) -> None:
    """Whatever was chosen for one model, another one can be chosen and run at once, with the values that show."""
    for parameter in applicable(operation, before, {}):
        for value in samples(parameter.kind):
            raw = {**WORDS, parameter.name: value}
            if not isinstance(resolve(operation, before, {**raw, "model": before}, images=SQUARE), Request):
                continue  # the first model refuses it as well, for example missing URLs
            fitted = fit(operation, after, raw)
            request = resolved(operation, after, raw)
            for one in request.parameters:
                assert one.kind.parse(fitted.values.get(one.name, one.default)) == request.values[one.name]
            # Back at the first model, the value is what is used.
            assert fit(operation, before, raw).values[parameter.name] == value


def sample_values(operation: str) -> dict[str, list[Any]]:
    """By parameter: every sample of every model of an operation."""
    found: dict[str, list[Any]] = {}
    for model, output_format in itertools.product(MODELS[operation], ("png", "webp", "gif", "svg")):
        for one in applicable(operation, model, {"output_format": output_format}):
            found.setdefault(one.name, []).extend(samples(one.kind))
    return {name: sorted(set(values), key=repr) for name, values in found.items() if values}


VALUES = {name: sample_values(name) for name in OPERATIONS}
# Rules between two fields that are both there, so that either can be changed.
FIXABLE = {"background", "n", "svg_model", "image_urls"}


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@given(data=st.data())
def test_no_combination_of_values_locks_a_form(operation: str, data: st.DataObject) -> None:
    """Combine values of any models: only problems that another visible field can fix remain."""
    values = {name: st.sampled_from(found) for name, found in VALUES[operation].items()}
    raw = {**WORDS, **data.draw(st.fixed_dictionaries({}, optional=values))}
    model = data.draw(st.sampled_from(MODELS[operation]))
    fitted = fit(operation, model, raw)
    outcome = resolve(operation, model, fitted.values, images=SQUARE)
    if not isinstance(outcome, Request):
        assert {problem.parameter for problem in outcome} <= FIXABLE & set(fitted.values)
    assert set(fitted.unused) <= set(fitted.values)


@pytest.mark.parametrize(
    ("operation", "model", "name", "value", "shown"),
    [
        ("generate", "dall-e-3", "n", 4, 1),
        ("generate", "dall-e-3", "n", "4", 1),
        ("generate", "dall-e-2", "quality", "hd", "standard"),
        ("generate", "dall-e-3", "size", "1536x1024", "1024x1024"),
        ("generate", "dall-e-3", "size", "auto", "1024x1024"),
        ("generate", "gpt-image-1", "output_format", "gif", "png"),
        ("generate", "gpt-image-2", "quality", "max", "auto"),
        ("edit", "dall-e-2", "quality", "high", "standard"),
        ("edit", "gpt-image-1-mini", "input_fidelity", "high", "low"),
        ("generate", "gpt-image-2", "size", "256x256", "auto"),
    ],
)
def test_the_field_of_a_refused_value_shows_the_models_default(
    operation: str, model: str, name: str, value: Any, shown: Any
) -> None:
    """Cases that once locked the form."""
    fitted = fit(operation, model, {**WORDS, name: value})
    assert fitted.values[name] == shown
    assert fitted.unused[name].fits_other_model
    assert resolved(operation, model, {**WORDS, name: value}).values[name] == shown


def test_what_is_typed_for_this_model_stays_and_is_refused_beside_it() -> None:
    """A number beyond a limit stays in its field until the person corrects it."""
    for value, typed in ((4, {"n"}), (20, set()), ("abc", set()), ("", {"n"})):
        fitted = fit("generate", "dall-e-3", {**WORDS, "n": value}, typed=typed)
        assert fitted.values["n"] == value
        assert not isinstance(resolve("generate", "dall-e-3", fitted.values), Request)
    assert fit("generate", "gpt-image-2", {"size": "700x700"}, typed={"size"}).values["size"] == "700x700"
    assert fit("generate", "gpt-image-2", {"size": "700x700"}).values["size"] == "auto"


def test_a_text_is_never_replaced() -> None:
    """A prompt that is too long for a model stays as it was written, and is refused."""
    fitted = fit("generate", "dall-e-2", {"prompt": "x" * 1001})
    assert fitted.values["prompt"] == "x" * 1001
    assert "prompt" not in fitted.unused


def test_a_recipe_that_does_not_fit_its_model_can_be_run() -> None:
    """A value that no model takes is not used, and is reported as such."""
    operation, raw = read_recipe(
        {
            "image_workbench": 1,
            "operation": "generate",
            "model": "dall-e-3",
            "values": {"prompt": "a boat", "quality": "ultra", "size": "1536x1024", "style": 7, "n": 3},
        }
    )
    fitted = fit(operation, "dall-e-3", raw)
    assert isinstance(resolve(operation, "dall-e-3", fitted.values), Request)
    assert {name: one.fits_other_model for name, one in fitted.unused.items()} == {
        "quality": False,
        "size": True,
        "style": False,
        "n": True,
    }
