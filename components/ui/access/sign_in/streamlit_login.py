"""Streamlit's OIDC login, read from its cookie.

The only module that imports `streamlit.web` and `streamlit.auth_util`. `st.login` leaves a signed cookie from which
Streamlit fills `st.user` when a page's WebSocket opens. The gate reads the same cookie with the same functions. Relied
on, and checked by `tests/unit/ui/access/sign_in/test_streamlit_login.py`: the cookie's name, `get_cookie_secret`,
`decode_signed_value` with its `max_age_days`, `get_cookie_with_chunks`, the JSON with `origin`, `is_logged_in` and the
claims; `generate_login_redirect_url`, which `st.login` sends the browser to; the addresses of the login, logout and
callback routes. Claims are believed because the provider's token was verified when the cookie was made.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import Scope
from streamlit import auth_util
from streamlit.errors import StreamlitAuthError
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from components.ui.access.base_path import app_address
from components.ui.access.sign_in.login import one_line

LOGIN, LOGOUT, CALLBACK = "/auth/login", "/auth/logout", "/oauth2callback"
DEFAULT_PROVIDER = "default"
_DAY = 86400.0
_PROVIDER_KEY = "client_id"  # what every provider in [auth] has
MOST_GROUPS = 200
KEY_LENGTH = 32  # hexadecimal digits that identify a login


@dataclass(frozen=True)
class CookieLogin:
    """The claims of a login, when it ends in Unix seconds, and a key that each cookie of this login has.

    The key follows from the claims, not from the cookie's text: one signature may be written in several ways.
    """

    claims: Mapping[str, Any]
    until: float
    key: str

    @property
    def name(self) -> str:
        """Return the person's name to show; "" for none."""
        return one_line(str(self.claims.get("name") or ""))

    def identity(self, user_claim: str, groups_claim: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """Return the person's id, the names that role lists may use for them, and their groups.

        An email address that the provider did not verify counts as none: anyone could have typed it.
        """
        email = self._email()
        user = email if user_claim == "email" else one_line(str(self.claims.get(user_claim) or ""))
        subject = one_line(str(self.claims.get("sub") or ""))
        groups = self.claims.get(groups_claim) if groups_claim else None
        listed = groups if isinstance(groups, list) else [groups] if isinstance(groups, str) else []
        return user or subject, (user or subject, email), tuple(one_line(str(one)) for one in listed[:MOST_GROUPS])

    def _email(self) -> str:
        verified = self.claims.get("email_verified", True)
        return "" if verified in (False, "false") else one_line(str(self.claims.get("email") or "")).casefold()


def cookie_login(scope: Scope, seconds: float) -> CookieLogin | None:
    """Return the login of a request's cookie, at most `seconds` old, made for the address that the request is for."""
    connection = HTTPConnection(scope)
    cookies = connection.cookies
    if USER_COOKIE_NAME not in cookies or not (secret := get_cookie_secret()):
        return None

    signed = []

    def read(name: str, age: float = seconds) -> bytes | None:
        value = cookies.get(name, "").encode("latin-1", "replace")
        signed.append(value.rpartition(b".")[0])  # the text and the time, without the signature
        return decode_signed_value(secret, name, value, age / _DAY)

    text = auth_util.get_cookie_with_chunks(read, USER_COOKIE_NAME) or b"null"
    try:
        claims = json.loads(text)
    except ValueError:
        return None
    if not isinstance(claims, dict) or claims.get("is_logged_in") is not True:
        return None
    if claims.get("origin") != _origin(connection):
        return None
    # Claims without their time are the same at each login.
    key = hashlib.sha256(text if "iat" in claims else b" ".join(signed)).hexdigest()[:KEY_LENGTH]
    return CookieLogin(claims, _signed_at(claims) + seconds, key)


def _signed_at(claims: Mapping[str, Any]) -> float:
    """Return when the provider issued the person's token, in Unix seconds and never later than now."""
    issued = claims.get("iat")
    now = time.time()
    return min(float(issued), now) if isinstance(issued, int | float) else now


def _origin(connection: HTTPConnection) -> str:
    scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    return f"{scheme}://{connection.headers.get('host', '')}"


def origin() -> str:
    """Return the origin of the address to which the provider sends people back."""
    return auth_util.get_origin_from_redirect_uri() or ""


def providers() -> list[str]:
    """Return the providers of secrets.toml, by their names there; "default" for one without a name."""
    section = auth_util.get_secrets_auth_section()
    named = [name for name, value in section.items() if isinstance(value, Mapping) and _PROVIDER_KEY in value]
    return [DEFAULT_PROVIDER, *named] if section.get(_PROVIDER_KEY) else named


def login_address(provider: str) -> str:
    """Return where `st.login` sends a browser; good for two minutes."""
    return generate_login_redirect_url(provider)


def configuration_problem(shortest_secret: int) -> str:
    """Return why OIDC cannot work with this secrets.toml, in one sentence; "" if it can."""
    if not auth_util.is_authlib_installed():
        return "the package Authlib is not installed"
    if not (found := providers()):
        return "it names no provider with client_id, client_secret and server_metadata_url"
    try:
        for provider in found:
            auth_util.validate_auth_credentials(provider)
    except StreamlitAuthError as problem:
        return " ".join(str(problem).split())
    redirect_uri, callback = auth_util.get_validated_redirect_uri(), app_address(CALLBACK)
    if redirect_uri is None or urlsplit(redirect_uri).path != callback:
        return f"redirect_uri has to be the app's address with the path {callback}"
    if len(get_cookie_secret()) < shortest_secret:
        return f"cookie_secret needs at least {shortest_secret} random characters"
    return ""
