"""Three in the morning on a holiday, half the parts broken, whoever is on call asleep: Noor's answer reaches Dan.

Riverside has somebody at the desk day and night, but on no holiday. Then the calendar of duty names Cleo, and Dan
behind her; neither knows Noor. Push is down, the first provider of texts and calls is broken, nothing listens where
the first mail relay was, and a worker is killed with the first call in its hands.
"""

import re
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select

from crisisplans.queries import main_line
from notifications.delivery import leasing
from notifications.delivery.calls import OWED
from notifications.delivery.channels.email import EmailChannel
from notifications.delivery.channels.switched import SwitchedChannel
from notifications.delivery.leasing import Order
from notifications.delivery.models import ChannelName, Message
from notifications.escalations.ladder import CaseState
from notifications.escalations.rotas.rota import HolidayShift
from server.people.terms import Role
from server.watch.look import Place, look
from server.worker import Jobs
from tests.checkins.told import CALM, NOT_SAFE, add_schedule, daily, send
from tests.delivery.numbers import ADDRESS, Exchange, ask, exchange, give_number, told_to_the_web
from tests.escalations.oncall import chicago, enter, nights_and_days
from tests.escalations.telling import act, called, ok, row, told
from tests.fakes.fcm_rules import Fault as PushFault
from tests.fakes.sms import Fault, Taken
from tests.fakes.smtp import SmtpServer
from tests.flows.test_acknowledge_by_link import press, words
from tests.watch.test_look import beats
from tests.world import Person, World

SUNDAY, HOLIDAY = date(2026, 1, 18), date(2026, 1, 19)
"""A Monday on which Riverside would be at work: the birthday of Martin Luther King, Jr."""

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
THOUGHTS = {**CALM, "thoughts": True}
LINE = f"call or text {main_line().number}"
CALLING = f"Thank you for telling us. We are letting your team know now. You don't have to wait: {LINE} now."
PUSH, MAIL, TEXT, VOICE = ChannelName.FCM, ChannelName.EMAIL, ChannelName.SMS, ChannelName.VOICE
PERSONAL = ("noor", "urgent", "emergency", "risk", "crisis", "thoughts", "safe")


@dataclass
class Night:
    """Everybody's phones, numbers and mailboxes, and which of the parts still work."""

    world: World
    lines: Exchange
    relay: SmtpServer
    cleo: Person
    dan: Person
    checkin: str = ""
    numbers: dict[str, str] = field(default_factory=dict[str, str])
    _heard: Counter[str] = field(default_factory=Counter[str])

    def heard(self) -> dict[str, list[str]]:
        """Who got something since this was asked last, and by which ways; of everybody there is."""
        names = {number: name for name, number in self.numbers.items()}
        self.world.jobs.run("housekeeping")
        self.world.tick()
        found = Counter[str]()
        for provider in (self.lines.first, self.lines.second):
            found.update(f"{names[to]}: text" for to, _ in provider.texts)
            found.update(f"{names[call.to]}: telephone" for call in provider.calls)
        for mail in self.relay.mails:
            found.update(f"{to.partition('@')[0].title()}: mail" for to in mail.recipients)
        self._tells_nothing()
        new = found - self._heard
        self._heard = found
        for person in self.world.people.values():
            new.update(f"{person.name}: {kind}" for kind in person.phone.take_all())
        heard: dict[str, list[str]] = {}
        for one in sorted(new.elements()):
            name, _, way = one.partition(": ")
            heard.setdefault(name, []).append(way)
        return heard

    def _tells_nothing(self) -> None:
        """No word outside tells anything to whoever looks over a shoulder."""
        mails = [f"{mail.message['subject']} {mail.message.get_content()}" for mail in self.relay.mails]
        for text in (*mails, *(text for _, text in self.lines.second.texts)):
            assert not [word for word in PERSONAL if word in text.lower()], text

    def until(self, hour: int, minute: int, second: int = 0, step: float = 30) -> dict[str, list[str]]:
        """Let time go on until this hour of the holiday; who heard what meanwhile."""
        at = chicago(HOLIDAY, hour, minute) + timedelta(seconds=second)
        self.world.pass_time(seconds=(at - self.world.clock.at).total_seconds(), step_seconds=step)
        return self.heard()

    def auditor(self) -> list[str]:
        """What the auditor finds at this moment. The worker that is left beats; a test's worker notes it elsewhere."""
        with self.world.db.engine.connect() as connection:
            connection.begin()
            beats(connection, self.world.clock.at)
            found = look(connection, Place(), self.world.clock.at, timedelta(seconds=60))
        return [f"{finding.rule} ({finding.about})" for finding in found]

    def health(self) -> int:
        """What the page of health says of the calls."""
        return self.world.anybody().get("/health/escalations").status_code

    def owed(self) -> list[str]:
        """What still waits to be sent, by whom it is for."""
        names = {person.id: person.name for person in self.world.people.values()}
        whose = func.coalesce(Message.staff_id, Message.client_id)
        query = select(whose, Message.kind).where(Message.state.in_(OWED))
        rows = self.world.db.read_now(lambda tx: tx.session.execute(query).all())
        return sorted(f"{names[person]}: {kind}" for person, kind in rows)

    def answers_late(self, answers: dict[str, Any]) -> Any:
        """Noor answered at half past nine in the evening, with no network; now her phone has sent it."""
        at = chicago(SUNDAY, 21, 30).isoformat()
        answer = send(self.world.noor, self.checkin, {"answered_at": at, "answers": answers})
        assert self.world.clock.at == chicago(HOLIDAY, 3)
        return ok(answer)

    def link_to(self, person: Person) -> str:
        """The path in the latest text to this person."""
        text = [each for to, each in self.lines.second.texts if to == self.numbers[person.name]][-1]
        found = re.search(r" Take it: https://handrail\.example(/a/[\w-]{22})$", text)
        assert found, text
        return found[1]

    def ringing(self, person: Person) -> Taken:
        """The latest call to this person's telephone."""
        return [call for call in self.lines.second.calls if call.to == self.numbers[person.name]][-1]


