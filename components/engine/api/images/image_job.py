"""Turn a checked request into images: how each is drawn, written, described, counted and timed."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image

from components.engine.api.faults import Marks, marks_of, without_marks
from components.engine.api.images.encoding import Encoding, encode, encode_animation
from components.engine.api.state import DrawPool
from components.engine.api.usage import drawing_tokens, image_usage, svg_usage
from components.engine.api.validation import CheckedRequest
from components.engine.drawing import DrawSpec, describe
from components.engine.editing.backdrop import split_backdrop
from components.parameters.models.families import DALL_E_3

# Detail: how much there is to see, 1 for an ordinary image.
DETAIL: Mapping[str, float] = {
    "low": 0.55,
    "standard": 0.9,
    "medium": 1.0,
    "hd": 1.3,
    "high": 1.35,
    "xhigh": 1.6,
    "max": 1.9,
}
COMPLEXITY: Mapping[str, float] = {"low": 0.6, "medium": 1.0, "high": 1.5}
AUTO_QUALITY = "medium"
# What the catalogue notes of a model, and how much more or less there is to see.
NOTES: Mapping[str, float] = {"careful": 1.15, "careful, fixed": 1.15, "cheap": 0.8}
MOST_DETAIL = 2.0

WIDE = re.compile(r"\b(panoram\w*|wide|widescreen|banner|horizontal|cinematic|landscape format|16:9)\b", re.I)
TALL = re.compile(r"\b(portrait|poster|tall|vertical|phone wallpaper|full[- ]body|9:16|book cover)\b", re.I)


def chosen_quality(checked: CheckedRequest) -> str:
    """Return the quality of a request; "auto" stands for medium."""
    quality = str(checked.values.get("quality", "auto"))
    return AUTO_QUALITY if quality == "auto" else quality


def chosen_size(checked: CheckedRequest) -> tuple[int, int]:
    """Return width and height in pixels; "auto" goes by the prompt's words."""
    size = str(checked.values.get("size", "auto"))
    if size != "auto":
        width, height = size.split("x")
        return int(width), int(height)
    if checked.images:
        raise AssertionError("the size of an edit is settled by its first image")
    if WIDE.search(checked.prompt):
        return 1536, 1024
    return (1024, 1536) if TALL.search(checked.prompt) else (1024, 1024)


def spec_of(checked: CheckedRequest, index: int, size: tuple[int, int]) -> DrawSpec:
    """Return what to draw as image number `index` of a request, at a size in pixels."""
    quality = chosen_quality(checked)
    prompt, backdrop = split_backdrop(without_marks(checked.prompt))
    return DrawSpec(
        prompt=prompt,
        model=checked.model.id,
        width=size[0],
        height=size[1],
        index=index,
        detail=min(MOST_DETAIL, DETAIL[quality] * NOTES.get(checked.model.note, 1.0)),
        complexity=COMPLEXITY.get(str(checked.values.get("complexity")), 1.0),
        style=str(checked.values.get("style", "vivid")),
        transparent=checked.values.get("background") == "transparent" or backdrop is not None,
        backdrop=backdrop,
    )


# How long drawing seems to take, in seconds, times the server's pace. Real drawing takes a fraction of a second at
# every quality; answers wait for the rest, so that a person sees progress and that quality costs time.
SECONDS: Mapping[str, float] = {
    "low": 0.2,
    "standard": 0.4,
    "medium": 0.6,
    "hd": 1.2,
    "high": 1.5,
    "xhigh": 2.0,
    "max": 2.6,
}
CAREFUL = 1.4  # what the time of models that are called careful is multiplied by
MORE_IMAGES = 0.25  # each further image of one request adds this share


class JobTimer:
    """Time one request: `reach(0.5)` returns when half of its time is over, at once if it is already."""

    def __init__(self, pace: float, quality: str, n: int, *, careful: bool = False) -> None:
        alone = SECONDS.get(quality, SECONDS["medium"]) * (CAREFUL if careful else 1.0)
        self._seconds = pace * alone * (1 + MORE_IMAGES * (n - 1))
        self._started = time.monotonic()

    async def reach(self, share: float) -> None:
        """Wait until `share`, 0 to 1, of the whole time is over."""
        left = self._started + self._seconds * share - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)


class Draw(Protocol):
    """Draw image number `index`; `phase`, 0 to 1, is the place in a loop of frames."""

    def __call__(self, index: int, phase: float = 0.0) -> Image.Image: ...


@dataclass(frozen=True)
class ImageJob:
    """Hold a request that is ready to be drawn. `draw` and `write_svg` make one image each, in a thread."""

    checked: CheckedRequest
    width: int
    height: int
    draw: Draw
    write_svg: Callable[[int], bytes]
    event: str = "image_generation"

    @property
    def quality(self) -> str:
        """Return the quality to draw at."""
        return chosen_quality(self.checked)

    @property
    def marks(self) -> Marks:
        """Return what the prompt's marks ask for."""
        return marks_of(self.checked.prompt)

    @property
    def encoding(self) -> Encoding:
        """Return how the images are written."""
        values = self.checked.values
        return Encoding(
            self.checked.output_format,
            int(values.get("output_compression", 100)),
            frame_ms=int(values.get("frame_duration_ms", 200)),
        )

    def file(self, index: int) -> bytes:
        """Draw one image and return it in the requested format."""
        if self.checked.output_format == "svg":
            return self.write_svg(index)
        if self.checked.output_format == "gif":
            count = int(self.checked.values.get("frame_count", 9))
            return encode_animation([self.draw(index, frame / count) for frame in range(count)], self.encoding)
        return encode(self.draw(index), self.encoding)

    def facts(self) -> dict[str, Any]:
        """Return what an answer says about its images."""
        transparent = self.checked.values.get("background") == "transparent"
        return {
            "background": "transparent" if transparent else "opaque",
            "output_format": self.checked.output_format,
            "quality": self.quality,
            "size": f"{self.width}x{self.height}",
        }

    def about(self, index: int, file: bytes, link: str | None) -> dict[str, Any]:
        """Return one image's entry: its data or its link, and for dall-e-3 the revised prompt."""
        entry: dict[str, Any] = {"url": link} if link else {"b64_json": base64.b64encode(file).decode("ascii")}
        if self.checked.model.family is DALL_E_3:
            entry["revised_prompt"] = describe(
                DrawSpec(without_marks(self.checked.prompt), self.checked.model.id, 1024, 1024, index)
            )
        return entry

    def usage(self, *, drawings: int, partials: int = 0, with_input: bool = True) -> dict[str, Any]:
        """Return the tokens of some images; the input counts with the first."""
        return image_usage(
            prompt=self.checked.prompt if with_input else "",
            inputs=[(image.width, image.height) for image in self.checked.images] if with_input else [],
            drawings=drawings,
            each=drawing_tokens(self.checked.model.id, self.width, self.height, self.quality),
            partials=partials,
        )

    def svg_usage(self, file: bytes) -> dict[str, Any] | None:
        """Return the tokens of the model that writes SVG, where one was named."""
        model = str(self.checked.values.get("svg_model") or "")
        if self.checked.output_format != "svg" or not model:
            return None
        return svg_usage(
            model, str(self.checked.values.get("svg_reasoning_effort", "default")), self.checked.prompt, file
        )

    def pace(self, draw_pool: DrawPool) -> JobTimer:
        """Return how long the job is to take."""
        return JobTimer(draw_pool.pace, self.quality, self.checked.n, careful="careful" in self.checked.model.note)
