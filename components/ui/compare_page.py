"""Two to four pictures compared: beside or over each other at the same place, and what was asked differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from components.library import StoredOutput, StoredRun
from components.library.keeping import star
from components.library.paging import Filter, page
from components.library.schema import ANSWER
from components.parameters import compare_words, differing, prompt_of
from components.ui.assets import asset
from components.ui.empty import draw_quiet
from components.ui.family import ALIKE, alike
from components.ui.leads import load_run, page_of
from components.ui.markdown_text import escape
from components.ui.money import dollars
from components.ui.run_json import original_address
from components.ui.strips import draw_strip
from components.ui.unavailable import telling
from components.ui.workbench import workbench

_SIDE_BY_SIDE = st.components.v2.component(
    "image_workbench_side_by_side",
    html='<div class="sidebyside"></div>',
    css=asset("sidebyside.css"),
    js=asset("common.js", "sidebyside.js"),
)
OUTPUTS = "outputs"
MOST = 4
OFFERED = 16


def draw_comparison() -> None:
    """Draw what the address names, or where to begin; pictures are added and taken away beneath."""
    chosen = [found for one in _asked() if (found := _found(one)) is not None]
    if not chosen and not workbench().library.recent(limit=1):
        draw_quiet("Nothing was made yet. Pictures that you make can be compared here.", icon=":material/compare:")
    elif len(chosen) < 2:
        draw_quiet(
            "Choose two to four pictures below, or select them in the Library and press Compare.",
            icon=":material/compare:",
        )
    if chosen:
        _draw_pictures([output for output, _ in chosen])
        _draw_columns(chosen)
    _draw_offered([output.id for output, _ in chosen])


def offer_comparison(output_ids: Sequence[str], *, key: str) -> None:
    """A button that compares these pictures; nothing where there are fewer than two."""
    chosen = list(dict.fromkeys(output_ids))[:MOST]
    if len(chosen) > 1 and st.button(
        "Compare", icon=":material/compare:", key=key, help="Beside each other, at the same place."
    ):
        st.switch_page("../../pages/compare.py", query_params={OUTPUTS: ",".join(chosen)})


def _asked() -> list[str]:
    return [one for one in st.query_params.get(OUTPUTS, "").split(",") if one][:MOST]


def _found(output_id: str) -> tuple[StoredOutput, StoredRun] | None:
    library = workbench().library
    output = library.output(output_id)
    run = library.run(output.run_id) if output is not None else None
    return None if output is None or run is None else (output, run)


def _show(output_ids: Sequence[str]) -> None:
    st.query_params[OUTPUTS] = ",".join(output_ids)


def _draw_pictures(outputs: Sequence[StoredOutput]) -> None:
    _SIDE_BY_SIDE(
        key="compare.pictures",
        data={
            "pictures": [
                {
                    "src": original_address(one.sha256, one.format),
                    "alt": one.title or f"Picture {place}",
                    "width": one.width,
                    "height": one.height,
                    "alpha": one.has_alpha,
                }
                for place, one in enumerate(outputs, 1)
            ]
        },
    )


def _draw_columns(chosen: Sequence[tuple[StoredOutput, StoredRun]]) -> None:
    """Beneath each picture: its prompt with what differs from the first one marked, and what leads on."""
    library = workbench().library
    first = chosen[0][1]
    ids = [output.id for output, _ in chosen]
    for place, (column, (output, run)) in enumerate(zip(st.columns(len(chosen)), chosen, strict=True)):
        with column:
            st.markdown(f"**{place + 1}** {_marked(prompt_of(first.recipe), prompt_of(run.recipe))}")
            with st.container(horizontal=True, gap="small", key=f"compare.lead.{place}"):
                if st.button("Open", icon=":material/open_in_full:", key=f"compare.open.{place}"):
                    st.switch_page("../../pages/library.py", query_params={"output": output.id})
                if st.button(
                    "Change and run",
                    icon=":material/edit_note:",
                    key=f"compare.change.{place}",
                    help="Fill the form with what this picture was asked.",
                ):
                    view = workbench().runner.view(run.id)
                    assert view is not None
                    load_run(view, output.id)
                    st.switch_page(page_of(run.operation), query_params={})
                st.button(
                    "★ Starred" if output.starred else "☆ Star",
                    key=f"compare.star.{place}",
                    on_click=telling(star),
                    args=(library, [output.id], not output.starred),
                )
                others = [one for one in ids if one != output.id]
                st.button("Take away", key=f"compare.away.{place}", type="tertiary", on_click=_show, args=(others,))
    rows = _rows([run for _, run in chosen], [output for output, _ in chosen])
    if rows:
        st.subheader("What differs")
        st.dataframe(rows, hide_index=True, width="stretch")
    elif len(chosen) > 1:
        st.caption("All of them were asked for in the same way.")


def _marked(before: str, after: str) -> str:
    words, pieces = list(compare_words(before, after)), []
    if alike(words) < ALIKE:
        return escape(after)
    for piece in words:
        text = escape(piece.text.strip())
        if piece.kind == "gone":
            pieces.append(f":red[~~{text}~~]")
        else:
            pieces.append(f":green[**{text}**]" if piece.kind == "new" else text)
    return " ".join(pieces)


def _rows(runs: Sequence[StoredRun], outputs: Sequence[StoredOutput]) -> list[dict[str, Any]]:
    """One row a value that is not the same in all of them; a column a picture."""
    rows = {
        label: ["default" if value is None else str(value) for value in values]
        for label, values in differing([run.recipe for run in runs])
    }
    rows["Came as"] = [f"{one.width}x{one.height} {one.format}" for one in outputs]
    rows["Cost of the run"] = ["not known" if run.cost is None else dollars(run.cost) for run in runs]
    rows["By"] = [run.owner or "no name" for run in runs]
    return [
        {"": label, **{str(place): value for place, value in enumerate(row, 1)}}
        for label, row in rows.items()
        if len(set(row)) > 1
    ]


def _draw_offered(shown: Sequence[str]) -> None:
    if len(shown) >= MOST:
        return
    found = page(workbench().library, Filter(), limit=OFFERED)
    pictures = [one for run in found.runs for one in run.outputs if one.role != ANSWER]
    offered = [one for one in pictures if one.id not in shown][:OFFERED]
    if not offered:
        return
    st.subheader("Add a picture")
    added = draw_strip("compare.offered", offered)
    if added:
        _show([*shown, added])
        st.rerun()
