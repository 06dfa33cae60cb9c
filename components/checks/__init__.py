"""Checks of a sheet's images: what can be checked, how it is set, how it is measured, and how a model is asked."""

from components.checks.definitions import ASKED_KINDS, BEST_SCORE, KINDS, CheckKind, read_settings, title
from components.checks.verdict import ASKED, ERROR, FAIL, NOT_JUDGED, PASS, Verdict

__all__ = [
    "ASKED",
    "ASKED_KINDS",
    "BEST_SCORE",
    "ERROR",
    "FAIL",
    "KINDS",
    "NOT_JUDGED",
    "PASS",
    "CheckKind",
    "Verdict",
    "read_settings",
    "title",
]
