"""Runs on several machines that share a library on PostgreSQL."""
