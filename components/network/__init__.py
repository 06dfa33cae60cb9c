"""Rules for network addresses and host names, shared by the app's server, its client and the engine."""
