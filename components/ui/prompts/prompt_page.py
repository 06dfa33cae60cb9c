"""One saved prompt: a version to use or to change on the left, its versions and results on the right."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from components.checks import title
from components.library.prompts.prompt_checks import Check as KeptCheck
from components.library.prompts.prompt_checks import keep_checks, prompt_checks_of
from components.library.prompts.prompt_store import (
    LONGEST_NAME,
    delete_prompt,
    rename_prompt,
    set_label,
    tag_prompt,
)
from components.library.queries.prompts import (
    PromptVersion,
    StoredPrompt,
    find_prompt,
    outputs_of_version,
    prompt_tag_counts,
    versions_of,
)
from components.parameters import diff_recipes
from components.ui.base.deferred import deferred, peek
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.time_format import full_text, when_text
from components.ui.base.page_layout import workspace
from components.ui.base.page_titles import set_title
from components.ui.base.thumbnail_row import Thumbnail, draw_row, thumb_of
from components.ui.process.workbench import workbench
from components.ui.prompts.history import draw_history, tags_detail
from components.ui.prompts.prompt_list import PromptListState, draw_refusal, show_prompt
from components.ui.prompts.version import draw_version
from components.ui.results.actions import page_of
from components.ui.results.stage.changes import marked_prompt
from components.ui.session.address import RUN
from components.ui.session.owner import note_action, owner, person
from components.ui.session.personal.visibility import why_not
from components.ui.session.state import page_state

USUAL_LABELS = ("production", "draft")


def draw_prompt(prompt_id: str) -> None:
    """Draw a prompt's page, or a message if it does not exist."""
    st.button(
        "All prompts",
        icon=":material/arrow_back:",
        type="tertiary",
        key="prompt.back",
        on_click=deferred(show_prompt),
        args=("",),
    )
    library = workbench().library
    prompt = find_prompt(library, prompt_id)
    if prompt is None:
        draw_empty_state(
            "This prompt does not exist. It was deleted, or the link is incomplete.", icon=":material/link_off:"
        )
        return
    set_title(prompt.name, "Prompts")
    versions = versions_of(library, prompt_id)
    _draw_head(prompt)
    draw_refusal()
    left, right = workspace()
    with left:
        shown = _draw_choice(prompt, versions)
        draw_version(prompt, shown)
    with right:
        _draw_labels(prompt, shown)
        _draw_results(prompt, shown)
        _draw_checks(prompt)
        _draw_differences(versions, shown)
        draw_history(prompt, versions)


def _draw_head(prompt: StoredPrompt) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(escape(prompt.name), anchor=False)
        if person().may_run:
            _draw_change(prompt)
    if prompt.tags:
        st.markdown(" ".join(f":gray-badge[{escape(tag)}]" for tag in prompt.tags))


def _draw_change(prompt: StoredPrompt) -> None:
    library, refusal = workbench().library, why_not("prompt", [prompt.id])
    with st.popover("Change", icon=":material/edit:", key=f"prompt.change.{prompt.id}"):
        key = f"prompt.name.{prompt.id}"
        st.text_input(
            "Name",
            prompt.name,
            key=key,
            max_chars=LONGEST_NAME,
            on_change=_change,
            args=("name", prompt, key),
            disabled=bool(refusal),
            help=refusal or None,
        )
        key = f"prompt.tags.{prompt.id}"
        st.multiselect(
            "Tags",
            sorted({*prompt_tag_counts(library), *prompt.tags}),
            default=list(prompt.tags),
            key=key,
            accept_new_options=True,
            placeholder="choose, or type a new one",
            on_change=_change,
            args=("tags", prompt, key),
        )
        st.caption("Deletes all versions. Runs made from them stay.")
        st.button(
            "Delete prompt",
            icon=":material/delete:",
            key=f"prompt.delete.{prompt.id}",
            on_click=reports_unavailable(_delete),
            args=(prompt.id,),
            disabled=bool(refusal),
            help=refusal or None,
        )


@reports_unavailable
def _change(what: str, prompt: StoredPrompt, key: str) -> None:
    given = peek(key)
    try:
        _CHANGES[what](workbench().library, prompt.id, given)
    except ValueError as refusal:
        page_state(PromptListState).refused = str(refusal)
        st.session_state.pop(key, None)
        return
    more = tags_detail(prompt.tags, given) if what == "tags" else {}
    note_action("prompt.changed", prompt.id, {"what": what, **more})


_CHANGES: Mapping[str, Callable[..., None]] = {"name": rename_prompt, "tags": tag_prompt}


def _delete(prompt_id: str) -> None:
    delete_prompt(workbench().library, prompt_id)
    note_action("prompt.deleted", prompt_id)
    show_prompt("")


