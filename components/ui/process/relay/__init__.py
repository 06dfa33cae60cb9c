"""Several app servers that share a library on PostgreSQL: each answers for the pages that another one has."""
