"""The ASGI app: Streamlit's pages, further routes, middleware, startup and shutdown.

Start it with `streamlit run app.py` or `python app.py`.
"""

import streamlit as st

from components.ui.access.reachability import server_options
from components.ui.base.error_boundary import draw_unavailable
from components.ui.process.start_failure import or_end, read_or_end
from components.ui.routes.app_routes import lifespan, middleware, routes

app = st.App(
    "components/ui/shell.py",
    routes=routes,
    lifespan=or_end(lifespan),
    middleware=middleware,
    on_script_error=draw_unavailable,
)

if __name__ == "__main__":
    app.run(config=read_or_end(server_options))
