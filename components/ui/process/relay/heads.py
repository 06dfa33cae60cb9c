"""What is passed on of a request and of its answer before their bodies: few headers, no login.

The person's cookies and headers stay at the server that checked them. It passes on the id of the person, and of the
cookies only the one that Streamlit compares with a header of each upload.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Message, Scope

from components.ui.access.base_path import app_address, path_in_app

# Streamlit's cookie against forged requests, and the header that has to say the same.
XSRF_COOKIE, XSRF_HEADER = "_streamlit_xsrf", "x-xsrftoken"

_ASKED = frozenset({"content-type", "content-length", "range", XSRF_HEADER})
_ANSWERED = frozenset(
    {"content-type", "content-length", "content-disposition", "content-range", "accept-ranges", "allow", "vary"}
)

HeaderPairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RequestHead:
    """A request without its body; `person` is the id of who signed in, "" without a sign-in."""

    method: str
    path: str
    headers: HeaderPairs
    person: str

    @property
    def has_body(self) -> bool:
        """Return whether a body follows."""
        return self.method == "PUT"

    def scope(self) -> Scope:
        """Return the request as this server's own app takes it."""
        path = app_address(self.path)
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": _raw((("host", "localhost"), *self.headers)),
            "client": None,
            "server": None,
            "state": {},
        }


@dataclass(frozen=True)
class AnswerHead:
    """An answer without its body."""

    status: int
    headers: HeaderPairs

    def message(self) -> Message:
        """Return it as a server takes it."""
        return {"type": "http.response.start", "status": self.status, "headers": _raw(self.headers)}


def head_of_request(scope: Scope, person: str) -> RequestHead:
    """Return what is passed on of a request."""
    connection = HTTPConnection(scope)
    headers = _kept(connection.headers.items(), _ASKED)
    if (token := connection.cookies.get(XSRF_COOKIE)) is not None:
        headers = (*headers, ("cookie", f"{XSRF_COOKIE}={token}"))
    return RequestHead(str(scope["method"]), path_in_app(scope), headers, person)


def head_of_answer(message: Message) -> AnswerHead:
    """Return what is passed on of an answer."""
    return AnswerHead(int(message["status"]), _kept(Headers(raw=list(message["headers"])).items(), _ANSWERED))


def to_bytes(head: RequestHead | AnswerHead) -> bytes:
    """Write a head as JSON."""
    return json.dumps(asdict(head)).encode()


def request_head(data: bytes) -> RequestHead:
    """Read a request's head."""
    found = json.loads(data)
    return RequestHead(found["method"], found["path"], _pairs(found["headers"]), found["person"])


def answer_head(data: bytes) -> AnswerHead:
    """Read an answer's head."""
    found = json.loads(data)
    return AnswerHead(int(found["status"]), _pairs(found["headers"]))


def _kept(headers: Iterable[tuple[str, str]], names: frozenset[str]) -> HeaderPairs:
    return tuple((name, value) for name, value in headers if name.lower() in names)


def _pairs(found: Iterable[Iterable[str]]) -> HeaderPairs:
    return tuple((name, value) for name, value in found)


def _raw(headers: HeaderPairs) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
