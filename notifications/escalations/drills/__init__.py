"""Practice: a case without a client that calls whoever is on duty, and keeps how long each of them took."""
