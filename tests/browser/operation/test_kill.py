"""The app is killed in the middle of anything; what it had is there at the next start, whole, and nothing else."""

from __future__ import annotations

import hashlib
import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from components.library import check_library
from tests.browser import driver
from tests.browser.app_server import AppServer
from tests.browser.canvas_page import add_image
from tests.browser.driver import open_page
from tests.browser.pages.test_generate import fill_prompt, wait_done, wait_shown
from tests.browser.stopping_server import IMAGES, ServerImages, Watch, contents, copied, png_of, untouched
from tests.browser.vision_server import app_with_server
from tests.wire.loopback import Loopback

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX systems")

SEEDS = itertools.count(0, IMAGES + 1)
GENERATIONS = "/v1/images/generations"
EDITS = "/v1/images/edits"
STREAMED = f"/?n={IMAGES}&partial_images=1"
PLAIN = f"/?n={IMAGES}"

# What a crash may leave behind until the next start. Never a row without its file, or a file that is not whole.
LEFT_BY_A_CRASH = {"open run", "leftover", "stray original", "stray thumbnail"}

# What is said of the money, by what the run was when the app died.
MAY_BE_BILLED = "It may have been made and billed all the same."
SPENT = {"queued": "Nothing was spent.", "running": MAY_BE_BILLED, "done": None}


@dataclass(frozen=True)
class Moment:
    """When to kill: the answer is held after a piece, and something is seen on the disk.

    `kept` images at least must be there afterwards.
    """

    held: str
    seen: Callable[[Watch], bool]
    kept: int = 0
    page: str = STREAMED


def growing(watch: Watch) -> bool:
    """Whether a part of an image or preview is on the disk."""
    for path in watch.received(".part"):
        with suppress(FileNotFoundError):  # it came whole meanwhile
            if path.stat().st_size:
                return True
    return False


MOMENTS = {
    "the run is written down": Moment("nothing", lambda watch: watch.state() is not None),
    "it begins": Moment("nothing", lambda watch: watch.state() == "running"),
    "the answer begins": Moment("headers", lambda watch: watch.state() == "running"),
    "half a preview": Moment("half a preview", growing),
    "a preview": Moment("a preview", lambda watch: bool(watch.received(".preview"))),
    "half of the first": Moment("half of 1", growing),
    "the first has come": Moment("all of 1", lambda watch: watch.arrived() == 1, 1),
    "the file of the first": Moment("all of 1", lambda watch: len(watch.new("originals")) == 1, 1),
    "the thumbnail of the first": Moment("all of 1", lambda watch: len(watch.new("thumbnails")) == 1, 1),
    "the row of the first": Moment("all of 1", lambda watch: watch.rows() == 1, 1),
    "half of the second": Moment("half of 2", lambda watch: watch.rows() == 1 and growing(watch), 1),
    "the second has come": Moment("all of 2", lambda watch: watch.arrived() == 2, 2),
    "the file of the second": Moment("all of 2", lambda watch: len(watch.new("originals")) == 2, 2),
    "half of the third": Moment("half of 3", lambda watch: watch.rows() == 2 and growing(watch), 2),
    "the file of the third": Moment("all of 3", lambda watch: len(watch.new("originals")) == 3, 3),
    "all but the end": Moment("all of 3", lambda watch: watch.rows() == 3, 3),
    "it is done": Moment("the end", lambda watch: watch.state() == "done", 3),
    "half of the second of a plain answer": Moment(
        "half of 2", lambda watch: watch.rows() == 1 and growing(watch), 1, page=PLAIN
    ),
    "all of a plain answer but its end": Moment("all of 3", lambda watch: watch.arrived() == 3, 3, page=PLAIN),
    "a plain answer all at once": Moment("the end", lambda watch: watch.arrived() >= 1, 1, page=PLAIN),
}


