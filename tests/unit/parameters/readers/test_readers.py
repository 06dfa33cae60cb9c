"""Pasted requests: what the exports write is read back; hostile text costs one sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.parameters import (
    Invalid,
    Request,
    as_curl,
    as_fetch,
    as_httpx,
    as_javascript,
    as_n8n,
    as_python,
    read_request,
    recipe,
    resolve,
)
from tests.unit.parameters.export.test_export import ADDRESSES, ALL, IMAGE, MASK, NASTY, ODD, SVG, ask

FORMATS = {
    "curl": as_curl,
    "python": as_python,
    "httpx": as_httpx,
    "javascript": as_javascript,
    "fetch": as_fetch,
    "n8n": lambda request: json.dumps(as_n8n(request)),
    "recipe": lambda request: json.dumps(recipe(request)),
}
FULLER = [
    ask("generate", "gpt-image-2.6-flare", **SVG),
    ask("generate", "gpt-image-2", n=2, size="1536x1024", quality="high", user="u", moderation="low"),
    ask("generate", "dall-e-3", style="natural", quality="hd", size="1792x1024"),
    ask("generate", "gpt-image-1", prompt="=1 + {{ x }}", size="1024x1024"),
    ask("edit", "gpt-image-2.6-flare", ODD, IMAGE, mask=MASK, n=3),
    ask("edit", "gpt-image-1", input_fidelity="high", background="transparent", prompt="=a {{ b }}"),
    ask("edit", "gpt-image-2.5-flare", ODD, markup=MASK, output_format="webp", output_compression=5),
    ask("analyze", "gpt-6.1-terra", ODD, IMAGE, reasoning_effort="low", detail="high"),
    ask("analyze", "gpt-6.1-terra", **ADDRESSES),
]
# Not part of a request to the API, or only in some formats.
UNSENT = {"output_field", "simplify", "input_type", "stream", "partial_images", "image", "mask", "markup", "user"}


def sent_values(request: Request) -> dict[str, Any]:
    return {name: value for name, value in request.values.items() if name not in UNSENT}


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "request_",
    [*FULLER, *(ask(operation, model) for operation, model in ALL)],
    ids=lambda one: f"{one.operation}-{one.model}",
)
def test_an_export_is_read_back_to_the_same_values(format_: str, request_: Request) -> None:
    """Operation, model and every value that is sent come back, and nothing is reported as unread."""
    reading = read_request(FORMATS[format_](request_))
    assert (reading.operation, reading.unread, reading.had_key) == (request_.operation, [], False)
    inputs = {"images": request_.images, "mask": request_.mask, "markup": request_.markup}
    values = reading.values
    again = resolve(reading.operation, values["model"], values, **inputs)
    assert isinstance(again, Request), again
    assert sent_values(again) == sent_values(request_)
    roles = ["image"] * len(request_.images) + ["mask"] * bool(request_.mask) + ["markup"] * bool(request_.markup)
    assert [role for role, _ in reading.files] == roles
    if format_ in {"curl", "recipe"}:
        assert [name for role, name in reading.files if role == "image"] == [one.name for one in request_.images]


CURL = """curl -sS https://api.openai.com/v1/images/generations -H 'Authorization: Bearer sk-proj-abcdefghijklmnop' \\
  --json $'{"model": "gpt-image-2", "prompt": "it\\'s a fox", "quality": "high", "seed": 7, "size": "17x17"}' | jq ."""


def test_a_key_is_dropped_and_what_is_not_read_is_named() -> None:
    """The key is in nothing that comes out; unknown values, refused ones and the rest of the line are named."""
    reading = read_request(CURL)
    assert reading.had_key
    assert reading.values == {"model": "gpt-image-2", "prompt": "it's a fox", "quality": "high"}
    assert "sk-proj" not in repr(reading)
    size, seed, rest = reading.unread
    assert size.startswith("size: In 17x17")
    assert (seed, rest) == ("seed", "what follows the curl command")


