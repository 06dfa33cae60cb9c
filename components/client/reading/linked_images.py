"""Fetch the images that a response links to, one after the other. A failure does not stop the others."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

from components.client import errors
from components.client.errors import ApiError
from components.client.http.retry import FIRST_DELAY, MAX_RETRIES
from components.client.masking import scrub
from components.client.reading.body import ReadContext, ResponseReader
from components.client.reading.image_file import ImageFile
from components.client.reading.links import LinkFetcher


def links_in(data: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return the links in a response's ``data``, each with the members beside it."""
    found = [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []
    return [(item["url"], item) for item in found if isinstance(item.get("url"), str) and item["url"]]


async def fetch_all(
    links: Sequence[str], answer: ResponseReader, folder: Path, context: ReadContext
) -> AsyncGenerator[tuple[int, ImageFile | ApiError], None]:
    """Yield for each link its number, and the file with the image or the error."""
    limits = context.limits
    fetcher = LinkFetcher(
        answer.endpoint,
        answer.connection.endpoint_name,
        connect_timeout=limits.connect_timeout,
        read_timeout=limits.read_timeout,
        limit=limits.max_response_bytes,
    )
    try:
        for number, link in enumerate(links):
            try:
                yield number, await _fetch(fetcher, link, answer, folder, context)
            except ApiError as exc:
                exc.request_id = answer.request_id
                exc.what, exc.next_step = (scrub(one, answer.connection.secrets) for one in (exc.what, exc.next_step))
                yield number, exc
    finally:
        await fetcher.aclose()


async def _fetch(
    fetcher: LinkFetcher, link: str, answer: ResponseReader, folder: Path, context: ReadContext
) -> ImageFile:
    """Return the link's image. Retry failures that may pass: fetching is free."""
    for attempt in range(MAX_RETRIES + 1):
        file = ImageFile(folder)
        try:
            with answer.explained():
                await fetcher.fetch(link, file)
            return file
        except BaseException as exc:
            await context.worker.run(file.discard)
            if attempt == MAX_RETRIES or not _may_pass(exc):
                raise
        await context.sleep(FIRST_DELAY * 2**attempt)
    raise AssertionError("the last attempt either returns or raises")


def _may_pass(exc: BaseException) -> bool:
    return (
        isinstance(exc, errors.LinkFailed)
        and not isinstance(exc, errors.ForbiddenLink)
        and (exc.status is None or exc.status >= 500)
    )
