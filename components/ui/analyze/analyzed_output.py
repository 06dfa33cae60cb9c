"""The output that the Analyze page was opened with: an answer about it belongs to its family."""

from __future__ import annotations

from collections.abc import Sequence

from components.parameters import InputImage, Request
from components.ui.analyze.page_state import AnalyzeState
from components.ui.process.workbench import workbench
from components.ui.session.state import page_state


def note_analyzed(output_id: str | None, images: Sequence[InputImage]) -> None:
    """Note that a question about these images is about this output too, in whatever size they were sent."""
    output = workbench().library.output(output_id) if output_id else None
    if output is not None and images:
        same = (image.sha256 for image in images if image.sha256 == output.sha256)
        page_state(AnalyzeState).analyzed = (output.id, next(same, images[0].sha256))


def analyzed(request: Request) -> str | None:
    """Return the output that a question is about, if its image is still among the images; else None."""
    output_id, sha256 = page_state(AnalyzeState).analyzed or (None, "")
    return output_id if sha256 in {image.sha256 for image in request.images} else None
