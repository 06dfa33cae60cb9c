"""Prints what the benches measured, at the end of the run."""

from __future__ import annotations

import pytest

from tests.bench.report import lines


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The ratios of all benches that ran, on this process or on xdist's workers."""
    measured = [line for report in terminalreporter.stats.get("passed", []) for line in lines(report.user_properties)]
    if measured:
        terminalreporter.section("measured, as ratios")
        for line in measured:
            terminalreporter.write_line(line)
