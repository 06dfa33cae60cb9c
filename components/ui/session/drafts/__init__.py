"""Drafts of a tab: kept while they are typed, restored after a reload or restart."""
