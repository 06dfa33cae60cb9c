"""Azure's two surfaces, further headers and query parameters: what is sent is what the ``openai`` package sends."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from openai import AzureOpenAI, OpenAI

from components.client import Client, Connection, connections_from_environment, connections_from_secrets, errors
from components.parameters import Server
from components.settings import Settings
from tests.wire.client_fixtures import KEY, PNG, RunResult, ask, b64, input_image, request
from tests.wire.loopback import Loopback, Received, error_answer, json_answer, plain_answer

VERSION = "2025-04-01-preview"
IMAGE = json_answer({"data": [{"b64_json": b64(PNG)}]})
ANSWER = json_answer(
    {
        "id": "r",
        "object": "response",
        "status": "completed",
        "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "A fox."}]}],
    }
)
# What a server goes by; the rest of the headers is each client's own.
COMPARED = ("api-key", "openai-organization", "openai-project", "x-team", "accept")
HEADERS, QUERY = (("X-Team", "s3cret value"),), (("code", "a b/ü&c"),)
NAMES = (("my images", "gpt-image-2"), ("my-eyes", "gpt-6.1-terra"))


def official(server: Loopback, shape: str) -> OpenAI:
    """The client that the package has for a surface, which stands under ``/gate``."""
    common: dict[str, Any] = {"api_key": KEY, "max_retries": 0, "organization": "org-1", "project": "proj_1"}
    headers, query = dict(HEADERS), dict(QUERY)
    if shape == "azure-deployments":
        return AzureOpenAI(
            azure_endpoint=f"{server.origin}/gate",
            api_version=VERSION,
            default_headers=headers,
            default_query=query,
            **common,
        )
    return OpenAI(
        base_url=f"{server.origin}/gate/openai/v1/",
        default_headers={"api-key": KEY, **headers},  # besides its Authorization, which Azure takes as well
        default_query={**query, "api-version": VERSION},
        **common,
    )


def send(server: Loopback, shape: Any, asked: Any, staging: Path, **given: Any) -> RunResult:
    return ask(
        f"{server.origin}/gate",
        asked,
        staging,
        **{
            "shape": shape,
            "api_version": VERSION,
            "headers": HEADERS,
            "query": QUERY,
            "organization": "org-1",
            "project": "proj_1",
            "model_names": NAMES,
            **given,
        },
    )


def compared(received: Received) -> tuple[Any, ...]:
    is_form = received.headers["content-type"].startswith("multipart")
    body = sorted(received.form(), key=lambda part: part.name) if is_form else received.json()
    return received.method, received.target, {name: received.headers.get(name) for name in COMPARED}, body


URL = "https://a.invalid/1.png"
SURFACES = ("azure", "azure-deployments")


@pytest.mark.parametrize("shape", SURFACES)
@pytest.mark.parametrize("operation", ["generate", "edit", "analyze"])
def test_a_call_is_that_of_the_official_package(shape: str, operation: str, tmp_path: Path) -> None:
    """Path, query, headers and body agree with those of ``AzureOpenAI``, or for v1 of ``OpenAI`` with ``api-key``."""
    content = [
        {"type": "input_text", "text": "What?"},
        {"type": "input_image", "image_url": URL, "detail": "auto"},
    ]
    with Loopback() as server:
        server.answer(ANSWER if operation == "analyze" else IMAGE)
        with official(server, shape) as client:
            if operation == "generate":
                asked = request(prompt="A fox", quality="low", n="2")
                client.images.generate(model="my images", prompt="A fox", quality="low", n=2)
            elif operation == "edit":
                image = input_image(tmp_path / "in", "a.png")
                asked = request("edit", images=(image,), prompt="Bluer")
                client.images.edit(model="my images", prompt="Bluer", image=("a.png", PNG, "image/png"))
            else:
                asked = request(
                    "analyze", "gpt-6.1-terra", text="What?", input_type="urls", image_urls=URL, stream=False
                )
                client.responses.create(
                    model="my-eyes",
                    input=[{"role": "user", "content": content}],  # type: ignore[list-item, misc]
                    **{name: value for name, value in asked.wire().items() if name != "model"},
                )
        assert send(server, shape, asked, tmp_path / "out").error is None
        theirs, ours = server.requests
    assert compared(ours) == compared(theirs)
    assert "authorization" not in ours.headers
    assert ours.headers["api-key"] == KEY


@pytest.mark.parametrize("shape", SURFACES)
def test_models_are_listed_as_the_official_package_does(shape: Any) -> None:
    """The test of a connection goes to the same place with the same headers."""
    with Loopback() as server:
        server.answer(json_answer({"object": "list", "data": []}))
        with official(server, shape) as client:
            client.models.list()

        async def main() -> None:
            ours = Client(Settings())
            connection = Connection(
                "a", "A", f"{server.origin}/gate", KEY, shape=shape, api_version=VERSION, headers=HEADERS, query=QUERY
            )
            assert await ours.models(connection) == []
            await ours.aclose()

        asyncio.run(main())
        theirs, ours = server.requests
    assert ours.target == theirs.target


def test_chat_of_a_deployment_stands_below_it(tmp_path: Path) -> None:
    """Where the surface has no ``/responses``, the question goes to the deployment's chat."""
    with Loopback() as server:
        server.answer(error_answer(404), path="/gate/openai/responses")
        chat = "/gate/openai/deployments/my-eyes/chat/completions"
        server.answer(
            json_answer({"choices": [{"message": {"content": "A fox."}, "finish_reason": "stop"}]}), path=chat
        )
        asked = request("analyze", "gpt-6.1-terra", text="What?", input_type="urls", image_urls=URL, stream=False)
        assert send(server, "azure-deployments", asked, tmp_path).error is None
        assert server.requests[-1].path == chat


