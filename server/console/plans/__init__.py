"""The plan: read, written, merged, published."""
