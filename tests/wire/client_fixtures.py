"""How the client's tests ask: requests through the registry, a client that does not wait, and everything it told."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.client import ApiError, Client, Connection, Event
from components.client.events import ImageArrived, PartialImage
from components.parameters import InputImage, Request, resolve
from components.settings import Settings
from tests.setup.environment import ROOT
from tests.wire.loopback import Hang

PNG = (ROOT / "tests" / "samples" / "chelsea.png").read_bytes()
KEY = "sk-test-0123456789abcdefghij"


def request(
    operation: str = "generate",
    model: str = "gpt-image-2",
    *,
    images: tuple[InputImage, ...] = (),
    mask: InputImage | None = None,
    markup: InputImage | None = None,
    **raw: Any,
) -> Request:
    """Return a request from the registry, with defaults for missing values."""
    raw = {"prompt": "a cat", "stream": False, **raw}
    resolved = resolve(operation, model, raw, images=images, mask=mask, markup=markup)
    assert isinstance(resolved, Request), resolved
    return resolved


def question(**raw: Any) -> Request:
    """Return a question about one image by its URL."""
    urls = {"input_type": "urls", "image_urls": "https://images.invalid/cat.png"}
    return request("analyze", "gpt-6.1-terra", **{"text": "What is this?", **urls, **raw})


def input_image(
    folder: Path, name: str, data: bytes = PNG, *, size: tuple[int, int] = (451, 300), alpha: bool = False
) -> InputImage:
    """Return an input image in its own file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sha256(name.encode() + data)}.bin"
    path.write_bytes(data)
    kind = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}[name.rsplit(".", 1)[-1]]
    return InputImage(path, name, kind, *size, bytes=len(data), sha256=sha256(data), has_alpha=alpha)


@dataclass
class RunResult:
    """The events of a run, and how it ended."""

    events: list[Event] = field(default_factory=list)
    error: ApiError | None = None
    waits: list[float] = field(default_factory=list)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events]

    @property
    def failed(self) -> ApiError:
        assert self.error is not None, f"no error, but {self.names}"
        return self.error


def ask(
    base_url: str,
    request: Request,
    staging: Path,
    *,
    key: str = KEY,
    settings: Settings | None = None,
    history: Sequence[tuple[str, str]] = (),
    random_number: float = 0.0,
    times: int = 1,
    on_event: Callable[[Event], object] = lambda event: None,
    **connected: Any,
) -> RunResult:
    """Run a request to its end, ``times`` times with one client. Record waits before retries instead of waiting.

    ``connected`` are further fields of the connection.
    """
    result = RunResult()

    async def sleep(seconds: float) -> None:
        result.waits.append(seconds)

    async def main() -> None:
        client = Client(settings or Settings(), sleep=sleep, random_number=lambda: random_number)
        connection = Connection(id="test", name="Test", base_url=base_url, api_key=key, **connected)
        try:
            for _ in range(times):
                async for event in client.run(connection, request, staging, history=history):
                    result.events.append(event)
                    on_event(event)
        except ApiError as exc:
            result.error = exc
        finally:
            await client.aclose()

    asyncio.run(main())
    return result


def patient(*answers: Any) -> Settings:
    """Return settings with a short timeout for a server that falls silent on purpose, and a long one otherwise."""
    falls_silent = any(isinstance(step, Hang) for answer in answers if isinstance(answer, list) for step in answer)
    return Settings(read_timeout=0.5 if falls_silent else 60)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def event_paths(result: RunResult) -> list[str]:
    """Return the names of the files in the events."""
    return sorted(event.path.name for event in result.events if isinstance(event, PartialImage | ImageArrived))


def left_over(staging: Path) -> list[str]:
    """Return the names of the files in the staging folder."""
    return sorted(path.name for path in staging.iterdir()) if staging.exists() else []
