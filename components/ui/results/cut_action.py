"""Cut the flat background out of an output on request: a second version of it, beside the first."""

from __future__ import annotations

import streamlit as st

from components.images.errors import ImageRefused
from components.library import LibraryUnavailable, StoredOutput
from components.ui.base.deferred import defer
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench

LABEL = "Cut out"
HELP = "Remove a flat background, with a soft edge. It makes a second version, here and free of charge."


def can_be_cut(output: StoredOutput) -> bool:
    """Return whether an output may have a flat background: as it came, opaque, with pixels that stand still."""
    return output.role == "image" and not output.has_alpha and output.format in {"png", "jpeg", "webp"}


def cut_output(output: StoredOutput) -> StoredOutput | None:
    """Make the version without the background, or say why there is none."""
    try:
        return workbench().runner.versions.cut_background(output)
    except (ImageRefused, LibraryUnavailable, OSError) as problem:
        defer(st.toast, escape(f"Nothing was cut out. {problem}"), icon=":material/block:")
        return None
