"""A sheet's batches on the screen: since when its cells wait and until when at most, and what keeps them waiting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from components.client import Connection
from components.client.batches.calls import MOST_BYTES, line_bytes
from components.library import Library
from components.library.records import StoredSheet
from components.library.sheets.sheet_batches import ENDED, batches_of
from components.parameters import Request
from components.parameters.sheets import CONNECTION, SheetPrice, SheetTemplate
from components.settings import BUILT_IN_ID
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars
from components.ui.base.formatting.sentence import capitalized
from components.ui.base.formatting.time_format import in_batch_text
from components.ui.process.workbench import workbench
from components.ui.session import connections

CHEAPER = "OpenAI charges less for batches; the price shown is the ordinary one."
_WAITS = frozenset({"waiting", "queued", "running"})


def batch_help(connection: Connection) -> str:
    """Return what to know before sending a batch by a connection."""
    if connection.id == BUILT_IN_ID:
        known = "The built-in engine answers after a few seconds, so that you can see how it works."
    elif connections.is_known_to_stream(connection):
        known = CHEAPER
    else:
        known = "This server may not support batches. If it does not, it says so and nothing is sent. " + CHEAPER
    return f"Up to 24 hours instead of now. You can close the page; the images come by themselves. {known}"


def why_never_batch(template: SheetTemplate, requests: Sequence[Request]) -> str:
    """Return why these requests of a sheet cannot be a batch, whatever they cost; "" where they can."""
    if CONNECTION in template.varied:
        return "A batch goes to one connection only."
    if template.inputs.markup is not None:
        return "A batch takes images and a mask, no markup: run these cells without a batch."
    if any(line_bytes(one) > MOST_BYTES for one in requests):
        return f"The images of one run are too large for a batch: its file takes {MOST_BYTES // 1_000_000} MB."
    return ""


def why_no_batch(
    template: SheetTemplate, requests: Sequence[Request], cap: Decimal | None, price: SheetPrice, connection: Connection
) -> str:
    """Return why a sheet cannot be sent as a batch, or "". All of it is sent at once, so a cap cannot stop it.

    `cap` is what it leaves for these requests.
    """
    if never := why_never_batch(template, requests):
        return never
    highest = price.cost.high or Decimal(0)
    if cap is None or connection.id == BUILT_IN_ID or highest <= cap:
        return ""
    return (
        f"A batch is sent at once, so a cap cannot stop it in the middle: its cells may cost {dollars(highest)}, more "
        f"than {dollars(cap)}. Leave cells out, or raise the cap."
    )


def draw_batches(sheet: StoredSheet, *, has_waiting: bool) -> None:
    """Draw how a sheet's batches are; of ended ones only why the newest was not made, while its cells wait."""
    batches = batches_of(workbench().library, sheet.id)
    under_way = [one for one in batches if one.state != ENDED]
    if under_way:
        since, until = min(one.created for one in under_way), max(one.expires for one in under_way)
        text = in_batch_text(since, until)
        name = escape(under_way[0].connection_name)
        st.markdown(f":material/hourglass_top: {capitalized(text)}, at {name}. You can close this page.")
        if any(one.cancelled_by is not None for one in under_way):
            st.caption("Cancelling. Images made before are billed and kept.")
        elif under_way[0].connection_id != BUILT_IN_ID:
            st.caption(CHEAPER)
    if any(one.problem for one in under_way):
        workbench().batches.offer(connections.available())
    reported = under_way or (batches[-1:] if has_waiting else [])
    for problem in dict.fromkeys(one.problem for one in reported if one.problem):
        st.markdown(f":orange[:material/error:] {escape(problem)}")


def note_batches(library: Library, sheet: StoredSheet, cells: Iterable[dict[str, Any]]) -> bool:
    """Say in the JSON of cells that wait in a batch until when; return whether there are batches under way."""
    under_way = [one for one in batches_of(library, sheet.id) if one.state != ENDED]
    texts = {run_id: in_batch_text(one.created, one.expires) for one in under_way for run_id in one.run_ids}
    for cell in cells:
        if cell.get("run") in texts and cell["state"] in _WAITS:
            cell["reason"] = texts[cell["run"]]
    return bool(under_way)
