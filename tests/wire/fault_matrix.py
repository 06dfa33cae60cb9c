"""The fault matrix: every fault of ``faults`` in every way to ask, and what a person is reported and left with.

    python -m tests.wire.fault_matrix --write     writes docs/faults.md, in about a minute

It runs the real runner, client and library against a loopback server; only waits before retries are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from components.client import Client, Connection
from components.client.reading import body as client_answer
from components.library import open_library
from components.parameters import Request
from components.runs import Runner, RunView
from components.settings import Settings
from tests.setup.environment import ROOT
from tests.support.await_run import until
from tests.unit.runs.fake_client import png
from tests.wire.client_fixtures import KEY, input_image, question, request
from tests.wire.faults import CELLS, SECTIONS, Cell, Fault
from tests.wire.loopback import Answer, Break, Hang, Loopback, Script, plain_answer

DOCUMENT = ROOT / "docs" / "faults.md"
COLUMNS = ("Fault", "Asked for", "Sent", "Ends", "What the page says", "Money", "What to do", "Kept", "Tokens booked")
SILENCE = 1.0  # seconds until a server that falls silent on purpose is given up
SECONDS = 60.0
AT_ONCE = 8
_LINKED: dict[str, Answer] = {
    "/good.png": plain_answer(png(3), content_type="image/png"),
    "/dead.png": plain_answer("gone", status=404),
    "/fails.png": plain_answer("boom", status=500),
    "/breaks.png": [plain_answer(png(3))[0], b"\x89PNG", Break()],
    "/moved.png": plain_answer("", status=302, headers={"location": "/good.png"}),
    "/page.png": plain_answer("<html>hello</html>", content_type="text/html"),
}

Outcome = tuple[str, ...]  # a row of the table without its first two columns


@dataclass(frozen=True)
class Case:
    """One fault in one cell."""

    fault: Fault
    cell: Cell
    scripts: Sequence[Script]

    @property
    def falls_silent(self) -> bool:
        return any(isinstance(step, Hang) for script in self.scripts if isinstance(script, list) for step in script)


def cases() -> list[tuple[str, Case]]:
    """Every fault in every cell where it can be, with the title of its section."""
    return [
        (section.title, Case(fault, cell, scripts))
        for section in SECTIONS
        for fault in section.faults
        for cell in CELLS
        if (scripts := fault.make(cell)) is not None
    ]


def outcomes(wanted: Sequence[Case]) -> list[Outcome]:
    """What becomes of these cases, in their order."""
    found: dict[int, Outcome] = {}
    for silent in (False, True):
        chosen = [(place, case) for place, case in enumerate(wanted) if case.falls_silent is silent]
        with _Matrix(silent=silent) as matrix:
            for start in range(0, len(chosen), AT_ONCE):
                batch = chosen[start : start + AT_ONCE]
                runs = [(place, case, *matrix.submit(place, case)) for place, case in batch]
                for place, case, run_id, path in runs:
                    found[place] = matrix.outcome(case, run_id, path)
    return [found[place] for place in range(len(wanted))]


class _Matrix(contextlib.ExitStack):
    """An app and the server that it asks; each case has a path of its own there."""

    def __init__(self, *, silent: bool) -> None:
        super().__init__()
        self._before, client_answer.IDLE_AFTER_LAST = client_answer.IDLE_AFTER_LAST, SILENCE
        self.callback(setattr, client_answer, "IDLE_AFTER_LAST", self._before)
        folder = Path(self.enter_context(tempfile.TemporaryDirectory()))
        self.server = self.enter_context(Loopback())
        for path, answer in _LINKED.items():
            self.server.answer(answer, path=path)
        self.library = open_library(folder / "library")
        self.callback(self.library.close)
        settings = Settings(
            connect_timeout=SECONDS / 2,
            read_timeout=SILENCE if silent else SECONDS / 2,
            runs_at_once=AT_ONCE,
            images_per_minute=0,
        )
        self.runner = Runner(self.library, Client(settings, sleep=_no_wait), settings)
        self.runner.start()
        self.callback(self.runner.stop)
        self._image = input_image(folder, "cat.png", png(0), size=(40, 30))

    def submit(self, place: int, case: Case) -> tuple[str, str]:
        """Start a case's run; the second is its path at the server."""
        path = f"/{place}/v1"
        base_url = f"http://127.0.0.1:{self.server.port}{path}"
        if case.fault.base_url:
            base_url = case.fault.base_url.replace("PORT", str(self.server.port))
        endpoint = {"generate": "/images/generations", "edit": "/images/edits"}.get(case.cell.operation)
        scripts = [self._addressed(script) for script in case.scripts]
        if endpoint:
            self.server.answer(*scripts, path=path + endpoint)
        elif len(scripts) == 2 and case.fault.make(Cell("generate", case.cell.streamed)) is None:  # chat after a 404
            self.server.answer(scripts[0], path=f"{path}/responses")
            self.server.answer(scripts[1], path=f"{path}/chat/completions")
        else:
            self.server.answer(*scripts, path=f"{path}/responses")
            self.server.answer(*scripts, path=f"{path}/chat/completions")
        connection = Connection("c1", "Server", base_url, KEY)
        return self.runner.submit(connection, self._request(case.cell)), path

    def _request(self, cell: Cell) -> Request:
        if cell.operation == "analyze":
            return question(stream=cell.streamed)
        images = (self._image,) if cell.operation == "edit" else ()
        return request(cell.operation, images=images, n=2, stream=cell.streamed)

    def _addressed(self, script: Script) -> Script:
        """The script with this server's port in its links, which is as long as the one that stands for it."""
        if not isinstance(script, list):
            return script
        port = str(self.server.port).encode().rjust(5, b"0")
        return [step.replace(b":99999", b":" + port) if isinstance(step, bytes) else step for step in script]

    def outcome(self, case: Case, run_id: str, path: str) -> Outcome:
        """What a run came to, once it has ended."""
        view = until(self.runner, run_id, lambda view: view.has_ended, SECONDS)
        sent = sum(received.path.startswith(f"{path}/") for received in self.server.requests)
        row = (f"{sent} ×", view.state, *_reported(view), _kept(view), "yes" if view.usage else "no")
        return tuple(self._plain(text) for text in row)

    def _plain(self, text: str) -> str:
        text = text.replace(f"127.0.0.1:{self.server.port}", "SERVER").replace("127.0.0.1", "SERVER")
        return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


