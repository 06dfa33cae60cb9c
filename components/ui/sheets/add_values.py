"""Make a sheet larger: more values of what varies, or one parameter more. Only what is missing is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from components.library import LibraryUnavailable
from components.library.queries.sheet_cells import cells_of
from components.library.records import SheetCell, StoredSheet
from components.library.sheets.sheet_inputs import stored_template
from components.parameters import Request, estimate
from components.parameters.sheets import (
    CONNECTION,
    IMAGE,
    ConnectionValue,
    Plan,
    SheetTemplate,
    choices_of,
    make_plan,
    refused_values,
    sheet_price,
    takes_typed,
    varying,
)
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import estimate_text
from components.ui.inputs.image_inputs import input_images
from components.ui.process.workbench import workbench
from components.ui.sheets.connection_axis import connection_values
from components.ui.sheets.limits.confirm import draw_send, price_of
from components.ui.sheets.sending import add_cells

PANEL = "sheet.add"
_HINTS = {IMAGE: "choose an image of the form"}


def draw_add_values(sheet: StoredSheet) -> None:
    """Draw the popover in which values are added, with what they come to."""
    with st.popover("Add values", icon=":material/add:", key=PANEL, on_change="rerun") as panel:
        if not panel.open:
            return
        try:
            template = stored_template(workbench().library, sheet)
        except LibraryUnavailable as missing:
            st.caption(escape(str(missing)))
            return
        labels = _labels(sheet, template)
        name = st.selectbox("Of", list(labels), format_func=lambda one: labels[one], key=f"sheet.add.{sheet.id}")
        known = [value["value"] for axis in sheet.axes if axis["name"] == name for value in axis["values"]]
        known = known or [sheet.connection_id if name == CONNECTION else _current(template, name)]
        images = {image.sha256: image for image in input_images(template.operation)} if name == IMAGE else {}
        here = connection_values(_models(template)) if name == CONNECTION else {}
        names = {key: one.name for key, one in images.items()} | {key: one.name for key, one in here.items()}
        choices = names or choices_of(template.operation, _models(template), name)
        is_chosen = name in {IMAGE, CONNECTION}
        is_typed = not is_chosen and takes_typed(template.operation, _models(template), name)
        values = st.multiselect(
            "New values",
            [one for one in choices if one not in known],
            key=f"sheet.add.{sheet.id}.{name}.{len(known)}",
            format_func=lambda one: names.get(one, str(one)),
            accept_new_options=is_typed,
            placeholder=_HINTS.get(name) or ("choose, or type a new one" if is_typed else "choose values"),
        )
        if not values:
            st.caption("Cells that are there already are not run again.")
            return
        added = tuple(images[one] for one in values if one in images)
        template = replace(template, inputs=replace(template.inputs, images=(*template.inputs.images, *added)))
        if here:
            own = {sheet.connection_id: ConnectionValue(sheet.connection_name)}  # of the cells that are there already
            chosen = {one: here[one] for one in values}
            template = replace(template, connections={**own, **template.connections, **chosen})
        larger = with_values(sheet, template, name, values)
        plan = make_plan(larger)
        refused = () if is_chosen else refused_values(template.operation, _models(template), name, values)
        problems = [*refused, *(problem.message for problem in plan.problems)]
        for problem in problems:
            st.markdown(f":red[:material/error: {escape(problem)}]")
        new = missing_requests(sheet, plan, cells_of(workbench().library, sheet.id))
        price, cost = sheet_price(new), price_of(sheet, [estimate(one).high for one in new], larger)
        if not problems:
            st.caption(
                escape(
                    f"{cost.count} more. {cost.estimate_line(estimate_text(price.cost, price.images))}"
                    if new
                    else "No cell can be run."
                )
            )
        label, key = f"Run {price.runs} more", f"sheet.add.{sheet.id}.run"
        is_disabled = not new or bool(problems)
        look: dict[str, Any] = {"type": "primary", "disabled": is_disabled}
        draw_send(sheet, cost, label, key, add_cells, sheet.id, larger, plan, panel=PANEL, **look)


def with_values(sheet: StoredSheet, template: SheetTemplate, name: str, values: Sequence[Any]) -> SheetTemplate:
    """Return a sheet's template with more values of an axis, or with an axis that begins with the present value."""
    if any(axis["name"] == name for axis in sheet.axes):
        return template.with_values(name, values)
    first = sheet.connection_id if name == CONNECTION else _current(template, name)
    return template.with_values(name, [first, *values])


def missing_requests(sheet: StoredSheet, plan: Plan, cells: Sequence[SheetCell]) -> list[Request]:
    """Return the requests of a larger plan that a sheet has no cell for."""
    more = len(plan.axes) - len(sheet.axes)
    known = {(*cell.places, *[0] * more) for cell in cells}
    return [cell.request for cell in plan.cells if cell.request is not None and cell.places not in known]


def _labels(sheet: StoredSheet, template: SheetTemplate) -> dict[str, str]:
    found = {str(axis["name"]): str(axis["label"]) for axis in sheet.axes}
    more = {one.name: one.label for one in varying(template.operation, _models(template)) if one.name not in found}
    if len(template.inputs.images) != 1:
        more.pop(IMAGE, None)  # the cells have several images at once, or none
    return found | more | {CONNECTION: "Connection"}


def _models(template: SheetTemplate) -> list[str]:
    return [str(one) for one in template.varied.get("model", ())] or [template.model]


def _current(template: SheetTemplate, name: str) -> Any:
    if name == "model":
        return template.model
    if name == IMAGE:
        return template.inputs.images[0].sha256
    parameter = next(one for one in varying(template.operation, _models(template)) if one.name == name)
    return template.values.get(name, parameter.default)
