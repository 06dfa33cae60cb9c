"""The Admin page: usage, queue, limits, budgets, people. Every act checks that the person is an admin."""
