"""Check a sheet's images in a thread of its own, as they come and where a result is missing."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from components.checks import ERROR, Verdict
from components.checks.measure import MEASURES, Subject, measure
from components.library import Library, LibraryUnavailable
from components.library.sheets.checks import Unchecked, store_result, unchecked

log = logging.getLogger(__name__)

AT_A_TIME = 50  # missing results that are looked up together


class CheckRunner:
    """Measure missing results, one image at a time. All methods are thread-safe."""

    def __init__(self, library: Library, max_pixels: int) -> None:
        self._library = library
        self._max_pixels = max_pixels
        self._lock = threading.Lock()
        self._waiting: set[str] = set()
        self._active: set[str] = set()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="checks")

    def catch_up(self, sheet_id: str) -> None:
        """Queue the measurement of a sheet's missing results. At most one such job of a sheet waits."""
        with self._lock:
            if self._stopping.is_set() or sheet_id in self._waiting:
                return
            self._waiting.add(sheet_id)
            self._pool.submit(self._work, sheet_id)

    def is_active(self, sheet_id: str) -> bool:
        """Return whether results of a sheet may still come by themselves, or are missing. Raise LibraryUnavailable."""
        if sheet_id in self._waiting or sheet_id in self._active:
            return True
        return bool(unchecked(self._library, sheet_id, MEASURES, 1))

    def stop(self) -> None:
        """Finish the current image and start no other; opening the sheet again measures the rest."""
        with self._lock:
            self._stopping.set()
        self._pool.shutdown(cancel_futures=True)

    def join(self) -> None:
        """Wait until all queued jobs are done."""
        self._pool.submit(lambda: None).result()

    def _work(self, sheet_id: str) -> None:
        with self._lock:
            self._active.add(sheet_id)
            self._waiting.discard(sheet_id)
        try:
            while missing := unchecked(self._library, sheet_id, MEASURES, AT_A_TIME):
                for one in missing:
                    if self._stopping.is_set():
                        return
                    store_result(self._library, one.check.id, one.output.id, self._measured(one))
        except LibraryUnavailable:
            log.warning("The checks of sheet %s continue when the sheet is opened next", sheet_id)
        except Exception:
            log.exception("The checks of sheet %s stopped", sheet_id)
        finally:
            with self._lock:
                self._active.discard(sheet_id)

    def _measured(self, one: Unchecked) -> Verdict:
        output, settings = one.output, one.check.settings
        path = self._library.file("original", output.sha256)
        if path is None:
            return Verdict(ERROR, "The image's file is missing.")
        reference = self._library.output(str(settings.get("reference", "")))
        subject = Subject(
            path,
            output.format,
            output.width,
            output.height,
            one.operation,
            one.model,
            one.values,
            output.facts or {},
            self._max_pixels,
            None
            if reference is None or reference.format == "svg"
            else self._library.file("original", reference.sha256),
        )
        try:
            return measure(one.check.kind, subject, settings)
        except Exception:  # a decoder or the OCR may raise anything; the next check goes on
            log.exception("Check %s of output %s failed", one.check.kind, output.id)
            return Verdict(ERROR, "The check failed because of an error in the app. The log has the details.")
