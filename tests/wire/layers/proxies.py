"""nginx and Caddy as `deploy/` sets them up, on loopback with a certificate of their own, before any server."""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers.network import free_port
from tests.setup import layers
from tests.setup.environment import ROOT
from tests.wire.layers.servers import running

PREFIX = "/workbench"
# What the app is told behind either of them.
ENVIRONMENT = {
    "STREAMLIT_SERVER_BASE_URL_PATH": PREFIX.strip("/"),
    "IMAGE_WORKBENCH_TRUSTED_PROXIES": "127.0.0.1",
    "IMAGE_WORKBENCH_ALLOWED_HOSTS": "images.example.com",
}
HASH = "    hash $image_workbench_browser consistent;\n"
PASS = "        proxy_pass http://image_workbench;\n"
APART = """
map $http_upgrade $image_workbench_place { default first_app; "" second_app; }
upstream first_app { server 127.0.0.1:%s; }
upstream second_app { server 127.0.0.1:%s; keepalive 16; }
"""
SERVED = "served.log"  # which app server answered each request behind nginx: a line "ADDRESS PATH" once it has ended
NGINX = ROOT / "deploy" / "nginx.conf"
CADDY = ROOT / "deploy" / "Caddyfile"


@contextmanager
def nginx(folder: Path, *upstreams: int, affinity: bool = True, splits: bool = False) -> Iterator[str]:
    """nginx with the shipped file before ports of this machine; the address that browsers open, without the prefix.

    Without `affinity` the servers take turns, request by request. With `splits` the first has all WebSockets, and the
    second everything else.
    """
    port, (certificate, key) = free_port(), _certificate(folder)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    site = _changed(
        NGINX,
        {
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "    server 127.0.0.1:8501;": "\n".join(f"    server 127.0.0.1:{port};" for port in upstreams),
            "/etc/ssl/certs/images.example.com.pem": str(certificate),
            "/etc/ssl/private/images.example.com.key": str(key),
        },
    )
    assert HASH in site
    site = site if affinity else site.replace(HASH, "")
    if splits:
        assert PASS in site
        site = APART % upstreams + site.replace(PASS, PASS.replace("image_workbench;", "$image_workbench_place;"))
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ log_format served '$upstream_addr $request_uri'; access_log {folder}/{SERVED} served;\n"
        f"{' '.join(f'{kind}_temp_path {folder}/{kind};' for kind in kinds)}\n{site}\n}}\n"
    )
    with running(
        [layers.nginx(), "-p", str(folder), "-c", str(config)], folder / "log", lambda: _listens(port), os.environ
    ):
        yield f"https://127.0.0.1:{port}"


@contextmanager
def caddy(folder: Path, *upstreams: int) -> Iterator[str]:
    """Caddy with the shipped file before ports of this machine; the address that browsers open, without the prefix."""
    port, (certificate, key) = free_port(), _certificate(folder)
    site = _changed(
        CADDY,
        {
            "images.example.com {": f"https://127.0.0.1:{port}, https://images.example.com:{port} {{\n"
            f"\tbind 127.0.0.1\n\ttls {certificate} {key}\n",
            "127.0.0.1:8501": " ".join(f"127.0.0.1:{port}" for port in upstreams),
        },
    )
    config = folder / "Caddyfile"
    config.write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{site}")
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [layers.caddy(), "run", "--config", str(config), "--adapter", "caddyfile"]
    with running(command, folder / "log", lambda: _listens(port), environment):
        yield f"https://127.0.0.1:{port}"


PROXIES: dict[str, Callable[..., AbstractContextManager[str]]] = {"nginx": nginx, "caddy": caddy}


def _changed(file: Path, changes: dict[str, str]) -> str:
    """The text of a shipped file with its variable parts replaced, each of which it must have."""
    text = file.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1, f"{file.name} has {text.count(old)} times {old!r}"
        text = text.replace(old, new)
    return text


def _listens(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that nobody else vouches for, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "images.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("images.example.com"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret
