"""`/images/generations` and `/images/edits`: what they take, and the images that they answer with."""
