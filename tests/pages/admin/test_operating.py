"""What operators ask the app: is it alive, is it ready, how many runs, how many dollars."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from components.library import open_library
from components.library.errors import StorageError
from components.library.maintenance.daily_backup import back_up_if_due
from components.library.transfer.location import location_of
from components.settings import SettingError
from components.ui.access.rules import access_rules
from components.ui.process.monitoring import readiness
from components.ui.process.monitoring.readiness import OK, ReadinessCheck
from components.ui.process.workbench import Workbench
from components.ui.routes.operating import routes
from tests.unit.library.library_fixtures import add, ask, begin
from tests.unit.runs.fake_client import SECONDS, png

TOKEN = "a-token-for-monitoring-0123456789"


def client(peer: str = "127.0.0.1") -> TestClient:
    """Asks the routes from an address."""
    return TestClient(Starlette(routes=routes), base_url="http://localhost", client=(peer, 5000))


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that an earlier test found is used again."""
    parts = {name: readiness._part(*how) for name, how in readiness._FAILURES.items()}
    monkeypatch.setattr(readiness.readiness, "__defaults__", (parts, readiness.PATIENCE))
    from components.ui.process.monitoring import metrics

    metrics._registry.cache_clear()


def samples(text: str) -> dict[tuple[str, ...], float]:
    """The values by name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_ready_names_each_part_and_what_fails_without_paths(
    workbench: Workbench, fresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 while all is well; 503 with a sentence once the disk is full and the store cannot be written."""
    answer = client("203.0.113.9").get("/readyz")
    assert (answer.status_code, answer.json()) == (200, dict.fromkeys(("database", "files", "queue", "disk"), OK))
    assert not list(workbench.library.staging.iterdir())
    monkeypatch.setattr(readiness, "FRESH", 0.0)
    monkeypatch.setattr(readiness, "free_bytes", lambda folder: 12_000_000)
    monkeypatch.setattr(workbench.library, "staging", workbench.library.folder / "no such folder")
    workbench.runner.stop()
    answer = client("203.0.113.9").get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "database": OK,
        "files": "Files cannot be written and read.",
        "queue": "The app is stopping.",
        "disk": "The disk has 12 MB left, too little for a run.",
    }
    assert client("203.0.113.9").get("/healthz").text == "ok"


def test_a_part_that_hangs_costs_a_bounded_time_and_one_thread() -> None:
    """However many ask meanwhile: each has an answer in time, and one thread waits."""
    go_on, begun = threading.Event(), []

    def hangs() -> str:
        begun.append(threading.current_thread())
        go_on.wait(SECONDS)
        return OK

    parts = {"files": ReadinessCheck(hangs, ""), "disk": ReadinessCheck(lambda: OK, "")}

    async def asked() -> list[dict[str, str]]:
        return await asyncio.gather(*(readiness.readiness(parts, 2) for _ in range(20)))

    found = asyncio.run(asked())
    assert found == [{"files": "No answer within 2 seconds.", "disk": OK}] * 20
    assert len(begun) == 1
    go_on.set()


def test_metrics_count_what_the_database_has(workbench: Workbench, fresh: None) -> None:
    """Runs by operation and state, seconds, images, dollars, errors; each process of a library says the same."""
    library = workbench.library
    for number, (state, values) in enumerate(
        (
            ("done", {"started": 100.0, "ended": 103.0, "cost": Decimal("0.25")}),
            ("failed", {"started": 100.0, "ended": 150.0, "error": {"kind": "RateLimited", "money": "nothing_spent"}}),
            ("done", {"started": 100.0, "ended": 900.0, "cost": Decimal("0.5")}),
            ("queued", {}),
        )
    ):
        library.update_run(begin(library, f"r{number}", ask()), state=state, **values)
    add(library, "r0", 0, png(1))
    add(library, "r2", 0, png(2))
    other = open_library(library.folder)
    try:
        answer = client().get("/metrics")
    finally:
        other.close()
    assert answer.headers["content-type"].startswith("text/plain")
    found = samples(answer.text)
    expected: dict[tuple[str, ...], Any] = {
        ("image_workbench_runs_total", "generate", "done"): 2,
        ("image_workbench_runs_total", "generate", "failed"): 1,
        ("image_workbench_runs_unfinished", "generate", "queued"): 1,
        ("image_workbench_run_seconds_bucket", "2.5", "generate"): 0,
        ("image_workbench_run_seconds_bucket", "5.0", "generate"): 1,
        ("image_workbench_run_seconds_bucket", "60.0", "generate"): 2,
        ("image_workbench_run_seconds_bucket", "+Inf", "generate"): 3,
        ("image_workbench_run_seconds_sum", "generate"): 853,
        ("image_workbench_images_total", "generate"): 2,
        ("image_workbench_dollars_total", "generate"): 0.75,
        ("image_workbench_errors_total", "RateLimited"): 1,
        ("image_workbench_processes_alive", "server"): 2,
    }
    assert {key: found.get(key) for key in expected} == expected
    assert found[("image_workbench_process_disk_free_bytes",)] > 0
    assert found[("process_resident_memory_bytes",)] > 0


