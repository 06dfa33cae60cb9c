"""The house that the tests of this folder try to get into."""

from __future__ import annotations

import pytest

from tests.wire.doors.house import House


@pytest.fixture
def house() -> House:
    return House()
