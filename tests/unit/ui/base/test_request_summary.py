"""What a run was asked, in one line beside its prompt."""

from __future__ import annotations

from typing import Any

import pytest

from components.runs import RunView
from components.ui.base.request_summary import request_line


def view(model: str, values: dict[str, Any], *, operation: str = "generate", inputs: tuple[str, ...] = ()) -> RunView:
    """A run with these values, and files in these roles."""
    asked = {"operation": operation, "model": model, "values": values, "inputs": [{"role": one} for one in inputs]}
    return RunView(
        id="1",
        operation=operation,
        model=model,
        connection_id="built-in",
        connection_name="Built-in engine",
        owner="",
        state="done",
        created=0.0,
        started=None,
        ended=None,
        recipe=asked,
        n=1,
        prompt="A boat",
    )


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (view("gpt-image-2", {"prompt": "A boat", "size": "auto", "n": 1}), "gpt-image-2"),
        (
            view("gpt-image-2", {"size": "1536x1024", "n": 2, "quality": "high", "output_field": "photo"}),
            "gpt-image-2 · Size 1536x1024 · Number of images 2 · Quality high",
        ),
        (
            view("gpt-image-1", {"input_fidelity": "high"}, operation="edit", inputs=("image", "image", "mask")),
            "gpt-image-1 · Input fidelity high · 2 input images, mask",
        ),
        (
            view("gpt-4o", {"detail": "low", "image_urls": ["https://a.b/c"]}, operation="analyze"),
            "gpt-4o · Detail low · 1 input image",
        ),
    ],
)
def test_the_line_names_the_model_and_what_is_not_the_default(run: RunView, line: str) -> None:
    """Defaults, the prompt and what only automation needs are left out."""
    assert request_line(run) == line
