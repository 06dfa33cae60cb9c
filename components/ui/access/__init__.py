"""Access control between the network and Streamlit, for HTTP and WebSocket."""
