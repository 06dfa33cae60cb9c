"""What the log says of a run, in text and in JSON, and what it never says."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest

from components import logs
from components.client import Connection
from components.client.events import Completed, ResponseStarted, Sent
from components.logs import JsonFormatter, SafeFormatter, configure_logs
from components.settings import Settings
from tests.unit.runs.fake_client import USAGE, RunnerHarness, arrives, ask, png

SECRETS = ("sk-planted-0123456789abcdef", "planted-header-value", "planted-query-value", "planted/env+secret")
CONNECTION = Connection(
    "c1", "Test", "http://127.0.0.1:9/v1", SECRETS[0], headers=(("X-Team", SECRETS[1]),), query=(("code", SECRETS[2]),)
)


@pytest.fixture(autouse=True)
def pytests_own_handlers() -> Iterator[None]:
    """Leave the formatters of whatever handles the root logger as they were."""
    kept = [(handler, handler.formatter) for handler in logging.getLogger().handlers]
    yield
    for handler, formatter in kept:
        handler.setFormatter(formatter)


@pytest.fixture(params=["text", "json"])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the app's loggers write at level info, in one of the forms."""
    out, logger = io.StringIO(), logging.getLogger("components")
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonFormatter() if request.param == "json" else SafeFormatter())
    level, known = logger.level, dict(logs._secrets)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield out
    logger.removeHandler(handler)
    logger.setLevel(level)
    logs._secrets.clear()
    logs._secrets.update(known)


def submitted(app: RunnerHarness, prompt: str = "a planted prompt") -> str:
    """The id of a run over the connection with all kinds of secrets."""
    return app.runner.submit(CONNECTION, replace(ask(), values={**ask().values, "prompt": prompt}))


def test_each_line_of_a_run_names_it(harness: Callable[..., RunnerHarness], written: io.StringIO) -> None:
    """Begin and end with operation, state, seconds and images, each with the run's id; no prompt."""
    app = harness([Sent(), ResponseStarted("req_77", 200), arrives(0, png(0)), Completed("req_77", USAGE, {})])
    run_id = submitted(app)
    assert app.end(run_id).state == "done"
    app.runner.stop()
    lines = [line for line in written.getvalue().splitlines() if "Run " in line]
    assert len(lines) == 2
    assert all(run_id in line for line in lines)
    assert "req_77" in lines[1]
    if lines[0].startswith("{"):
        begun, ended = map(json.loads, lines)
        assert (begun["message"], begun["level"], begun["operation"]) == ("Run begun", "info", "generate")
        assert (ended["state"], ended["images"], ended["request_id"]) == ("done", 1, "req_77")
        assert ended["seconds"] >= 0
    assert "planted" not in written.getvalue()


def test_the_prompt_is_there_only_when_switched_on(harness: Callable[..., RunnerHarness], written: io.StringIO) -> None:
    """The setting is the operator's."""
    app = harness([Sent(), arrives(0, png(0)), Completed("", USAGE, {})], log_prompts="on")
    app.end(submitted(app))
    app.runner.stop()
    assert "a planted prompt" in written.getvalue()


def test_no_secret_is_ever_written(harness: Callable[..., RunnerHarness], written: io.StringIO) -> None:
    """An exception with all of them, as they are, as JSON and in an address; in a message and in a traceback."""
    configure_logs(Settings(), {"SOME_API_KEY": SECRETS[3], "HOME": "/somewhere"})
    spelled = " ".join((*SECRETS, *map(json.dumps, SECRETS), *(quote(secret, safe="") for secret in SECRETS)))
    app = harness([Sent(), RuntimeError(spelled)])
    run_id = submitted(app)
    assert app.end(run_id).state == "failed"
    logging.getLogger("components.somewhere").warning("%s", spelled)
    app.runner.stop()
    said = written.getvalue()
    assert "Traceback" in said
    assert run_id in said
    for secret in SECRETS:
        assert secret not in said
        assert quote(secret, safe="") not in said


def test_settings_choose_form_and_level() -> None:
    """Streamlit's own lines are written in the same form; other libraries' loggers are left alone."""
    streamlit = logging.getLogger("streamlit.a_test")
    handler = logging.StreamHandler(io.StringIO())
    streamlit.addHandler(handler)
    logger = logging.getLogger("components")
    level = logger.level
    try:
        configure_logs(replace(Settings(), log="json", log_level="error"), {})
        assert isinstance(handler.formatter, JsonFormatter)
        assert logger.level == logging.ERROR
        configure_logs(replace(Settings(), log="text", log_level="info"), {})
        assert logger.level == logging.INFO
    finally:
        streamlit.removeHandler(handler)
        logger.setLevel(level)


def test_secrets_of_settings_are_hidden() -> None:
    """A database's password alone as well as in its address, and each of several secrets; `repr` shows none."""
    known = dict(logs._secrets)
    try:
        settings = replace(Settings(), database_url="postgresql+psycopg://app:p%40ssw0rd-x@db/app")
        settings = replace(settings, key_encryption_secret=("planted-new", "planted-old"))
        configure_logs(settings, {})
        message = "password p@ssw0rd-x, secrets planted-old and planted-new refused"
        record = logging.LogRecord("components", 30, "x.py", 1, message, (), None)
        for text in (SafeFormatter().format(record), repr(settings)):
            assert "p@ssw0rd" not in text
            assert "planted" not in text
    finally:
        logs._secrets.clear()
        logs._secrets.update(known)
