"""Word a prompt in another way by fixed rules, so that help with words can be tried without a model.

| task | rule |
|---|---|
| expand | adds framing, and the light, mood, colors and style that the prompt does not name; the drawing honors them |
| shorten | removes filler words, and parts between commas that are there twice |
| three variations | exchanges the words for light and style, or adds them |

Text in braces or quotation marks stays as it is.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from components.engine.drawing.vocabulary import STYLES, TIMES, read_prompt
from components.engine.lettering.typesetting import QUOTED
from components.parameters.prompts.wording import GROUP, WordingTask

# Words that the drawing looks up; see drawing/vocabulary.toml.
LIGHTS = ("dawn", "sunset", "dusk", "night")
LOOKS = ("watercolor", "risograph", "collage", "sketch")
MOODS = ("calm", "dramatic", "cozy", "romantic")
COLORS = ("deep blue and gold", "teal and orange", "pale pink and green", "purple and yellow")
FRAMING = ("a wide view with room around the subject", "a close view that fills the frame", "a low, centered view")

# Only words that hardly mean anything else: "an old man" is not to become "a watercolor man".
_LIGHT = re.compile(
    r"\b(?:dawn|sunrise|sunset|dusk|twilight|night|midnight|noon|midday|golden[ -]hour|blue[ -]hour)\b", re.IGNORECASE
)
_LOOK = re.compile(
    r"\b(?:watercolou?r|gouache|oil[ -]painting|woodcut|linocut|etching|line[ -](?:drawing|art)|sketch|photo(?:graph)?"
    r"|risograph|screen[ -]?print|pixel[ -]art|collage|comic)\b",
    re.IGNORECASE,
)
_FILLER_WORD = (
    r"\b(?:very|really|quite|truly|absolutely|incredibly|extremely|stunning(?:ly)?|beautiful(?:ly)?|amazing(?:ly)?"
    r"|gorgeous(?:ly)?|awesome|breathtaking(?:ly)?|highly[ -]detailed|ultra[ -]detailed|masterpiece|best quality"
    r"|high quality|award[ -]winning|trending on artstation|please|[48]k|hyper[ -]?realistic)\b"
)
# With the comma before another one.
_FILLER = re.compile(rf"{_FILLER_WORD}(?:\s*,(?=\s*{_FILLER_WORD}))?", re.IGNORECASE)
_KEPT = re.compile(f"{GROUP.pattern}|{QUOTED.pattern}")


def reword(task: WordingTask, prompt: str) -> str:
    """Return the answer to a task of help with words: one prompt, or three with an empty line between them."""
    return _RULES[task.name](prompt)


def _expand(prompt: str) -> str:
    words = read_prompt(prompt)

    def pick(options: Sequence[str]) -> str:
        return options[zlib.crc32(f"{options[0]} {prompt}".encode()) % len(options)]

    added = [
        pick(FRAMING),
        "" if words.time or words.weather else f"at {pick(LIGHTS)}",
        "" if words.mood else f"a {pick(MOODS)} mood",
        "" if words.colors or words.hint else f"in {pick(COLORS)}",
        "" if words.style else f"as a {pick(LOOKS)}",
    ]
    return _joined(prompt, added)


def _shorten(prompt: str) -> str:
    text = "".join(part if is_kept else _FILLER.sub("", part) for is_kept, part in _parts(prompt))
    pieces = [" ".join(one.split()) for one in re.split(r",(?![^{]*\})", text)]
    unique: dict[str, str] = {}
    for one in filter(None, pieces):
        unique.setdefault(one.lower(), one)
    return ", ".join(unique.values()) or prompt


def _vary(prompt: str) -> str:
    words = read_prompt(prompt)
    lights = [one for one in LIGHTS if TIMES[one] != words.time]
    looks = [one for one in LOOKS if STYLES[one] != words.style]
    return "\n\n".join(_exchanged(prompt, lights[place], looks[place]) for place in range(3))


def _exchanged(prompt: str, light: str, look: str) -> str:
    """Return the prompt in another light and style; what it does not name is added at its end."""
    parts, added = list(_parts(prompt)), []
    for known, word, phrase in ((_LIGHT, light, f"at {light}"), (_LOOK, look, f"as a {look}")):
        if not any(known.search(part) for is_kept, part in parts if not is_kept):
            added.append(phrase)
        parts = [(is_kept, part if is_kept else known.sub(word, part)) for is_kept, part in parts]
    return _joined(" ".join("".join(part for _, part in parts).split()), added)


def _joined(prompt: str, added: Sequence[str]) -> str:
    return ", ".join(filter(None, [prompt.rstrip(" .,\n"), *added]))


def _parts(prompt: str) -> Iterator[tuple[bool, str]]:
    """Yield a prompt in order as parts that stay as they are (True) and other text."""
    start = 0
    for match in _KEPT.finditer(prompt):
        yield False, prompt[start : match.start()]
        yield True, match[0]
        start = match.end()
    yield False, prompt[start:]


_RULES: Mapping[str, Callable[[str], str]] = {"expand": _expand, "shorten": _shorten, "vary": _vary}
