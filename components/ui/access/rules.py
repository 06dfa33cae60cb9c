"""Access rules from the settings and the address that the app listens on."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import streamlit as st

from components.network.addresses import is_loopback, parse_address
from components.network.hosts import LOCAL_HOSTS, Authority, is_allowed_host, machine_names, parse_authority
from components.settings import SettingError, Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# A request with one of these came through a proxy.
_FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "forwarded", "via")


@dataclass(frozen=True)
class AccessRules:
    """The host names that the app answers to, the proxies whose forwarded headers it trusts, and who may monitor it."""

    allowed_hosts: frozenset[str]
    trusted_proxies: tuple[Network, ...] = ()
    monitors: tuple[Network, ...] = ()

    def allows(self, host: str, local_address: str | None) -> bool:
        """Return whether the app answers to this host on a connection to this address of the machine."""
        return is_allowed_host(host, self.allowed_hosts, local_address)

    def trusts(self, peer: str | None) -> bool:
        """Return whether the peer is a listed reverse proxy."""
        return _is_in(peer, self.trusted_proxies)

    def may_monitor(self, sender: str | None) -> bool:
        """Return whether monitoring from this address is listed."""
        return _is_in(sender, self.monitors)

    def sender(self, peer: str | None, headers: Mapping[str, str]) -> str | None:
        """Return the address that a request was sent from, by what a trusted proxy says; None if it is unknown.

        A proxy that is not listed hides who asks, so the sender of what it passes on is unknown.
        """
        if not any(name in headers for name in _FORWARDED):
            return peer
        return headers.get("x-forwarded-for", "").rpartition(",")[2].strip() or None if self.trusts(peer) else None

    def seen_by_browser(
        self, scheme: str, headers: Mapping[str, str], peer: str | None
    ) -> tuple[str, Authority | None]:
        """Return scheme and authority of the browser's address: from a trusted proxy's headers, else the request's.

        The last value of a forwarded header counts: the nearest proxy wrote it.
        """
        host = headers.get("host", "")
        if self.trusts(peer):
            host = headers.get("x-forwarded-host", host).rpartition(",")[2]
            forwarded = headers.get("x-forwarded-proto", scheme).rpartition(",")[2].strip().lower()
            scheme = forwarded if forwarded in ("http", "https") else scheme
        return scheme, parse_authority(host)


def listening_address() -> str:
    """Return the address that the app listens on; "0.0.0.0" is every address of this machine."""
    return st.get_option("server.address") or "0.0.0.0"  # noqa: S104 - Streamlit's own default


def is_shared(settings: Settings) -> bool:
    """Return whether people at other machines can open the app, directly or by a reverse proxy."""
    return not is_loopback(listening_address()) or bool(settings.trusted_proxies or settings.allowed_hosts)


def allows_private_connections(settings: Settings) -> bool:
    """Return whether personal connections may lead to this machine or private networks.

    By default they may while only this machine can open the app.
    """
    return settings.private_connections == "allow" or (
        settings.private_connections == "auto" and not is_shared(settings)
    )


@cache
def access_rules() -> AccessRules:
    """Return the rules of this process. Raise SettingError."""
    settings = Settings.from_environment()
    names = {name.lower().rstrip(".") for name in settings.allowed_hosts}
    if not is_loopback(listening_address()):
        names |= machine_names()
    return AccessRules(
        LOCAL_HOSTS | names,
        _networks("IMAGE_WORKBENCH_TRUSTED_PROXIES", settings.trusted_proxies),
        _networks("IMAGE_WORKBENCH_MONITORS", settings.monitors),
    )


def _networks(variable: str, texts: tuple[str, ...]) -> tuple[Network, ...]:
    found = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            message = f"{variable} holds {text!r}, which is not an IP address or network"
            raise SettingError(message) from None
    return tuple(found)


def _is_in(text: str | None, networks: tuple[Network, ...]) -> bool:
    address = parse_address(text or "")
    return address is not None and any(address in network for network in networks)
