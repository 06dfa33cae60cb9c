"""Who changed what of a prompt: new versions, labels, tags, its name and its checks, newest first.

It is read from the audit trail, which keeps the newest entries of the whole team. Versions stay in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.library.queries.prompts import PromptVersion, StoredPrompt
from components.library.team.audit import MOST_LISTED, AuditEntry, AuditFilter, audit_page
from components.ui.base.deferred import deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.time_format import full_text, when_text
from components.ui.process.workbench import workbench
from components.ui.session.state import page_state

PER_PAGE = 10


@dataclass
class HistoryState:
    """Of which prompt the history is, and the cursors that led from its first page to the shown one."""

    prompt_id: str = ""
    cursors: tuple[str, ...] = ()


def tags_detail(before: Sequence[str], after: Sequence[str]) -> dict[str, Any]:
    """Return what an entry about changed tags says: the added and the removed ones."""
    added = [one for one in after if one not in before][:MOST_LISTED]
    removed = [one for one in before if one not in after][:MOST_LISTED]
    return {"added": added, "removed": removed}


def draw_history(prompt: StoredPrompt, versions: Sequence[PromptVersion]) -> None:
    """Draw a page of the prompt's changes; nothing if there has been none."""
    state = page_state(HistoryState)
    if state.prompt_id != prompt.id:
        state.prompt_id, state.cursors = prompt.id, ()
    # From the first version on, so that the search does not go through older entries.
    since = min(one.created for one in versions)
    wanted = AuditFilter(action="prompt.changed", target=prompt.id, since=since)
    after = state.cursors[-1] if state.cursors else None
    page = audit_page(workbench().full_library, wanted, after=after, limit=PER_PAGE)
    if not page.entries and not state.cursors:
        return
    st.markdown("**History**")
    with st.container(border=True, gap="small", key=f"prompt.history.{prompt.id}"):
        for entry in page.entries:
            by = f" by {escape(entry.person)}" if entry.person else ""
            st.markdown(
                f"{escape(changed_text(entry))} :gray[· {when_text(entry.created)}{by}]",
                help=full_text(entry.created),
            )
        if not page.entries:
            st.caption("No earlier changes.")
        if state.cursors or page.after:
            _draw_steps(prompt.id, state.cursors, page.after)


def _draw_steps(prompt_id: str, cursors: tuple[str, ...], after: str | None) -> None:
    with st.container(horizontal=True, gap="small"):
        for text, icon, to in (
            ("Newer", ":material/chevron_left:", cursors[:-1] if cursors else None),
            ("Older", ":material/chevron_right:", (*cursors, after) if after else None),
        ):
            st.button(
                text,
                icon=icon,
                type="tertiary",
                key=f"prompt.history.{text}.{prompt_id}",
                disabled=to is None,
                on_click=deferred(_go_to),
                args=(to,),
            )


def _go_to(cursors: tuple[str, ...]) -> None:
    page_state(HistoryState).cursors = cursors


def changed_text(entry: AuditEntry) -> str:
    """Return what an entry of the audit trail says was changed; also one that an earlier version wrote."""
    detail = entry.detail
    say = _TEXTS.get(str(detail.get("what")))
    return say(detail) if say is not None else "Changed"


def _version(detail: Mapping[str, Any]) -> str:
    return f"Version {detail.get('version')} added"


def _label(detail: Mapping[str, Any]) -> str:
    label, version = detail.get("label"), detail.get("version")
    return f"Label {label} removed" if version == "none" else f"Label {label} moved to version {version}"


def _tags(detail: Mapping[str, Any]) -> str:
    lists = {word: detail.get(word) or () for word in ("added", "removed")}
    parts = [f"{word} {', '.join(map(str, tags))}" for word, tags in lists.items() if tags]
    return f"Tags {'; '.join(parts) or 'changed'}"


def _checks(detail: Mapping[str, Any]) -> str:
    count = detail.get("count")
    return "Checks removed" if count == 0 else f"Checks changed: {count}"


_TEXTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "version": _version,
    "label": _label,
    "tags": _tags,
    "name": lambda _: "Renamed",
    "checks": _checks,
}
