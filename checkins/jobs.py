"""What the worker does for check-ins. Every job may be late, run twice, or run on several nodes at once."""

from checkins.broken import counted as set_aside
from checkins.opening import open_due, remind_due
from checkins.resting import Walk, replan_moved
from checkins.silence import close_missed
from server.core.db import Database

__all__ = ["Walk", "close_missed", "housekeeping", "open_due", "remind_due", "replan_moved", "set_aside"]


def housekeeping(db: Database, walk: Walk | None = None) -> None:
    """Once a minute: follow clients who have moved to another zone, a piece of the walk at a time."""
    replan_moved(db, walk)
