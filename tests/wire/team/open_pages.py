"""A page open at one app server: a WebSocket that speaks Streamlit's own messages, without a browser behind it."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from components.ui.process.relay.heads import XSRF_COOKIE, XSRF_HEADER
from tests.browser.app_server import AppServer
from tests.wire.layers.proxies import PREFIX

MOST_BYTES = 64_000_000
SECONDS = 60.0
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
XSRF = "2|01020304|0102030405060708|1700000000"  # Streamlit compares the cookie with the header, whatever they say
MEDIA = re.compile(rb"/media/[0-9a-f]+\.\w+")


class OpenPage:
    """One session; `said` is all that the server sent since the last rerun."""

    def __init__(self, socket: ClientConnection, server: AppServer, headers: Mapping[str, str]) -> None:
        self.server = server
        self.session = ""
        self.said = b""
        self._socket = socket
        self._headers = headers

    async def show(self, page: str = "", query: str = "") -> None:
        """Run a page's script to its end."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        await self._socket.send(message.SerializeToString())
        self.said, has_begun = b"", False
        async with asyncio.timeout(SECONDS):
            async for data in self._socket:
                assert isinstance(data, bytes)
                answer = ForwardMsg.FromString(data)
                self.said += data
                if answer.WhichOneof("type") == "new_session":
                    has_begun, self.session = True, answer.new_session.initialize.session_id
                if has_begun and answer.WhichOneof("type") == "script_finished":
                    return

    def upload_address(self) -> str:
        """Return an address for one more file."""
        return f"/_stcore/upload_file/{self.session}/{uuid.uuid4()}"

    def channel(self) -> str:
        """Return the address of the page's event channel."""
        found = re.search(rf"{PREFIX}(/channels/[\w-]+)".encode(), self.said)
        assert found is not None
        return found[1].decode()

    def media(self) -> list[str]:
        """Return the addresses of the downloads on the page."""
        return [one.decode() for one in dict.fromkeys(MEDIA.findall(self.said))]


@asynccontextmanager
async def open_page(server: AppServer, **headers: str) -> AsyncIterator[OpenPage]:
    """Open the first page at a server."""
    address = f"ws://127.0.0.1:{server.port}{PREFIX}/_stcore/stream"
    async with connect(
        address,
        origin=server.base_url,  # type: ignore[arg-type]
        max_size=MOST_BYTES,
        additional_headers={**headers, "User-Agent": "test"},
    ) as socket:
        page = OpenPage(socket, server, headers)
        await page.show()
        yield page


@asynccontextmanager
async def visitor(server: AppServer, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that sends its requests to one server."""
    own = {XSRF_HEADER: XSRF, "Cookie": f"{XSRF_COOKIE}={XSRF}", **headers}
    async with httpx.AsyncClient(base_url=f"{server.base_url}{PREFIX}", headers=own, timeout=2 * SECONDS) as client:
        yield client


def file_of(data: bytes) -> dict[str, tuple[str, bytes, str]]:
    """Return a file as the uploader sends it."""
    return {"file": ("photo.png", data, "image/png")}


async def send_until_answered(server: AppServer, path: str, length: int | None, **headers: str) -> tuple[str, int]:
    """Send a file of this declared length, or without end, until it is answered.

    Return the first line of the answer, and how many megabytes were sent before it.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    size = {"Content-Length": str(length)} if length else {"Transfer-Encoding": "chunked"}
    all_headers = {
        **headers,
        **size,
        "Host": f"127.0.0.1:{server.port}",
        "Content-Type": "multipart/form-data; boundary=b",
        XSRF_HEADER: XSRF,
        "Cookie": f"{XSRF_COOKIE}={XSRF}",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
    writer.write(f"PUT {PREFIX}{path} HTTP/1.1\r\n{lines}\r\n".encode())
    answer = asyncio.ensure_future(reader.readline())
    sent, piece = 0, PART + bytes(1_000_000)
    try:
        while not answer.done():
            writer.write(piece if length else b"%x\r\n%s\r\n" % (len(piece), piece))
            sent, piece = sent + 1, bytes(1_000_000)
            sending = asyncio.ensure_future(writer.drain())
            await asyncio.wait({answer, sending}, timeout=SECONDS, return_when=asyncio.FIRST_COMPLETED)
            sending.cancel()
        return (await answer).decode(), sent
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()
