"""Practice: start a drill, answer one, and see who took how long."""
