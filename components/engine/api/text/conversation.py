"""Read requests of /responses and /chat/completions: checked, and in one form for both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from components.engine.api import errors
from components.engine.api.errors import RequestError
from components.engine.api.uploads import open_raw, read_data_url
from components.engine.api.usage import REASONING, input_image_tokens, text_tokens
from components.engine.api.validation import check_model
from components.parameters import Model
from components.parameters.models.families import VISION_REASONING

DETAILS = ("auto", "low", "high", "original")
READABLE = ("PNG", "JPEG", "WEBP", "GIF", "MPO")
LOW_DETAIL_TOKENS = 85  # what an image at low detail counts, whatever its size
FEWEST = 16
MOST = 128_000
TEXT_PARTS = frozenset({"input_text", "output_text", "text", "refusal"})
IMAGE_PARTS = frozenset({"input_image", "image_url"})


@dataclass(frozen=True)
class ConversationImage:
    """Hold an image of a conversation: decoded, its bytes, the detail to look at it with."""

    image: Image.Image
    data: bytes
    detail: str

    @property
    def tokens(self) -> int:
        """Return its input tokens."""
        return LOW_DETAIL_TOKENS if self.detail == "low" else input_image_tokens(*self.image.size)


@dataclass
class Conversation:
    """Hold a question with the messages before it. `limit` is the largest number of output tokens, None for any."""

    model: Model
    question: str = ""
    images: list[ConversationImage] = field(default_factory=list)
    follow_up: bool = False
    read: int = 0  # tokens of all texts
    limit: int | None = None
    effort: str = "none"
    stream: bool = False
    schema: Mapping[str, Any] | None = None
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reasoning(self) -> int:
        """Return the tokens of thinking. The engine does not think; it counts them so that budgets can be tried."""
        wanted = REASONING[self.effort]
        return wanted if self.limit is None else min(wanted, self.limit)

    @property
    def input_tokens(self) -> int:
        """Return the tokens of texts and images together."""
        return self.read + sum(image.tokens for image in self.images)


def from_responses(body: Mapping[str, Any]) -> Conversation:
    """Return the conversation of a /responses request. Raise RequestError."""
    talk = Conversation(check_model("analyze", body), body=body)
    if body.get("previous_response_id"):
        message = "The built-in engine keeps no responses. Send the whole conversation as 'input' instead."
        raise RequestError(400, message, param="previous_response_id", code="previous_response_not_found")
    given = body.get("input")
    if given is None or given == "" or given == []:
        raise errors.missing("input")
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    _read_messages(talk, given, "input", detail_required=True)
    _read_limit(talk, body, "max_output_tokens", FEWEST)
    reasoning = body.get("reasoning")
    if isinstance(reasoning, Mapping):
        _read_effort(talk, reasoning.get("effort"), "reasoning.effort")
    text = body.get("text")
    talk.schema = _schema(text.get("format") if isinstance(text, Mapping) else None, "text.format", inner=None)
    return talk


def from_chat(body: Mapping[str, Any]) -> Conversation:
    """Return the conversation of a /chat/completions request. Raise RequestError."""
    talk = Conversation(check_model("analyze", body), body=body)
    if not body.get("messages"):
        raise errors.missing("messages")
    _read_messages(talk, body["messages"], "messages", detail_required=False)
    reasons = talk.model.family is VISION_REASONING
    if reasons and body.get("max_tokens") is not None:
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        )
        raise RequestError(400, message, param="max_tokens", code="unsupported_parameter")
    _read_limit(
        talk, body, "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens", 1
    )
    _read_effort(talk, body.get("reasoning_effort"), "reasoning_effort")
    talk.schema = _schema(body.get("response_format"), "response_format", inner="json_schema")
    return talk


def _read_messages(talk: Conversation, messages: Any, name: str, *, detail_required: bool) -> None:
    if not isinstance(messages, list):
        raise errors.wrong_type(name, "an array", messages)
    talk.stream = talk.body.get("stream") is True
    for place, message in enumerate(messages):
        where = f"{name}[{place}]"
        if not isinstance(message, Mapping):
            raise errors.wrong_type(where, "an object", message)
        if message.get("type", "message") != "message":
            continue  # reasoning items and the like, which clients send back as they came
        role = message.get("role")
        if role not in {"user", "assistant", "system", "developer"}:
            raise errors.wrong_value(f"{where}.role", role, ("user", "assistant", "system", "developer"))
        text = read_content(talk, message.get("content"), f"{where}.content", detail_required=detail_required)
        talk.read += text_tokens(text)
        if role == "user":
            talk.question = text
        elif role == "assistant":
            talk.follow_up = True


def read_content(talk: Conversation, content: Any, where: str, *, detail_required: bool) -> str:
    """Return the text of a message, and add its images to the conversation. Raise RequestError."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise errors.missing(where) if content is None else errors.wrong_type(where, "an array", content)
    texts = []
    for place, part in enumerate(content):
        name = f"{where}[{place}]"
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind in TEXT_PARTS:
            texts.append(str(part.get("text") or part.get("refusal") or ""))
        elif kind in IMAGE_PARTS:
            talk.images.append(_read_image(part, name, detail_required=detail_required))
        else:
            raise errors.wrong_value(f"{name}.type", kind, sorted(TEXT_PARTS | IMAGE_PARTS))
    return "\n".join(texts)


