"""Checksums of tables, by which a copy of a database is compared with the original, whichever kind either is."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from components.library.db.dialects import is_postgresql


@dataclass(frozen=True)
class TableSum:
    """The number of a table's rows, and a checksum of them that does not depend on their order."""

    rows: int = 0
    checksum: int = 0

    def with_row(self, values: Mapping[str, Any]) -> TableSum:
        """Return this with a row added."""
        digest = hashlib.sha256(_canonical(values)).digest()
        return TableSum(self.rows + 1, (self.checksum + int.from_bytes(digest)) % 2**256)


Sums = Mapping[str, TableSum]


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees the database as it is at one moment, whatever others write meanwhile."""
    with engine.connect() as connection:
        if is_postgresql(connection):
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        else:
            connection.exec_driver_sql("BEGIN")
        yield connection
        connection.rollback()


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
