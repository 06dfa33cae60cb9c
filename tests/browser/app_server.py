"""The real app as a process of its own, the way people start it, on a port and a data folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType

from tests.servers.network import free_port
from tests.setup.environment import ROOT

STREAMLIT_RUN = ("-m", "streamlit", "run", "app.py")
PYTHON_APP = ("app.py",)
# Read from the home folder by both ways to start: `python app.py` takes no flags.
CONFIG = """
[server]
headless = true
port = {port}
[browser]
gatherUsageStats = false
[secrets]
files = ["{secrets}"]
"""
COLOR_CODES = re.compile("\x1b\\[[0-9;]*m")
START_SECONDS = 120
STOP_SECONDS = 60


class AppServer:
    """The app, started by entering it as a context and stopped by leaving it.

    `data` is its library's folder, `log` the file that takes what it prints, `secrets` the secrets.toml that
    it reads if a test has written one. It may be stopped or killed and started again: all of these go on.
    """

    def __init__(
        self,
        folder: Path,
        *,
        command: tuple[str, ...] = STREAMLIT_RUN,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`folder` takes all that the app writes; `environment` is added to the tests' own, scrubbed one."""
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.data = folder / "data"
        self.log = folder / "app.log"
        self.secrets = folder / "secrets.toml"
        self._home = folder / "home"
        self._command = (sys.executable, *command)
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the app and return when it answers. Raise AssertionError with its log if it does not."""
        self._furnish_home()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._variables(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._healthy():
            code = self._process.poll()
            if code is not None or time.monotonic() > deadline:
                self.kill()
                why = f"ended with {code}" if code is not None else f"gave no answer in {START_SECONDS} s"
                raise AssertionError(f"The app {why}. Its log:\n{self.log_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the app as a service manager does. Raise AssertionError with its log if it does not end."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"The app did not stop in {STOP_SECONDS} s:\n{self.log_text()}") from None
        self._process = None

    def kill(self) -> None:
        """End the app at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def pid(self) -> int:
        """The number of its process. Raise AssertionError if it does not run."""
        assert self._process is not None
        return self._process.pid

    def log_text(self) -> str:
        """What the app printed so far, without colors."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return COLOR_CODES.sub("", text)

    def __enter__(self) -> AppServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _furnish_home(self) -> None:
        """A home of its own, so that no settings or secrets of the person at this machine come in."""
        config = self._home / ".streamlit" / "config.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(CONFIG.format(port=self.port, secrets=self.secrets), encoding="utf-8")

    def _variables(self) -> dict[str, str]:
        return {
            **os.environ,
            "HOME": str(self._home),
            "PYTHONUNBUFFERED": "1",
            "IMAGE_WORKBENCH_DATA": str(self.data),
            **self._environment,
        }

    def _healthy(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
