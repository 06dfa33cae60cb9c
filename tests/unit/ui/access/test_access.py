"""Who can open the app and what follows from it, decided by the address that it listens on."""

from __future__ import annotations

import tomllib
from unittest.mock import patch

import pytest

from components.settings import SettingError, Settings
from components.ui.access import reachability, rules
from tests.setup.environment import ROOT

ADDRESS = "components.ui.access.{}.listening_address"


def reach(address: str, settings: Settings) -> str:
    with (
        patch(ADDRESS.format("rules"), return_value=address),
        patch(ADDRESS.format("reachability"), return_value=address),
    ):
        rules.access_rules.cache_clear()
        with patch.object(rules.Settings, "from_environment", return_value=settings):
            try:
                return reachability.describe_reach(settings, rules.access_rules())
            finally:
                rules.access_rules.cache_clear()


def test_the_terminal_says_who_can_open_the_app() -> None:
    """This machine, everyone who reaches it, or those whom a reverse proxy lets through."""
    assert "Only this machine can open the app" in reach("127.0.0.1", Settings())
    assert "STREAMLIT_SERVER_ADDRESS=0.0.0.0" in reach("127.0.0.1", Settings())
    everyone = reach("0.0.0.0", Settings(allowed_hosts=("images.example.com",)))
    assert "without signing in" in everyone
    assert "has to sign in by OIDC" in reach("0.0.0.0", Settings(sign_in="oidc"))
    assert "Everyone who can reach this machine" in everyone
    assert "images.example.com" in everyone
    assert "the address 10.0.0.7" in reach("10.0.0.7", Settings())
    behind = reach("127.0.0.1", Settings(trusted_proxies=("10.0.0.1",)))
    assert "proxies at 10.0.0.1" in behind
    assert "0.0.0.0" not in behind, "it is shared already, and opening its port would go around the proxy"


def test_what_the_app_starts_with_is_safe() -> None:
    """This machine alone, cross-site requests refused, no tracebacks on the screen, nothing told to anyone."""
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["enableXsrfProtection"] is True
    assert config["server"].get("enableCORS", True) is True
    assert config["server"]["enableAgentApi"] is False
    assert config["client"]["showErrorDetails"] == "none"
    assert config["browser"]["gatherUsageStats"] is False


def test_python_app_reads_the_same_variables_as_streamlit_run() -> None:
    """One setting shares the app, whichever way it is started."""
    given = {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0", "STREAMLIT_SERVER_PORT": "8600", "STREAMLIT_OTHER": "x"}
    assert reachability.server_options(given) == {"server.address": "0.0.0.0", "server.port": 8600}
    assert reachability.server_options({}) == {}


PRIVATE = [
    ("127.0.0.1", Settings(), True),
    ("0.0.0.0", Settings(), False),
    ("127.0.0.1", Settings(trusted_proxies=("127.0.0.1",)), False),
    ("127.0.0.1", Settings(allowed_hosts=("images.example.com",)), False),
    ("0.0.0.0", Settings(private_connections="allow"), True),
    ("127.0.0.1", Settings(private_connections="refuse"), False),
]


@pytest.mark.parametrize(("address", "settings", "allowed"), PRIVATE)
def test_own_connections_into_private_networks(address: str, settings: Settings, allowed: bool) -> None:
    """Allowed by themselves only where nobody but the person at this machine can add one."""
    with patch(ADDRESS.format("rules"), return_value=address):
        assert rules.allows_private_connections(settings) is allowed


def test_a_proxy_that_is_no_address_stops_the_start() -> None:
    """A name or a typing error is reported instead of trusting nobody silently."""
    with pytest.raises(SettingError, match=r"IMAGE_WORKBENCH_TRUSTED_PROXIES holds .proxy\.example."):
        reach("127.0.0.1", Settings(trusted_proxies=("proxy.example",)))
