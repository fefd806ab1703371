"""Every package's tables, imported so that the metadata is whole."""

from importlib import import_module

MODULES = (
    "server.core.audit",
    "server.people.models",
    "server.people.departed",
    "server.people.teams",
    "notifications.delivery.models",
    "notifications.delivery.staff_models",
    "crisisplans.models",
    "notifications.escalations.models",
    "notifications.escalations.oncall.models",
    "notifications.escalations.drills.models",
    "checkins.models",
    "server.worker_models",
)


def import_all() -> None:
    """Import the modules that declare tables."""
    for module in MODULES:
        import_module(module)
