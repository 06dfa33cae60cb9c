"""Read the text in an image on this machine, where the optional package `rapidocr` is installed."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from components.images.preview import opaque, small_image

READ = (2000, 2000)  # pixels that an image fits into while its text is read


def is_installed() -> bool:
    """Return whether `rapidocr` and a runtime for its models can be imported."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def read_text(path: Path, max_pixels: int) -> str | None:
    """Return the text of an image, one line each, "" for none; None without `rapidocr`. Raise ImageRefused."""
    if not is_installed():
        return None
    image = opaque(small_image(path, READ, max_pixels=max_pixels))
    found = _reader()(np.asarray(image)[:, :, ::-1])  # it reads blue, green, red, as OpenCV
    return "\n".join(map(str, found.txts or ()))


@cache
def _reader() -> Any:
    return import_module("rapidocr").RapidOCR()  # an optional package, which takes a second to import