class Victim:
    """An app on one data folder that is killed again and again, the server it asks, and all it was ever given."""

    def __init__(self, app: AppServer, remote: Loopback, folder: Path) -> None:
        self.app = app
        self.remote = remote
        self.folder = folder
        self.watch = Watch(app.data)
        self.ledger: dict[str, list[tuple[int, str]]] = {}  # what was in the library after each earlier start
        self.gates: list[threading.Event] = []

    def script(self, moment: Moment, path: str = GENERATIONS) -> tuple[ServerImages, threading.Event]:
        """Let the server answer the next question up to a piece; the gate lets the rest go."""
        seed, gate = next(SEEDS), threading.Event()
        self.gates.append(gate)
        images = ServerImages([png_of(seed + place) for place in range(IMAGES)], png_of(seed + IMAGES, 64))
        answer = images.streamed if moment.page == STREAMED else images.plain
        self.remote.requests.clear()
        self.remote.arrived.clear()
        self.remote.answer(answer(moment.held, gate), path=path)
        self.watch.begin()
        return images, gate

    def crash(self) -> dict[str, list[tuple[int, str]]]:
        """Kill it; return what had a row by then, after a look at the disk as it is left."""
        self.app.kill()
        assert "Traceback" not in self.app.log_text(), self.app.log_text()
        with copied(self.app.data, self.folder / "as-left") as left, untouched(left) as library:
            findings = check_library(library, thorough=True).findings
            assert {finding.kind for finding in findings} <= LEFT_BY_A_CRASH, findings
        return self.watch.filed()

    def rest(self) -> None:
        """After a test, also one that failed half-way: nothing is held or under way any more."""
        while self.gates:
            self.gates.pop().set()
        if {"queued", "running"} & set(self.watch.runs().values()):
            self.app.kill()
            self.app.start()
            self.ledger = self.watch.filed()

    def start_again(self, had: dict[str, list[tuple[int, str]]]) -> None:
        """The next start: everything that had a row has it still, and nothing else is left."""
        self.app.start()
        data = self.app.data
        with untouched(data) as library:
            report = check_library(library, thorough=True)
            assert report.is_clean, report.findings
            alive, leftovers = library.process_lock.alive_and_dead()
            assert not leftovers
            assert len(alive) == 2, "the app and this test"
        assert not (data / "lost-and-found").exists()
        assert list(data.glob("scratch/*/*")) == []
        for path in data.glob("thumbnails/*/*"):
            with Image.open(path) as small:
                small.load()
        filed = self.watch.filed()
        assert not {"queued", "running"} & set(self.watch.runs().values())
        for run_id, images in (*self.ledger.items(), *had.items()):
            assert set(images) <= set(filed[run_id]), "what was in the library stays in it"
        assert {run_id: filed[run_id] for run_id in self.ledger} == self.ledger
        self.ledger = filed


@pytest.fixture(scope="module")
def one_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    """The app that is killed, one for all tests of this file, running."""
    folder = tmp_path_factory.mktemp("killed")
    with app_with_server(folder, IMAGE_WORKBENCH_RUNS_AT_ONCE="1") as (app, remote):
        yield Victim(app, remote, folder)


@pytest.fixture
def victim(one_for_all: Victim) -> Iterator[Victim]:
    """The same, at rest after every test."""
    yield one_for_all
    one_for_all.rest()


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Iterator[Page]:
    """A person who comes again after every crash, with what the browser remembers of the app."""
    page, log = driver.new_page(browser)
    yield page
    page.context.close()
    assert not log.errors, log
    assert not log.outside, log


def ask(page: Page, victim: Victim, moment: Moment, prompt: str) -> None:
    """Press the button of the Generate page."""
    open_page(page, victim.app.base_url, moment.page)
    fill_prompt(page, prompt)
    page.keyboard.press("Control+Enter")


def error_of(victim: Victim, run_id: str) -> dict[str, object]:
    """What a run says of its end."""
    with untouched(victim.app.data) as library:
        run = library.run(run_id)
    assert run is not None
    return dict(run.error or {})


@pytest.mark.parametrize("name", MOMENTS)
def test_killed_at(visitor: Page, victim: Victim, name: str) -> None:
    """Wherever the app is killed in a run, the next start has all that came, whole, and says what may be billed."""
    moment = MOMENTS[name]
    images, gate = victim.script(moment)
    ask(visitor, victim, moment, f"killed at {name}")
    victim.watch.until(moment.seen, name)
    had = victim.crash()
    was = str(victim.watch.state())
    arrived = victim.watch.arrived()
    complete = contents([*victim.watch.received(".image"), *victim.watch.new("originals")])
    gate.set()
    visitor.goto("about:blank")
    victim.start_again(had)

    ((run_id, state),) = victim.watch.new_runs().items()
    assert state == ("done" if was == "done" else "interrupted")
    filed = victim.watch.filed()[run_id]
    digests = [hashlib.sha256(one).hexdigest() for one in images.images]
    assert len(filed) >= max(moment.kept, arrived)
    assert {sha256 for _, sha256 in filed} == complete, "every image that had come is there, and nothing else"
    assert filed == [(place, digests[place]) for place in range(len(filed))], "each in its place"
    assert contents(victim.watch.new("originals")) == complete
    assert len(victim.watch.new("thumbnails")) == len(filed)
    assert error_of(victim, run_id).get("money_sentence") == SPENT[was]


