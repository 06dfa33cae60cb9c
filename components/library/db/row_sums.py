"""Checksums of tables, to compare a copy of a database with the original, whatever kind either is."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table


@dataclass(frozen=True)
class TableSum:
    """The number of a table's rows, and a checksum of them that does not depend on their order."""

    rows: int = 0
    checksum: int = 0

    def with_row(self, values: Mapping[str, Any]) -> TableSum:
        """Return this with a row added."""
        digest = hashlib.sha256(_canonical(values)).digest()
        return TableSum(self.rows + 1, (self.checksum + int.from_bytes(digest)) % 2**256)


Page = list[dict[str, Any]]
Sums = Mapping[str, TableSum]


def sum_tables(
    tables: Iterable[Table],
    pages: Callable[[Table], Iterable[Page]],
    write: Callable[[Table, Page], object] = lambda table, rows: None,
    report: Callable[[str], object] = lambda progress: None,
) -> Sums:
    """Return the sums of tables, by name, whose rows `pages` yields some at a time.

    Call `write` with each page before it is counted, and then `report` with how many rows of the table are counted.
    """
    sums = {}
    for table in tables:
        found = TableSum()
        for rows in pages(table):
            write(table, rows)
            for row in rows:
                found = found.with_row(row)
            report(f"{table.name}: {found.rows:,} rows")
        sums[table.name] = found
    return sums


def _canonical(values: Mapping[str, Any]) -> bytes:
    return json.dumps(_storable(values), sort_keys=True, ensure_ascii=False, default=_hex).encode()


def _hex(value: Any) -> str:
    return bytes(value).hex()


def _storable(value: Any) -> Any:
    """Return a value as both databases store it: no NUL, no half of a surrogate pair, no number that is not finite."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return [_storable(one) for one in value] if isinstance(value, list | tuple) else value
