"""How the tests are set up and run: their environment, layers, linters and locks."""