@pytest.mark.parametrize(
    "base_url",
    [
        "https://x.openai.azure.com",
        "https://x.openai.azure.com/",
        "https://x.openai.azure.com/openai",
        "https://x.openai.azure.com/openai/v1/",
        f"https://x.openai.azure.com/openai/deployments/mine/images/generations?api-version={VERSION}",
    ],
)
def test_any_address_of_azure_is_understood(base_url: str) -> None:
    """The endpoint and what the portal shows lead to the same URL; the API version of an address is taken."""
    root = "https://x.openai.azure.com/openai"
    pasted = "deployments/mine" in base_url
    old = Server(base_url, "azure-deployments", "" if pasted else VERSION)
    name = old.name_of("gpt-image-2")
    assert name == ("mine" if pasted else "gpt-image-2")
    assert old.url("/images/edits", name) == f"{root}/deployments/{name}/images/edits?api-version={VERSION}"
    assert old.url("/models") == f"{root}/models?api-version={VERSION}"
    suffix = f"?api-version={VERSION}" if pasted else ""
    assert Server(base_url, "azure").url("/images/edits", "m") == f"{root}/v1/images/edits{suffix}"


def test_a_deployment_that_is_not_there_is_a_missing_model(tmp_path: Path) -> None:
    """Azure's own code for it leads to the advice on models, not to the base URL."""
    with Loopback() as server:
        server.answer(error_answer(404, "DeploymentNotFound", message="The API deployment does not exist."))
        failed = send(server, "azure-deployments", request(), tmp_path).failed
    assert isinstance(failed, errors.ModelNotFound)


def test_azures_variables_make_a_connection() -> None:
    """The variables of the package's ``AzureOpenAI``; without a version it is the v1 surface. OpenAI's own stays."""
    given = {"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com/", "AZURE_OPENAI_API_KEY": KEY}
    (old,) = connections_from_environment({**given, "OPENAI_API_VERSION": VERSION})
    assert (old.shape, old.api_version, old.api_key, old.problem) == ("azure-deployments", VERSION, KEY, None)
    (new,) = connections_from_environment(given)
    assert (new.shape, new.server.root) == ("azure", "https://x.openai.azure.com/openai/v1")
    assert connections_from_environment({"AZURE_OPENAI_API_KEY": KEY}) == []
    both = connections_from_environment({**given, "OPENAI_API_KEY": KEY})
    assert [one.id for one in both] == ["environment", "environment-azure"]


def test_secrets_have_shapes_headers_and_names() -> None:
    """Each key of a table is read; what is wrong stays and says why."""
    table = {
        "base_url": "https://x.openai.azure.com",
        "shape": "azure-deployments",
        "api_version": VERSION,
        "headers": {"X-Team": "s3cret"},
        "query": {"code": 12345},
        "models": {"mine": "gpt-image-2"},
        "capabilities": {"stream": False, "image_field": "image"},
    }
    wrong = [{**table, "shape": "azur"}, {**table, "headers": "X-Team: 1"}, {**table, "api_version": ""}]
    wrong += [{**table, "capabilities": one} for one in ({"strem": False}, {"stream": "perhaps"}, "no streams")]
    tables = {str(place): one for place, one in enumerate([table, *wrong])}
    good, *bad = connections_from_secrets({"connections": tables})
    assert (good.headers, good.query, good.model_names, good.problem) == (
        (("X-Team", "s3cret"),),
        (("code", "12345"),),
        (("mine", "gpt-image-2"),),
        None,
    )
    assert good.capabilities == (("stream", "no"), ("image_field", "image"))
    assert [one.problems[0].field for one in bad] == ["shape", "headers.0", "api_version", *["capabilities"] * 3]


