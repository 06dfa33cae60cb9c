"""What servers differ in: each capability declared once, for the form, the wire, the probe, settings and documentation.

A parameter names the capability that its values need (`Parameter.capability`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from components.parameters.kinds import Choice, Invalid
from components.parameters.parameter import Parameter
from components.parameters.rules import Inputs, Problem

YES, NO = "yes", "no"
OUTSIDE_SHARE = 0.1  # of the image outside the mask; a server that changes more does not honor masks

Source = Literal["probe", "run", "operator", "person"]


@dataclass(frozen=True)
class Capability:
    """One thing that servers differ in.

    `values` are its possible values, each with what the app does then; the first is assumed while nothing is known.
    `refused` are those that keep a request from being offered. `probe` is what the probe sends, empty where only
    ordinary use shows it. Without `of_model` it holds for every model of the server.
    """

    name: str
    label: str
    values: Mapping[str, str]
    probe: str = ""
    refused: tuple[str, ...] = (NO,)
    of_model: bool = True

    @property
    def usual(self) -> str:
        """Return the value that is assumed while nothing is known."""
        return next(iter(self.values))


def _yes_or_no(name: str, label: str, probe: str, then: str, **more: Any) -> Capability:
    return Capability(name, label, {YES: "", NO: then}, probe, **more)


_OFFERED_WITH_A_WORD = "The form says so, and sends it only when you ask for it."


def _format(name: str) -> Capability:
    probe = f"one image with the output format {name}"
    return _yes_or_no(f"output_{name}", f"Output format {name}", probe, _OFFERED_WITH_A_WORD)


_DECLARED = (
    _yes_or_no("generate", "Generate", "one image", "Generate says so, and sends only when you ask for it."),
    Capability(
        "response_format",
        "response_format",
        {
            "optional": "",
            "required": "It is sent with every request, as b64_json.",
            "refused": "It is never sent.",
        },
        "where an image failed or came as a link: one image with response_format",
        refused=(),
    ),
    Capability(
        "links",
        "Images as links",
        {
            YES: "",
            NO: _OFFERED_WITH_A_WORD,
            "only": "Each link is fetched at once, and data is not asked for.",
        },
        "one image with response_format=url, if the model takes it",
    ),
    _yes_or_no("several_images", "Several images at once", "two images at once (n=2)", _OFFERED_WITH_A_WORD),
    *(_format(name) for name in ("jpeg", "webp", "gif", "svg")),
    _yes_or_no("stream", "Stream images", "one image with stream=true", "No image is streamed."),
    _yes_or_no(
        "partial_images", "Partial images", "one stream with partial_images=1", "No partial images are requested."
    ),
    _yes_or_no("edit", "Edit", "an edit of one image", "Edit says so, and sends only when you ask for it."),
    Capability(
        "image_field",
        "Several input images",
        {
            "image[]": "",
            "image": "Each is sent as a part named image.",
            "one": "Edit says so, and sends more than one only when you ask for it.",
        },
        "an edit of two images as image[], and if it is refused as image",
        refused=("one",),
    ),
    Capability(
        "mask",
        "Mask",
        {
            "honored": "",
            "ignored": "Edit keeps the original outside the mask unless you switch that off.",
            "refused": "Edit says so, and sends a mask only when you ask for it.",
        },
        "an edit of one image with a mask over its left half",
        refused=("refused",),
    ),
    _yes_or_no(
        "responses", "/responses", "a question to /responses", "Analyze uses /chat/completions.", of_model=False
    ),
    _yes_or_no(
        "chat",
        "/chat/completions",
        "a question to /chat/completions",
        "Without /responses, Analyze says so.",
        of_model=False,
    ),
    Capability(
        "token_limit",
        "Limit of an answer",
        {
            "max_completion_tokens": "",
            "max_tokens": "/chat/completions gets the limit as max_tokens.",
        },
        "if /chat/completions refuses max_completion_tokens: a question with max_tokens",
        refused=(),
    ),
    _yes_or_no("stream_usage", "Token counts in streamed answers", "", "stream_options is not sent.", refused=()),
    _yes_or_no(
        "image_tool",
        "Image tool of /responses",
        "",
        "A next turn sends only the image, through /images/edits.",
        refused=(),
        of_model=False,
    ),
    _yes_or_no("decisions", "/decisions", "", "Checks are asked at /responses.", refused=(), of_model=False),
)

CAPABILITIES: Mapping[str, Capability] = {one.name: one for one in _DECLARED}


@dataclass(frozen=True)
class Finding:
    """The value of a capability, and how it is known.

    By a `probe` or an ordinary `run`; from the `operator`, who set it in secrets.toml; or from a `person`, who wants it
    sent although it was refused. `found` is in Unix seconds, `note` what the server said or did.
    """

    value: str
    source: Source
    found: float | None = None
    note: str = ""


Findings = Mapping[str, Finding]


def reason(server: str, finding: Finding) -> str:
    """Return why a value is not sent, as one or two sentences."""
    if finding.source == "operator":
        return f"{server} does not take it: so it is set in secrets.toml."
    day = f" on {datetime.fromtimestamp(finding.found).date().isoformat()}" if finding.found else ""
    return f"{server} did not take it{day}{f': “{finding.note}”' if finding.note else '.'}"


def refusals(server: str, findings: Findings) -> dict[str, str]:
    """Return for each capability that keeps something from being offered why it does. `server` is a name for people."""
    found = {
        name: reason(server, finding)
        for name, finding in findings.items()
        if name in CAPABILITIES and finding.value in CAPABILITIES[name].refused
    }
    if "stream" in found:  # partial images come in a stream alone
        found.setdefault("partial_images", found["stream"])
    return found


def needed_by(parameter: Parameter, value: Any) -> str:
    """Return the name of the capability that a value needs; empty for the default, which is not sent."""
    try:
        value = parameter.kind.parse(value)
    except Invalid:
        return ""
    return "" if value == parameter.default else parameter.capability.format(value)


def refused_values(parameter: Parameter, refused: Mapping[str, str]) -> list[str]:
    """Return a sentence for each capability that a parameter's values would need and the server lacks."""
    kind = parameter.kind
    if not isinstance(kind, Choice):
        return [refused[parameter.capability]] if parameter.capability in refused else []
    needs = ((option, needed_by(parameter, option)) for option in kind.options)
    return [f"{option}: {refused[need]}" for option, need in needs if need in refused]


def inputs_refused(operation: str, inputs: Inputs, refused: Mapping[str, str]) -> list[tuple[str, Problem]]:
    """Return the problems of an operation and its input images with a server, each with the capability it lacks.

    `refused` is what `refusals` returns.
    """
    found = []
    if operation in ("generate", "edit") and operation in refused:
        found.append((operation, Problem("", refused[operation])))
    if operation == "analyze" and "responses" in refused and "chat" in refused:
        found.append(("chat", Problem("", refused["chat"])))
    if operation == "edit" and len(inputs.images) > 1 and "image_field" in refused:
        found.append(("image_field", Problem("image", refused["image_field"])))
    if inputs.mask is not None and "mask" in refused:
        found.append(("mask", Problem("mask", refused["mask"])))
    return found
