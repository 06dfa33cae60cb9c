"""The connections of a sheet in exported code: names, addresses and variables of their own, and no secret."""

from __future__ import annotations

import json

from components.parameters import as_connections_python, as_sheet_promptfoo, targets_of
from components.parameters.server import Server
from components.parameters.sheets import ConnectionValue, SheetTemplate, make_plan

AZURE = Server(
    "https://r.openai.azure.com/?api-version=2025-04-01-preview",
    shape="azure-deployments",
    model_names=(("img", "gpt-image-2"),),
)
SERVERS = {
    "a": ("Studio", Server("https://x.example/v1?tenant=hush")),
    "b": ("studio", Server(header_names=("authorization",))),
    "c": ("Lab\n'); import os #", AZURE),
    "d": ("東京", Server("https://r.openai.azure.com", shape="azure")),
}


def test_each_connection_has_variables_of_its_own() -> None:
    """Two of one name are numbered, also where they differ in case only; a name without Latin letters has some too."""
    targets = targets_of(SERVERS)
    assert [one.name for one in targets.values()] == ["Studio", "studio (2)", "Lab '); import os #", "東京"]
    variables = [variable for one in targets.values() for _, _, variable in one.headers]
    assert variables == [
        "OPENAI_API_KEY_STUDIO",
        "HEADER_AUTHORIZATION_STUDIO_2",
        "AZURE_OPENAI_API_KEY_LAB_IMPORT_OS",
        "AZURE_OPENAI_API_KEY_SERVER",
    ]
    assert targets["a"].query == [("tenant", "QUERY_TENANT_STUDIO")]


def test_script_and_configuration_address_each_server_its_own_way() -> None:
    """Deployments are named in Azure's path; a name is text in the code; nothing of a base URL's query is written."""
    template = SheetTemplate("generate", "gpt-image-2", {"prompt": "A fox"}, {"connection": tuple(SERVERS)})
    known = {key: ConnectionValue(name) for key, (name, _) in SERVERS.items()}
    requests = make_plan(SheetTemplate(**{**vars(template), "connections": known})).requests
    targets = dict(zip("1234", targets_of(SERVERS).values(), strict=True))
    named = dict(zip("1234", requests, strict=True))
    script = as_connections_python(named, targets, ["Left out: one"])
    compile(script, "sheet.py", "exec")
    assert "# Left out: one" in script
    assert "azure_endpoint='https://r.openai.azure.com'" in script
    assert script.count("import os") == 4, "the import, and the name in a comment, a client and a cell"
    config = as_sheet_promptfoo(named, targets=targets)
    urls = [one["config"]["url"] for one in json.loads(config)["providers"]]
    assert urls[0] == "https://x.example/v1/images/generations?tenant={{ env.QUERY_TENANT_STUDIO }}"
    assert urls[2] == (
        "https://r.openai.azure.com/openai/deployments/img/images/generations?api-version=2025-04-01-preview"
    )
    assert "hush" not in script + config
    assert "OPENAI_API_KEY_STUDIO_2" not in script, "its further header stands for the key"
    assert as_connections_python({}, {}, ["Left out: all"]).splitlines()[0] == "# Left out: all"
