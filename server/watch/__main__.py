"""`python -m server.watch`: the auditor, without loading anything of the service."""

from server.watch.command import audit_escalations

audit_escalations(prog_name="python -m server.watch")
