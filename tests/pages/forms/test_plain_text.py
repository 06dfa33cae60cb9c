"""What people and servers write is plain text on every page: no links, icons, emoji, formulas or Markdown of it."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from components.library.annotations import add_tags, add_to_collection, annotate, new_collection, rename
from components.parameters import Request, resolve
from components.ui.process.workbench import Workbench
from tests.pages.library.test_library import run
from tests.support.await_run import wait_for_ends
from tests.wire.loopback import Loopback, json_answer

MARK = "zqx"
WORDS = f"{MARK} https://evil.example/a www.evil.example :material/pest_control: :smile: **bold** $a$ :red[x] a -> b"
RAW = ("https://evil", "www.evil", ":material/pest", ":smile:", "**bold", "$a$", ":red[x", " -> ")
# What the browser does not read as Markdown: values of fields, options of lists, data of components and tables.
PLAIN = frozenset({
    "default", "value", "placeholder", "options", "raw_values", "json", "data", "id", "key", "url", "css_content",
    "js_content", "html_content", "query_string", "string_data", "user_key", "set_value", "form_id",
})  # fmt: skip


def strings(message: Message, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of an element that Markdown may be read from, with the name of its field."""
    for field, value in message.ListFields():
        if field.name in PLAIN:
            continue
        for one in value if field.is_repeated else [value]:
            if isinstance(one, str):
                yield f"{path}{field.name}", one
            elif isinstance(one, Message):
                yield from strings(one, f"{path}{field.name}.")


def nodes(block: Any) -> Iterator[Any]:
    """All elements and blocks of a page."""
    for child in block.children.values():
        yield child
        if hasattr(child, "children"):
            yield from nodes(child)


def hostile_texts(app: AppTest) -> list[str]:
    """The texts with the hostile words on a page; fails where one of them would be read as more than text."""
    assert not app.exception
    found = [
        (node.type, name, text)
        for node in nodes(app._tree)
        if isinstance(getattr(node, "proto", None), Message)
        for name, text in strings(node.proto)
        if MARK in text
    ]
    wrong = [(*one, raw) for one in found for raw in RAW if raw in one[2]]
    assert not wrong, wrong
    return [text for _, _, text in found]


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A server that lists models under hostile names."""
    with Loopback() as server:
        server.answer(lambda _: json_answer({"data": [{"id": WORDS}]}), path="/v1/models")
        yield server


@pytest.fixture
def hostile_runs(app: AppTest, workbench: Workbench, server: Loopback) -> dict[str, str]:
    """A run of each operation with the hostile words everywhere, by operation; its image is titled and collected."""
    app.secrets["connections"] = {"bad": {"name": WORDS, "base_url": server.base_url, "api_key": "sk-bad-0123"}}
    app.run()
    pick = importlib.import_module("components.ui.inputs.library_picker")
    library = workbench.library
    made = run(workbench, WORDS, owner=WORDS[:60])
    output = library.outputs(made)[0]
    rename(library, output.id, WORDS)
    annotate(library, output.id, WORDS)
    add_tags(library, [output.id], [WORDS[:60]])
    add_to_collection(library, new_collection(library, WORDS, WORDS[:60]).id, [output.id])
    image = dataclasses.replace(pick.output_as_input(output), name=f"{WORDS}.png")
    edited = run(workbench, WORDS, operation="edit", images=(image,), parent_output=output.id)
    question = resolve("analyze", "gpt-4o", {"text": WORDS, "model": "gpt-4o"}, images=(image,))
    assert isinstance(question, Request), question
    asked = workbench.runner.submit(workbench.built_in(), question)
    wait_for_ends(workbench.runner, asked)
    return {"generate": made, "edit": edited, "analyze": asked}


def opened(app: AppTest, page: str, **query: str) -> AppTest:
    """A page with something in its address, drawn."""
    app.switch_page(f"../../pages/{page}.py")
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def test_words_of_others_are_plain_text_on_every_page(
    app: AppTest, workbench: Workbench, hostile_runs: dict[str, str]
) -> None:
    """Prompts, titles, tags, names, notes and file names are on the pages, and nowhere read as Markdown."""
    seen = {operation: hostile_texts(opened(app, operation, run=run)) for operation, run in hostile_runs.items()}
    outputs = [workbench.library.outputs(hostile_runs[name])[0].id for name in ("generate", "edit")]
    seen["connections"] = hostile_texts(opened(app, "connections"))
    seen["compare"] = hostile_texts(opened(app, "compare", outputs=",".join(outputs)))
    seen["library"] = hostile_texts(opened(app, "library"))
    for place, output in enumerate(outputs):
        seen[f"output {place}"] = hostile_texts(opened(app, "library", output=output))
    app.query_params.clear()
    for view in ("Collections", "Spending", "Trash"):
        app.session_state["library.view"] = view
        seen[view] = hostile_texts(opened(app, "library"))
    empty = {name for name, texts in seen.items() if not texts}
    assert not empty & {"connections", "compare", "output 0", "output 1", "Collections"}, empty
