"""Who is turned away: the way to sign in, the peer, and what they send."""

from __future__ import annotations

import time
from collections.abc import Callable
from unittest.mock import patch

from components.ui.access.sign_in.live_logins import live_logins
from components.ui.access.sign_in.login import CARRIER
from tests.support.signing_in import COOKIE, cookie
from tests.wire.doors.guarded_app import ORIGIN, Headers, by_cookie, login_key


def old_cookie() -> str:
    """One that was signed 13 hours ago, when a login lasts 12."""
    then = time.time() - 13 * 3600
    with patch("itsdangerous.timed.time.time", return_value=then):
        return cookie(ORIGIN, "admin@example.com", iat=int(then))


def signed_out_cookie() -> str:
    value = cookie(ORIGIN, "admin@example.com", nonce="signed out")
    live_logins.end(login_key(value), time.time() + 100)
    return value


def tampered() -> str:
    body, dot, end = cookie(ORIGIN, "viewer@example.com").partition(".")
    return f"{body[:-2]}{'AA' if body[-2:] != 'AA' else 'BB'}{dot}{end}"


INTRUDERS: dict[str, tuple[str, str, Callable[[], Headers]]] = {
    "nobody": ("oidc", "127.0.0.1", dict),
    "forged by another secret": (
        "oidc",
        "127.0.0.1",
        lambda: by_cookie(cookie(ORIGIN, "admin@example.com", secret="x" * 40)),
    ),
    "tampered": ("oidc", "127.0.0.1", lambda: by_cookie(tampered())),
    "no signature": ("oidc", "127.0.0.1", lambda: by_cookie(cookie(ORIGIN, "a@example.com").partition(".")[0])),
    "garbage": ("oidc", "127.0.0.1", lambda: by_cookie("chunks-99999999")),
    "signed under another cookie's name": (
        "oidc",
        "127.0.0.1",
        lambda: {"cookie": f"{COOKIE}_tokens={cookie(ORIGIN, 'admin@example.com')}"},
    ),
    "expired": ("oidc", "127.0.0.1", lambda: by_cookie(old_cookie())),
    "token of long ago": (
        "oidc",
        "127.0.0.1",
        lambda: by_cookie(cookie(ORIGIN, "admin@example.com", iat=int(time.time()) - 13 * 3600)),
    ),
    "signed out": ("oidc", "127.0.0.1", lambda: by_cookie(signed_out_cookie())),
    "of another app": (
        "oidc",
        "127.0.0.1",
        lambda: by_cookie(cookie("http://other.example.com", "admin@example.com")),
    ),
    "not logged in": (
        "oidc",
        "127.0.0.1",
        lambda: by_cookie(cookie(ORIGIN, "admin@example.com", is_logged_in=False)),
    ),
    "in no list": ("oidc", "127.0.0.1", lambda: by_cookie(cookie(ORIGIN, "stranger@example.com"))),
    "address never verified": (
        "oidc",
        "127.0.0.1",
        lambda: by_cookie(cookie(ORIGIN, "admin@example.com", email_verified=False)),
    ),
    "writes the carrier": ("oidc", "127.0.0.1", lambda: {CARRIER: '{"id":"a","name":"a","role":"admin","until":9e9}'}),
    "a header where cookies count": ("oidc", "127.0.0.1", lambda: {"X-Forwarded-User": "admin@example.com"}),
    "no header": ("header", "127.0.0.1", dict),
    "a header from a foreign peer": ("header", "10.0.0.9", lambda: {"X-Forwarded-User": "admin@example.com"}),
    "a header twice": (
        "header",
        "127.0.0.1",
        lambda: [("X-Forwarded-User", "admin@example.com"), ("X-Forwarded-User", "a")],
    ),
    "an empty header": ("header", "127.0.0.1", lambda: {"X-Forwarded-User": "  "}),
    "a stranger by header": ("header", "127.0.0.1", lambda: {"X-Forwarded-User": "stranger@example.com"}),
    "a cookie where headers count": (
        "header",
        "127.0.0.1",
        lambda: by_cookie(cookie(ORIGIN, "admin@example.com")),
    ),
}
