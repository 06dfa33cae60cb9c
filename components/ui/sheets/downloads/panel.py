"""The downloads of a sheet, in a popover."""

from __future__ import annotations

import streamlit as st

from components.library.queries.sheet_cells import cells_of
from components.library.queries.sheet_summary import image_ids_of
from components.library.records import StoredSheet
from components.library.sheets.checks import checks_of
from components.library.sheets.sheet_inputs import inputs_of_sheet
from components.parameters import Server
from components.runs.sheets.cell_request import has_connection_axis
from components.ui.access.base_path import app_address
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.exports import export_address
from components.ui.process.workbench import workbench
from components.ui.session.connections import available, server_of
from components.ui.sheets.downloads.code import Servers, sheet_promptfoo, sheet_python


def draw_downloads(sheet: StoredSheet, *, has_images: bool) -> None:
    """Draw the popover; images are offered where there are some."""
    with st.popover("Download", icon=":material/download:", key="sheet.download", on_change="rerun") as panel:
        if not panel.open:
            return
        st.link_button("One labeled image", app_address(f"/sheets/{sheet.id}.png"), width="stretch")
        if has_images:
            for place, axis in enumerate(sheet.axes):
                if len(axis["values"]) > 1:
                    label = f"Animation along {escape(str(axis['label']))} (WebP)"
                    st.link_button(label, app_address(f"/sheets/{sheet.id}.webp?axis={place}"), width="stretch")
            images = image_ids_of(workbench().library, sheet.id)
            st.link_button("Images with recipes (ZIP)", export_address((images, ())), width="stretch")
        st.link_button("Table (CSV)", app_address(f"/sheets/{sheet.id}.csv"), width="stretch")
        servers, library = _servers_of(sheet), workbench().library
        keys = "the key comes" if isinstance(servers, Server) else "each connection’s key comes"
        st.download_button(
            "Python script",
            lambda: sheet_python(sheet, cells_of(library, sheet.id), servers, inputs_of_sheet(library, sheet.id)),
            file_name=f"sheet-{sheet.id[-6:]}.py",
            on_click="ignore",
            width="stretch",
            help=f"Sends the cells of this sheet with the openai package; {keys} from the environment.",
        )
        if sheet.template["operation"] == "edit":
            st.caption("There is no promptfoo configuration: promptfoo cannot send an edit's images.")
            return
        st.download_button(
            "promptfoo configuration (JSON)",
            lambda: sheet_promptfoo(sheet, cells_of(library, sheet.id), checks_of(library, sheet.id), servers),
            file_name=f"sheet-{sheet.id[-6:]}.promptfoo.json",
            on_click="ignore",
            width="stretch",
            help="Runs this sheet's prompts and parameters with promptfoo, and those of its checks that promptfoo can "
            f"express; {keys} from the environment.",
        )


def _servers_of(sheet: StoredSheet) -> Servers:
    """Return where the cells go outside this app; by connection where these vary, as far as they are there."""
    if not has_connection_axis(sheet):
        return server_of(sheet.connection_id)
    return {one.id: one.server for one in available() if one.source != "built-in"}
