"""A process of its own that reads the C2PA manifest of one file and prints a few lines of it as JSON.

The file may be hostile and the library is native code, so the process limits its own memory and time, writes no file
and fetches nothing. It imports nothing of the app: run it as a script, with the file's path.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from itertools import islice
from typing import Any

MEMORY = 2_000_000_000  # bytes of address space, of which the library itself takes 0.3
SECONDS = 10  # of CPU time
LONGEST = 200  # characters of one text
MOST = 8  # texts of one kind
SETTINGS = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
AI_SOURCES = ("trainedalgorithmicmedia", "compositewithtrainedalgorithmicmedia", "compositesynthetic")


def main(path: str) -> dict[str, Any]:
    """Return the state of a file's provenance and what its active manifest says."""
    try:
        c2pa = import_module("c2pa")
    except ImportError:
        return {"state": "not_installed"}
    try:
        with open(path, "rb") as file, c2pa.Context.from_dict(SETTINGS) as context:
            # It knows every other format by its content.
            kind = "image/svg+xml" if file.read(512).lstrip(b"\xef\xbb\xbf\n\r\t ").startswith(b"<") else None
            file.seek(0)
            reader = c2pa.Reader(kind, file, context=context)
            store = json.loads(reader.json())
            return {"state": str(reader.get_validation_state() or "Invalid").lower(), **described(store)}
    except (c2pa.C2paError.ManifestNotFound, c2pa.C2paError.NotSupported):
        return {"state": "not_present"}
    except (c2pa.C2paError, RecursionError, ValueError) as problem:
        # The library has no class of its own for a manifest that is kept elsewhere.
        return {"state": "remote" if str(problem).startswith("Remote") else "unreadable", "problems": [text(problem)]}


def described(store: Mapping[str, Any]) -> dict[str, Any]:
    """Return signer, time, programs, models and problems of the active manifest of a store."""
    manifest = mapping(mapping(store.get("manifests")).get(str(store.get("active_manifest"))))
    signature = mapping(manifest.get("signature_info"))
    actions = [mapping(one) for one in _actions(manifest)]
    programs = [*items(manifest.get("claim_generator_info")), manifest.get("claim_generator")]
    problems = (mapping(one) for one in items(store.get("validation_status")))
    return {
        "signer": text(signature.get("issuer") or signature.get("common_name")),
        "signed_at": text(signature.get("time")),
        "programs": texts(map(_program, programs)),
        "models": texts(_program(one.get("softwareAgent")) for one in actions),
        "actions": texts(str(one.get("action") or "").removeprefix("c2pa.") for one in actions),
        "made_at": next(iter(texts(one.get("when") for one in actions)), ""),
        "is_ai": any(str(one.get("digitalSourceType")).lower().endswith(AI_SOURCES) for one in actions),
        "ingredients": texts(mapping(one).get("title") for one in items(manifest.get("ingredients"))),
        "problems": texts(
            one.get("explanation") or one.get("code")
            for one in problems
            if one.get("code") != "signingCredential.untrusted"  # no list of trusted signers is used
        ),
    }


def _actions(manifest: Mapping[str, Any]) -> Iterator[Any]:
    for assertion in map(mapping, items(manifest.get("assertions"))):
        if str(assertion.get("label")).startswith("c2pa.actions"):
            yield from items(mapping(assertion.get("data")).get("actions"))


def _program(value: Any) -> str:
    known = mapping(value)
    return " ".join(str(known[name]) for name in ("name", "version") if known.get(name)) or text(value)


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an object of the JSON, empty for anything else."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Any]:
    """Return a list of the JSON, empty for anything else."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """Return a short text in one line, "" for anything that is none."""
    return " ".join(str(value).split())[:LONGEST] if isinstance(value, str | Exception) else ""


def texts(values: Iterable[Any]) -> list[str]:
    """Return the first few texts, each once."""
    return list(islice(dict.fromkeys(filter(None, map(text, values))), MOST))


def limit_itself() -> None:
    """Limit this process; Windows has no such limits, there the parent's timeout alone holds."""
    try:
        import resource
    except ImportError:
        return
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    limit_itself()
    sys.stdout.write(json.dumps(main(sys.argv[1])))
