"""Subjects: what a picture can show, one function each."""

from components.engine.subjects.table import SUBJECT_DRAWINGS, place_subjects

__all__ = ["SUBJECT_DRAWINGS", "place_subjects"]
