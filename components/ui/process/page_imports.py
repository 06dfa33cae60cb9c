"""Import what the pages need while the app starts, so that neither the first visitor nor later ones wait for it."""

from __future__ import annotations

import gc
import inspect
import pkgutil
from contextlib import suppress
from importlib import import_module

from components import ui
from components.ui.process.streamlit_runtime import sessions

SHELL = "components.ui.shell"  # a script: importing it would draw
# What Streamlit itself imports only when it draws the first menu and the first icon.
STREAMLITS = ("pandas", "streamlit.material_icon_names")


def import_pages() -> None:
    """Import every module below `components.ui`. Do nothing without Streamlit's runtime, which keeps the components."""
    if sessions() is None:
        return
    for found in pkgutil.walk_packages(ui.__path__, f"{ui.__name__}."):
        if found.name != SHELL:
            import_module(found.name)
    for name in STREAMLITS:
        with suppress(ImportError):
            import_module(name)
    # At the first element, Streamlit asks for the stack, to find out whether it runs in a Python console. `inspect`
    # then maps all files to their modules, once: with what is imported here, that takes 150 ms.
    inspect.stack()
    leave_out_of_collections()


def leave_out_of_collections() -> None:
    """Leave all objects that exist now out of later garbage collections.

    Modules, classes and tables stay until the process ends. A full collection that looks at them too stops every page
    for 150 ms.
    """
    gc.collect()
    gc.freeze()
