"""Read the text in an image on this machine, where the optional packages `rapidocr` and `onnxruntime` are installed."""

from __future__ import annotations

import threading
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from components.images import normalize
from components.images.preview import opaque, shrunk, small_image

READ = (2000, 2000)  # pixels that an image fits into while its text is read
LONGEST = 5000  # characters of one image's text
# Its work stays in the thread that asks, so that a thread of low priority takes time from nobody.
PARAMETERS = {
    "Global.log_level": "error",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}

_one_at_a_time = threading.Lock()


@cache
def is_installed() -> bool:
    """Return whether `rapidocr` and a runtime for its models can be imported."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def read_text(path: Path, max_pixels: int) -> str | None:
    """Return the text of an image, one line each, "" for none; None without `rapidocr`. Raise ImageRefused."""
    return read_pixels(small_image(path, READ, max_pixels=max_pixels)) if is_installed() else None


def read_decoded(image: Image.Image) -> str | None:
    """Return the legible text of a decoded image in any mode and orientation; None without `rapidocr`."""
    if not is_installed():
        return None
    small = shrunk(normalize.eight_bits(image) or image, READ)
    return legible(read_pixels(normalize.upright(small, normalize.orientation(image)) or small))


def legible(text: str) -> str:
    """Return the lines with more than one letter or digit: a single one is mostly a pattern that looks like it."""
    return "\n".join(line for line in text.splitlines() if sum(map(str.isalnum, line)) > 1)


def read_pixels(image: Image.Image) -> str:
    """Return the text of an upright image in RGB or RGBA."""
    pixels = np.asarray(opaque(image))[:, :, ::-1]  # it reads blue, green, red, as OpenCV
    with _one_at_a_time:
        found = _reader()(pixels)
    return "\n".join(map(str, found.txts or ()))[:LONGEST]


@cache
def _reader() -> Any:
    # An optional package, which takes a second to import.
    return import_module("rapidocr").RapidOCR(params=PARAMETERS)
