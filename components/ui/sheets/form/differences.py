"""Where the form differs from the sheet on show: what it would make is another sheet then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from components.library.queries.sheet_cells import left_out_of
from components.library.sheets.sheet_inputs import inputs_of_sheet
from components.library.sheets.sheet_store import find_sheet, word_list_values
from components.parameters import OPERATIONS
from components.parameters.sheets import CONNECTION, IMAGE, SheetTemplate, read_template, written_out
from components.ui.forms.checked_form import Form
from components.ui.process.workbench import workbench
from components.ui.results.form_status import value_differences
from components.ui.session.address import sheet_in_address
from components.ui.sheets.state import plan_of, sheet_state, template_prompt


def sheet_differences(form: Form) -> list[str] | None:
    """Return the labels of what the form would make otherwise than the sheet in the address; None for no sheet."""
    library = workbench().library
    sheet = find_sheet(library, sheet_id) if (sheet_id := sheet_in_address()) else None
    if sheet is None or sheet.template.get("operation") != form.operation:
        return None
    there, (here, _) = read_template(sheet.template, is_ours=True), plan_of(form, word_list_values(library))
    images = list(inputs_of_sheet(library, sheet.id)) if form.operation == "edit" else []
    found = [*_differences(form, here, written_out(there)), *_input_differences(here, images)]
    is_trimmed_alike = sheet_state(form.operation).left_out == frozenset(left_out_of(library, sheet.id))
    return found if found or is_trimmed_alike else ["Cells left out"]


def _differences(form: Form, here: SheetTemplate, there: SheetTemplate) -> Iterator[str]:
    varied = {*here.varied, *there.varied}
    if here.model != there.model and "model" not in varied:
        yield "Model"
    written = replace(form, raw={**form.raw, "prompt": template_prompt(form)}, styles=(), reads_braces=False)
    yield from value_differences(written, there.model, there.values, varied)
    labels = {one.name: one.label for one in OPERATIONS[form.operation].parameters} | {CONNECTION: "Connection"}
    for name in varied - {IMAGE}:
        if here.varied.get(name) != there.varied.get(name):
            yield f"{labels.get(name, name)} that varies"
    if here.rules != there.rules:
        yield "Skip rules"
    if (here.by_line, here.is_plain) != (there.by_line, there.is_plain):
        yield "How the prompt is read"


def _input_differences(here: SheetTemplate, images: list[tuple[str, str]]) -> Iterator[str]:
    if [sha256 for role, sha256 in images if role == "image"] != [one.sha256 for one in here.inputs.images]:
        yield "Input images"
    roles = {role for role, _ in images}
    if ("mask" in roles, "markup" in roles) != (here.inputs.mask is not None, here.inputs.markup is not None):
        yield "Mask or markup"
