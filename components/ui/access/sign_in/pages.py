"""What a browser sees before it is signed in: one page with one button, and answers to everything else."""

from __future__ import annotations

import html
import secrets
from urllib.parse import quote, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from components.ui.access.sign_in import streamlit_login
from components.ui.access.sign_in.doors import SIGN_IN
from components.ui.access.sign_in.login import Login

RETURN_COOKIE = "image_workbench_return"
RETURN_SECONDS = 900  # from the sign-in page to the app's page
LONGEST_RETURN = 2000  # characters
NO_STORE = {"Cache-Control": "no-store"}
NOT_YOUR_PAGE = "This page is not yours. Reload it and add the file again."

_POLICY = "default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{tab} · Image Workbench</title>
<style nonce="{nonce}">
:root {{ color-scheme: light dark }}
body {{
  margin: 0; min-height: 100vh; display: grid; place-items: center;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  background: light-dark(#fcfcfa, #17181a); color: light-dark(#121418, #e8e6e1);
}}
main {{ width: min(24rem, 100vw - 3rem); text-align: center }}
h1 {{ font-size: 1.5rem; margin: 0 0 .5rem }}
p {{ margin: 0 0 1.5rem; overflow-wrap: anywhere }}
a {{
  display: block; padding: .75rem 1rem; margin-top: .75rem; border-radius: 8px; text-decoration: none;
  font-weight: 600; background: light-dark(#b0403c, #bf4d49); color: #fff;
}}
a:hover {{ filter: brightness(1.1) }}
a:focus-visible {{ outline: 3px solid light-dark(#121418, #e8e6e1); outline-offset: 2px }}
</style>
</head>
<body><main><h1>{title}</h1><p>{text}</p>{links}</main></body>
</html>
"""


def _page(title: str, text: str, links: list[tuple[str, str]], status: int, tab: str = "") -> Response:
    """Return a page of one sentence and its links; `tab` is what the browser's tab says in place of the title."""
    nonce = secrets.token_urlsafe(16)
    drawn = "".join(
        f'<a href="{html.escape(address, quote=True)}">{html.escape(label)}</a>' for address, label in links
    )
    texts = {"title": html.escape(title), "tab": html.escape(tab or title), "text": html.escape(text)}
    body = _PAGE.format(**texts, links=drawn, nonce=nonce)
    headers = {**NO_STORE, "Content-Security-Policy": _POLICY.format(nonce=nonce)}
    return HTMLResponse(body, status_code=status, headers=headers)


def safe_return(address: str) -> str:
    """Return a path and query of this app to go to after signing in; "" for any other address."""
    inside = address.startswith("/") and not address.startswith("//") and "\\" not in address
    parts = urlsplit(address) if inside and address.isprintable() and len(address) <= LONGEST_RETURN else None
    return address if parts is not None and not parts.scheme and not parts.netloc else ""


def sign_in_page(connection: HTTPConnection, prefix: str) -> Response:
    """Return the page that a browser without a login sees at any of the app's addresses."""
    url = connection.url
    address = quote(f"{url.path}?{url.query}" if url.query else url.path, safe="")
    found = streamlit_login.providers()
    links = [
        (
            f"{prefix}{SIGN_IN}?provider={quote(provider, safe='')}&next={address}",
            "Sign in" if len(found) == 1 else f"Sign in with {provider}",
        )
        for provider in found
    ]
    return _page("Image Workbench", "Sign in to go on to the page that you opened.", links, 401, "Sign in")


def begin_sign_in(connection: HTTPConnection, prefix: str) -> Response:
    """`/sign-in?provider=…&next=…`: remember the page to come back to, and go to the provider."""
    query = connection.query_params
    provider = query.get("provider", "")
    found = streamlit_login.providers()
    origin, here = streamlit_login.origin(), f"{connection.url.scheme}://{connection.headers.get('host', '')}"
    if origin and origin != here:
        # The provider sends people back to this address alone, and the cookies have to be there already.
        return RedirectResponse(f"{origin}{connection.url.path}?{connection.url.query}", 303, NO_STORE)
    response = RedirectResponse(
        streamlit_login.login_address(provider if provider in found else found[0]), 303, NO_STORE
    )
    response.set_cookie(
        RETURN_COOKIE,
        quote(safe_return(query.get("next", "")), safe=""),
        max_age=RETURN_SECONDS,
        path=prefix or "/",
        secure=connection.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


def go_back(address: str, prefix: str) -> Response:
    """Return the redirect from the first page to the one that was opened before signing in."""
    response = RedirectResponse(address or f"{prefix}/", 303, NO_STORE)
    response.delete_cookie(RETURN_COOKIE, path=prefix or "/", httponly=True, samesite="lax")
    return response


def proxy_page() -> Response:
    """Return what a browser sees whose proxy names nobody."""
    text = "The reverse proxy did not say who you are. Sign in there, then open this page again."
    return _page("Not signed in", text, [], 401)


def no_role_page(login: Login, sign_out: str) -> Response:
    """Return what a person sees who signed in but is in no list."""
    text = f"You are signed in as {login.name}, who may not use this app. Ask its admins to add you."
    return _page("Not yet a member", text, [(sign_out, "Sign out")] if sign_out else [], 403)


def too_many_pages(most: int) -> Response:
    """Return what a browser sees in place of one page too many."""
    text = f"You have {most} pages of this app open, as many as one person may have. Close one, then reload this one."
    return _page("Too many pages", text, [], 429)


def refusal(status: int, text: str) -> Response:
    """Return the answer to anything that is not a page."""
    return PlainTextResponse(text, status_code=status, headers=NO_STORE)
