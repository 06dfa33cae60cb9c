"""What is relied on of Streamlit's login, each thing by its name: it is no public API and may move."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from streamlit import auth_util, user_info
from streamlit.web.server.starlette import starlette_auth_routes, starlette_websocket
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, decode_signed_value

from components.ui.access.sign_in import doors, streamlit_login
from tests.environment import ROOT
from tests.signing_in import COOKIE

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


def test_the_addresses_are_streamlits() -> None:
    """`st.login` and `st.logout` go where the gate lets them."""
    paths = {route.path for route in starlette_auth_routes.create_auth_routes("")}
    assert paths == {streamlit_login.LOGIN, streamlit_login.LOGOUT, streamlit_login.CALLBACK} == doors.OIDC
    assert "generate_login_redirect_url(provider)" in inspect.getsource(user_info.login)
    assert callable(auth_util.validate_auth_credentials)
