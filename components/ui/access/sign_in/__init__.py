"""Sign-in: who sends a request, checked before anything else answers it."""