PAIRS: dict[str, tuple[dict[str, Any], str]] = {
    "a line break": ({"headers": (("X-A", "a\r\nX-B: b"),)}, "headers.0"),
    "a control character in the query": ({"query": (("a", "b\0"),)}, "query.0"),
    "a name with a colon": ({"headers": (("X-A:", "value"),)}, "headers.0"),
    "the host": ({"headers": (("hOst", "elsewhere"),)}, "headers.0"),
    "the length": ({"headers": (("Content-Length", "1"),)}, "headers.0"),
    "beyond ASCII": ({"headers": (("X-A", "ü"),)}, "headers.0"),
    "no value": ({"headers": (("X-A", "value"), ("X-B", ""))}, "headers.1"),
    "no name": ({"query": (("", "value"),)}, "query.0"),
    "twice": ({"headers": (("X-A", "1"), ("x-a", "2"))}, "headers.1"),
    "beside the key": ({"headers": (("authorization", "Basic abcdefgh"),)}, "headers.0"),
    "too long a value": ({"headers": (("X-A", "a" * 4097),)}, "headers.0"),
    "too long a name": ({"query": (("a" * 101, "value"),)}, "query.0"),
    "too many": ({"headers": tuple((f"X-{place}", "value") for place in range(21))}, "headers.20"),
    "a name without a model": ({"model_names": (("mine", ""),)}, "model_names"),
    "two names for a model": ({"model_names": (("a", "gpt-image-2"), ("b", "gpt-image-2"))}, "model_names"),
}


@pytest.mark.parametrize("what", PAIRS)
def test_what_cannot_be_sent_is_refused_at_its_field(what: str, tmp_path: Path) -> None:
    """It is said before anything is sent, at the field, and without the value."""
    given, field = PAIRS[what]
    connection = Connection("a", "A", "https://x.example/v1", KEY, **given)
    assert field in [one.field for one in connection.problems]
    with Loopback() as server:
        failed = ask(server.base_url, request(), tmp_path, **given).failed
        assert server.requests == []
    assert isinstance(failed, errors.InvalidConnection)
    assert "elsewhere" not in str(failed)
    assert "Basic" not in str(failed)


def test_a_header_replaces_ours(tmp_path: Path) -> None:
    """Without a key, ``Authorization`` may be given; ``Accept`` is replaced, not sent twice."""
    with Loopback() as server:
        server.answer(IMAGE)
        given = (("authorization", "Basic dXNlcjpwYXNz"), ("ACCEPT", "*/*"))
        assert ask(server.base_url, request(), tmp_path, key="", headers=given).error is None
        sent = server.requests[0].headers
    assert (sent["authorization"], sent["accept"]) == ("Basic dXNlcjpwYXNz", "*/*")


def test_a_link_gets_no_header(tmp_path: Path) -> None:
    """The image that an answer links to is fetched without key, headers and query, even from the same server."""
    with Loopback() as server:
        server.answer(json_answer({"data": [{"url": f"{server.origin}/made.png"}]}))
        server.answer(plain_answer(PNG, content_type="image/png"), path="/made.png")
        assert send(server, "azure", request(), tmp_path).error is None
        fetched = server.requests[-1]
    assert fetched.target == "/made.png"
    assert not {"api-key", "authorization", "x-team", "openai-organization", "openai-project"} & set(fetched.headers)


ECHOED = ("s3cret-of-the-header", "s3cret of/the query", "dXNlcjpwYXNzd29yZA==")


@pytest.mark.parametrize("spelled", [str, quote, quote_plus, lambda secret: json.dumps(secret)[1:-1]])
@pytest.mark.parametrize("status", [200, 400])
def test_a_server_that_sends_the_values_back(status: int, spelled: Any, tmp_path: Path) -> None:
    """However a server echoes the values of headers and query, nothing that is shown or stored holds them."""
    words = " and ".join(spelled(secret) for secret in ECHOED)
    body = {"error": {"message": words, "param": words, "code": words}}
    answers = {400: json_answer(body, status=400), 200: json_answer({"data": [{"b64_json": b64(PNG)}], "echo": words})}
    with Loopback() as server:
        server.answer(answers[status])
        pairs = (("X-Team", ECHOED[0]), ("X-Gate", f"Basic {ECHOED[2]}"))
        result = ask(server.base_url, request(), tmp_path, headers=pairs, query=(("code", ECHOED[1]),))
    shown = [repr(event) for event in result.events] + [repr(result.error and result.error.as_dict())]
    assert "…" in "".join(shown)
    for secret in ECHOED:
        assert spelled(secret) not in "".join(shown)
    connection = Connection("a", "A", headers=pairs, query=(("code", ECHOED[1]),))
    assert not [secret for secret in ECHOED if secret in repr(connection) + repr(connection.without_secrets().secrets)]


def test_unencrypted_headers_are_warned_of() -> None:
    """An http:// URL to another host warns of secret headers and parameters as of the key."""
    plain = "http://images.example/v1"
    pair = (("x", "value"),)
    assert "The key, secret headers, prompts" in str(Connection("a", "A", plain, KEY, headers=pair).warning)
    both = Connection("a", "A", plain, headers=pair, query=pair)
    assert str(both.warning).startswith("Secret headers and parameters, prompts and images travel")
    assert str(Connection("a", "A", plain).warning).startswith("Prompts and images travel")
    assert Connection("a", "A", "http://localhost/v1", KEY, headers=pair).warning is None
