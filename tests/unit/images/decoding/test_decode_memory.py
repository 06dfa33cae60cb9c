"""The memory that decoding takes, measured in a process of its own with a small file of many pixels."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.setup.environment import ROOT

BUDGET = 120_000_000  # bytes; the image below takes 108 MB at its peak
OVERHEAD = 60_000_000  # threads, thumbnails, what the allocator keeps

MEASURE = """
import sys, threading
from pathlib import Path
from components.images import intake, preview
from components.images.decoding import decode_gate, probe

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

decode_gate.configure(int(sys.argv[2]))
path, before = Path(sys.argv[1]), peak()
works = (
    lambda number: probe.inspect(path, max_pixels=80_000_000, thumbnail=path.with_suffix(f".{number}")),
    lambda number: preview.preview_of(preview.small_image(path, (960, 96000), max_pixels=80_000_000), (960, 96000)),
    lambda number: intake.take_in("a.png", path, path.parent, max_pixels=80_000_000),
)
threads = [threading.Thread(target=works[number % 3], args=(number,)) for number in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_six_at_once_take_no_more_than_the_budget(tmp_path: Path) -> None:
    """Six threads decode 24 megapixels of RGBA, an answer, a preview and an upload each: 600 MB without the gate."""
    path = tmp_path / "large.png"
    Image.new("RGBA", (6000, 4000), (200, 30, 40, 128)).save(path, compress_level=1)
    assert path.stat().st_size < 500_000
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), str(BUDGET)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert 90_000_000 < int(done.stdout) < BUDGET + OVERHEAD
