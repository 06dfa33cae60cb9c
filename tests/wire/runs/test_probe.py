"""What a server can do: a probe finds the planted defects of a gateway, and the next run works around each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.client import Client, Connection
from components.library import LibraryUnavailable, open_library
from components.library.queries.totals.spending import spend
from components.library.server_capabilities import stored_findings
from components.parameters import Request
from components.parameters.capabilities import CAPABILITIES, Finding
from components.runs import Runner, RunView
from components.runs.probing.plan import price_of, steps_for
from components.runs.probing.probe_run import ProbeRunner
from components.runs.probing.probe_view import ProbeView
from components.runs.probing.stored_capabilities import StoredCapabilities
from components.settings import Settings
from tests.support.await_run import until
from tests.unit.library.file_places import stored_bytes
from tests.wire import gateway as g
from tests.wire.client_fixtures import KEY, PNG, b64, input_image, question, request
from tests.wire.gateway import Gateway
from tests.wire.loopback import Hang, Loopback, error_answer, json_answer, plain_answer

SECONDS = 60.0
IMAGES, QUESTIONS = "gpt-image-2", "gpt-6.1-terra"


class App:
    """Library, client, runner and probes as the app has them, and a gateway."""

    def __init__(self, folder: Path, server: Loopback) -> None:
        self.folder, self.server = folder, server
        self.connection = Connection("c1", "Gateway", server.base_url, KEY)
        self.open()

    def open(self) -> None:
        """Start the app."""
        settings = Settings(connect_timeout=SECONDS, read_timeout=SECONDS)
        self.library = open_library(self.folder)
        self.capabilities = StoredCapabilities(self.library)
        client = Client(settings, capabilities=self.capabilities)
        self.runner = Runner(self.library, client, settings)
        self.runner.start()
        self.probes = ProbeRunner(self.library, client, self.runner, self.capabilities)

    def close(self) -> None:
        """Stop it."""
        self.runner.stop()
        self.capabilities.close()
        self.library.close()

    def probe(self, *names: str, images: str = IMAGES) -> ProbeView:
        """Probe to the end."""
        self.probes.start(self.connection, names or steps_for(images, QUESTIONS), images, QUESTIONS)
        return self.ended()

    def ended(self) -> ProbeView:
        """Wait for the end of a probe."""
        end = time.monotonic() + SECONDS
        while (view := self.probes.view(self.connection)) is None or view.state == "running":
            assert time.monotonic() < end, view
            time.sleep(0.01)
        return view

    def value(self, name: str, model: str = IMAGES) -> str:
        """Return what is known of a capability."""
        found = self.capabilities.known(self.connection, model).get(name)
        return found.value if found else CAPABILITIES[name].usual

    def run(self, query: Request) -> RunView:
        """Run a request to its end."""
        view = until(self.runner, self.runner.submit(self.connection, query), lambda one: one.has_ended, SECONDS)
        assert view.state == "done", view.error
        return view


@pytest.fixture
def app(data_folder: Path) -> Iterator[App]:
    """An app with a gateway."""
    with Loopback() as server:
        app = App(data_folder, server)
        yield app
        app.close()


def several(folder: Path, **more: Any) -> Request:
    """Return an edit of two images."""
    images = tuple(input_image(folder, name, PNG) for name in ("one.png", "two.png"))
    return request("edit", images=images, **more)


# For each defect: what the probe finds, the run that follows, the path, and what its body has.
FOUND: dict[str, tuple[str, str]] = {
    g.NO_MASK: ("mask", "ignored"),
    g.NO_LIST: ("image_field", "image"),
    g.NO_STREAM: ("stream", "no"),
    g.ONLY_LINKS: ("links", "only"),
    g.WANTS_FORMAT: ("response_format", "required"),
    g.ONLY_CHAT: ("responses", "no"),
    g.OLD_LIMIT: ("token_limit", "max_tokens"),
    g.ONE_IMAGE: ("several_images", "no"),
    g.NO_WEBP: ("output_webp", "no"),
}


@pytest.mark.parametrize("defect", g.DEFECTS)
def test_a_probe_finds_a_planted_defect_and_the_next_runs_work_around_it(app: App, defect: str, tmp_path: Path) -> None:
    """Only what was planted is found; after a restart the runs are sent as the gateway wants them, at the first try."""
    defects = {defect, g.ONLY_CHAT} if defect == g.OLD_LIMIT else {defect}
    Gateway(app.server, defects)
    view = app.probe()
    assert (view.state, view.error) == ("done", "")
    name, value = FOUND[defect]
    models = {"responses": QUESTIONS, "token_limit": QUESTIONS}
    assert app.value(name, models.get(name, IMAGES)) == value
    planted = {FOUND[one] for one in defects} | ({("partial_images", "yes")} if defect == g.NO_STREAM else set())
    for model in (IMAGES, QUESTIONS):
        others = {
            (one, app.value(one, model)) for one in CAPABILITIES if app.value(one, model) != CAPABILITIES[one].usual
        }
        assert others <= planted
    app.close()
    app.open()
    gateway, before = Gateway(app.server, defects), len(app.server.requests)
    app.run(request(stream=True, partial_images=1))
    app.run(several(tmp_path))
    app.run(question(stream=False))
    assert len(gateway.accepted) == 3
    links = 2 if defect == g.ONLY_LINKS else 0
    assert len(app.server.requests) == before + 3 + links  # nothing was refused before it was accepted
    generated, edited = gateway.sent("/images/generations"), gateway.sent("/images/edits")
    assert ("stream" in generated) == ("partial_images" in generated) == (defect != g.NO_STREAM)
    assert (
        generated.get("response_format")
        == edited.get("response_format")
        == ("b64_json" if defect == g.WANTS_FORMAT else None)
    )
    assert edited["parts"] == (["image"] * 2 if defect == g.NO_LIST else ["image[]"] * 2)
    if g.ONLY_CHAT in defects:
        limit = "max_tokens" if defect == g.OLD_LIMIT else "max_completion_tokens"
        assert limit in gateway.sent("/chat/completions")


def test_a_sound_server_passes_and_the_probe_costs_what_it_says(app: App) -> None:
    """Every step is answered; the cost is in Spending, and no image and no run is left in the library."""
    Gateway(app.server)
    names = steps_for(IMAGES, QUESTIONS)
    view = app.probe()
    assert [answer.capability for answer in view.answers] == names
    assert all(
        app.value(name, model) == CAPABILITIES[name].usual for name in CAPABILITIES for model in (IMAGES, QUESTIONS)
    )
    assert view.requests == len(names) == price_of(names, IMAGES, QUESTIONS).requests
    assert view.unpriced == 0
    assert 0 < view.cost == spend(app.library, 0).total
    assert app.library.recent(operation="generate") == []
    assert list(app.library.staging.iterdir()) == []
    stored = stored_findings(app.library)
    found = stored_bytes(app.library)
    assert stored
    assert KEY.encode() not in found
    assert f":{app.server.port}".encode() not in found


def test_a_model_is_asked_only_what_it_takes() -> None:
    """Links of dall-e-2 and no partial images, every format of a model that nobody knows, no edit of dall-e-3."""
    small = ["generate", "several_images", "links", "edit", "mask", "responses", "chat"]
    assert steps_for("dall-e-2", QUESTIONS) == small
    assert {"output_svg", "links", "image_field"} <= set(steps_for("a-new-model", ""))
    assert steps_for("dall-e-3", "") == ["generate", "links"]


def test_a_probe_is_cancelled_and_what_it_found_stays(app: App) -> None:
    """Cancel closes the request under way; the cost of that is unknown and the probe says so."""
    gateway = Gateway(app.server)
    app.server.answer(gateway._answer, [Hang()])
    app.probes.start(app.connection, steps_for(IMAGES, QUESTIONS), IMAGES, QUESTIONS)
    end = time.monotonic() + SECONDS
    while len(app.server.requests) < 2:
        assert time.monotonic() < end
        time.sleep(0.01)
    app.probes.cancel(app.connection)
    view = app.ended()
    assert (view.state, [answer.capability for answer in view.answers]) == ("cancelled", ["generate"])
    assert app.server.left.wait(SECONDS)
    assert view.unpriced == 1


def test_what_may_have_been_billed_is_not_sent_again(app: App) -> None:
    """Of a proxy that stops waiting, each step that needs no other asks once."""
    app.server.answer(plain_answer("<html>504 Gateway Time-out</html>", status=504))
    view = app.probe("generate", "edit", "responses", "chat")
    assert sorted(one.path for one in app.server.requests) == [
        "/v1/chat/completions",
        "/v1/images/edits",
        "/v1/images/generations",
        "/v1/responses",
    ]
    assert (view.requests, view.unpriced) == (4, 4)


def test_anothers_probe_of_the_same_server_goes_on(app: App) -> None:
    """Who cancels, cancels the probe of their own connection."""
    app.server.answer([Hang()])
    app.probes.start(app.connection, ["generate"], IMAGES, QUESTIONS)
    other = replace(app.connection, id="c2", api_key="sk-other")
    assert app.probes.view(other) is None
    app.probes.cancel(other)
    end = time.monotonic() + SECONDS
    while not app.server.requests:
        assert time.monotonic() < end
        time.sleep(0.01)
    view = app.probes.view(app.connection)
    assert view is not None
    assert view.state == "running"
    app.probes.cancel(app.connection)
    assert app.ended().state == "cancelled"


def test_what_a_request_cost_is_written_again_until_it_is_stored(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that cannot be written for a moment loses neither the cost nor the probe."""
    Gateway(app.server)
    failures = iter([LibraryUnavailable("The database is locked.", "Try again.")])
    update = app.library.update_run

    def sometimes(run_id: str, **values: Any) -> None:
        if "ended" in values and (failure := next(failures, None)):
            raise failure
        update(run_id, **values)

    monkeypatch.setattr(app.library, "update_run", sometimes)
    view = app.probe("generate")
    assert view.state == "done"
    assert 0 < view.cost == spend(app.library, 0).total
    assert app.runner.live_views() == []


