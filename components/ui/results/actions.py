"""Next steps from a run or an output: load its settings, edit it, analyze it, use it as an input.

Each leaves a `Prefill` for a page. The caller goes to that page afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.library import StoredOutput
from components.library.queries.prompts import version_of_run
from components.parameters import CATALOGUE, OPERATIONS, InputImage, as_sent
from components.parameters.models.families import IMAGE_ONLY, WITH_TURNS
from components.runs import RunView
from components.ui.inputs.library_picker import output_as_input
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.address import continue_from, is_linked
from components.ui.session.owner import begun_here
from components.ui.session.prefill import Prefill, PromptSource, leave_prefill

LOAD_LABEL, CONTINUE_LABEL = "Load these settings", "Continue from here"
LOAD_HELP = "Fill the form with these settings and input images."

OVERLAYS = frozenset({"mask", "markup"})
CHECKLIST = "Checklist"  # the shape of an answer whose question was made from a list, see analyze/form.py


def load_run(view: RunView, output_id: str | None = None, *, show_problems: bool = False) -> None:
    """Leave everything of a run for its page: connection, values, images, mask, markup.

    The next run there belongs to its family; `output_id` names the chosen output.
    """
    continue_from(view.id)
    extra = view.extra or {}
    values = as_sent(view.operation, {"model": view.model, **view.recipe.get("values", {})})
    if extra.get("shape") == CHECKLIST:
        values["text"] = extra.get("question") or "What's in this image?"
    found = workbench().library.inputs(view.id)
    leave_prefill(
        Prefill(
            view.operation,
            values,
            clears_form=True,
            connection_id=view.connection_id,
            images=tuple(found.get("image", ())),
            mask=next(iter(found.get("mask", ())), None),
            markup=extra.get("markup") if found.get("markup") else None,
            overlays=OVERLAYS & found.keys(),
            missing=missing_roles(view.recipe, found),
            source=view,
            output_id=output_id,
            extra=extra,
            prompt=_prompt_of(view.id),
            is_sent=True,
            show_problems=show_problems,
        )
    )


def load_label(view: RunView) -> str:
    """Return the label of the button that loads a run's settings; another one for who came by the run's link."""
    by_link = is_linked(view.id, view.sheet_id) and begun_here().isdisjoint({view.id, view.sheet_id})
    return CONTINUE_LABEL if by_link else LOAD_LABEL


def load_or_continue(view: RunView) -> None:
    """Load a run by the button of this label, which also continues from the sheet that a link led to."""
    continue_from(view.id, view.sheet_id)
    load_run(view)


def _prompt_of(run_id: str) -> PromptSource | None:
    found = version_of_run(workbench().library, run_id)
    return None if found is None else PromptSource(found[0].id, found[1].number, found[0].name, found[1].text)


def load_recipe(
    operation: str,
    values: Mapping[str, Any],
    recipe: Mapping[str, Any],
    found: Mapping[str, Sequence[InputImage]],
    remark: str = "",
) -> None:
    """Leave a recipe's values for a page, and those of its inputs that this library has, by role."""
    images = tuple(found.get("image", ()))
    leave_prefill(
        Prefill(
            operation,
            as_sent(operation, values),
            clears_form=True,
            images=images if images or operation == "edit" else None,
            mask=next(iter(found.get("mask", ())), None),
            overlays=OVERLAYS & found.keys(),
            missing=missing_roles(recipe, found),
            is_sent=True,
            remark=remark,
        )
    )


def missing_roles(asked: Mapping[str, Any], found: Mapping[str, Sequence[InputImage]]) -> frozenset[str]:
    """Return the roles ("image", "mask", "markup") of a recipe's inputs of which not all are in the library."""
    listed = asked.get("inputs")
    roles = [str(one.get("role")) for one in (listed if isinstance(listed, list) else ()) if isinstance(one, Mapping)]
    return frozenset(role for role in roles if len(found.get(role, ())) < roles.count(role))


@dataclass(frozen=True)
class NextStep:
    """One next step from an image: its label, its page, and how the image is used there."""

    label: str
    icon: str
    page: str
    help: str
    adds: bool = False


NEXT_STEPS = (
    NextStep("Edit this", ":material/brush:", "edit", "As the image to edit, with an empty mask."),
    NextStep("Analyze this", ":material/visibility:", "analyze", "Ask a question about it."),
    NextStep(
        "Use as extra input",
        ":material/add_photo_alternate:",
        "edit",
        "Beside the images of the Edit page.",
        adds=True,
    ),
)


def follow(step: NextStep, output: StoredOutput) -> bool:
    """Leave an output for the page of a next step; return False if it cannot be an input, such as an SVG."""
    image = output_as_input(output)
    if image is None:
        return False
    _leave(step.page, (image,), None if step.adds else output.id, adds=step.adds)
    return True


def next_turn(output: StoredOutput) -> bool:
    """Leave an output for the Edit page as the image of a next turn; return False if it cannot be an input.

    The turns before go along where its connection takes them.
    """
    image, view = output_as_input(output), workbench().runner.view(output.run_id)
    if image is None or view is None:
        return False
    takes_turns = workbench().client.takes_turns(connections.of_run(view.connection_id))
    known = CATALOGUE.get(view.model)
    values = {"prompt": "", "n": 1, "context": WITH_TURNS if takes_turns else IMAGE_ONLY}
    if known is None or "edit" in known.operations:
        values["model"] = view.model
    leave_prefill(Prefill("edit", values, connection_id=view.connection_id, images=(image,), edited_output=output.id))
    return True


def put_all(operation: str, output_ids: Sequence[str]) -> bool:
    """Leave these outputs, each once, as images of the Edit or Analyze page; return False if none can be one."""
    library = workbench().library
    outputs = [output for one in output_ids if (output := library.output(one)) is not None]
    found = {image.sha256: (output, image) for output in outputs if (image := output_as_input(output)) is not None}
    if found:
        first = next(iter(found.values()))[0]
        _leave(operation, tuple(image for _, image in found.values()), first.id)
    return bool(found)


def _leave(operation: str, images: tuple[InputImage, ...], output_id: str | None, *, adds: bool = False) -> None:
    # A page that asks for addresses would not show files.
    values = {"input_type": "files"} if operation == "analyze" else {}
    leave_prefill(Prefill(operation, values, images=images, adds_images=adds, edited_output=output_id))


def page_of(operation: str) -> str:
    """Return the path of an operation's page for `st.switch_page`."""
    assert operation in OPERATIONS
    return f"../../pages/{operation}.py"
