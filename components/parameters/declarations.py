"""The parameters of generate and edit, declared once for form, validation, wire, engine, tables and tests.

Choices and limits differ between families of models. A declaration has the widest ones;
`operations.parameters_for` replaces them by those of a model.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.parameters.models import families
from components.parameters.parameter import Group, Parameter

GENERATIONS = "https://platform.openai.com/docs/api-reference/images/create"
RESPONSES = "https://platform.openai.com/docs/api-reference/responses/create"
EDITS = "https://platform.openai.com/docs/api-reference/images/createEdit"
N8N_SOURCE = "n8n, OpenAI Image operations"

_widest = families.UNKNOWN_IMAGE.kinds


def _image_parameter(name: str, label: str, default: Any, help: str, *wire: str, **more: Any) -> Parameter:
    return Parameter(name, label, _widest[name], default, help, more.pop("source", GENERATIONS), wire, **more)


MAIN_GROUP = {"group": Group.MAIN}
ALWAYS_SEND = {"always_send": True}

MODEL = _image_parameter(
    "model",
    "Model",
    "gpt-image-2.6-flare",
    "The model that makes the image. You can type any name; a model that is not in the list gets every parameter. "
    "Models that OpenAI has retired come last: other servers may still have them.",
    "model",
    required=True,
    **MAIN_GROUP,
    **ALWAYS_SEND,
)
PROMPT = _image_parameter(
    "prompt",
    "Prompt",
    "",
    "What the image shows. At most 1000 characters for dall-e-2, 4000 for dall-e-3, 32000 for GPT Image models.",
    "prompt",
    required=True,
    **MAIN_GROUP,
    **ALWAYS_SEND,
    fixed="Write {a|b} in the prompt, or several prompts, one a line.",
)
SIZE = _image_parameter(
    "size",
    "Size",
    "auto",
    "Width x height in pixels. From gpt-image-2 on any size can be typed: both divisible by 16, ratio 1:3 to 3:1, "
    "longest edge 3840, 655,360 to 8,294,400 pixels in total; sizes above 2560x1440 are experimental.",
    "size",
    **MAIN_GROUP,
)
N = _image_parameter(
    "n",
    "Number of images",
    1,
    "How many images one run makes, 1 to 10. Each one costs the same.",
    "n",
    capability="several_images",
    **MAIN_GROUP,
)
QUALITY = _image_parameter(
    "quality",
    "Quality",
    "auto",
    "Higher quality means finer details, more time and higher cost. HD, for dall-e-3, adds finer details and greater "
    "consistency across the image.",
    "quality",
    **MAIN_GROUP,
)
OUTPUT_FORMAT = _image_parameter(
    "output_format",
    "Output format",
    "png",
    "The file format of the images. Transparent backgrounds need png or webp. 2.6 models also make gif and svg.",
    "output_format",
    capability="output_{}",
    **MAIN_GROUP,
)
BACKGROUND = _image_parameter(
    "background",
    "Background",
    "auto",
    "Transparent removes the background and needs png or webp. With gpt-image-2 it is a preview feature.",
    "background",
    **MAIN_GROUP,
)
OUTPUT_COMPRESSION = _image_parameter(
    "output_compression",
    "Output compression",
    100,
    "For jpeg and webp: 100 is the best quality, 0 the smallest file.",
    "output_compression",
)
STYLE = _image_parameter(
    "style",
    "Style",
    "vivid",
    "Vivid is hyper-real and dramatic, natural looks more like a photograph. For dall-e-3.",
    "style",
)
MODERATION = _image_parameter(
    "moderation",
    "Moderation",
    "auto",
    "Low makes content filtering less strict.",
    "moderation",
)
COMPLEXITY = _image_parameter(
    "complexity",
    "Complexity",
    families.DEFAULT,
    "How detailed the image is. Default leaves it to the model.",
    "complexity",
)
FRAME_COUNT = _image_parameter("frame_count", "Frames", 9, "How many frames the animation has, 2 to 16.", "frame_count")
FRAME_DURATION = _image_parameter(
    "frame_duration_ms",
    "Frame duration (ms)",
    200,
    "How long each frame is shown, in milliseconds, in steps of 10.",
    "frame_duration_ms",
)
SVG_MODEL = _image_parameter(
    "svg_model",
    "SVG model",
    "",
    "The model that writes the SVG from the image. Leave it empty to let the server choose.",
    "svg",
    "model",
)
SVG_EFFORT = _image_parameter(
    "svg_reasoning_effort",
    "SVG reasoning effort",
    families.DEFAULT,
    "How long the SVG model reasons. Needs an SVG model; default leaves it to that model.",
    "svg",
    "reasoning",
    "effort",
)
STREAM = _image_parameter(
    "stream",
    "Stream",
    False,
    "Show each image as soon as it is finished, instead of all at the end.",
    "stream",
    initial=True,
    capability="stream",
)
PARTIAL_IMAGES = _image_parameter(
    "partial_images",
    "Partial images",
    0,
    "How many previews to show while an image is made, 0 to 3. Each costs 100 output tokens; there may be fewer.",
    "partial_images",
    initial=1,
    capability="partial_images",
)
RESPONSE_URL = _image_parameter(
    "response_url",
    "Respond with image URL(s)",
    False,
    "The server returns links instead of data. Links expire after 60 minutes, so the app downloads them at once. "
    "For dall-e-2 and dall-e-3; GPT Image models always return data.",
    "response_format",
    capability="links",
    fixed="Links and data bring the same images.",
)
OUTPUT_FIELD = _image_parameter(
    "output_field",
    "Put output in field",
    "data",
    "The name of downloaded files, and of the field that holds the image in exported JSON and n8n workflows. It is "
    "not sent.",
    source=N8N_SOURCE,
    group=Group.AUTOMATION,
    fixed="It is not sent.",
)
USER = _image_parameter(
    "user",
    "User",
    "",
    "An identifier of the person behind the request, which helps the server to detect abuse. Do not use a real "
    "name. GPT Image models receive it as safety_identifier.",
    "safety_identifier",
    group=Group.AUTOMATION,
    fixed="It identifies a person, so sheets do not store it.",
)
INPUT_FIDELITY = _image_parameter(
    "input_fidelity",
    "Input fidelity",
    "low",
    "How closely the model keeps the style and features of the input images, faces above all.",
    "input_fidelity",
    source=EDITS,
)
IMAGE = _image_parameter(
    "image",
    "Image(s)",
    (),
    "The images to edit: png, webp or jpg, up to 16, each under 50 MB. dall-e-2 takes one square png under 4 MB.",
    "image",
    source=EDITS,
    capability="image_field",
    required=True,
    **MAIN_GROUP,
)
MASK = _image_parameter(
    "mask",
    "Image mask",
    None,
    "A PNG under 4 MB of the first image's size. The image is edited where the mask is fully transparent.",
    "mask",
    source=EDITS,
    capability="mask",
    **MAIN_GROUP,
    fixed="It lies over the first image, which all cells share.",
)
MARKUP = _image_parameter(
    "markup",
    "Markup",
    None,
    "A transparent PNG drawn over the first image that shows what to change. Cannot be combined with a mask.",
    "markup",
    source=EDITS,
    **MAIN_GROUP,
    fixed="It lies over the first image, which all cells share.",
)

CONTEXT = _image_parameter(
    "context",
    "Context",
    families.IMAGE_ONLY,
    "What the model knows besides the prompt and the images. With the turns before, it gets the prompts and images "
    "that led to this one, by way of a text model, whose tokens cost as well. That makes 1 image a run.",
    source=RESPONSES,
    fixed="Each cell is sent on its own, without earlier turns.",
)
MAIN_MODEL = _image_parameter(
    "main_model",
    "Text model",
    "gpt-6.1-terra",
    "The model that reads the turns before and tells the image model what to make. Needs the Responses API.",
    source=RESPONSES,
    required=True,
    fixed="Each cell is sent on its own, without earlier turns.",
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

GENERATE = (MODEL, PROMPT, SIZE, N, QUALITY, OUTPUT_FORMAT, BACKGROUND, STYLE, MODERATION, *SHARED)

EDIT = (
    replace(MODEL, default="gpt-image-2.6-sunburst", source=EDITS),
    IMAGE,
    replace(
        PROMPT,
        help="What to change, and what the image shows afterwards. At most 1000 characters for dall-e-2, 32000 "
        "for GPT Image models.",
        source=EDITS,
    ),
    *(replace(one, source=EDITS) for one in (SIZE, N, QUALITY, OUTPUT_FORMAT, BACKGROUND)),
    INPUT_FIDELITY,
    MASK,
    MARKUP,
    CONTEXT,
    MAIN_MODEL,
    *(replace(one, source=EDITS) if one is not OUTPUT_FIELD else one for one in SHARED),
)
