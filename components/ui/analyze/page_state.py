"""What the session keeps of the Analyze page: its state, and the keys of those widgets that are read elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from components.parameters import InputImage
from components.ui.session.drafts.typed_texts import TextHomes, put_value
from components.ui.session.state import DRAFT

SHAPE = "analyze.shape"  # of the answer: in words, as data, a checklist
SPREAD = "analyze.spread"  # one question about all images, or one for each
FIELDS = "analyze.fields"
CHECKS = "analyze.checks"
AS_IS = "analyze.as_is"
FOLLOW_UP = "analyze.follow_up"
LOAD = "change.analyze"  # the button below an answer or a table of answers
TEXTS: TextHomes = {key: partial(put_value, key) for key in (FIELDS, CHECKS)}


@dataclass
class AnalyzeState:
    """What the page remembers.

    `downscaled` holds the smaller versions that were made, by SHA-256 of the image and detail. `single_answer` is the
    run whose answer is shown in place of its group's table. `opens_edit` and `reruns_page` are set within the
    table's fragment and performed by the page around it. `analyzed` is the output that the page was opened with, and
    the SHA-256 of its image.
    """

    downscaled: dict[tuple[str, str], InputImage] = field(default_factory=dict)
    single_answer: str = ""
    opens_edit: bool = False
    reruns_page: bool = False
    analyzed: tuple[str, str] | None = field(default=None, metadata=DRAFT)
