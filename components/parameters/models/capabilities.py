"""What a model that no catalogue has can probably do, judged by its name alone.

A compatible server lists all its models in one list: those that embed, listen and speak among those that draw and
those that see. A menu leaves out what is certainly wrong; a name that says nothing stays, and any name can be typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from components.parameters.models.catalogue import CATALOGUE, models_for


def _name_pattern(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[^a-z])(?:{'|'.join(words)})", re.IGNORECASE)


# Neither draws nor sees.
_OTHER_MODELS = _name_pattern(
    "embed",
    "bge",
    "e5-",
    "gte-",
    "rerank",
    "whisper",
    "tts",
    "transcri",
    "speech",
    "audio",
    "realtime",
    "moderation",
    "babbage",
    "davinci",
    "sora",
    "veo",
    "guard",
)
_IMAGE_MODELS = _name_pattern(
    "gpt-image", "chatgpt-image", "dall-?e", "imagen", "stable-diffusion", "sdxl", "sd3", "flux", "image-gen"
)
_TEXT_MODELS = _name_pattern(
    r"gpt-\d", r"gpt-oss", r"o\d(?![a-z])", "claude", "llama", "mistral", "mixtral", "deepseek", r"phi-?\d", "command-"
)

# By operation: what its menu leaves out.
_EXCLUDED: Mapping[str, tuple[re.Pattern[str], ...]] = {
    "generate": (_OTHER_MODELS, _TEXT_MODELS),
    "edit": (_OTHER_MODELS, _TEXT_MODELS),
    "analyze": (_OTHER_MODELS, _IMAGE_MODELS),
}


def may_support(operation: str, model: str) -> bool:
    """Whether a model may be able to do an operation: by the catalogue, else by what its name says."""
    known = CATALOGUE.get(model)
    if known is not None:
        return operation in known.operations
    name = model.rsplit("/", 1)[-1]  # proxies put the provider in front
    return not any(pattern.search(name) for pattern in _EXCLUDED[operation])


def menu_models(operation: str, listed: Sequence[str] | None, today: date) -> tuple[str, ...]:
    """The ids that a model menu offers, in its order.

    With a server's list: what it has of the catalogue, in the catalogue's order, then whatever else it has that may
    do the operation. Without one, or where nothing in it may, the catalogue.
    """
    known = tuple(model.id for model in models_for(operation, today))
    there = frozenset(listed or ())
    others = tuple(
        name for name in dict.fromkeys(listed or ()) if name not in CATALOGUE and may_support(operation, name)
    )
    return (*(name for name in known if name in there), *others) or known
