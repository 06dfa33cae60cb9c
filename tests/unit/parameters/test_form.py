"""What the form shows for a model: labels, choices, defaults, and what other values leave out."""

from __future__ import annotations

from typing import Any

import pytest

from components.parameters import CATALOGUE, OPERATIONS, Choice, Size, applicable

OWN = "team-model-7"
ALL = [(op, model.id) for model in CATALOGUE.values() for op in sorted(model.operations)]
OWNS = [("generate", OWN), ("edit", OWN), ("analyze", OWN)]

LABELS = {
    "model": "Model",
    "prompt": "Prompt",
    "text": "Text input",
    "input_type": "Input type",
    "image_urls": "Image URL(s)",
    "image": "Image(s)",
    "n": "Number of images",
    "size": "Size",
    "quality": "Quality",
    "style": "Style",
    "output_format": "Output format",
    "output_compression": "Output compression",
    "background": "Background",
    "input_fidelity": "Input fidelity",
    "mask": "Image mask",
    "user": "User",
    "detail": "Detail",
    "max_output_tokens": "Length of description (max tokens)",
    "response_url": "Respond with image URL(s)",
    "output_field": "Put output in field",
}


def shown(operation: str, model: str, **raw: Any) -> set[str]:
    """The names of what the form shows."""
    return {one.name for one in applicable(operation, model, raw)}


def test_labels_are_those_of_the_seed() -> None:
    """Who knows the n8n node finds each parameter under its name, on every page that has it."""
    found = {one.name: set[str]() for operation in OPERATIONS.values() for one in operation.parameters}
    for operation in OPERATIONS.values():
        for one in operation.parameters:
            found[one.name].add(one.label)
    assert {name: found[name] for name in LABELS} == {name: {label} for name, label in LABELS.items()}
    assert all(len(labels) == 1 for labels in found.values())


@pytest.mark.parametrize(("operation", "model"), [*ALL, *OWNS])
def test_every_parameter_of_the_form_has_a_word_of_help(operation: str, model: str) -> None:
    """Label, help and source are there, names are unique, and a default is one that its kind takes."""
    parameters = applicable(operation, model, {})
    assert len({one.name for one in parameters}) == len(parameters)
    for one in parameters:
        assert one.label.strip()
        assert one.help.endswith(".")
        assert one.source
        assert one.kind.parse(one.default) == one.default


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_the_default_model_can_do_it(operation: str) -> None:
    """An operation's default model is in the catalogue, can do it, and is not about to end."""
    model = CATALOGUE[OPERATIONS[operation].default_model]
    assert operation in model.operations
    assert model.shutdown is None


@pytest.mark.parametrize(
    ("raw", "there", "hidden"),
    [
        ({}, {"stream", "partial_images"}, {"output_compression", "frame_count", "svg_model"}),
        ({"output_format": "jpeg"}, {"output_compression", "stream"}, {"frame_count", "svg_model"}),
        ({"output_format": "webp"}, {"output_compression"}, {"frame_duration_ms", "svg_reasoning_effort"}),
        ({"output_format": "gif"}, {"frame_count", "frame_duration_ms"}, {"stream", "partial_images", "svg_model"}),
        ({"output_format": "svg"}, {"svg_model", "svg_reasoning_effort"}, {"stream", "frame_count"}),
        ({"output_format": "nonsense"}, {"stream"}, {"output_compression"}),
    ],
)
def test_what_the_format_leaves_out_is_hidden(raw: dict[str, Any], there: set[str], hidden: set[str]) -> None:
    """Only what means something with the chosen output format is shown."""
    names = shown("generate", "gpt-image-2.6-flare", **raw)
    assert there <= names
    assert not hidden & names


def test_links_leave_out_the_field_of_the_output() -> None:
    """Put output in field is there only while the answer is data, as in the seed."""
    assert "output_field" in shown("generate", "dall-e-3")
    assert "output_field" not in shown("generate", "dall-e-3", response_url=True)


def test_the_input_type_selects_files_or_urls() -> None:
    """Files or addresses, never both at once."""
    assert {"image", "image_urls"} & shown("analyze", "gpt-4o") == {"image"}
    assert {"image", "image_urls"} & shown("analyze", "gpt-4o", input_type="urls") == {"image_urls"}


@pytest.mark.parametrize("model", [model.id for model in CATALOGUE.values() if "edit" in model.operations])
def test_markup_is_for_the_newest(model: str) -> None:
    """Markup is taken by 2.5 and 2.6 alone."""
    assert ("markup" in shown("edit", model)) == model.startswith(("gpt-image-2.5", "gpt-image-2.6"))


@pytest.mark.parametrize("operation", ["generate", "edit"])
@pytest.mark.parametrize("model", ["gpt-4o", "dall-e-3"])
def test_a_model_for_something_else_leaves_the_form_whole(operation: str, model: str) -> None:
    """A model that cannot do it has its message at the model; the prompt does not vanish meanwhile."""
    assert "prompt" in shown(operation, model)


def test_a_teams_own_model_has_every_parameter() -> None:
    """A model that is not in the catalogue has all parameters of the operation, with the widest choices."""
    for name, operation in OPERATIONS.items():
        everything = {one.name for one in operation.parameters}
        found: set[str] = set()
        for output_format in ("jpeg", "gif", "svg"):
            for input_type in ("files", "urls"):
                more = {"output_format": output_format, "input_type": input_type, "context": "turns"}
                found |= shown(name, OWN, **more)
        assert found == everything
    for one in applicable("generate", OWN, {}):
        for model in CATALOGUE.values():
            kind = model.family.kinds.get(one.name)
            if isinstance(kind, Choice) and isinstance(one.kind, Choice):
                assert set(kind.options) <= set(one.kind.options)
            if isinstance(kind, Size):
                assert {one.kind.parse(size) for size in kind.choices} == set(kind.choices)
