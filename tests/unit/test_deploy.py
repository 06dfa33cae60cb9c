"""The files in `deploy/`, by the programs that read them and by what the app knows. Proxies run in tests/wire."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import yaml

from components.settings import SETTING_STATUS, Settings
from components.ui.access.reachability import _VARIABLES
from tests.setup.environment import ROOT

DEPLOY = ROOT / "deploy"
KNOWN = {field.metadata["variable"] for field in fields(Settings)} | set(_VARIABLES) | {"OPENAI_API_KEY"}
SYSTEMD = shutil.which("systemd-analyze")


def test_the_containerfile_passes_hadolint() -> None:
    """No finding of any level; it runs as a user without rights, and installs by hashes."""
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "--no-color", DEPLOY / "Containerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER [1-9]", text, re.M)
    assert "--require-hashes -r requirements.lock" in text
    assert all(re.search(r":\d+\.\d+\.\d+-", line) for line in text.splitlines() if line.startswith("FROM"))
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M):
        assert all((ROOT / name).exists() for name in source.split()), source


def test_a_service_that_a_setting_stops_is_not_started_again() -> None:
    """Else it would try every two seconds without end, and the sentence that names the setting would be one of many."""
    text = (DEPLOY / "image-workbench.service").read_text(encoding="utf-8")
    assert re.findall(r"^RestartPreventExitStatus=(.+)$", text, re.M) == [str(SETTING_STATUS)]


@pytest.mark.skipif(SYSTEMD is None, reason="systemd-analyze is of systemd's own systems")
def test_systemd_takes_the_unit_and_finds_it_well_shut(tmp_path: Path) -> None:
    """Nothing to complain about once the program is there; exposure of at most 2 of 10."""
    unit = tmp_path / "image-workbench.service"
    text = (DEPLOY / unit.name).read_text(encoding="utf-8")
    unit.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", text, flags=re.M), encoding="utf-8")
    assert SYSTEMD is not None
    done = subprocess.run([SYSTEMD, "verify", unit], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    security = [SYSTEMD, "security", "--offline=true", "--threshold=20", "--no-pager", unit]
    assert subprocess.run(security, capture_output=True).returncode == 0


def test_the_example_names_settings_that_exist() -> None:
    """Also those that are commented out."""
    text = (DEPLOY / "environment.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", text, re.M))
    assert named <= KNOWN
    assert {"IMAGE_WORKBENCH_DATA", "IMAGE_WORKBENCH_TRUSTED_PROXIES"} <= named


@pytest.mark.parametrize(
    ("file", "limits"),
    [("nginx.conf", r"_(?:read|send)_timeout (\d+)s"), ("Caddyfile", r"(?:read|write)_timeout (\d+)s")],
)
def test_proxies_wait_longer_than_a_run_may_be_silent(file: str, limits: str) -> None:
    """The app waits 600 seconds for a server; a proxy that gives up before that cuts a page off."""
    found = [int(seconds) for seconds in re.findall(limits, (DEPLOY / file).read_text(encoding="utf-8"))]
    assert len(found) == 2
    assert min(found) > Settings().read_timeout


def test_addresses_are_made_below_the_base_path() -> None:
    """No page writes an address of its own: behind a proxy it would miss the path before it."""
    plain = re.compile(r"""["'`(]/[a-z][a-z-]*(?:[/?.][^"'`]*)?["'`]""")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for room in sorted((ROOT / "components" / "ui").iterdir())
        if room.name not in {"access", "routes"}
        for path in (room.rglob("*.*") if room.is_dir() else [room])
        if path.suffix in {".py", ".js"}
        for line in path.read_text(encoding="utf-8").splitlines()
        if plain.search(line) and not re.search(r"app_address\(|\.url\(|^\s*(\"\"\"|//)", line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("file", "removes"), [("nginx.conf", 'proxy_set_header {} "";'), ("Caddyfile", "header_up -{}\n")]
)
def test_proxies_remove_headers_that_name_a_person(file: str, removes: str) -> None:
    """Those of oauth2-proxy, Authelia and Authentik, and what the settings name by default."""
    text = (DEPLOY / file).read_text(encoding="utf-8")
    prefixes = {"X-Forwarded-": "User Email Groups", "Remote-": "User Name Email Groups"}
    prefixes |= {"X-Auth-Request-": "User Email Groups", "X-authentik-": "username email groups"}
    for prefix, names in prefixes.items():
        for name in names.split():
            assert removes.format(prefix + name) in text, prefix + name
    assert removes.format(Settings().user_header) in text


def test_the_compose_file_refers_to_what_exists() -> None:
    """Settings, volumes, networks, services, images with a version, and no password of its own."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    services = compose["services"]
    assert {"app", "worker", "database", "storage", "proxy"} <= set(services)
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= set(services), name
        assert set(service["networks"]) <= set(compose["networks"]), name
        named = {volume.partition(":")[0] for volume in service.get("volumes", ())}
        assert {one for one in named if not one.startswith(".")} <= set(compose["volumes"]), name
        assert "build" in service or re.search(r":.*\d+[.-]\d+", service["image"]), name
        for variable, value in service.get("environment", {}).items():
            assert variable in KNOWN or variable.startswith(("AWS_", "POSTGRES_", "MINIO_", "S3_")), variable
            assert "PASSWORD" not in variable or str(value).startswith("${"), variable
    environment = services["app"]["environment"]
    assert environment["IMAGE_WORKBENCH_SIGN_IN"].startswith("${IMAGE_WORKBENCH_SIGN_IN:?")
    trusted, workbench = environment["IMAGE_WORKBENCH_TRUSTED_PROXIES"], compose["networks"]["workbench"]["ipam"]
    assert services["proxy"]["networks"]["workbench"]["ipv4_address"] == trusted
    assert ip_address(trusted) not in ip_network(workbench["config"][0]["ip_range"])
    build = services["app"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    assert importlib.util.find_spec(services["worker"]["command"][-1]) is not None
    caddyfile = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert caddyfile.count("127.0.0.1:8501") == 1, "which the proxy's command replaces"
    assert f"/{services['app']['environment']['STREAMLIT_SERVER_BASE_URL_PATH']}/*" in caddyfile
