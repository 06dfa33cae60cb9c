"""The lines of a batch have the shape that its server is known to want."""

from __future__ import annotations

import json
from pathlib import Path

from components.client import Client, Connection
from components.client.batches.calls import write_lines
from components.settings import Settings
from tests.wire.client_fixtures import request


def test_lines_are_shaped_as_the_server_wants_them(tmp_path: Path) -> None:
    """A server that requires response_format gets it in each line."""
    client, path = Client(Settings()), tmp_path / "batch.jsonl"
    wants = (("response_format", "required"),)
    for known, sent in ((wants, "b64_json"), ((), None)):
        connection = Connection("c", "C", "http://127.0.0.1:9/v1", "sk-test", capabilities=known)
        write_lines(path, client, connection, [("one", request("generate", "gpt-image-2", prompt="a boat"))])
        assert json.loads(path.read_text())["body"].get("response_format") == sent
