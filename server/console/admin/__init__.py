"""Staff, care teams in bulk, the programme's settings, channels, keys and health."""
