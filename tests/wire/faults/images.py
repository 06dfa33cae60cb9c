"""Answers with images of which some are broken; two are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from tests.wire.faults.cells import A, B, C, Cell, Make, Script, b64, completed, entry, images, parts, section
from tests.wire.loopback import json_answer, stream_answer


def _usage(usage: object) -> Make:
    def make(cell: Cell) -> Sequence[Script] | None:
        if not cell.for_images:
            return None
        if cell.streamed:
            return [stream_answer([completed(cell, {**entry(one), "usage": usage}) for one in (A, B)])]
        return [json_answer({**images(entry(A), entry(B)), "usage": usage})]

    return make


def _link(*urls: str) -> Make:
    return parts(*({"url": url} for url in urls))


_NOT_AN_IMAGE = b"<html>no image</html>"

IMAGES = (
    section(
        "Broken images beside good ones",
        {
            "the first is not base64": parts(entry("not base64!"), entry(A)),
            "a third, the first, is not base64": parts(entry("?"), entry(A), entry(B)),
            "the second is empty": parts(entry(A), entry("")),
            "an empty one between two": parts(entry(A), entry(""), entry(B)),
            "the second is only blanks": parts(entry(A), entry("    ")),
            "the second is null": parts(entry(A), {"b64_json": None}),
            "the second is a number": parts(entry(A), {"b64_json": 7}),
            "the second is cut off": parts(entry(A), entry(b64(B)[:-3])),
            "the second is base64 for addresses": parts(entry(A), entry("-_-_")),
            "the second has a quote in it": parts(entry(A), entry('QUJD"QUJD')),
            "all are broken": parts(entry("?"), entry("")),
            "the second is not an image": parts(entry(A), entry(_NOT_AN_IMAGE)),
            "none is an image": parts(entry(_NOT_AN_IMAGE), entry(_NOT_AN_IMAGE)),
            "the second is half an image": parts(entry(A), entry(B[:60])),
            "in lines": parts(entry(A), entry("\n".join(b64(B)[i : i + 76] for i in range(0, len(b64(B)), 76)))),
            "as a data URL": parts(entry(A), entry(f"data:image/png;base64,{b64(B)}")),
            "no image at all": parts(),
        },
    ),
    section(
        "Too few and too many",
        {
            "one of two": parts(entry(A)),
            "three of two": parts(entry(A), entry(B), entry(C)),
            "the same twice": parts(entry(A), entry(A)),
            "each of two twice": parts(entry(A), entry(A), entry(B), entry(B)),
        },
    ),
    section(
        "What was counted",
        {
            "no usage": _usage(None),
            "usage of another kind": _usage("7"),
            "usage with other names": _usage({"prompt_tokens": 5}),
            "usage with texts for numbers": _usage({"input_tokens": "5", "output_tokens": "x"}),
            "negative usage": _usage({"input_tokens": -5, "output_tokens": -100}),
        },
    ),
    section(
        "Links",
        {
            "both are there": _link("http://127.0.0.1:99999/good.png", "http://127.0.0.1:99999/good.png"),
            "one is dead": _link("http://127.0.0.1:99999/good.png", "http://127.0.0.1:99999/dead.png"),
            "both are dead": _link("http://127.0.0.1:99999/dead.png", "http://127.0.0.1:99999/dead.png"),
            "one fails": _link("http://127.0.0.1:99999/good.png", "http://127.0.0.1:99999/fails.png"),
            "one breaks off": _link("http://127.0.0.1:99999/good.png", "http://127.0.0.1:99999/breaks.png"),
            "one redirects": _link("http://127.0.0.1:99999/good.png", "http://127.0.0.1:99999/moved.png"),
            "one is a page": _link("http://127.0.0.1:99999/good.png", "http://127.0.0.1:99999/page.png"),
            "one leads into a private network": _link("http://127.0.0.1:99999/good.png", "http://10.0.0.1/a.png"),
            "one is not an address": _link("http://127.0.0.1:99999/good.png", "http://[oops/a.png"),
            "one is a file": _link("http://127.0.0.1:99999/good.png", "file:///etc/passwd"),
            "one beside data": parts(entry(A), {"url": "http://127.0.0.1:99999/good.png"}),
            "a dead one beside data": parts(entry(A), {"url": "http://127.0.0.1:99999/dead.png"}),
        },
    ),
)
