"""Library: everything that was run, by everyone, to be found and opened again."""

from components.ui.gallery import draw_filters, draw_gallery, draw_under_way

draw_under_way()
draw_gallery(draw_filters())
