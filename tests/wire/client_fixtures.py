"""How the client's tests ask: requests through the registry, a client that does not wait, and everything it told."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.client import ApiError, Client, Connection, Event, ImageArrived, PartialImage
from components.parameters import InputImage, Request, resolve
from components.settings import Settings
from tests.environment import ROOT
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
    """A request through the registry; what is not given has its default."""
    raw = {"prompt": "a cat", "stream": False, **raw}
    resolved = resolve(operation, model, raw, images=images, mask=mask, markup=markup)
    assert isinstance(resolved, Request), resolved
    return resolved


def question(**raw: Any) -> Request:
    """A question about one picture by its address."""
    urls = {"input_type": "urls", "image_urls": "https://pictures.invalid/cat.png"}
    return request("analyze", "gpt-6.1-terra", **{"text": "What is this?", **urls, **raw})


def picture(
    folder: Path, name: str, data: bytes = PNG, *, size: tuple[int, int] = (451, 300), alpha: bool = False
) -> InputImage:
    """An input picture in a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sha256(name.encode() + data)}.bin"
    path.write_bytes(data)
    kind = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}[name.rsplit(".", 1)[-1]]
    return InputImage(path, name, kind, *size, bytes=len(data), sha256=sha256(data), has_alpha=alpha)


@dataclass
class Told:
    """Everything that a run told, and how it ended."""

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
    scratch: Path,
    *,
    key: str = KEY,
    settings: Settings | None = None,
    history: Sequence[tuple[str, str]] = (),
    random_number: float = 0.0,
    times: int = 1,
    on_event: Callable[[Event], object] = lambda event: None,
) -> Told:
    """Runs a request to its end, ``times`` over with one client. Waits before retries are noted, not waited for."""
    told = Told()

    async def sleep(seconds: float) -> None:
        told.waits.append(seconds)

    async def main() -> None:
        client = Client(settings or Settings(), sleep=sleep, random_number=lambda: random_number)
        connection = Connection(id="test", name="Test", base_url=base_url, api_key=key)
        try:
            for _ in range(times):
                async for event in client.run(connection, request, scratch, history=history):
                    told.events.append(event)
                    on_event(event)
        except ApiError as exc:
            told.error = exc
        finally:
            await client.aclose()

    asyncio.run(main())
    return told


def patient(*answers: Any) -> Settings:
    """Settings that give up soon on a server that falls silent on purpose, and late on one that is only slow."""
    falls_silent = any(isinstance(step, Hang) for answer in answers if isinstance(answer, list) for step in answer)
    return Settings(read_timeout=0.5 if falls_silent else 20)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def event_paths(told: Told) -> list[str]:
    """The names of the files that were told of."""
    return sorted(event.path.name for event in told.events if isinstance(event, PartialImage | ImageArrived))


def left_over(scratch: Path) -> list[str]:
    """The files in the scratch folder."""
    return sorted(path.name for path in scratch.iterdir()) if scratch.exists() else []
