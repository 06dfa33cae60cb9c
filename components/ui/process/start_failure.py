"""Say why the app cannot start, and end the process with a status that tells whether another try can help."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, NoReturn, TypeVar

from anyio import to_thread

from components.settings import SETTING_STATUS, SettingError
from components.ui.process.workbench import close_workbench

T = TypeVar("T")
Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


class CannotStart(Exception):
    """Raised when the app cannot start, with a sentence for the terminal and the process's exit status."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


def or_end(lifespan: Lifespan) -> Lifespan:
    """Return the lifespan that ends the process where it cannot begin: with the sentence, without a traceback.

    The server below would print both, and end with a status of its own whatever the reason.
    """

    @asynccontextmanager
    async def until_end(app: Any) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(lifespan(app))
            except CannotStart as problem:
                await to_thread.run_sync(close_workbench)
                _end(problem)
            yield

    return until_end


def read_or_end(read: Callable[[], T]) -> T:
    """Return what a function reads from the settings; end the process in the same way if one cannot be used."""
    try:
        return read()
    except SettingError as problem:
        _end(CannotStart(str(problem), SETTING_STATUS))


def _end(problem: CannotStart) -> NoReturn:
    sys.stderr.write(f"{problem}\n")
    sys.stderr.flush()
    sys.stdout.flush()
    os._exit(problem.status)
