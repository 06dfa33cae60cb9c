"""Rules between parameters. Each rule checks parsed values and yields problems at their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.parameters.kinds import Images, Kind, MaskImage, shorten
from components.parameters.models.families import WITH_TURNS


@dataclass(frozen=True)
class InputImage:
    """An input image file: width and height in pixels, size in bytes, SHA-256, and whether it has an alpha channel."""

    path: Path
    name: str
    content_type: str
    width: int
    height: int
    bytes: int
    sha256: str
    has_alpha: bool = False


@dataclass(frozen=True)
class Inputs:
    """The images that go into a request: those to edit or look at, and the mask or markup over the first of them."""

    images: tuple[InputImage, ...] = ()
    mask: InputImage | None = None
    markup: InputImage | None = None

    @property
    def by_role(self) -> list[tuple[str, int, InputImage]]:
        """Return each image with its role ("image", "mask", "markup") and its place among those of its role."""
        found = [("image", place, image) for place, image in enumerate(self.images)]
        return found + [(role, 0, one) for role, one in (("mask", self.mask), ("markup", self.markup)) if one]


@dataclass(frozen=True)
class Problem:
    """Why a request cannot be sent: a sentence, and the parameter whose field shows it."""

    parameter: str
    message: str


@dataclass(frozen=True)
class Draft:
    """What the rules check: the values that could be parsed, the images, and the model's kinds."""

    operation: str
    model: str
    values: Mapping[str, Any]
    kinds: Mapping[str, Kind]
    images: tuple[InputImage, ...] = ()
    mask: InputImage | None = None
    markup: InputImage | None = None
    required: frozenset[str] = field(default_factory=frozenset)


def megabytes(count: int) -> str:
    """Format a number of bytes in MB, for example "4.2 MB"."""
    return f"{count / 1e6:.1f} MB" if count % 1_000_000 else f"{count // 1_000_000} MB"


def _required(draft: Draft) -> Iterator[Problem]:
    for name in sorted(draft.required):
        value = draft.values.get(name)
        if isinstance(value, str) and not value.strip():
            yield Problem(name, "Write something here first.")


def _transparent(draft: Draft) -> Iterator[Problem]:
    output_format = draft.values.get("output_format")
    if draft.values.get("background") == "transparent" and output_format not in {"png", "webp"}:
        yield Problem(
            "background", f"A transparent background needs the output format png or webp, not {output_format}."
        )


def _svg_count(draft: Draft) -> Iterator[Problem]:
    if draft.values.get("output_format") == "svg" and draft.values.get("n", 1) != 1:
        yield Problem("n", "With the output format svg, a run makes only 1 image.")


def _svg_effort(draft: Draft) -> Iterator[Problem]:
    effort = draft.values.get("svg_reasoning_effort", "default")
    if effort != "default" and not draft.values.get("svg_model"):
        yield Problem("svg_model", "An SVG reasoning effort needs an SVG model. Enter one, or choose default.")


def _image_urls(draft: Draft) -> Iterator[Problem]:
    # URLs that could not be parsed have no value, and a message of their own.
    if "image_urls" in draft.values and not draft.values["image_urls"]:
        yield Problem("image_urls", "Add an image to look at first.")


def _images(draft: Draft) -> Iterator[Problem]:
    kind = draft.kinds.get("image")
    if not isinstance(kind, Images):
        return
    count = len(draft.images)
    if count < kind.minimum:
        yield Problem("image", f"Add an image to {'edit' if draft.operation == 'edit' else 'look at'} first.")
    if count > kind.maximum:
        limit = "1 image" if kind.maximum == 1 else f"{kind.maximum} images"
        yield Problem("image", f"There are {count} images; {draft.model} takes at most {limit}.")
    for number, image in enumerate(draft.images, 1):
        yield from _image(kind, number, image)


def _format_name(image: InputImage) -> str:
    return image.content_type.removeprefix("image/") or "an unknown format"


def _image(kind: Images, number: int, image: InputImage) -> Iterator[Problem]:
    label = f"Image {number} ({shorten(image.name)})"
    if image.content_type not in kind.content_types:
        formats = ", ".join(content_type.removeprefix("image/") for content_type in kind.content_types)
        yield Problem("image", f"{label} is {_format_name(image)}; the model takes {formats}.")
    if image.bytes >= kind.max_bytes:
        yield Problem("image", f"{label} has {megabytes(image.bytes)}; it must be under {megabytes(kind.max_bytes)}.")
    if kind.square and image.width != image.height:
        yield Problem("image", f"{label} is {image.width}x{image.height}; the model takes only square images.")


def _overlay(draft: Draft, name: str, overlay: InputImage | None, what: str) -> Iterator[Problem]:
    kind = draft.kinds.get(name)
    if overlay is None or not isinstance(kind, MaskImage):
        return
    if overlay.content_type != "image/png":
        yield Problem(name, f"The {what} must be a PNG, not {_format_name(overlay)}.")
    elif not overlay.has_alpha:
        yield Problem(name, f"The {what} has no alpha channel, so it does not show where to edit.")
    if overlay.bytes >= kind.max_bytes:
        yield Problem(name, f"The {what} has {megabytes(overlay.bytes)}; it must be under {megabytes(kind.max_bytes)}.")
    if draft.images and (overlay.width, overlay.height) != (draft.images[0].width, draft.images[0].height):
        first = draft.images[0]
        yield Problem(
            name,
            f"The {what} is {overlay.width}x{overlay.height}, the first image {first.width}x{first.height}; "
            "they must have the same size.",
        )


def _mask(draft: Draft) -> Iterator[Problem]:
    yield from _overlay(draft, "mask", draft.mask, "mask")
    if draft.mask is not None and draft.values.get("output_format") == "gif":
        yield Problem(
            "mask", "The output format gif cannot be used with a mask. Remove the mask or choose another format."
        )


def _markup(draft: Draft) -> Iterator[Problem]:
    yield from _overlay(draft, "markup", draft.markup, "markup")
    if draft.mask is not None and draft.markup is not None:
        yield Problem("markup", "A mask and markup cannot be combined. Remove one of them.")


def _turns(draft: Draft) -> Iterator[Problem]:
    if draft.values.get("context") != WITH_TURNS:
        return
    if draft.values.get("n", 1) != 1:
        yield Problem("n", "With the turns before, a run makes only 1 image.")
    if draft.markup is not None:
        yield Problem("markup", "Markup cannot be sent with the turns before. Use a mask, or send the image only.")


RULES: tuple[Callable[[Draft], Iterator[Problem]], ...] = (
    _required,
    _transparent,
    _svg_count,
    _svg_effort,
    _image_urls,
    _images,
    _mask,
    _markup,
    _turns,
)


def check_rules(draft: Draft) -> Iterator[Problem]:
    """Yield every problem between the parameters of a draft."""
    for rule in RULES:
        yield from rule(draft)
