"""Checks of a sheet's images: what can be checked, how it is set, and how it is measured without a model."""

from components.checks.definitions import KINDS, CheckKind, read_settings, title
from components.checks.verdict import ERROR, FAIL, NOT_JUDGED, PASS, Verdict

__all__ = ["ERROR", "FAIL", "KINDS", "NOT_JUDGED", "PASS", "CheckKind", "Verdict", "read_settings", "title"]
