"""Pasted calls of httpx and requests: literals are read, the rest is named, and nothing is executed."""

from __future__ import annotations

from typing import Any

import pytest

from components.parameters import Invalid, read_request
from tests.support.work import within_lines

URL = "https://api.openai.com/v1/images"
FOX = {"model": "gpt-image-2", "prompt": "a fox", "n": 2}


@pytest.mark.parametrize(
    "code",
    [
        f"requests.post('{URL}/generations', json={FOX})",
        f"import httpx\n\nr = httpx.post('{URL}/generations', json={FOX}, timeout=60).json()",
        f"body = {FOX}\nurl = '{URL}/generations'\nr = requests.post(url, headers=headers, data=json.dumps(body))",
        f"async with httpx.AsyncClient() as client:\n    r = await client.post('{URL}/generations', json={FOX})",
        f"requests.request('POST', '{URL}/generations', data=json.dumps({FOX}).encode('utf-8'))",
        f"with httpx.stream('POST', url='{URL}/generations', json={FOX}) as r:\n    pass",
        f"def ask():\n    a = '{URL[:-7]}'\n    b = {FOX}\n    httpx.post(a + '/images/generations', json=b)",
        f"""session.post('{URL}/generations', data='{{"model": "gpt-image-2", "prompt": "a fox", "n": 2}}')""",
    ],
)
def test_a_post_of_json_is_read(code: str) -> None:
    """The body as literal, variable, JSON text or json.dumps; the URL whole or in pieces."""
    reading = read_request(code)
    assert (reading.operation, reading.values, reading.unread, reading.had_key) == ("generate", FOX, [], False)


def test_a_post_of_a_form_is_read() -> None:
    """Fields and files as dictionaries or pairs; a tuple without a file's name is a field."""
    code = f"""
picture = open("/tmp/a/fox.png", "rb")
requests.post(
    "{URL}/edits",
    data=[("prompt", "a hat"), ("svg[model]", "m"), ("n", "2")],
    files=[("image[]", picture), ("image[]", ("b.png", data, "image/png")), ("mask", mask), ("quality", (None, "low"))],
)"""
    reading = read_request(code)
    assert reading.operation == "edit"
    assert reading.values == {"prompt": "a hat", "n": 2, "quality": "low"} | {
        name: value for name, value in reading.values.items() if name.startswith("svg")
    }
    assert reading.files == [("image", "fox.png"), ("image", "b.png"), ("mask", "")]


def test_what_only_a_program_knows_is_named() -> None:
    """Variables, later changes, parameters of the URL, another server and a second call are named."""
    code = """
body = {"prompt": "a fox", "quality": best, "seed": 7}
body["n"] = count()
client = httpx.Client(base_url="https://other.example/v1")
client.post("/images/generations", json=body, params={"code": 1}, **more)
client.post("/images/generations", json={})
raise SystemExit
"""
    reading = read_request(code)
    assert (reading.operation, reading.values) == ("generate", {"prompt": "a fox"})
    assert set(reading.unread) == {
        "quality (the variable best)",
        "seed",
        "what the code changes in body",
        "the server https://other.example/v1",
        "params",
        "**",
        "the calls after the first",
    }


@pytest.mark.parametrize(
    "more",
    [
        'headers={"Authorization": "Bearer sk-proj-hush-hush-hush"}',
        'headers={"Authorization": f"Bearer {KEY}"}',
        'headers={"api-key": KEY}',
        "headers={'api-key': 'hush-hush'}",
        'headers={"Authorization": "Bearer " + KEY}',
        'auth=("", "hush-hush")',
    ],
)
def test_a_key_is_dropped_and_said_so(more: str) -> None:
    """Headers of a key and `auth` are never read."""
    code = f'KEY = "hush-hush"\nhttpx.post("{URL}/generations", json={{"prompt": "a"}}, {more})'
    reading = read_request(code)
    assert reading.had_key
    assert (reading.values, reading.unread) == ({"prompt": "a"}, [])
    assert "hush" not in repr(reading)


@pytest.mark.parametrize("key", ['"Bearer " + os.environ["OPENAI_API_KEY"]', 'f"Bearer {key()}"', "unknown"])
def test_a_key_from_elsewhere_is_not_in_the_text(key: str) -> None:
    """Nothing was dropped where the code has no key."""
    code = f'httpx.post("{URL}/generations", json={{"prompt": "a"}}, headers={{"Authorization": {key}}})'
    assert not read_request(code).had_key


def _many(first: str, line: str) -> str:
    names = "".join(f"a{n} = {line.format(f'a{n + 1}')}\n" for n in range(14))
    return f"{names}a14 = 'x'\n{first}"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("requests.post('https://a.b/v1/files', json={'prompt': 'a'})", "This POST calls none of /images/generations"),
        ("requests.post(made(), json={'prompt': 'a'})", "This POST calls none of /images/generations"),
        (f"requests.post('{URL}/generations')", "The body of this call is not in the text."),
        (f"requests.post('{URL}/generations', json=made)", "The body of this call is not in the text."),
        (f"requests.post('{URL}/generations', data=dict(a=1))", "The body of this call is not in the text."),
        (f"requests.post('{URL}/generations', data='{{')", "The body of this call is not complete JSON."),
        ("requests.post('a', ", "This is not Python that can be read."),
        (_many(f"requests.post('{URL}/generations', json={{'prompt': a0}})", "[{0}, {0}, {0}]"), "This call has more"),
        (_many("requests.post(a0, json={'prompt': a0})", "{0} + {0}"), "This call has more than 5,000 values."),
        (
            f"b = ({'1,' * 80_000})\nrequests.post('{URL}/generations', auth=({'b,' * 4_000}), json={{'n': 1}})",
            "This call has more than 5,000 values.",
        ),
    ],
)
def test_what_cannot_be_read_costs_one_sentence(code: str, sentence: str) -> None:
    """Other addresses, bodies that are made, and hostile names are refused at a bounded cost."""
    with pytest.raises(Invalid) as refusal:
        within_lines(1_000_000 + 100 * len(code), lambda: read_request(code))
    assert refusal.value.message.startswith(sentence)


@pytest.mark.parametrize("code", ["a.post" + "\n" * 90_000 + "b", "a.post " * 28_000, "a" + "\n " * 90_000 + "a.post"])
def test_a_text_that_is_almost_a_call_costs_little(code: str) -> None:
    """The search for a call takes steps that grow with the text alone."""
    with pytest.raises(Invalid):
        within_lines(100 * len(code), lambda: read_request(code))


def test_a_curl_command_about_python_stays_one() -> None:
    """A prompt that holds such a call does not make a command Python."""
    code = f"curl {URL}/edits -F image=@a.png --form-string 'prompt=draw\nrequests.post(url)'"
    expected: dict[str, Any] = {"prompt": "draw\nrequests.post(url)"}
    assert read_request(code).values == expected


def test_names_that_stand_for_each_other_end() -> None:
    """A name that leads back to itself is unread."""
    code = f"a = b\nb = a\nc = [c]\nrequests.post('{URL}/generations', json={{'prompt': 'x', 'n': a, 'size': c}})"
    reading = read_request(code)
    assert reading.values == {"prompt": "x"}
    assert len(reading.unread) == 2
