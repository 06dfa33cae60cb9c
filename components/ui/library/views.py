"""The Library page: everything, collections, trash and spending; import and check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from components.library import check_library
from components.ui.base.assets import asset
from components.ui.library.collections import draw_collections
from components.ui.library.filters import show_collection
from components.ui.library.gallery import LIBRARY, draw_library, draw_trash
from components.ui.library.page_state import VIEW
from components.ui.library.queue import draw_queue
from components.ui.library.spending import draw_spending
from components.ui.process.workbench import workbench
from components.ui.session.owner import draw_owner, person

EVERYTHING, COLLECTIONS, TRASH, SPENDING = "Everything", "Collections", "Trash", "Spending"

_CHOOSER = st.components.v2.component(
    "image_workbench_import",
    html='<label class="chooser">Choose a ZIP, image or recipe<input type="file" accept=".zip,.json,image/*"></label>',
    css=asset("library/view_chooser.css"),
    js=asset("library/view_chooser.js"),
)


def draw_view() -> None:
    """Draw the choice of view, the queue, then the view."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="library.head"):
        st.segmented_control(
            "View",
            list(VIEWS),
            default=EVERYTHING,
            required=True,
            key=VIEW,
            label_visibility="collapsed",
            persist_state="session",
        )
        st.space("stretch")
        if person().may_run:
            _draw_import_and_check()
        draw_owner("library.whose")
    draw_queue()
    VIEWS[str(st.session_state.get(VIEW) or EVERYTHING)]()


def _draw_import_and_check() -> None:
    with st.popover("Import and check", icon=":material/inventory_2:", type="tertiary", key="library.import"):
        st.caption("Import an exported ZIP, or load an image's recipe. You can also drop the file anywhere.")
        _CHOOSER(key="library.chooser")
        st.caption("Compare all files with the database and repair differences.")
        if st.button("Check the library", icon=":material/fact_check:", key="library.check"):
            _check()


def _check() -> None:
    with st.spinner("Checking all images"):
        report = check_library(workbench().library, repair=True)
    if report.is_clean:
        images = "1 image" if report.outputs == 1 else f"{report.outputs:,} images"
        st.success(f"{images}, {report.files:,} files: no problems found.", icon=":material/check:")
        return
    count = len(report.findings)
    st.warning("1 problem found:" if count == 1 else f"{count} problems found:", icon=":material/rule:")
    st.dataframe(
        [{"problem": one.what, "repair": one.done or "none"} for one in report.findings],
        hide_index=True,
        width="stretch",
    )


def _open_collection(collection_id: str) -> None:
    show_collection(collection_id)
    LIBRARY.start_over()
    st.session_state[VIEW] = EVERYTHING


VIEWS: Mapping[str, Callable[[], None]] = {
    EVERYTHING: draw_library,
    COLLECTIONS: partial(draw_collections, _open_collection),
    TRASH: draw_trash,
    SPENDING: draw_spending,
}
