"""A sheet's script and its promptfoo configuration send what the app sends for each of its cells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from components.library import open_library
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.checks import StoredCheck
from components.library.sheets.sheet_inputs import inputs_of_sheet
from components.library.sheets.sheet_store import find_sheet, new_sheet
from components.parameters import Inputs, as_sheet_promptfoo
from components.parameters.server import OPENAI_SERVER, Server
from components.parameters.sheets import ConnectionValue, Plan, SheetTemplate, make_plan
from components.settings import BUILT_IN_ID
from components.ui.sheets.downloads.code import sheet_promptfoo, sheet_python
from tests.unit.runs.fake_client import png
from tests.wire.client_fixtures import KEY, PNG, ask, b64, input_image
from tests.wire.export.test_export_javascript import NODE, run_node
from tests.wire.loopback import Loopback, json_answer

TEMPLATE = SheetTemplate(
    "generate",
    "gpt-image-2",
    {"prompt": 'A {red|"blue"} fox \\{x\\} \\n', "size": "1024x1024"},
    {"quality": ("low", "high"), "output_format": ("png", "webp")},
    rules="quality=high & output_format=webp",
)


def run_script(server: Loopback, script: str, plan: Plan, folder: Path) -> str:
    """Let the client send a plan's requests, then run a script in a folder; return what it prints."""
    server.answer(json_answer({"created": 1, "data": [{"b64_json": b64(PNG)}]}))
    for request in plan.requests:
        ask(server.base_url, request, folder / "staging")
    (folder / "sheet.py").write_text(script, encoding="utf-8")
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
    done = subprocess.run(
        [sys.executable, "sheet.py"], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_sheets_script_sends_the_apps_own_requests(tmp_path: Path) -> None:
    """Six of eight cells, skipped ones left out: the same bodies in the same order, and a file for each."""
    library, plan = open_library(tmp_path / "data"), make_plan(TEMPLATE)
    sheet_id = new_sheet(library, TEMPLATE, plan, name="Foxes", owner="", connection_id="c", connection_name="C")
    sheet = find_sheet(library, sheet_id)
    assert sheet is not None
    script = sheet_python(sheet, cells_of(library, sheet_id), OPENAI_SERVER, {})
    library.close()
    with Loopback() as server:
        printed = run_script(server, script, plan, tmp_path)
        bodies = [{**one.json(), "stream": None} for one in server.requests]
    assert len(bodies) == 12
    assert bodies[6:] == bodies[:6]
    files = sorted(one.name for one in tmp_path.iterdir() if one.suffix in {".png", ".webp"})
    assert files == printed.split()
    assert files[0] == "001-red-low-png-1.png"
    assert [Path(one).suffix for one in files].count(".webp") == 2


def test_a_script_of_edits_sends_the_images_and_the_mask(tmp_path: Path) -> None:
    """By file names, of which the second of two alike begins with a number; the parts are the app's own."""
    names = [(seed, name) for seed, name in enumerate(("cat.png", "cat.png", "mask.png"))]
    first, second, mask = (input_image(tmp_path / "in", name, png(seed), alpha=seed == 2) for seed, name in names)
    varied = {"image": [first.sha256, second.sha256]}
    template = SheetTemplate("edit", "gpt-image-2", {"prompt": "A hat"}, varied, inputs=Inputs((first, second), mask))
    library, plan = open_library(tmp_path / "data"), make_plan(template)
    sheet_id = new_sheet(library, template, plan, name="Hats", owner="", connection_id="c", connection_name="C")
    sheet, inputs = find_sheet(library, sheet_id), inputs_of_sheet(library, sheet_id)
    assert sheet is not None
    script = sheet_python(sheet, cells_of(library, sheet_id), OPENAI_SERVER, inputs)
    library.close()
    for name, image in (("cat.png", first), ("2-cat.png", second), ("mask.png", mask)):
        (tmp_path / name).write_bytes(image.path.read_bytes())
    with Loopback() as server:
        run_script(server, script, plan, tmp_path)
        sent = [{part.name: part.data for part in one.form() if part.name != "stream"} for one in server.requests]
    assert sent[2:] == sent[:2]
    assert [one["image"] for one in sent[:2]] == [png(0), png(1)]


CONNECTIONS = {
    one: ConnectionValue(name) for one, name in (("a", "Studio"), ("b", "Lab\n1"), (BUILT_IN_ID, "Built-in"))
}
LABS_KEY = "sk-lab"


def over_connections(folder: Path, *servers: Loopback) -> tuple[str, str, Plan, dict[str, str]]:
    """Return a script and a configuration of a sheet over two servers and one that answers only in the app."""
    varied = {"connection": tuple(CONNECTIONS), "quality": ("low", "high")}
    template = SheetTemplate("generate", "gpt-image-2", {"prompt": "A fox"}, varied, connections=CONNECTIONS)
    library, plan = open_library(folder / "data"), make_plan(template)
    sheet_id = new_sheet(library, template, plan, name="Foxes", owner="", connection_id="a", connection_name="Studio")
    sheet, cells = find_sheet(library, sheet_id), cells_of(library, sheet_id)
    library.close()
    assert sheet is not None
    studio = Server(servers[0].base_url)
    lab = Server(f"{servers[1].base_url}?tenant=hush", header_names=("X-Team",), model_names=(("mine", "gpt-image-2"),))
    there = {"a": studio, "b": lab}
    environment = {**os.environ, "HEADER_X_TEAM_LAB_1": "blue", "QUERY_TENANT_LAB_1": "hush"}
    environment |= {"OPENAI_API_KEY_STUDIO": KEY, "OPENAI_API_KEY_LAB_1": LABS_KEY}
    return sheet_python(sheet, cells, there, {}), sheet_promptfoo(sheet, cells, (), there), plan, environment


def test_a_sheet_over_connections_is_sent_to_each_with_its_own_key(tmp_path: Path) -> None:
    """By the script and by promptfoo: from variables of the connections' names, with each server's names of models."""
    with Loopback() as studio, Loopback() as lab:
        for server in (studio, lab):
            server.answer(json_answer({"created": 1, "data": [{"b64_json": b64(PNG)}]}))
        script, config, plan, environment = over_connections(tmp_path, studio, lab)
        (tmp_path / "sheet.py").write_text(script, encoding="utf-8")
        (tmp_path / "sheet.json").write_text(config, encoding="utf-8")
        (tmp_path / "promptfoo.mjs").write_text(PROMPTFOO.replace("config.defaultTest.assert", "[]"), encoding="utf-8")
        for command in ([sys.executable, "sheet.py"], [NODE, "promptfoo.mjs"]):
            done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            for server, key, model in ((studio, KEY, "gpt-image-2"), (lab, LABS_KEY, "mine")):
                sent = server.requests[-2:]
                assert [(one.json()["model"], one.json()["quality"]) for one in sent] == [
                    (model, "low"),
                    (model, "high"),
                ]
                assert {one.headers["authorization"] for one in sent} == {f"Bearer {key}"}
            assert [one.headers["x-team"] for one in lab.requests[-2:]] == ["blue", "blue"]
            assert all(one.target.endswith("?tenant=hush") for one in lab.requests[-2:])
        assert (len(studio.requests), len(lab.requests)) == (4, 4)
    for text in (script, config):
        assert "hush" not in text
        assert "Left out, because Built-in answers only in the app: 2 of 6 cells" in text
    assert len(list(tmp_path.glob("*.png"))) == len(plan.requests) - 2
    assert [one["label"] for one in json.loads(config)["providers"]][:1] == ["1 Studio, gpt-image-2, low"]


# What promptfoo 0.121 does with a configuration, by its documentation: vars into prompts, prompts and the environment
# into each provider's request, the answer through `transformResponse`, then the asserts.
PROMPTFOO = """
import { readFileSync } from "node:fs";
const config = JSON.parse(readFileSync("sheet.json", "utf8"));
const render = (text, names) => text.replace(
  /\\{\\{ ?([\\w.]+)(?: or "(.*?)")? ?\\}\\}/g, (_, name, other) => names[name] ?? other);
const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [`env.${name}`, value]));
for (const test of config.tests) {
  for (const provider of config.providers) {
    if (test.providers && !test.providers.includes(provider.label)) continue;
    const { url, method, headers, body, transformResponse, validateStatus } = provider.config;
    const names = { ...env, prompt: render(config.prompts[0], test.vars) };
    const filled = (data) => Object.fromEntries(Object.entries(data).map(
      ([name, value]) => [name, typeof value === "string" ? render(value, names) : value]));
    const sent = { method, headers: filled(headers), body: JSON.stringify(filled(body)) };
    const answer = await fetch(render(url, names), sent);
    if (!new Function("status", `return ${validateStatus}`)(answer.status)) throw new Error(answer.status);
    const providerResponse = new Function("json", `return (${transformResponse})`)(await answer.json());
    const context = { provider, providerResponse };
    console.log(JSON.stringify([providerResponse.output.slice(0, 16), ...config.defaultTest.assert.map(
      ({ value }) => new Function("output", "context", `return ${value}`)(providerResponse.output, context))]));
  }
}
"""
CHECKS = [
    StoredCheck("1", "size", {}),
    StoredCheck("2", "format", {}),
    StoredCheck("3", "text", {"text": "Fox"}),
]


def test_a_sheets_promptfoo_configuration_sends_the_apps_own_requests(tmp_path: Path) -> None:
    """The same bodies; the format is judged, and what promptfoo cannot do is named: OCR, sizes beside WebP, braces."""
    template = replace(TEMPLATE, values={**TEMPLATE.values, "prompt": 'A {red|"blue"|\\{\\{ } fox \\{x\\} \\n'})
    library, plan = open_library(tmp_path / "data"), make_plan(template)
    sheet_id = new_sheet(library, template, plan, name="Foxes", owner="", connection_id="c", connection_name="C")
    sheet = find_sheet(library, sheet_id)
    assert sheet is not None
    text = sheet_promptfoo(sheet, cells_of(library, sheet_id), CHECKS, OPENAI_SERVER)
    library.close()
    (tmp_path / "sheet.json").write_text(text, encoding="utf-8")
    notes = json.loads(text)["description"].split("\n")
    assert [note.rpartition(": ")[2] for note in notes[1:]] == [
        "Requested size",
        "Contains “Fox”",
        *(f"{place:03}-{name}" for place, name in ((9, "low-png"), (10, "low-webp"), (11, "high-png"))),
    ]
    with Loopback() as server:
        server.answer(json_answer({"created": 1, "data": [{"b64_json": b64(PNG)}]}))
        for request in plan.requests[:6]:
            ask(server.base_url, request, tmp_path / "staging")
        done = run_node(tmp_path, PROMPTFOO, server.base_url)
        bodies = [json.dumps({**one.json(), "stream": None}, sort_keys=True) for one in server.requests]
        assert {one.headers["authorization"] for one in server.requests[6:]} == {f"Bearer {KEY}"}
    assert sorted(bodies[6:]) == sorted(bodies[:6])
    assert sorted(json.loads(line) for line in done.splitlines()) == [["data:image/png;b", True] for _ in range(4)] + [
        ["data:image/webp;", False] for _ in range(2)
    ]


def test_the_promptfoo_configuration_judges_the_size_of_png_and_holds_no_key() -> None:
    """Another size fails, the same passes; secret headers come from the environment."""
    request = make_plan(replace(TEMPLATE, varied={}, rules="")).requests[0]
    server = Server("https://gate.example/v1", header_names=("X-Team",), query_names=("tenant",))
    config = json.loads(as_sheet_promptfoo({"1": request}, [("size", "Size")], server))
    provider = config["providers"][0]["config"]
    assert provider["headers"]["X-Team"] == "{{ env.HEADER_X_TEAM }}"
    assert provider["url"].endswith("/images/generations?tenant={{ env.QUERY_TENANT }}")
    starts = {
        size: PNG[:16].hex() + "".join(f"{int(one):08x}" for one in size.split("x"))
        for size in ("1024x1024", "451x300")
    }
    assert config["defaultTest"]["assert"][0]["type"] == "javascript"
    context = {"provider": {"config": provider}}
    script = "".join(
        f"{{const context = {json.dumps({**context, 'providerResponse': {'metadata': {'start': start}}})};"
        f"console.log({config['defaultTest']['assert'][0]['value']});}}"
        for start in starts.values()
    )
    done = subprocess.run([NODE, "-e", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["true", "false"], done.stderr