def test_killed_with_others_waiting(visitor: Page, victim: Victim) -> None:
    """Runs that waited for their turn were never sent: they say that nothing was spent, and so does the server."""
    moment = MOMENTS["half of the second"]
    _, gate = victim.script(moment)
    for number in range(3):
        ask(visitor, victim, moment, f"one of three, {number}")
        victim.watch.until(lambda watch, count=number + 1: len(watch.new_runs()) == count, "the run is written down")
    victim.watch.until(moment.seen, "half of the second")
    had = victim.crash()
    gate.set()
    visitor.goto("about:blank")
    victim.start_again(had)
    runs = victim.watch.new_runs()
    assert set(runs.values()) == {"interrupted"}
    assert [error_of(victim, run_id)["money"] for run_id in runs] == ["may_be_billed", *["nothing_spent"] * 2]
    assert [len(victim.watch.filed()[run_id]) for run_id in runs] == [1, 0, 0]
    assert [one.path for one in victim.remote.requests].count(GENERATIONS) == 1


def test_the_page_of_an_interrupted_run(page: Page, new_page: Callable[..., Page], victim: Victim) -> None:
    """Its address shows what had come, that it may have been billed, and one button to run it again, which works."""
    moment = MOMENTS["half of the third"]
    images, gate = victim.script(moment)
    ask(page, victim, moment, "a lighthouse, interrupted")
    page.wait_for_url("**run=**")
    expect(page.locator(".image img")).to_have_count(2)
    victim.watch.until(moment.seen, "half of the third")
    had = victim.crash()
    gate.set()
    victim.start_again(had)
    address = page.url.replace("/?", "/generate?")

    later = new_page()
    later.goto(address)
    wait_shown(later, 2)
    expect(later.locator(".status")).to_have_text("Interrupted")
    expect(later.get_by_text(MAY_BE_BILLED)).to_be_visible()
    assert sources(later) == [hashlib.sha256(one).hexdigest() for one in images.images[:2]]
    again, _ = victim.script(Moment("the end", moment.seen))
    later.get_by_role("button", name="Run again").click()
    wait_done(later, IMAGES)
    assert sources(later) == [hashlib.sha256(one).hexdigest() for one in again.images]
    expect(later.get_by_text(MAY_BE_BILLED)).to_have_count(0)
    assert later.url != page.url
    # The tab that was open all the time comes back by itself.
    wait_shown(page, 2)
    expect(page.locator(".status")).to_have_text("Interrupted")


def test_killed_in_an_edit(page: Page, new_page: Callable[..., Page], victim: Victim) -> None:
    """What went in outlives the crash as well, so that the same edit can be run again."""
    moment = Moment("half of 2", lambda watch: watch.rows() == 1 and growing(watch))
    images, gate = victim.script(moment, EDITS)
    given = png_of(next(SEEDS), 64)
    open_page(page, victim.app.base_url, f"/edit?n={IMAGES}&partial_images=1")
    add_image(page, given)
    fill_prompt(page, "an edit, interrupted")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**run=**")
    victim.watch.until(moment.seen, "half of the second")
    had = victim.crash()
    gate.set()
    address = page.url
    page.goto("about:blank")
    victim.start_again(had)
    ((run_id, state),) = victim.watch.new_runs().items()
    assert state == "interrupted"
    assert [sha256 for _, sha256 in victim.watch.filed()[run_id]] == [hashlib.sha256(images.images[0]).hexdigest()]
    assert contents(victim.watch.new("inputs")) == {hashlib.sha256(given).hexdigest()}

    later = new_page()
    later.goto(address)
    expect(later.locator(".status")).to_have_text("Interrupted")
    victim.script(Moment("the end", moment.seen), EDITS)
    later.get_by_role("button", name="Run again").click()
    wait_done(later, IMAGES)
    (sent,) = [one for one in victim.remote.requests if one.path == EDITS]
    assert given in [part.data for part in sent.form()]


def sources(page: Page) -> list[str]:
    """The contents of the images on the page, by their addresses."""
    found = page.locator(".image img").evaluate_all("all => all.map(img => img.src)")
    return [Path(one).stem for one in found]
