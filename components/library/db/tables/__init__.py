"""Tables beside those of runs and outputs."""
