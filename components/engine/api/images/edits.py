"""Serve `POST /v1/images/edits`: a multipart form, or JSON with data URLs; errors as OpenAI words them."""

from __future__ import annotations

import math

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from components.engine.api import errors
from components.engine.api.errors import RequestError
from components.engine.api.faults import marks_of, moderate
from components.engine.api.images.generations import answer, read_json
from components.engine.api.images.image_job import ImageJob, spec_of
from components.engine.api.uploads import Part, Parts, check_type, describe, from_form, from_json, open_upright
from components.engine.api.validation import CheckedRequest, check, check_model
from components.engine.drawing import DrawSpec, trace_svg
from components.engine.editing import EditInputs, edit_image
from components.engine.editing.backdrop import over_backdrop
from components.parameters import Images, MaskImage, Model

MOST_PIXELS = 8_294_400  # the largest image that comes out, from the reference's limits of sizes
LONGEST = 3840


async def edit(request: Request) -> Response:
    """Answer an edit request."""
    form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == "multipart/form-data"
    parts = await from_form(request) if form else from_json(await read_json(request))
    model = check_model("edit", parts.texts)
    images = parts.named("image", "image[]")
    if not images:
        raise errors.missing("image")
    opened = tuple(_opened(part, model, len(images)) for part in images)
    inputs = tuple(describe(part, image) for part, image in zip(images, opened, strict=True))
    checked = check("edit", parts.texts, inputs, form=form)
    mask = overlay(parts, "mask", opened[0], model)
    markup = overlay(parts, "markup", opened[0], model)
    if mask is not None and markup is not None:
        raise errors.not_allowed("markup", "'mask' and 'markup' cannot be used together.")
    if mask is not None and checked.output_format == "gif":
        raise errors.not_allowed("mask", "'mask' is not supported with output_format 'gif'.")
    moderate(checked.prompt, "auto")
    fidelity = str(checked.values.get("input_fidelity", "low"))
    edit_inputs = EditInputs(opened, mask, markup, fidelity, marks_of(checked.prompt).ignore_mask)
    return await answer(request, job_of(checked, edit_inputs))


def job_of(checked: CheckedRequest, edit_inputs: EditInputs) -> ImageJob:
    """Return the job of an edit."""
    width, height = _size(checked, edit_inputs.images[0])

    def spec(index: int) -> DrawSpec:
        return spec_of(checked, index, (width, height))

    def draw(index: int, phase: float = 0.0) -> Image.Image:
        return over_backdrop(edit_image(spec(index), edit_inputs, phase), spec(index).backdrop)

    def write_svg(index: int) -> bytes:
        return trace_svg(draw(index), spec(index))

    return ImageJob(checked, width, height, draw, write_svg, event="image_edit")


def _size(checked: CheckedRequest, first: Image.Image) -> tuple[int, int]:
    """Return the requested size; "auto" is the first image's own, made smaller if it is over the API's limits."""
    size = str(checked.values.get("size", "auto"))
    if size != "auto":
        width, height = size.split("x")
        return int(width), int(height)
    shrink = min(1.0, LONGEST / max(first.size), math.sqrt(MOST_PIXELS / (first.width * first.height)))
    return max(1, int(first.width * shrink)), max(1, int(first.height * shrink))


def _opened(part: Part, model: Model, count: int) -> Image.Image:
    kind = model.family.kinds["image"]
    assert isinstance(kind, Images)
    if count > kind.maximum:
        raise errors.too_many("image", count, kind.maximum)
    check_type(part)
    if len(part.data) >= kind.max_bytes:
        raise errors.file_too_large(part.param, len(part.data), kind.max_bytes)
    image = open_upright(part.data, part.name, part.param)
    if part.content_type not in kind.content_types or (kind.square and image.width != image.height):
        message = f"Uploaded image must be a square PNG and less than {kind.max_bytes // 1_000_000} MB."
        raise RequestError(400, message, param="image", code="invalid_image_file")
    return image


def overlay(parts: Parts, name: str, first: Image.Image, model: Model) -> Image.Image | None:
    """Return the mask or the markup: a PNG of the first image's size with an alpha channel."""
    found = parts.named(name)
    if not found:
        return None
    kind = model.family.kinds.get(name)
    if not isinstance(kind, MaskImage):
        raise errors.unsupported(name, model.id)
    part = found[0]
    check_type(part, ("image/png",))
    if len(part.data) >= kind.max_bytes:
        raise errors.file_too_large(name, len(part.data), kind.max_bytes)
    image = open_upright(part.data, part.name, name)
    code = f"invalid_{name}_image_format"
    if image.size != first.size:
        sizes = f"{image.width}x{image.height}, the image {first.width}x{first.height}"
        message = f"Invalid {name} image format - {name} size does not match image size: the {name} is {sizes}."
        raise RequestError(400, message, param=name, code=code)
    if not image.has_transparency_data:
        message = f"Invalid {name} image format - {name} image missing alpha channel."
        raise RequestError(400, message, param=name, code=code)
    if name == "markup" and image.convert("RGBA").getchannel("A").getextrema()[0] == 255:
        message = "Invalid markup image format - markup must contain transparent pixels."
        raise RequestError(400, message, param=name, code=code)
    return image
