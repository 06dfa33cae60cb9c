"""A run as JSON for the browser's components, with the addresses of its images."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from components.images.provenance.manifest import carries_manifest
from components.library import StoredOutput, StoredRun
from components.library.files.content_store import extension
from components.runs import RunView
from components.ui.access.base_path import app_address
from components.ui.base.formatting.answer_markdown import markdown_blocks
from components.ui.base.formatting.time_format import in_batch_text
from components.ui.base.request_summary import request_line
from components.ui.process.workbench import workbench

# Files in these formats are shown as they are: their thumbnails would stand still or do not exist.
SHOWN_AS_ORIGINAL = frozenset({"gif", "svg"})
# What can go into a run again, an animation with its first frame.
RASTER_FORMATS = frozenset({"png", "jpeg", "webp", "gif"})


def original_address(sha256: str, image_format: str) -> str:
    """Return the address of an output's exact bytes."""
    return app_address(f"/files/originals/{sha256}.{extension(image_format)}")


def thumbnail_address(sha256: str, image_format: str) -> str:
    """Return the address of an output's thumbnail; the original itself for animations and SVG."""
    if image_format in SHOWN_AS_ORIGINAL:
        return original_address(sha256, image_format)
    return app_address(f"/files/thumbnails/{sha256}.webp")


# Letters of an answer that a tile has room for, and what in them is there for the layout alone.
SUMMARY_LENGTH = 400
_MARKS = re.compile(r"[*`#|]+|^\s*[-+>]\s+|-{3,}", re.MULTILINE)

# Versions that this app made itself stand behind all images that came; by role.
OFFSETS = {"composite": 1000, "cutout": 2000}
NAME_ENDS = {"composite": "-kept", "cutout": "-cut"}
VERSION_NAMES = {"composite": "kept outside the mask", "cutout": "background cut out"}


def image_note(image: StoredOutput) -> str:
    """Return the note below an image: how it was made, and whether its mask was respected."""
    facts = image.facts or {}
    if image.role == "composite":
        return "original kept outside the mask" + (", scaled to fit" if facts.get("scaled") else "")
    if image.role == "cutout":
        return f"flat background {facts.get('cut_background') or ''} cut out here".replace("  ", " ")
    if "not_cut" in facts:
        return f"The background was not cut out. {facts['not_cut']}"
    if "other_framing" in facts:
        return str(facts["other_framing"])
    if "changed_outside" in facts:
        scaled = " (after scaling)" if facts.get("scaled") else ""
        return f"{float(facts['changed_outside']) * 100:.1f}% changed outside the mask{scaled}"
    return ""


def download_name(image: StoredOutput, recipe: Mapping[str, Any]) -> str:
    """Return the file name for saving an image: the requested name, the run, the number."""
    name = str(recipe.get("values", {}).get("output_field") or "data")
    end = NAME_ENDS.get(image.role, "")
    return f"{name}-{image.run_id[-6:]}-{image.index + 1}{end}.{extension(image.format)}"


def summary_text(run: StoredRun) -> str:
    """Return a run's summary in place of an image: its answer without Markdown, or why it failed."""
    if run.text:
        return " ".join(_MARKS.sub("", run.text[:SUMMARY_LENGTH]).split())
    return str((run.error or {}).get("title") or "")


def image_json(image: StoredOutput, recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return one image of a run as JSON; `recipe` is the run's recipe."""
    return {
        "id": image.id,
        "index": image.index + OFFSETS.get(image.role, 0),
        "note": image_note(image),
        "src": original_address(image.sha256, image.format),
        "thumb": thumbnail_address(image.sha256, image.format),
        "name": download_name(image, recipe),
        "save": app_address(f"/outputs/{image.id}/download"),
        "width": image.width,
        "height": image.height,
        "format": image.format,
        "bytes": image.bytes,
        "alpha": image.has_alpha,
        "pixels": image.format in RASTER_FORMATS,
    }


@lru_cache(maxsize=4096)
def is_signed(sha256: str) -> bool:
    """Return whether an output's file carries signed provenance (C2PA), which a recipe in it breaks."""
    path = workbench().library.file("original", sha256)
    try:
        return path is not None and carries_manifest(path)
    except OSError:
        return False


def waiting_text(view: RunView) -> str | None:
    """Return how long a run waits in a batch; None for one that waits in none."""
    batch = (view.extra or {}).get("in_batch")
    return None if view.has_ended or not isinstance(batch, Mapping) else _in_batch(batch)


def _in_batch(batch: Mapping[str, Any]) -> str:
    since, until = (one if isinstance(one, int | float) else 0.0 for one in map(batch.get, ("since", "until")))
    return f"Waits {in_batch_text(since, until)}. Cancel ends the whole batch."


def run_json(view: RunView, answer: str | None = None) -> dict[str, Any]:
    """Return a run as JSON; times in Unix seconds, `now` is the server's clock.

    `answer` is the complete answer where this run continues an earlier one; without it, the run's own text. The JSON
    contains no key, no connection address and no path of the server.
    """
    return {
        "id": view.id,
        "operation": view.operation,
        "model": view.model,
        "connection": view.connection_name,
        "state": view.state,
        "ended": view.has_ended,
        "created": view.created,
        "started": view.started,
        "finished": view.ended,
        "now": time.time(),
        "version": view.version,
        "n": view.n,
        "unsaved": len(view.unsaved) + (not view.is_written),
        "size": view.recipe.get("values", {}).get("size") or "auto",
        "prompt": view.prompt,
        "settings": request_line(view),
        "text": view.text,
        "blocks": markdown_blocks(view.text if answer is None else answer),
        "waiting": view.waiting or waiting_text(view),
        "retry": {"until": view.retry.until, "reason": view.retry.reason} if view.retry else None,
        "previews": int(view.recipe.get("values", {}).get("partial_images") or 0),
        "partials": [
            {"index": one.index, "number": one.number, "src": app_address(f"/runs/{view.id}/partials/{one.token}")}
            for one in view.partials
        ],
        "images": [{**image_json(image, view.recipe), "signed": is_signed(image.sha256)} for image in view.images],
    }
