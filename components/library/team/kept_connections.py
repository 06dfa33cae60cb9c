"""People's own connections with their keys, encrypted by a secret that is not in the database.

Each is encrypted by Fernet (AES-128-CBC and HMAC-SHA-256, of the package cryptography) with a key derived from the
operator's secret by HKDF-SHA-256. Of several secrets the first encrypts and each decrypts, so that one can follow
another. Its owner is encrypted with it, so that a row that is copied to another person is worth nothing there.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from components.library.db.tables.team_tables import kept_connections
from components.library.errors import explained
from components.library.files.handle import LibraryHandle

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

SHORTEST_SECRET = 32  # characters
MOST_KEPT = 50  # connections of a person
_PURPOSE = b"image-workbench: people's own connections"


class SecretTooShort(ValueError):
    """A secret is so short that it could be guessed."""


def keep_connection(
    library: LibraryHandle, secrets: Sequence[str], person: str, connection_id: str, content: Mapping[str, Any]
) -> None:
    """Store a person's connection, in place of an earlier one with its id. Raise LibraryUnavailable."""
    complete = {"person": person, "id": connection_id, "connection": dict(content)}
    token = _keys(secrets).encrypt(json.dumps(complete).encode()).decode("ascii")
    row = {"person": person, "id": connection_id, "content": token, "saved": time.time()}
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(kept_connections).where(*_one(person, connection_id)))
        connection.execute(insert(kept_connections).values(**row))


def forget_connection(library: LibraryHandle, person: str, connection_id: str) -> None:
    """Remove a person's connection. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(kept_connections).where(*_one(person, connection_id)))


def connections_kept(library: LibraryHandle, secrets: Sequence[str], person: str) -> tuple[list[dict[str, Any]], int]:
    """Return a person's connections, the first kept first, and how many of them none of the secrets opens.

    Raise LibraryUnavailable.
    """
    query = select(kept_connections).where(kept_connections.c.person == person).order_by(kept_connections.c.saved)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query.limit(MOST_KEPT)).all()
    opened = [_open(secrets, row.content, person, row.id) for row in rows]
    found = [one for one in opened if one is not None]
    return found, len(opened) - len(found)


def _open(secrets: Sequence[str], token: str, person: str, connection_id: str) -> dict[str, Any] | None:
    from cryptography.fernet import InvalidToken

    if not secrets:
        return None
    try:
        complete = json.loads(_keys(secrets).decrypt(token.encode("ascii", "replace")))
    except (InvalidToken, ValueError):
        return None
    if (complete.get("person"), complete.get("id")) != (person, connection_id):
        return None
    return dict(complete["connection"])


def check_secrets(secrets: Sequence[str]) -> None:
    """Raise SecretTooShort for a secret that could be guessed."""
    if any(len(secret) < SHORTEST_SECRET for secret in secrets):
        raise SecretTooShort(f"each secret needs at least {SHORTEST_SECRET} random characters")


def _keys(secrets: Sequence[str]) -> MultiFernet:
    # Imported where it is used: without the setting, nothing needs it.
    from cryptography.fernet import Fernet, MultiFernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    def key(secret: str) -> bytes:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
        return base64.urlsafe_b64encode(derived)

    return MultiFernet([Fernet(key(secret)) for secret in secrets])


def _one(person: str, connection_id: str) -> tuple[Any, Any]:
    return kept_connections.c.person == person, kept_connections.c.id == connection_id