def _draw_choice(prompt: StoredPrompt, versions: list[PromptVersion]) -> PromptVersion:
    """Draw the choice of a version and return it; a new version is selected when it is added."""
    by_number = {one.number: one for one in versions}
    labels = {number: [one.label for one in prompt.labels if one.number == number] for number in by_number}

    def named(number: int) -> str:
        one = by_number[number]
        by = f" by {one.owner}" if one.owner else ""
        return " · ".join([f"Version {number}", *labels[number], f"{when_text(one.created)}{by}"])

    number = st.selectbox(
        "Version", list(by_number), format_func=named, key=f"prompt.version.{prompt.id}.{len(versions)}"
    )
    return by_number[number]


def _draw_labels(prompt: StoredPrompt, shown: PromptVersion) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Labels**", width="content")
        for one in prompt.labels:
            by = f" by {one.owner}" if one.owner else ""
            text = f"{one.label}: version {one.number}"
            st.markdown(
                f":blue-badge[{escape(text)}]", width="content", help=f"Moved {full_text(one.moved)}{escape(by)}."
            )
        if not person().may_run:
            return
        with st.popover(
            "Move a label here", icon=":material/label:", type="tertiary", key=f"prompt.labels.{prompt.id}"
        ):
            known = list(dict.fromkeys([*(one.label for one in prompt.labels), *USUAL_LABELS]))
            label = st.selectbox(
                "Label",
                known,
                index=None,
                key=f"prompt.label.{prompt.id}",
                accept_new_options=True,
                placeholder="choose, or type a new one",
            )
            stands = next((one.number for one in prompt.labels if one.label == label), None)
            with st.container(horizontal=True):
                for text, number, off in (
                    (f"Move to version {shown.number}", shown.number, stands == shown.number),
                    ("Remove the label", None, stands is None),
                ):
                    st.button(
                        text,
                        key=f"prompt.label.{prompt.id}.{number is None}",
                        disabled=not label or off,
                        on_click=_move_label,
                        args=(prompt.id, f"prompt.label.{prompt.id}", number),
                    )


@reports_unavailable
def _move_label(prompt_id: str, key: str, number: int | None) -> None:
    label = str(peek(key) or "")
    try:
        set_label(workbench().library, prompt_id, label, number, owner=owner())
    except ValueError as refusal:
        page_state(PromptListState).refused = str(refusal)
        return
    note_action("prompt.changed", prompt_id, {"what": "label", "label": label, "version": number or "none"})


def _draw_results(prompt: StoredPrompt, shown: PromptVersion) -> None:
    found = outputs_of_version(workbench().library, prompt.id, shown.number)
    st.markdown(f"**Results of version {shown.number}**")
    if not found:
        st.caption("None yet. Images made from this version appear here.")
        return
    tiles = [Thumbnail(one.id, "Open its run", thumb_of(one)) for one in found]
    opened = draw_row(f"prompt.results.{prompt.id}", tiles, many=True)
    if opened and (output := workbench().library.output(opened)) is not None:
        run = workbench().library.run(output.run_id)
        if run is not None:
            st.switch_page(page_of(run.operation), query_params={RUN: run.id})


def _draw_checks(prompt: StoredPrompt) -> None:
    """Draw the checks that new sheets of the prompt begin with; nothing without any."""
    library = workbench().library
    checks = prompt_checks_of(library, prompt.id)
    if not checks:
        return
    st.markdown("**Checks**")
    st.caption("New sheets of this prompt begin with these. A sheet's Checks panel can replace them.")
    for place, (kind, settings) in enumerate(checks):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(escape(title(kind, settings)))
            if not person().may_run:
                continue
            rest = [one for at, one in enumerate(checks) if at != place]
            st.button(
                "Remove",
                icon=":material/close:",
                type="tertiary",
                key=f"prompt.checks.remove.{prompt.id}.{place}",
                on_click=reports_unavailable(_keep_checks),
                args=(prompt.id, rest),
            )


def _keep_checks(prompt_id: str, checks: list[KeptCheck]) -> None:
    keep_checks(workbench().library, prompt_id, checks)
    note_action("prompt.changed", prompt_id, {"what": "checks", "count": len(checks)})


def _draw_differences(versions: list[PromptVersion], shown: PromptVersion) -> None:
    """Draw every version with what it changed of the one before, or of the one that is chosen."""
    if len(versions) < 2:
        return
    others = {one.number: one for one in versions if one.number != shown.number}
    before = next((number for number in others if number < shown.number), next(iter(others)))
    numbers = list(others)
    number = st.selectbox(
        f"Compare version {shown.number} with",
        numbers,
        index=numbers.index(before),
        format_func=lambda one: f"Version {one}",
        key=f"prompt.compared.{shown.prompt_id}.{shown.number}",
        width=260,
    )
    other = others[number]
    changed = diff_recipes(other.recipe, shown.recipe)
    if changed.is_empty:
        st.caption("Nothing: text and parameters are the same.")
        return
    with st.container(border=True, gap="small"):
        if other.text == shown.text:
            st.caption("The text is the same.")
        else:
            st.markdown(marked_prompt(other.text, shown.text))
        for one in changed.values:
            values = ["default" if value is None else str(value) for value in (one.before, one.after)]
            st.markdown(f"{escape(one.label)}: :red[~~{escape(values[0])}~~] :green[**{escape(values[1])}**]")
