"""Who gets in: what stands between the network and Streamlit, for HTTP and WebSocket alike."""