@pytest.fixture
def night(world: World) -> Iterator[Night]:
    """Noor was asked on Sunday evening and said nothing. It is three in the morning of the holiday, and it breaks."""
    world.clock.set(chicago(SUNDAY, 19))
    cleo = world.staff("Cleo", Role.CASE_MANAGER, world.programme_id)
    dan = world.staff("Dan", Role.CASE_MANAGER, world.programme_id)
    agreed_on(world)
    calendar(world, cleo, dan)
    with exchange(world.db) as lines, SmtpServer("none", sign_in=False) as relay, socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))  # and nobody listens there
        made = Night(world, lines, relay, cleo, dan)
        for number, person in enumerate(world.people.values()):
            made.numbers[person.name] = f"+120255501{number:02d}"
            for channel in (TEXT, VOICE) if person is not world.noor else ():
                give_number(world.db, person.id, channel, made.numbers[person.name])
        told_to_the_web(world, lines)
        ports = (gone.getsockname()[1], relay.port)
        mail = SwitchedChannel([mail_by(port) for port in ports])
        channels = {PUSH: world.channel, MAIL: mail, **lines.channels}
        before, world.jobs = world.jobs, Jobs(world.db, channels)
        add_schedule(world, daily(world, "20:00", starts_on=str(SUNDAY)))
        world.clock.set(chicago(SUNDAY, 20))
        world.tick()
        made.checkin = world.noor.api.get("/me/checkins").json()["open"][0]["id"]
        world.pass_time(hours=4, step_seconds=3600)
        world.noor.phone.take_all()
        world.clock.set(chicago(HOLIDAY, 3))
        assert made.heard() == {}
        assert made.auditor() == []
        world.fcm.fail(PushFault.UNAVAILABLE_503)
        lines.first.fail(Fault.BROKEN_500, times=1000)
        yield made
        world.jobs.close()
        world.jobs = before


def mail_by(port: int) -> EmailChannel:
    """Mail by the relay at this port."""
    return EmailChannel(
        "127.0.0.1", port, sender="calls@riverside.example", security="none", address=ADDRESS, timeout=2.0
    )


