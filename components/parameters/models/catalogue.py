"""Every model that is known: what it does, its family's rules, its dates, its prices.

Source: the tables "Models" and "What an image costs" of the API reference as of 2026-11-23. OpenAI has retired
some; Azure, proxies and compatible servers go on serving models under those names, so their rules stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from components.parameters.models import families
from components.parameters.models.families import Family


@dataclass(frozen=True)
class Prices:
    """Dollars for a million tokens; None where OpenAI publishes no figure."""

    text_in: Decimal | None = None
    text_cached: Decimal | None = None
    image_in: Decimal | None = None
    image_cached: Decimal | None = None
    image_out: Decimal | None = None
    text_out: Decimal | None = None


@dataclass(frozen=True)
class Model:
    """One model. `shutdown` is the day on which OpenAI ends it, ahead or past; `replaced_by` what to use instead."""

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
        """ "current", "ending" (its end is set) or "retired" (its end has come)."""
        if self.shutdown is None:
            return "current"
        return "retired" if self.shutdown <= today else "ending"


MAKES = frozenset({"generate", "edit"})
GENERATES = frozenset({"generate"})
SEES = frozenset({"analyze"})


def _prices(*amounts: str | None) -> Prices:
    return Prices(*(None if amount is None else Decimal(amount) for amount in amounts))


_CACHED = _prices("5", "1.25", "8", "2", "30")
_GPT_2_5 = _prices("5", None, "8", None, "30")
_MINI = _prices("2", "0.20", "2.50", "0.25", "8")
_TERRA = _prices("1", "0.05", "1", "0.05", None, "5")
_SOL = _prices("2", None, "2", None, None, "10")

_NEW = "gpt-image-2.6-flare"
_VISION = "gpt-6.1-terra"
_END_OF_1 = date(2026, 12, 1)
_END_OF_GPT_4 = date(2027, 1, 14)
_END_OF_DALL_E = date(2026, 5, 12)

_MODELS = (
    Model("gpt-image-2.6-flare", MAKES, families.GPT_IMAGE_2_6, "fast", date(2026, 11, 4), prices=_CACHED),
    Model("gpt-image-2.6-sunburst", MAKES, families.GPT_IMAGE_2_6, "careful", date(2026, 11, 4), prices=_CACHED),
    Model("gpt-image-2.5-flare", MAKES, families.GPT_IMAGE_2_5, "fast", date(2026, 9, 8), prices=_GPT_2_5),
    Model("gpt-image-2.5-sunburst", MAKES, families.GPT_IMAGE_2_5, "careful", date(2026, 9, 8), prices=_GPT_2_5),
    Model(
        "gpt-image-2.5-flare-2026-09-08",
        MAKES,
        families.GPT_IMAGE_2_5,
        "fast, fixed",
        date(2026, 9, 8),
        prices=_GPT_2_5,
    ),
    Model(
        "gpt-image-2.5-sunburst-2026-09-08",
        MAKES,
        families.GPT_IMAGE_2_5,
        "careful, fixed",
        date(2026, 9, 8),
        prices=_GPT_2_5,
    ),
    Model("gpt-image-2", MAKES, families.GPT_IMAGE_2, "", date(2026, 4, 21), prices=_CACHED),
    Model("gpt-image-2-2026-04-21", MAKES, families.GPT_IMAGE_2, "fixed", date(2026, 4, 21), prices=_CACHED),
    Model("gpt-image-1.5", MAKES, families.GPT_IMAGE_1, shutdown=_END_OF_1, replaced_by=_NEW),
    Model("gpt-image-1-mini", MAKES, families.GPT_IMAGE_1_MINI, "cheap", None, _END_OF_1, _NEW, _MINI),
    Model("chatgpt-image-latest", MAKES, families.CHATGPT_IMAGE, shutdown=_END_OF_1, replaced_by=_NEW),
    Model(
        "gpt-image-1",
        MAKES,
        families.GPT_IMAGE_1,
        shutdown=date(2026, 10, 23),
        replaced_by="gpt-image-2.5-sunburst",
    ),
    Model("dall-e-3", GENERATES, families.DALL_E_3, shutdown=_END_OF_DALL_E, replaced_by=_NEW),
    Model("dall-e-2", MAKES, families.DALL_E_2, shutdown=_END_OF_DALL_E, replaced_by=_NEW),
    Model("gpt-6.1-terra", SEES, families.SEES_AND_REASONS, "cheap", prices=_TERRA),
    Model("gpt-6.1-sol", SEES, families.SEES_AND_REASONS, "", prices=_SOL),
    Model("gpt-6.2-astra", SEES, families.SEES_AND_REASONS),
    Model("gpt-6.2-sol", SEES, families.SEES_AND_REASONS),
    Model("gpt-6-astra", SEES, families.SEES_AND_REASONS),
    Model("gpt-6-luna", SEES, families.SEES_AND_REASONS),
    Model("gpt-5.5", SEES, families.SEES_AND_REASONS),
    Model("gpt-4.1", SEES, families.SEES, shutdown=_END_OF_GPT_4, replaced_by=_VISION),
    Model("gpt-4.1-mini", SEES, families.SEES, shutdown=_END_OF_GPT_4, replaced_by=_VISION),
    Model("gpt-4o", SEES, families.SEES, shutdown=_END_OF_GPT_4, replaced_by=_VISION),
    Model("gpt-4o-mini", SEES, families.SEES, shutdown=_END_OF_GPT_4, replaced_by=_VISION),
)

CATALOGUE: dict[str, Model] = {model.id: model for model in _MODELS}

_ORDER = {"current": 0, "ending": 1, "retired": 2}


def find_model(id: str, operation: str | None = None) -> Model:
    """The model of this id. One that is not in the catalogue, or not for the `operation`, is a team's own."""
    model = CATALOGUE.get(id)
    if model is not None and (operation is None or operation in model.operations):
        return model
    family = families.UNKNOWN_SEER if operation == "analyze" else families.UNKNOWN_MAKER
    return Model(id, MAKES if operation is None else frozenset({operation}), family, known=False)


def models_for(operation: str, today: date) -> tuple[Model, ...]:
    """The known models of an operation: current ones as the catalogue lists them, then ending, then retired ones."""
    fitting = [model for model in _MODELS if operation in model.operations]
    return tuple(sorted(fitting, key=lambda model: _ORDER[model.status(today)]))