async def _no_wait(seconds: float) -> None:
    del seconds


def _reported(view: RunView) -> tuple[str, str, str]:
    if not view.error:
        cut = (view.answer or {}).get("cut_off")
        return (f"cut off: {cut}" if cut else view.shortfall or "–", "–", "–")
    what = str(view.error["what"])
    short = what if len(what) <= 200 else f"{what[:100]} … {what[-60:]}"
    return f"**{view.error['title']}.** {short}", str(view.error["money_sentence"]), str(view.error["next"])


def _kept(view: RunView) -> str:
    kept = [_count(len(view.images), "image")] if view.images else []
    kept += [f"the bytes of {len(view.unsaved)}"] if view.unsaved else []
    kept += [f"“{view.text}”"] if view.text else []
    return ", ".join(kept) or "–"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def where(cells: Sequence[Cell]) -> str:
    """Some of the six cells in words."""
    operations = list(dict.fromkeys(cell.operation for cell in cells))
    modes = {cell.streamed for cell in cells}
    if len(cells) != len(operations) * len(modes):
        plain, streamed = ([cell for cell in cells if cell.streamed is mode] for mode in (False, True))
        return f"{where(plain)}; {where(streamed)}"
    names = "all" if len(operations) == 3 else ", ".join(operations)
    return names if len(modes) == 2 else f"{names}, {'streamed' if True in modes else 'not streamed'}"


_CELLS_BY_WORDS = {where(chosen): chosen for count in range(1, len(CELLS) + 1) for chosen in combinations(CELLS, count)}


def render(found: Sequence[tuple[str, Case, Outcome]]) -> str:
    """The document: a table for each section, with one row for cells that come to the same."""
    lines = [_HEAD.format(faults=sum(len(section.faults) for section in SECTIONS), cases=len(found))]
    for section in SECTIONS:
        lines += [f"\n## {section.title}\n", f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
        for fault in section.faults:
            rows: dict[Outcome, list[Cell]] = {}
            for title, case, outcome in found:
                if title == section.title and case.fault == fault:
                    rows.setdefault(outcome, []).append(case.cell)
            lines += [f"| {' | '.join((fault.name, where(cells), *outcome))} |" for outcome, cells in rows.items()]
    return "\n".join(lines) + "\n"


def written(text: str) -> dict[tuple[str, str, Cell], Outcome]:
    """What a document says of each section's faults, in each cell."""
    said: dict[tuple[str, str, Cell], Outcome] = {}
    title = ""
    for line in text.splitlines():
        if line.startswith("## "):
            title = line[3:]
        elif line.startswith("| ") and not line.startswith(f"| {COLUMNS[0]} "):
            name, words, *outcome = line[2:-2].split(" | ")
            said |= {(title, name, cell): tuple(outcome) for cell in _CELLS_BY_WORDS[words]}
    return said


_HEAD = """# What happens when a server fails

This page is generated: `python -m tests.wire.fault_matrix --write`. A test compares it with what the app does.

{faults} faults on the wire, each where generate, edit and analyze ask for an answer, streamed and not: {cases} runs.
Two images are asked for. *Sent* counts the requests, retries included; *Money* is what the page says of the bill;
*Kept* is what the library holds afterwards; *Tokens booked* tells whether the server's count of tokens was stored with
the run. Where every column says the same for several ways to ask, they share a row."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the document, or say whether it is what the app does."""
    parser = argparse.ArgumentParser(prog="python -m tests.wire.fault_matrix", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/faults.md")
    options = parser.parse_args(arguments)
    every = cases()
    found = outcomes([case for _, case in every])
    text = render([(title, case, outcome) for (title, case), outcome in zip(every, found, strict=True)])
    if options.write:
        DOCUMENT.write_text(text, encoding="utf-8")
        print(f"{len(every)} runs, written to {DOCUMENT.name}")
        return 0
    is_current = DOCUMENT.is_file() and DOCUMENT.read_text(encoding="utf-8") == text
    print("docs/faults.md is current." if is_current else "docs/faults.md is stale: run with --write.")
    return 0 if is_current else 1


def sampled() -> Iterator[tuple[str, Case]]:
    """A short form: each fault once, in ways to ask that take turns."""
    every: dict[tuple[str, str], list[tuple[str, Case]]] = {}
    for title, case in cases():
        every.setdefault((title, case.fault.name), []).append((title, case))
    for turn, found in enumerate(every.values()):
        yield found[turn % len(found)]


if __name__ == "__main__":
    raise SystemExit(main())
