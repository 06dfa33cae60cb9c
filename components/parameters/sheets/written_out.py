"""Values that were added to a sheet's prompt later, written into the prompt itself: what is read there is what runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from components.parameters.sheets.axes import PROMPT, PROMPT_LINES
from components.parameters.sheets.prompt_syntax import groups_of
from components.parameters.sheets.template import SheetTemplate, make_plan

_SIGN = re.compile(r"([{}|\\])")


def written_out(template: SheetTemplate) -> SheetTemplate:
    """Return a template with its added values in its prompt; as it is where the prompt cannot say the same."""
    if not template.added:
        return template
    wanted = _values(template)
    for prompt in _candidates(template, dict(wanted)):
        written = replace(template, values={**template.values, PROMPT: prompt}, added={})
        if _values(written) == wanted:
            return written
    return template


def _values(template: SheetTemplate) -> list[tuple[str, list[str]]]:
    axes = make_plan(replace(template, varied={}, rules="")).axes
    return [(axis.name, [str(one.value) for one in axis.values]) for axis in axes]


def _candidates(template: SheetTemplate, values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield prompts that may say it: with choices at the end of those that are there, then with all choices named."""
    prompt = str(template.values.get(PROMPT) or "")
    if template.by_line:
        yield "\n".join([prompt, *template.added.get(PROMPT_LINES, ())])
        return
    yield _with_groups(prompt, {name: f"{{}}|{_choices(some)}" for name, some in template.added.items()})
    yield _with_groups(prompt, {name: _choices(values.get(name, ())) for name in template.added})


def _with_groups(prompt: str, insides: Mapping[str, str]) -> str:
    """Return a prompt with other insides of its braces, by the names of their axes; {} stands for the present one."""
    written, at = [], 0
    for number, inside in enumerate(groups_of(prompt), 1):
        start = prompt.find(f"{{{inside}}}", at)
        if start < 0:
            return prompt
        new = insides.get(f"{PROMPT}.{number}", "{}").replace("{}", inside, 1)
        written += [prompt[at:start], f"{{{new}}}"]
        at = start + len(inside) + 2
    return "".join([*written, prompt[at:]])


def _choices(values: Sequence[str]) -> str:
    return "|".join(_SIGN.sub(r"\\\1", value) for value in values)
