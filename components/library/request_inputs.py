"""Input images of a request: outputs as inputs, and inputs on this disk before it is sent."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from components.library.errors import LibraryUnavailable
from components.library.records import StoredOutput
from components.library.store import Library
from components.parameters import InputImage, Request

STILL_FORMATS = frozenset({"png", "jpeg", "webp"})


def still_as_input(library: Library, output: StoredOutput) -> InputImage | None:
    """Return a PNG, JPEG or WebP output as an input image kept in the library; None if its file is missing.

    Return None for other formats too. Raise LibraryUnavailable.
    """
    path = library.file("original", output.sha256)
    if path is None or output.format not in STILL_FORMATS:
        return None
    name, kind = f"{output.id}.{path.suffix.lstrip('.')}", f"image/{output.format}"
    return library.keep_input(
        InputImage(path, name, kind, output.width, output.height, output.bytes, output.sha256, output.has_alpha)
    )


def on_this_disk(library: Library, image: InputImage) -> InputImage:
    """Return a stored input image whose file is on this disk.

    A draft may come from another server, and copies of files on S3 are removed after a while. Return the image as it is
    where its file cannot be had now.
    """
    if image.path.exists():
        return image
    with suppress(LibraryUnavailable):
        if (path := library.file("input", image.sha256)) is not None:
            return replace(image, path=path)
    return image


def local_inputs(library: Library, request: Request) -> Request:
    """Return a request whose stored inputs are on this disk now.

    It may have waited for hours, or come from another server: copies of files on S3 are downloaded again. Raise
    LibraryUnavailable where the library no longer has one.
    """

    def on_disk(image: InputImage) -> InputImage:
        path = library.file("input", image.sha256)
        return library.keep_input(image) if path is None else replace(image, path=path)

    return replace(
        request,
        images=tuple(on_disk(image) for image in request.images),
        mask=on_disk(request.mask) if request.mask else None,
        markup=on_disk(request.markup) if request.markup else None,
    )
