"""Names of files from outside: what is left of them, and what they may not be."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80

# Whoever calls a file so wants it to be run. It is no use to find out that it is an image as well.
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
# TIFFs to Pillow, which would take the small preview inside for the image.
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
    """A file's name without folders and control characters, of at most 80 characters; never empty."""
    base = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    base = "".join(character for character in base if character.isprintable()).strip(" .")
    stem, dot, suffix = base.rpartition(".")
    if dot and len(base) > LONGEST:
        base = f"{stem[: max(1, LONGEST - len(suffix) - 1)]}.{suffix}"
    return base[:LONGEST] or "image"


def suffix_of(name: str) -> str:
    """The part after a name's last dot, in small letters; "" where there is none."""
    stem, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot and stem else ""


def with_suffix(name: str, suffix: str, usual: frozenset[str]) -> str:
    """The name with `suffix` at its end, unless it ends in one of the `usual` ones already."""
    own = suffix_of(name)
    if own in usual:
        return name
    stem = name[: -len(own) - 1] if own else name
    return f"{stem[: LONGEST - len(suffix) - 1]}.{suffix}"


def refused_name(name: str) -> str | None:
    """Why a file of this name is not looked into, as a sentence; None where it is."""
    suffix = suffix_of(name)
    if suffix in _PROGRAMS:
        return f"The file is called .{suffix}, like a program. If it is an image, give it an image's name first."
    if suffix in _PAGES:
        return f"The file is called .{suffix}, like a web page. If it is an image, give it an image's name first."
    if suffix in _RAW:
        return f"This is a camera's raw file (.{suffix}), which is not developed here. Export it as JPEG or PNG first."
    return None
