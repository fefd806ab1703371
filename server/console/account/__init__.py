"""Who one is at the console: signing in, passkeys, own sessions, showing again that it is you."""
