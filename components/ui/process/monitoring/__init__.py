"""What operators watch: readiness and metrics."""
