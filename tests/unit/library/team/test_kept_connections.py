"""People's own connections: encrypted, for one person, under secrets that can follow each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from components.library import Library, open_library
from components.library.archive.exporter import export_zip
from components.library.team.kept_connections import (
    SecretTooShort,
    check_secrets,
    connections_kept,
    forget_connection,
    keep_connection,
)
from tests.unit.library.file_places import stored_bytes

KEY = "sk-very-private-1234567890"
OLD, NEW = "o" * 32, "n" * 32
ADA, BEN = "ada@example.com", "ben@example.com"
CONTENT = {"id": "own-1", "name": "Mine", "api_key": KEY}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = open_library(tmp_path / "library")
    yield opened
    opened.close()


def test_only_its_person_gets_it_back(library: Library) -> None:
    """Also when somebody moves the row to another person, and never the ciphertext's content from the disk."""
    keep_connection(library, [OLD], ADA, "own-1", CONTENT)
    assert connections_kept(library, [OLD], ADA) == ([CONTENT], 0)
    assert connections_kept(library, [OLD], BEN) == ([], 0)
    stored = stored_bytes(library)
    assert b"own-1" in stored
    assert KEY.encode() not in stored
    assert KEY.encode() not in b"".join(export_zip(library, []))
    with library.engine.begin() as connection:
        connection.execute(text("UPDATE kept_connections SET person = :ben"), {"ben": BEN})
    assert connections_kept(library, [OLD], BEN) == ([], 1)


def test_a_new_secret_follows_an_old_one(library: Library) -> None:
    """The first encrypts, each decrypts; without the right one it is counted, not raised."""
    keep_connection(library, [OLD], ADA, "own-1", CONTENT)
    assert connections_kept(library, [NEW, OLD], ADA) == ([CONTENT], 0)
    keep_connection(library, [NEW, OLD], ADA, "own-2", {**CONTENT, "id": "own-2"})
    found, unreadable = connections_kept(library, [NEW], ADA)
    assert ([one["id"] for one in found], unreadable) == (["own-2"], 1)
    assert connections_kept(library, [], ADA) == ([], 2)
    forget_connection(library, ADA, "own-1")
    assert connections_kept(library, [], ADA) == ([], 1)


def test_a_secret_that_could_be_guessed_is_refused() -> None:
    """With how long it has to be."""
    check_secrets(())
    check_secrets((OLD, NEW))
    with pytest.raises(SecretTooShort, match="32 random characters"):
        check_secrets((OLD, "short"))
