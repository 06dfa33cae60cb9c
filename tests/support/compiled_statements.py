"""SQL statements of the tests' libraries, each compiled once for all of a process's engines.

An engine has a cache of its own, and nearly every test opens a library of its own: compiling the same statements again
took a third of such a test's time.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine

MOST = 2_000  # of a table that a test makes up, a statement is of no more use after the test


class _Statements(dict[Any, Any]):
    """A `compiled_cache` of SQLAlchemy, whose keys begin with an engine's dialect: here all of a kind are one."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key: Any, statement: Any) -> None:
        if len(self) >= MOST:
            self.clear()
        super().__setitem__(_of_any_engine(key), statement)


def _of_any_engine(key: Any) -> tuple[Any, ...]:
    dialect, *statement = key
    return (type(dialect), dialect.server_version_info, *statement)


_STATEMENTS = _Statements()


def create_engine_with_shared_statements(*arguments: Any, **options: Any) -> Engine:
    """Take the place of SQLAlchemy's `create_engine`."""
    engine = create_engine(*arguments, **options)
    engine.update_execution_options(compiled_cache=_STATEMENTS)
    return engine
