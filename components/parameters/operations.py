"""The three operations and their parameters, declared once, in the order of the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from components.parameters import families
from components.parameters.catalogue import find_model
from components.parameters.kinds import Invalid
from components.parameters.parameter import Group, Parameter

GENERATIONS = "https://platform.openai.com/docs/api-reference/images/create"
EDITS = "https://platform.openai.com/docs/api-reference/images/createEdit"
RESPONSES = "https://platform.openai.com/docs/api-reference/responses/create"
SEED = "n8n, OpenAI Image operations"

_widest = families.UNKNOWN_MAKER.kinds
_seer = families.UNKNOWN_SEER.kinds


def _made(name: str, label: str, default: Any, help: str, *wire: str, **more: Any) -> Parameter:
    return Parameter(name, label, _widest[name], default, help, more.pop("source", GENERATIONS), wire, **more)


def _seen(name: str, label: str, default: Any, help: str, *wire: str, **more: Any) -> Parameter:
    return Parameter(name, label, _seer[name], default, help, more.pop("source", RESPONSES), wire, **more)


MAIN = {"group": Group.MAIN}
SENT = {"always_send": True}

MODEL = _made(
    "model",
    "Model",
    "gpt-image-2.6-flare",
    "Which model makes the image. Any name can be typed; one that is not in the list gets every parameter. "
    "Models that ended at OpenAI stand last: other servers may still have them.",
    "model",
    required=True,
    **MAIN,
    **SENT,
)
PROMPT = _made(
    "prompt",
    "Prompt",
    "",
    "What is to be seen. At most 1000 characters for dall-e-2, 4000 for dall-e-3, 32000 for GPT Image models.",
    "prompt",
    required=True,
    **MAIN,
    **SENT,
)
SIZE = _made(
    "size",
    "Size",
    "auto",
    "Width x height in pixels. From gpt-image-2 on any size can be typed: both divisible by 16, ratio 1:3 to 3:1, "
    "longest edge 3840, 655,360 to 8,294,400 pixels in all; above 2560x1440 it is experimental.",
    "size",
    **MAIN,
)
N = _made("n", "Number of images", 1, "How many images one run makes, 1 to 10. Each costs the same.", "n", **MAIN)
QUALITY = _made(
    "quality",
    "Quality",
    "auto",
    "More quality means finer details, more time and more money. HD, for dall-e-3, gives finer details and greater "
    "consistency across the image.",
    "quality",
    **MAIN,
)
OUTPUT_FORMAT = _made(
    "output_format",
    "Output format",
    "png",
    "The file format of the images. Transparent backgrounds need png or webp. gif and svg are made by 2.6 models.",
    "output_format",
    **MAIN,
)
BACKGROUND = _made(
    "background",
    "Background",
    "auto",
    "Transparent leaves out the background; it needs png or webp. With gpt-image-2 it is a preview.",
    "background",
    **MAIN,
)
OUTPUT_COMPRESSION = _made(
    "output_compression",
    "Output compression",
    100,
    "For jpeg and webp: 100 keeps the most, 0 gives the smallest file.",
    "output_compression",
)
STYLE = _made(
    "style",
    "Style",
    "vivid",
    "Vivid is hyper-real and dramatic, natural looks more like a photograph. For dall-e-3.",
    "style",
)
MODERATION = _made(
    "moderation",
    "Moderation",
    "auto",
    "Low makes the safety system less strict with what is generated.",
    "moderation",
)
COMPLEXITY = _made(
    "complexity",
    "Complexity",
    families.DEFAULT,
    "How much is going on in the image; default leaves it to the model.",
    "complexity",
)
FRAME_COUNT = _made("frame_count", "Frames", 9, "How many frames the animation has, 2 to 16.", "frame_count")
FRAME_DURATION = _made(
    "frame_duration_ms",
    "Frame duration (ms)",
    200,
    "How long each frame stays, in milliseconds, in steps of 10.",
    "frame_duration_ms",
)
SVG_MODEL = _made(
    "svg_model",
    "SVG model",
    "",
    "The model that writes the SVG from the image. Leave it empty where the server chooses by itself.",
    "svg",
    "model",
)
SVG_EFFORT = _made(
    "svg_reasoning_effort",
    "SVG reasoning effort",
    families.DEFAULT,
    "How long the SVG model thinks; it needs an SVG model. Default leaves it to that model.",
    "svg",
    "reasoning",
    "effort",
)
STREAM = _made(
    "stream",
    "Stream",
    False,
    "Each image is shown as soon as it is made, instead of all at the end.",
    "stream",
)
PARTIAL_IMAGES = _made(
    "partial_images",
    "Partial images",
    0,
    "How many previews come while an image is made, 0 to 3. Each costs 100 output tokens; fewer may come.",
    "partial_images",
)
RESPONSE_URL = _made(
    "response_url",
    "Respond with image URL(s)",
    False,
    "The server answers with links instead of data. Links die after 60 minutes, so they are fetched at once and "
    "kept as files. For dall-e-2 and dall-e-3; GPT Image models always answer with data.",
    "response_format",
)
OUTPUT_FIELD = _made(
    "output_field",
    "Put output in field",
    "data",
    "Names the downloaded files, and the field that holds the image in exported JSON and n8n workflows. It is not "
    "sent.",
    source=SEED,
)
USER = _made(
    "user",
    "User",
    "",
    "A name that stands for the person behind the request and helps the server to detect abuse. Do not use a real "
    "name. GPT Image models get it as safety_identifier.",
    "safety_identifier",
)
INPUT_FIDELITY = _made(
    "input_fidelity",
    "Input fidelity",
    "low",
    "How hard the model tries to keep style and features of the pictures that go in, faces above all.",
    "input_fidelity",
    source=EDITS,
)
IMAGE = _made(
    "image",
    "Image(s)",
    (),
    "The pictures to edit: png, webp or jpg, up to 16, each under 50 MB. dall-e-2 takes one square png under 4 MB.",
    "image",
    source=EDITS,
    required=True,
    **MAIN,
)
MASK = _made(
    "mask",
    "Image mask",
    None,
    "A PNG under 4 MB of the first picture's size. Where it is fully transparent, that picture is edited.",
    "mask",
    source=EDITS,
    **MAIN,
)
MARKUP = _made(
    "markup",
    "Markup",
    None,
    "A transparent PNG, drawn over the first picture, that shows what to change. Not together with a mask.",
    "markup",
    source=EDITS,
    **MAIN,
)

SHARED = (
    OUTPUT_COMPRESSION,
    COMPLEXITY,
    FRAME_COUNT,
    FRAME_DURATION,
    SVG_MODEL,
    SVG_EFFORT,
    STREAM,
    PARTIAL_IMAGES,
    RESPONSE_URL,
    OUTPUT_FIELD,
    USER,
)

ANALYZE = (
    replace(
        MODEL,
        kind=_seer["model"],
        default="gpt-6.1-terra",
        help="Which model looks at the pictures. Any name can be typed.",
        source=RESPONSES,
    ),
    _seen("text", "Text input", "What's in this image?", "What you want to know.", required=True, **MAIN, **SENT),
    _seen(
        "input_type",
        "Input type",
        "files",
        "Where the pictures come from: files that you add here, or addresses that the server fetches.",
        source=SEED,
        **MAIN,
    ),
    _seen(
        "image_urls",
        "Image URL(s)",
        (),
        "Addresses of pictures, separated by commas or lines, up to 20. The server fetches them, so it must reach "
        "them.",
        source=SEED,
        **MAIN,
    ),
    _seen("image", "Image(s)", (), "The pictures to look at, up to 20, each under 50 MB.", **MAIN),
    _seen(
        "detail",
        "Detail",
        "auto",
        "How closely the model looks: low is fast and costs few tokens, high and original see more and cost more.",
        **SENT,
    ),
    _seen(
        "max_output_tokens",
        "Length of description (max tokens)",
        300,
        "The longest answer, in tokens. Fewer give a shorter, less detailed description. Reasoning counts too.",
        "max_output_tokens",
        **SENT,
    ),
    _seen(
        "reasoning_effort",
        "Reasoning effort",
        "none",
        "How long the model thinks before it answers. With none, all the tokens are there for the answer.",
        "reasoning",
        "effort",
        **SENT,
    ),
    _seen(
        "simplify",
        "Simplify output",
        True,
        "Show the answer alone instead of the whole response.",
        source=SEED,
    ),
    _seen("stream", "Stream", True, "The answer appears word by word.", "stream"),
)


@dataclass(frozen=True)
class Operation:
    """One thing people do: its name, its label, the button that runs it, its parameters in form order."""

    name: str
    label: str
    button: str
    default_model: str
    parameters: tuple[Parameter, ...]


_CREATE = (MODEL, PROMPT, SIZE, N, QUALITY, OUTPUT_FORMAT, BACKGROUND, STYLE, MODERATION, *SHARED)
_CHANGE = (
    MODEL,
    IMAGE,
    PROMPT,
    SIZE,
    N,
    QUALITY,
    OUTPUT_FORMAT,
    BACKGROUND,
    INPUT_FIDELITY,
    MASK,
    MARKUP,
    *SHARED,
)

OPERATIONS: Mapping[str, Operation] = {
    "generate": Operation("generate", "Generate", "Generate", MODEL.default, _CREATE),
    "edit": Operation("edit", "Edit", "Edit", "gpt-image-2.6-sunburst", _CHANGE),
    "analyze": Operation("analyze", "Analyze", "Analyze", "gpt-6.1-terra", ANALYZE),
}

# A parameter on the left means something only while another has one of these values.
SHOWN_WHEN: Mapping[str, tuple[str, frozenset[Any]]] = {
    "output_compression": ("output_format", frozenset({"jpeg", "webp"})),
    "frame_count": ("output_format", frozenset({"gif"})),
    "frame_duration_ms": ("output_format", frozenset({"gif"})),
    "svg_model": ("output_format", frozenset({"svg"})),
    "svg_reasoning_effort": ("output_format", frozenset({"svg"})),
    "stream": ("output_format", frozenset({"png", "jpeg", "webp"})),
    "partial_images": ("output_format", frozenset({"png", "jpeg", "webp"})),
    "output_field": ("response_url", frozenset({False})),
    "image_urls": ("input_type", frozenset({"urls"})),
}


def narrowed(operation: str, model: str) -> Iterator[Parameter]:
    """The parameters that a model takes for an operation, with its own choices, limits and defaults."""
    family = find_model(model, operation).family
    for parameter in OPERATIONS[operation].parameters:
        kind = family.kinds.get(parameter.name)
        if kind is None:
            continue
        default = family.defaults.get(parameter.name, parameter.default)
        wire = family.wires.get(parameter.name, parameter.wire)
        yield replace(parameter, kind=kind, default=default, wire=wire)


def _means_something(parameter: Parameter, there: Mapping[str, Parameter], raw: Mapping[str, Any]) -> bool:
    condition = SHOWN_WHEN.get(parameter.name)
    if condition is None or condition[0] not in there:
        return True
    other = there[condition[0]]
    try:
        value = other.kind.parse(raw.get(other.name, other.default))
    except Invalid:
        value = other.default
    return value in condition[1]


def applicable(operation: str, model: str, raw: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """The parameters to show for this model and these other raw values, in form order, narrowed to the model."""
    parameters = tuple(narrowed(operation, model))
    there = {parameter.name: parameter for parameter in parameters}
    return tuple(parameter for parameter in parameters if _means_something(parameter, there, raw))
