"""What Riverside's staff did about the cases of the three weeks: take it, reach the client, close it, co-sign.

One step at a time and always from the case as it stands, through the same verbs the console uses.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select

from notifications.escalations import acts, coverage, endings, promised
from notifications.escalations.closing import Disposition
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CaseCause, CauseKind, ContactChannel
from notifications.escalations.tiers import Tier
from server.core.actor import Actor
from server.core.db import Tx
from server.core.zones import zone
from server.demo import people
from server.demo.voices import HardDay

_NO_ANSWER = (
    "Rang twice, no answer. Left a short message with my name and nothing else.",
    "Went to voicemail. Will try again within the hour.",
    "Phone rang out. Sent a text: thinking of you, call when you can.",
)
_AFTER_SILENCE = (
    "Reached on the second ring. Phone had been on silent; nothing wrong, will answer tonight.",
    "Battery died over the weekend. We went through the next two days together; doing all right.",
    "Did not feel like answering questions and said so. We talked about groceries instead. Feels safe.",
    "Was travelling and had no signal. Back home now, plan is on the phone and within reach.",
    "Said the days ran together. Set the reminder an hour later with their agreement.",
)
_AFTER_A_FLAG = (
    "Talked for twenty minutes. A hard day, no thoughts of dying; used the first step of the plan while we spoke.",
    "Answered at once. The number was about the night, the morning is better. Knows whom to call tonight.",
    "Went through the plan together, they chose the second step and a person for this evening.",
    "Calm on the phone. Named what set it off, asked that we check in again tomorrow, agreed.",
)
_AFTER_A_REQUEST = (
    "Called about the request for help. Sent the papers and booked half an hour this week to fill them in.",
    "Asked what would help first. We made the phone call together; an appointment is set.",
)
_USUAL = (
    "Talked it through: the end of the month usually looks like this, and it passes with the rent paid.",
    "A short night after a long shift. Mood was back by noon, as it has been each time before.",
    "Knows this dip well and had named it in the plan. No change in what keeps the person safe.",
)
_RINGS_AT = time(11, 20)
_AS_PROMISED = "Rang as promised. Things are steadier; the plan stays as it is."
_QUIET = {Tier.EMERGENCY: (2, 6), Tier.URGENT: (4, 9), Tier.SAME_DAY: (15, 70), Tier.ROUTINE: (30, 160)}
_WALL = (Tier.EMERGENCY, Tier.URGENT)


def whose(case: Case) -> UUID:
    """The client of a case; a drill has none, and none is held while the past is made up."""
    if case.client_id is None:
        raise AssertionError("a drill among the demonstration's cases")
    return case.client_id


class Care:
    """The staff as they work through cases. `team` gives the case manager and supervisor of each client."""

    def __init__(self, team: Mapping[UUID, tuple[Actor, Actor]], seed: int) -> None:
        self._team = team
        self._hours = people.coverage()
        # Believable weeks, not secrets.
        self._dice = Random(seed)  # noqa: S311
        self._trouble: dict[UUID, HardDay] = {}

    def knows(self, client_id: UUID, trouble: HardDay) -> None:
        """What the next case of this client is about."""
        self._trouble[client_id] = trouble

    def looks_at(self, tier: Tier, opened_at: datetime) -> datetime:
        """When somebody takes a case: minutes for the pressing tiers, in hours of duty for the others."""
        begins = opened_at if tier in _WALL else coverage.next_covered(self._hours, opened_at) or opened_at
        return begins + timedelta(minutes=self._dice.randint(*_QUIET[tier]))

    def step(self, tx: Tx, case_id: UUID) -> timedelta | None:
        """Do the next thing the case needs; returns how long until the one after, None when it is closed."""
        case = tx.session.get_one(Case, case_id)
        manager, supervisor = self._team[whose(case)]
        if case.state is CaseState.CLOSED:
            return None
        tx.actor = supervisor if case.awaiting_cosign or case.unreached > 1 else manager
        if case.awaiting_cosign:
            endings.cosign(tx, case_id, agree=True, note="Read the notes, agree.")
            return None
        if case.state is CaseState.OPEN:
            acts.acknowledge(tx, case_id)
            return timedelta(minutes=self._dice.randint(3, 15))
        if case.contacted_at is None:
            return self._contact(tx, case)
        self._close(tx, case)
        return timedelta(minutes=self._dice.randint(6, 25))

    def take(self, tx: Tx, case_id: UUID) -> None:
        """The case manager takes the case and does no more for now."""
        tx.actor, _ = self._team[whose(tx.session.get_one(Case, case_id))]
        acts.acknowledge(tx, case_id)

    def try_to_reach(self, tx: Tx, case_id: UUID, note: str, *, reached: bool) -> None:
        """The case manager tries to reach the client."""
        tx.actor, _ = self._team[whose(tx.session.get_one(Case, case_id))]
        acts.record_contact(tx, case_id, ContactChannel.PHONE, None, reached=reached, note=note)

    def _contact(self, tx: Tx, case: Case) -> timedelta:
        trouble = self._trouble.get(whose(case))
        reached = trouble is not None or case.unreached > 0 or self._dice.random() > 0.3
        note = (
            trouble.contact if trouble else self._note(tx, case) if reached else self._dice.choice(_NO_ANSWER)
        )
        acts.record_contact(tx, case.id, ContactChannel.PHONE, None, reached=reached, note=note)
        return timedelta(minutes=self._dice.randint(10, 40))

    def _note(self, tx: Tx, case: Case) -> str:
        kinds = set(tx.session.scalars(select(CaseCause.kind).where(CaseCause.case_id == case.id)))
        if CauseKind.MISSED_RUN in kinds:
            return self._dice.choice(_AFTER_SILENCE)
        return self._dice.choice(_AFTER_A_REQUEST if case.tier is Tier.ROUTINE else _AFTER_A_FLAG)

    def _close(self, tx: Tx, case: Case) -> None:
        trouble = self._trouble.pop(whose(case), None)
        disposition, days = Disposition.SAFE_WITH_PLAN, self._dice.randint(1, 4)
        reason = "Safe with the plan, and knows whom to call."
        if trouble is not None:
            disposition, days = trouble.disposition, trouble.next_in_days
        elif case.tier is Tier.SAME_DAY and self._dice.random() > 0.6:
            disposition = Disposition.KNOWN_BASELINE
            reason = self._dice.choice(_USUAL)
        today = tx.now.astimezone(zone(people.ZONE)).date()
        endings.close(tx, case.id, disposition, reason, today + timedelta(days=days))

    def keeps_at(self, tx: Tx, case_id: UUID) -> datetime | None:
        """When the contact promised at the closing is made; None while the case is open, and where none was."""
        case = tx.session.get_one(Case, case_id)
        if case.state is not CaseState.CLOSED or case.next_contact_on is None:
            return None
        return datetime.combine(case.next_contact_on, _RINGS_AT, zone(people.ZONE))

    def keep(self, tx: Tx, client_id: UUID) -> None:
        """The case manager reaches the client as promised, if nobody has meanwhile."""
        tx.actor, _ = self._team[client_id]
        if client_id in promised.promises(tx, client_id):
            promised.contact(tx, client_id, ContactChannel.PHONE, reached=True, note=_AS_PROMISED)
