"""The objects that live as long as the process: library, client, runner and the built-in engine.

Every session shares them. They are made from the environment at the first use, and never touch Streamlit: threads
without a session use them too (the routes, the runner's loop).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from components.checks.measure import MEASURES
from components.client import Client, Connection
from components.client.connections.secrets_file import operator_secrets
from components.engine import EngineServer
from components.images.decoding import decode_gate
from components.library import Library, open_for
from components.library.cluster.notices import Listener
from components.library.maintenance.daily_backup import DailyBackup
from components.library.maintenance.housekeeping import Housekeeper
from components.library.sheets.checks import unchecked
from components.library.team.kept_connections import SecretTooShort, check_secrets
from components.library.team.rule_defaults import defaults_in, use_defaults
from components.library.visible.visible_library import VisibleLibrary
from components.runs import (
    AppStopping,
    BatchRunner,
    CheckRunner,
    ImageTextRunner,
    QuestionRunner,
    Runner,
    RunView,
    SheetRunner,
    SheetStarter,
)
from components.runs.cluster import peers_of
from components.runs.probing.probe_run import ProbeRunner
from components.runs.probing.stored_capabilities import StoredCapabilities
from components.settings import BUILT_IN_ID, SettingError, Settings
from components.team.people import Person
from components.ui.access.rules import allows_private_connections
from components.ui.process.page_rights import protect_from_viewers
from components.ui.process.visible.current_person import current_person
from components.ui.process.visible.visible_runner import VisibleRunner

T = TypeVar("T")

MOST_SEEN = 1_000  # people whose view of the library is kept ready
BUILT_IN_NAME = "Built-in engine, no AI"


@dataclass(frozen=True)
class Workbench:
    """Everything below the user interface, ready to use. Other processes send notices on PostgreSQL only."""

    settings: Settings
    full_library: Library
    client: Client
    capabilities: StoredCapabilities
    full_runner: Runner
    probes: ProbeRunner
    sheets: SheetRunner
    batches: BatchRunner
    starts: SheetStarter
    checks: CheckRunner
    questions: QuestionRunner
    image_texts: ImageTextRunner
    engine: EngineServer
    housekeeper: Housekeeper
    notices: Listener | None

    seen: dict[Person, VisibleLibrary] = field(default_factory=dict)

    @property
    def library(self) -> Library:
        """Return the library as the person who asks sees it; all of it where nobody signs in."""
        person = current_person()
        return self.full_library if person is None else self._seen_by(person)

    @property
    def runner(self) -> Runner:
        """Return the runner as the person who asks sees it; see `library`."""
        person = current_person()
        if person is None:
            return self.full_runner
        return cast(Runner, VisibleRunner(self.full_runner, self._seen_by(person)))

    def queue(self) -> list[RunView]:
        """Return all runs that have not ended, for admins; what is private to others without its content."""
        person = current_person()
        if person is None:
            return self.full_runner.live_views()
        return VisibleRunner(self.full_runner, self._seen_by(person)).queue()

    def _seen_by(self, person: Person) -> VisibleLibrary:
        found = self.seen.get(person)
        if found is None:
            if len(self.seen) >= MOST_SEEN:
                self.seen.clear()
            found = self.seen[person] = VisibleLibrary(self.full_library, person)
        return found

    def built_in(self) -> Connection:
        """Return the connection to the built-in engine, starting it if necessary."""
        return Connection(
            id=BUILT_IN_ID,
            name=BUILT_IN_NAME,
            base_url=self.engine.start(),
            api_key=self.engine.key,
            source="built-in",
            images_per_minute=0,  # it has no rate limits
        )

    def catch_up(self, sheet_id: str) -> None:
        """Queue the checks of a sheet that are missing and can be done now. Raise LibraryUnavailable.

        A sheet counts as changing while it is queued, and its page is drawn again when that ends: queued without work,
        each page would draw itself without end.
        """
        if unchecked(self.full_library, sheet_id, MEASURES, 1):
            self.checks.catch_up(sheet_id)
        if self.questions.has_to_look(sheet_id):
            self.questions.catch_up(sheet_id)

    def is_checking(self, sheet_id: str) -> bool:
        """Return whether results of a sheet's checks may still come by themselves. Raise LibraryUnavailable."""
        return self.questions.is_active(sheet_id) or self.checks.is_active(sheet_id)

    def ask(self, coroutine: Coroutine[Any, Any, T], timeout: float) -> T:
        """Run a coroutine in the runner's loop, where the client lives, and wait for it.

        Raise TimeoutError after `timeout` seconds, and whatever the coroutine raises.
        """
        return self.full_runner.call(coroutine, timeout)

    def close(self) -> None:
        """Stop all of it, the library last."""
        self.housekeeper.stop()
        self.full_runner.stop()
        self.sheets.join()
        self.checks.stop()
        self.questions.stop()
        self.image_texts.stop()
        self.engine.stop()
        self.capabilities.close()
        self.full_library.close()