def agreed_on(world: World) -> None:
    """Adi enters the hours, the holiday, and that on call are called when nobody is at the desk."""
    settings = world.adi.api.get("/programme")
    body = {key: value for key, value in settings.json().items() if key != "version"}
    whole_day = [{"start": "00:00:00", "end": "00:00:00"}]
    body["coverage"] = {**body["coverage"], **dict.fromkeys(DAYS, whole_day), "holidays": [str(HOLIDAY)]}
    for tier in ("emergency", "urgent"):
        first, second = body["escalation"][tier]["rungs"][:2]
        first["after_hours"], second["after_hours"] = ["on_call_primary"], ["on_call_backup"]
    ok(world.adi.api.put("/programme", body, headers={"If-Match": settings.headers["etag"]}))


def calendar(world: World, cleo: Person, dan: Person) -> None:
    """Ben has the usual nights, and Ida behind him; the holiday and the night after it are Cleo's, and Dan's behind."""
    rota = msgspec.structs.replace(
        nights_and_days(world, world.mara, world.ben, world.ida),
        holidays=(HOLIDAY,),
        holiday_primary=until_eight_next_day(cleo),
        holiday_backup=until_eight_next_day(dan),
    )
    enter(world, rota)


def until_eight_next_day(person: Person) -> tuple[HolidayShift, ...]:
    """From midnight on, in two shifts: one lasts a day at the most."""
    noon = time(12)
    return (
        HolidayShift(start=time(0), end=noon, person=person.id),
        HolidayShift(start=noon, end=time(8), person=person.id),
    )


def killed_with_it_in_hand(world: World) -> None:
    """A worker takes up every pressing message there is, and is killed before it has sent one."""
    order = Order(channels=(PUSH, MAIL, TEXT, VOICE), urgent=True, room=24)
    assert world.db.write_now(lambda tx: leasing.claim(tx, order)).jobs
    world.tick()


def noors(world: World) -> str:
    """What Noor reads of her case."""
    return ok(world.noor.api.get("/me/case"))["case"]["sentence"]


def closes(world: World, person: Person, case_id: UUID) -> str:
    """Noor was reached, and hears from somebody again tomorrow; the state of her case after this signature."""
    how = {"disposition": "safe_with_plan", "next_contact_on": str(HOLIDAY + timedelta(days=1))}
    return ok(person.api.post(f"/cases/{case_id}/close", how))["state"]


def test_cleo_sleeps_and_dan_takes_it_by_telephone_and_reaches_noor(world: World, night: Night) -> None:
    assert ok(world.noor.api.get("/me/checkins"))["coverage"] == (
        f"Our team is back at midnight tonight. If you need someone now, {LINE}."
    ), "not today: it is a holiday"
    reply = night.answers_late(THOUGHTS)
    assert (reply["tier"], reply["late"]) == ("urgent", True)
    assert reply["coverage"] == CALLING, "no name and no time: nobody is at the desk"
    case_id = UUID(reply["case_id"])

    # Cleo is called. The worker that has her call in its hands is killed; another takes it over.
    killed_with_it_in_hand(world)
    assert called(world, case_id) == [["Cleo"]]
    assert night.until(3, 0, 29) == {}
    assert night.until(3, 0, 30) == {"Cleo": ["mail", "text"]}
    assert night.auditor() == []
    assert night.until(3, 9, 59) == {}, "her telephone does not ring for the first urgent call"
    assert night.auditor() == ["channel_stuck (fcm)"], "push is down, and nothing else that is owed waits"
    assert noors(world) == f"No one on your team has answered yet. You don't have to wait: {LINE} now."

    # She sleeps. Dan is called, and his telephone rings as well.
    assert night.dan.api.get(f"/clients/{world.noor.id}").status_code == 404
    assert night.until(3, 10) == {"Dan": ["mail", "telephone", "text"]}
    assert called(world, case_id) == [["Cleo"], ["Dan"]]
    assert night.health() == 200
    world.clock.advance(seconds=50)
    call = night.ringing(night.dan)
    said = ask(world, night.lines, call).text
    assert said.count("This is Riverside. Someone needs an answer. Press 1 to say that you have it.") == 2
    assert "You have it." in ask(world, night.lines, call, "/pressed", Digits="1").text
    case = row(world, case_id)
    assert (case.state, case.owner_id) == (CaseState.ACKNOWLEDGED, night.dan.id)
    assert noors(world) == f"Dan has seen this. If you need someone now, {LINE}.", "no time on a holiday"
    late = press(world, night.link_to(night.cleo))
    assert (late.status_code, "A colleague has it already." in words(late)) == (409, True)

    # He signs in, sees whose case it is, telephones her, and closes it.
    assert ok(night.dan.api.get(f"/clients/{world.noor.id}"))["name"] == "Noor"
    assert night.until(3, 25) == {}
    assert night.auditor() == ["channel_stuck (fcm)"], "Noor's phone does not know yet that somebody has it"
    act(world, night.dan, case_id, "contacts", channel="phone", reached=True, note="her sister is with her")
    assert noors(world) == "Dan has been in touch with you. Your plan is here for you."
    assert closes(world, night.dan, case_id) == "closed"
    assert night.until(3, 30) == {"Cleo": ["mail", "text"]}, "the all-clear"
    assert night.owed() == ["Cleo: all_clear", "Noor: case_closed", "Noor: case_seen"]

    # Push works again: the calls of the night ring nowhere any more.
    world.fcm.heal()
    assert night.until(3, 35) == {"Cleo": ["all_clear"], "Noor": ["case_closed", "case_seen"]}
    assert night.until(4, 0) == {}
    assert night.owed() == []
    assert night.auditor() == []
    assert night.health() == 200
    assert night.until(9, 30, step=1800) == {}, "the desk stays empty, and nobody is called to it"
    assert told(world, case_id) == ["opened", "called", "called", "acknowledged", "contact", "closed"]
    assert (night.lines.first.taken, night.lines.first.asked > 0) == ([], True), "it was broken all night"


