"""The queue, a case, and the pack for a welfare check."""
