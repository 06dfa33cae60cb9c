"""Images by /responses with the image generation tool, over several turns."""
