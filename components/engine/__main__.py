"""Serve the built-in engine alone: `python -m components.engine --port 8081`."""

from __future__ import annotations

import argparse
import secrets
import sys
from contextlib import suppress

from components.engine.api.server import EngineServer
from components.network.addresses import is_loopback


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(
        prog="python -m components.engine",
        description="An OpenAI-compatible server that draws by rules and measures images. It is not an AI model.",
    )
    parser.add_argument("--port", type=int, default=8081, help="port to listen on; 0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--key",
        default="",
        help="the only API key to take; without it any will do on this machine, and beyond it one is made and shown",
    )
    parser.add_argument("--delay", type=float, default=0.0, help="seconds added to every answer")
    parser.add_argument(
        "--pace", type=float, default=1.0, help="multiplies the time that drawing seems to take; 0 answers at once"
    )
    return parser.parse_args(given)


def main() -> int:
    """Serve until interrupted; 1 when the port is taken."""
    options = arguments()
    key = options.key or ("" if is_loopback(options.host) else f"sk-engine-{secrets.token_urlsafe(24)}")
    server = EngineServer(options.port, host=options.host, pace=options.pace, delay=options.delay, key=key, log=True)
    try:
        base_url = server.start()
    except OSError as error:
        sys.stderr.write(f"Port {options.port} of {options.host} cannot be used: {error}\n")
        return 1
    sys.stdout.write(
        f"The built-in engine answers at {base_url}. It draws by rules and is not an AI model.\n"
        f"{_about_key(key, given=bool(options.key))}"
        f"Prompts that make it fail on purpose: {base_url}/triggers\n"
    )
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        server.wait()
    server.stop()
    return 0


def _about_key(key: str, *, given: bool) -> str:
    if not key:
        return "It takes any API key, and none, from programs on this machine; web pages are refused.\n"
    return "It takes the given API key alone.\n" if given else f"Its API key until it is stopped: {key}\n"


if __name__ == "__main__":
    sys.exit(main())