@pytest.mark.parametrize(
    "text",
    [
        'from openai import OpenAI\nclient = OpenAI(api_key="hush-hush-hush")\nclient.images.generate(prompt="a")',
        "const client = new OpenAI({ apiKey: 'hush-hush-hush' });\nclient.images.generate({ prompt: 'a' })",
        'curl -u me:hush-hush-hush https://me:hush-hush@api.openai.com/v1/images/generations -d \'{"prompt": "a"}\'',
        "curl -H 'api-key: hush-hush-hush' https://a.b/v1/images/generations -d '{\"prompt\": \"a\"}'",
    ],
)
def test_other_keys_are_dropped_as_well(text: str) -> None:
    """Keys without OpenAI's prefix go too, wherever they stand."""
    reading = read_request(text)
    assert reading.had_key
    assert reading.values == {"prompt": "a"}
    assert "hush" not in repr(reading)


@pytest.mark.parametrize("rest", ["; rm -rf ~", " ;rm", "&& rm -rf ~", "|jq .", "& rm", "> a.png", ";"])
def test_what_follows_a_quotation_mark_is_not_of_the_body(rest: str) -> None:
    """An operator ends the word without a space; nothing after it is read."""
    for command in (f'curl {URL} -d \'{{"prompt": "a;b"}}\'{rest}', f'curl -d \'{{"prompt": "a;b"}}\' {URL}; rm'):
        reading = read_request(command)
        assert reading.values == {"prompt": "a;b"}
        assert set(reading.unread) == {"what follows the curl command"}


def test_python_names_what_only_a_program_knows() -> None:
    """Constants are followed; variables, expressions and ** are named, and nothing is executed."""
    code = (
        'words = "a fox"\nclient.images.edit(prompt=words, image=open("/tmp/a/fox.png", "rb"), n=count(), '
        'quality=best, **more, extra_body={"moderation": "low"})\nraise SystemExit'
    )
    reading = read_request(code)
    assert (reading.operation, reading.files) == ("edit", [("image", "fox.png")])
    assert reading.values["prompt"] == "a fox"
    assert {"n", "quality (the variable best)"} <= set(reading.unread)


def test_javascript_names_what_only_a_program_knows() -> None:
    """Constants and shorthand are followed; variables, templates and spreads are named, and comments are no code."""
    code = """
      const prompt = 'it\\'s a "fox" \\u{1F98A}'; // client.images.edit({ prompt: "no" })
      const answer = await client.images.generate({
        prompt, n: 2, size: `1024x${height}`, quality: best, ...more, output_format: "webp", /* , */
      });"""
    reading = read_request(code)
    assert (reading.operation, reading.values) == (
        "generate",
        {"prompt": 'it\'s a "fox" \N{FOX FACE}', "n": 2, "output_format": "webp"},
    )
    assert set(reading.unread) == {"size (a template)", "quality (the variable best)", "... (an expression)"}


def test_an_infotext_fills_prompt_and_size() -> None:
    """Prompt and size are read; the settings of Stable Diffusion are named."""
    text = "a fox,\n(red:1.2)\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, Seed: 1, Size: 1024x1536, Model: sd"
    reading = read_request(text)
    assert reading.values == {"prompt": "a fox,\n(red:1.2)", "size": "1024x1536"}
    assert reading.unread == ["Negative prompt", "Steps (20)", "Sampler (Euler a)", "Seed (1)", "Model (sd)"]


def node(**parameters: Any) -> str:
    return json.dumps({"type": "n8n-nodes-base.httpRequest", "parameters": parameters})


