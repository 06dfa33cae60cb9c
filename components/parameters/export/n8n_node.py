"""Export a request as n8n's own OpenAI node, if that node can send all of it.

The tables below follow n8n's sources (@n8n/n8n-nodes-langchain, vendors/OpenAi/v2, node version 2.2): the node's image
operations send only the parameters and choices that they know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.parameters.export.request_parts import FormFile, image_urls, plain_body, returns_urls
from components.parameters.request import Request

TYPE = "@n8n/n8n-nodes-langchain.openAi"
VERSION = 2.2

# n8n's names of the operations.
TITLES = {"generate": "Generate an Image", "edit": "Edit Image", "analyze": "Analyze Image"}

EDIT_MODELS = ("dall-e-2", "gpt-image-1", "gpt-image-1.5")
_GPT = "gpt-image"
_GPT_SIZES = ("1024x1024", "1024x1536", "1536x1024")
_SMALL_SIZES = ("256x256", "512x512", "1024x1024")


@dataclass(frozen=True)
class NodeSetting:
    """How the node names a wire parameter, for which models (by prefix of their ids) and with which choices."""

    wire: str
    name: str
    models: str = ""
    choices: Sequence[Any] = ()
    is_option: bool = True

    def takes(self, model: str, value: Any) -> bool:
        """Return whether the node can send this value for this model."""
        return model.startswith(self.models) and (not self.choices or value in self.choices)


SETTINGS: Mapping[str, tuple[NodeSetting, ...]] = {
    "generate": (
        NodeSetting("n", "n", "dall-e-2"),
        NodeSetting("quality", "dalleQuality", "dall-e-3", ("hd", "standard")),
        NodeSetting("quality", "quality", _GPT, ("high", "medium", "low")),
        NodeSetting("size", "size", "dall-e-2", _SMALL_SIZES),
        NodeSetting("size", "size", "dall-e-3", ("1024x1024", "1792x1024", "1024x1792")),
        NodeSetting("size", "size", _GPT, _GPT_SIZES),
        NodeSetting("style", "style", "dall-e-3", ("natural", "vivid")),
    ),
    "edit": (
        NodeSetting("n", "n", is_option=False),
        NodeSetting("size", "size", choices=(*_SMALL_SIZES, "1024x1536", "1536x1024", "auto"), is_option=False),
        NodeSetting("quality", "quality", _GPT, ("auto", "high", "medium", "low", "standard"), is_option=False),
        NodeSetting("background", "background", _GPT, ("auto", "transparent", "opaque")),
        NodeSetting("input_fidelity", "inputFidelity", _GPT, ("low", "high")),
        NodeSetting("user", "user"),
    ),
    "analyze": (NodeSetting("max_output_tokens", "maxTokens"),),
}

# Parameters that the node always has, or that other settings of it express.
_IMPLICIT = frozenset({"model", "prompt", "response_format"})


def unsupported_features(request: Request) -> list[str]:
    """Return the names of what the OpenAI node cannot send; empty if it can send the complete request."""
    model, body = request.model, plain_body(request)
    found = [
        name
        for name, value in body.items()
        if name not in _IMPLICIT and _find_setting(request.operation, model, name, value) is None
    ]
    return found + [words for words, applies in _UNSUPPORTED[request.operation] if applies(request)]


def _find_setting(operation: str, model: str, name: str, value: Any) -> NodeSetting | None:
    return next((one for one in SETTINGS[operation] if one.wire == name and one.takes(model, value)), None)


_UNSUPPORTED: Mapping[str, tuple[tuple[str, Callable[[Request], bool]], ...]] = {
    # The node adds a response_format for any other model.
    "generate": (("this model", lambda request: not request.model.startswith(("dall-e-", _GPT))),),
    "edit": (
        ("this model", lambda request: request.model not in EDIT_MODELS),
        ("markup", lambda request: request.markup is not None),
        ("an edit through /responses", lambda request: request.has_context),
        ("a custom output field", lambda request: request.output_field != "data"),
    ),
    "analyze": (
        ("a request without an image", lambda request: request.values.get("input_type") == "none"),
        ("no token limit", lambda request: "max_output_tokens" not in plain_body(request)),
        ("this detail", lambda request: request.values["detail"] not in ("auto", "low", "high")),
        ("URLs with a comma", lambda request: any("," in one for one in image_urls(request))),
    ),
}


def parameters_of(request: Request, opened: Sequence[FormFile]) -> dict[str, Any]:
    """Return the OpenAI node's parameters for a request that it can send. `opened` are the input files."""
    values: dict[str, Any] = {"resource": "image", "operation": request.operation}
    options: dict[str, Any] = {}
    for name, value in plain_body(request).items():
        setting = _find_setting(request.operation, request.model, name, value)
        if setting is not None:
            (options if setting.is_option else values)[setting.name] = value
    return {**values, **_BUILDERS[request.operation](request, opened, options), "options": options}


def _model_by_id(request: Request) -> dict[str, Any]:
    return {"modelId": {"__rl": True, "mode": "id", "value": request.values["model"]}}


def _generate_parameters(request: Request, opened: Sequence[FormFile], options: dict[str, Any]) -> dict[str, Any]:
    if returns_urls(request):
        options["returnImageUrls"] = True
    elif request.output_field != "data":
        options["binaryPropertyOutput"] = request.output_field
    return {**_model_by_id(request), "prompt": request.values["prompt"]}


def _edit_parameters(request: Request, opened: Sequence[FormFile], options: dict[str, Any]) -> dict[str, Any]:
    images = [file.field_name for file in opened if file.part.startswith("image")]
    values: dict[str, Any] = {"model": request.values["model"], "prompt": request.values["prompt"]}
    if request.model.startswith(_GPT):
        values["images"] = {"values": [{"binaryPropertyName": name} for name in images]}
        values |= {"size": "auto"} if "size" not in plain_body(request) else {}
    else:
        values |= {"binaryPropertyName": images[0]}
        values["responseFormat"] = "url" if returns_urls(request) else "b64_json"
    if any(file.part == "mask" for file in opened):
        options["imageMask"] = "mask"
    return values


def _analyze_parameters(request: Request, opened: Sequence[FormFile], options: dict[str, Any]) -> dict[str, Any]:
    if request.values["detail"] != "auto":
        options["detail"] = request.values["detail"]
    images = {"inputType": "base64", "binaryPropertyName": ", ".join(file.field_name for file in opened)}
    if not opened:
        images = {"inputType": "url", "imageUrls": ", ".join(image_urls(request))}
    values = {"text": request.values["text"], "simplify": bool(request.values.get("simplify", True))}
    return {**_model_by_id(request), **values, **images}


_BUILDERS: Mapping[str, Callable[[Request, Sequence[FormFile], dict[str, Any]], dict[str, Any]]] = {
    "generate": _generate_parameters,
    "edit": _edit_parameters,
    "analyze": _analyze_parameters,
}
