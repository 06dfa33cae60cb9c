"""What the library stores about the team."""
