"""Export a sheet as a configuration for promptfoo: a provider for each set of parameters, a test for each prompt.

Providers of the kind `https` send the app's own request to any server; promptfoo's `openai:image` drops parameters of
models that it does not know. Source: promptfoo's documentation of its configuration, HTTP provider and assertions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from components.parameters.export.request_parts import (
    PATHS,
    file_extension,
    header_variables,
    plain_body,
    query_variables,
    variables_note,
)
from components.parameters.export.sheet_targets import SheetTarget
from components.parameters.request import Request
from components.parameters.server import OPENAI_BASE_URL, OPENAI_SERVER, Server

# promptfoo reads templates, files and JSON in what it sends, so a prompt that looks like one would arrive changed.
_READ_BY_PROMPTFOO = re.compile(r"\{[{%#]|\A\s*[\[{]|\A(?:file|package):|\n\Z")
# A check's kind, and a JavaScript expression that judges an image. What cannot be judged passes. Several lines would be
# a function's body to promptfoo.
_START, _ASKED = "context.providerResponse.metadata.start", "context.provider.config.body"
_ASSERTS: Mapping[str, str] = {
    "format": f"!{_START} || {_START}.startsWith({{ png: '89504e47', jpeg: 'ffd8ff', webp: '52494646' }}"
    f"[{_ASKED}.output_format ?? 'png'])",
    "size": f"((start, size) => !start || !/^\\d+x\\d+$/.test(size) || [32, 40].map((at) => "
    f"parseInt(start.slice(at, at + 8), 16)).join('x') === size)({_START}, {_ASKED}.size ?? '')",
}
# promptfoo takes an image out of the output before the checks, so its first bytes go along, in hex; a link has none.
_ANSWER = (
    "{ output: json.data[0].b64_json ? `data:image/FORMAT;base64,${json.data[0].b64_json}` : json.data[0].url, "
    "metadata: { start: Buffer.from((json.data[0].b64_json ?? '').slice(0, 32), 'base64').toString('hex') } }"
)


def as_sheet_promptfoo(
    requests: Mapping[str, Request],
    checks: Iterable[tuple[str, str]] = (),
    server: Server = OPENAI_SERVER,
    targets: Mapping[str, SheetTarget] = MappingProxyType({}),
    left_out: Iterable[str] = (),
) -> str:
    """Return a promptfooconfig.json that sends requests, given by the names of their cells, and runs a sheet's checks.

    `checks` are pairs of kind and title. The description names the cells and checks that promptfoo cannot run. Keys
    come from the environment. `targets` are the connections of the cells, by their names, where these vary: each has
    providers of its own. `left_out` are notes on cells that are not given.
    """
    providers: dict[str, dict[str, Any]] = {}
    labels: dict[str, str] = {}
    tests: dict[str, dict[str, None]] = {}
    unsendable = []
    for name, request in requests.items():
        prompt = str(request.values.get("prompt", ""))
        if request.operation != "generate" or _READ_BY_PROMPTFOO.search(prompt):
            unsendable.append(name)
            continue
        target = targets.get(name)
        named = request.named((target.server if target else server).name_of(request.model))
        body = {**plain_body(named), "prompt": "{{prompt}}"}
        key = json.dumps([target.name if target else "", body], sort_keys=True)
        if key not in labels:
            shown = [target.name] if target else []
            shown += [str(value) for part, value in body.items() if part != "prompt"]
            labels[key] = f"{len(labels) + 1} {', '.join(shown)}"
            providers[labels[key]] = _provider(named, body, server, target)
        tests.setdefault(prompt, {})[labels[key]] = None
    asserts, notes = _asserts(checks, requests.values())
    notes += [f"Left out, because promptfoo cannot send it as it is: {name}" for name in unsendable]
    notes += left_out
    variables = "; ".join(dict.fromkeys(targets[name].note for name in requests if name in targets))
    environment = (
        f"keys and secret values come from the environment: {variables}." if variables else variables_note(server)
    )
    config: dict[str, Any] = {
        "description": "\n".join([f"promptfoo eval -c with this file; {environment}", *notes]),
        "prompts": ["{{text}}"],
        "providers": [{"id": "https", "label": label, "config": config} for label, config in providers.items()],
        **({"defaultTest": {"assert": asserts}} if asserts else {}),
        "tests": [
            {"vars": {"text": text}, **({} if len(used) == len(providers) else {"providers": list(used)})}
            for text, used in tests.items()
        ],
    }
    return json.dumps(config, ensure_ascii=False, indent=2) + "\n"


def _provider(request: Request, body: Mapping[str, Any], server: Server, target: SheetTarget | None) -> dict[str, Any]:
    path = PATHS[request.operation]
    if target is not None:
        server = target.server
    url = server.url(path, str(request.values["model"]))
    if not server.is_azure and target is None:
        url = f'{{{{ env.OPENAI_BASE_URL or "{OPENAI_BASE_URL}" }}}}{path}'
    names, keys = (target.query, target.headers) if target else (query_variables(server), header_variables(server))
    query = "&".join(f"{quote(name)}={{{{ env.{variable} }}}}" for name, variable in names)
    headers = {name: f"{prefix}{{{{ env.{variable} }}}}" for name, prefix, variable in keys}
    return {
        "url": url + (f"{'&' if '?' in url else '?'}{query}" if query else ""),
        "method": "POST",
        "headers": {"Content-Type": "application/json", **headers},
        "body": body,
        "validateStatus": "status >= 200 && status < 300",
        "transformResponse": _ANSWER.replace("FORMAT", file_extension(request)),
        "maxRetries": 0,
    }


def _asserts(checks: Iterable[tuple[str, str]], requests: Iterable[Request]) -> tuple[list[dict[str, str]], list[str]]:
    """Return the checks that promptfoo can run, and a note for each other one."""
    asserts, notes, formats = [], [], {file_extension(one) for one in requests}
    measured = {"format": {"png", "jpeg", "webp"}, "size": {"png"}}
    for kind, title in checks:
        if formats <= measured.get(kind, set()):
            asserts.append({"type": "javascript", "metric": title, "value": _ASSERTS[kind]})
        else:
            notes.append(f"Left out, because promptfoo cannot measure it: {title}")
    return asserts, notes
