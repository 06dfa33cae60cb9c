"""The decode gate: a budget in bytes, first come, first served, and no claim waits while it holds memory."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from components.images.decoding import decode_gate
from components.images.decoding.decode_gate import DecodeGate, TooMuchMemory
from components.images.decoding.probe import NotAnImage, inspect
from components.images.intake.intake import ImageRefused, take_in


def test_claims_stay_within_the_budget() -> None:
    """Of twenty claims of a third each, at most three hold memory at once, and all finish."""
    gate, lock = DecodeGate(900), threading.Lock()
    held, most = 0, 0

    def work(_: int) -> None:
        nonlocal held, most
        with gate.claim(300):
            with lock:
                held += 300
                most = max(most, held)
            threading.Event().wait(0.002)
            with lock:
                held -= 300

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(work, range(20)))
    assert 300 < most <= 900


def test_a_large_claim_is_not_overtaken() -> None:
    """Later claims wait behind it, though they would fit."""
    gate, order = DecodeGate(100), []
    inside, go = threading.Event(), threading.Event()

    def hold() -> None:
        with gate.claim(60):
            inside.set()
            assert go.wait(60)

    def enter(name: str, needed: int) -> None:
        with gate.claim(needed):
            order.append(name)

    threads = [threading.Thread(target=hold)]
    threads[0].start()
    assert inside.wait(60)
    for count, (name, needed) in enumerate((("large", 90), ("small", 10)), 1):
        threads.append(threading.Thread(target=enter, args=(name, needed)))
        threads[-1].start()
        while len(gate._waiting) < count:
            threading.Event().wait(0.001)
    go.set()
    for thread in threads:
        thread.join(60)
    assert order == ["large", "small"]


def test_a_claim_inside_another_does_not_wait() -> None:
    """Two threads that each hold a half and want more would wait for one another forever."""
    gate, both = DecodeGate(100), threading.Barrier(2)

    def work() -> None:
        with gate.claim(50):
            both.wait(60)
            with gate.claim(80), gate.claim(20):
                both.wait(60)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    with gate.claim(100):  # all memory was released
        pass


def test_an_image_beyond_the_budget_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload and an answer are refused with a sentence that says what to do."""
    monkeypatch.setattr(decode_gate.gate, "budget", 1_000_000)
    path = tmp_path / "large.webp"
    Image.new("RGB", (400, 400)).save(path)
    loaded: list[object] = []
    monkeypatch.setattr(Image.Image, "load", lambda image: loaded.append(image))
    with pytest.raises(ImageRefused, match="3 MB of memory; at most 1 MB"):
        take_in("large.webp", path, tmp_path, max_pixels=80_000_000)
    with pytest.raises(NotAnImage, match=r"400x400.*Make the image smaller"):
        inspect(path, max_pixels=80_000_000)
    assert not loaded
    with pytest.raises(TooMuchMemory):
        decode_gate.gate.claim(1_000_001).__enter__()
