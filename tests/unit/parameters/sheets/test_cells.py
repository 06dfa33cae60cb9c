"""The cells of a sheet: combinations, limits, skip rules, what a model does not take, and the price."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.parameters import InputImage, Inputs, estimate, resolve
from components.parameters.operations import parameters_for
from components.parameters.sheets import (
    ConnectionValue,
    Plan,
    SheetTemplate,
    choices_of,
    fixed,
    make_plan,
    read_template,
    sheet_price,
    varying,
)
from components.parameters.sheets.cells import MAX_CELLS
from tests.support.work import within_lines

FLARE, SUNBURST, OLD = "gpt-image-2.6-flare", "gpt-image-2.6-sunburst", "dall-e-3"


def template(prompt: str = "A {red|blue} cat", **more: Any) -> SheetTemplate:
    """A sheet of a prompt and what varies besides."""
    values = {"prompt": prompt, **more.pop("values", {})}
    return SheetTemplate("generate", more.pop("model", FLARE), values, **more)


def problems(plan: Plan) -> list[tuple[str, str]]:
    """The problems of a plan by field."""
    return [(one.parameter, one.message) for one in plan.problems]


def test_every_combination_is_a_cell_with_its_request() -> None:
    """Three choices by two qualities are six requests, each what the form itself would send."""
    plan = make_plan(template("A {red|blue|green} cat", varied={"quality": ["low", "high"]}))
    assert [axis.label for axis in plan.axes] == ["Prompt", "Quality"]
    assert [cell.places for cell in plan.cells] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    assert plan.requests[3] == resolve("generate", FLARE, {"prompt": "A blue cat", "quality": "high"})


def test_lines_are_prompts_when_asked_for() -> None:
    """Each line is a prompt of its own; empty ones and repetitions are left out."""
    plan = make_plan(template("A cat\n\nA dog\nA cat", by_line=True))
    assert [request.prompt_text for request in plan.requests] == ["A cat", "A dog"]


def test_lines_with_braces_are_expanded_into_one_axis() -> None:
    """Each line's choices are values of the prompts' axis, once each, and longer texts begin with what differs."""
    long = "a long line of words that goes on and on {here|there}"
    asked = template(f"one {{a|b}}\ntwo {{c|d}} {{e|f}}\n\\{{x\\}}\none b\n{long}", by_line=True)
    plan = make_plan(asked)
    (axis,) = plan.axes
    texts = ["one a", "one b", "two c e", "two c f", "two d e", "two d f"]
    assert [request.prompt_text for request in plan.requests] == [
        *texts,
        "{x}",
        "a long line of words that goes on and on here",
        "a long line of words that goes on and on there",
    ]
    assert [one.text for one in axis.values[-2:]] == [
        "here: a long line of words that goes on …",
        "there: a long line of words that goes on…",
    ]
    more = make_plan(asked.with_values("prompt.lines", ["six {g|h}"]))
    assert [request.prompt_text for request in more.requests[-2:]] == ["six g", "six h"]
    assert more.requests[: len(plan.requests)] == plan.requests
    assert make_plan(read_template(asked.as_json())).cells == plan.cells
    plain = make_plan(template("one {a|b}\ntwo {c|d}", by_line=True, is_plain=True))
    assert [request.prompt_text for request in plain.requests] == ["one {a|b}", "two {c|d}"]


def test_lines_with_braces_are_bounded_and_their_mistakes_are_problems() -> None:
    """They are counted before they are composed."""
    four = template("{1..200} {1..200} {1..200} {1..200}\nx", by_line=True)
    (problem,) = problems(within_lines(100_000, lambda: make_plan(four)))
    assert problem == ("prompt", "The lines make 1,600,000,001 prompts; a sheet takes at most 200.")
    assert "does not close" in problems(make_plan(template("one {a|b}\ntwo {c|d", by_line=True)))[0][1]


def test_a_sheet_is_counted_before_it_is_multiplied() -> None:
    """Eight million runs are refused by the work of counting them, with the sentence that says why."""
    plan = within_lines(100_000, lambda: make_plan(template("{1..200} {1..200} {1..200}")))
    assert problems(plan) == [("sheet", f"200 x 200 x 200 are 8,000,000 runs; a sheet takes at most {MAX_CELLS:,}.")]


def test_a_value_that_a_model_does_not_take_is_a_cell_with_its_reason() -> None:
    """Nothing is replaced silently: the cell stays, is not run, and says why."""
    plan = make_plan(template("A cat", varied={"model": [FLARE, OLD], "style": ["vivid", "natural"]}))
    assert [cell.reason for cell in plan.cells[:2]] == [f"{FLARE} takes no style here"] * 2
    assert [request.values["style"] for request in plan.requests] == ["vivid", "natural"]


def test_a_rule_skips_and_tells_when_it_skips_nothing() -> None:
    """All conditions of a rule must hold; a word of a model's id is enough to name it."""
    asked = template(
        "A cat", varied={"model": [FLARE, SUNBURST], "quality": ["low", "max"]}, rules="quality=max & model=flare"
    )
    assert [bool(cell.request) for cell in make_plan(asked).cells] == [True, False, True, True]
    unused = template("A cat", varied={"quality": ["low", "max"]}, rules="quality=xhigh")
    assert make_plan(unused).notes == ("The rule quality=xhigh skips nothing.",)


