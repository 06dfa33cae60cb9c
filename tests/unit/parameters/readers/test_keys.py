"""Keys in pasted requests: each is dropped and said, and none stays in the field of a text that was refused."""

from __future__ import annotations

import json

import pytest

from components.parameters import Invalid, read_request, without_secrets
from tests.support.work import within_lines

URL = "https://api.openai.com/v1/images/generations"
BODY = """-d '{"prompt": "a"}'"""
HEADERS = "requests.post(URL, json={'prompt': 'a'}, headers={%s})".replace("URL", repr(URL))
FETCH = f"await fetch('{URL}', {{ headers: {{ %s }}, body: JSON.stringify({{ prompt: 'a' }}) }})"


def n8n(name: str, value: str) -> str:
    headers = {"parameters": [{"name": name, "value": value}]}
    parameters = {"url": URL, "specifyBody": "json", "jsonBody": '{"prompt": "a"}', "headerParameters": headers}
    return json.dumps({"type": "n8n-nodes-base.httpRequest", "parameters": parameters})


WITH_KEY = [
    f"curl -u me:hushpw {URL} {BODY}",
    f"curl -sSume:hushpw {URL} {BODY}",
    f"curl --user=me:hushpw {URL} {BODY}",
    f"curl -u hushpw: {URL} {BODY}",
    f"curl --oauth2-bearer hushpw {URL} {BODY}",
    f"curl -H 'Authorization: Basic hushpw' {URL} {BODY}",
    f"curl -H 'Authorization: Bearer hushpw' {URL} {BODY}",
    f'curl -H "authorization: hushpw" {URL} {BODY}',
    f"curl {URL}?key=hushpw {BODY}",
    f"curl '{URL}?v=1&api-key=hushpw' {BODY}",
    f"curl {URL} --url-query token=hushpw {BODY}",
    f"curl -b 'session=hushpw' {URL} {BODY}",
    f"curl --cookie session=hushpw {URL} {BODY}",
    f"curl -H 'Cookie: a=hushpw; b=c' {URL} {BODY}",
    f"curl -H 'X-Auth-Token: hushpw' {URL} {BODY}",
    f"curl -x http://me:hushpw@proxy:80 {URL} {BODY}",
    f"curl --proxy-user me:hushpw {URL} {BODY}",
    """curl URL -d '{"prompt": "a", "api_key":"hushpw"}'""".replace("URL", URL),
    '{"prompt": "a", "api_key":"hushpw"}',
    '{"prompt": "a", "auth": {"access_token" : "hushpw"}}',
    f"curl {URL} -F prompt=a -F api_key=hushpw",
    HEADERS % "'Cookie': 'session=hushpw'",
    HEADERS % "'Authorization': 'Basic hushpw'",
    HEADERS % "'X-Api-Key': 'hushpw'",
    f"requests.post({URL!r}, json={{'prompt': 'a'}}, auth=('me', 'hushpw'))",
    f"requests.post({URL!r}, json={{'prompt': 'a'}}, cookies={{'session': 'hushpw'}})",
    f"httpx.post('{URL}?key=hushpw', json={{'prompt': 'a'}})",
    FETCH % "Cookie: 'session=hushpw'",
    f"await axios.post('{URL}', {{ prompt: 'a' }}, {{ headers: {{ 'Authorization': 'Basic hushpw' }} }})",
    f"await axios.post('{URL}', {{ prompt: 'a' }}, {{ auth: {{ username: 'me', password: 'hushpw' }} }})",
    n8n("Authorization", "Bearer hushpw"),
    n8n("Cookie", "session=hushpw"),
]


@pytest.mark.parametrize("text", WITH_KEY, ids=range(len(WITH_KEY)))
def test_a_key_is_dropped_and_said(text: str) -> None:
    """Wherever it stands; the rest is read, and a refused text keeps its words without the key."""
    reading = read_request(text)
    assert reading.had_key
    assert reading.values == {"prompt": "a"}
    assert "hush" not in repr(reading)
    left = without_secrets(text)
    assert "hush" not in left
    assert ("prompt" in left, "KEY_REMOVED" in left) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        f'curl -H "Authorization: Bearer $OPENAI_API_KEY" {URL} {BODY}',
        f'curl -u "$ME:$PASSWORD" {URL} {BODY}',
        f"curl -u me -b cookies.txt -H 'Accept: image/png' '{URL}?v=1' {BODY}",
        f'curl "{URL}?key=$KEY" {BODY}',
        HEADERS % "'Authorization': f'Bearer {key}'",
        HEADERS % "'Authorization': 'Bearer ' + key, 'Content-Type': 'application/json'",
        "client = OpenAI(api_key=os.environ['KEY'])\nclient.images.generate(prompt='a')",
        FETCH % "'Authorization': `Bearer ${key}`",
        n8n("Authorization", "=Bearer {{ $env.KEY }}"),
    ],
)
def test_a_variable_is_no_key(text: str) -> None:
    """What a shell or a program would fill in was not pasted."""
    reading = read_request(text)
    assert (reading.values, reading.had_key) == ({"prompt": "a"}, False)


@pytest.mark.parametrize(
    "prompt",
    [
        "Cookie: chocolate, on a plate -u me:you",
        "Authorization: a stamp that says 'token: gold'",
        "?keys=piano&token",
        "a -b c=d",
    ],
)
def test_a_prompt_is_not_mistaken_for_a_key(prompt: str) -> None:
    """Words of a prompt that look like a header or an option are read as they are."""
    for text in (json.dumps({"prompt": prompt}), f"curl {URL} -d {json.dumps(json.dumps({'prompt': prompt}))}"):
        reading = read_request(text)
        assert (reading.values, reading.had_key) == ({"prompt": prompt}, False)


@pytest.mark.parametrize(
    "text",
    [
        f"curl -u me:secretpw {URL} -d 'not JSON'",
        f"curl -u me:secretpw {URL} -d '",
        "curl -u 'me:secretpw",
        f"sudo curl -H 'Authorization: Basic secretpw' {URL}",
        f"wget --header 'Cookie: secretpw' {URL}",
        "session(auth=('me', 'secretpw'))",
        "password: secretpw",
    ],
)
def test_a_refused_text_stays_without_its_key(text: str) -> None:
    """The sentence does not quote it either."""
    with pytest.raises(Invalid) as refusal:
        read_request(text)
    assert "secretpw" not in refusal.value.message
    assert "secretpw" not in without_secrets(text)


@pytest.mark.parametrize(
    "text", ["api-key" * 28_000, "-u" * 100_000, "auth: {" * 28_000, "'cookie': '" * 18_000, "a-" * 100_000]
)
def test_a_hostile_text_is_searched_in_bounded_steps(text: str) -> None:
    """Two hundred thousand characters."""
    within_lines(len(text), lambda: without_secrets(f"curl {text}"))
