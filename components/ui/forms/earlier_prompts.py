"""Earlier prompts of an operation, for the keys that recall them in the prompt's field."""

from __future__ import annotations

from itertools import accumulate

from components.library import LibraryUnavailable
from components.library.queries.recent import Owned, recent_prompts
from components.parameters.sheets import as_written
from components.ui.process.workbench import workbench
from components.ui.session.owner import begun_here, owner

SEARCHED = 40  # runs
MAX_CHARACTERS = 60_000  # of all prompts together: they are sent to the browser with every rerun


def earlier_prompts(operation: str, *, reads_braces: bool) -> list[str]:
    """Return different prompts, the newest first: those of the person here, or everyone's where they have none.

    Where the field `reads_braces`, they are written so that it reads what was sent.
    """
    library, mine = workbench().library, Owned(owner(), frozenset(begun_here()))
    try:
        found = recent_prompts(library, operation, SEARCHED, mine) if mine.name or mine.ids else []
        found = found or recent_prompts(library, operation, SEARCHED)
    except LibraryUnavailable:
        return []  # the page shows this error already
    prompts = list(dict.fromkeys(prompt for prompt in found if prompt.strip()))
    prompts = [as_written(prompt) for prompt in prompts] if reads_braces else prompts
    lengths = accumulate(map(len, prompts))
    return [prompt for prompt, length in zip(prompts, lengths, strict=True) if length <= MAX_CHARACTERS]