@pytest.mark.parametrize(
    ("rule", "skipped"),
    [
        ("Prompt 1=line art", {"line art"}),
        ('"prompt 1" != "ink"', {"line art"}),
        ("prompt.1=ink & prompt=cat", {"ink", "cat"}),
        ("lens=35mm & Prompt 1=ink", {"35mm", "ink"}),
        ("cat =fox", {"fox"}),
        ("cat →=fox & Prompt 3=b", {"fox", " b"}),
    ],
)
def test_a_rule_names_an_axis_of_the_prompt(rule: str, skipped: set[str]) -> None:
    """By its label or name, quoted or not; a replacement's without its arrow."""
    prompt = "{line art|ink} {lens} {a|b} cat{cat=>fox}"
    plan = make_plan(template(prompt, lists={"lens": ["35mm", "85mm"]}, rules=rule))
    assert not plan.problems
    texts = [request.prompt_text for request in make_plan(template(prompt, lists={"lens": ["35mm", "85mm"]})).requests]
    expected = [text for text in texts if not all(word in text for word in skipped)]
    assert [request.prompt_text for request in plan.requests] == expected
    assert len(expected) < len(texts)


def test_a_rule_that_names_nothing_lists_what_it_can_name_once() -> None:
    """What varies comes first."""
    lists = {"lens": ["35mm", "85mm"]}
    plan = make_plan(template("{a|b} {lens} {c|d}", lists=lists, varied={"quality": ["low"]}, rules="weather=sunny"))
    ((_, message),) = problems(plan)
    known = message.partition("Known: ")[2].rstrip(".").split(", ")
    assert known[:4] == ["Prompt 1", "lens", "Prompt 3", "quality"]
    assert len(known) == len(set(known)) == 12
    assert [field for field, _ in problems(make_plan(template("{a|", rules="lens=35mm")))] == ["prompt"]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("quality!=none", "skip every cell"),
        ("quality", "is not a condition"),
        ("weather=sunny", "is not a parameter"),
        ("quality=", "is not a condition"),
        ("a=b\n" * 100, "100 rules"),
    ],
)
def test_a_rule_that_cannot_work_is_said(rules: str, words: str) -> None:
    """Its sentence stands at the rules' field."""
    ((field, message), *_) = problems(make_plan(template(varied={"quality": ["low"]}, rules=rules)))
    assert field == "skip_rules"
    assert words in message


def test_without_a_value_a_parameter_cannot_vary() -> None:
    """An empty choice and an endless one are problems of their parameter."""
    assert problems(make_plan(template(varied={"quality": []})))[0][0] == "quality"
    assert "10,000" in problems(make_plan(template(varied={"output_compression": range(10_000)})))[0][1]


def test_when_no_cell_can_be_run_the_reason_is_reported() -> None:
    """An empty prompt is no sheet."""
    assert "No cell can be run" in problems(make_plan(template("", varied={"quality": ["low"]})))[0][1]


def test_the_price_is_the_sum_of_the_requests() -> None:
    """The sum over cells; unknown prices are counted, not guessed."""
    plan = make_plan(template(varied={"quality": ["low", "high"]}, values={"size": "1024x1024", "n": 2}))
    price = sheet_price(plan.requests)
    assert (price.runs, price.images, price.unknown) == (4, 8, 0)
    assert price.cost.high == sum(estimate(request).high or 0 for request in plan.requests)
    assert sheet_price(make_plan(template(model="my-own")).requests).unknown == 2


def test_values_are_added_at_the_end_of_an_axis() -> None:
    """The cells that were there keep their places, so only what is missing is run."""
    before = template(varied={"quality": ["low"]})
    after = make_plan(before.with_values("quality", ["high", "low"]).with_values("prompt.1", ["green", "red"]))
    assert [len(axis.values) for axis in after.axes] == [3, 2]
    old = {cell.places: cell.request for cell in make_plan(before).cells}
    assert {cell.places: cell.request for cell in after.cells if cell.places in old} == old


def test_a_template_is_read_back_from_json() -> None:
    """What was stored makes the same plan again, without the person's name."""
    asked = template(varied={"quality": ["low", "high"]}, rules="quality=low", values={"user": "anna"}, seed=3)
    read = read_template(asked.as_json())
    assert "user" not in read.values
    assert [cell.places for cell in make_plan(read).cells] == [cell.places for cell in make_plan(asked).cells]


