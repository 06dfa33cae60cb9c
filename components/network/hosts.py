"""Check which host names a server answers to, and which web pages may send it requests.

A page on `evil.example` can let its own name resolve to 127.0.0.1 (DNS rebinding); the browser then treats a server
on this machine as part of that page. The `Host` header still says `evil.example`, and so does `Origin`.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components.network.addresses import parse_address

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

_AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[0-9a-fA-F:.]+)\]|(?P<name>[A-Za-z0-9_.-]+))(?::(?P<port>[0-9]{1,5}))?")
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#@]+)")


@dataclass(frozen=True)
class Authority:
    """A host and its port as a `Host` header names them; `host` is in lower case, without brackets."""

    host: str
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def parse_authority(text: str) -> Authority | None:
    """Return the host and port of a `Host` header; None when it is not one."""
    found = _AUTHORITY.fullmatch(text.strip())
    if found is None:
        return None
    port = int(found["port"]) if found["port"] else None
    if port is not None and port > 65535:
        return None
    if found["ipv6"]:
        ip = parse_address(found["ipv6"])
        return None if ip is None else Authority(str(ip), port)
    host = found["name"].lower().rstrip(".")
    return Authority(host, port) if host else None


def is_same_origin(origin: str, scheme: str, authority: Authority) -> bool:
    """Return whether an `Origin` header names exactly this scheme, host and port. `null` never does."""
    found = _ORIGIN.fullmatch(origin.strip().lower())
    named = parse_authority(found["authority"]) if found else None
    if found is None or named is None:
        return False
    return (found["scheme"], named.host, named.port or DEFAULT_PORTS[found["scheme"]]) == (
        scheme,
        authority.host,
        authority.port or DEFAULT_PORTS[scheme],
    )


def is_allowed_host(host: str, allowed: Iterable[str], local_address: str | None = None) -> bool:
    """Return whether a server answers to this host.

    `allowed` holds names and addresses in lower case; `*.example.com` stands for every name below example.com.
    `local_address` is the address that the connection arrived at, which is always allowed: no other page can
    have the server's own address as its origin.
    """
    if any(host.endswith(name[1:]) if name.startswith("*.") else host == name for name in allowed):
        return True
    requested, own = parse_address(host), parse_address(local_address or "")
    return requested is not None and requested == own


def is_cross_site_embed(fetch_metadata: Mapping[str, str]) -> bool:
    """Return whether another site embeds or reads the resource, by the browser's `Sec-Fetch-*` headers.

    Requests for images and scripts carry no `Origin`. Following a link from another site is allowed.
    """
    site, mode = fetch_metadata.get("sec-fetch-site", ""), fetch_metadata.get("sec-fetch-mode", "")
    return site in ("cross-site", "same-site") and mode != "navigate"


def machine_names() -> frozenset[str]:
    """Return the names of this machine. Looking up the full name may take seconds if DNS is broken."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return frozenset({name, short, f"{short}.local", socket.getfqdn().lower().rstrip(".")}) - {""}
