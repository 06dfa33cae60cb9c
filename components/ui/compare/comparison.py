"""Two to four pictures compared: beside or over each other at the same place, and what was asked differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from components.library import StoredOutput, StoredRun
from components.library.annotations import star
from components.library.db.schema import ANSWER
from components.parameters import diff_words, differing_values, prompt_of
from components.ui.base.assets import asset
from components.ui.base.deferred import deferred
from components.ui.base.empty_state import draw_quiet
from components.ui.base.error_boundary import telling
from components.ui.base.markdown_text import escape
from components.ui.base.money import dollars
from components.ui.base.run_json import original_address
from components.ui.compare.picker import draw_picker, image_name
from components.ui.process.workbench import workbench
from components.ui.results.actions import load_run, page_of
from components.ui.results.comparison_offer import MOST, OUTPUTS
from components.ui.results.family import ALIKE, alike

_SIDE_BY_SIDE = st.components.v2.component(
    "image_workbench_side_by_side",
    html='<div class="sidebyside"></div>',
    css=asset("compare/comparison.css"),
    js=asset("base/common.js", "compare/comparison.js"),
)


def draw_comparison() -> None:
    """Draw what the address names, or where to begin; pictures are added and taken away beneath."""
    asked = _asked()
    chosen = [found for one in asked if (found := _found(one)) is not None]
    if not chosen and not workbench().library.recent(limit=1):
        draw_quiet("Nothing was made yet. Pictures that you make can be compared here.", icon=":material/compare:")
    elif len(chosen) < 2:
        draw_quiet(
            "Choose two to four images below, or select them in the Library and press Compare.",
            icon=":material/compare:",
        )
    if missing := len(asked) - len(chosen):
        what = "1 image of this address is" if missing == 1 else f"{missing} images of this address are"
        st.caption(f":material/link_off: {what} not shown: deleted for good, or not an image.")
    if chosen:
        _draw_pictures(chosen)
        _draw_columns(chosen)
        _draw_differences(chosen)
    shown = [output.id for output, _ in chosen]
    if len(shown) < MOST and workbench().library.recent(limit=1):
        draw_picker(shown, lambda added: _show([*shown, added]))


def _asked() -> list[str]:
    return [one for one in st.query_params.get(OUTPUTS, "").split(",") if one][:MOST]


def _found(output_id: str) -> tuple[StoredOutput, StoredRun] | None:
    library = workbench().library
    output = library.output(output_id)
    run = library.run(output.run_id) if output is not None else None
    return None if output is None or run is None or output.role == ANSWER else (output, run)


def _show(output_ids: Sequence[str]) -> None:
    st.query_params[OUTPUTS] = ",".join(output_ids)


def _draw_pictures(chosen: Sequence[tuple[StoredOutput, StoredRun]]) -> None:
    _SIDE_BY_SIDE(
        key="compare.pictures",
        data={
            "pictures": [
                {
                    "src": original_address(one.sha256, one.format),
                    "alt": f"{place}: {image_name(one, run)}",
                    "width": one.width,
                    "height": one.height,
                    "alpha": one.has_alpha,
                }
                for place, (one, run) in enumerate(chosen, 1)
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
                st.button(
                    "Take away", key=f"compare.away.{place}", type="tertiary", on_click=deferred(_show), args=(others,)
                )


def _draw_differences(chosen: Sequence[tuple[StoredOutput, StoredRun]]) -> None:
    """What was asked differently, the prompts too, and what came differently."""
    if len(chosen) < 2:
        return
    asked, came = _asked_rows(chosen), _came_rows(chosen)
    prompts = {prompt_of(run.recipe) for _, run in chosen}
    st.subheader("What differs")
    if len(prompts) > 1:
        alone = "" if asked else " Everything else was asked for in the same way."
        st.caption(f"The prompts differ, see above.{alone}")
    elif not asked:
        st.caption("All of them were asked for in the same way: the same prompt, values, inputs and connection.")
    if rows := [*asked, *came]:
        st.dataframe(rows, hide_index=True, width="stretch")


def _marked(before: str, after: str) -> str:
    words, pieces = list(diff_words(before, after)), []
    if alike(words) < ALIKE:
        return escape(after)
    for piece in words:
        text = escape(piece.text.strip())
        if piece.kind == "removed":
            pieces.append(f":red[~~{text}~~]")
        else:
            pieces.append(f":green[**{text}**]" if piece.kind == "added" else text)
    return " ".join(pieces)


def _asked_rows(chosen: Sequence[tuple[StoredOutput, StoredRun]]) -> list[dict[str, Any]]:
    """The values beside the prompt that were not the same for all."""
    rows = {
        label: ["default" if value is None else str(value) for value in values]
        for label, values in differing_values([run.recipe for _, run in chosen])
    }
    rows["Connection"] = [run.connection_name for _, run in chosen]
    rows["Outside the mask"] = ["original kept" if one.role == "composite" else "as it came" for one, _ in chosen]
    return _uneven(rows)


def _came_rows(chosen: Sequence[tuple[StoredOutput, StoredRun]]) -> list[dict[str, Any]]:
    """What came, what it cost and who made it, where that is not the same for all."""
    return _uneven(
        {
            "Came as": [f"{one.width}x{one.height} {one.format}" for one, _ in chosen],
            "Cost of the run": ["not known" if run.cost is None else dollars(run.cost) for _, run in chosen],
            "By": [run.owner or "no name" for _, run in chosen],
        }
    )


def _uneven(rows: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """One row a value that is not the same in all of them; a column an image."""
    return [
        {"": label, **{str(place): value for place, value in enumerate(row, 1)}}
        for label, row in rows.items()
        if len(set(row)) > 1
    ]
