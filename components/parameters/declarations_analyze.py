"""The parameters of analyze, declared once. `text`, `image_urls`, `image` and `detail` are parts of the message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.parameters.declarations import ALWAYS_SEND, MAIN_GROUP, MODEL, N8N_SOURCE, RESPONSES
from components.parameters.models import families
from components.parameters.parameter import Parameter

_widest = families.UNKNOWN_VISION.kinds


def _analysis_parameter(name: str, label: str, default: Any, help: str, *wire: str, **more: Any) -> Parameter:
    return Parameter(name, label, _widest[name], default, help, more.pop("source", RESPONSES), wire, **more)


ANALYZE = (
    replace(
        MODEL,
        kind=_widest["model"],
        default="gpt-6.1-terra",
        help="The model that looks at the images. You can type any name.",
        source=RESPONSES,
    ),
    _analysis_parameter(
        "text",
        "Text input",
        "What's in this image?",
        "What you want to know.",
        required=True,
        inside="input_text",
        **MAIN_GROUP,
    ),
    _analysis_parameter(
        "input_type",
        "Input type",
        "files",
        "Where the images come from: files that you add here, or URLs that the server fetches. Without an image, "
        "only the text is sent.",
        source=N8N_SOURCE,
        **MAIN_GROUP,
    ),
    _analysis_parameter(
        "image_urls",
        "Image URL(s)",
        (),
        "Up to 20 image URLs, separated by commas or lines. The server fetches them, so it must be able to reach them.",
        source=N8N_SOURCE,
        inside="input_image",
        **MAIN_GROUP,
    ),
    _analysis_parameter(
        "image",
        "Image(s)",
        (),
        "The images to look at, up to 20, each under 50 MB.",
        inside="input_image",
        **MAIN_GROUP,
    ),
    _analysis_parameter(
        "detail",
        "Detail",
        "auto",
        "How closely the model looks: low is fast and costs few tokens, high and original see more and cost more.",
        inside="detail",
    ),
    _analysis_parameter(
        "max_output_tokens",
        "Length of description (max tokens)",
        300,
        "The maximum length of the answer, in tokens. Fewer tokens mean a shorter description. Reasoning counts too.",
        "max_output_tokens",
        **ALWAYS_SEND,
    ),
    _analysis_parameter(
        "reasoning_effort",
        "Reasoning effort",
        "none",
        "How long the model reasons before it answers. With none, all tokens are left for the answer.",
        "reasoning",
        "effort",
        **ALWAYS_SEND,
    ),
    _analysis_parameter(
        "simplify",
        "Simplify output",
        True,
        "Show only the answer instead of the full response.",
        source=N8N_SOURCE,
    ),
    _analysis_parameter("stream", "Stream", True, "The answer appears word by word.", "stream"),
)
