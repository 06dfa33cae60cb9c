"""A person's name in a header that a reverse proxy writes after it has checked who they are.

Only a listed proxy may send these headers. From any other peer, or twice, they refuse the request: someone tries to be
someone else, or the proxy passes on what the browser sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope

from components.settings import Settings
from components.ui.access.sign_in.login import HeaderRefused, one_line

MOST_GROUPS = 200


@dataclass(frozen=True)
class ProxyLogin:
    """What the proxy says of a person."""

    user: str
    email: str
    groups: tuple[str, ...]


def header_login(scope: Scope, settings: Settings, *, is_trusted: bool) -> ProxyLogin | None:
    """Return whom the proxy names; None if it names nobody. Raise HeaderRefused."""
    user, email, groups = (
        _value(scope, name, is_trusted) for name in (settings.user_header, settings.email_header, settings.groups_from)
    )
    if not (user := one_line(user)):
        return None
    named = (one_line(group) for group in groups.replace(";", ",").split(",")[:MOST_GROUPS])
    return ProxyLogin(user, one_line(email), tuple(group for group in named if group))


def _value(scope: Scope, name: str, is_trusted: bool) -> str:
    if not name:
        return ""
    key = name.lower().encode("latin-1", "replace")
    values = [value for header, value in scope["headers"] if header.lower() == key]
    if values and not is_trusted:
        raise HeaderRefused("Only a listed reverse proxy may say who you are. Open the app by its address there.")
    if len(values) > 1:
        raise HeaderRefused(f"The reverse proxy sent {name} twice; it has to replace what the browser sends.")
    return values[0].decode("utf-8", "replace") if values else ""
