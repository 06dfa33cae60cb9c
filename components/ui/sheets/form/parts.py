"""What of a sheet goes to which connection, and what that is expected to cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.client import Connection
from components.parameters import Request
from components.parameters.sheets import Plan, SheetPrice, sheet_price, total_price
from components.settings import BUILT_IN_ID
from components.ui.base.formatting.money import estimate_text
from components.ui.base.formatting.sentence import capitalized
from components.ui.session import connections


@dataclass(frozen=True)
class SheetPart:
    """What of a sheet goes to one connection, and its price."""

    connection: Connection
    requests: Sequence[Request]
    price: SheetPrice


def parts_of(plan: Plan, left_out: frozenset[tuple[int, ...]], connection: Connection) -> list[SheetPart]:
    """Return what is sent, by connection; all of it by the one in use where connections do not vary."""
    here = {one.id: one for one in connections.available()}
    found: dict[str, list[Request]] = {}
    for cell in plan.cells:
        if cell.request is not None and cell.places not in left_out:
            target = here.get(plan.connection_of(cell) or "", connection)
            found.setdefault(target.id, []).append(cell.request)
    return [SheetPart(here.get(id, connection), requests, sheet_price(requests)) for id, requests in found.items()]


def requests_of(parts: Sequence[SheetPart]) -> list[Request]:
    return [request for part in parts for request in part.requests]


def paid_price(parts: Sequence[SheetPart]) -> SheetPrice:
    return total_price([part.price for part in parts if part.connection.id != BUILT_IN_ID])


def price_line(parts: Sequence[SheetPart], complete: SheetPrice, connection: Connection) -> str:
    """Return runs, images and dollars of a sheet in one line, with a price for each of several connections."""
    if not complete.runs:
        return "There is no cell to run, so nothing is spent."
    count = f"{_counted(complete.runs, 'run')}, {_counted(complete.images, 'image')}."
    if len(parts) > 1:
        costs = [
            f"{one.connection.name}: {'free here' if one.connection.id == BUILT_IN_ID else _cost(one.price)}"
            for one in parts
        ]
        return f"{count} {'; '.join(costs)}"
    target = parts[0].connection if parts else connection
    if target.id == BUILT_IN_ID:
        return f"{count} Free here. At OpenAI: {_cost(complete)}"
    return f"{count} {capitalized(_cost(complete))} · {target.name}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _cost(price: SheetPrice) -> str:
    cost = estimate_text(price.cost, price.images)
    return (
        f"{cost}; the price of {price.unknown} is not known" if price.unknown and price.cost.low is not None else cost
    )
