"""The README's edit of the shipped proxy files for a sign-in proxy: it names people, and a browser cannot."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.setup.environment import ROOT
from tests.wire.layers import proxies
from tests.wire.layers.proxies import PREFIX, PROXIES
from tests.wire.layers.test_proxies import UPGRADE, _context

HEADERS = ("X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups")


class _SignIn(BaseHTTPRequestHandler):
    """As oauth2-proxy: who has its cookie is somebody, with or without a name; nobody else comes through."""

    def do_GET(self) -> None:
        """Answer whether somebody is signed in."""
        found = re.search(r"who=(\w*)", self.headers.get("Cookie", ""))
        signs_in = self.path.startswith("/oauth2/sign_in")
        self.send_response(200 if signs_in else 202 if found else 401)
        if found and found[1]:
            for name in ("User", "Email", "Groups"):
                self.send_header(f"X-Auth-Request-{name}", f"{found[1]} {name}")
        said = b"sign in here" if signs_in else b""
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _App(BaseHTTPRequestHandler):
    """An app that answers with who a request says it is from."""

    def do_GET(self) -> None:
        """Answer with the values of all three headers."""
        said = ", ".join(value for name in HEADERS for value in self.headers.get_all(name, [])).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """Serve on a port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _blocks(language: str) -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("**A header from a reverse proxy**")[2].partition("**Roles.**")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def edited(name: str, sign_in: int) -> str:
    """A shipped file as the README has it edited, with the sign-in proxy on a port."""
    if name == "nginx":
        (block,) = _blocks("nginx")
        places, _, names = block.partition(f"    location {PREFIX}/ {{\n")
        names = names.partition("        # …")[0]
        changes = {
            "".join(f'        proxy_set_header {one} "";\n' for one in HEADERS): names,
            f"    location {PREFIX}/ {{\n": f"{places}    location {PREFIX}/ {{\n",
        }
        text = proxies.NGINX.read_text(encoding="utf-8")
    else:
        places, names = _blocks("caddy")
        changes = {
            "".join(f"\t\t\theader_up -{one}\n" for one in HEADERS): "",
            f"\thandle {PREFIX}/* {{\n": f"{places}\thandle {PREFIX}/* {{\n",
            "\t\treverse_proxy 127.0.0.1:8501 {\n": f"{names}\t\treverse_proxy 127.0.0.1:8501 {{\n",
        }
        text = proxies.CADDY.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new.replace(":4180", f":{sign_in}"))
    return text


@pytest.mark.parametrize("name", PROXIES)
def test_the_edit_of_the_readme_names_people(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy's name replaces what a browser claims; without one there is none; without a login nothing passes."""
    with serving(_SignIn) as sign_in, serving(_App) as app:
        file = tmp_path / "edited"
        file.write_text(edited(name, sign_in), encoding="utf-8")
        monkeypatch.setattr(proxies, "NGINX" if name == "nginx" else "CADDY", file)
        with PROXIES[name](tmp_path, app) as origin:

            def ask(cookie: str, path: str = f"{PREFIX}/x?y=1", **more: str) -> tuple[HTTPResponse, bytes]:
                connection = HTTPSConnection("127.0.0.1", urlsplit(origin).port, timeout=60, context=_context())
                claims = dict.fromkeys(HEADERS, "root")
                headers = {"Host": urlsplit(origin).netloc, "Cookie": cookie, **claims, **more}
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                said = answer.read()
                connection.close()
                return answer, said

            ada = b"ada User, ada Email, ada Groups"
            assert ask("who=ada")[1] == ada
            assert ask("who=ada", f"{PREFIX}/_stcore/stream", **UPGRADE)[1] == ada
            assert b"root" not in ask("who=")[1]
            for path in (f"{PREFIX}/x?y=1", f"{PREFIX}/_stcore/stream"):
                answer, said = ask("", path)
                assert said in (b"", b"sign in here")
                assert answer.status == 200 or "/oauth2/sign_in?rd=" in str(answer.getheader("Location"))
            assert ask("", "/oauth2/sign_in")[1] == b"sign in here"
