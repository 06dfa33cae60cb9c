"""A sheet's cells sent as one batch: sent, followed over restarts, and saved like any other run."""
