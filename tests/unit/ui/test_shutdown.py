"""A process that is reported to stop ends, whatever it holds in that moment."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.environment import ROOT

# The main thread gets the signal while it holds the locks that stopping needs, and never ends by itself.
HOLDS = """
import os, signal, sys, time
from components.ui.process import event_channel, shutdown

channel = event_channel.find_channel(event_channel.new_channel())
signal.signal(signal.SIGTERM, lambda *_: print("told", flush=True))
shutdown.watch_signals(event_channel.close_channels, lambda: print("last", flush=True), grace=0.2)
with event_channel._lock, channel._lock, event_channel._closing._cond:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.1)
print("let go", flush=True)
while True:
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is of POSIX systems")
def test_a_signal_in_any_moment_ends_the_process() -> None:
    """No handler waits for a lock of the code that it interrupts, and what never ends is ended after a while."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", HOLDS], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout.split("\n")[:3] == ["told", "let go", "last"]
    assert done.returncode == 0
    assert "Connections were still open" in done.stderr
