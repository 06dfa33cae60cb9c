"""Who is served next: one run of each person that waits after the other, not all in the order of their arrival."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heapreplace
from typing import Any, TypeVar

T = TypeVar("T")


def fairness_key(owner: str, extra: Mapping[str, Any] | None = None) -> str:
    """Return who a run counts for: its owner; without a name its sheet, if it is a cell of one; else "", all as one.

    `extra` is the run's.
    """
    sheet = (extra or {}).get("sheet")
    return owner or (f"sheet:{sheet.get('id')}" if isinstance(sheet, Mapping) else "")


def fair_order(waiting: Iterable[tuple[str, T]], last_served: Mapping[str, int]) -> list[T]:
    """Return what waits, of pairs in order of arrival (owner, what waits), in the order in which they are served.

    Next is the owner who was served longest ago; of several never served, the one who came first. `last_served` has a
    number for each owner that was served, the greater the later.
    """
    queues: dict[str, deque[T]] = {}
    for owner, one in waiting:
        queues.setdefault(owner, deque()).append(one)
    owners = [(last_served.get(owner, -1), place, owner) for place, owner in enumerate(queues)]
    heapify(owners)
    number, order = max(last_served.values(), default=0), []
    while owners:
        _, place, owner = owners[0]
        order.append(queues[owner].popleft())
        number += 1
        if queues[owner]:
            heapreplace(owners, (number, place, owner))
        else:
            heappop(owners)
    return order