def _read_image(part: Mapping[str, Any], name: str, *, detail_required: bool) -> ConversationImage:
    url: Any = part.get("image_url")
    param, holder = f"{name}.image_url", part
    if isinstance(url, Mapping):
        url, param, holder = url.get("url"), f"{param}.url", url
    if part.get("file_id"):
        raise RequestError(400, "The built-in engine keeps no files; send a data URL.", param=f"{name}.file_id")
    detail = holder.get("detail")
    if detail is None and detail_required:
        raise errors.missing(f"{name}.detail")
    if detail is not None and detail not in DETAILS:
        raise errors.wrong_value(f"{name}.detail", detail, DETAILS)
    content_type, data = read_data_url(url, param)
    image = open_raw(data, "image", param)
    if image.format not in READABLE:
        message = f"You uploaded an unsupported image ('{content_type}'). Use one of png, jpeg, gif, webp."
        raise RequestError(400, message, param=param, code="invalid_image_format")
    return ConversationImage(image, data, detail or "auto")


def _read_limit(talk: Conversation, body: Mapping[str, Any], name: str, least: int) -> None:
    limit = body.get(name)
    if limit is None:
        return
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise errors.wrong_type(name, "an integer", limit)
    if not least <= limit <= MOST:
        raise errors.out_of_range(name, limit, least, MOST)
    talk.limit = limit


def _read_effort(talk: Conversation, effort: Any, name: str) -> None:
    if effort is None:
        return
    if talk.model.family is not VISION_REASONING:
        message = f"Unsupported parameter: '{name}' is not supported with this model."
        raise RequestError(400, message, param=name, code="unsupported_parameter")
    allowed = [known for known in REASONING if known != "default"]
    if effort not in allowed:
        raise errors.wrong_value(name, effort, allowed)
    talk.effort = effort


def _schema(wanted: Any, name: str, *, inner: str | None) -> Mapping[str, Any] | None:
    """Return the JSON schema of an answer; an empty one for "any JSON object"; None for plain text."""
    if not isinstance(wanted, Mapping) or wanted.get("type", "text") == "text":
        return None
    if wanted["type"] == "json_object":
        return {}
    if wanted["type"] != "json_schema":
        raise errors.wrong_value(f"{name}.type", wanted["type"], ("text", "json_object", "json_schema"))
    holder = wanted.get(inner) if inner else wanted
    schema = holder.get("schema") if isinstance(holder, Mapping) else None
    where = f"{name}.{inner}.schema" if inner else f"{name}.schema"
    if not isinstance(schema, Mapping):
        raise errors.missing(where)
    if schema.get("type") != "object" and "$ref" not in schema:
        message = f"Invalid schema for '{where}': schema must be a JSON Schema of 'type: \"object\"'."
        raise RequestError(400, message, param=where, code="invalid_json_schema")
    return schema
