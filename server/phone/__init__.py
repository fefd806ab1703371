"""The clients' app on the phone: static modules under /app, on the same /api/me as native apps."""