def test_she_is_not_safe_dan_takes_it_by_the_link_and_two_people_close_it(world: World, night: Night) -> None:
    reply = night.answers_late(NOT_SAFE)
    assert (reply["tier"], reply["late"]) == ("emergency", True)
    assert reply["coverage"] == CALLING
    case_id = UUID(reply["case_id"])

    # The telephone rings at once. A machine answers for Cleo, and takes nothing.
    assert night.heard() == {"Cleo": ["mail", "telephone", "text"]}
    call = night.ringing(night.cleo)
    ask(world, night.lines, call, "/pressed", AnsweredBy="machine_end_beep", Digits="1")
    assert row(world, case_id).state is CaseState.OPEN
    assert night.until(3, 2, 59) == {}
    assert night.auditor() == ["channel_stuck (fcm)"]

    # It is Dan's turn, and the worker that has his call in its hands is killed.
    world.clock.set(chicago(HOLIDAY, 3, 3))
    world.jobs.run("climb_due")
    killed_with_it_in_hand(world)
    assert night.heard() == {}
    assert night.until(3, 3, 30) == {"Dan": ["mail", "telephone", "text"]}
    assert called(world, case_id) == [["Cleo"], ["Dan"]]
    assert press(world, night.link_to(night.dan)).status_code == 200
    assert row(world, case_id).owner_id == night.dan.id
    assert noors(world) == f"Dan has seen this. If you need someone now, {LINE}."

    # Push works again while he speaks with her: the calls of the night ring nowhere any more.
    assert night.until(3, 15) == {}
    assert night.owed() == ["Noor: case_seen"]
    world.fcm.heal()
    assert night.until(3, 20) == {"Noor": ["case_seen"]}

    # He closes it, and it stays open until Sol has signed as well.
    act(world, night.dan, case_id, "contacts", channel="phone", reached=True)
    assert closes(world, night.dan, case_id) == "acknowledged"
    assert night.heard() == {"Sol": ["case_cosign", "mail", "text"]}
    assert act(world, world.sol, case_id, "cosign", agree=True)["state"] == "closed"
    all_clear = ["all_clear", "mail", "text"]
    assert night.heard() == {"Cleo": all_clear, "Dan": all_clear, "Noor": ["case_closed"]}
    assert night.until(4, 0) == {}
    assert night.owed() == []
    assert night.auditor() == []
    assert night.health() == 200
    assert night.lines.first.taken == []
