"""LiteLLM and nginx as processes of their own, set up as the README says, in front of any server on loopback."""

from __future__ import annotations

import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.servers.network import free_port
from tests.setup import layers
from tests.setup.environment import ROOT

GATEWAY_KEY = "sk-gateway-0123456789abcdef"
START_SECONDS = 240.0  # LiteLLM imports for 13 seconds, and at its first start compiles what it imports
OPENAI = "https://api.openai.com/v1"


def from_readme(language: str) -> str:
    """The one code block in this language of the README's chapter "Use it"."""
    chapter = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Use it\n")[2].partition("\n## ")[0]
    blocks = re.findall(rf"```{language}\n(.*?)```", chapter, re.DOTALL)
    assert len(blocks) == 1, f"{len(blocks)} blocks of {language}"
    return str(blocks[0])


@contextmanager
def litellm(folder: Path, upstream: str, key: str, more_models: str = "") -> Iterator[str]:
    """LiteLLM's proxy before an upstream with this key; its base URL. `more_models` comes first in its list."""
    config, port = folder / "litellm.yaml", free_port()
    readme = from_readme("yaml")
    assert OPENAI in readme
    config.write_text(readme.replace(OPENAI, upstream).replace("model_list:\n", f"model_list:\n{more_models}", 1))
    environment = {
        **os.environ,
        "OPENAI_API_KEY": key,
        "LITELLM_MASTER_KEY": GATEWAY_KEY,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # nothing is fetched
    }
    options = {"--config": str(config), "--host": "127.0.0.1", "--port": str(port), "--telemetry": "False"}
    command = [layers.litellm(), *(word for option in options.items() for word in option)]
    alive = f"http://127.0.0.1:{port}/health/liveliness"
    with running(command, folder / "litellm.log", lambda: _answers(alive), environment):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def nginx(folder: Path, upstream: str, location: str) -> Iterator[str]:
    """An nginx before an upstream, with these directives in its location /v1/; its base URL."""
    port, temporary = free_port(), folder / "nginx"
    temporary.mkdir()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {temporary}/pid; error_log {temporary}/error.log; events {{}}\n"
        f"http {{ access_log off; {' '.join(f'{kind}_temp_path {temporary}/{kind};' for kind in kinds)}\n"
        f"server {{ listen 127.0.0.1:{port}; location = /up {{ return 204; }}\n"
        f"{location.replace('https://images.internal.example.com', upstream)} }} }}\n"
    )
    command = [layers.nginx(), "-p", str(temporary), "-c", str(config)]
    with running(command, folder / "nginx.log", lambda: _answers(f"http://127.0.0.1:{port}/up"), dict(os.environ)):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def running(command: list[str], log: Path, is_up: Callable[[], bool], environment: Mapping[str, str]) -> Iterator[None]:
    """A process that is up within START_SECONDS, ended afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
    try:
        end = time.monotonic() + START_SECONDS
        while not is_up():
            assert process.poll() is None, f"{command[0]} ended:\n{log.read_text(errors='replace')[-3000:]}"
            assert time.monotonic() < end, f"{command[0]} does not answer:\n{log.read_text(errors='replace')[-3000:]}"
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status) < 300
    except OSError:
        return False
