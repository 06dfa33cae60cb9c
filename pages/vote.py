"""Vote: pairs of a sheet's images without their names, then the ranking. It is reached from a sheet, or by its link."""

from components.ui.sheets.vote.page import draw_vote

draw_vote()
