"""Read the text in stored images in the background, so that search finds it. Only where an OCR is installed."""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import suppress

from components.images import ocr
from components.images.errors import ImageRefused
from components.library import Library, LibraryUnavailable, StoredOutput
from components.library.output_texts import store_text, unread_outputs

log = logging.getLogger(__name__)

FIRST_SECONDS = 20.0  # after the start, so that loading the OCR delays no first page
PAUSE_SECONDS = 5.0  # between two looks for images that nobody has read: new, imported, or from before
AT_A_TIME = 20
NICENESS = 15  # of 19; runs and pages come first
STOP_SECONDS = 10.0
MOST_UNREACHABLE = 500  # files; with more of them, the disk is away, and the next start goes on


class ImageTextRunner:
    """Read one image after the other, the newest first, in a thread of low priority."""

    def __init__(self, library: Library, max_pixels: int, *, first: float = FIRST_SECONDS) -> None:
        self._library = library
        self._max_pixels = max_pixels
        self._first = first
        self._unreachable: set[str] = set()  # SHA-256s of files that could not be opened since the start
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="ocr", daemon=True)

    def start(self) -> None:
        """Start the thread, if an OCR is installed."""
        if ocr.is_installed():
            self._thread.start()

    def stop(self) -> None:
        """Finish the current image and start no other; the next start goes on."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def read_unread(self) -> int:
        """Read some images that nobody has read, and return how many; 0 once stopped. Raise LibraryUnavailable."""
        if len(self._unreachable) >= MOST_UNREACHABLE:
            return 0
        found = unread_outputs(self._library, AT_A_TIME, self._unreachable)
        for sha256, output in {one.sha256: one for one in found}.items():
            if self._stopping.is_set():
                return 0
            if (text := self._text_of(output)) is None:
                self._unreachable.add(sha256)
            else:
                store_text(self._library, sha256, text)
        return len(found)

    def _work(self) -> None:
        if sys.platform == "linux":  # where a thread has a priority of its own
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        pause = self._first
        while not self._stopping.wait(pause):
            pause = PAUSE_SECONDS
            try:
                if self.read_unread() == AT_A_TIME:
                    pause = 0.0
            except LibraryUnavailable:
                log.warning("Reading the text in images waits until the library can be used again")
            except Exception:
                log.exception("Reading the text in images failed")

    def _text_of(self, output: StoredOutput) -> str | None:
        """Return the text in an image, "" for one that is damaged; None for a file that cannot be reached now."""
        path = self._library.file("original", output.sha256)
        if path is None:
            return None
        try:
            return ocr.legible(ocr.read_text(path, self._max_pixels) or "")
        except ImageRefused:
            return ""
        except OSError:
            return None
        except Exception:  # a decoder or the OCR may raise anything; the next image goes on
            log.exception("Could not read the text in output %s", output.id)
            return ""
