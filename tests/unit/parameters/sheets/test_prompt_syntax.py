"""The braces of a prompt: every choice, draws, ranges, lists and replacements; and what is not read as any of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.parameters import Problem
from components.parameters.prompts.prompt_variables import variables_of
from components.parameters.sheets import MAX_VALUES, as_written
from components.parameters.sheets.prompt_groups import unbalanced_note
from components.parameters.sheets.prompt_syntax import (
    PromptTemplate,
    draws_at_random,
    has_groups,
    lists_named,
    names_list,
    read_prompt,
    single_text,
)
from tests.support.work import within_lines

LISTS = {"lenses": ["35mm", "85mm", "", "35mm"], "none": []}


def read(prompt: str, seed: int = 0) -> PromptTemplate:
    """Read a prompt that has no problem."""
    template = read_prompt(prompt, LISTS, seed=seed)
    assert isinstance(template, PromptTemplate), template
    return template


def texts(prompt: str, seed: int = 0) -> list[str]:
    """The prompts of a template with one group of braces."""
    template = read(prompt, seed)
    (axis,) = template.axes
    return [template.text({axis.name: value}) for value in axis.values]


def problem(prompt: str) -> str:
    """The one sentence on a prompt."""
    found = read_prompt(prompt, LISTS)
    assert isinstance(found, tuple)
    (only,) = found
    assert isinstance(only, Problem)
    assert only.parameter == "prompt"
    return only.message


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("A {studio|line drawing} cat", ["A studio cat", "A line drawing cat"]),
        ("{ a | a | b }", ["a", "b"]),
        ("{1..3} cats", ["1 cats", "2 cats", "3 cats"]),
        ("{10..0..5} cats", ["10 cats", "5 cats", "0 cats"]),
        ("with {lenses}", ["with 35mm", "with 85mm"]),
        ("A cat and a cat{cat=>dog|fox}", ["A cat and a cat", "A dog and a dog", "A fox and a fox"]),
        (r"{a\|b|c}", ["a|b", "c"]),
        (r"{a \{b\}|c}", ["a {b}", "c"]),
        ("{$|$$|$$$}", ["$", "$$", "$$$"]),
        ("{wait...|go}", ["wait...", "go"]),
        ("{2$$lenses}", ["35mm", "85mm"]),
        ("{2$$ 1..2 }", ["1", "2"]),
        ("n{n=>1..2}", ["n", "1", "2"]),
        ("a {red=>blue} red kite", ["a red kite", "a blue kite"]),
        ("{ color: {red|blue} }", ["{ color: red }", "{ color: blue }"]),
        ('a sign {"OPEN"|"CLOSED"}', ['a sign "OPEN"', 'a sign "CLOSED"']),
        ("{'it's'|'dusk'}", ["'it's'", "'dusk'"]),
        ('{sign: "OPEN"|sign: "CLOSED"}', ['sign: "OPEN"', 'sign: "CLOSED"']),
        ("{red=>wait...} red", ["red", "wait..."]),
    ],
)
def test_a_group_of_braces_becomes_its_values(prompt: str, expected: list[str]) -> None:
    """Each form of the table in `prompt_syntax` gives the prompts that it promises."""
    assert texts(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "draws"),
    [("A {2$$a|b|c} fox", True), ("A {a|b} fox", False), ("\\{2$$a|b}", False), ("{a|b", False), ("2$$a|b", False)],
)
def test_a_prompt_that_draws_at_random_is_known(prompt: str, draws: bool) -> None:
    """Only a group of braces that is read as a draw counts."""
    assert draws_at_random(prompt) == draws


def test_draws_are_some_of_the_choices_and_the_same_for_a_seed() -> None:
    """`{2$$…}` draws two different choices; another seed draws others in the end, the same seed never."""
    prompt = "{2$$a|b|c|d|e}"
    drawn = {tuple(texts(prompt, seed)) for seed in range(20)}
    assert len(drawn) > 5
    assert all(len(set(values)) == 2 for values in drawn)
    assert texts(prompt, 7) == texts(prompt, 7)


def test_a_draw_may_leave_open_how_many() -> None:
    """`{1-3$$…}` draws one to three different choices, and all of these numbers in the end; a seed keeps its own."""
    prompt = "{1-3$$a|b|c|d}"
    drawn = [tuple(texts(prompt, seed)) for seed in range(40)]
    assert {len(values) for values in drawn} == {1, 2, 3}
    assert all(len(set(values)) == len(values) for values in drawn)
    assert {one for values in drawn for one in values} == set("abcd")
    assert [tuple(texts(prompt, seed)) for seed in range(40)] == drawn
    assert set(texts("A {1 - 2$$lenses} shot")) <= {"A 35mm shot", "A 85mm shot"}
    assert draws_at_random(prompt)
    assert names_list("A {1-2$$lenses} shot", "lenses")


def test_two_groups_are_two_axes() -> None:
    """Groups vary independently, and each has its own place in the prompt."""
    template = read("{a|b} and {c|d}")
    first, second = template.axes
    assert template.text({first.name: first.values[1], second.name: second.values[0]}) == "b and c"


def test_a_replacement_may_be_of_a_choice_or_of_what_replaces_another() -> None:
    """What is replaced is looked for in the composed prompts, not in the fixed texts alone."""
    template = read("A {cat|dog} and {cat=>fox}")
    choice, new = template.axes
    found = [template.text({choice.name: one, new.name: other}) for one in choice.values for other in new.values]
    assert found == ["A cat and", "A fox and", "A dog and", "A dog and"]
    assert read("{cat=>fox}{fox=>owl} cat").axes
    assert read("{10..12}0 and {100=>a hundred}").axes


@pytest.mark.parametrize(
    ("prompt", "name", "expected"),
    [("{lens}", "lens", True), ("{2$$ lens }", "lens", True), ("a lens", "lens", False), ("{lenses}", "lens", False)],
)
def test_the_lists_that_a_prompt_names_are_known(prompt: str, name: str, expected: bool) -> None:
    """A sheet that is loaded brings those lists along."""
    assert names_list(prompt, name) is expected


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("{lens} {2$$ sea_birds } {1-2$$trees} {lens|eye}", ["lens", "sea_birds", "trees"]),
        ("{Studio Light} {1..3} {cat=>animals}", []),
        ("{lens} {broken", []),
    ],
)
def test_what_is_read_as_the_name_of_a_list(prompt: str, names: list[str]) -> None:
    """A list can be saved under each of the names; words with a space, and what replaces, are none."""
    assert lists_named(prompt) == names


@pytest.mark.parametrize(
    "prompt",
    [
        json.dumps({"scene": {"mood": "calm|dark"}, "size": [1, 2]}),
        "a face :-{ and :-}",
        "body { color: red; }",
        '{"a": {}, "b": "1..2 or x|y", "c": "=> $$"}',
        "{'a': 1..2}",
        "{scene: a fox..}",
        '{light: "a|b"}',
        '{key light: "a|b", of: {sky: "dusk|dawn"}}',
        '{"OPEN"}',
        r'{"a \" b|c": 1}',
        "a face :{ and then...",
        "a face :{ in 1999...",
        "{wait...}",
        "{...}",
        "{best quality, masterpiece}",
        "price {5$}",
    ],
)
def test_other_braces_stay_untouched(prompt: str) -> None:
    """JSON and lone braces are sent as they are."""
    template = read(prompt)
    assert template.axes == ()
    assert template.text({}) == prompt


@pytest.mark.parametrize(
    ("prompt", "note"),
    [
        ("A {cat", "A brace opens at “{cat” and does not close. It is sent as it is."),
        ("A cat}", "A brace closes after “A cat” and was not opened. It is sent as it is."),
        ("A {cat|dog", ""),
        ("A {cat|dog} {", ""),
        ("A \\{cat", ""),
        ("body { color: red; }", ""),
        ("A cat", ""),
    ],
)
def test_a_brace_without_a_partner_is_noted_where_it_is_no_mistake(prompt: str, note: str) -> None:
    """One that is sent as it is has a note; one that is refused, escaped or closed has none."""
    assert unbalanced_note(prompt) == note


@pytest.mark.parametrize(
    "beside", ['{"color": "red", "of": {"what": "fox"}}', "{ color: red; { top: 0 } }", "{{subject}}", r"\{ and \}"]
)
def test_balanced_braces_beside_choices_stay_untouched(beside: str) -> None:
    """JSON, a style sheet and variables are text, also in a prompt with choices."""
    plain = beside.replace("\\", "")
    assert texts(f"{beside} in {{red|blue}} {beside}") == [f"{plain} in {one} {plain}" for one in ("red", "blue")]


def test_a_backslash_makes_a_brace_a_brace() -> None:
    """What is escaped is sent without its backslash."""
    assert read(r"\{a|b\} \{lenses\}").text({}) == "{a|b} {lenses}"


@pytest.mark.parametrize(
    ("prompt", "text"),
    [(r"\{a|b\} {{x}}", "{a|b} {{x}}"), (r"\{a\} {b|c}", r"\{a\} {b|c}"), (r"\{a\} {1...3", r"\{a\} {1...3"), ("", "")],
)
def test_a_prompt_without_choices_has_one_text(prompt: str, text: str) -> None:
    """One with choices, or one that cannot be read, is no single text and stays as it is written."""
    assert single_text(prompt) == text


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("A {studio|water", "does not close"),
        ("A studio|water}", "was not opened"),
        ("a {2$$red|blue} kite {broken", "A brace opens at “{broken” and does not close"),
        ("a {broken kite, {red|blue}", "does not close"),
        ("a {red|blue} kite broken}", "A brace closes after “a {red|blue} kite broken” and was not opened"),
        ("broken} {1..3} { kites }", "A brace closes after “broken”"),
        ("{a||b}", "empty choice"),
        ("{a|}", "empty choice"),
        ("{moods}", "no saved list “moods”. Saved lists: lenses, none"),
        ("{none}", "is empty"),
        ("{1..10000}", f"10,000 values; a sheet takes at most {MAX_VALUES}"),
        ("{1..5..0}", "step of 0"),
        ("{4$$a|b}", "draws 4 of 2"),
        ("{a|{b|c}}", "braces inside braces"),
        ("A bird{cat=>dog}", "does not contain it"),
        ("{zebra=>dog} {cat|fox}", "does not contain it"),
        ("{=>dog}", "what to replace"),
        ("{red=>{blue|green}} red", "braces inside braces"),
        ("{ small {a|b} }", "braces inside braces"),
        ("{1-$$a|b|c}", "{1-$$a|b|c} is not a draw. Write how many before $$, as in {2$$a|b|c} or {1-2$$a|b|c}"),
        ("{2-1$$a|b|c}", "{2-1$$a|b|c} draws 2 to 1 of 3 choices. Write 1 to 3."),
        ("{0-2$$a|b|c}", "{0-2$$a|b|c} draws 0 to 2 of 3 choices. Write 1 to 3."),
        ("{2-4$$a|b|c}", "{2-4$$a|b|c} draws 2 to 4 of 3 choices. Write 1 to 3."),
        ("{red=>2$$a|b} red", "is not a draw"),
        ("{2$$ and $$a|b}", "has $$ twice. Each choice that is drawn is a run of its own"),
        ("{3$$lenses}", "draws 3 of 2"),
        ("{1$$moods}", "no saved list “moods”"),
        ("{}", "{} has an empty choice"),
        ("a { } kite", "{} has an empty choice"),
        ("{2$$}", "has an empty choice"),
        ("{1...3}", "{1...3} is not a range of whole numbers"),
        ("{0.5..1}", "is not a range"),
        ("{a..z}", "is not a range"),
        ("{1..}", "is not a range"),
        ("a face :{ with {1..3} cats", "does not close"),
        ("{x|x}" * 21, "has 21 braces with choices; at most 20 are read"),
        ("{1..3|5}", "has the range 1..3 as a choice"),
        ("{Über}", "no saved list “Über”. A list’s name has no spaces and begins with A to Z."),
        (
            "{Studio Light}",
            "no saved list “Studio Light”. A list’s name has no spaces and begins with A to Z. Saved lists: lenses",
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(prompt: str, words: str) -> None:
    """A mistake in braces is one problem of the prompt, and never an exception."""
    assert words in problem(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "{" * 32_000,
        "{" * 16_000 + "}" * 16_000,
        "{:" * 10_000 + "a|b" + "}" * 10_000,
        "}" * 32_000,
        "{a,b}" * 6_000,
        "{x|x}" * 6_000,
        "{" * 30 + '"a' * 15_000 + "}" * 30,
        "{1" + "." * 32_000 + "}",
    ],
    ids=["open", "nested", "text", "closed", "many", "groups", "quotes", "dots"],
)
def test_hostile_braces_cost_bounded_work(prompt: str) -> None:
    """Each prompt of the longest length is read in steps that grow with its length alone, whatever is nested in it."""
    within_lines(100 * len(prompt), lambda: read_prompt(prompt, LISTS))


def test_braces_are_nested_to_a_limit() -> None:
    """Thirty levels are text; more are a problem."""
    assert read("{;" * 30 + "}" * 30).axes == ()
    assert "more than 30 levels deep" in problem("{;" * 31 + "}" * 31)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("A fox", "A fox"),
        ('{"mood": "calm"}', '{"mood": "calm"}'),
        ("f(x) { return x; }", "f(x) { return x; }"),
        ("A {red|blue} fox", r"A \{red|blue\} fox"),
        ("{Studio Light}", r"\{Studio Light\}"),
        ("{1...3} and {", r"\{1...3\} and \{"),
        ('{"mood": "calm"} {a|b}', r'{"mood": "calm"} \{a|b\}'),
        ("{{animal}}", r"\{\{animal\}\}"),
        (r"A \{red\} fox", r"A \\{red\\} fox"),
        (r"ends in \\}", r"ends in \\\}"),
    ],
)
def test_a_text_is_written_so_that_it_is_read_as_itself(text: str, written: str) -> None:
    """Only braces that would be read as something else get a backslash."""
    assert as_written(text) == written
    assert single_text(written) == text


@given(st.text('{}\\|$.=>1a: "', max_size=60))
def test_any_text_comes_back_as_one_run(text: str) -> None:
    """Whatever was sent: what is written for it has no choice and is read as that text."""
    assert single_text(as_written(text)) == text
    assert not has_groups(as_written(text))
    assert not variables_of(as_written(text))


def test_variables_can_stay_and_what_cannot_be_written_stays_as_it_is() -> None:
    """A form's own text keeps its variables; more levels of braces than are read are left to the switch."""
    assert as_written("{{animal}} {a|b}", keeps_variables=True) == r"{{animal}} \{a|b\}"
    deep = r"\{" * 40 + r"\}" * 40
    assert as_written(deep) == deep
