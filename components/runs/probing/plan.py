"""Which requests find out what a server can do, and what they cost at most."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from components.images.sample import left_half_mask, sample_image
from components.parameters import CATALOGUE, Choice, Images, Inputs, Request, Size, estimate, resolve
from components.parameters.capabilities import CAPABILITIES, NO, YES
from components.parameters.models.catalogue import find_model

PROMPT = "A plain blue circle on a white background"
EDIT_PROMPT = "Replace everything with a plain dark blue area"
QUESTION = "Which color is the disc? Answer with one word."
SMALLEST_FREE = "1024x640"  # the fewest pixels that GPT Image models take
ANSWER_TOKENS = 200

Values = Mapping[str, str]


@dataclass(frozen=True)
class Try:
    """One request of a step: the capabilities it is sent for, and those that are found if it is accepted."""

    sent_as: Values
    found: Values


@dataclass(frozen=True)
class ProbeStep:
    """What finds one capability: tries, of which the first that is accepted decides, and what is found if none is.

    `values` are those of the request besides model, prompt, size and quality. `needs` names a capability without which
    the step is left out.
    """

    capability: str
    operation: str
    tries: tuple[Try, ...]
    refused: Values
    values: Mapping[str, Any] = field(default_factory=dict)
    images: int = 0
    has_mask: bool = False
    needs: str = ""


def _step(capability: str, operation: str, **more: Any) -> ProbeStep:
    tries = (Try({}, {capability: CAPABILITIES[capability].usual}),)
    return ProbeStep(capability, operation, **{"tries": tries, "refused": {capability: NO}, **more})


_FORMATS = tuple(
    _step(f"output_{name}", "generate", values={"output_format": name, **least}, needs="generate")
    for name, least in (("jpeg", {}), ("webp", {}), ("gif", {"frame_count": 2}), ("svg", {}))
)
STEPS: Mapping[str, ProbeStep] = {
    step.capability: step
    for step in (
        _step(
            "generate",
            "generate",
            tries=tuple(
                Try({"response_format": one}, {"generate": YES, "response_format": one})
                for one in CAPABILITIES["response_format"].values
            ),
        ),
        _step("several_images", "generate", values={"n": 2}, needs="generate"),
        *_FORMATS,
        _step("stream", "generate", values={"stream": True}, needs="generate"),
        _step("partial_images", "generate", values={"stream": True, "partial_images": 1}, needs="stream"),
        _step("links", "generate", values={"response_url": True}, needs="generate"),
        _step("edit", "edit", images=1),
        _step(
            "image_field",
            "edit",
            images=2,
            needs="edit",
            tries=tuple(Try({"image_field": one}, {"image_field": one}) for one in ("image[]", "image")),
            refused={"image_field": "one"},
        ),
        _step("mask", "edit", images=1, has_mask=True, needs="edit", refused={"mask": "refused"}),
        _step("responses", "analyze", images=1, tries=(Try({"responses": YES}, {"responses": YES}),)),
        _step(
            "chat",
            "analyze",
            images=1,
            tries=tuple(
                Try({"responses": NO, "token_limit": one}, {"chat": YES, "token_limit": one})
                for one in CAPABILITIES["token_limit"].values
            ),
        ),
    )
}


def steps_for(image_model: str, vision_model: str) -> list[str]:
    """Return the names of the steps that these models take; no images or no questions where a model is empty."""
    kinds = find_model(image_model).family.kinds if image_model else {}
    formats = kinds.get("output_format")
    options = formats.options if isinstance(formats, Choice) else ()
    missing = {f"output_{name}" for name in ("jpeg", "webp", "gif", "svg") if name not in options}
    missing |= {name for name, kind in (("links", "response_url"), ("mask", "mask")) if kind not in kinds}
    missing |= {name for name in ("stream", "partial_images") if name not in kinds}
    several = kinds.get("image")
    missing |= set() if isinstance(several, Images) and several.maximum > 1 else {"image_field"}
    found = []
    for name, step in STEPS.items():
        model = vision_model if step.operation == "analyze" else image_model
        known = CATALOGUE.get(model)
        takes_it = bool(model) and (known is None or step.operation in known.operations)
        if takes_it and name not in missing and _request(step, model, Inputs()) is not None:
            found.append(name)
    return found


def _size(model: str, operation: str) -> str:
    """Return the smallest size of a model as a parameter; `auto` where the server may know it by other sizes."""
    kind = find_model(model, operation).family.kinds.get("size")
    if model not in CATALOGUE or not isinstance(kind, Size):
        return "auto"
    return SMALLEST_FREE if kind.free else next(size for size in kind.choices if size != "auto")


def _request(step: ProbeStep, model: str, inputs: Inputs) -> Request | None:
    """Return a step's request; without its images it is one for the price. None if the model does not take it."""
    values: dict[str, Any] = {"stream": False, **step.values}
    if step.operation == "analyze":
        values |= {"text": QUESTION, "max_output_tokens": ANSWER_TOKENS}
        values |= {"input_type": "files" if inputs.images else "none"}
    else:
        values |= {"prompt": EDIT_PROMPT if step.operation == "edit" else PROMPT, "size": _size(model, step.operation)}
        quality = find_model(model, step.operation).family.kinds.get("quality")
        if model in CATALOGUE and isinstance(quality, Choice) and "low" in quality.options:
            values["quality"] = "low"
    operation = step.operation if inputs.images or step.operation != "edit" else "generate"
    found = resolve(operation, model, values, **vars(inputs))
    if not isinstance(found, Request) or any(
        found.values.get(name) != value for name, value in step.values.items() if operation == step.operation
    ):
        return None
    return found


def request_of(step: ProbeStep, model: str, folder: Path) -> Request:
    """Return a step's request with its input images, written into the folder."""
    size = _size(model, step.operation)
    edges = (1024, 1024) if size == "auto" or step.operation == "analyze" else tuple(map(int, size.split("x")))
    width, height = edges
    images = tuple(sample_image((width, height), folder, number=number) for number in range(1, step.images + 1))
    mask = left_half_mask((width, height), folder) if step.has_mask else None
    request = _request(step, model, Inputs(images, mask))
    assert request is not None, f"{step.capability} is not a step of {model}"
    return request


@dataclass(frozen=True)
class Price:
    """What a probe costs in dollars at most, in how many requests, and for how many of them no price is known.

    A step that is refused is followed by another request; a refusal costs nothing. A server that answers with links is
    asked for one more image, as data, which costs `again` dollars: 0 without a known price.
    """

    requests: int
    dollars: Decimal
    unpriced: int
    again: Decimal = Decimal(0)


def price_of(names: Sequence[str], image_model: str, vision_model: str) -> Price:
    """Return what these steps cost."""
    amounts = []
    for name in names:
        step = STEPS[name]
        request = _request(step, vision_model if step.operation == "analyze" else image_model, Inputs())
        amounts.append(estimate(request).high if request is not None else None)
    known = [amount for amount in amounts if amount is not None]
    again = amounts[list(names).index("generate")] if "generate" in names else None
    return Price(len(amounts), sum(known, Decimal(0)), len(amounts) - len(known), again or Decimal(0))


def is_needed(step: ProbeStep, found: Values) -> bool:
    """Return whether a step makes sense after what was found."""
    return not step.needs or found.get(step.needs) not in (NO, None)


def chosen(names: Collection[str]) -> list[ProbeStep]:
    """Return the steps with these names, in their order, with those that they need."""
    wanted = set(names)
    for name in list(names):
        while need := STEPS[name].needs:
            wanted.add(need)
            name = need
    return [step for name, step in STEPS.items() if name in wanted]
