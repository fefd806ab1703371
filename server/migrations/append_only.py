"""Tables whose rows may be added and never changed or removed: triggers refuse it on both databases."""

from alembic import op

APPEND_ONLY = (
    *("audit", "audit_seals", "plan_revisions", "plan_reviews", "answers", "flags", "case_events"),
    *("consents", "plan_uses", "plan_copies"),
)
"""Answers and flags too: what a client told us is never rewritten. Nor is what they agreed to, and when."""


def protect() -> None:
    """Add the triggers."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "create function handrail_append_only() returns trigger language plpgsql as "
            "$$ begin raise exception '% rows are never changed', tg_table_name; end $$"
        )
    for table in APPEND_ONLY:
        if postgresql:
            op.execute(
                f"create trigger append_only before update or delete on {table} "
                "for each row execute function handrail_append_only()"
            )
            continue
        for verb in ("update", "delete"):
            op.execute(
                f"create trigger {table}_no_{verb} before {verb} on {table} "
                f"begin select raise(abort, '{table} rows are never changed'); end"
            )
