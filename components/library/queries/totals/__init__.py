"""Sums over runs: spending, usage, figures for monitoring."""
