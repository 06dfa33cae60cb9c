"""Who asks, and the runner as they see it."""
