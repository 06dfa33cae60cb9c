"""Help with words: what is sent, what is read from answers, and what must not be lost unseen."""

from __future__ import annotations

from typing import Any

import pytest

from components.parameters import Request, resolve
from components.parameters.prompts.wording import TASKS, WordingRun, lost_groups, read_question, run_title, wording_run

PROMPT = "A {red|blue} fox\n\nPrompt:\nand {{place}}"
QUOTED = '"Open" in neon beside "Closed"'


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_a_question_is_valid_and_is_recognized(task: Any) -> None:
    """It is a request of the registry, text only unless it looks at an image, and holds the prompt word for word."""
    values = task.values(PROMPT)
    assert read_question(values["text"]) == (task, "" if task.has_image else PROMPT)
    outcome = resolve("analyze", "gpt-4o", values)
    if task.has_image:
        assert [problem.parameter for problem in outcome] == ["image"]  # type: ignore[union-attr]
    else:
        assert isinstance(outcome, Request)
        assert outcome.values["input_type"] == "none"
        assert "exactly as it is, with its braces" in outcome.prompt_text
    assert "braces" not in task.values("A fox")["text"], "what a prompt does not need is not sent"
    assert task.values("x" * 500_000)["max_output_tokens"] <= 128_000


@pytest.mark.parametrize(
    ("name", "answer", "prompts"),
    [
        ("expand", "A red fox, at dawn", ("A red fox, at dawn",)),
        ("expand", ' "A red fox" \n', ("A red fox",)),
        ("expand", "“A red fox”", ("A red fox",)),
        ("expand", QUOTED, (QUOTED,)),
        ("expand", "```text\nA red fox\n```", ("A red fox",)),
        ("expand", "A red fox\n\nat dawn", ("A red fox\n\nat dawn",)),
        ("expand", " \n ", ()),
        ("vary", "One fox\n\nTwo foxes\n\nThree foxes", ("One fox", "Two foxes", "Three foxes")),
        ("vary", "1. One\n2) Two\n3: Three", ("One", "Two", "Three")),
        ("vary", "Here are three variations:\n\n- One\n- Two\n- Three", ("One", "Two", "Three")),
        ("vary", "**Variation 1:** One\n\n**Variation 2:** Two\n\nPrompt 3: Three", ("One", "Two", "Three")),
        ("vary", "One\nof it\n\nTwo\n\nThree", ("One of it", "Two", "Three")),
        ("vary", "3 foxes\n3 foxes\n2 dogs", ("3 foxes", "2 dogs")),
        ("vary", "\n".join(f"fox {n}" for n in "abcdefghij"), tuple(f"fox {n}" for n in "abcdef")),
    ],
)
def test_prompts_are_read_from_answers(name: str, answer: str, prompts: tuple[str, ...]) -> None:
    """Quotes, numbers, fences and headings around prompts are no part of them; everything inside stays."""
    assert TASKS[name].prompts(answer) == prompts


def test_lost_braces_are_named() -> None:
    """Each part that another wording lacks, or has less often."""
    assert lost_groups("{a|b} and {{x}} and {a|b}", "{{x}} and {a|b}") == ("{a|b}",)
    assert lost_groups("{a|b} {{x}}", "a or b, x") == ("{a|b}", "{{x}}")
    assert lost_groups("a fox", "a dog") == ()


def test_a_run_tells_what_it_was_asked_for() -> None:
    """What an archive holds in its place is no reason to fail."""
    asked = WordingRun(TASKS["vary"], "A fox")
    assert wording_run(asked.as_extra()) == asked
    assert run_title("Write three …", asked.as_extra()) == "Three variations: A fox"
    assert run_title("A fox", None) == "A fox"
    assert run_title("Look.\n\nq1. Is it sharp? Answer true or false.", {"check": "s1"}).startswith(
        "Check: Is it sharp?"
    )
    for hostile in (1, {}, {"task": ["vary"]}, {"task": "x"}):
        assert wording_run({"wording": hostile}) is None
