"""A whole library from one place to another: its rows, its files, and what shows that both arrived."""
