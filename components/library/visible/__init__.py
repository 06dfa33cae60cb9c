"""The library as one person sees it."""
