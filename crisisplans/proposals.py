"""Entries a client would like in the plan. The clinician takes each into the draft, or says why not.

The phone chooses the id and may send the same proposal again; nothing reaches the plan without a clinician.
"""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import and_, func, select

from crisisplans import drafts, queries, sections, soundness
from crisisplans.lines import line_table
from crisisplans.models import PlanProposal, ProposalState
from crisisplans.schemas import Decision, ProposalList, ProposalNew, ProposalOut
from crisisplans.sections import ENTRY_TYPES, PROPOSABLE, Entry, PlanDocument, PlanDraft, SectionKey
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, FieldProblem, Invalid, NotFound
from server.core.strict_json import convert
from server.people import access
from server.people.access import ClientFacts
from server.people.models import Client
from server.people.roles import Action

BODY = "plan_proposals.body"
ANSWER = "plan_proposals.answer"
MOST_OPEN = 20
SHOWN_DECIDED = 50


def propose(tx: Tx, proposal_id: UUID, data: ProposalNew) -> ProposalOut:
    """Store the client's proposal under the phone's id.

    The same again is answered with what became of it; a different body on the same id is a Conflict, and so is
    one more while 20 wait.
    """
    client = access.oneself(tx, Action.PROPOSE_ENTRY)
    entry = _entry(proposal_id, data)
    drafts.lock(tx, client)
    row = tx.session.get(PlanProposal, proposal_id)
    if row is not None:
        if row.client_id != client.id or row.section != data.section or _opened(tx, client, row) != entry:
            raise Conflict("This id is taken by another proposal. Send this one under a new id.")
        return _out(tx, client, row)
    if _open_count(tx, client) >= MOST_OPEN:
        raise Conflict(f"{MOST_OPEN} proposals are waiting for an answer. Send this one later.")
    row = PlanProposal(
        id=proposal_id,
        client_id=client.id,
        section=data.section,
        body=access.key(tx, client).seal_json(BODY, proposal_id, entry),
        state=ProposalState.OPEN,
        proposed_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    audit.record(tx, "plan.propose", client_id=client.id, row_id=proposal_id)
    return _out(tx, client, row)


def _entry(proposal_id: UUID, data: ProposalNew) -> Entry:
    if data.section not in PROPOSABLE:
        raise Invalid.field("section", "Propose entries for " + ", ".join(PROPOSABLE) + ".")
    fields = {"id": str(proposal_id), **data.entry}
    entry = convert(fields, ENTRY_TYPES[data.section], "entry")
    alone = sections.merge_proposal(PlanDocument(), data.section, entry)
    place = f"document.{data.section}[0]"
    found = soundness.problems(PlanDraft(document=alone), line_table())
    if found:
        raise Invalid(
            errors=[FieldProblem(one.path.replace(place, "entry", 1), one.message) for one in found]
        )
    return entry


def _open_count(tx: Tx, client: ClientFacts) -> int:
    query = select(func.count()).select_from(PlanProposal)
    return tx.session.scalars(
        query.where(PlanProposal.client_id == client.id, PlanProposal.state == ProposalState.OPEN)
    ).one()


def decide(tx: Tx, client_id: UUID, proposal_id: UUID, data: Decision) -> ProposalOut:
    """Accept (the entry goes into the draft) or decline. The same decision again changes nothing.

    Conflict when it was decided otherwise, or when the entry no longer fits into the draft.
    """
    client = access.client(tx, Action.EDIT_PLAN, client_id)
    drafts.lock(tx, client)
    row = tx.session.get(PlanProposal, proposal_id)
    if row is None or row.client_id != client.id:
        raise NotFound
    state = ProposalState.ACCEPTED if data.accept else ProposalState.DECLINED
    if row.state is not ProposalState.OPEN:
        if row.state is not state:
            raise Conflict(f"This proposal was {row.state} already.")
        return _out(tx, client, row)
    if data.accept:
        _merge(tx, client, SectionKey(row.section), _opened(tx, client, row))
    row.state, row.decided_at, row.decided_by = state, tx.now, drafts.staff_id(tx)
    row.answer = access.key(tx, client).seal_text(ANSWER, row.id, data.answer) if data.answer else None
    tx.session.flush()
    audit.record(tx, f"plan.proposal.{state}", client_id=client.id, row_id=row.id)
    return _out(tx, client, row)


def _merge(tx: Tx, client: ClientFacts, section: SectionKey, entry: Entry) -> None:
    draft = drafts.current(tx, client)
    document = sections.merge_proposal(draft.content.document, section, entry)
    content = msgspec.structs.replace(draft.content, document=document)
    known = queries.known_lines(tx, client.programme_id)
    # What was wrong with the draft before is the editor's business; the entry may not add to it.
    new = set(soundness.problems(content, known)) - set(soundness.problems(draft.content, known))
    if new:
        raise Conflict("This does not fit into the draft: " + " ".join(sorted({one.message for one in new})))
    drafts.store(tx, client, draft, content, draft.based_on)


def for_staff(tx: Tx, client_id: UUID) -> ProposalList:
    """The client's proposals as the care team sees them."""
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    access.looked(tx, "plan.proposals.view", client)
    return _list(tx, client)


def waiting(tx: Tx) -> dict[UUID, tuple[int, datetime]]:
    """How many proposals wait for an answer, and since when, by client this person may see. Names nothing of them."""
    mine = and_(access.visible_clients(tx, Action.VIEW_PLAN), Client.discharged_at.is_(None))
    query = (
        select(PlanProposal.client_id, func.count(), func.min(PlanProposal.proposed_at))
        .join(Client, Client.id == PlanProposal.client_id)
        .where(PlanProposal.state == ProposalState.OPEN, mine)
        .group_by(PlanProposal.client_id)
    )
    return {client_id: (count, since) for client_id, count, since in tx.connection.execute(query)}


def own(tx: Tx) -> ProposalList:
    """The acting client's proposals and what became of them."""
    return _list(tx, access.oneself(tx, Action.READ_OWN))


def everything(tx: Tx, client: ClientFacts) -> list[ProposalOut]:
    """All that the client ever proposed, newest first."""
    query = select(PlanProposal).where(PlanProposal.client_id == client.id)
    rows = tx.session.scalars(query.order_by(PlanProposal.proposed_at.desc()))
    return [_out(tx, client, row) for row in rows]


def _list(tx: Tx, client: ClientFacts) -> ProposalList:
    query = select(PlanProposal).where(PlanProposal.client_id == client.id)
    waiting = query.where(PlanProposal.state == ProposalState.OPEN).order_by(PlanProposal.proposed_at)
    decided = query.where(PlanProposal.state != ProposalState.OPEN).order_by(PlanProposal.decided_at.desc())
    rows = [*tx.session.scalars(waiting), *tx.session.scalars(decided.limit(SHOWN_DECIDED))]
    return ProposalList(proposals=[_out(tx, client, row) for row in rows])


def _opened(tx: Tx, client: ClientFacts, row: PlanProposal) -> Entry:
    kind = ENTRY_TYPES[SectionKey(row.section)]
    return access.key(tx, client).open_json(BODY, row.id, row.body, kind)


def _out(tx: Tx, client: ClientFacts, row: PlanProposal) -> ProposalOut:
    answer = access.key(tx, client).open_text(ANSWER, row.id, row.answer) if row.answer else None
    return ProposalOut(
        id=row.id,
        section=SectionKey(row.section),
        entry=cast("dict[str, Any]", msgspec.to_builtins(_opened(tx, client, row))),
        state=row.state,
        proposed_at=row.proposed_at,
        decided_at=row.decided_at,
        answer=answer,
    )
