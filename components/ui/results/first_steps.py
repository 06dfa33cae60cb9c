"""What a page shows before the first run: what it does, and prompts to try."""

from __future__ import annotations

import streamlit as st

from components.ui.base.deferred import deferred
from components.ui.forms.fill import fill_with_example

FIRST_STEPS = {
    "generate": (
        "Your images will appear here",
        "Write what you want to see, then press Generate. Each run is kept, even when you close this tab.",
        (
            "A paper rocket on a launch pad at dawn, soft fog, long shadows, muted palette",
            "A quiet harbor town in watercolor, evening light, two small boats",
            "A bold geometric poster of a mountain under a red sun, risograph grain",
        ),
    ),
    "analyze": (
        "The answer will appear here",
        "Add images on the left, ask what you want to know, then press Analyze. Each answer is kept.",
        (
            "What's in this image?",
            "Write all the text in this image, line by line.",
            "Describe this image as a prompt that would let an image model make it again.",
        ),
    ),
}
FIELDS = {"analyze": "text"}


def draw_first_steps(operation: str) -> None:
    """Draw one sentence, and prompts that a click puts into the form."""
    title, sentence, prompts = FIRST_STEPS[operation]
    with st.container(border=True, key=f"empty.{operation}"):
        st.subheader(title)
        st.caption(sentence)
        for place, prompt in enumerate(prompts):
            st.button(
                prompt,
                key=f"empty.{operation}.{place}",
                icon=":material/lightbulb:",
                type="tertiary",
                on_click=deferred(fill_with_example),
                args=(operation, {FIELDS.get(operation, "prompt"): prompt}),
                wrap=True,
            )
