"""A conversation about images: each run names the one it follows, back to the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.runs import RunView
from components.ui.process.workbench import workbench

# What is asked when an answer was cut off. It stands in the conversation, but is not shown as a question.
CONTINUE = "Continue exactly where your answer stopped. Do not repeat anything and do not comment on it."
LONGEST = 200


@dataclass(frozen=True)
class ThreadEntry:
    """One run of a thread: the question as sent, the question as shown, and the answer."""

    view: RunView
    sent: str
    shown: str
    answer: str
    is_continuation: bool

    @property
    def run_id(self) -> str:
        """Return the run's id."""
        return self.view.id


def _entry(view: RunView) -> ThreadEntry:
    extra = view.extra or {}
    is_continuation = bool(extra.get("going_on"))
    checks = extra.get("checks")
    note = str(extra.get("question") or "")
    shown = "\n".join(f"• {check}" for check in checks) if checks else note or view.prompt
    return ThreadEntry(view, view.prompt, "" if is_continuation else shown, view.text, is_continuation)


def thread_of(view: RunView) -> list[ThreadEntry]:
    """Return the thread up to and including this run, oldest first; a missing run cuts off what is before it."""
    thread, seen = [_entry(view)], {view.id}
    current: RunView | None = view
    while current is not None and len(thread) < LONGEST:
        parent = (current.extra or {}).get("parent")
        if not isinstance(parent, str) or parent in seen:
            break
        seen.add(parent)
        current = workbench().runner.view(parent)
        if current is not None:
            thread.append(_entry(current))
    return thread[::-1]


def history_of(thread: Sequence[ThreadEntry]) -> tuple[tuple[str, str], ...]:
    """Return a thread as the client sends it, without unanswered questions, since roles must alternate.

    The images belong to the first question that is sent.
    """
    return tuple(
        pair for entry in thread if entry.answer.strip() for pair in (("user", entry.sent), ("assistant", entry.answer))
    )


def joined(before: str, after: str) -> str:
    """Join an answer and its continuation."""
    if not before or not after or before[-1].isspace() or after[0].isspace() or not after[0].isalnum():
        return before + after
    return f"{before} {after}"


def answer_so_far(view: RunView) -> str:
    """Return what a run has answered until now, together with the answer that it continues."""
    if not (view.extra or {}).get("going_on"):
        return view.text
    return as_shown(thread_of(view))[-1].answer


@dataclass(frozen=True)
class Shown:
    """A question and its complete answer, with continuations."""

    question: str
    answer: str


def as_shown(thread: Sequence[ThreadEntry]) -> list[Shown]:
    """Return the thread as people read it, with each continuation joined to its answer."""
    shown: list[Shown] = []
    for entry in thread:
        if entry.is_continuation and shown:
            shown[-1] = Shown(shown[-1].question, joined(shown[-1].answer, entry.answer))
        else:
            shown.append(Shown(entry.shown, entry.answer))
    return shown
