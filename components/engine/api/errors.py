"""Build errors in OpenAI's own shape: `{"error": {"message", "type", "param", "code"}}`, all four keys always there.

Source: "Errors" in the API reference; wording and codes are those of the API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.engine.api.responses import Json

INVALID_REQUEST = "invalid_request_error"
USER_ERROR = "image_generation_user_error"


class RequestError(Exception):
    """Stop a request with an error: its HTTP status, its body's four values, and extra headers."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = INVALID_REQUEST,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type
        self.param = param
        self.code = code
        self.headers = dict(headers or {})

    def error(self) -> dict[str, str | None]:
        """Return the value of "error"."""
        return {"message": self.message, "type": self.type, "param": self.param, "code": self.code}

    def response(self) -> Json:
        """Return the whole answer."""
        return Json({"error": self.error()}, self.status, self.headers)


def _bad(message: str, param: str | None, code: str | None) -> RequestError:
    return RequestError(400, message, param=param, code=code)


def _listed(options: Sequence[str]) -> str:
    quoted = [f"'{option}'" for option in options]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])}, and {quoted[-1]}"


def missing(name: str) -> RequestError:
    """Return the error for a required parameter that is missing."""
    return _bad(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")


def unknown(name: str) -> RequestError:
    """Return the error for a parameter that no model takes."""
    return _bad(f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def unsupported(name: str, model: str) -> RequestError:
    """Return the error for a parameter that other models take, but not this one."""
    message = f"Unknown parameter: '{name}'. The model '{model}' does not support it."
    return _bad(message, name, "unknown_parameter")


def wrong_type(name: str, wanted: str, got: Any) -> RequestError:
    """Return the error for a wrong JSON type."""
    names = {
        bool: "a boolean",
        int: "an integer",
        float: "a number",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    shown = names.get(type(got), "null")
    message = f"Invalid type for '{name}': expected {wanted}, but got {shown} instead."
    return _bad(message, name, "invalid_type")


def wrong_value(name: str, value: Any, options: Sequence[str]) -> RequestError:
    """Return the error for a value that is none of the choices."""
    shown = str(value)[:60]
    message = f"Invalid value: '{shown}'. Supported values are: {_listed(options)}."
    return _bad(message, name, "invalid_value")


def wrong_size(value: Any, reason: str) -> RequestError:
    """Return the error for a size outside the model's limits."""
    return _bad(f"Invalid size '{str(value)[:40]}'. {reason}", "size", "invalid_value")


def not_allowed(name: str, message: str) -> RequestError:
    """Return the error for a value that does not go together with another."""
    return _bad(message, name, "invalid_value")


def out_of_range(name: str, number: int, low: int, high: int) -> RequestError:
    """Return the error for an integer below or above its limits."""
    if number > high:
        message = f"Expected a value <= {high}, but got {number} instead."
        return _bad(f"Invalid '{name}': integer above maximum value. {message}", name, "integer_above_max_value")
    message = f"Expected a value >= {low}, but got {number} instead."
    return _bad(f"Invalid '{name}': integer below minimum value. {message}", name, "integer_below_min_value")


def not_multiple(name: str, number: int, step: int) -> RequestError:
    """Return the error for an integer between two steps."""
    return _bad(f"Invalid '{name}': {number} is not a multiple of {step}.", name, "invalid_value")


def too_long(name: str, length: int, limit: int) -> RequestError:
    """Return the error for text over the model's limit of characters."""
    message = f"Expected a string with maximum length {limit}, but got a string with length {length} instead."
    return _bad(f"Invalid '{name}': string too long. {message}", name, "string_above_max_length")


def too_many(name: str, count: int, limit: int) -> RequestError:
    """Return the error for more images than the model takes."""
    message = f"Expected an array with maximum length {limit}, but got an array with length {count} instead."
    return _bad(f"Invalid '{name}': array too long. {message}", name, "array_above_max_length")


def duplicate(name: str) -> RequestError:
    """Return the error for a part of a form that comes twice."""
    message = (
        f"Duplicate parameter: '{name}'. You provided multiple values for this parameter, whereas only one is allowed. "
        f"If you are trying to provide a list of values, use the array syntax instead e.g. '{name}[]=<value>'."
    )
    return _bad(message, name, "duplicate_parameter")


def file_too_large(name: str, size: int, limit: int) -> RequestError:
    """Return the error for a file with too many bytes."""
    message = f"Invalid file '{name}': it has {size:,} bytes; it must have less than {limit // 1_000_000} MB."
    return _bad(message, name, "image_file_too_large")


def not_json() -> RequestError:
    """Return the error for a body that is not a JSON object."""
    message = (
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
        "library correctly. The API expects a JSON payload, but what was sent was not valid JSON.)"
    )
    return _bad(message, None, None)


def no_such_model(model: str) -> RequestError:
    """Return the error for a model that is not in the catalogue."""
    message = f"The model '{model}' does not exist or you do not have access to it."
    return RequestError(404, message, param="model", code="model_not_found")


def wrong_model(model: str, what: str) -> RequestError:
    """Return the error for a model that does something else."""
    return _bad(f"The model '{model}' cannot {what}. Choose another model.", "model", "invalid_value")


def no_such_path(method: str, path: str) -> RequestError:
    """Return the error for an unknown address."""
    return RequestError(404, f"Invalid URL ({method} {path})")


def wrong_method(method: str, path: str) -> RequestError:
    """Return the error for a wrong method at a known address."""
    return RequestError(405, f"Not allowed to {method} on {path}.", code="method_not_supported")


def wrong_host() -> RequestError:
    """Return the error for a foreign host: a web page whose name resolves to this machine."""
    return RequestError(403, "The built-in engine does not answer to this host name.", code="wrong_host")


def wrong_origin() -> RequestError:
    """Return the error for a request from a web page."""
    return RequestError(403, "The built-in engine takes no requests from web pages.", code="wrong_origin")


def wrong_key(key: str) -> RequestError:
    """Return the error for a missing or wrong key; only its ends are repeated."""
    if not key:
        return RequestError(
            401, "You didn't provide an API key. The engine was started with one.", code="invalid_api_key"
        )
    masked = f"{key[:6]}{'*' * 8}{key[-4:]}" if len(key) > 14 else "*" * 8
    return RequestError(401, f"Incorrect API key provided: {masked}.", code="invalid_api_key")


def too_large(limit: int) -> RequestError:
    """Return the error for a body with too many bytes."""
    return RequestError(413, f"Maximum content size limit ({limit:,} bytes) exceeded.", code="request_too_large")


def server_error() -> RequestError:
    """Return the error for a failure of the engine itself."""
    message = "The server had an error while processing your request. Sorry about that!"
    return RequestError(500, message, type="server_error")
