"""Turn a checked request into images: how each is drawn, written, described and counted."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image

from components.engine.api.draw_pool import DrawPool
from components.engine.api.draw_request import chosen_quality
from components.engine.api.encoding import Encoding, encode, encode_animation
from components.engine.api.faults import Marks, marks_of, without_marks
from components.engine.api.pacing import Pace
from components.engine.api.usage import drawing_tokens, image_usage, svg_usage
from components.engine.api.validation import CheckedRequest
from components.engine.drawing import DrawSpec, describe
from components.parameters.models.families import DALL_E_3


class Draw(Protocol):
    """Draw image number `index`; `phase`, 0 to 1, is the place in a loop of frames."""

    def __call__(self, index: int, phase: float = 0.0) -> Image.Image: ...


@dataclass(frozen=True)
class ImageJob:
    """Hold a request that is ready to be drawn. `draw` and `write_svg` make one image each, in a thread."""

    asked: CheckedRequest
    width: int
    height: int
    draw: Draw
    write_svg: Callable[[int], bytes]
    event: str = "image_generation"

    @property
    def quality(self) -> str:
        """Return the quality to draw at."""
        return chosen_quality(self.asked)

    @property
    def marks(self) -> Marks:
        """Return what the prompt's marks ask for."""
        return marks_of(self.asked.prompt)

    @property
    def encoding(self) -> Encoding:
        """Return how the images are written."""
        values = self.asked.values
        return Encoding(
            self.asked.output_format,
            int(values.get("output_compression", 100)),
            frame_ms=int(values.get("frame_duration_ms", 200)),
        )

    def file(self, index: int) -> bytes:
        """Draw one image and return it in the requested format."""
        if self.asked.output_format == "svg":
            return self.write_svg(index)
        if self.asked.output_format == "gif":
            count = int(self.asked.values.get("frame_count", 9))
            return encode_animation([self.draw(index, frame / count) for frame in range(count)], self.encoding)
        return encode(self.draw(index), self.encoding)

    def facts(self) -> dict[str, Any]:
        """Return what an answer says about its images."""
        transparent = self.asked.values.get("background") == "transparent"
        return {
            "background": "transparent" if transparent else "opaque",
            "output_format": self.asked.output_format,
            "quality": self.quality,
            "size": f"{self.width}x{self.height}",
        }

    def about(self, index: int, file: bytes, link: str | None) -> dict[str, Any]:
        """Return one image's entry: its data or its link, and for dall-e-3 the revised prompt."""
        entry: dict[str, Any] = {"url": link} if link else {"b64_json": base64.b64encode(file).decode("ascii")}
        if self.asked.model.family is DALL_E_3:
            entry["revised_prompt"] = describe(
                DrawSpec(without_marks(self.asked.prompt), self.asked.model.id, 1024, 1024, index)
            )
        return entry

    def usage(self, *, drawings: int, partials: int = 0, with_input: bool = True) -> dict[str, Any]:
        """Return the tokens of some images; the input counts with the first."""
        return image_usage(
            prompt=self.asked.prompt if with_input else "",
            inputs=[(image.width, image.height) for image in self.asked.images] if with_input else [],
            drawings=drawings,
            each=drawing_tokens(self.asked.model.id, self.width, self.height, self.quality),
            partials=partials,
        )

    def svg_usage(self, file: bytes) -> dict[str, Any] | None:
        """Return the tokens of the model that writes SVG, where one was named."""
        model = str(self.asked.values.get("svg_model") or "")
        if self.asked.output_format != "svg" or not model:
            return None
        return svg_usage(model, str(self.asked.values.get("svg_reasoning_effort", "default")), self.asked.prompt, file)

    def pace(self, draw_pool: DrawPool) -> Pace:
        """Return how long the job is to take."""
        return Pace(draw_pool.pace, self.quality, self.asked.n, careful="careful" in self.asked.model.note)
