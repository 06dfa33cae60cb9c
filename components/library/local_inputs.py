"""Bring the inputs of a request onto this disk before it is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from components.parameters import InputImage, Request

if TYPE_CHECKING:
    from components.library.store import Library


def local_inputs(library: Library, request: Request) -> Request:
    """Return a request whose stored inputs are on this disk now.

    It may have waited for hours, or come from another server: copies of files on S3 are downloaded again. Raises
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
