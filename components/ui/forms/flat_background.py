"""A transparent background from a model that makes none: a flat key color is asked for and cut out of the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from components.images.decoding.opening import KNOWN_PIXELS
from components.images.masks.cutout import distance_to
from components.images.preview import small_image
from components.parameters import CATALOGUE, Choice, InputImage, find_model
from components.parameters.prompts.flat_background import KeyColor, key_color_for, key_color_in, without_key_color
from components.parameters.prompts.styles import Style
from components.runs.saving.cut_background import CUT_BACKGROUND
from components.ui.forms.form_state import FormState
from components.ui.session.state import page_state

_SAMPLE = (96, 96)  # pixels of an input image whose colors are looked at


def may_lack_transparency(operation: str, model: str) -> bool:
    """Return whether a model makes no transparent background, is unknown, or its server refused one."""
    kind = find_model(model, operation).family.kinds.get("background")
    can = isinstance(kind, Choice) and "transparent" in kind.options
    refused = page_state(FormState, operation).refused
    return not can or model not in CATALOGUE or "background" in refused


def flat_styles(operation: str, prompt: str, images: Sequence[InputImage]) -> tuple[Style, ...]:
    """Return the style that asks for a flat background, if that is on."""
    return (_key_color(prompt, images).style,) if page_state(FormState, operation).cuts_background else ()


def cut_extra(operation: str, prompt: str) -> dict[str, Any]:
    """Return what is kept with a run whose prompt asks for a flat background that is to be cut out."""
    key = key_color_in(prompt) if page_state(FormState, operation).cuts_background else None
    return {} if key is None else {CUT_BACKGROUND: key.hex}


def switch_flat_background(operation: str, on: bool) -> None:
    """Ask for a flat background and cut it out, or no longer."""
    state = page_state(FormState, operation)
    state.cuts_background = on
    if on and state.values.get("background") == "transparent":
        state.values["background"] = "auto"


def take_flat_background(operation: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a run's or recipe's values without the text that asks for a flat background; the switch stands for it."""
    prompt = str(values.get("prompt") or "")
    state = page_state(FormState, operation)
    state.cuts_background = key_color_in(prompt) is not None
    return {**values, "prompt": without_key_color(prompt)} if state.cuts_background else values


def _key_color(prompt: str, images: Sequence[InputImage]) -> KeyColor:
    def distance(key: KeyColor) -> float:
        return min((_distance(image.path, key.rgb) for image in images), default=0.0)

    return key_color_in(prompt) or key_color_for(prompt, distance)


@lru_cache(maxsize=128)
def _distance(path: Path, color: tuple[int, int, int]) -> float:
    try:
        return distance_to(small_image(path, _SAMPLE, max_pixels=KNOWN_PIXELS), color)
    except (OSError, ValueError):
        return 0.0
