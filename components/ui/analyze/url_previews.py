"""Previews of an address list, loaded by the browser on request, and warnings about addresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st

from components.client import Connection
from components.parameters import Invalid
from components.parameters.models.families import UNKNOWN_VISION
from components.settings import BUILT_IN_ID
from components.ui.base.assets import asset
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.checked_form import Form

_PREVIEWS = st.components.v2.component(
    "image_workbench_url_previews",
    html='<ol class="previews"></ol><div class="ask"></div>',
    css=asset("analyze/url_previews.css"),
    js=asset("base/browser/addresses.js", "analyze/url_previews.js"),
)


def addresses(form: Form) -> tuple[str, ...]:
    """Return the addresses, or none when the list is invalid."""
    try:
        urls: tuple[str, ...] = UNKNOWN_VISION.kinds["image_urls"].parse(form.raw.get("image_urls"))
    except Invalid:
        return ()
    return urls


def is_private(url: str) -> bool:
    """Return whether an address is in a private network, which only a server inside it can reach."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return bool(host) and ("." not in host or host.endswith((".local", ".internal", ".lan", ".localhost", ".home")))


def draw_urls(form: Form, connection: Connection) -> None:
    """Draw the previews, and a warning for addresses that the server may not reach."""
    urls = addresses(form)
    if not urls:
        return
    _PREVIEWS(key="analyze.previews", data={"urls": list(urls)})
    fetched = [url for url in urls if not url.startswith("data:")]
    if connection.id == BUILT_IN_ID and fetched:
        st.caption("The built-in engine does not fetch images. Save the image and add it as a file.")
        return
    _draw_private([url for url in fetched if is_private(url)])


def _draw_private(urls: Sequence[str]) -> None:
    if not urls:
        return
    hosts = sorted({urlsplit(url).hostname or "" for url in urls})
    what = "is a private address" if len(hosts) == 1 else "are private addresses"
    st.caption(
        f":material/lan: {escape(', '.join(hosts))} {what}: only a server in your network can reach it. "
        "For OpenAI, save the image and add it as a file."
    )
