"""Logging: one JSON line per event on standard error, with time, level, logger and words; ids only, never texts."""

import logging
import sys
from datetime import UTC, datetime

import msgspec


class JsonLines(logging.Formatter):
    """A record as one line of JSON; an exception keeps its traceback, without any local values."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, its time as aware UTC."""
        line = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": datetime.fromtimestamp(record.created, UTC),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        # A lone surrogate, as in the name of a file, has no JSON of its own.
        plain = {key: _sayable(value) if isinstance(value, str) else value for key, value in line.items()}
        return msgspec.json.encode(plain).decode()


def _sayable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def to_standard_error() -> logging.Handler:
    """The handler that writes these lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    return handler
