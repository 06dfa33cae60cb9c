"""Show a sheet and fill its page's form with what it was made from, as the strip does with a run."""

from __future__ import annotations

from components.library.sheets.sheet_inputs import stored_template
from components.library.sheets.sheet_store import find_sheet, save_word_list, word_list_values
from components.parameters.sheets import SheetTemplate, names_list, written_out
from components.ui.base.deferred import defer
from components.ui.base.error_boundary import guarded
from components.ui.process.workbench import workbench
from components.ui.session.address import show_sheet
from components.ui.session.prefill import Prefill, leave_prefill


def select_sheet(sheet_id: str) -> None:
    """Show a sheet and fill its form with its template; what was in the form is one Undo away."""
    show_sheet(sheet_id)
    defer(guarded(load_sheet), sheet_id)


def load_sheet(sheet_id: str, *, saves_lists: bool = False) -> None:
    """Leave a sheet's template for the page of its operation; see `leave_template` for `saves_lists`."""
    library = workbench().library
    sheet = find_sheet(library, sheet_id)
    if sheet is not None:
        leave_template(stored_template(library, sheet), sheet.connection_id, saves_lists=saves_lists)


def leave_template(
    template: SheetTemplate,
    connection_id: str | None,
    missing: frozenset[str] = frozenset(),
    *,
    saves_lists: bool = True,
    remark: str = "",
) -> None:
    """Leave a sheet's template for the page of its operation; with `saves_lists` save those it names and nobody has.

    `missing` are the roles of its input images that are not in this library, `remark` what of it could not be read.
    """
    library, template = workbench().library, written_out(template)
    known, prompt = word_list_values(library), str(template.values.get("prompt"))
    for name, values in template.lists.items() if saves_lists else ():
        if name not in known and names_list(prompt, name):
            save_word_list(library, name, values)
    filled = {**template.values, "model": template.model}
    inputs = template.inputs
    leave_prefill(
        Prefill(
            template.operation,
            filled,
            clears_form=True,
            connection_id=connection_id,
            images=inputs.images or None,
            mask=inputs.mask,
            markup=template.extra.get("markup"),
            overlays=frozenset(role for role, _, _ in inputs.by_role) & {"mask", "markup"},
            missing=missing,
            extra=template.extra,
            template=template,
            remark=remark,
        )
    )
