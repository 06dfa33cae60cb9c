"""The known models: their operations, families, dates and prices.

Source: the tables "Models" and "What an image costs" of the API reference as of 2026-11-23. The catalogue keeps models
that OpenAI has retired, because Azure, proxies and compatible servers still serve them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from components.parameters.models import families
from components.parameters.models.families import Family

MILLION = Decimal(1_000_000)  # tokens, which prices are for


@dataclass(frozen=True)
class Prices:
    """Dollars per million tokens; None where OpenAI publishes no price."""

    text_in: Decimal | None = None
    text_cached: Decimal | None = None
    image_in: Decimal | None = None
    image_cached: Decimal | None = None
    image_out: Decimal | None = None
    text_out: Decimal | None = None


@dataclass(frozen=True)
class Model:
    """One model. `shutdown` is the day on which OpenAI retires it; `replaced_by` is the id of its successor."""

    id: str
    operations: frozenset[str]
    family: Family
    note: str = ""
    released: date | None = None
    shutdown: date | None = None
    replaced_by: str | None = None
    prices: Prices | None = None
    known: bool = True

    def status(self, today: date) -> str:
        """Return "current", "ending" (its shutdown is announced) or "retired"."""
        if self.shutdown is None:
            return "current"
        return "retired" if self.shutdown <= today else "ending"


IMAGE = frozenset({"generate", "edit"})
GENERATE = frozenset({"generate"})
ANALYZE = frozenset({"analyze"})


def _prices(*amounts: str | None) -> Prices:
    return Prices(*(None if amount is None else Decimal(amount) for amount in amounts))


_GPT_2 = _prices("5", "1.25", "8", "2", "30")
_GPT_2_5 = _prices("5", None, "8", None, "30")
_MINI = _prices("2", "0.20", "2.50", "0.25", "8")
_TERRA = _prices("1", "0.05", "1", "0.05", None, "5")
_SOL = _prices("2", None, "2", None, None, "10")

_NEW_IMAGE = "gpt-image-2.6-flare"
_NEW_VISION = "gpt-6.1-terra"
_END_OF_1 = date(2026, 12, 1)
_END_OF_GPT_4 = date(2027, 1, 14)
_END_OF_DALL_E = date(2026, 5, 12)

_MODELS = (
    Model("gpt-image-2.6-flare", IMAGE, families.GPT_IMAGE_2_6, "fast", date(2026, 11, 4), prices=_GPT_2),
    Model("gpt-image-2.6-sunburst", IMAGE, families.GPT_IMAGE_2_6, "careful", date(2026, 11, 4), prices=_GPT_2),
    Model("gpt-image-2.5-flare", IMAGE, families.GPT_IMAGE_2_5, "fast", date(2026, 9, 8), prices=_GPT_2_5),
    Model("gpt-image-2.5-sunburst", IMAGE, families.GPT_IMAGE_2_5, "careful", date(2026, 9, 8), prices=_GPT_2_5),
    Model(
        "gpt-image-2.5-flare-2026-09-08",
        IMAGE,
        families.GPT_IMAGE_2_5,
        "fast, fixed",
        date(2026, 9, 8),
        prices=_GPT_2_5,
    ),
    Model(
        "gpt-image-2.5-sunburst-2026-09-08",
        IMAGE,
        families.GPT_IMAGE_2_5,
        "careful, fixed",
        date(2026, 9, 8),
        prices=_GPT_2_5,
    ),
    Model("gpt-image-2", IMAGE, families.GPT_IMAGE_2, "", date(2026, 4, 21), prices=_GPT_2),
    Model("gpt-image-2-2026-04-21", IMAGE, families.GPT_IMAGE_2, "fixed", date(2026, 4, 21), prices=_GPT_2),
    Model("gpt-image-1.5", IMAGE, families.GPT_IMAGE_1, shutdown=_END_OF_1, replaced_by=_NEW_IMAGE),
    Model("gpt-image-1-mini", IMAGE, families.GPT_IMAGE_1_MINI, "cheap", None, _END_OF_1, _NEW_IMAGE, _MINI),
    Model("chatgpt-image-latest", IMAGE, families.CHATGPT_IMAGE, shutdown=_END_OF_1, replaced_by=_NEW_IMAGE),
    Model(
        "gpt-image-1", IMAGE, families.GPT_IMAGE_1, shutdown=date(2026, 10, 23), replaced_by="gpt-image-2.5-sunburst"
    ),
    Model("dall-e-3", GENERATE, families.DALL_E_3, shutdown=_END_OF_DALL_E, replaced_by=_NEW_IMAGE),
    Model("dall-e-2", IMAGE, families.DALL_E_2, shutdown=_END_OF_DALL_E, replaced_by=_NEW_IMAGE),
    Model("gpt-6.1-terra", ANALYZE, families.VISION_REASONING, "cheap", prices=_TERRA),
    Model("gpt-6.1-sol", ANALYZE, families.VISION_REASONING, "", prices=_SOL),
    Model("gpt-6.2-astra", ANALYZE, families.VISION_REASONING),
    Model("gpt-6.2-sol", ANALYZE, families.VISION_REASONING),
    Model("gpt-6-astra", ANALYZE, families.VISION_REASONING),
    Model("gpt-6-luna", ANALYZE, families.VISION_REASONING),
    Model("gpt-5.5", ANALYZE, families.VISION_REASONING),
    Model("gpt-4.1", ANALYZE, families.VISION, shutdown=_END_OF_GPT_4, replaced_by=_NEW_VISION),
    Model("gpt-4.1-mini", ANALYZE, families.VISION, shutdown=_END_OF_GPT_4, replaced_by=_NEW_VISION),
    Model("gpt-4o", ANALYZE, families.VISION, shutdown=_END_OF_GPT_4, replaced_by=_NEW_VISION),
    Model("gpt-4o-mini", ANALYZE, families.VISION, shutdown=_END_OF_GPT_4, replaced_by=_NEW_VISION),
)

CATALOGUE: dict[str, Model] = {model.id: model for model in _MODELS}

_STATUS_ORDER = {"current": 0, "ending": 1, "retired": 2}


def find_model(id: str, operation: str | None = None) -> Model:
    """Return the model of this id. One that is not in the catalogue for the operation takes every parameter."""
    model = CATALOGUE.get(id)
    if model is not None and (operation is None or operation in model.operations):
        return model
    family = families.UNKNOWN_VISION if operation == "analyze" else families.UNKNOWN_IMAGE
    return Model(id, IMAGE if operation is None else frozenset({operation}), family, known=False)


def models_for(operation: str, today: date) -> tuple[Model, ...]:
    """Return the known models of an operation: current, then ending, then retired ones, each in catalogue order."""
    models = [model for model in _MODELS if operation in model.operations]
    return tuple(sorted(models, key=lambda model: _STATUS_ORDER[model.status(today)]))
