"""Exports for Azure and for servers with further headers: they send what the app sends, and hold no secret value."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from components.client import Connection
from components.parameters import Request, as_curl, as_fetch, as_httpx, as_javascript, as_n8n, as_python
from tests.wire.client_fixtures import KEY, PNG, ask, b64, request
from tests.wire.export.test_export_javascript import run_node
from tests.wire.loopback import Loopback, Received, json_answer

SECRETS = {"HEADER_X_TEAM": "s3cret-of-header", "HEADER_X__B": "other-secret", "QUERY_CODE": "s3cret-of-query"}
FIELDS: dict[str, Any] = {
    "headers": (("X-Team", SECRETS["HEADER_X_TEAM"]), ("X-$b", SECRETS["HEADER_X__B"])),
    "query": (("code", SECRETS["QUERY_CODE"]),),
    "model_names": (("my-`id`", "gpt-image-2"),),
}
SHAPES: dict[str, dict[str, Any]] = {
    "openai": {},
    "azure": {"shape": "azure"},
    "azure-preview": {"shape": "azure", "api_version": "preview"},
    "azure-deployments": {"shape": "azure-deployments", "api_version": "2025-04-01-preview"},
}
ASKED = request(prompt="A fox", quality="low")


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the person who runs an export."""
    for name, value in {**SECRETS, "OPENAI_API_KEY": KEY, "AZURE_OPENAI_API_KEY": KEY}.items():
        monkeypatch.setenv(name, value)


def connected(shape: str, base_url: str) -> Connection:
    return Connection("a", "A", base_url, KEY, **SHAPES[shape], **FIELDS)


def by_app(server: Loopback, shape: str, tmp_path: Path) -> Connection:
    """Let the app send the request; return its connection."""
    server.answer(json_answer({"created": 1, "data": [{"b64_json": b64(PNG)}]}))
    assert ask(server.base_url, ASKED, tmp_path / "staging", **SHAPES[shape], **FIELDS).error is None
    return connected(shape, server.base_url)


def split(url: str) -> tuple[str, list[tuple[str, str]]]:
    """Return an address and its query in a form that can be compared: the order says nothing."""
    parts = urlsplit(url)
    return parts.path, sorted(parse_qsl(parts.query))


def compared(received: Received, shape: str) -> tuple[Any, ...]:
    names = ["x-team", "x-$b", "authorization" if shape == "openai" else "api-key"]
    body = {name: value for name, value in received.json().items() if (name, value) != ("stream", False)}
    return split(received.target), [received.headers[name] for name in names], body


def has_no_secret(text: str) -> bool:
    return not [secret for secret in (KEY, *SECRETS.values()) if secret in text]


@pytest.mark.parametrize("shape", SHAPES)
def test_python_httpx_and_fetch_send_what_the_app_sends(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app's URL, headers and body are sent; the secrets come from the environment."""
    monkeypatch.chdir(tmp_path)
    with Loopback() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        connection = by_app(server, shape, tmp_path)
        script = as_python(ASKED, connection.server)
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(script, "export.py", "exec"), names)
        names["client"].close()
        plain = as_httpx(ASKED, connection.server)
        exec(compile(plain, "export.py", "exec"), {"__name__": "__main__"})
        fetch = as_fetch(ASKED, connection.server)
        run_node(tmp_path, fetch, server.base_url)
        app, python, httpx, node = (compared(one, shape) for one in server.requests)
    assert python == app
    assert httpx == app
    assert node == app
    assert has_no_secret(script + plain + fetch)
    assert ("AzureOpenAI(" in script) == (shape == "azure-deployments")


OWN_KEYS: dict[str, tuple[str, str]] = {
    "openai": ("authorization", "Basic aDpw"),
    "azure": ("API-Key", "own-key"),
    "azure-deployments": ("Api-Key", "own-key"),
}


