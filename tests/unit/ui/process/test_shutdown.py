"""A process that is reported to stop ends, whatever it holds in that moment."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.setup.environment import ROOT

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


# As above, but runs are waited for first, and the server goes on meanwhile.
DRAINS = """
import os, signal, sys, threading, time
from components.ui.process import shutdown

ended = threading.Event()
def drain(hurry):
    print("draining", flush=True)
    while not ended.is_set() and not hurry.wait(0.02):
        pass
    print("hurried" if hurry.is_set() else "drained", flush=True)

signal.signal(signal.SIGTERM, lambda *_: print("told", flush=True))
shutdown.watch_signals(lambda: print("stopped", flush=True), lambda: None, drain=drain, grace=0.2)
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(0.2)
print("serving", flush=True)
if sys.argv[1] == "second":
    os.kill(os.getpid(), signal.SIGTERM)
else:
    ended.set()
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is of POSIX systems")
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("ended", ["draining", "serving", "drained", "stopped", "told"]),
        ("second", ["draining", "serving", "hurried", "stopped"]),
    ],
)
def test_the_server_hears_of_a_stop_once_runs_have_ended(how: str, said: list[str]) -> None:
    """It answers until then. A second signal waits for nothing more than that what is left is marked."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", DRAINS, how], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == said
    assert done.returncode == 0
    assert ("at once" in done.stderr) is (how == "second")
