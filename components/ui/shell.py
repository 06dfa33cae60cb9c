"""The frame around every page: navigation, title and the connection in use.

It lives here and not beside `pages/`, because Streamlit would take a `pages/` folder next to the script that
calls `st.navigation` for its older, automatic kind of pages.
"""

from pathlib import Path

import streamlit as st

from components.parameters import OPERATIONS
from components.ui.base.deferred import perform_deferred
from components.ui.base.error_boundary import draw_guarded
from components.ui.base.page_layout import draw_style
from components.ui.base.page_titles import draw_heading, set_title
from components.ui.base.text_commit import commit_texts_on_tab
from components.ui.drop_anywhere import prepare_dropping
from components.ui.forms.held_submission import draw_held
from components.ui.process.gc_tuning import freeze_imports
from components.ui.process.session_release import note_session
from components.ui.session import connections
from components.ui.session.address import note_page, remember_address
from components.ui.session.owner import prepare_owner
from components.ui.session.restore import note_draft, prepare_draft

BASE = Path(__file__).parent / "base"

PAGES = (
    # file, title, icon, path, what it is
    ("generate", "Generate", ":material/auto_awesome:", "Make images from a prompt."),
    ("edit", "Edit", ":material/brush:", "Change images with a prompt, and a mask drawn on them."),
    ("analyze", "Analyze", ":material/visibility:", "Ask anything about pictures."),
    ("library", "Library", ":material/photo_library:", "Everything that was run, to be found and opened again."),
    ("compare", "Compare", ":material/compare:", "Pictures beside each other, and what was asked differently."),
    ("connections", "Connections", ":material/lan:", "Where requests go: servers and keys, and a test of each."),
)


def pages() -> list[st.Page]:
    """The pages in the order of the navigation; the first is served at `/`."""
    return [
        st.Page(f"../../pages/{name}.py", title=title, icon=icon, url_path=name, default=place == 0, help=help)
        for place, (name, title, icon, help) in enumerate(PAGES)
    ]


def listen() -> None:
    """Draw the heading and what only listens to the browser; none of it takes room on the page."""
    with st.container(gap=None):
        draw_style()
        draw_heading(page.title)
        prepare_owner()
        commit_texts_on_tab()
        prepare_draft()
        prepare_dropping()


set_title()  # before the navigation: it would let the browser fetch an icon of its own for every page
st.logo(str(BASE / "logo.svg"), size="medium")
page = st.navigation(pages(), position="top")
set_title(page.title)
path = page.url_path or PAGES[0][0]
note_page(path)
if path in OPERATIONS:
    remember_address(path)
connections.prepare()
draw_guarded(perform_deferred, listen, page.run, draw_held, perform_deferred)
note_draft()
note_session()
freeze_imports()