def test_a_refused_key_ends_a_probe_at_once(app: App) -> None:
    """Nothing is learned from it."""
    app.server.answer(error_answer(401, "invalid_api_key"))
    view = app.probe()
    assert view.state == "failed"
    assert "The key was not accepted" in view.error
    assert len(app.server.requests) == 1
    assert app.capabilities.known(app.connection, IMAGES) == {}


def test_what_is_no_image_ends_no_probe(app: App) -> None:
    """A server that sends something else is not taken to be able to make images, nor is it said that it cannot."""
    app.server.answer(json_answer({"data": [{"b64_json": b64(b"This is no image.")}]}))
    view = app.probe()
    assert view.state == "done"
    assert "cannot be opened" in view.answers[0].note
    assert not {"generate", "edit"} & set(app.capabilities.known(app.connection, IMAGES))


@pytest.mark.parametrize("defect", [g.NO_STREAM, g.NO_LIST, g.WANTS_FORMAT, g.OLD_LIMIT])
def test_an_ordinary_refusal_is_learned_and_worked_around(app: App, defect: str, tmp_path: Path) -> None:
    """A run that is refused for its shape is sent again at once; the next app sends it right from the start."""
    defects = {defect, g.ONLY_CHAT} if defect == g.OLD_LIMIT else {defect}
    queries = {g.NO_STREAM: request(stream=True), g.NO_LIST: several(tmp_path), g.OLD_LIMIT: question(stream=False)}
    query = queries.get(defect) or request()
    gateway = Gateway(app.server, defects)
    app.run(query)
    assert len(app.server.requests) == len(gateway.accepted) + len(defects)
    name, value = FOUND[defect]
    finding = app.capabilities.known(app.connection, query.model)[name]
    assert (finding.value, finding.source) == (value, "run")
    app.close()
    app.open()
    before = len(app.server.requests)
    app.run(query)
    assert len(app.server.requests) == before + 1


