"""A process that works on the runs of a library on PostgreSQL."""
