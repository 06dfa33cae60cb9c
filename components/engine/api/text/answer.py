"""Answer a conversation in words: cut the text off where the budget ends, and count tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from components.engine.analysis.facts import answer_text
from components.engine.analysis.filling import fill, unjudged
from components.engine.analysis.measure import Measurement, measure
from components.engine.api.text.conversation import Conversation
from components.engine.api.text.rewording import reword
from components.parameters.prompts.wording import read_question

# About four letters each, with the blanks before them, as such tokens usually are.
TOKEN = re.compile(r"\s*\S{1,5}|\s+")


@dataclass(frozen=True)
class Answer:
    """Hold the pieces of a text, the tokens that thinking took, and whether the budget ended first.

    `unjudged` names the fields of a structured answer that no measurement answers.
    """

    pieces: tuple[str, ...]
    reasoning: int
    cut_off: bool
    input_tokens: int
    unjudged: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the whole text."""
        return "".join(self.pieces)

    @property
    def output_tokens(self) -> int:
        """Return the number of tokens, thinking included."""
        return len(self.pieces) + self.reasoning

    def metadata(self) -> dict[str, str]:
        """Return the fields that were not judged, for the API's own "metadata"."""
        # The API allows 512 characters for a value.
        return {"not_judged": ", ".join(self.unjudged)[:512]} if self.unjudged else {}

    def responses_usage(self) -> dict[str, Any]:
        """Return the "usage" of /responses."""
        return {
            "input_tokens": self.input_tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": self.output_tokens,
            "output_tokens_details": {"reasoning_tokens": self.reasoning},
            "total_tokens": self.input_tokens + self.output_tokens,
        }

    def chat_usage(self) -> dict[str, Any]:
        """Return the "usage" of /chat/completions."""
        return {
            "prompt_tokens": self.input_tokens,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens": self.output_tokens,
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
            "total_tokens": self.input_tokens + self.output_tokens,
        }


def answer(talk: Conversation) -> Answer:
    """Measure the conversation's images and answer its last question."""
    measured = [(measure(one.image, one.data, one.detail), one.detail) for one in talk.images]
    left: tuple[str, ...] = ()
    asked = read_question(talk.question)
    if talk.schema is None and asked is not None and not asked[0].has_image:
        text = reword(*asked)
    elif talk.schema is None:
        text = answer_text(talk.question, measured, follow_up=talk.follow_up)
    else:
        value = _structured(talk, [found for found, _ in measured])
        text = json.dumps(value, ensure_ascii=False)
        left = tuple(unjudged(value)) if talk.schema else ()
    pieces = tuple(TOKEN.findall(text))
    room = len(pieces) if talk.limit is None else max(0, talk.limit - talk.reasoning)
    return Answer(pieces[:room], talk.reasoning, room < len(pieces), talk.input_tokens, left)


def _structured(talk: Conversation, measured: list[Measurement]) -> Any:
    if talk.schema:
        return fill(talk.schema, talk.question, measured)
    return {"measured_not_understood": True, "images": [_plain(found) for found in measured]}


def _plain(found: Measurement) -> Mapping[str, Any]:
    values = asdict(found)
    values["colors"] = [{"name": one.name, "hex": one.hex, "share": round(one.share, 3)} for one in found.colors]
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in values.items()}
