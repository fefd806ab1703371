"""The watcher of the watcher: a process of its own that asks the database whether what we promise holds.

It reads tables in plain SQL and imports nothing of cases, check-ins or delivery, so that a mistake in their rules is
not made a second time here. Numbers it shares with them (a lease, a job's beat) are written out again, and a test
compares the two.
"""