@pytest.mark.usefixtures("openai_package")
@pytest.mark.parametrize("shape", OWN_KEYS)
def test_a_header_in_place_of_the_key_is_what_the_scripts_read_and_send(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reads the variables that its first line names and no other: there is no key in the environment."""
    monkeypatch.chdir(tmp_path)
    own_name, own_value = OWN_KEYS[shape]
    headers = ((own_name, own_value), *FIELDS["headers"])
    more = {**FIELDS, "headers": headers, **SHAPES[shape]}
    variable = f"HEADER_{own_name.upper().replace('-', '_')}"
    monkeypatch.setenv(variable, own_value)
    for name in ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"):
        monkeypatch.delenv(name)
    with Loopback() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        server.answer(json_answer({"created": 1, "data": [{"b64_json": b64(PNG)}]}))
        connection = Connection("a", "A", server.base_url, **more)
        assert not connection.problems
        assert ask(server.base_url, ASKED, tmp_path / "staging", **more, key="").error is None
        scripts = [export(ASKED, connection.server) for export in (as_python, as_httpx, as_javascript, as_fetch)]
        for script in scripts[:2]:
            names: dict[str, Any] = {"__name__": "__main__"}
            exec(compile(script, "export.py", "exec"), names)
            if "client" in names:
                names["client"].close()
        for script in scripts[2:]:
            run_node(tmp_path, script, server.base_url)
        app, *sent = (compared(one, shape) for one in server.requests)
    assert sent == [app] * 4
    read = {variable, *SECRETS}
    for script in scripts:
        head, _, code = script.partition("\n")
        assert set(re.findall(r"\b(?:HEADER|QUERY|OPENAI|AZURE)_\w+", head)) - {"OPENAI_BASE_URL"} == read
        assert set(re.findall(r"\b(?:HEADER|QUERY)_\w+|\w+_API_KEY", code)) == read
        assert own_value not in script
    assert f': ${variable}"' in as_curl(ASKED, connection.server)
    assert "API_KEY}" not in as_curl(ASKED, connection.server)


def test_a_lone_header_in_place_of_the_key_is_named_as_the_key() -> None:
    """The first line names it, and the openai package gets it as the key that it asks for."""
    one = Connection("a", "A", "https://x.example/v1", headers=(("Authorization", "Basic aDpw"),))
    for export in (as_python, as_javascript, as_httpx, as_fetch):
        assert "the key comes from HEADER_AUTHORIZATION, another" in export(ASKED, one.server)
        assert "API_KEY" not in export(ASKED, one.server)


def test_names_that_differ_in_signs_alone_have_variables_of_their_own() -> None:
    """Else one value would go to both."""
    one = Connection(
        "a", "A", "https://x.example/v1", KEY, headers=(("X-Team", "a"), ("X_Team", "b"), ("x-team.", "c"))
    )
    code = as_httpx(ASKED, one.server)
    for name, variable in (("X-Team", "HEADER_X_TEAM"), ("X_Team", "HEADER_X_TEAM_2"), ("x-team.", "HEADER_X_TEAM_")):
        assert f"{name!r}: os.environ[{variable!r}]" in code


@pytest.mark.parametrize("shape", SHAPES)
def test_curl_gets_the_apps_url_and_headers(shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real shell hands curl the URL and the headers; nothing in a name is run."""
    stand_in = tmp_path / "curl"
    stand_in.write_text('#!/bin/sh\nfor argument in "$@"; do printf \'%s\\0\' "$argument"; done > arguments\n')
    stand_in.chmod(0o755)
    with Loopback() as server:
        connection = by_app(server, shape, tmp_path)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        target = server.origin + server.requests[0].target
    script = as_curl(ASKED, connection.server)
    (tmp_path / "export.sh").write_text(script)
    subprocess.run(["sh", "-c", 'PATH="$PWD:$PATH" exec sh export.sh'], cwd=tmp_path, check=True)
    url, *arguments = (tmp_path / "arguments").read_text().split("\0")
    assert split(url) == split(target)
    key = f"Authorization: Bearer {KEY}" if shape == "openai" else f"api-key: {KEY}"
    assert {key, f"X-Team: {SECRETS['HEADER_X_TEAM']}", f"X-$b: {SECRETS['HEADER_X__B']}"} < set(arguments)
    assert has_no_secret(script)


@pytest.mark.usefixtures("openai_package")
@pytest.mark.parametrize("shape", SHAPES)
def test_the_package_of_npm_sends_what_the_app_sends(shape: str, tmp_path: Path) -> None:
    """The real package sends the app's URL, headers and body; the secrets come from the environment."""
    with Loopback() as server:
        connection = by_app(server, shape, tmp_path)
        script = as_javascript(ASKED, connection.server)
        run_node(tmp_path, script, server.base_url)
        app, node = (compared(one, shape) for one in server.requests)
    assert node == app
    assert has_no_secret(script)
    assert ("new AzureOpenAI(" in script) == (shape == "azure-deployments")


def n8n_call(asked: Request, connection: Connection) -> tuple[dict[str, Any], str]:
    """Return the node that sends, and the note's text."""
    nodes = as_n8n(asked, connection.server)["nodes"]
    assert has_no_secret(json.dumps(nodes))
    return nodes[1], nodes[-1]["parameters"]["content"]


def test_n8n_takes_azures_credential_and_values_from_its_environment() -> None:
    """An HTTP node with Azure's credential, the URL, and placeholders for secret values."""
    node, note = n8n_call(ASKED, connected("azure-deployments", "https://x.openai.azure.com"))
    parameters = node["parameters"]
    assert node["type"] == "n8n-nodes-base.httpRequest"
    assert parameters["nodeCredentialType"] == "azureOpenAiApi"
    path = "/openai/deployments/my-%60id%60/images/generations?api-version=2025-04-01-preview"
    assert parameters["url"] == f"https://x.openai.azure.com{path}"
    assert parameters["headerParameters"]["parameters"][0] == {"name": "X-Team", "value": "={{ $env.HEADER_X_TEAM }}"}
    assert parameters["queryParameters"]["parameters"] == [{"name": "code", "value": "={{ $env.QUERY_CODE }}"}]
    assert "Azure OpenAI credential" in note


def test_n8n_needs_no_credential_for_a_header_in_place_of_the_key() -> None:
    """The credential would send its own; the note names what n8n's environment must have."""
    one = Connection("a", "A", "https://x.example/v1", headers=(("Authorization", "Basic aDpw"),))
    nodes = as_n8n(request(prompt="A fox", size="1024x1024"), one.server)["nodes"]
    parameters = nodes[1]["parameters"]
    assert parameters["authentication"] == "none"
    assert "nodeCredentialType" not in parameters
    (header,) = parameters["headerParameters"]["parameters"]
    assert header == {"name": "Authorization", "value": "={{ $env.HEADER_AUTHORIZATION }}"}
    note = nodes[-1]["parameters"]["content"]
    assert "needs no credential" in note
    assert "It reads from n8n's environment: HEADER_AUTHORIZATION." in note


def test_n8ns_own_node_keeps_one_header_in_its_credential() -> None:
    """The credential has room for one further header, which the note names."""
    one = Connection("a", "A", "https://x.example/v1", KEY, headers=(("X-Team", "s3cret-of-header"),))
    node, note = n8n_call(request(prompt="A fox", size="1024x1024"), one)
    assert node["type"] == "@n8n/n8n-nodes-langchain.openAi"
    assert "Add its custom header X-Team" in note
