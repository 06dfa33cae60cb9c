"""An OIDC provider of two people on loopback, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

from tests.servers.network import free_port

PEOPLE = {"member@example.com": "Mia Member", "viewer@example.com": "Vic Viewer"}


@contextmanager
def oidc_provider() -> Iterator[str]:
    """The provider's address, until the end of the block."""
    port = free_port()
    people = [json.dumps({"sub": email, "email": email, "name": name}) for email, name in PEOPLE.items()]
    claims = [part for person in people for part in ("--user-claims", person)]
    command = (sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port), *claims)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not _answers(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/.well-known/openid-configuration")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
