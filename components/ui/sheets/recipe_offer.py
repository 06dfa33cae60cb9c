"""Ask which to fill in where a recipe carries a sheet: this image's settings, or the whole sheet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from components.parameters import OPERATIONS, Inputs
from components.parameters.sheets import IMAGE, SheetTemplate, sheet_in
from components.ui.base.deferred import deferred, perform_deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.results.actions import page_of
from components.ui.results.recipe_fill import SheetOffer, fill_from_recipe, filled_note
from components.ui.session.address import show_run
from components.ui.session.sheet_prefill import leave_template
from components.ui.session.state import page_state

SHOWN = 300  # characters of the prompt


def draw_offer() -> None:
    """Ask about a recipe that waits for it, or open the page that the answer filled in."""
    offer = page_state(SheetOffer)
    if page := offer.page:
        offer.page = ""
        show_run(None)
        st.switch_page(page_of(page))
    if offer.note:
        st.toast(escape(offer.note), icon=":material/receipt_long:", duration="long")
        offer.note = ""
    if offer.recipe is not None:
        _ask()


def _leave() -> None:
    page_state(SheetOffer).recipe = None


@st.dialog("Image of a sheet", icon=":material/grid_on:", on_dismiss=_leave)
def _ask() -> None:
    perform_deferred()
    offer = page_state(SheetOffer)
    template = sheet_in(offer.recipe)
    if template is None:
        st.rerun()
    labels = {one.name: one.label for one in OPERATIONS[template.operation].parameters}
    varied = ", ".join(f"{labels[name]} ({len(values)})" for name, values in template.varied.items())
    st.markdown(f"**{escape(offer.name)}** belongs to this sheet:")
    prompt = " ".join(str(template.values.get("prompt") or "").split())
    st.markdown(f"> {escape(prompt[:SHOWN] + '…' * (len(prompt) > SHOWN))}")
    if varied:
        st.caption(escape(f"Varies: {varied}"))
    with st.container(horizontal=True, gap="small"):
        st.button("Fill in the whole sheet", type="primary", key="offer.sheet", on_click=deferred(_fill_sheet))
        st.button("Fill in this image's settings", key="offer.image", on_click=deferred(_fill_image))


def _fill_sheet() -> None:
    offer = page_state(SheetOffer)
    if (template := sheet_in(offer.recipe)) is not None:
        inputs, missing = _inputs(offer.recipe, template)
        leave_template(replace(template, inputs=inputs), None, frozenset(missing), remark=offer.remark)
        offer.answer(template.operation, filled_note(template.operation, len(missing), offer.name))


def _inputs(recipe: Any, template: SheetTemplate) -> tuple[Inputs, list[str]]:
    """Return the sheet's input images that this library has, and the roles of the others, each once for an image."""
    listed = recipe.get("inputs")
    named = [(str(one.get("role")), str(one.get("sha256"))) for one in listed] if isinstance(listed, list) else []
    if IMAGE in template.varied:  # the recipe is of one cell, and has the image of that alone
        named = [("image", str(one)) for one in template.varied[IMAGE]] + [one for one in named if one[0] != "image"]
    found = [(role, workbench().library.input(sha256)) for role, sha256 in named]
    by_role = {role: [image for one, image in found if one == role and image] for role in ("image", "mask", "markup")}
    inputs = Inputs(tuple(by_role["image"]), *(next(iter(by_role[role]), None) for role in ("mask", "markup")))
    return inputs, [role for role, image in found if image is None]


def _fill_image() -> None:
    offer = page_state(SheetOffer)
    if offer.recipe is not None:
        operation, missing = fill_from_recipe(offer.recipe, offer.remark)
        offer.answer(operation, filled_note(operation, missing, offer.name))
