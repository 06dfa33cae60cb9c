"""Run the engine as a server in a daemon thread with an event loop of its own."""

from __future__ import annotations

import socket
import threading

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from components.engine.api.application import build
from components.engine.api.state import DrawPool
from components.network.addresses import is_loopback
from components.network.hosts import LOCAL_HOSTS, machine_names

START_SECONDS = 20.0
STOP_SECONDS = 10.0


class ReadyServer(uvicorn.Server):
    """Report when uvicorn takes requests, or that it never will."""

    def __init__(self, config: uvicorn.Config, draw_pool: DrawPool) -> None:
        super().__init__(config)
        self._draw_pool = draw_pool
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.settled.set()

    def serve_to_the_end(self, listening: socket.socket) -> None:
        """Serve until the server is stopped; set `settled` whatever happens, since others wait for it."""
        try:
            self.run(sockets=[listening])
        finally:
            self.settled.set()
            listening.close()
            self._draw_pool.close()


class EngineServer:
    """Serve the built-in engine on a port of this machine.

    `port` 0 takes a free one. `pace` multiplies the time that drawing seems to take (see `image_job.py`): 1 lets a
    person see progress, 0 answers at once. `delay` is added to every answer, in seconds. `key` is the only API key
    that is taken; empty, any key is, and none at all. `log` writes a line for every request to the terminal.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        pace: float = 1.0,
        delay: float = 0.0,
        key: str = "",
        log: bool = False,
    ) -> None:
        self._host = host
        self._port = port
        self._pace = pace
        self._delay = delay
        self._key = key
        self._log = log
        self._lock = threading.Lock()
        self._server: ReadyServer | None = None
        self._thread: threading.Thread | None = None
        self._base_url = ""

    @property
    def key(self) -> str:
        """Return the API key that requests must carry; empty when any will do."""
        return self._key

    def start(self) -> str:
        """Start, unless it runs already, and return the base URL, such as "http://127.0.0.1:8081/v1".

        Requests are taken as soon as this returns. Raise OSError when the port is taken.
        """
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return self._base_url
            listening = self._listen()
            port = int(listening.getsockname()[1])
            draw_pool = DrawPool(self._pace)
            server = ReadyServer(self._config(draw_pool), draw_pool)
            thread = threading.Thread(
                target=server.serve_to_the_end, args=(listening,), name="built-in-engine", daemon=True
            )
            thread.start()
            if not server.settled.wait(START_SECONDS) or not server.started:
                raise OSError(f"The built-in engine did not start on port {port}.")
            self._server, self._thread, self._port = server, thread, port
            self._base_url = f"http://{self._host}:{port}/v1"
            return self._base_url

    def wait(self) -> None:
        """Wait until it has stopped."""
        if self._thread is not None:
            self._thread.join()

    def stop(self) -> None:
        """Stop and wait until the port is free again; does nothing when it does not run."""
        with self._lock:
            server, thread = self._server, self._thread
            self._server = self._thread = None
            if server is not None and thread is not None:
                server.should_exit = True
                thread.join(STOP_SECONDS)

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self._host, self._port))
        except OSError:
            listening.close()
            raise
        return listening

    def _hosts(self) -> frozenset[str]:
        """Return the names to answer to; beyond this machine also the names that others have for it."""
        return LOCAL_HOSTS if is_loopback(self._host) else LOCAL_HOSTS | machine_names()

    def _config(self, draw_pool: DrawPool) -> uvicorn.Config:
        """Return settings for plain HTTP/1.1 without websockets; streams are cut off a second after a stop."""
        return uvicorn.Config(
            build(draw_pool, delay=self._delay, key=self._key, hosts=self._hosts()),
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=LOGGING_CONFIG if self._log else None,
            log_level="info" if self._log else "critical",
            access_log=self._log,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
