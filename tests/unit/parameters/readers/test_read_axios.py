"""Pasted calls of axios: literals are read, the rest is named, and nothing is executed."""

from __future__ import annotations

import pytest

from components.parameters import Invalid, read_request
from tests.support.work import within_lines

URL = "https://api.openai.com/v1/images"
FOX = {"model": "gpt-image-2", "prompt": "a fox", "n": 2}
BODY = "{ model: 'gpt-image-2', prompt: \"a fox\", n: 2 }"


@pytest.mark.parametrize(
    "code",
    [
        f"axios.post('{URL}/generations', {BODY})",
        f"const {{ data }} = await axios.post(\n  '{URL}/generations',\n  {BODY},\n  {{ timeout: 6, headers }},\n);",
        f"const body = {BODY};\nconst url = '{URL}/generations';\naxios.post(url, body).then((r) => save(r.data));",
        f"const ask = () => axios.post(`{URL}/generations`, JSON.stringify({BODY}), {{ headers: made() }});",
        f"""axios({{ method: 'post', url: '{URL}/generations', data: {BODY}, responseType: "json" }})""",
        f"""const config = {{ "method": "POST", "url": "{URL}/generations", "data": {BODY} }};
await axios.request(config);""",
        f"const url = '{URL}/generations';\nawait axios(url, {{ method: 'POST', data: {BODY} }});",
        f"const url = '{URL}/generations', data = {BODY};\nawait axios({{ method: 'POST', url, data: {BODY} }});",
        f"""const client = axios.create({{ baseURL: "{URL[:-7]}" }});
const {{ data }} = await client.post("/images/generations", {BODY});""",
        f"import http from 'axios';\nawait http.post('{URL}/generations', '{{\"model\":\"gpt-image-2\","
        '"prompt":"a fox","n":2}\');',
        f"const http = require('axios');\nhttp.post(`${{base}}/images/generations`, {BODY});",
    ],
)
def test_a_post_of_json_is_read(code: str) -> None:
    """The body as literal, name, JSON text or JSON.stringify; by method, by configuration or by an instance."""
    reading = read_request(code)
    assert (reading.operation, reading.values, reading.unread, reading.had_key) == ("generate", FOX, [], False)


@pytest.mark.parametrize("call", ["post", "postForm"])
def test_a_post_of_a_form_is_read(call: str) -> None:
    """Fields and files that the code appends, or those of an object for `postForm`."""
    form = """const form = new FormData();
form.append("prompt", "a hat");
form.append("n", "2");
form.append("image[]", fs.createReadStream("/tmp/a/fox.png"));
form.append("mask", await openAsBlob("mask.png"), "mask.png");
"""
    fields = """{ prompt: "a hat", n: 2, "image[]": fs.createReadStream("/tmp/a/fox.png"), mask: new Blob([x]) }"""
    start, body = (form, "form") if call == "post" else ("", fields)
    code = f"{start}await axios.{call}('{URL}/edits', {body}, {{ maxBodyLength: Infinity }});"
    reading = read_request(code)
    assert (reading.operation, reading.values, reading.unread) == ("edit", {"prompt": "a hat", "n": 2}, [])
    assert reading.files == [("image", "fox.png"), ("mask", "mask.png" if call == "post" else "")]


def test_what_only_a_program_knows_is_named() -> None:
    """Names, templates and spreads, options, another server and later calls are named."""
    code = """
const http = axios.create({ baseURL: "https://other.example/v1" });
http.post("/images/generations", { prompt: "a fox", quality: best, size: `${w}x${h}`, seed: 7, ...more }, { params });
await http.post("/images/generations", {});
"""
    reading = read_request(code)
    assert (reading.operation, reading.values) == ("generate", {"prompt": "a fox"})
    assert set(reading.unread) == {
        "quality (the variable best)",
        "size (a template)",
        "seed",
        "... (an expression)",
        "the server https://other.example/v1",
        "params",
        "the calls after the first",
    }


@pytest.mark.parametrize(
    "address",
    [
        "'https://other.example/v1/images/generations'",
        "`${base}/images/generations`",
        "base + '/images/generations'",
    ],
)
def test_another_server_is_named(address: str) -> None:
    """A form keeps its connection, so the server of the call is said, whole or as a name in its address."""
    code = f"const base = 'https://other.example/v1';\nawait axios.post({address}, {{ prompt: 'a' }});"
    assert read_request(code).unread == ["the server https://other.example/v1"]


