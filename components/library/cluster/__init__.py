"""What several app servers and workers share through PostgreSQL besides the library itself.

Everything here is temporary: who is alive, which runs wait, who works on which, what a run in progress shows.
"""
