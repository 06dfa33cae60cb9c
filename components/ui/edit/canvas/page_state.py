"""What the session keeps of the canvas: its state, and the keys of its widgets. A purpose is "mask" or "markup"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from components.parameters import InputImage
from components.ui.edit.canvas.state import CanvasDrawing
from components.ui.session.state import DRAFT, page_state

DEFAULT_WIDTH = 640
DEFAULT_HEIGHT = 640


@dataclass
class CanvasState:
    """The drawings of one purpose by the SHA-256 of the image beneath."""

    drawings: dict[str, CanvasDrawing] = field(default_factory=dict, metadata=DRAFT)

    def held_inputs(self) -> Iterator[str]:
        """Yield the SHA-256 of the bases that the drawings lie on."""
        for step in (drawing.now for drawing in self.drawings.values()):
            under = step.selection.under if step.selection else None
            yield from (base for base in (step.base, under) if base is not None)


@dataclass
class Brush:
    """The last tool, size in pixels of the image, hardness in percent and color. Size 0: none was chosen yet."""

    tool: str = field(default="brush", metadata=DRAFT)
    size: int = field(default=0, metadata=DRAFT)
    hardness: int = field(default=100, metadata=DRAFT)
    color: str = field(default="#e0245e", metadata=DRAFT)


@dataclass
class CanvasSpace:
    """What the window has for a canvas, in CSS pixels."""

    width: int = DEFAULT_WIDTH
    height: int = DEFAULT_HEIGHT


def drawing_of(image: InputImage, purpose: str) -> CanvasDrawing:
    """Return the session's drawing over an image."""
    return page_state(CanvasState, purpose).drawings.setdefault(image.sha256, CanvasDrawing())


def canvas_key(image: InputImage, purpose: str) -> str:
    """Return the key of the canvas over an image; a new image needs a new one."""
    return f"canvas-{purpose}-{image.sha256[:12]}"


def tool_key(purpose: str) -> str:
    """Return the key of the choice of a tool."""
    return f"drawing.{purpose}.tool"


def brush_key(purpose: str) -> str:
    """Return the key of the brush size."""
    return f"drawing.{purpose}.brush"


def hardness_key(purpose: str) -> str:
    """Return the key of the brush's hardness."""
    return f"drawing.{purpose}.hardness"


def removes_key(purpose: str) -> str:
    """Return the key of the choice whether a click or a lasso adds or removes."""
    return f"drawing.{purpose}.removes"


def zoom_key(purpose: str) -> str:
    """Return the key of the zoom."""
    return f"drawing.{purpose}.zoom"


def color_key(purpose: str) -> str:
    """Return the key of the color."""
    return f"drawing.{purpose}.color"