def an_image(name: str, sha256: str, width: int = 64) -> InputImage:
    """An input image 48 pixels high."""
    return InputImage(Path(name), name, "image/png", width, 48, 1000, sha256, has_alpha=True)


IMAGES = (an_image("cat.png", "a"), an_image("dog.png", "b", 80), an_image("cat.png", "c"))
MASK = an_image("mask.png", "m")
EDIT = SheetTemplate("edit", FLARE, {"prompt": "A {red|blue} hat"}, inputs=Inputs(IMAGES, MASK))


def test_every_cell_of_an_edit_has_all_images_and_the_mask() -> None:
    """Without an axis of images, each prompt edits them all at once, as the form itself would."""
    plan = make_plan(EDIT)
    assert [(one.images, one.mask) for one in plan.requests] == [(IMAGES, MASK)] * 2
    assert plan.requests[0] == resolve("edit", FLARE, {"prompt": "A red hat"}, images=IMAGES, mask=MASK)
    assert "inputs" not in EDIT.as_json()


def test_each_image_is_a_value_and_the_mask_goes_where_it_fits() -> None:
    """One edit over three images: named by their files, which a rule can name; another size is said at its cells."""
    varied = replace(EDIT, varied={"image": ["a", "b", "c"]})
    plan = make_plan(varied)
    assert [one.text for one in plan.axes[1].values] == ["cat.png", "dog.png", "cat.png (2)"]
    found = {cell.places: cell for cell in plan.cells}
    assert [found[0, place].request.images for place in (0, 2)] == [IMAGES[:1], IMAGES[2:]]  # type: ignore[union-attr]
    assert [one.mask for one in plan.requests] == [MASK] * 4
    assert found[1, 1].reason == "The mask is 64x48, the first image 80x48; they must have the same size."
    skipped = make_plan(replace(varied, rules="image=dog.png"))
    assert [cell.places for cell in skipped.cells if cell.reason.startswith("skipped by the rule")] == [(0, 1), (1, 1)]
    (problem,) = problems(make_plan(replace(EDIT, varied={"image": []}, inputs=Inputs())))
    assert problem == ("image", "Add the images to edit, or remove them from Vary.")


def test_connections_are_values_that_may_lack_a_model() -> None:
    """Named in rules and reasons; a model that a server does not list leaves a cell. Only a library's own are read."""
    known = {"a": ConnectionValue("Studio", (SUNBURST,)), "b": ConnectionValue("Lab")}
    asked = template("A cat", varied={"connection": ("a", "b", "gone"), "model": (FLARE, SUNBURST)}, connections=known)
    plan = make_plan(asked)
    assert [one.text for one in plan.axes[0].values] == ["Studio", "Lab"]
    assert [plan.connection_of(cell) for cell in plan.cells] == ["a", "a", "b", "b"]
    assert [cell.reason for cell in plan.cells] == ["", f"Studio does not list {SUNBURST}", "", ""]
    rules = make_plan(replace(asked, rules="connection=Lab & model=flare"))
    assert [cell.reason for cell in rules.cells if "rule" in cell.reason] == [
        "skipped by the rule connection=Lab & model=flare"
    ]
    assert make_plan(read_template(asked.as_json(), is_ours=True)).cells == plan.cells
    assert "connection" not in read_template(asked.as_json()).varied
    assert problems(make_plan(replace(asked, connections={})))[0][0] == "connection"


def test_every_parameter_varies_or_says_why_not() -> None:
    """Numbers of images, streams and texts vary; each other one has a sentence, which the form shows."""
    for operation in ("generate", "edit"):
        names = {one.name for one in varying(operation, [FLARE])}
        assert {"n", "stream", "partial_images", "svg_model", "quality"} <= names
        left = {one.name: one.fixed for one in fixed(operation)}
        assert not names & left.keys()
        assert {one.name for one in parameters_for(operation, FLARE)} <= names | left.keys()
        assert all(reason.endswith(".") for reason in left.values())
    assert choices_of("generate", [FLARE], "n") == tuple(range(1, 11))
    assert choices_of("generate", [FLARE], "output_compression") == ()


def test_numbers_of_images_and_texts_are_values_of_cells() -> None:
    """A typed number is the chosen one; a cell's price counts its images, and a text is sent as it is."""
    plan = make_plan(template("A cat", varied={"n": [1, "4", 4]}))
    assert [request.n for request in plan.requests] == [1, 4]
    assert sheet_price(plan.requests).images == 5
    asked = template("A cat", values={"output_format": "svg"}, varied={"svg_model": ["one", "two"]})
    assert [request.wire()["svg"] for request in make_plan(asked).requests] == [{"model": "one"}, {"model": "two"}]
