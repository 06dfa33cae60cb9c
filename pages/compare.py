"""Compare: pictures beside each other, with what was asked differently."""

from components.ui.compare_page import draw_comparison

draw_comparison()
