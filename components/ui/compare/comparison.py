"""Compare 2 to 16 images: side by side or over each other, and what differs in their requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from components.library import StoredOutput, StoredRun
from components.library.db.schema import ANSWER
from components.parameters import differing_values, prompt_of, value_text
from components.ui.base.assets import asset
from components.ui.base.deferred import deferred
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.formatting.money import dollars
from components.ui.base.run_json import original_address
from components.ui.compare.picker import draw_picker, image_name
from components.ui.process.workbench import workbench
from components.ui.results.actions import LOAD_HELP, LOAD_LABEL, load_run, page_of
from components.ui.results.annotations import draw_star
from components.ui.results.stage.changes import marked_prompt
from components.ui.results.stage.compare_button import MAX_COMPARED, OUTPUTS
from components.ui.results.stage.differences import difference_labels
from components.ui.results.stage.state import stage_state
from components.ui.session.owner import person

_SIDE_BY_SIDE = st.components.v2.component(
    "image_workbench_side_by_side",
    html='<div class="comparison"></div>',
    css=asset("base/browser/panes.css"),
    js=asset("base/browser/common.js", "base/browser/mounting.js", "base/browser/panes.js", "compare/comparison.js"),
)
COLUMNS = 4  # of prompts and actions below the images


def draw_comparison() -> None:
    """Draw the images in the address, or how to begin, and the picker that adds more."""
    asked = _output_ids()
    stage_state().compared = asked
    chosen = [found for one in asked if (found := _load(one)) is not None]
    if not chosen and not workbench().library.recent(limit=1):
        draw_empty_state("No images yet. Images you make can be compared here.", icon=":material/compare:")
    elif len(chosen) < 2:
        draw_empty_state(
            f"Choose 2 to {MAX_COMPARED} images below, select them in the Library, or press C at an image.",
            icon=":material/compare:",
        )
    if (beyond := len(_ids_in_address()) - len(asked)) > 0:
        st.caption(f":material/info: This address has {beyond} more; at most {MAX_COMPARED} are compared.")
    if missing := len(asked) - len(chosen):
        what = "1 image of this address is" if missing == 1 else f"{missing} images of this address are"
        st.caption(f":material/link_off: {what} not shown: deleted for good, or not an image.")
    if chosen:
        _draw_images(chosen)
        _draw_columns(chosen)
        _draw_differences(chosen)
    shown = [output.id for output, _ in chosen]
    if len(shown) < MAX_COMPARED and workbench().library.recent(limit=1):
        draw_picker(shown, lambda added: _show([*shown, added]))


def _output_ids() -> list[str]:
    """Return the ids in the address; without an address, those that were added to the comparison elsewhere."""
    if OUTPUTS not in st.query_params and (collected := stage_state().compared):
        st.query_params[OUTPUTS] = ",".join(collected)
    return _ids_in_address()[:MAX_COMPARED]


def _ids_in_address() -> list[str]:
    return list(dict.fromkeys(one for one in st.query_params.get(OUTPUTS, "").split(",") if one))


def _load(output_id: str) -> tuple[StoredOutput, StoredRun] | None:
    library = workbench().library
    output = library.output(output_id)
    run = library.run(output.run_id) if output is not None else None
    return None if output is None or run is None or output.role == ANSWER else (output, run)


def _show(output_ids: Sequence[str]) -> None:
    st.query_params[OUTPUTS] = ",".join(output_ids)


def _draw_images(chosen: Sequence[tuple[StoredOutput, StoredRun]]) -> None:
    labels = difference_labels(chosen)
    _SIDE_BY_SIDE(
        key="compare.images",
        data={
            "images": [
                {
                    "src": original_address(one.sha256, one.format),
                    "alt": f"{place}: {image_name(one, run)}",
                    "width": one.width,
                    "height": one.height,
                    "alpha": one.has_alpha,
                    "label": {"name": str(place), **labels[place - 1].as_json()},
                }
                for place, (one, run) in enumerate(chosen, 1)
            ]
        },
    )


def _draw_columns(chosen: Sequence[tuple[StoredOutput, StoredRun]]) -> None:
    """Draw each image's prompt, with changes from the first one marked, and its actions."""
    first = chosen[0][1]
    ids = [output.id for output, _ in chosen]
    columns = [
        column
        for start in range(0, len(chosen), COLUMNS)
        for column in st.columns(min(COLUMNS, len(chosen)))[: len(chosen) - start]
    ]
    for place, (column, (output, run)) in enumerate(zip(columns, chosen, strict=True)):
        with column:
            st.markdown(f"**{place + 1}** {marked_prompt(prompt_of(first.recipe), prompt_of(run.recipe))}")
            with st.container(horizontal=True, gap="small", key=f"compare.lead.{place}"):
                if st.button("Open", icon=":material/open_in_full:", key=f"compare.open.{place}"):
                    st.switch_page("../../pages/library.py", query_params={"output": output.id})
                if person().may_run:
                    _draw_acts(place, output, run)
                others = [one for one in ids if one != output.id]
                st.button(
                    "Remove", key=f"compare.away.{place}", type="tertiary", on_click=deferred(_show), args=(others,)
                )


def _draw_acts(place: int, output: StoredOutput, run: StoredRun) -> None:
    if st.button(
        LOAD_LABEL,
        icon=":material/edit_note:",
        key=f"compare.change.{place}",
        help=LOAD_HELP,
    ):
        view = workbench().runner.view(run.id)
        assert view is not None
        load_run(view, output.id)
        st.switch_page(page_of(run.operation), query_params={})
    draw_star(output, f"compare.star.{place}")


def _draw_differences(chosen: Sequence[tuple[StoredOutput, StoredRun]]) -> None:
    """List how the requests and the results differ."""
    if len(chosen) < 2:
        return
    asked, came = _request_rows(chosen), _result_rows(chosen)
    prompts = {prompt_of(run.recipe) for _, run in chosen}
    st.subheader("What differs")
    if len(prompts) > 1:
        alone = "" if asked else " Everything else is the same."
        st.caption(f"The prompts differ, see above.{alone}")
    elif not asked:
        st.caption("All requests are the same: prompt, values, inputs and connection.")
    if rows := [*asked, *came]:
        st.dataframe(rows, hide_index=True, width="stretch")


def _request_rows(chosen: Sequence[tuple[StoredOutput, StoredRun]]) -> list[dict[str, Any]]:
    """Return the request values, besides the prompt, that differ."""
    rows = {
        label: [value_text(value) for value in values]
        for label, values in differing_values([run.recipe for _, run in chosen])
    }
    rows["Connection"] = [run.connection_name for _, run in chosen]
    rows["Outside the mask"] = ["original kept" if one.role == "composite" else "as returned" for one, _ in chosen]
    rows["Background"] = ["cut out" if one.role == "cutout" else "as returned" for one, _ in chosen]
    return _differing_rows(rows)


def _result_rows(chosen: Sequence[tuple[StoredOutput, StoredRun]]) -> list[dict[str, Any]]:
    """Return the facts of the results that differ: format, cost, owner."""
    return _differing_rows(
        {
            "Format": [f"{one.width}x{one.height} {one.format}" for one, _ in chosen],
            "Cost of the run": ["not known" if run.cost is None else dollars(run.cost) for _, run in chosen],
            "By": [run.owner or "no name" for _, run in chosen],
        }
    )


def _differing_rows(rows: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Return one row for each value that differs, with one column per image."""
    return [
        {"": label, **{str(place): value for place, value in enumerate(row, 1)}}
        for label, row in rows.items()
        if len(set(row)) > 1
    ]
