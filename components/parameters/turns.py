"""The body of an edit that has the turns before it as context: /responses with the image generation tool.

Source: the types `ImageGeneration` and `ImageGenerationCall` of the openai package.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.parameters.request import Request

TOOL = "image_generation"
CALL = "image_generation_call"
# The parameters of an edit that say whether turns come before it, and which model reads them.
OF_TURNS = frozenset({"context", "main_model"})
# What of an edit's body belongs to the tool; the rest, besides the prompt, belongs to the response.
_OF_TOOL = frozenset(
    {
        "background",
        "complexity",
        "frame_count",
        "frame_duration_ms",
        "input_fidelity",
        "output_compression",
        "output_format",
        "partial_images",
        "quality",
        "size",
        "svg",
    }
)


def turn_message(prompt: str, images: Sequence[Any]) -> dict[str, Any]:
    """Return a person's turn: the prompt, then each image's data URL."""
    parts = [{"type": "input_image", "image_url": image, "detail": "auto"} for image in images]
    return {"role": "user", "content": [{"type": "input_text", "text": prompt}, *parts]}


def turn_body(
    request: Request, given: Sequence[Any], main_model: str, mask: Any = None, *, streams: bool = True
) -> dict[str, Any]:
    """Return the body of an edit by /responses. `given` are the items of its input, `mask` is a data URL."""
    off = frozenset() if streams else frozenset({"stream", "partial_images"})
    sent = {name: value for name, value in request.wire().items() if name not in off}
    tool = {"type": TOOL, "action": "edit", "model": request.values["model"]}
    tool |= {name: value for name, value in sent.items() if name in _OF_TOOL}
    if mask is not None:
        tool["input_image_mask"] = {"image_url": mask}
    body: dict[str, Any] = {
        "model": main_model,
        "input": list(given),
        "tools": [tool],
        "tool_choice": {"type": TOOL},
    }
    body |= {name: sent[name] for name in ("stream", "safety_identifier") if name in sent}
    return body
