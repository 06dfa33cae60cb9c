"""What is relied on of Streamlit's login, each thing by its name: it is no public API and may move."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path

import pytest
from streamlit import auth_util, user_info
from streamlit.web.server.starlette import starlette_auth_routes, starlette_websocket
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, decode_signed_value

from components.ui.access.sign_in import doors, streamlit_login
from tests.setup.environment import ROOT
from tests.support.signing_in import COOKIE

OWN = ("streamlit.web", "streamlit.auth_util", "streamlit.user_info")


def test_only_one_module_reads_streamlits_login() -> None:
    """Whoever needs more of it adds a function there."""
    importing = {path for folder in ("components", "pages") for path in (ROOT / folder).rglob("*.py") if _imports(path)}
    assert importing == {Path(streamlit_login.__file__)}


def _imports(path: Path) -> bool:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{one.name}" for one in node.names]
    return any(name.startswith(OWN) for name in names)


def test_the_cookie_is_read_as_streamlit_reads_it() -> None:
    """Pages and routes know the same person, since both decode the cookie with the same functions."""
    assert starlette_websocket.USER_COOKIE_NAME == starlette_auth_routes.USER_COOKIE_NAME == COOKIE
    for name in ("get_cookie_with_chunks", "get_cookie_secret", "decode_signed_value"):
        assert name in inspect.getsource(starlette_websocket._get_signed_cookie_with_chunks)
        assert name in inspect.getsource(streamlit_login)
    written = inspect.getsource(starlette_auth_routes._auth_callback)
    assert "dict(user, origin=origin, is_logged_in=True, provider=provider)" in written
    signed = create_signed_value("secret", COOKIE, "text")
    assert decode_signed_value("secret", COOKIE, signed, 1.0) == b"text"
    assert decode_signed_value("secret", COOKIE, signed, -1.0) is None


@pytest.mark.parametrize("time", [{"iat": 1}, {}])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_login_has_one_key_however_its_signature_is_written(
    time: dict[str, int], is_chunked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a login that was signed out could be taken up again by another last character."""
    monkeypatch.setattr(streamlit_login, "get_cookie_secret", lambda: "secret")

    def signed(name: str) -> dict[str, str]:
        text = json.dumps({"origin": "http://app", "is_logged_in": True, "name": name, **time})
        parts = {COOKIE: "chunks-2", f"{COOKIE}_1": text[:9], f"{COOKIE}_2": text[9:]} if is_chunked else {COOKIE: text}
        return {name: create_signed_value("secret", name, part).decode() for name, part in parts.items()}

    def key(cookies: dict[str, str]) -> str:
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()
        scope = {"type": "http", "scheme": "http", "server": ("app", 80), "method": "GET", "path": "/"}
        scope |= {"query_string": b"", "headers": [(b"host", b"app"), (b"cookie", cookie)]}
        found = streamlit_login.cookie_login(scope, 3600)
        assert found is not None
        return found.key

    ada = signed("Ada")
    spelled = {name: value[:-1] + chr(ord(value[-1]) + 1) for name, value in ada.items()}
    padded = {name: f"{value}=" for name, value in ada.items()}
    assert key(ada) == key(padded)
    assert key(ada) == key(spelled)
    assert key(ada) != key(signed("Bob"))


def test_the_addresses_are_streamlits() -> None:
    """`st.login` and `st.logout` go where the gate lets them."""
    paths = {route.path for route in starlette_auth_routes.create_auth_routes("")}
    assert paths == {streamlit_login.LOGIN, streamlit_login.LOGOUT, streamlit_login.CALLBACK} == doors.OIDC
    assert "generate_login_redirect_url(provider)" in inspect.getsource(user_info.login)
    assert callable(auth_util.validate_auth_credentials)