def test_the_files_are_not_ready_while_the_storage_is_down(
    workbench: Workbench, fresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readiness asks the storage too, and says what failed without its address."""

    def down() -> None:
        raise StorageError("The storage of the library's files cannot be reached.", "Try again.")

    monkeypatch.setattr(type(workbench.full_library.files), "ping", lambda _: down())
    answer = client("203.0.113.9").get("/readyz")
    assert (answer.status_code, answer.json()["files"]) == (503, "Files cannot be written and read.")


def test_metrics_say_when_the_newest_backup_was_made(
    workbench: Workbench, fresh: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """0 until there is one, then its time; nothing without the setting."""
    name = ("image_workbench_process_backup_timestamp_seconds",)
    assert name not in samples(client().get("/metrics").text)
    settings = replace(workbench.settings, backups=str(tmp_path / "backups"))
    monkeypatch.setattr(
        "components.ui.process.monitoring.metrics.workbench", lambda: replace(workbench, settings=settings)
    )
    assert samples(client().get("/metrics").text)[name] == 0
    here = location_of(workbench.settings, workbench.full_library.folder)
    back_up_if_due(here, tmp_path / "backups", 1_795_000_000.0)
    assert samples(client().get("/metrics").text)[name] == 1_795_000_000.0


def test_metrics_are_for_listed_addresses_or_a_token(
    workbench: Workbench, fresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loopback by default; through a proxy, the address that a trusted one names; nobody by claims of their own."""
    proxied = {"X-Forwarded-For": "203.0.113.9, 127.0.0.1", "X-Forwarded-Host": "images.example.com"}
    assert client().get("/metrics").status_code == 200
    assert client("203.0.113.9").get("/metrics").status_code == 403
    assert client("203.0.113.9").get("/metrics", headers=proxied).status_code == 403, "a claim of a stranger"
    assert client().get("/metrics", headers=proxied).status_code == 403, "through a proxy that is not listed"
    monkeypatch.setenv("IMAGE_WORKBENCH_TRUSTED_PROXIES", "127.0.0.1")
    monkeypatch.setenv("IMAGE_WORKBENCH_MONITORS", "10.1.0.0/16")
    access_rules.cache_clear()
    try:
        stranger = {**proxied, "X-Forwarded-For": "10.1.2.3, 203.0.113.9"}
        monitor = {**proxied, "X-Forwarded-For": "203.0.113.9, 10.1.2.3"}
        assert client().get("/metrics", headers=stranger).status_code == 403
        assert client().get("/metrics", headers=monitor).status_code == 200
        assert client().get("/metrics", headers={"X-Forwarded-Host": "images.example.com"}).status_code == 403
    finally:
        access_rules.cache_clear()
    refused = client("203.0.113.9").get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (refused.status_code, "IMAGE_WORKBENCH_MONITORS" in refused.text) == (403, True)
    monkeypatch.setenv("IMAGE_WORKBENCH_MONITOR_TOKEN", TOKEN)
    assert client("203.0.113.9").get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client("203.0.113.9").get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403
    assert (
        client("203.0.113.9")
        .get("/metrics", headers={"Authorization": f"Bearer {TOKEN}é".encode("latin-1")})
        .status_code
        == 403
    )


def test_a_wrong_address_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error is named with its variable."""
    monkeypatch.setenv("IMAGE_WORKBENCH_MONITORS", "10.0.0.0/99")
    access_rules.cache_clear()
    with pytest.raises(SettingError, match="IMAGE_WORKBENCH_MONITORS holds"):
        access_rules()


def test_a_page_says_that_the_app_is_about_to_restart(app: AppTest, workbench: Workbench) -> None:
    """While a stop waits for runs; a submission is refused with a sentence, and the prompt stays."""
    app.run()
    assert not app.info
    app.text_area(key="generate.prompt").set_value("a fox")
    workbench.runner.drain(0, threading.Event())
    app.run()
    assert "about to restart" in app.info[0].value
    app.button(key="generate.submit").click().run()
    said = "".join(one.value for one in app.markdown).replace("\\", "")
    assert "The app is stopping. Try again after it has restarted. Nothing was sent" in said
    assert app.text_area(key="generate.prompt").value == "a fox"
