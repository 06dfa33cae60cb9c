"""The guarded app that the tests of this folder try to enter."""

from __future__ import annotations

import pytest

from tests.wire.doors.guarded_app import GuardedApp


@pytest.fixture
def guarded_app() -> GuardedApp:
    return GuardedApp()
