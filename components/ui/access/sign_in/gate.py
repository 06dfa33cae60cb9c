"""The one gate before pages, routes, files, uploads and WebSockets: nothing passes without a sign-in."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from components.settings import Settings
from components.team.people import has_role
from components.ui.access.base_path import base_path, path_in_app
from components.ui.access.browser_cookie import browser_of
from components.ui.access.page_paths import UPLOADS, media_ids, session_of
from components.ui.access.rules import AccessRules
from components.ui.access.sign_in import pages, streamlit_login
from components.ui.access.sign_in.doors import READS, SIGN_IN, is_open, needed_role
from components.ui.access.sign_in.live_logins import live_logins
from components.ui.access.sign_in.login import HeaderRefused, Login, carry
from components.ui.access.sign_in.open_socket import MessageRate, pass_socket
from components.ui.access.sign_in.policy import SignIn
from components.ui.access.socket_peer import peer_of

_POLICY_VIOLATION, _TRY_LATER = 1008, 1013  # RFC 6455, 7.4.1
VIEWER = "You can see what belongs to the team or to you. Only members can run, change and upload."


class Gate:
    """ASGI middleware that passes requests of people who are signed in and whose role suffices.

    It writes who they are into the request (`login.carry`), for pages and routes alike.
    """

    def __init__(
        self,
        app: ASGIApp,
        sign_in: Callable[[], SignIn],
        rules: Callable[[], AccessRules],
        may_be_remote: Callable[[str], bool] = lambda session: False,
    ) -> None:
        """An upload passes if another server may have its session: the app behind lets that one check whose it is."""
        self._app = app
        self._sign_in = sign_in
        self._rules = rules
        self._may_be_remote = may_be_remote

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        policy = self._sign_in()
        carry(scope, None)
        if not policy.is_on:
            await self._without_sign_in(scope, receive, send, policy.settings)
            return
        prefix, path = base_path(), path_in_app(scope)
        try:
            login = policy.login_of(scope, self._rules())
        except HeaderRefused as refusal:
            await _refuse(scope, receive, send, pages.refusal(403, str(refusal)))
            return
        if login is not None and (live_logins.is_signed_out(login.key) or login.until <= time.time()):
            login = None
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, login, policy.settings)
            return
        answer = self._answer(scope, policy, prefix, path, login)
        if answer is not None:
            await answer(scope, receive, send)
            return
        carry(scope, login)
        if policy.is_oidc and path == streamlit_login.CALLBACK:
            send = self._noting_login(scope, send, policy)
        await self._app(scope, receive, _ending_streams(send, login))

    def _answer(self, scope: Scope, policy: SignIn, prefix: str, path: str, login: Login | None) -> Response | None:
        """Return what a request gets in place of the app's answer; None if it may pass."""
        connection, method = HTTPConnection(scope), str(scope["method"])
        if policy.is_oidc and path == SIGN_IN:
            return pages.begin_sign_in(connection, prefix)
        if path == streamlit_login.LOGOUT and login is not None and login.key:
            live_logins.sign_out(login)
        if is_open(path, is_oidc=policy.is_oidc):
            return None
        if login is None:
            if not _is_page(scope):
                return pages.refusal(401, "Sign in first.")
            return pages.sign_in_page(connection, prefix) if policy.is_oidc else pages.proxy_page()
        if (person := login.person) is None:
            sign_out = f"{prefix}{streamlit_login.LOGOUT}" if policy.is_oidc else policy.settings.sign_out_url
            return pages.no_role_page(login, sign_out)
        if not has_role(person.role, needed_role(method, path)):
            return pages.refusal(403, VIEWER)
        if path.startswith(UPLOADS):
            session = session_of(path)
            if not live_logins.is_session_of(session, person.id) and not self._may_be_remote(session):
                return pages.refusal(403, pages.NOT_YOUR_PAGE)
        if _is_page(scope) and _has_all(policy.settings, person.id):
            return pages.too_many_pages(policy.settings.sessions_each)
        if path == "/" and _is_page(scope) and pages.RETURN_COOKIE in connection.cookies:
            return pages.go_back(pages.safe_return(unquote(connection.cookies[pages.RETURN_COOKIE])), prefix)
        return None

    def _noting_login(self, scope: Scope, send: Send, policy: SignIn) -> Send:
        """Return a `send` that notes who has just signed in, by the cookie that Streamlit sets, and secures it."""

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                if scope["scheme"] == "https":  # Streamlit does not ask browsers to keep the cookie off plain HTTP
                    message["headers"] = [_secure(name, value) for name, value in message["headers"]]
                given = [value.partition(b";")[0] for name, value in message["headers"] if name == b"set-cookie"]
                set_now = b"; ".join(one for one in given if not one.endswith((b"=", b'=""')))
                kept = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
                login = policy.login_of({**scope, "headers": [*kept, (b"cookie", set_now)]}, self._rules())
                if login is not None:
                    live_logins.sign_in(login)
            await send(message)

        return send_and_note

    async def _without_sign_in(self, scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
        """Pass everything on; a browser that opens page after page is one person."""
        whose = browser_of(HTTPConnection(scope).cookies) or str(peer_of(scope).host)
        if scope["type"] == "websocket":
            await self._limited(scope, receive, send, settings, "", whose, None)
        elif _is_page(scope) and _has_all(settings, whose):
            await pages.too_many_pages(settings.sessions_each)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _limited(
        self, scope: Scope, receive: Receive, send: Send, settings: Settings, key: str, whose: str, until: float | None
    ) -> None:
        """Pass a WebSocket on within the limits of each person."""
        if _has_all(settings, whose):
            await WebSocketClose(_TRY_LATER, "Too many pages are open.")(scope, receive, send)
            return
        with live_logins.opened(key, whose) as end:
            await pass_socket(self._app, scope, receive, send, end, until, MessageRate(settings.messages_per_minute))

    async def _socket(
        self, scope: Scope, receive: Receive, send: Send, login: Login | None, settings: Settings
    ) -> None:
        person = login.person if login is not None else None
        if login is None or person is None:
            await WebSocketClose(_POLICY_VIOLATION, "Sign in first.")(scope, receive, send)
            return
        _keep_own_session(scope, person.id)
        carry(scope, login)
        noting = _noting_media(send, person.id)
        await self._limited(scope, receive, noting, settings, login.key, person.id, login.until)


async def _refuse(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    if scope["type"] == "websocket":
        await WebSocketClose(_POLICY_VIOLATION, "Refused.")(scope, receive, send)
    else:
        await answer(scope, receive, send)


def _noting_media(send: Send, person: str) -> Send:
    """Return a `send` that notes which downloads a page is sent: nobody else may have them by their addresses."""

    async def send_and_note(message: Message) -> None:
        if ids := media_ids(message.get("bytes") or b""):
            live_logins.note_media(ids, person)
        await send(message)

    return send_and_note


def _secure(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    return name, value + b"; Secure" if name == b"set-cookie" and b"; secure" not in value.lower() else value


def _has_all(settings: Settings, whose: str) -> bool:
    return 0 < settings.sessions_each <= live_logins.open_of(whose)


def _is_page(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return scope["method"] in READS and "text/html" in headers.get("accept", "")


def _ending_streams(send: Send, login: Login | None) -> Send:
    """Return a `send` that ends an event stream when its login ends; a download that has begun goes on."""
    is_stream = False

    async def send_while_signed_in(message: Message) -> None:
        nonlocal is_stream
        if message["type"] == "http.response.start":
            is_stream = MutableHeaders(scope=message).get("content-type", "").startswith("text/event-stream")
        elif is_stream and login is not None and (login.until <= time.time() or live_logins.is_signed_out(login.key)):
            raise OSError("The login of this event stream has ended")  # Starlette takes it as a closed connection
        await send(message)

    return send_while_signed_in


def _keep_own_session(scope: Scope, person: str) -> None:
    """Let a WebSocket take up a former session only if it is this person's.

    Streamlit's browser names that session in the third part of the subprotocol.
    """
    headers = MutableHeaders(scope=scope)
    parts = [part.strip() for part in headers.get("sec-websocket-protocol", "").split(",")]
    if len(parts) > 2 and parts[2] and not live_logins.is_session_of(parts[2], person):
        headers["sec-websocket-protocol"] = ", ".join(parts[:2])
