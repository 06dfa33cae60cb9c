"""Clean the names of uploaded files, and refuse names of programs, web pages and raw files."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80

# Files named so are meant to be run, even if they are images as well.
_PROGRAMS = frozenset(
    [
        "apk",
        "app",
        "bat",
        "cmd",
        "com",
        "cpl",
        "dll",
        "dmg",
        "exe",
        "hta",
        "jar",
        "js",
        "jse",
        "lnk",
        "msi",
        "mjs",
        "php",
        "pl",
        "ps1",
        "py",
        "rb",
        "scr",
        "sh",
        "so",
        "vb",
        "vbs",
        "wsf",
    ]
)
_PAGES = frozenset(["htm", "html", "mht", "mhtml", "shtml", "xhtml"])
# Pillow reads these as TIFFs and would take the small preview inside for the image.
_RAW = frozenset(
    [
        "3fr",
        "arw",
        "cr2",
        "cr3",
        "dng",
        "erf",
        "kdc",
        "mef",
        "mrw",
        "nef",
        "nrw",
        "orf",
        "pef",
        "raf",
        "raw",
        "rw2",
        "sr2",
        "srf",
        "srw",
        "x3f",
    ]
)


def clean_name(name: str) -> str:
    """Return a file's name without folders and control characters, of at most 80 characters; never empty."""
    base = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    base = "".join(character for character in base if character.isprintable()).strip(" .")
    stem, dot, suffix = base.rpartition(".")
    if dot and len(base) > LONGEST:
        base = f"{stem[: max(1, LONGEST - len(suffix) - 1)]}.{suffix}"
    return base[:LONGEST] or "image"


def suffix_of(name: str) -> str:
    """Return the part after a name's last dot, in lower case; "" where there is none."""
    stem, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot and stem else ""


def with_suffix(name: str, suffix: str, usual: frozenset[str]) -> str:
    """Return the name with `suffix` at its end, unless it ends in one of the `usual` ones already."""
    own = suffix_of(name)
    if own in usual:
        return name
    stem = name[: -len(own) - 1] if own else name
    return f"{stem[: LONGEST - len(suffix) - 1]}.{suffix}"


def refused_name(name: str) -> str | None:
    """Return a sentence on why a file of this name is refused unread; None if it is not."""
    suffix = suffix_of(name)
    if suffix in _PROGRAMS:
        return f"The file is called .{suffix}, like a program. If it is an image, rename it first."
    if suffix in _PAGES:
        return f"The file is called .{suffix}, like a web page. If it is an image, rename it first."
    if suffix in _RAW:
        return f"This is a camera's raw file (.{suffix}), which is not developed here. Export it as JPEG or PNG first."
    return None
