"""Show one image from another server in a frame, on request.

The app's pages load images only from the app; this response's policy alone allows another server.
"""

from __future__ import annotations

import html
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

# The frame reports the image's size to its page; 0 x 0 when it could not be loaded.
_PAGE = """<!doctype html>
<title>Image</title>
<style nonce="{nonce}">
html, body {{ margin: 0; height: 100%; overflow: hidden }}
img {{ width: 100%; height: 100%; object-fit: contain }}
</style>
<img src="{url}" alt="" referrerpolicy="no-referrer">
<script nonce="{nonce}">
const img = document.querySelector("img")
const report = () => parent.postMessage({{ width: img.naturalWidth, height: img.naturalHeight }}, "*")
if (img.complete) report()
else img.onload = img.onerror = report
</script>
"""
_POLICY = (
    "default-src 'none'; img-src http: https:; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
    "frame-ancestors 'self'; sandbox allow-scripts"
)


async def address_image(request: Request) -> Response:
    """`/address-image?url=…`: a frame that shows the image at an address, only inside the app's own pages.

    Refuse links from elsewhere: whoever follows one did not choose to load the image.
    """
    headers = request.headers
    if headers.get("sec-fetch-site") != "same-origin" or headers.get("sec-fetch-dest") != "iframe":
        return PlainTextResponse("This address works only inside the app's pages.", status_code=403)
    url = request.query_params.get("url", "")
    if urlsplit(url).scheme not in ("http", "https"):
        return PlainTextResponse("The address must start with http:// or https://.", status_code=400)
    nonce = secrets.token_urlsafe(16)
    return HTMLResponse(
        _PAGE.format(nonce=nonce, url=html.escape(url, quote=True)),
        headers={"Content-Security-Policy": _POLICY.format(nonce=nonce), "Cache-Control": "no-store"},
    )


routes = [Route("/address-image", address_image)]
