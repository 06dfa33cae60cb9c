"""Who can open the app, by the address it listens on; printed in the terminal at startup."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

import streamlit as st

from components.network.addresses import is_loopback
from components.network.hosts import LOCAL_HOSTS
from components.settings import SettingError, Settings
from components.ui.access.base_path import base_path
from components.ui.access.rules import AccessRules, listening_address

# `streamlit run app.py` reads these itself; `python app.py` does not.
_VARIABLES = {
    "STREAMLIT_SERVER_ADDRESS": "server.address",
    "STREAMLIT_SERVER_PORT": "server.port",
    "STREAMLIT_SERVER_BASE_URL_PATH": "server.baseUrlPath",
}
HOW = {
    "name": "without signing in",
    "oidc": "and has to sign in by OIDC",
    "header": "and is let in when a listed reverse proxy says who it is",
}
_HIGHEST_PORT = 65_535
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


def server_options(environment: Mapping[str, str] | None = None) -> dict[str, str | int]:
    """Return Streamlit's options for `python app.py`, from the variables that `streamlit run` reads too.

    Raise SettingError for a port that is not a number in range.
    """
    environment = os.environ if environment is None else environment
    given = {option: environment.get(variable, "").strip() for variable, option in _VARIABLES.items()}
    port = given["server.port"]
    if port and not (port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT):
        raise SettingError(f"STREAMLIT_SERVER_PORT is {port!r}, which is not a number up to {_HIGHEST_PORT}")
    return {option: int(value) if value.isdigit() else value for option, value in given.items() if value}


def describe_reach(settings: Settings, rules: AccessRules) -> str:
    """Describe who can open the app, in a few lines for the terminal."""
    address, port = listening_address(), st.get_option("server.port")
    proxies = ", ".join(settings.trusted_proxies)
    behind = f"  Browsers come through the reverse proxies at {proxies} as well.\n" if proxies else ""
    if is_loopback(address):
        share = "  To share it with your network, start it with STREAMLIT_SERVER_ADDRESS=0.0.0.0\n"
        return (
            f"  Only this machine can open the app, at http://localhost:{port}{base_path()}\n{behind}"
            f"{'' if proxies else share}"
        )
    if address in _EVERY_ADDRESS:
        who, name = "Everyone who can reach this machine over a network", socket.gethostname()
    else:
        who, name = f"Everyone who can reach the address {address}", f"[{address}]" if ":" in address else address
    further = ", ".join(sorted(rules.allowed_hosts - LOCAL_HOSTS))
    hosts = f"  It answers to this machine's addresses and to the names: {further}\n" if further else ""
    return f"  {who} can open the app, {HOW[settings.sign_in]}: http://{name}:{port}{base_path()}\n{behind}{hosts}"
