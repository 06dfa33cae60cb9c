"""The frame around every page: navigation, title and the connection in use.

It is not beside `pages/`, because Streamlit would treat a `pages/` folder next to the script that calls
`st.navigation` as its older, automatic pages.
"""

from pathlib import Path

import streamlit as st

from components.parameters import OPERATIONS
from components.ui.access.sign_in.policy import sign_in
from components.ui.admin.access import shows_admin
from components.ui.analyze.page_state import TEXTS as ANALYZE_TEXTS
from components.ui.base.deferred import perform_deferred
from components.ui.base.error_boundary import draw_guarded
from components.ui.forms.form_state import form_texts
from components.ui.forms.sending.held_submission import draw_held
from components.ui.library.viewer_role import PAGES as viewer_pages
from components.ui.library.viewer_role import draw_instead, draw_viewer_line
from components.ui.page_frame import draw_page_frame
from components.ui.process.session_release import note_session
from components.ui.process.workbench import workbench
from components.ui.session.address import note_page, remember_address
from components.ui.session.drafts.restore import note_draft
from components.ui.session.drafts.typed_texts import TextHomes
from components.ui.session.last_title import set_last_title, set_page_title
from components.ui.session.owner import draw_owner, person, prepare_owner
from components.ui.session.personal.visibility import prepare_visibility
from components.ui.session.team_rules import note_visit
from components.ui.sheets.state import sheet_texts

BASE = Path(__file__).parent / "base"

PAGES = (
    # file and path, title, icon, description
    ("generate", "Generate", ":material/auto_awesome:", "Make images from a prompt."),
    ("edit", "Edit", ":material/brush:", "Change images with a prompt and a mask."),
    ("analyze", "Analyze", ":material/visibility:", "Ask questions about images."),
    ("library", "Library", ":material/photo_library:", "Find and open everything that was ever run."),
    ("prompts", "Prompts", ":material/bookmarks:", "Prompts to use again: with variables, versions and results."),
    ("compare", "Compare", ":material/compare:", "See images side by side, with the differences of their requests."),
    ("connections", "Connections", ":material/lan:", "Choose, test and add servers and keys."),
)
# For admins only.
ADMIN_PAGE = ("admin", "Admin", ":material/admin_panel_settings:", "Usage, queue, limits, budgets and people.")
# Pages without a place of their own for the signed-in person, who signs out there.
WITHOUT_OWNER = {"prompts", "compare", "connections", "admin"}
# Pages that a link leads to, not the navigation.
HIDDEN_PAGES = (("vote", "Vote"),)


def pages() -> list[st.Page]:
    """Return the pages in the order of the navigation; the first is served at `/`."""
    viewer = not person().may_run
    shown = [
        st.Page(
            f"../../pages/{name}.py",
            title=title,
            icon=icon,
            url_path=name,
            default=position == 0,
            help=help,
            visibility="hidden" if viewer and name not in viewer_pages else "visible",
        )
        for position, (name, title, icon, help) in enumerate((*PAGES, ADMIN_PAGE) if shows_admin() else PAGES)
    ]
    hidden = [
        st.Page(f"../../pages/{name}.py", title=title, url_path=name, visibility="hidden")
        for name, title in HIDDEN_PAGES
    ]
    return shown + hidden


def draw_hidden_parts() -> None:
    """Draw the heading, and what only listens to the browser; none takes up space."""
    with st.container(gap=None):
        prepare_owner()
        prepare_visibility()
        if person().is_verified or shows_admin():
            note_visit()
        draw_page_frame(page.title, text_homes(), takes_files=person().may_run)
        if not person().may_run:
            draw_viewer_line()


def text_homes() -> TextHomes:
    """Return the text fields of this page whose texts belong to drafts."""
    if path not in OPERATIONS:
        return {}
    own = ANALYZE_TEXTS if path == "analyze" else {}
    return {**form_texts(path), **sheet_texts(path), **own}


def draw_page() -> None:
    """Draw the page; for viewers, something to look at in place of one that runs something."""
    if person().may_run or path in viewer_pages:
        if path in WITHOUT_OWNER and sign_in().is_on:
            with st.container(horizontal=True, horizontal_alignment="right"):
                draw_owner("page.owner")
        page.run()
    else:
        draw_instead()


def draw_stopping() -> None:
    """Say that nothing new can be run until the app has restarted."""
    if not workbench().full_runner.accepts_runs:
        st.info(
            "The app is about to restart. Runs under way go on, new ones can start after it. What you added, drew "
            "and typed is kept.",
            icon=":material/restart_alt:",
        )


set_last_title()  # before the navigation, which would make the browser fetch an icon for every page
st.logo(str(BASE / "logo.svg"), size="medium")
page = st.navigation(pages(), position="top")
set_page_title(page.title)
path = page.url_path or PAGES[0][0]
note_page(path)
if path in OPERATIONS:
    remember_address(path)
draw_guarded(perform_deferred, draw_hidden_parts, draw_stopping, draw_page, draw_held, perform_deferred)
note_draft()
note_session()
