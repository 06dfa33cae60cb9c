"""Metrics for Prometheus, in a registry of their own.

Those of the team come from the database, so that any process answers the same for them. Those named
`image_workbench_process_…` and `process_…` describe the process that answers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from components.library.errors import LibraryUnavailable
from components.library.files.disk_space import free_bytes
from components.library.maintenance.daily_backup import newest_backup
from components.library.queries.totals.figures import BUCKETS, Figures, figures, processes_alive
from components.ui.process.streamlit_runtime import held_bytes
from components.ui.process.workbench import workbench

log = logging.getLogger(__name__)

PREFIX = "image_workbench"
# Figures are used again for this many seconds, so that several scrapers cost as much as one; and for this many times
# the seconds that they took, so that those of a large library take at most a twentieth of one core.
FRESH = 10.0
FRESH_FACTOR = 20.0


class TeamMetrics(Collector):
    """What the database says of the runs of all processes; nothing while it cannot be read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh_until = 0.0
        self._figures: Figures | None = None

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics."""
        yield from () if (known := self._known()) is None else _families(known)
        with suppress(LibraryUnavailable):
            alive = GaugeMetricFamily(f"{PREFIX}_processes_alive", "Processes that share the library", labels=("kind",))
            for kind, count in processes_alive(workbench().full_library).items():
                alive.add_metric((kind,), count)
            yield alive

    def _known(self) -> Figures | None:
        with self._lock:
            began = time.monotonic()
            if began >= self._fresh_until:
                try:
                    self._figures = figures(workbench().full_library)
                except LibraryUnavailable as problem:
                    log.warning("Could not read the metrics of runs: %s", problem.what)
                    self._figures = None
                took = time.monotonic() - began
                self._fresh_until = began + max(FRESH, FRESH_FACTOR * took)
            return self._figures


def _families(known: Figures) -> Iterable[Metric]:
    ended = CounterMetricFamily(f"{PREFIX}_runs", "Runs that have ended", labels=("operation", "state"))
    unfinished = GaugeMetricFamily(
        f"{PREFIX}_runs_unfinished", "Runs that wait (queued) or are under way", labels=("operation", "state")
    )
    seconds = HistogramMetricFamily(
        f"{PREFIX}_run_seconds", "Seconds from start to end of a run", labels=("operation",)
    )
    images = CounterMetricFamily(f"{PREFIX}_images", "Images received", labels=("operation",))
    dollars = CounterMetricFamily(f"{PREFIX}_dollars", "Known cost of runs in dollars", labels=("operation",))
    errors = CounterMetricFamily(f"{PREFIX}_errors", "Runs that ended with an error", labels=("kind",))
    for labels, count in known.ended.items():
        ended.add_metric(labels, count)
    for labels, count in known.unfinished.items():
        unfinished.add_metric(labels, count)
    for operation, durations in known.durations.items():
        bounds = [*map(str, BUCKETS), "+Inf"]
        within = list(zip(bounds, (*durations.within, durations.count), strict=True))
        seconds.add_metric((operation,), within, durations.total)
    for family, values in ((images, known.images), (dollars, known.dollars), (errors, known.errors)):
        for label, value in values.items():
            family.add_metric((label,), value)
    return ended, unfinished, seconds, images, dollars, errors


class ProcessMetrics(Collector):
    """What only this process knows."""

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics."""
        with suppress(LibraryUnavailable, OSError):
            free = free_bytes(workbench().full_library.folder)
            yield GaugeMetricFamily(f"{PREFIX}_process_disk_free_bytes", "Free bytes of this process's disk", free)
            if folder := workbench().settings.backups:
                help_text = "When the newest daily backup was made, in Unix seconds; 0 for never"
                made = newest_backup(Path(folder)) or 0
                yield GaugeMetricFamily(f"{PREFIX}_process_backup_timestamp_seconds", help_text, made)
        uploads = sum(held_bytes().values())
        yield GaugeMetricFamily(f"{PREFIX}_process_upload_bytes", "Bytes of uploads in this process's memory", uploads)


@cache
def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(TeamMetrics())
    registry.register(ProcessMetrics())
    ProcessCollector(registry=registry)
    return registry


def metrics_text() -> bytes:
    """Return all metrics in Prometheus's text format. Reads the database."""
    return generate_latest(_registry())
