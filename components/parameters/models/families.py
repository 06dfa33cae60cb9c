"""The parameters that each family of models takes, each with the family's own choices and limits.

Source: the tables "Parameters of generate and edit" and "Parameters of analyze" of the API reference. Models reject a
parameter that is not in their family's table, so it is neither shown nor sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.parameters.kinds import (
    Choice,
    FieldName,
    Images,
    Integer,
    Kind,
    MarkupImage,
    MaskImage,
    ModelName,
    Size,
    Switch,
    Text,
    Urls,
)

MEGABYTE = 1_000_000
INPUT_BYTES = 50 * MEGABYTE
SMALL_INPUT_BYTES = 4 * MEGABYTE

DEFAULT = "default"
"""A choice that leaves a value to the server; it is never sent."""

IMAGE_ONLY, WITH_TURNS = "image", "turns"
"""The context that an edit sends besides its prompt: the image alone, or the turns before it as well."""

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
SIZES = ("auto", "1024x1024", "1536x1024", "1024x1536")
MORE_SIZES = (*SIZES, "2048x2048", "2048x1152", "1152x2048", "3840x2160", "2160x3840")


@dataclass(frozen=True)
class Family:
    """Models that take the same parameters. `defaults` and `wires` override those of the declarations."""

    name: str
    kinds: Mapping[str, Kind]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    wires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    response_format: str = "b64_json"  # what the API returns by default

    def derive(self, name: str, *, without: tuple[str, ...] = (), **kinds: Kind) -> Family:
        """Return a family that takes the same parameters, without some and with others replaced or added."""
        merged = {key: kind for key, kind in {**self.kinds, **kinds}.items() if key not in without}
        return Family(name, merged, self.defaults, self.wires, self.response_format)


GPT_IMAGE_1 = Family(
    "GPT Image 1",
    {
        "model": ModelName(),
        "prompt": Text(32_000, multiline=True),
        "n": Integer(1, 10),
        "size": Size(SIZES),
        "quality": Choice(("auto", "low", "medium", "high")),
        "output_format": Choice(("png", "jpeg", "webp")),
        "output_compression": Integer(0, 100),
        "background": Choice(("auto", "opaque", "transparent")),
        "moderation": Choice(("auto", "low")),
        "input_fidelity": Choice(("low", "high")),
        "stream": Switch(),
        "partial_images": Integer(0, 3),
        "user": Text(512),
        "output_field": FieldName(),
        "image": Images(1, 16, INPUT_BYTES),
        "mask": MaskImage(SMALL_INPUT_BYTES),
        "context": Choice((IMAGE_ONLY, WITH_TURNS), {IMAGE_ONLY: "The image only", WITH_TURNS: "The turns before"}),
        "main_model": Text(200),
    },
)
GPT_IMAGE_1_MINI = GPT_IMAGE_1.derive("GPT Image 1 mini", input_fidelity=Choice(("low",)))
CHATGPT_IMAGE = GPT_IMAGE_1.derive("ChatGPT Image", without=("input_fidelity",))
GPT_IMAGE_2 = GPT_IMAGE_1.derive("GPT Image 2", without=("input_fidelity",), size=Size(MORE_SIZES, free=True))
GPT_IMAGE_2_5 = GPT_IMAGE_2.derive(
    "GPT Image 2.5",
    quality=Choice(("auto", "low", "medium", "high", "xhigh", "max")),
    markup=MarkupImage(INPUT_BYTES),
)
GPT_IMAGE_2_6 = GPT_IMAGE_2_5.derive(
    "GPT Image 2.6",
    output_format=Choice(("png", "jpeg", "webp", "gif", "svg")),
    complexity=Choice((DEFAULT, "low", "medium", "high")),
    frame_count=Integer(2, 16),
    frame_duration_ms=Integer(10, 655_350, step=10),
    svg_model=Text(200),
    svg_reasoning_effort=Choice((DEFAULT, *EFFORTS)),
)

DALL_E_3 = Family(
    "DALL·E 3",
    {
        "model": ModelName(),
        "prompt": Text(4_000, multiline=True),
        "n": Integer(1, 1),
        "size": Size(("1024x1024", "1792x1024", "1024x1792")),
        "quality": Choice(("standard", "hd")),
        "style": Choice(("vivid", "natural")),
        "response_url": Switch(),
        "output_field": FieldName(),
        "user": Text(512),
    },
    defaults={"size": "1024x1024", "quality": "standard"},
    wires={"user": ("user",)},
    response_format="url",
)
DALL_E_2 = Family(
    "DALL·E 2",
    {
        "model": ModelName(),
        "prompt": Text(1_000, multiline=True),
        "n": Integer(1, 10),
        "size": Size(("256x256", "512x512", "1024x1024")),
        "quality": Choice(("standard",)),
        "response_url": Switch(),
        "output_field": FieldName(),
        "user": Text(512),
        "image": Images(1, 1, SMALL_INPUT_BYTES, ("image/png",), square=True),
        "mask": MaskImage(SMALL_INPUT_BYTES),
    },
    defaults={"size": "1024x1024", "quality": "standard"},
    wires={"user": ("user",)},
    response_format="url",
)

VISION = Family(
    "Vision",
    {
        "model": ModelName(),
        "text": Text(200_000, multiline=True),
        "input_type": Choice(
            ("files", "urls", "none"), {"files": "File(s)", "urls": "Image URL(s)", "none": "No image"}
        ),
        "image_urls": Urls(20),
        "image": Images(1, 20, INPUT_BYTES),
        "detail": Choice(("auto", "low", "high", "original")),
        "max_output_tokens": Integer(16, 128_000),
        "simplify": Switch(),
        "stream": Switch(),
    },
)
VISION_REASONING = VISION.derive("Vision with reasoning", reasoning_effort=Choice(EFFORTS))

# A team's own model: every parameter, with the widest choices of any family.
UNKNOWN_IMAGE = Family(
    "Not in the catalogue",
    {
        **GPT_IMAGE_2_6.kinds,
        "size": Size((*MORE_SIZES, "512x512", "256x256", "1792x1024", "1024x1792"), free=True, bounded=False),
        "quality": Choice(("auto", "low", "medium", "high", "xhigh", "max", "standard", "hd")),
        "style": Choice((DEFAULT, "vivid", "natural")),
        "input_fidelity": Choice(("low", "high")),
        "response_url": Switch(),
    },
    defaults={"style": DEFAULT},
    wires={"user": ("user",)},
)
UNKNOWN_VISION = Family(
    "Not in the catalogue",
    {**VISION.kinds, "reasoning_effort": Choice((DEFAULT, *EFFORTS))},
    defaults={"reasoning_effort": DEFAULT},
)
