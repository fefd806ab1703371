"""What staff see of cases. Every query starts at the one door: clients this person may see."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from notifications.escalations.acts import CONTACT_NOTE
from notifications.escalations.cases import CAUSE_NOTE
from notifications.escalations.closing import Disposition, may_cosign
from notifications.escalations.endings import REASON
from notifications.escalations.events import NOTE, people_in
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CaseCause, CaseEvent, ContactAttempt
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.schemas import (
    Act,
    CaseLine,
    CaseList,
    CaseOut,
    Cause,
    CauseInFull,
    ContactOut,
    EventOut,
    Named,
    StateAsked,
)
from server.core import audit_looks
from server.core.actor import ActorKind
from server.core.db import Tx
from server.core.errors import NotFound
from server.core.vault import SubjectKey
from server.people import access, queries
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.models import Client
from server.people.roles import Action, reach
from server.people.terms import Role
from server.people.unreadable import text_or

PAGE = 100
LONGEST_TIMELINE = 500
UNREADABLE = "(This note can no longer be read.)"

_PEOPLE_IN = ("owner", "from", "to")
"""Keys of an event's data that hold one staff member's id; "people" holds several."""


def case_list(tx: Tx, state: StateAsked, cursor: UUID | None, limit: int = PAGE) -> CaseList:
    """A page of the cases this person may see, newest first."""
    query = (
        select(Case, *CLIENT_COLUMNS)
        .join(Client, Client.id == Case.client_id)
        .where(access.visible_clients(tx, Action.VIEW_CASES))
    )
    if state == "open":
        query = query.where(IS_OPEN)
    elif state == "closed":
        query = query.where(Case.state == CaseState.CLOSED)
    if cursor is not None:
        query = query.where(Case.id < cursor)
    rows = tx.session.execute(query.order_by(Case.id.desc()).limit(limit + 1)).all()
    page = [(row[0], ClientFacts(*row[1:])) for row in rows[:limit]]
    causes = _causes(tx, [case.id for case, _ in page])
    names = queries.names(tx, [case.owner_id for case, _ in page])
    if tx.actor.kind is ActorKind.STAFF:
        audit_looks.record(tx, "case.list", [(client.id, case.id) for case, client in page])
    lines = [CaseLine(**_line(tx, case, client, causes[case.id], names)) for case, client in page]
    return CaseList(cases=lines, cursor=page[-1][0].id if len(rows) > limit else None)


def case_out(tx: Tx, case_id: UUID) -> CaseOut:
    """One case in full, when this person may see it."""
    tx.session.flush()
    visible = access.visible_clients(tx, Action.VIEW_CASES)
    query = select(Case).join(Client, Client.id == Case.client_id).where(Case.id == case_id, visible)
    case = tx.session.scalars(query).one_or_none()
    if case is None or case.client_id is None:
        raise NotFound
    client = access.client(tx, Action.VIEW_CASES, case.client_id)
    access.looked(tx, "case.view", client, case.id)
    key = access.key(tx, client)
    causes = _causes(tx, [case.id])[case.id]
    events = _events(tx, case)
    tries = list(tx.session.scalars(_of_case(ContactAttempt, case).order_by(ContactAttempt.at)))
    names = queries.names(tx, _everybody(case, events, tries))
    reason = case.disposition_note
    return CaseOut(
        **_line(tx, case, client, causes, names),
        causes_in_full=[_in_full(key, cause) for cause in causes],
        timeline=[_event(key, event, client, tx, names) for event in events],
        contacts=[_contact(key, attempt, names) for attempt in tries],
        tries_unanswered=case.unreached,
        disposition=Disposition(case.disposition) if case.disposition else None,
        reason=_words(key, REASON, case.id, reason),
        next_contact_on=case.next_contact_on,
        closed_by=_named(case.closed_by, names),
        cosigned_by=_named(case.cosigned_by, names),
        acts=acts_of(tx, case),
    )


def acts_of(tx: Tx, case: Case) -> list[Act]:
    """What the acting person may do with the case next; each verb checks again for itself."""
    if case.state is CaseState.CLOSED or reach(tx.actor.role, Action.ACT_ON_CASE) is None:
        return []
    me = tx.actor.id
    supervisor = tx.actor.role == Role.SUPERVISOR
    found: list[Act] = ["contact"]
    if case.state is CaseState.OPEN:
        found.append("acknowledge")
    elif case.owner_id != me:
        found.append("take_over")
    if case.state is CaseState.ACKNOWLEDGED and (supervisor or case.owner_id == me):
        found.append("hand_over")
    if case.contacted_at is not None and not case.awaiting_cosign:
        found.append("withdraw_contact")
    if not case.awaiting_cosign:
        found.append("close")
    elif may_cosign(Role(tx.actor.role), is_owner=case.owner_id == me, is_closer=case.closed_by == me):
        found.append("cosign")
    return found


def _of_case(table: Any, case: Case) -> Any:
    return select(table).where(table.case_id == case.id)


def _causes(tx: Tx, case_ids: list[UUID]) -> dict[UUID, list[CaseCause]]:
    query = select(CaseCause).where(CaseCause.case_id.in_(case_ids)).order_by(CaseCause.at, CaseCause.id)
    found: dict[UUID, list[CaseCause]] = {case_id: [] for case_id in case_ids}
    for cause in tx.session.scalars(query):
        found[cause.case_id].append(cause)
    return found


def _events(tx: Tx, case: Case) -> list[CaseEvent]:
    newest = _of_case(CaseEvent, case).order_by(CaseEvent.number.desc()).limit(LONGEST_TIMELINE)
    return list(tx.session.scalars(newest))[::-1]


def _line(
    tx: Tx, case: Case, client: ClientFacts, causes: list[CaseCause], names: dict[UUID, str]
) -> dict[str, Any]:
    return {
        "id": case.id,
        "client": Named(id=client.id, name=access.name_of(tx, client)),
        "tier": case.tier,
        "state": case.state,
        "awaiting_cosign": case.awaiting_cosign,
        "causes": [Cause(kind=cause.kind, tier=cause.tier, at=cause.at) for cause in causes],
        "opened_at": case.opened_at,
        "owner": _named(case.owner_id, names),
        "acknowledged_at": case.acknowledged_at,
        "contacted_at": case.contacted_at,
        "next_call_at": case.next_call_at,
        "acknowledge_by": case.acknowledge_by,
        "contact_by": case.contact_by,
        "closed_at": case.closed_at,
        "version": case.version,
    }


def _words(key: SubjectKey, column: str, row: UUID | None, sealed: bytes | None) -> str | None:
    """What somebody wrote. Words that do not open are said to be so, and the case can be worked on all the same."""
    if sealed is None or row is None:
        return None
    return text_or(key, column, row, sealed, UNREADABLE)


def _in_full(key: SubjectKey, cause: CaseCause) -> CauseInFull:
    return CauseInFull(
        kind=cause.kind,
        tier=cause.tier,
        at=cause.at,
        source_id=cause.source_id,
        note=_words(key, CAUSE_NOTE, cause.id, cause.note),
    )


def _event(
    key: SubjectKey, event: CaseEvent, client: ClientFacts, tx: Tx, names: dict[UUID, str]
) -> EventOut:
    actor = _named(event.actor_id, names)
    if event.actor_kind == ActorKind.CLIENT:
        actor = Named(id=client.id, name=access.name_of(tx, client))
    people = [_named(person, names) for person in people_in(event.data, *_PEOPLE_IN)]
    return EventOut(
        number=event.number,
        kind=event.kind,
        at=event.at,
        actor=actor,
        people=[person for person in people if person is not None],
        data=event.data,
        note=_words(key, NOTE, event.note_row, event.note),
    )


def _contact(key: SubjectKey, attempt: ContactAttempt, names: dict[UUID, str]) -> ContactOut:
    return ContactOut(
        id=attempt.id,
        staff=Named(id=attempt.staff_id, name=names[attempt.staff_id]),
        channel=attempt.channel,
        at=attempt.at,
        recorded_at=attempt.recorded_at,
        reached=attempt.reached,
        note=_words(key, CONTACT_NOTE, attempt.id, attempt.note),
    )


def _everybody(case: Case, events: list[CaseEvent], tries: list[ContactAttempt]) -> Iterable[UUID | None]:
    yield from (case.owner_id, case.closed_by, case.cosigned_by)
    yield from (attempt.staff_id for attempt in tries)
    for event in events:
        yield event.actor_id
        yield from people_in(event.data, *_PEOPLE_IN)


def _named(person: UUID | None, names: dict[UUID, str]) -> Named | None:
    return Named(id=person, name=names[person]) if person is not None and person in names else None
