"""What a person has chosen for a sheet that is not sent yet, and the plan that comes of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from components.parameters import Request, resolve
from components.parameters.prompts.styles import lines_with_styles
from components.parameters.sheets import (
    CONNECTION,
    IMAGE,
    RULES,
    ConnectionValue,
    Places,
    Plan,
    SheetTemplate,
    Trim,
    carried,
    draws_at_random,
    make_plan,
    trim_of,
)
from components.runs.view import EDITED_OUTPUT
from components.ui.forms.checked_form import Form
from components.ui.session.drafts.typed_texts import TextHomes
from components.ui.session.state import DRAFT, page_state, state_key
from components.ui.sheets.connection_axis import connection_values
from components.ui.sheets.later.moment import NOW, Way

_SEEDS = 1_000_000_000


@dataclass
class CellTable:
    """A table of cells as it was drawn first: its rows, and the places that were left out by then."""

    rows: list[dict[str, Any]]
    left_out: frozenset[Places]
    number: int


@dataclass
class SheetState:
    """The parameters that vary with their values, how the prompt is read, and what is left out.

    `seed` is that of the random draws, None before there were any. `added` are values that a sheet's prompt got later
    and that cannot be written into it, while the prompt is still `added_to`. `trim` is what a person left out last, and
    `left_out` the places of the same cells in the present plan, by the trim that was `carried` to it. `table` tells the
    tables of cells apart that do not have their check marks in common. `asks`: more than the set amount waits for a
    yes, to be sent this `way`.
    """

    names: list[str] = field(default_factory=list, metadata=DRAFT)
    values: dict[str, list[Any]] = field(default_factory=dict, metadata=DRAFT)
    by_line: bool = field(default=False, metadata=DRAFT)
    is_plain: bool = field(default=False, metadata=DRAFT)
    rules: str = field(default="", metadata=DRAFT)
    cap: str = field(default="", metadata=DRAFT)
    seed: int | None = field(default=None, metadata=DRAFT)
    added: dict[str, tuple[str, ...]] = field(default_factory=dict, metadata=DRAFT)
    added_to: str = field(default="", metadata=DRAFT)
    trim: Trim = field(default_factory=Trim, metadata=DRAFT)
    left_out: frozenset[Places] = frozenset()
    carried: Trim | None = None
    table: CellTable | None = None
    asks: bool = False
    way: Way = NOW
    failure: str = ""
    made: tuple[SheetTemplate, Plan] | None = None


def sheet_state(operation: str) -> SheetState:
    """Return this session's state of an operation's sheet."""
    return page_state(SheetState, operation)


def sheet_texts(operation: str) -> TextHomes:
    """Return the text fields of an operation's sheet, by the keys of their widgets."""
    fields = {RULES: "rules", "cap": "cap"}
    return {f"{operation}.sheet.{key}": partial(_put, operation, name) for key, name in fields.items()}


def _put(operation: str, name: str, states: MutableMapping[Any, Any], text: str) -> None:
    setattr(states.setdefault(state_key(SheetState, operation), SheetState()), name, text)


def template_of(form: Form, lists: Mapping[str, tuple[str, ...]]) -> SheetTemplate:
    """Return the template that form and state make together."""
    state = sheet_state(form.operation)
    varied = {name: tuple(state.values.get(name, ())) for name in state.names}
    by_line = _is_by_line(form)
    extra = dict(form.extra)
    if IMAGE in varied:  # each image of the form is a value, and has its own origin
        varied[IMAGE] = tuple(dict.fromkeys(image.sha256 for image in form.inputs.images))
        extra.pop(EDITED_OUTPUT, None)
    known: dict[str, ConnectionValue] = {}
    if CONNECTION in varied:
        known = connection_values(varied.get("model") or (form.model,))
        varied[CONNECTION] = tuple(one for one in varied[CONNECTION] if one in known)
        known = {one: known[one] for one in varied[CONNECTION]}
    return SheetTemplate(
        form.operation,
        form.model,
        {**form.sent, "prompt": template_prompt(form)},
        varied,
        rules=state.rules,
        by_line=by_line,
        is_plain=state.is_plain,
        seed=_seed_of(form),
        lists=lists,
        added=state.added if form.raw.get("prompt") == state.added_to else {},
        inputs=form.inputs,
        extra=extra,
        connections=known,
    )


def has_draws(form: Form) -> bool:
    """Return whether a form's prompt has random draws that are read as such."""
    return not sheet_state(form.operation).is_plain and draws_at_random(str(form.raw.get("prompt") or ""))


def draw_again(operation: str) -> None:
    """Let the random draws of a form's prompt come out anew, and keep what they are."""
    sheet_state(operation).seed = secrets.randbelow(_SEEDS) + 1


def _seed_of(form: Form) -> int:
    """Return the seed of a form's random draws, chosen when it first has some and kept from then on."""
    state = sheet_state(form.operation)
    if state.seed is None and has_draws(form):
        draw_again(form.operation)
    return state.seed or 0


def read_as_run(read: Callable[[], Form]) -> Form:
    """Return the form that `read` returns; a single run's prompt is read as a sheet's, unless its braces stay."""
    form = read()
    if sheet_state(form.operation).is_plain:
        return form
    form = replace(form, reads_braces=True)
    if form.request is None or form.sent.get("prompt") == form.written.get("prompt"):
        return form
    outcome = resolve(form.operation, form.model, form.sent, **vars(form.inputs))
    return replace(form, request=outcome if isinstance(outcome, Request) else None)


def template_prompt(form: Form) -> str:
    """Return the prompt with its styles, or the prompts, one a line. Their braces are still to be read."""
    prompt = str(form.raw.get("prompt") or "")
    return lines_with_styles(prompt, form.styles) if _is_by_line(form) else str(form.written.get("prompt") or "")


def sent_prompt(form: Form) -> str:
    """Return the prompt with its styles as it is sent; that of a sheet as it is written."""
    return template_prompt(form) if _is_by_line(form) else str(form.sent.get("prompt") or "")


def _is_by_line(form: Form) -> bool:
    """Return whether each line of a form's prompt is one; so is a single line that a sheet's values were added to."""
    state = sheet_state(form.operation)
    return state.by_line and (bool(state.added) or len(str(form.raw.get("prompt") or "").split("\n")) > 1)


def plan_of(form: Form, lists: Mapping[str, tuple[str, ...]]) -> tuple[SheetTemplate, Plan]:
    """Return the form's template and its plan, which is made again only when something has changed."""
    state, template = sheet_state(form.operation), template_of(form, lists)
    if state.made is None or state.made[0] != template:
        state.made, state.carried = (template, make_plan(template)), None
        state.asks, state.failure = False, ""  # of another plan
    if state.carried is not state.trim:
        state.left_out, state.carried = carried(state.trim, state.made[1]), state.trim
    return state.made


def leave_out(operation: str, plan: Plan, places: Iterable[Places]) -> None:
    """Leave these cells of a plan out, and no others; the table of cells shows it."""
    state = sheet_state(operation)
    state.trim = state.carried = trim_of(plan, places)
    state.left_out = state.trim.places
