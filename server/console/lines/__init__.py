"""The table of crisis lines and its import."""
