"""The page to vote on a sheet's images. Nobody sees what others chose before they have ended."""

from __future__ import annotations

import streamlit as st

from components.library.queries.sheet_cells import cells_of
from components.library.records import StoredSheet
from components.library.sheets.sheet_store import find_sheet
from components.library.sheets.votes import end_voting, has_ended, has_votes, votes_of
from components.ui.access.base_path import app_address
from components.ui.base.assets import asset
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.run_json import thumbnail_address
from components.ui.process.workbench import workbench
from components.ui.session.address import sheet_in_address
from components.ui.session.owner import draw_owner
from components.ui.sheets.vote.ballot import draw_ballot, handle_votes, make_ballot
from components.ui.sheets.vote.model_votes import draw_model_votes, draw_whose
from components.ui.sheets.vote.ranking_html import ranking_html
from components.ui.sheets.vote.results import rank_sheet
from components.ui.sheets.vote.voter import voter

PAGE, SHEET_PAGE = "../../pages/vote.py", "../../pages/generate.py"
RANKING = "ranking"  # in the address of a link to the ranking


def draw_links(sheet: StoredSheet, images: int) -> None:
    """Draw a sheet's links to its report, its ballot and its ranking, where there is something to see or to vote on."""
    if images:
        address = app_address(f"/report?sheet={sheet.id}")
        st.link_button("Report", address, icon=":material/summarize:", help="To share or print")
    if images < 2:
        return
    query = {"sheet": sheet.id}
    st.page_link(PAGE, label="Vote", icon=":material/how_to_vote:", query_params=query, help="Blind, with colleagues")
    if has_votes(workbench().library, sheet.id):
        st.page_link(PAGE, label="Ranking", icon=":material/leaderboard:", query_params={**query, RANKING: "1"})


def draw_vote() -> None:
    """Draw the ballot of the sheet in the address, or its ranking for somebody who has ended voting on it."""
    sheet = find_sheet(workbench().library, sheet_in_address() or "")
    if sheet is None:
        draw_empty_state("The sheet in this address is not in the library.", icon=":material/link_off:")
        return
    people = voter()
    handle_votes(sheet.id, people[0])
    votes = votes_of(workbench().library, sheet.id)
    ballot = make_ballot(sheet.id, people, votes)
    if ballot.total == 0:
        _draw_head(sheet, ended=True)
        draw_empty_state("A vote needs two finished images that differ.", icon=":material/how_to_vote:")
        return
    ended = has_ended(workbench().library, sheet.id, people) or not ballot.pairs
    _draw_head(sheet, ended=ended)
    if ended:
        _draw_ranking(sheet)
    elif RANKING in st.query_params:
        st.markdown("**The ranking shows what others chose.** To keep votes blind, you cannot vote here after it.")
        with st.container(horizontal=True, gap="small"):
            _draw_end(sheet, people[0], "Show the ranking")
            st.page_link(PAGE, label="Vote first", icon=":material/how_to_vote:", query_params={"sheet": sheet.id})
    else:
        draw_ballot(sheet, ballot, people[0])
        with st.popover("Show the ranking", icon=":material/leaderboard:"):
            st.markdown("This ends your voting on this sheet: after it you see what others chose.")
            _draw_end(sheet, people[0], "End my voting")


def _draw_head(sheet: StoredSheet, *, ended: bool) -> None:
    """Draw the way back, who votes, and the question; the sheet's name only where it does not influence voters."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        back = {"sheet": sheet.id}
        st.page_link(SHEET_PAGE, label="Back to the sheet", icon=":material/arrow_back:", query_params=back)
        draw_owner("vote.owner")
    if ended:
        st.subheader(f"Ranking: {escape(sheet.name)}")
        return
    st.subheader("Which image is better?")
    if not any(str(axis["name"]).startswith("prompt") for axis in sheet.axes):
        st.caption(escape(str(sheet.template.get("values", {}).get("prompt", ""))[:300]))


def _draw_end(sheet: StoredSheet, person: str, label: str) -> None:
    st.button(label, key="vote.end", type="primary", on_click=reports_unavailable(_end), args=(sheet.id, person))


def _end(sheet_id: str, person: str) -> None:
    end_voting(workbench().library, sheet_id, person)


def _draw_ranking(sheet: StoredSheet) -> None:
    draw_model_votes(sheet)  # stores the votes that have come
    counted = draw_whose(votes_of(workbench().library, sheet.id))
    cells = cells_of(workbench().library, sheet.id)
    html = ranking_html(
        sheet, cells, rank_sheet(sheet, cells, counted), lambda one: thumbnail_address(one.sha256, one.format)
    )
    st.html(f"<style>{asset('sheets/vote/ranking.css')}</style>{html}")
