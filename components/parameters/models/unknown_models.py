"""Guess from its name what a model that is not in the catalogue can do.

Compatible servers list all their models together: embedding, speech, image and vision models. A menu leaves out only
models that certainly cannot do the operation; a person can type any other name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from components.parameters.models.catalogue import CATALOGUE, models_for


def _name_pattern(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[^a-z])(?:{'|'.join(words)})", re.IGNORECASE)


# Neither image nor vision models.
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

# The models that an operation's menu leaves out.
_EXCLUDED: Mapping[str, tuple[re.Pattern[str], ...]] = {
    "generate": (_OTHER_MODELS, _TEXT_MODELS),
    "edit": (_OTHER_MODELS, _TEXT_MODELS),
    "analyze": (_OTHER_MODELS, _IMAGE_MODELS),
}


def may_support(operation: str, model: str) -> bool:
    """Return whether a model may support an operation, by the catalogue or else by its name."""
    name = model.rsplit("/", 1)[-1]  # proxies put the provider in front
    known = CATALOGUE.get(model) or CATALOGUE.get(name)
    if known is not None:
        return operation in known.operations
    return not any(pattern.search(name) for pattern in _EXCLUDED[operation])


def menu_models(operation: str, listed: Sequence[str] | None, today: date) -> tuple[str, ...]:
    """Return the ids of a model menu, in order.

    With a server's list, these are its models of the catalogue, in the catalogue's order, then its other models that
    may support the operation. Without a list, or if no model in it fits, they are the catalogue's models.
    """
    known = tuple(model.id for model in models_for(operation, today))
    available = frozenset(listed or ())
    others = tuple(
        name for name in dict.fromkeys(listed or ()) if name not in CATALOGUE and may_support(operation, name)
    )
    return (*(name for name in known if name in available), *others) or known
