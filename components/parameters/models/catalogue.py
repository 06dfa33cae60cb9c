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


GENERATE_AND_EDIT = frozenset({"generate", "edit"})
GENERATE_ONLY = frozenset({"generate"})
ANALYZE_ONLY = frozenset({"analyze"})


def _prices(*amounts: str | None) -> Prices:
    return Prices(*(None if amount is None else Decimal(amount) for amount in amounts))


_GPT_2_PRICES = _prices("5", "1.25", "8", "2", "30")
_GPT_2_5_PRICES = _prices("5", None, "8", None, "30")
_MINI_PRICES = _prices("2", "0.20", "2.50", "0.25", "8")
_TERRA_PRICES = _prices("1", "0.05", "1", "0.05", None, "5")
_SOL_PRICES = _prices("2", None, "2", None, None, "10")

_NEWEST_IMAGE_MODEL = "gpt-image-2.6-flare"
_NEWEST_VISION_MODEL = "gpt-6.1-terra"
_END_OF_1 = date(2026, 12, 1)
_END_OF_GPT_4 = date(2027, 1, 14)
_END_OF_DALL_E = date(2026, 5, 12)

_MODELS = (
    Model(
        "gpt-image-2.6-flare",
        GENERATE_AND_EDIT,
        families.GPT_IMAGE_2_6,
        "fast",
        date(2026, 11, 4),
        prices=_GPT_2_PRICES,
    ),
    Model(
        "gpt-image-2.6-sunburst",
        GENERATE_AND_EDIT,
        families.GPT_IMAGE_2_6,
        "careful",
        date(2026, 11, 4),
        prices=_GPT_2_PRICES,
    ),
    Model(
        "gpt-image-2.5-flare",
        GENERATE_AND_EDIT,
        families.GPT_IMAGE_2_5,
        "fast",
        date(2026, 9, 8),
        prices=_GPT_2_5_PRICES,
    ),
    Model(
        "gpt-image-2.5-sunburst",
        GENERATE_AND_EDIT,
        families.GPT_IMAGE_2_5,
        "careful",
        date(2026, 9, 8),
        prices=_GPT_2_5_PRICES,
    ),
    Model(
        "gpt-image-2.5-flare-2026-09-08",
        GENERATE_AND_EDIT,
        families.GPT_IMAGE_2_5,
        "fast, fixed",
        date(2026, 9, 8),
        prices=_GPT_2_5_PRICES,
    ),
    Model(
        "gpt-image-2.5-sunburst-2026-09-08",
        GENERATE_AND_EDIT,
        families.GPT_IMAGE_2_5,
        "careful, fixed",
        date(2026, 9, 8),
        prices=_GPT_2_5_PRICES,
    ),
    Model("gpt-image-2", GENERATE_AND_EDIT, families.GPT_IMAGE_2, "", date(2026, 4, 21), prices=_GPT_2_PRICES),
    Model(
        "gpt-image-2-2026-04-21",
        GENERATE_AND_EDIT,
        families.GPT_IMAGE_2,
        "fixed",
        date(2026, 4, 21),
        prices=_GPT_2_PRICES,
    ),
    Model(
        "gpt-image-1.5", GENERATE_AND_EDIT, families.GPT_IMAGE_1, shutdown=_END_OF_1, replaced_by=_NEWEST_IMAGE_MODEL
    ),
    Model(
        "gpt-image-1-mini",
        GENERATE_AND_EDIT,
        families.GPT_IMAGE_1_MINI,
        "cheap",
        None,
        _END_OF_1,
        _NEWEST_IMAGE_MODEL,
        _MINI_PRICES,
    ),
    Model(
        "chatgpt-image-latest",
        GENERATE_AND_EDIT,
        families.CHATGPT_IMAGE,
        shutdown=_END_OF_1,
        replaced_by=_NEWEST_IMAGE_MODEL,
    ),
    Model(
        "gpt-image-1",
        GENERATE_AND_EDIT,
        families.GPT_IMAGE_1,
        shutdown=date(2026, 10, 23),
        replaced_by="gpt-image-2.5-sunburst",
    ),
    Model("dall-e-3", GENERATE_ONLY, families.DALL_E_3, shutdown=_END_OF_DALL_E, replaced_by=_NEWEST_IMAGE_MODEL),
    Model("dall-e-2", GENERATE_AND_EDIT, families.DALL_E_2, shutdown=_END_OF_DALL_E, replaced_by=_NEWEST_IMAGE_MODEL),
    Model("gpt-6.1-terra", ANALYZE_ONLY, families.VISION_REASONING, "cheap", prices=_TERRA_PRICES),
    Model("gpt-6.1-sol", ANALYZE_ONLY, families.VISION_REASONING, "", prices=_SOL_PRICES),
    Model("gpt-6.2-astra", ANALYZE_ONLY, families.VISION_REASONING),
    Model("gpt-6.2-sol", ANALYZE_ONLY, families.VISION_REASONING),
    Model("gpt-6-astra", ANALYZE_ONLY, families.VISION_REASONING),
    Model("gpt-6-luna", ANALYZE_ONLY, families.VISION_REASONING),
    Model("gpt-5.5", ANALYZE_ONLY, families.VISION_REASONING),
    Model("gpt-4.1", ANALYZE_ONLY, families.VISION, shutdown=_END_OF_GPT_4, replaced_by=_NEWEST_VISION_MODEL),
    Model("gpt-4.1-mini", ANALYZE_ONLY, families.VISION, shutdown=_END_OF_GPT_4, replaced_by=_NEWEST_VISION_MODEL),
    Model("gpt-4o", ANALYZE_ONLY, families.VISION, shutdown=_END_OF_GPT_4, replaced_by=_NEWEST_VISION_MODEL),
    Model("gpt-4o-mini", ANALYZE_ONLY, families.VISION, shutdown=_END_OF_GPT_4, replaced_by=_NEWEST_VISION_MODEL),
)

CATALOGUE: dict[str, Model] = {model.id: model for model in _MODELS}

_STATUS_ORDER = {"current": 0, "ending": 1, "retired": 2}


def find_model(id: str, operation: str | None = None) -> Model:
    """The model of this id. One that is not in the catalogue, or not for the `operation`, is a team's own."""
    model = CATALOGUE.get(id)
    if model is not None and (operation is None or operation in model.operations):
        return model
    family = families.UNKNOWN_VISION if operation == "analyze" else families.UNKNOWN_IMAGE
    return Model(id, GENERATE_AND_EDIT if operation is None else frozenset({operation}), family, known=False)


def models_for(operation: str, today: date) -> tuple[Model, ...]:
    """The known models of an operation: current ones as the catalogue lists them, then ending, then retired ones."""
    fitting = [model for model in _MODELS if operation in model.operations]
    return tuple(sorted(fitting, key=lambda model: _STATUS_ORDER[model.status(today)]))
