"""Compare: images side by side, with the differences of their requests."""

from components.ui.compare.comparison import draw_comparison

draw_comparison()
