"""A town under simulated time: the real verbs and jobs on a real database, with everything that may go wrong."""
