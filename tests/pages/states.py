"""The typed states that a session under test holds."""

from __future__ import annotations

from typing import TypeVar, cast

from streamlit.testing.v1 import AppTest

from components.parameters import InputImage
from components.ui.inputs.image_inputs import InputsState
from components.ui.session.state import state_key

S = TypeVar("S")


def state_of(app: AppTest, kind: type[S], part: str = "") -> S:
    """Return what `page_state` returns within the app, made where the session has none yet."""
    key = state_key(kind, part)
    if key not in app.session_state:
        app.session_state[key] = kind()
    return cast(S, app.session_state[key])


def input_images_of(app: AppTest, operation: str) -> list[InputImage]:
    """Return the input images of an operation, in order."""
    return [entry.image for entry in state_of(app, InputsState, operation).entries]
