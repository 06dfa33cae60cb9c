"""Export a request as a script for the openai package."""

from __future__ import annotations

from typing import Any

from components.parameters.export.request_parts import (
    IMAGE_CALL,
    TURNS_NOTE,
    Code,
    call_of,
    client_parts,
    file_extension,
    file_parts,
    image_urls,
    is_form,
    json_body,
    plain_body,
    returns_urls,
    variables_note,
)
from components.parameters.models.catalogue import find_model
from components.parameters.request import Request
from components.parameters.server import OPENAI_SERVER, Server

IMPORTS = (("import base64", "base64."), ("import os", "os."), ("from pathlib import Path", "Path("))
NO_RETRIES_COMMENT = "# No retries: an image that was generated but lost on the way would be paid for twice."

DATA_URL = """
def data_url(name, content_type):
    return f"data:{content_type};base64,{base64.b64encode(Path(name).read_bytes()).decode()}"

"""


def literal(value: Any, indent: str = "    ") -> str:
    """Return a value as Python source; what follows its first line begins with `indent`."""
    inner = f"{indent}    "
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, dict) and value:
        lines = [f"{inner}{name!r}: {literal(one, inner)}," for name, one in value.items()]
        return "\n".join(["{", *lines, f"{indent}}}"])
    if isinstance(value, list | tuple) and value:
        return "\n".join(["[", *(f"{inner}{literal(one, inner)}," for one in value), f"{indent}]"])
    return repr(value)


def arguments_of(request: Request, server: Server = OPENAI_SERVER) -> dict[str, Any]:
    """Return the arguments of the package's call; files are read by their names."""
    opened = file_parts(request)
    if not is_form(request):
        images = [Code(f"data_url({file.name!r}, {file.content_type!r})") for file in opened]
        return json_body(request, images or image_urls(request), server)
    arguments = plain_body(request)
    # Each file has a name and a type, because the API refuses files without a type.
    for file in opened:
        opener = Code(f"({file.name!r}, Path({file.name!r}).read_bytes(), {file.content_type!r})")
        if file.part == "image[]":
            arguments.setdefault("image", []).append(opener)
        else:
            arguments[file.part] = opener
    return arguments


def _output_code(request: Request) -> list[str]:
    if request.operation == "analyze":
        simple = request.values.get("simplify", True)
        return ["print(answer.output_text)" if simple else "print(answer.model_dump_json(indent=2))"]
    save = f'Path(f"{request.output_field}-{{place}}.{file_extension(request)}").write_bytes('
    if request.has_context:
        return [
            f"# {TURNS_NOTE}",
            f'images = [item.result for item in answer.output if item.type == "{IMAGE_CALL}" and item.result]',
            "for place, image in enumerate(images, 1):",
            f"    {save}base64.b64decode(image))",
        ]
    loop = ["for place, image in enumerate(answer.data, 1):"]
    if returns_urls(request):
        return [*loop, "    print(place, image.url)"]
    if find_model(request.model, request.operation).known:
        return [*loop, f"    {save}base64.b64decode(image.b64_json))"]
    # An unknown model may return data or links.
    return [
        *loop,
        "    if image.b64_json:",
        f"        {save}base64.b64decode(image.b64_json))",
        "    else:",
        "        print(place, image.url)",
    ]


def client_lines(request: Request, server: Server) -> list[str]:
    """Return the lines that make the client. Secret values come from the environment."""

    def read(variable: str) -> Code:
        return Code(f"os.environ[{variable!r}]")

    arguments: dict[str, Any] = {}
    parts = client_parts(server, read)
    name = "OpenAI"
    if server.shape == "azure-deployments":
        name = "AzureOpenAI"
        arguments = {"azure_endpoint": server.root.removesuffix("/openai"), "api_version": server.version}
    elif server.shape == "azure":
        arguments = {"base_url": f"{server.root}/"}
    arguments |= {"api_key": parts.key} if parts.key else {}
    arguments |= {"default_headers": parts.headers} if parts.headers else {}
    arguments |= {"default_query": parts.query} if parts.query else {}
    comment = []
    if request.operation != "analyze":
        comment = [NO_RETRIES_COMMENT]
        arguments["max_retries"] = 0
    if len(arguments) < 2:
        return [*comment, f"client = {name}({', '.join(f'{one}={value!r}' for one, value in arguments.items())})"]
    return [
        *comment,
        f"client = {name}(",
        *(f"    {one}={literal(value)}," for one, value in arguments.items()),
        ")",
    ]


def as_python(request: Request, server: Server = OPENAI_SERVER) -> str:
    """Return a script for openai 3.54 or newer that reads the key from the environment and saves the output."""
    request = request.named(server.name_of(request.model))
    arguments = arguments_of(request, server)
    ending = _output_code(request)
    client = client_lines(request, server)
    call = [
        f"answer = client.{call_of(request)}(",
        *(f"    {name}={literal(value)}," for name, value in arguments.items()),
        ")",
    ]
    helper = [DATA_URL] if not is_form(request) and request.images else []
    client_class = "AzureOpenAI" if server.shape == "azure-deployments" else "OpenAI"
    code = "\n".join([*helper, *client, *call, *ending, ""])
    imports = [line for line, used in IMPORTS if used in code]
    head = [f'# pip install "openai>=3.54"; {variables_note(server)}']
    return "\n".join([*head, *imports, *([""] if imports else []), f"from openai import {client_class}", "", code])