@pytest.mark.parametrize(("defect", "raw"), [(g.ONE_IMAGE, {"n": 2}), (g.NO_WEBP, {"output_format": "webp"})])
def test_a_refusal_of_what_was_asked_for_is_learned_but_not_dropped(app: App, defect: str, raw: dict[str, Any]) -> None:
    """Another result than the one that was requested is never made in its place."""
    gateway = Gateway(app.server, {defect})
    run_id = app.runner.submit(app.connection, request(**raw))
    assert until(app.runner, run_id, lambda one: one.has_ended, SECONDS).state == "failed"
    assert gateway.accepted == []
    name, value = FOUND[defect]
    assert app.value(name) == value


def test_other_refusals_teach_nothing(app: App) -> None:
    """A value that is out of range says nothing of the server."""
    app.server.answer(error_answer(400, message="n must be between 1 and 4.", param="n"))
    run_id = app.runner.submit(app.connection, request(n=8, stream=True))
    until(app.runner, run_id, lambda one: one.has_ended, SECONDS)
    assert len(app.server.requests) == 1
    assert app.capabilities.known(app.connection, IMAGES) == {}


def test_the_operator_knows_better_and_a_person_may_try(app: App) -> None:
    """What secrets.toml sets holds whatever was found, until a person wants it sent."""
    reported = replace(app.connection, capabilities=(("stream", "no"),))
    app.capabilities.learn(reported, IMAGES, "stream", Finding("yes", "probe", 1.0))
    assert app.capabilities.known(reported, IMAGES)["stream"].value == "no"
    app.capabilities.learn(reported, IMAGES, "stream", Finding("yes", "person", 2.0))
    assert app.capabilities.known(reported, IMAGES)["stream"].value == "yes"
    wrong = replace(app.connection, capabilities=(("strem", "no"), ("stream", "maybe")))
    assert [problem.field for problem in wrong.problems] == ["capabilities"] * 2
