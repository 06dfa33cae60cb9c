"""Logs: lines of text or of JSON, each with the run that it is about, none with a secret.

Secrets are those of the settings, of the environment and of every connection that was used, in all spellings in which a
server or an exception may repeat them. A prompt is in a line only where the setting asks for it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import fields
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from components.client.masking import scrub
from components.settings import Settings

# Names of environment variables whose values are secrets.
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|DATABASE_URL|HEADERS|QUERY", re.I)
_SHORTEST = 6  # characters: shorter values would blot out ordinary words
_MOST = 5_000
# Loggers of servers and libraries that print lines of their own.
_OWN_FORMAT = ("streamlit", "uvicorn")

_secrets: dict[str, None] = {}
_run: ContextVar[RunOfLine | None] = ContextVar("run of a log line", default=None)


class RunOfLine(Protocol):
    """What a line says of its run: `view` has its newest id and the server's request id."""

    view: Any


def hide(secrets: Iterable[str]) -> None:
    """Leave these texts out of every later line."""
    for secret in secrets:
        if len(secret) >= _SHORTEST and len(_secrets) < _MOST:
            _secrets[secret] = None


def about(run: RunOfLine) -> None:
    """Let all lines of this task name a run, and its request id once the server has sent one."""
    _run.set(run)


class SafeFormatter(logging.Formatter):
    """Another formatter's lines without secrets, with the run that they are about."""

    def __init__(self, inner: logging.Formatter | None = None) -> None:
        """`inner` makes the line; the app's own form without one."""
        super().__init__()
        self._inner = inner or logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = self._inner.format(record)
        known = "".join(f" {name}={value}" for name, value in _facts(record).items())
        return scrub(f"{line}{known}", sorted(_secrets, key=len, reverse=True))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and what is known of the run."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": os.getpid(),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        known = sorted(_secrets, key=len, reverse=True)
        return json.dumps(
            {name: scrub(value, known) if isinstance(value, str) else value for name, value in line.items()}
        )


def _facts(record: logging.LogRecord) -> Mapping[str, Any]:
    given: dict[str, Any] = dict(getattr(record, "facts", {}))
    if (run := _run.get()) is not None:
        given = {"run_id": run.view.id, "request_id": run.view.request_id, **given}
    return {name: value for name, value in given.items() if value is not None}


def _password(url: str) -> str:
    try:
        return unquote(urlsplit(url).password or "")
    except ValueError:
        return ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def configure_logs(settings: Settings, environment: Mapping[str, str] | None = None) -> None:
    """Write the process's logs as the settings say. Lines of Streamlit and uvicorn are written the same way."""
    environment = os.environ if environment is None else environment
    for secret in (
        *(value for name, value in environment.items() if _SECRET_NAME.search(name)),
        *(secret for one in fields(settings) if not one.repr for secret in _texts(getattr(settings, one.name))),
    ):
        hide((secret, _password(secret)))
    as_json = settings.log == "json"
    logging.getLogger("components").setLevel(settings.log_level.upper())
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stderr))
        root.handlers[0].setFormatter(SafeFormatter())
    others = [name for name in logging.root.manager.loggerDict if name.startswith(_OWN_FORMAT)]
    for logger in (root, *map(logging.getLogger, others)):
        for handler in logger.handlers:
            if as_json:
                handler.setFormatter(JsonFormatter())
            elif not isinstance(handler.formatter, SafeFormatter):
                handler.setFormatter(SafeFormatter(handler.formatter))