ONLY = "Only images.generate, images.edit, responses.create can be read."
URL = "https://api.openai.com/v1/images/generations"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Paste a request first."),
        ("rm -rf / ; curl https://a.b", "This shell command is not a curl command. Nothing was run."),
        ("sudo curl https://a.b", "This shell command is not a curl command. Nothing was run."),
        ("./curl.sh 'a'", "This shell command is not a curl command. Nothing was run."),
        ("hello there", "This is not a request that can be read. Paste a curl command, JSON"),
        ("cat with a curl in its tail; it's black", "This is not a request that can be read."),
        ('client.chat.completions.create(model="gpt-4o", messages=[])', f"This calls chat.completions.create. {ONLY}"),
        ("await openai.chat.completions.create({ messages: [] })", f"This calls chat.completions.create. {ONLY}"),
        ("client.images.create_variation(image=x)", f"This calls images.create_variation. {ONLY}"),
        ('{"model": "gpt-4o", "messages": []}', "This is a body for /chat/completions. Only /images/generations"),
        ("curl 'https://a.b", "A quotation mark of this command is not closed. Copy the whole command."),
        ("curl https://a.b/v1/files -d '{}'", 'This calls "https://a.b/v1/files".'),
        (f"curl {URL}", "This curl command sends no body."),
        (f"curl {URL} -d @body.json", "The body of this command is in the file body.json."),
        ("{" * 50_000, "This text is not complete JSON."),
        ("[" * 100 + "]" * 100, "This text is nested more than 30 levels deep."),
        (json.dumps({"prompt": list(range(6_000))}), "This text has more than 5,000 values."),
        ("x" * 200_001, "This has 200,001 characters; at most 200,000 are read."),
        (node(url="={{ $json.url }}"), "The URL of this HTTP Request node is an n8n expression"),
        (node(url=URL, specifyBody="json", jsonBody="={{ x }}"), "The body of this HTTP Request node is an n8n"),
        (node(url=URL, specifyBody="json", jsonBody="[" * 9_000), "The body of this HTTP Request node is not complete"),
        (json.dumps({"nodes": [{"type": "x", "parameters": {}}]}), "This workflow has neither an OpenAI node"),
        ("client.images.generate(" + "(" * 5_000, "This is not Python that can be read."),
        ("client.images.generate(prompt=" + "-" * 90_000 + "1)", "This is not Python that can be read."),
        ("\ud800", "This contains broken characters."),
        ("client.images.generate({" + "a:{" * 5_000, "This call is nested more than 30 levels deep."),
        ("client.images.generate({ a: 1, : 2 })", "This is not JavaScript that can be read."),
        ("await fetch(`${base}/files`, { body })", "This fetch calls none of /images/generations"),
        ("await fetch('https://a.b/images/edits')", "This fetch sends no body."),
        ("const a = a; await fetch('/v1/responses', { body: a })", "This call is nested more than 30 levels deep."),
        ("client.images.generate({ prompt: 'a fox })", "A quotation mark of this call is not closed."),
        (
            "".join(f"const a{n} = [{f'a{n + 1},' * 4}];" for n in range(12)) + "client.images.generate({ a: a0 })",
            "This call has more than 5,000 values.",
        ),
        ("await fetch('/v1/responses', { body: made })", "The body of this call is not in the text."),
    ],
    ids=lambda one: one[:30],
)
def test_what_cannot_be_read_costs_one_sentence(text: str, sentence: str) -> None:
    """Other commands, and text that is too long, too deep or an expression, are refused in plain words."""
    with pytest.raises(Invalid) as refusal:
        read_request(text)
    assert refusal.value.message.startswith(sentence)


def test_an_expression_in_a_node_is_named() -> None:
    """A value that n8n would compute is unread, not sent as text."""
    fields = [{"name": "prompt", "value": "={{ $json.prompt }}"}, {"name": "n", "value": "2"}]
    reading = read_request(node(url=URL, bodyParameters={"parameters": fields}))
    assert (reading.values, reading.unread) == ({"n": 2}, ["prompt (an n8n expression)"])


def test_the_nasty_prompt_of_other_tests_holds_no_key() -> None:
    """A prompt is not mistaken for a key."""
    words = f"{NASTY} Bearer of the ring, sk-etch"
    assert read_request(json.dumps({"prompt": words})).values == {"prompt": words}


def test_a_question_without_an_image_is_read_as_one() -> None:
    """The form would otherwise ask for an image that the request does not have."""
    reading = read_request('{"model": "gpt-4o", "input": [{"role": "user", "content": "Expand this"}]}')
    assert (reading.operation, reading.unread) == ("analyze", [])
    assert reading.values == {"model": "gpt-4o", "text": "Expand this", "input_type": "none"}
