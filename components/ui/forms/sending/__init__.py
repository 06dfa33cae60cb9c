"""What follows the press of the run button: checks, the submission, and what is held back for a question."""
