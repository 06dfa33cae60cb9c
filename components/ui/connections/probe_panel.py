"""What a connection's server can do: what is known of it, the requests that would find it out, and their price."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import streamlit as st

from components.client import Connection
from components.parameters import CAPABILITIES, Capability, Finding, Findings, menu_models
from components.parameters.capabilities import NO, YES
from components.runs.probing.plan import Price, chosen, price_of, steps_for
from components.runs.probing.probe_view import ProbeView
from components.ui.base.deferred import deferred, perform_deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars
from components.ui.base.formatting.sentence import capitalized
from components.ui.forms.combobox import Option, draw_combobox, typed_in
from components.ui.forms.model_menu import listed_models
from components.ui.process.workbench import workbench
from components.ui.session.owner import note_action, owner, person
from components.ui.session.team_rules import open_models

POLL_SECONDS = 0.7
NONE = "none"

_SOURCES: Mapping[str, str] = {
    "probe": "",
    "run": "from a run",
    "operator": "set in secrets.toml",
    "person": "tried with the next run",
}
_MARKS: Mapping[bool, str] = {True: ":green[:material/check:]", False: ":orange[:material/block:]"}


def draw_probe(connection: Connection) -> None:
    """Draw what is known of a server, and the probe that finds out more; while one is under way, its progress."""
    view = workbench().probes.view(connection)
    is_running = view is not None and view.state == "running"
    if view is None:
        workbench().capabilities.read_again()  # another process may have asked
    st.fragment(_draw, run_every=POLL_SECONDS if is_running else None)(connection, is_running)


def _draw(connection: Connection, is_running: bool) -> None:
    perform_deferred()
    view = workbench().probes.view(connection)
    runs = view is not None and view.state == "running"
    if runs != is_running:
        st.rerun()  # the page polls while a probe runs
    if view is not None and runs:
        _draw_progress(connection, view)
        return
    if view is not None:
        _draw_end(connection, view)
    image_model, vision_model = _draw_models(connection)
    names = steps_for(image_model, vision_model)
    known = workbench().capabilities.known
    _draw_known({**known(connection, vision_model), **known(connection, image_model)})
    _draw_request(connection, names, image_model, vision_model)


def _draw_progress(connection: Connection, view: ProbeView) -> None:
    done = len(view.answers)
    current = CAPABILITIES[view.current].label if view.current else "starting"
    st.progress(
        min(done / max(len(view.steps), 1), 1.0), f"{done} of {len(view.steps)} answered. Now: {escape(current)}"
    )
    st.caption(f"You can go on working. {_spent(connection, view)}")
    may_cancel = person().may_change(view.owner)
    st.button(
        "Cancel",
        key=f"probe.cancel.{connection.id}",
        on_click=deferred(_cancel),
        args=(connection,),
        disabled=not may_cancel,
        help=None if may_cancel else "Only the person who sent these requests and admins can do this.",
    )


def _cancel(connection: Connection) -> None:
    view = workbench().probes.view(connection)
    if view is None or view.state != "running" or not person().may_change(view.owner):
        return
    workbench().probes.cancel(connection)
    note_action("connection.probe_cancelled", connection.name, {"owner": view.owner})


def _draw_end(connection: Connection, view: ProbeView) -> None:
    count = f"{len(view.answers)} of {len(view.steps)} answered"
    if view.state == "done":
        st.markdown(f":green[:material/check_circle:] Done. {_spent(connection, view)}")
    elif view.state == "cancelled":
        st.markdown(f":orange[:material/cancel:] Cancelled: {count}. {_spent(connection, view)}")
    else:
        st.markdown(f":red[:material/error: {escape(view.error)}] {count}. {_spent(connection, view)}")
    open_ones = [one for one in view.answers if not one.values and one.note]
    for answer in open_ones:
        st.caption(f"{escape(CAPABILITIES[answer.capability].label)} is not known: {escape(answer.note)}")


def _spent(connection: Connection, view: ProbeView) -> str:
    """Return what the probe has cost."""
    requests = f"{view.requests} {'request' if view.requests == 1 else 'requests'}"
    if connection.source == "built-in":
        return f"{requests}, free."
    more = f", and {view.unpriced} of no known price" if view.unpriced else ""
    return escape(f"{requests}: {dollars(view.cost)}{more}.")


def _draw_models(connection: Connection) -> tuple[str, str]:
    """Draw the choice of the models to ask; return the one for images and the one for questions, empty for none."""
    images, questions = st.columns(2, gap="small")
    with images:
        image_model = _draw_model(connection, "generate", "Model for images")
    with questions:
        vision_model = _draw_model(connection, "analyze", "Model for questions")
    return image_model, vision_model


def _draw_model(connection: Connection, operation: str, label: str) -> str:
    """Draw the choice of one model, and return it: at first the first that the server has."""
    key = f"probe.{operation}.{connection.id}"
    listed = menu_models(operation, listed_models(connection), date.today())
    options = [*open_models(connection.id, listed), NONE]
    typed = typed_in(key)
    model = typed.value if typed is not None and typed.count else options[0]
    draw_combobox(
        label,
        [Option(name) for name in options],
        key=key,
        value=model,
        help=f"“{NONE}” leaves these requests out.",
        free=True,
        on_change=_nothing,
        args=(),
    )
    return "" if model == NONE else model


def _nothing() -> None:
    """Let the fragment run: it reads what was typed."""


def _draw_known(findings: Findings) -> None:
    """Draw a row for each capability that is known."""
    rows = [(capability, findings[name]) for name, capability in CAPABILITIES.items() if name in findings]
    if not rows:
        st.caption("Nothing is known of this server yet.")
        return
    lines = [" | ".join(_cells(capability, finding)) for capability, finding in rows]
    st.markdown("| What | Answer |\n|---|---|\n" + "\n".join(f"| {one} |" for one in lines))


def _cells(capability: Capability, finding: Finding) -> tuple[str, str]:
    words = {YES: "yes", NO: "no"}.get(finding.value, finding.value)
    day = datetime.fromtimestamp(finding.found).date().isoformat() if finding.found else ""
    since = ", ".join(one for one in (day, _SOURCES[finding.source]) if one)
    notes = " ".join(one for one in (f"{since}.", finding.note, capability.values[finding.value]) if one)
    mark = _MARKS[finding.value == capability.usual]
    if finding.source == "person":
        mark, words = ":gray[:material/help:]", "not known"
    answer = f"{mark} {escape(words)} :small[:gray[{escape(notes.replace(chr(10), ' '))}]]"
    return f":small[{escape(capability.label)}]", answer


# What may follow a step, by the step.
_MORE = {"generate": "response_format", "chat": "token_limit"}


def _draw_request(connection: Connection, names: list[str], image_model: str, vision_model: str) -> None:
    """Draw the requests that a probe would send, their price, and the button that confirms both."""
    if not names or connection.problem:
        return
    picked = st.pills(
        "What to ask",
        names,
        default=names,
        format_func=lambda name: CAPABILITIES[name].label,
        selection_mode="multi",
        key=f"probe.steps.{connection.id}.{image_model}.{vision_model}",
    )
    steps = [step.capability for step in chosen(picked or ()) if step.capability in names]
    sent = "\n".join(f"1. {escape(CAPABILITIES[name].probe)}" for name in steps)
    price = price_of(steps, image_model, vision_model)
    with st.expander(f"The {price.requests} requests", type="compact"):
        st.markdown(sent or "None.")
        for more in (CAPABILITIES[more].probe for name, more in _MORE.items() if name in steps):
            st.caption(escape(f"{capitalized(more)}."))
        st.caption("At the lowest quality and the smallest size. The images are measured and not kept.")
    st.markdown(f"{price.requests} requests. {_price_text(connection, price)}")
    st.button(
        f"Send {price.requests} requests",
        type="primary",
        disabled=not steps,
        key=f"probe.start.{connection.id}",
        on_click=deferred(_start),
        args=(connection, steps, image_model, vision_model),
    )


def _price_text(connection: Connection, price: Price) -> str:
    """Return what the requests cost at most, as Markdown."""
    if connection.source == "built-in":
        return "Free on the built-in engine."
    if price.unpriced == price.requests:
        return "**No price is known for these models**; the server's own prices hold. A refusal costs nothing."
    rest = f", and {price.unpriced} without a known price" if price.unpriced else ""
    again = f"; one more image, {dollars(price.again)}, if the server answers with links" if price.again else ""
    text = f"**About {escape(dollars(price.dollars))}{rest}**; input images come on top{escape(again)}."
    return f"{text} A refusal costs nothing."


def _start(connection: Connection, steps: list[str], image_model: str, vision_model: str) -> None:
    workbench().probes.start(connection, steps, image_model, vision_model, owner())
    note_action("connection.probed", connection.name, {"requests": len(steps), "server": connection.base_url})
