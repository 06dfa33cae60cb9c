"""What to draw, as plain values: everything that an image depends on, and nothing else."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

import numpy as np

SOFTWARE = "Image Workbench built-in engine: procedural drawing, no AI model"

Color = tuple[int, int, int]


@dataclass(frozen=True)
class DrawSpec:
    """One image to draw. Equal specs give equal pixels.

    `width` and `height` are pixels, `index` is the place among the images of one request. `detail` (0.5 to 2) comes
    from the quality, `complexity` (0.6 to 1.5) from the parameter of that name; both are 1 for an ordinary image.
    `backdrop` is the flat color that the subject stands before.
    """

    prompt: str
    model: str
    width: int
    height: int
    index: int = 0
    detail: float = 1.0
    complexity: float = 1.0
    style: str = "vivid"
    transparent: bool = False
    backdrop: Color | None = None

    @property
    def seed(self) -> int:
        """Return the seed of the request, which its images share.

        Size, quality and index are left out: size and quality change the same composition, and `index` counts
        through layouts and motifs, so that the images of one request always differ.
        """
        text = f"{self.prompt.strip()}\0{self.model}\0{self.style}"
        return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")

    def random(self, about: str) -> np.random.Generator:
        """Return random numbers for one part of the image, independent of how many another part takes."""
        return np.random.default_rng([self.seed, self.index, zlib.crc32(about.encode())])


@dataclass(frozen=True)
class PromptWords:
    """What the words of a prompt change; empty where none is named. `hint` is a material's or a subject's color."""

    colors: tuple[Color, ...]
    hint: Color | None
    time: str
    weather: str
    mood: str
    texture: str
    style: str
    motifs: tuple[str, ...]
    look_only: bool
