"""A run from submission to end: queue, progress, cancel, recovery."""

from components.runs.batches.batch_run import BatchRunner
from components.runs.outcome import AppStopping
from components.runs.planned.start_run import SheetStarter
from components.runs.runner import Runner
from components.runs.sheets.check_run import CheckRunner
from components.runs.sheets.question_run import QuestionRunner
from components.runs.sheets.sheet_run import SheetRunner
from components.runs.text_in_images import ImageTextRunner
from components.runs.view import RunView

__all__ = [
    "AppStopping",
    "BatchRunner",
    "CheckRunner",
    "ImageTextRunner",
    "QuestionRunner",
    "RunView",
    "Runner",
    "SheetRunner",
    "SheetStarter",
]
