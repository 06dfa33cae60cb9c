"""A sheet's checks are queued only where a result is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.library.sheets.checks import add_check
from components.ui.process.workbench import Workbench, close_workbench, workbench
from tests.unit.library.sheet_fixtures import filled_sheet


@pytest.fixture
def bench(data_folder: Path) -> Iterator[Workbench]:
    """The app's objects."""
    close_workbench()
    yield workbench()
    close_workbench()


def test_only_missing_checks_are_queued(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is queued makes a page draw itself again, so a sheet without missing results queues nothing."""
    queued: list[str] = []
    for runner in (bench.checks, bench.questions):
        real = runner.catch_up

        def counted(sheet_id: str, real=real) -> None:
            queued.append(sheet_id)
            real(sheet_id)

        monkeypatch.setattr(runner, "catch_up", counted)
    sheet_id, _ = filled_sheet(bench.full_library)
    bench.catch_up(sheet_id)
    assert not queued

    add_check(bench.full_library, sheet_id, "format", {})
    bench.catch_up(sheet_id)
    assert queued == [sheet_id, sheet_id]
    bench.checks.join()
    bench.questions.join()

    bench.catch_up(sheet_id)
    assert len(queued) == 2
    assert not bench.is_checking(sheet_id)
