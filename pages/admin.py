"""Admin: what the team uses, who waits, and what each person may use and spend."""

from components.ui.admin.tabs import draw_admin

draw_admin()
