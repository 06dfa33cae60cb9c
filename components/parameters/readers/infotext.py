"""Read the infotext that AUTOMATIC1111's web UI writes into images: prompt, negative prompt, then settings."""

from __future__ import annotations

import re

from components.parameters.kinds import Invalid, shorten
from components.parameters.operations import OPERATIONS, parameters_for
from components.parameters.readers.reading import MAX_UNREAD, Reading

_SETTINGS = re.compile(r"^Steps: \d+(?:, .*)?$", re.MULTILINE)
_SETTING = re.compile(r'(?:^|, )([A-Za-z][\w ()/-]{0,60}): ("(?:[^"\\]|\\.)*"|[^,]*)')
_NEGATIVE = re.compile(r"^Negative prompt:", re.MULTILINE)


def looks_like_infotext(text: str) -> bool:
    """Return whether a line of the text is that of an infotext's settings."""
    return _SETTINGS.search(text) is not None


def read_infotext(text: str) -> Reading:
    """Return prompt and size. The other settings belong to Stable Diffusion and are named as unread."""
    settings = _SETTINGS.search(text)
    if settings is None:
        raise Invalid("This has no line of settings, which begins with Steps: in an infotext.")
    words = text[: settings.start()]
    negative = _NEGATIVE.search(words)
    reading = Reading("generate", {"prompt": (words[: negative.start()] if negative else words).strip()})
    reading.unread += ["Negative prompt"] if negative else []
    kinds = {one.name: one.kind for one in parameters_for("generate", OPERATIONS["generate"].default_model)}
    for name, value in _SETTING.findall(settings[0]):
        if name == "Size":
            try:
                reading.values["size"] = kinds["size"].parse(value)
            except Invalid as invalid:
                reading.unread.append(f"Size: {invalid.message}")
        elif len(reading.unread) <= MAX_UNREAD:
            reading.unread.append(f"{name} ({shorten(value)})")
    return reading