@pytest.mark.parametrize(
    "more",
    [
        "headers: { Authorization: 'Bearer sk-proj-hush-hush-hush' }",
        "headers: { Authorization: 'Bearer hush-hush' }",
        "headers: { 'api-key': KEY }",
        'headers: { "X-Api-Key": "hush-hush" }',
        "headers",
        "auth: { username: '', password: 'hush-hush' }",
    ],
)
def test_a_key_is_dropped_and_said_so(more: str) -> None:
    """Headers of a key and `auth` are never read."""
    code = f"""const KEY = 'hush-hush', headers = {{ authorization: 'Bearer hush-hush' }};
const headers = {{ authorization: 'Bearer hush-hush' }};
await axios.post('{URL}/generations', {{ prompt: 'a' }}, {{ {more} }});"""
    reading = read_request(code)
    assert reading.had_key
    assert (reading.values, reading.unread) == ({"prompt": "a"}, [])
    assert "hush" not in repr(reading)


@pytest.mark.parametrize("key", ["process.env.OPENAI_API_KEY", "`Bearer ${process.env.OPENAI_API_KEY}`", "'Bearer '"])
def test_a_key_from_elsewhere_is_not_in_the_text(key: str) -> None:
    """Nothing was dropped where the code has no key."""
    code = f"axios.post('{URL}/generations', {{ prompt: 'a' }}, {{ headers: {{ Authorization: {key} }} }})"
    assert not read_request(code).had_key


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("axios.post('https://a.b/v1/files', { prompt: 'a' })", "This call of axios calls none of /images/generations"),
        ("axios.post(made(), { prompt: 'a' })", "This call of axios calls none of /images/generations"),
        ("axios.post()", "This call of axios has no arguments."),
        (f"axios.post('{URL}/generations')", "The body of this call is not in the text."),
        (f"axios.post('{URL}/generations', made)", "The body of this call is not in the text."),
        (f"axios.post('{URL}/generations', '{{')", "The body of this call is not complete JSON."),
        (f"axios({{ url: '{URL}/generations', data: {{}} }})", "This call of axios is not a POST"),
        (f"await axios('{URL}/generations')", "This call of axios is not a POST"),
        ("await axios.post('a', { b: 'c", "A quotation mark of this call is not closed."),
        ("const a = a; axios.post(a, a)", "This call is nested more than 30 levels deep."),
        ("axios.post('a', " + "[" * 9_000, "This call is nested more than 30 levels deep."),
        (
            "".join(f"const a{n} = [{f'a{n + 1},' * 4}];" for n in range(12)) + f"axios.post('{URL}/edits', a0)",
            "This call has more than 5,000 values.",
        ),
        ("import axios from 'axios';\nconsole.log(1);", "This JavaScript has no call of fetch, axios, "),
    ],
)
def test_what_cannot_be_read_costs_one_sentence(code: str, sentence: str) -> None:
    """Other addresses and methods, bodies that are made, and hostile names are refused at a bounded cost."""
    with pytest.raises(Invalid) as refusal:
        within_lines(1_000_000 + 100 * len(code), lambda: read_request(code))
    assert refusal.value.message.startswith(sentence)


@pytest.mark.parametrize(
    "code",
    [
        "axios" + " " * 190_000 + ".post",
        "axios.create(" * 15_000,
        "const a = axios.create(" * 8_000,
        "return" + " " * 90_000 + "axios" + " " * 90_000,
        "axios.post(" + "," * 150_000,
        "axios({" + "url:" * 40_000 + "})",
    ],
)
def test_a_text_that_is_almost_a_call_costs_little(code: str) -> None:
    """Reading takes steps that grow with the text alone."""
    with pytest.raises(Invalid):
        within_lines(100 * len(code), lambda: read_request(code))


def test_a_curl_command_about_axios_stays_one() -> None:
    """A prompt that holds such a call does not make a command JavaScript."""
    code = f"curl {URL}/edits -F image=@a.png --form-string 'prompt=draw\nawait axios.post(url)'"
    assert read_request(code).values == {"prompt": "draw\nawait axios.post(url)"}
