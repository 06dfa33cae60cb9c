"""Signing in without a browser: settings of a sign-in, cookies as Streamlit makes them, and people at pages."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any
from unittest.mock import patch

import pytest
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from components.team.people import Person, Role
from components.ui.access.rules import access_rules
from components.ui.access.sign_in.policy import sign_in

COOKIE = "_streamlit_user"
SECRET = "of the tests alone, and long enough for it"
PROXY = "127.0.0.1"
ROLES = {
    "IMAGE_WORKBENCH_ADMINS": "admin@example.com",
    "IMAGE_WORKBENCH_MEMBERS": "member@example.com, other@example.com",
    "IMAGE_WORKBENCH_VIEWERS": "viewer@example.com",
    "IMAGE_WORKBENCH_DEFAULT_ROLE": "none",
}
TOML = """
[auth]
redirect_uri = "{origin}/oauth2callback"
cookie_secret = "{secret}"
client_id = "image-workbench"
client_secret = "the client's"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


def auth_toml(origin: str, provider: str = "http://127.0.0.1:1") -> str:
    """The [auth] section for an app at this origin."""
    return TOML.format(origin=origin, secret=SECRET, provider=provider)


def cookie(origin: str, email: str, *, secret: str = SECRET, **claims: Any) -> str:
    """The cookie that `st.login` leaves for a person; further claims replace its own."""
    user = {
        "iss": "http://127.0.0.1:1",
        "sub": f"sub-{email}",
        "email": email,
        "name": email.partition("@")[0].title(),
        "iat": int(time.time()),
        "origin": origin,
        "is_logged_in": True,
        "provider": "default",
        "nonce": token_hex(8),
        **claims,
    }
    return create_signed_value(secret, COOKIE, json.dumps(user)).decode()


def _read_again() -> None:
    access_rules.cache_clear()
    sign_in.cache_clear()


@contextmanager
def sign_in_by(mode: str, folder: Path, origin: str = "http://localhost", **settings: str) -> Iterator[None]:
    """Let this process's app have a sign-in, with the roles of `ROLES` and [auth] in a file of `folder`."""
    variables = {"IMAGE_WORKBENCH_SIGN_IN": mode, "IMAGE_WORKBENCH_TRUSTED_PROXIES": PROXY, **ROLES, **settings}
    secrets, files = folder / "sign-in.toml", config.get_option("secrets.files")
    secrets.write_text(auth_toml(origin), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        for name, value in variables.items():
            patched.setenv(name, value)
        config.set_option("secrets.files", [str(secrets)])
        secrets_singleton._reset()
        _read_again()
        try:
            yield
        finally:
            config.set_option("secrets.files", files)
            secrets_singleton._reset()
    _read_again()


@contextmanager
def at_pages(person: Person) -> Iterator[None]:
    """Let this person be at the pages of an AppTest; the app has a sign-in by header."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("IMAGE_WORKBENCH_SIGN_IN", "header")
        patched.setenv("IMAGE_WORKBENCH_TRUSTED_PROXIES", PROXY)
        _read_again()
        try:
            with patch("components.ui.process.page_rights.carried_person", return_value=person):
                yield
        finally:
            patched.undo()
            _read_again()


def someone(role: Role, name: str = "") -> Person:
    """A person of this role who signed in."""
    name = name or f"{role}@example.com"
    return Person(name, name, role, is_verified=True)
