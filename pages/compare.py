"""Compare: images beside each other, with what was asked differently."""

from components.ui.compare.comparison import draw_comparison

draw_comparison()
