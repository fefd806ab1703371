"""Cases as rows: one is always read under its lock, and the rules' standing is carried in and out of it."""

import logging
from uuid import UUID

import msgspec
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from notifications.escalations.ladder import CaseState, Standing
from notifications.escalations.models import Case
from notifications.escalations.policy import DEFAULT_POLICY, Policy, TierPolicy
from server.core.db import Tx
from server.core.errors import NotFound
from server.people import access
from server.people.access import ClientFacts
from server.people.models import Client
from server.people.roles import Action

log = logging.getLogger("handrail.escalations")

IS_OPEN = text("cases.state <> 'closed'")
"""Written out, so that the databases see that their partial indexes fit."""


class Unreadable(Exception):
    """A case stands in the database and cannot be read as one."""

    def __init__(self, case_id: UUID) -> None:
        super().__init__()
        self.case_id = case_id


def lock_open(tx: Tx, client_id: UUID) -> Case | None:
    """The client's open case, locked until the end of the transaction; None when there is none.

    Unreadable when what is stored makes no case.
    """
    theirs = (Case.client_id == client_id, IS_OPEN)
    try:
        query = select(Case).where(*theirs).with_for_update()
        return tx.session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    except DBAPIError:
        raise
    except Exception as error:
        case_id = tx.session.scalars(select(Case.id).where(*theirs)).one()
        log.error("case %s cannot be read: %s", case_id, type(error).__name__)
        raise Unreadable(case_id) from error


def lock(tx: Tx, action: Action, case_id: UUID) -> tuple[Case, ClientFacts]:
    """A case that this person may do `action` to, locked, and its client; NotFound for anybody else."""
    query = (
        select(Case)
        .join(Client, Client.id == Case.client_id)
        .where(Case.id == case_id, access.visible_clients(tx, action))
        .with_for_update(of=Case)
    )
    case = tx.session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if case is None or case.client_id is None:
        raise NotFound
    return case, access.client(tx, action, case.client_id)


def claim(tx: Tx, case_id: UUID) -> Case | None:
    """An open case for the service's own work; None when it closed meanwhile or somebody is at work on it."""
    query = select(Case).where(Case.id == case_id, IS_OPEN).with_for_update(skip_locked=True)
    return tx.session.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def policy_of(case: Case) -> Policy:
    """The policy the case opened with; the default where the copy cannot be read, so that calls go on."""
    try:
        return msgspec.convert(case.policy, Policy)
    except msgspec.ValidationError:
        log.error("case %s: its policy cannot be read; the default stands in", case.id)
        return DEFAULT_POLICY


def rules_of(case: Case) -> TierPolicy:
    """The rules of the case's tier."""
    return policy_of(case).of(case.tier)


def standing_of(case: Case) -> Standing:
    """The case as the rules see it."""
    return Standing(
        state=case.state,
        tier=case.tier,
        opened_at=case.opened_at,
        ladder=case.ladder,
        calls_made=case.calls_made,
        next_call_at=case.next_call_at,
        acknowledge_by=case.acknowledge_by,
        contact_by=case.contact_by,
        contacted_at=case.contacted_at,
        awaiting_cosign=case.awaiting_cosign,
    )


def settle(case: Case, standing: Standing) -> None:
    """Write what the rules decided into the row. A closing that waited and no longer does is withdrawn.

    A practice case falls due at the end of its time at the latest: then it ends by itself.
    """
    if case.awaiting_cosign and not standing.awaiting_cosign and standing.state is not CaseState.CLOSED:
        case.disposition = case.disposition_note = case.next_contact_on = case.closed_by = None
    for name in Standing.__struct_fields__:
        if name != "opened_at":
            setattr(case, name, getattr(standing, name))
    if case.practice and case.next_call_at is not None:
        case.next_call_at = min(case.next_call_at, case.acknowledge_by)
