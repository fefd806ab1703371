"""What people do in the town: they answer early, late, twice, or never; they take a case at once or sleep through the
call; they reach somebody, or do not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from checkins import answering, asking, planning
from checkins.definition import Item, ItemKind
from checkins.models import Occurrence
from checkins.schemas import AnswerIn
from notifications.escalations import acts, endings
from notifications.escalations.closing import Disposition
from notifications.escalations.models import ContactChannel
from server.core.db import Tx
from server.core.errors import Refusal
from server.people import access, sessions
from server.people.roles import Action
from server.people.terms import Role
from tests.simulation.course import Course, Heard
from tests.simulation.town import Someone

CROWD = 400
"""A town larger than this has no more bad days in all: its staff stay as many, and have to keep up."""


class People(Course):
    """The people of one run, each with a phone."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._offered: set[UUID] = set()
        self._woken: set[UUID] = set()
        self._share = min(1.0, CROWD / len(self.town.clients))

    def _as(self, who: Someone, work: Callable[[Tx], Any]) -> Any:
        """One request. What the database refused is tried again by the phone or the person, as in life."""

        def acting(tx: Tx) -> Any:
            tx.actor = who.actor
            if who.actor.session_id:
                sessions.touch(tx, who.actor.session_id)
            return work(tx)

        if self.dice.random() < 0.03:
            self.statements.fail_at(self.dice.randint(1, 12))
        try:
            return self.db.write_now(acting)
        finally:
            self.statements.fail_at(None)

    def attempt(
        self, what: str, who: Someone, work: Callable[[Tx], Any], then: Callable[[Any], None] = lambda _: None
    ) -> Any:
        """One request and what becomes of it; None where it was refused, or failed and comes again.

        `then` is what follows from its reply, whichever time it got through.
        """
        try:
            found = self._as(who, work)
        except Refusal:
            self.did[f"{what}, refused"] += 1
            return None
        except Exception as error:
            if "disk I/O error" not in str(error):
                raise
            self.did[f"{what}, failed"] += 1
            self.at(self.clock.at + timedelta(seconds=20), lambda: self.attempt(what, who, work, then))
            return None
        self.did[what] += 1
        then(found)
        return found

    def look_around(self) -> None:
        """Clients see check-ins that opened, staff hear their phones."""
        offered = select(Occurrence.id, Occurrence.client_id, Occurrence.closes_at).where(planning.IS_OPEN)
        for row in self.db.read_now(lambda tx: tx.session.execute(offered).all()):
            if row.id not in self._offered:
                self._offered.add(row.id)
                self._decide(self.town.clients[row.client_id], row.id, row.closes_at)
        for provider in self.providers.values():
            for address, data in provider.take_arrived():
                person = (
                    self.town.staff.get(UUID(address.removeprefix("phone of ")))
                    if " of " in address
                    else None
                )
                if person is not None and "case_id" in data and data["kind"] == "case_call":
                    self._wake(person, UUID(data["case_id"]))

    def _decide(self, client: Someone, checkin_id: UUID, closes_at: datetime) -> None:
        chance, window = self.dice.random(), closes_at - self.clock.at
        if chance < 0.2 * self._share:
            return
        delay = (
            window * self.dice.random()
            if chance < 0.9
            else window + timedelta(minutes=self.dice.randint(1, 900))
        )
        self.at(self.clock.at + delay, lambda: self._answer(client, checkin_id, None))

    def _answer(self, client: Someone, checkin_id: UUID, again: AnswerIn | None) -> None:
        risky = self.dice.random() < 0.04 * self._share
        kept: list[AnswerIn] = [again] if again else []

        def answer(tx: Tx) -> Any:
            facts = access.oneself(tx, Action.ANSWER_OWN)
            if not kept:
                asked = asking.find_or_begin(tx, facts, checkin_id, tx.now, None)
                kept.append(AnswerIn(answered_at=tx.now, answers=_answers(asked.items, risky, self.dice)))
            return answering.answer(tx, facts, checkin_id, kept[0])

        def received(reply: Any) -> None:
            before = self.received.setdefault(checkin_id, Heard(reply.tier, self.clock.at))
            self.insist(
                [] if before.tier == reply.tier else [f"the same answer was judged twice: {checkin_id}"]
            )
            unseen = risky and again is None and reply.tier is None
            # The town knows by itself who is in danger: the service's own verdict explains nothing here.
            self.insist([f"a risk was answered, and not seen: {checkin_id}"] if unseen else [])
            if again is None and self.dice.random() < 0.1:
                when = self.clock.at + timedelta(minutes=self.dice.randint(0, 3000))
                self.at(when, lambda: self._answer(client, checkin_id, kept[0]))

        self.attempt("answers again" if again else "answers", client, answer, received)

    def _wake(self, person: Someone, case_id: UUID) -> None:
        """A call arrived. At night most sleep through it; who wakes takes the case, if nobody has it yet."""
        missed = 0.95 if self.town.book.sleeps(person.id, self.clock.at) else 0.5
        if self.dice.random() < missed or case_id in self._woken:
            return
        self._woken.add(case_id)
        self.at(
            self.clock.at + timedelta(minutes=self.dice.randint(1, 8)), lambda: self._take(person, case_id)
        )

    def _take(self, person: Someone, case_id: UUID) -> None:
        self._woken.discard(case_id)
        if person.here:
            self.attempt(
                "cases taken",
                person,
                lambda tx: acts.acknowledge(tx, case_id),
                lambda _: self._later(2, 90, lambda: self._contact(person, case_id)),
            )

    def _contact(self, person: Someone, case_id: UUID) -> None:
        if not person.here or self.dice.random() < 0.1:  # forgot it: it lapses, and calling resumes
            return
        reached = self.dice.random() < 0.7

        def contact(tx: Tx) -> Any:
            return acts.record_contact(tx, case_id, ContactChannel.PHONE, None, reached=reached, note="Rang.")

        def recorded(_: Any) -> None:
            if reached and self.dice.random() < 0.05:
                self.attempt("contacts withdrawn", person, lambda tx: acts.withdraw_contact(tx, case_id))
            following = self._close if reached else self._contact
            self._later(5, 120, lambda: following(person, case_id))

        self.attempt("contacts", person, contact, recorded)

    def _close(self, person: Someone, case_id: UUID) -> None:
        if not person.here:
            return
        tomorrow = (self.clock.at + timedelta(days=1)).date()

        def close(tx: Tx) -> Any:
            return endings.close(
                tx, case_id, Disposition.SAFE_WITH_PLAN, "Safe now.", tomorrow
            ).awaiting_cosign

        def closed(awaiting_cosign: bool) -> None:
            if awaiting_cosign:
                other = self.dice.choice(self.town.of(Role.SUPERVISOR))
                self._later(5, 300, lambda: self._sign(other, case_id))

        self.attempt("closings", person, close, closed)

    def _sign(self, supervisor: Someone, case_id: UUID) -> None:
        agree = self.dice.random() < 0.8
        self.attempt("signatures", supervisor, lambda tx: endings.cosign(tx, case_id, agree=agree, note=None))

    def _later(self, least: int, most: int, do: Callable[[], None]) -> None:
        self.at(self.clock.at + timedelta(minutes=self.dice.randint(least, most)), do)


def _answers(items: tuple[Item, ...], risky: bool, dice: Random) -> dict[str, Any]:
    """A calm day, or one that shows something."""
    given: dict[str, Any] = {}
    for item in items:
        if dice.random() < 0.05 and not item.risk:
            continue
        match item.kind:
            case ItemKind.YES_NO:
                given[item.key] = risky
            case ItemKind.SCALE | ItemKind.NUMBER:
                low, high = item.min or 0, item.max if item.max is not None else 10
                given[item.key] = (
                    int(low if item.sign_id else high) if not risky else int(high if item.sign_id else low)
                )
            case ItemKind.SINGLE:
                given[item.key] = (item.options[-1] if risky else item.options[0]).value
            case ItemKind.MULTIPLE:
                given[item.key] = []
            case _:
                given[item.key] = "Words"
    return given
