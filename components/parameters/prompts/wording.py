"""Help with words: what a model is asked to do with a prompt, and the prompts that are read from its answer.

Such a request is an analysis, without an image where only text is asked for. Its run says in `extra` what it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EXTRA = "wording"  # in what is kept with a run
MOST_PROMPTS = 6
# Output tokens besides those for the length of the prompt: only used tokens are billed, and reasoning counts too.
ROOM_TOKENS = 800

_ALONE = "Answer with the prompt alone, without quotes or a heading."
_KEEP_BRACES = "Keep every part in braces, such as {a|b} or {{name}}, exactly as it is, with its braces."
_BEFORE_PROMPT = "\n\nPrompt:\n"

# A part in braces: a variable, or choices of a sheet.
GROUP = re.compile(r"\{\{[^{}]*\}\}|\{[^{}]*\}")
_FENCE = re.compile(r"^```\w*\n(.*?)\n?```$", re.DOTALL)
_MARK = re.compile(r"^(?:[-*•]\s+|\**(?:(?:variation|prompt|option)\s*)?\d{1,2}\s*[.):]\**\s*)", re.IGNORECASE)
_QUOTES = {'"': '"', "“": "”", "„": "“", "'": "'", "«": "»", "`": "`"}


@dataclass(frozen=True)
class WordingTask:
    """One kind of help: the instruction, how many prompts it answers with, and whether it looks at an image."""

    name: str
    label: str
    instruction: str
    count: int = 1
    has_image: bool = False

    def question(self, prompt: str) -> str:
        """Return the complete text that is sent."""
        if self.has_image:
            return self.instruction
        kept = f" {_KEEP_BRACES}" if GROUP.search(prompt) else ""
        return f"{self.instruction}{kept}{_BEFORE_PROMPT}{prompt}"

    def values(self, prompt: str) -> dict[str, Any]:
        """Return the raw values of the analysis that asks for it, besides its model."""
        return {
            "text": self.question(prompt),
            "input_type": "files" if self.has_image else "none",
            # A token may be a single character in some scripts.
            "max_output_tokens": min(128_000, ROOM_TOKENS + self.count * len(prompt)),
        }

    def prompts(self, answer: str) -> tuple[str, ...]:
        """Return the prompts of an answer without the quotes, numbers and headings that models add."""
        text = answer.strip()
        if fenced := _FENCE.match(text):
            text = fenced[1].strip()
        if self.count == 1:
            parts = [_unquoted(text)]
        else:
            blocks = re.split(r"\n\s*\n", text)
            parts = [_plain(one) for one in (blocks if len(blocks) >= self.count else text.splitlines())]
            parts = [one for one in parts if not one.endswith(":")]
        return tuple(dict.fromkeys(filter(None, parts)))[:MOST_PROMPTS]


def _plain(text: str) -> str:
    return _unquoted(_MARK.sub("", " ".join(text.split())))


def _unquoted(text: str) -> str:
    """Return a text without quotation marks around all of it."""
    text = text.strip()
    inside, end = text[1:-1], _QUOTES.get(text[:1])
    if end is not None and len(text) > 2 and text.endswith(end) and not {text[0], end} & set(inside):
        return inside.strip()
    return text


TASKS: Mapping[str, WordingTask] = {
    one.name: one
    for one in (
        WordingTask(
            "expand",
            "Expand",
            "Expand this prompt for an image model: add concrete details of subject, composition, light, colors and "
            "materials, up to 120 words in all. Keep what it says, its style and its language. " + _ALONE,
        ),
        WordingTask(
            "shorten",
            "Shorten",
            "Shorten this prompt for an image model: remove filler and repetition, and keep everything that can be "
            "seen in the image. Keep its language. " + _ALONE,
        ),
        WordingTask(
            "vary",
            "Three variations",
            "Write three variations of this prompt for an image model. Keep its subject and its language, and change "
            "composition, light, colors or style, each time in another way. Answer with the three prompts alone, each "
            "on one line, with an empty line between them, without numbers, quotes or headings.",
            count=3,
        ),
        WordingTask(
            "describe",
            "Prompt from image",
            "Describe the image as one prompt that would let an image model make it again: subject, composition, "
            "style, light, colors, and any text in it word for word. " + _ALONE,
            has_image=True,
        ),
    )
}


def read_question(text: str) -> tuple[WordingTask, str] | None:
    """Return the task and the prompt of a question that `WordingTask.question` wrote; None for any other."""
    task = next((one for one in TASKS.values() if text.startswith(one.instruction)), None)
    return None if task is None else (task, text.partition(_BEFORE_PROMPT)[2])


@dataclass(frozen=True)
class WordingRun:
    """What a run asked for: the task, and the prompt as it was sent."""

    task: WordingTask
    prompt: str

    def as_extra(self) -> dict[str, Any]:
        """Return what is kept with the run."""
        return {EXTRA: {"task": self.task.name, "prompt": self.prompt}}


def wording_run(extra: Mapping[str, Any] | None) -> WordingRun | None:
    """Return what a run asked for; None if it is not help with words. Archives may hold anything here."""
    kept = (extra or {}).get(EXTRA)
    if not isinstance(kept, Mapping) or str(kept.get("task")) not in TASKS:
        return None
    return WordingRun(TASKS[str(kept["task"])], str(kept.get("prompt") or ""))


def run_title(prompt: str, extra: Mapping[str, Any] | None) -> str:
    """Return a run's title in lists: its prompt; of help with words, its task and prompt; of a check, its question."""
    if (extra or {}).get("check"):
        return f"Check: {prompt.partition('q1. ')[2]}"
    asked = wording_run(extra)
    return prompt if asked is None else f"{asked.task.label}: {asked.prompt}".rstrip(": ")


def lost_groups(before: str, after: str) -> tuple[str, ...]:
    """Return the parts in braces of a prompt that another wording of it does not have, or has less often."""
    groups = dict.fromkeys(GROUP.findall(before))
    return tuple(one for one in groups if after.count(one) < before.count(one))
