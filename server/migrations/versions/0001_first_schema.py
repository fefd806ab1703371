"""The first schema"""

import sqlalchemy as sa
from alembic import op

from server.core import tables
from server.migrations.append_only import protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("at", tables.UTCDateTime(), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", tables.Id(), nullable=True),
        sa.Column("programme_id", tables.Id(), nullable=True),
        sa.Column("client_id", tables.Id(), nullable=True),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("row_id", tables.Id(), nullable=True),
        sa.Column("session_id", tables.Id(), nullable=True),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_actor_id_what_at"),
            ["actor_id", "what", "at"],
            unique=False,
            sqlite_where=sa.text("actor_kind = 'staff'"),
            postgresql_where=sa.text("actor_kind = 'staff'"),
        )
        batch_op.create_index(batch_op.f("ix_audit_client_id_number"), ["client_id", "number"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_audit_programme_id_number"), ["programme_id", "number"], unique=False
        )

    op.create_table(
        "audit_seals",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_row", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("late", sa.JSON(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", tables.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seals")),
    )
    op.create_table(
        "installation",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("keys_check", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "job_runs",
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("finished_at", tables.UTCDateTime(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_job_runs")),
    )
    op.create_table(
        "programmes",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("emergency_contact", sa.LargeBinary(), nullable=True),
        sa.Column("emergency_contact_trial", tables.Id(), nullable=True),
        sa.Column("emergency_contact_proved_at", tables.UTCDateTime(), nullable=True),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.Column("calendar_mark", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
    )
    op.create_table(
        "served_channels",
        sa.Column(
            "channel",
            sa.Enum(
                "fcm",
                "webpush",
                "email",
                "sms",
                "voice",
                "console",
                name="channelname",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("served_at", tables.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_served_channels")),
    )
    op.create_table(
        "soundings",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("started_at", tables.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_soundings")),
        sa.UniqueConstraint("turn", name=op.f("uq_soundings_turn")),
    )
    with op.batch_alter_table("soundings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_soundings_started_at"), ["started_at"], unique=False)

    op.create_table(
        "throttles",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("window_ends_at", tables.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttles")),
    )
    with op.batch_alter_table("throttles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_throttles_window_ends_at"), ["window_ends_at"], unique=False)

    op.create_table(
        "crisis_lines",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("line", sa.JSON(), nullable=False),
        sa.Column("check_again_by", sa.Date(), nullable=False),
        sa.Column("updated_at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_crisis_lines_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crisis_lines")),
        sa.UniqueConstraint("programme_id", "key", name=op.f("uq_crisis_lines_programme_id_key")),
    )
    with op.batch_alter_table("crisis_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_crisis_lines_check_again_by"), ["check_again_by"], unique=False)

    op.create_table(
        "rota_looks",
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=False),
        sa.Column("looked_at", tables.UTCDateTime(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_rota_looks_programme_id")),
        sa.PrimaryKeyConstraint("programme_id", "looked_on", name=op.f("pk_rota_looks")),
    )
    op.create_table(
        "duty_looks",
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("looked_at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_duty_looks_programme_id")),
        sa.PrimaryKeyConstraint("programme_id", name=op.f("pk_duty_looks")),
    )
    op.create_table(
        "staff",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "client",
                "case_manager",
                "clinician",
                "supervisor",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("email_index", sa.LargeBinary(), nullable=False),
        sa.Column("email_proved_at", tables.UTCDateTime(), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed_at", tables.UTCDateTime(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.Column("left_at", tables.UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_staff_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email_index", "programme_id", name=op.f("uq_staff_email_index_programme_id")),
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_staff_programme_id_role"), ["programme_id", "role"], unique=False
        )

    op.create_table(
        "teams",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_teams_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("programme_id", "name", name=op.f("uq_teams_programme_id_name")),
    )
    op.create_table(
        "absences",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("person", tables.Id(), nullable=False),
        sa.Column("from_at", tables.UTCDateTime(), nullable=False),
        sa.Column("to_at", tables.UTCDateTime(), nullable=False),
        sa.Column("backup", tables.Id(), nullable=True),
        sa.Column("made_by", tables.Id(), nullable=True),
        sa.Column("made_at", tables.UTCDateTime(), nullable=False),
        sa.Column("withdrawn_by", tables.Id(), nullable=True),
        sa.Column("withdrawn_at", tables.UTCDateTime(), nullable=True),
        sa.CheckConstraint("to_at > from_at", name=op.f("ck_absences_ends_after_start")),
        sa.ForeignKeyConstraint(["backup"], ["staff.id"], name=op.f("fk_absences_backup")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_absences_made_by")),
        sa.ForeignKeyConstraint(["person"], ["staff.id"], name=op.f("fk_absences_person")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_absences_programme_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["staff.id"], name=op.f("fk_absences_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_absences_programme_id_to_at"), ["programme_id", "to_at"], unique=False
        )

    op.create_table(
        "call_links",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "use",
            sa.Enum("page", "voice", name="linkuse", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("call_number", sa.Integer(), nullable=False),
        sa.Column("expires_at", tables.UTCDateTime(), nullable=False),
        sa.Column("used_at", tables.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_call_links_staff_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_call_links")),
    )
    with op.batch_alter_table("call_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_links_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "clients",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column(
            "language",
            sa.Enum("en", "es", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "risk_level",
            sa.Enum(
                "low",
                "moderate",
                "high",
                name="risklevel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at_risk_since", tables.UTCDateTime(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("team_id", tables.Id(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("collateral_contacts", sa.LargeBinary(), nullable=True),
        sa.Column("plan_revision", sa.Integer(), nullable=False),
        sa.Column("plan_review_due_on", sa.Date(), nullable=True),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.Column("discharged_at", tables.UTCDateTime(), nullable=True),
        sa.Column("readmitted_at", tables.UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_clients_programme_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_clients_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clients_phone_index"), ["phone_index"], unique=False)
        batch_op.create_index(batch_op.f("ix_clients_programme_id_id"), ["programme_id", "id"], unique=False)

    op.create_table(
        "days_told",
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("told_at", tables.UTCDateTime(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_days_told_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "told_on", name=op.f("pk_days_told")),
    )
    op.create_table(
        "silences",
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("told_at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_silences_programme_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_silences_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_silences")),
    )
    with op.batch_alter_table("silences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_silences_programme_id"), ["programme_id"], unique=False)

    op.create_table(
        "duty_offers",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("team_id", tables.Id(), nullable=False),
        sa.Column("by_id", tables.Id(), nullable=False),
        sa.Column("to_id", tables.Id(), nullable=False),
        sa.Column(
            "layer",
            sa.Enum("primary", "backup", name="layer", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("from_at", tables.UTCDateTime(), nullable=False),
        sa.Column("to_at", tables.UTCDateTime(), nullable=False),
        sa.Column("back_layer", sa.String(length=32), nullable=True),
        sa.Column("back_from_at", tables.UTCDateTime(), nullable=True),
        sa.Column("back_to_at", tables.UTCDateTime(), nullable=True),
        sa.Column("made_at", tables.UTCDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "declined",
                "withdrawn",
                name="offerstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("answered_at", tables.UTCDateTime(), nullable=True),
        sa.CheckConstraint("back_layer in ('primary', 'backup')", name=op.f("ck_duty_offers_back_layer")),
        sa.CheckConstraint(
            "(back_layer is null) = (back_from_at is null) and (back_layer is null) = (back_to_at is null)",
            name=op.f("ck_duty_offers_back_is_whole"),
        ),
        sa.CheckConstraint("to_at > from_at", name=op.f("ck_duty_offers_ends_after_start")),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_duty_offers_by_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_duty_offers_team_id")),
        sa.ForeignKeyConstraint(["to_id"], ["staff.id"], name=op.f("fk_duty_offers_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_offers")),
    )
    with op.batch_alter_table("duty_offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_offers_team_id_to_at"), ["team_id", "to_at"], unique=False)

    op.create_table(
        "handover_notes",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("team_id", tables.Id(), nullable=False),
        sa.Column("author_id", tables.Id(), nullable=False),
        sa.Column("written_at", tables.UTCDateTime(), nullable=False),
        sa.Column("for_at", tables.UTCDateTime(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_handover_notes_author_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_handover_notes_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_notes")),
    )
    with op.batch_alter_table("handover_notes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_handover_notes_team_id_written_at"), ["team_id", "written_at"], unique=False
        )

    op.create_table(
        "handovers_seen",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("team_id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("seen_at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_handovers_seen_staff_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_handovers_seen_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers_seen")),
    )
    with op.batch_alter_table("handovers_seen", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_handovers_seen_team_id_seen_at"), ["team_id", "seen_at"], unique=False
        )

    op.create_table(
        "passkey_challenges",
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=True),
        sa.Column("expires_at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_passkey_challenges_staff_id")),
        sa.PrimaryKeyConstraint("challenge", name=op.f("pk_passkey_challenges")),
    )
    with op.batch_alter_table("passkey_challenges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkey_challenges_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "passkeys",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.Column("last_used_at", tables.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_passkeys_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkeys_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "pending_emails",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("email_index", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("tries_left", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.Column("expires_at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_pending_emails_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_emails")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_pending_emails_staff_id")),
    )
    op.create_table(
        "pending_numbers",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("by_sms", sa.Boolean(), nullable=False),
        sa.Column("by_voice", sa.Boolean(), nullable=False),
        sa.Column("tries_left", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.Column("expires_at", tables.UTCDateTime(), nullable=False),
        sa.CheckConstraint("by_sms or by_voice", name=op.f("ck_pending_numbers_for_something")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_pending_numbers_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_numbers")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_pending_numbers_staff_id")),
    )
    op.create_table(
        "questionnaire_drafts",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("start", sa.String(length=40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_questionnaire_drafts_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_drafts")),
        sa.UniqueConstraint("staff_id", "start", name=op.f("uq_questionnaire_drafts_staff_id_start")),
    )
    op.create_table(
        "rota_overrides",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("team_id", tables.Id(), nullable=False),
        sa.Column(
            "layer",
            sa.Enum("primary", "backup", name="layer", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("from_at", tables.UTCDateTime(), nullable=False),
        sa.Column("to_at", tables.UTCDateTime(), nullable=False),
        sa.Column("person_in", tables.Id(), nullable=True),
        sa.Column("person_out", tables.Id(), nullable=True),
        sa.Column("made_by", tables.Id(), nullable=True),
        sa.Column("made_at", tables.UTCDateTime(), nullable=False),
        sa.Column("withdrawn_by", tables.Id(), nullable=True),
        sa.Column("withdrawn_at", tables.UTCDateTime(), nullable=True),
        sa.CheckConstraint("to_at > from_at", name=op.f("ck_rota_overrides_ends_after_start")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_rota_overrides_made_by")),
        sa.ForeignKeyConstraint(["person_in"], ["staff.id"], name=op.f("fk_rota_overrides_person_in")),
        sa.ForeignKeyConstraint(["person_out"], ["staff.id"], name=op.f("fk_rota_overrides_person_out")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_rota_overrides_team_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["staff.id"], name=op.f("fk_rota_overrides_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota_overrides")),
    )
    with op.batch_alter_table("rota_overrides", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rota_overrides_team_id_to_at"), ["team_id", "to_at"], unique=False
        )

    op.create_table(
        "rotas",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("team_id", tables.Id(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("made_by", tables.Id(), nullable=True),
        sa.Column("made_at", tables.UTCDateTime(), nullable=False),
        sa.Column("withdrawn_by", tables.Id(), nullable=True),
        sa.Column("withdrawn_at", tables.UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_rotas_made_by")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_rotas_team_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["staff.id"], name=op.f("fk_rotas_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rotas")),
    )
    with op.batch_alter_table("rotas", schema=None) as batch_op:
        batch_op.create_index(
            "uq_rotas_team_starts_on",
            ["team_id", "starts_on"],
            unique=True,
            postgresql_where=sa.text("withdrawn_at is null"),
            sqlite_where=sa.text("withdrawn_at is null"),
        )

    op.create_table(
        "staff_preferences",
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("first_ways", sa.String(length=40), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=True),
        sa.Column("quiet_to", sa.String(length=5), nullable=True),
        sa.Column("changed_at", tables.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(quiet_from is null) = (quiet_to is null)", name=op.f("ck_staff_preferences_quiet_hours_whole")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_preferences_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_preferences")),
    )
    op.create_table(
        "called_in",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("from_at", tables.UTCDateTime(), nullable=False),
        sa.Column("to_at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_called_in_client_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_called_in_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_called_in")),
    )
    with op.batch_alter_table("called_in", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_called_in_staff_id_client_id_to_at"),
            ["staff_id", "client_id", "to_at"],
            unique=False,
        )

    op.create_table(
        "care_spells",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "case_manager",
                "backup",
                "supervisor",
                "clinician",
                name="carerole",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("from_at", tables.UTCDateTime(), nullable=False),
        sa.Column("to_at", tables.UTCDateTime(), nullable=True),
        sa.CheckConstraint("to_at is null or to_at > from_at", name=op.f("ck_care_spells_ends_after_start")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_care_spells_client_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_care_spells_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_spells")),
    )
    with op.batch_alter_table("care_spells", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_care_spells_client_id_role_from_at"),
            ["client_id", "role", "from_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_care_spells_one_runs",
            ["client_id", "role"],
            unique=True,
            postgresql_where=sa.text("to_at is null"),
            sqlite_where=sa.text("to_at is null"),
        )
        batch_op.create_index(
            batch_op.f("ix_care_spells_staff_id_client_id_from_at"),
            ["staff_id", "client_id", "from_at"],
            unique=False,
        )

    op.create_table(
        "cases",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=True),
        sa.Column(
            "tier",
            sa.Enum(
                "emergency",
                "urgent",
                "same_day",
                "routine",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "acknowledged",
                "closed",
                name="casestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("opened_at", tables.UTCDateTime(), nullable=False),
        sa.Column("ladder", sa.Integer(), nullable=False),
        sa.Column("calls_made", sa.Integer(), nullable=False),
        sa.Column("next_call_at", tables.UTCDateTime(), nullable=True),
        sa.Column("acknowledge_by", tables.UTCDateTime(), nullable=False),
        sa.Column("contact_by", tables.UTCDateTime(), nullable=False),
        sa.Column("owner_id", tables.Id(), nullable=True),
        sa.Column("acknowledged_at", tables.UTCDateTime(), nullable=True),
        sa.Column("contacted_at", tables.UTCDateTime(), nullable=True),
        sa.Column("unreached", sa.Integer(), nullable=False),
        sa.Column("awaiting_cosign", sa.Boolean(), nullable=False),
        sa.Column("disposition", sa.String(length=32), nullable=True),
        sa.Column("disposition_note", sa.LargeBinary(), nullable=True),
        sa.Column("next_contact_on", sa.Date(), nullable=True),
        sa.Column("closed_at", tables.UTCDateTime(), nullable=True),
        sa.Column("closed_by", tables.Id(), nullable=True),
        sa.Column("cosigned_at", tables.UTCDateTime(), nullable=True),
        sa.Column("cosigned_by", tables.Id(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_cases_client_id")),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_cases_closed_by")),
        sa.ForeignKeyConstraint(["cosigned_by"], ["staff.id"], name=op.f("fk_cases_cosigned_by")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_cases_owner_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_cases_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_client_id_id"), ["client_id", "id"], unique=False)
        batch_op.create_index(
            "ix_cases_next_call",
            ["next_call_at"],
            unique=False,
            postgresql_where=sa.text("state <> 'closed'"),
            sqlite_where=sa.text("state <> 'closed'"),
        )
        batch_op.create_index(
            batch_op.f("ix_cases_programme_id_state_id"), ["programme_id", "state", "id"], unique=False
        )
        batch_op.create_index(
            "uq_cases_open_client",
            ["client_id"],
            unique=True,
            postgresql_where=sa.text("state <> 'closed'"),
            sqlite_where=sa.text("state <> 'closed'"),
        )

    op.create_table(
        "client_preferences",
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("reminders", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=True),
        sa.Column("quiet_to", sa.String(length=5), nullable=True),
        sa.Column(
            "lock",
            sa.Enum(
                "open",
                "pin",
                "passkey",
                name="lockchoice",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("changed_at", tables.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(quiet_from is null) = (quiet_to is null)", name=op.f("ck_client_preferences_quiet_hours_whole")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_preferences_client_id")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client_preferences")),
    )
    op.create_table(
        "consents",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "language",
            sa.Enum("en", "es", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("agreed_at", tables.UTCDateTime(), nullable=True),
        sa.Column("withdrawn_at", tables.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_consents_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_consents_client_id_key_id"), ["client_id", "key", "id"], unique=False
        )

    op.create_table(
        "discharges",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("discharged_at", tables.UTCDateTime(), nullable=False),
        sa.Column("discharged_by", tables.Id(), nullable=True),
        sa.Column("readmitted_at", tables.UTCDateTime(), nullable=True),
        sa.Column("readmitted_by", tables.Id(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_discharges_client_id")),
        sa.ForeignKeyConstraint(["discharged_by"], ["staff.id"], name=op.f("fk_discharges_discharged_by")),
        sa.ForeignKeyConstraint(["readmitted_by"], ["staff.id"], name=op.f("fk_discharges_readmitted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discharges")),
    )
    with op.batch_alter_table("discharges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_discharges_client_id"), ["client_id"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=True),
        sa.Column("staff_id", tables.Id(), nullable=True),
        sa.Column("selector", sa.LargeBinary(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("created_by", tables.Id(), nullable=True),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.Column("expires_at", tables.UTCDateTime(), nullable=False),
        sa.Column("used_at", tables.UTCDateTime(), nullable=True),
        sa.Column("revoked_at", tables.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "(client_id is null) <> (staff_id is null)", name=op.f("ck_invitations_for_one_person")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_invitations_client_id")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_invitations_created_by")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_invitations_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("selector", name=op.f("uq_invitations_selector")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitations_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "plan_copies",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "print",
                "share",
                "pdf",
                "mail",
                "fax",
                "read_aloud",
                name="copychannel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("made_at", tables.UTCDateTime(), nullable=False),
        sa.Column("received_at", tables.UTCDateTime(), nullable=False),
        sa.Column("given_by", tables.Id(), nullable=True),
        sa.Column("recipient", sa.LargeBinary(), nullable=True),
        sa.Column("purpose", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_plan_copies_client_id")),
        sa.ForeignKeyConstraint(["given_by"], ["staff.id"], name=op.f("fk_plan_copies_given_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_copies")),
    )
    with op.batch_alter_table("plan_copies", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_plan_copies_client_id_made_at"), ["client_id", "made_at"], unique=False
        )

    op.create_table(
        "plan_drafts",
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("updated_at", tables.UTCDateTime(), nullable=False),
        sa.Column("updated_by", tables.Id(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("before_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_plan_drafts_client_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["staff.id"], name=op.f("fk_plan_drafts_updated_by")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_plan_drafts")),
    )
    op.create_table(
        "plan_proposals",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("section", sa.String(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "declined",
                name="proposalstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proposed_at", tables.UTCDateTime(), nullable=False),
        sa.Column("decided_at", tables.UTCDateTime(), nullable=True),
        sa.Column("decided_by", tables.Id(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_plan_proposals_client_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_plan_proposals_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_proposals")),
    )
    with op.batch_alter_table("plan_proposals", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_plan_proposals_client_id_state"), ["client_id", "state"], unique=False
        )

    op.create_table(
        "plan_reviews",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reviewed_at", tables.UTCDateTime(), nullable=False),
        sa.Column("reviewed_by", tables.Id(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("next_due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_plan_reviews_client_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["staff.id"], name=op.f("fk_plan_reviews_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_reviews")),
    )
    with op.batch_alter_table("plan_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_reviews_client_id"), ["client_id"], unique=False)

    op.create_table(
        "plan_revisions",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("clinician_only", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("client_took_part", sa.Boolean(), nullable=False),
        sa.Column("caregiver_involved", sa.Boolean(), nullable=False),
        sa.Column("without_client_because", sa.LargeBinary(), nullable=True),
        sa.Column("published_at", tables.UTCDateTime(), nullable=False),
        sa.Column("published_by", tables.Id(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_plan_revisions_client_id")),
        sa.ForeignKeyConstraint(["published_by"], ["staff.id"], name=op.f("fk_plan_revisions_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_revisions")),
        sa.UniqueConstraint("client_id", "number", name=op.f("uq_plan_revisions_client_id_number")),
    )
    op.create_table(
        "plan_uses",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", tables.UTCDateTime(), nullable=False),
        sa.Column("received_at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_plan_uses_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_uses")),
    )
    with op.batch_alter_table("plan_uses", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_plan_uses_client_id_used_at"), ["client_id", "used_at"], unique=False
        )

    op.create_table(
        "questionnaires",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plan_revision", sa.Integer(), nullable=True),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.Column("created_by", tables.Id(), nullable=True),
        sa.Column("definition", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_questionnaires_client_id")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_questionnaires_created_by")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_questionnaires_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaires")),
    )
    with op.batch_alter_table("questionnaires", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_questionnaires_client_id_key_number"), ["client_id", "key", "number"], unique=True
        )
        batch_op.create_index(
            "uq_questionnaires_of_programme",
            ["programme_id", "key", "number"],
            unique=True,
            postgresql_where=sa.text("client_id is null"),
            sqlite_where=sa.text("client_id is null"),
        )

    op.create_table(
        "schedules",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("questionnaire_key", sa.String(length=64), nullable=False),
        sa.Column("pattern", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "paused",
                "ended",
                name="schedulestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("paused_until", tables.UTCDateTime(), nullable=True),
        sa.Column("pause_reason", sa.LargeBinary(), nullable=True),
        sa.Column("asks_from_at", tables.UTCDateTime(), nullable=False),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.Column("created_by", tables.Id(), nullable=True),
        sa.Column("retry_at", tables.UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_schedules_client_id")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_schedules_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
    )
    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schedules_client_id"), ["client_id"], unique=False)
        batch_op.create_index(
            "ix_schedules_paused_until",
            ["paused_until"],
            unique=False,
            postgresql_where=sa.text("state = 'paused'"),
            sqlite_where=sa.text("state = 'paused'"),
        )
        batch_op.create_index(
            "ix_schedules_set_aside",
            ["retry_at"],
            unique=False,
            postgresql_where=sa.text("retry_at is not null"),
            sqlite_where=sa.text("retry_at is not null"),
        )

    op.create_table(
        "sessions",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=True),
        sa.Column("staff_id", tables.Id(), nullable=True),
        sa.Column(
            "scope",
            sa.Enum(
                "full", "enrol", name="sessionscope", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.Column("last_used_at", tables.UTCDateTime(), nullable=False),
        sa.Column("proved_at", tables.UTCDateTime(), nullable=True),
        sa.Column("expires_at", tables.UTCDateTime(), nullable=False),
        sa.Column("revoked_at", tables.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "(client_id is null) <> (staff_id is null)", name=op.f("ck_sessions_for_one_person")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_sessions_client_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_sessions_programme_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_sessions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(
            "ix_sessions_revoked",
            ["revoked_at"],
            unique=False,
            postgresql_where=sa.text("revoked_at is not null"),
            sqlite_where=sa.text("revoked_at is not null"),
        )
        batch_op.create_index(batch_op.f("ix_sessions_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "case_causes",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "flagged_answer",
                "missed_run",
                "help_button",
                "raised_by_staff",
                "undelivered",
                name="causekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "tier",
            sa.Enum(
                "emergency",
                "urgent",
                "same_day",
                "routine",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source_id", tables.Id(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_causes_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_causes")),
    )
    with op.batch_alter_table("case_causes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_causes_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_causes_kind_source_id"), ["kind", "source_id"], unique=True)

    op.create_table(
        "case_events",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", tables.UTCDateTime(), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", tables.Id(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("note_row", tables.Id(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_events_case_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_case_events_programme_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_case_events")),
    )
    with op.batch_alter_table("case_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_case_events_case_id_number"), ["case_id", "number"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_case_events_programme_id_number"), ["programme_id", "number"], unique=False
        )

    op.create_table(
        "contact_attempts",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "phone",
                "sms",
                "video",
                "in_person",
                "other",
                name="contactchannel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", tables.UTCDateTime(), nullable=False),
        sa.Column("recorded_at", tables.UTCDateTime(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_contact_attempts_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_contact_attempts_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempts")),
    )
    with op.batch_alter_table("contact_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_attempts_case_id"), ["case_id"], unique=False)

    op.create_table(
        "devices",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=True),
        sa.Column("staff_id", tables.Id(), nullable=True),
        sa.Column("session_id", tables.Id(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "fcm",
                "webpush",
                "email",
                "sms",
                "voice",
                "console",
                name="channelname",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("token_index", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.Column("seen_at", tables.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(client_id is null) <> (staff_id is null)", name=op.f("ck_devices_for_one_person")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_devices_client_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_devices_session_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_devices_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("token_index", name=op.f("uq_devices_token_index")),
    )
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_devices_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_devices_seen_at"), ["seen_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_devices_session_id"), ["session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_devices_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "drills",
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("team_id", tables.Id(), nullable=False),
        sa.Column("started_by", tables.Id(), nullable=True),
        sa.Column("started_at", tables.UTCDateTime(), nullable=False),
        sa.Column("ends_at", tables.UTCDateTime(), nullable=False),
        sa.Column("ended_at", tables.UTCDateTime(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "answered",
                "unanswered",
                "broken",
                name="drilloutcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_drills_case_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_drills_programme_id")),
        sa.ForeignKeyConstraint(["started_by"], ["staff.id"], name=op.f("fk_drills_started_by")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_drills_team_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_drills")),
    )
    with op.batch_alter_table("drills", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_drills_programme_id_started_at"), ["programme_id", "started_at"], unique=False
        )
        batch_op.create_index(
            "uq_drills_running",
            ["team_id"],
            unique=True,
            postgresql_where=sa.text("ended_at is null"),
            sqlite_where=sa.text("ended_at is null"),
        )

    op.create_table(
        "occurrences",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("schedule_id", tables.Id(), nullable=True),
        sa.Column("questionnaire_id", tables.Id(), nullable=True),
        sa.Column("slot", sa.String(length=16), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("tzdata", sa.String(length=16), nullable=False),
        sa.Column("rotation", sa.Integer(), nullable=False),
        sa.Column("due_at", tables.UTCDateTime(), nullable=False),
        sa.Column("closes_at", tables.UTCDateTime(), nullable=False),
        sa.Column("opened_at", tables.UTCDateTime(), nullable=True),
        sa.Column("remind_at", tables.UTCDateTime(), nullable=True),
        sa.Column("retry_at", tables.UTCDateTime(), nullable=True),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "scheduled",
                "open",
                "answered",
                "answered_late",
                "missed",
                "excused",
                name="occurrencestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_occurrences_client_id")),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"], ["questionnaires.id"], name=op.f("fk_occurrences_questionnaire_id")
        ),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedules.id"], name=op.f("fk_occurrences_schedule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrences")),
        sa.UniqueConstraint("schedule_id", "slot", name=op.f("uq_occurrences_schedule_id_slot")),
    )
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_occurrences_client_id_due_at"), ["client_id", "due_at"], unique=False
        )
        batch_op.create_index(
            "ix_occurrences_closing",
            ["closes_at"],
            unique=False,
            postgresql_where=sa.text("state = 'open'"),
            sqlite_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(
            "ix_occurrences_reminding",
            ["remind_at"],
            unique=False,
            postgresql_where=sa.text("state = 'open' and remind_at is not null"),
            sqlite_where=sa.text("state = 'open' and remind_at is not null"),
        )
        batch_op.create_index(
            "ix_occurrences_scheduled",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("state = 'scheduled'"),
            sqlite_where=sa.text("state = 'scheduled'"),
        )
        batch_op.create_index(
            "ix_occurrences_set_aside",
            ["retry_at"],
            unique=False,
            postgresql_where=sa.text("retry_at is not null"),
            sqlite_where=sa.text("retry_at is not null"),
        )
        batch_op.create_index(
            "uq_occurrences_next",
            ["schedule_id"],
            unique=True,
            postgresql_where=sa.text("state = 'scheduled'"),
            sqlite_where=sa.text("state = 'scheduled'"),
        )

    op.create_table(
        "plan_receipts",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("session_id", tables.Id(), nullable=True),
        sa.Column("received_at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_plan_receipts_client_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_plan_receipts_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_receipts")),
        sa.UniqueConstraint(
            "client_id", "number", "session_id", name=op.f("uq_plan_receipts_client_id_number_session_id")
        ),
    )
    op.create_table(
        "answers",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("occurrence_id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.Column(
            "tier",
            sa.Enum(
                "emergency",
                "urgent",
                "same_day",
                "routine",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("part2", sa.Boolean(), nullable=False),
        sa.Column("answered_at", tables.UTCDateTime(), nullable=False),
        sa.Column("received_at", tables.UTCDateTime(), nullable=False),
        sa.Column("entered_by", tables.Id(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_answers_client_id")),
        sa.ForeignKeyConstraint(["entered_by"], ["staff.id"], name=op.f("fk_answers_entered_by")),
        sa.ForeignKeyConstraint(["occurrence_id"], ["occurrences.id"], name=op.f("fk_answers_occurrence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_answers_client_id_answered_at"), ["client_id", "answered_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_answers_occurrence_id"), ["occurrence_id"], unique=True)
        batch_op.create_index(
            "ix_answers_with_tier",
            ["id"],
            unique=False,
            postgresql_where=sa.text("tier is not null"),
            sqlite_where=sa.text("tier is not null"),
        )

    op.create_table(
        "messages",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("programme_id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=True),
        sa.Column("staff_id", tables.Id(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "fcm",
                "webpush",
                "email",
                "sms",
                "voice",
                "console",
                name="channelname",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("device_id", tables.Id(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column(
            "language",
            sa.Enum("en", "es", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("case_id", tables.Id(), nullable=True),
        sa.Column("call_number", sa.Integer(), nullable=True),
        sa.Column("obligation", sa.String(length=120), nullable=False),
        sa.Column("dedupe_key", sa.String(length=168), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "leased",
                "sent",
                "dead",
                name="messagestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("send_after", tables.UTCDateTime(), nullable=False),
        sa.Column("expires_at", tables.UTCDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("created_at", tables.UTCDateTime(), nullable=False),
        sa.Column("sent_at", tables.UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.Column("noticed_at", tables.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_messages_client_id")),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("fk_messages_device_id"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_messages_programme_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_messages_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_messages_dedupe_key")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_messages_case_id",
            ["case_id"],
            unique=False,
            postgresql_where=sa.text("case_id is not null"),
            sqlite_where=sa.text("case_id is not null"),
        )
        batch_op.create_index(
            "ix_messages_dead_calls",
            ["case_id"],
            unique=False,
            postgresql_where=sa.text("state = 'dead' and call_number is not null and noticed_at is null"),
            sqlite_where=sa.text("state = 'dead' and call_number is not null and noticed_at is null"),
        )
        batch_op.create_index(
            "ix_messages_device",
            ["device_id"],
            unique=False,
            postgresql_where=sa.text("device_id is not null"),
            sqlite_where=sa.text("device_id is not null"),
        )
        batch_op.create_index(
            "ix_messages_owed",
            ["channel", "priority", "send_after"],
            unique=False,
            postgresql_where=sa.text("state in ('queued', 'leased')"),
            sqlite_where=sa.text("state in ('queued', 'leased')"),
        )
        batch_op.create_index(
            "ix_messages_to_staff",
            ["staff_id", "obligation"],
            unique=False,
            postgresql_where=sa.text("staff_id is not null"),
            sqlite_where=sa.text("staff_id is not null"),
        )

    op.create_table(
        "attempts",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("message_id", tables.Id(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("started_at", tables.UTCDateTime(), nullable=False),
        sa.Column("ended_at", tables.UTCDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_attempts_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("message_id", "fence", name=op.f("uq_attempts_message_id_fence")),
    )
    op.create_table(
        "flags",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("answer_id", tables.Id(), nullable=False),
        sa.Column("client_id", tables.Id(), nullable=False),
        sa.Column("rule_index", sa.LargeBinary(), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "emergency",
                "urgent",
                "same_day",
                "routine",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("raised", sa.LargeBinary(), nullable=False),
        sa.Column("raised_at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_flags_answer_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_flags_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flags")),
    )
    with op.batch_alter_table("flags", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flags_answer_id"), ["answer_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_flags_rule_index_raised_at"), ["rule_index", "raised_at"], unique=False
        )

    op.create_table(
        "receipts",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("message_id", tables.Id(), nullable=False),
        sa.Column("provider", sa.String(length=8), nullable=False),
        sa.Column("provider_id", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("at", tables.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_receipts_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint(
            "message_id", "provider_id", "status", name=op.f("uq_receipts_message_id_provider_id_status")
        ),
    )

    protect()


def downgrade() -> None:
    """The first schema has nothing before it."""
    raise NotImplementedError("there is nothing before the first schema")