_lock = threading.Lock()
_current: Workbench | None = None


_is_closed_for_good = False


def workbench() -> Workbench:
    """Return the process's workbench, made from the environment at the first call.

    Raise LibraryUnavailable when it cannot be made, or was closed for good.
    """
    global _current
    if _current is not None:
        return _current
    with _lock:
        if _current is None:
            if _is_closed_for_good:
                raise AppStopping
            _current = _open(Settings.from_environment())
        return _current


def open_workbench() -> Workbench:
    """Return the workbench for a starting server, even after an earlier server in this process closed for good."""
    global _is_closed_for_good
    _is_closed_for_good = False
    return workbench()


def drain_runs(seconds: float, hurry: threading.Event) -> None:
    """Accept no new runs, and wait for those under way; see `Runner.drain`."""
    if (current := _current) is not None:
        current.runner.drain(seconds, hurry)


def stop_runs() -> None:
    """Stop the runs in progress and accept no others; the library stays open for readers."""
    if (current := _current) is not None:
        current.full_runner.stop()


def close_workbench(*, for_good: bool = False) -> None:
    """Close the workbench; the next call of `workbench` opens a new one, unless this was for good."""
    global _current, _is_closed_for_good
    with _lock:
        _is_closed_for_good = _is_closed_for_good or for_good
        if _current is not None:
            _current.close()
            _current = None


def _open(settings: Settings) -> Workbench:
    try:
        check_secrets(settings.key_encryption_secret)
    except SecretTooShort as problem:
        raise SettingError(f"IMAGE_WORKBENCH_KEY_ENCRYPTION_SECRET: {problem}") from None
    decode_gate.configure(settings.decode_bytes)
    use_defaults(defaults_in(operator_secrets()))
    library = open_for(settings)
    protect_from_viewers(library.engine)
    capabilities = StoredCapabilities(library)
    private = allows_private_connections(settings)
    client = Client(settings, private_connections=private, capabilities=capabilities)
    peers = peers_of(library, settings)
    runner = Runner(library, client, settings, peers)
    runner.start()
    checks = CheckRunner(library, settings.max_pixels)
    questions = QuestionRunner(library, runner)

    def check(sheet_id: str) -> None:
        checks.catch_up(sheet_id)
        questions.catch_up(sheet_id)

    sheets = SheetRunner(library, runner, check)
    batches = BatchRunner(library, client, runner, check)
    starts = SheetStarter(library, runner, sheets, batches)
    housekeeper = Housekeeper(library, daily_backup=DailyBackup.by(settings))
    housekeeper.start()
    image_texts = ImageTextRunner(library, settings.max_pixels)
    image_texts.start()
    # A new secret for each start, so that nobody else on this machine can use the engine.
    engine = EngineServer(port=settings.engine_port, key=f"sk-engine-{secrets.token_urlsafe(24)}")
    probes = ProbeRunner(library, client, runner, capabilities)
    return Workbench(
        settings,
        library,
        client,
        capabilities,
        runner,
        probes,
        sheets,
        batches,
        starts,
        checks,
        questions,
        image_texts,
        engine,
        housekeeper,
        peers.notices,
    )
