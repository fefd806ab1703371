"""What each job may find to do, made by the service's own verbs. Everything else is at rest: one job has work.

Each situation ends with the clock at the moment the work is due. Riverside's day begins at 9:00 in Chicago.
"""

from collections.abc import Callable
from datetime import date, time, timedelta

from sqlalchemy import update

from checkins import schedules
from checkins.schemas import Pause
from notifications.delivery import sounding
from notifications.delivery.models import ChannelName
from notifications.escalations import acts
from notifications.escalations.drills import starting
from notifications.escalations.models import ContactChannel
from notifications.escalations.oncall import acts as rota_acts
from notifications.escalations.rotas.rota import Rota, Shift
from server.core.db import Tx
from server.people import actions, throttle
from server.people.models import Client
from server.people.schemas import CareSpellNew
from server.people.terms import CareRole, RiskLevel, Role
from tests.reliability.riverside import BEATS, SINKS, ZONE, Riverside

MONDAY = date(2026, 1, 12)


def a_checkin_is_due(here: Riverside) -> None:
    """One that opens, and one whose whole window passed while the service was down."""
    here.asks("10:00", window=240, reminders=(30,))
    here.asks("10:00", window=30, who=here.client("Theo", RiskLevel.LOW))
    here.clock.advance(hours=2)


def a_pause_is_over(here: Riverside) -> None:
    """The schedule wakes and asks at once."""
    schedule_id = here.asks("10:00", window=240)
    until = here.clock.at + timedelta(minutes=90)
    here.as_(here.mara, lambda tx: schedules.pause(tx, here.noor.id, schedule_id, Pause(until, "Away")))
    here.clock.advance(hours=2)


def a_reminder_is_due(here: Riverside) -> None:
    """Opened an hour ago, with two reminders."""
    here.asks("10:00", window=240, reminders=(30, 60))
    here.clock.advance(hours=1)
    here.work("open_due", "send_due")
    here.clock.advance(minutes=45)


def nobody_answered(here: Riverside) -> None:
    """One silence that raises a case, and one that is only reminded of."""
    for who in (here.noor, here.client("Theo", RiskLevel.MODERATE)):
        here.asks("10:00", window=45, who=who)
    here.clock.advance(hours=1)
    here.work("open_due", "send_due")
    here.clock.advance(hours=1)


def nobody_took_the_case(here: Riverside) -> None:
    """The next rung is due."""
    here.calls_for_help()
    here.work("climb_due", "send_due")
    here.clock.advance(minutes=10)


def the_owner_reached_nobody(here: Riverside) -> None:
    """Taken, and no contact in time."""
    case_id = here.calls_for_help()
    here.work("climb_due", "send_due")
    here.as_(here.mara, lambda tx: acts.acknowledge(tx, case_id))
    here.clock.advance(hours=2)


def the_owner_left(here: Riverside) -> None:
    """Taken by Ben, who is no longer on the care team."""
    case_id = here.calls_for_help()
    here.work("climb_due", "send_due")
    here.as_(here.ben, lambda tx: acts.acknowledge(tx, case_id))
    other = CareSpellNew(role=CareRole.BACKUP, staff_id=here.town.of(Role.CASE_MANAGER)[2].id)
    here.as_(here.sol, lambda tx: actions.set_care_role(tx, here.noor.id, other))
    here.clock.advance(minutes=1)


def the_call_died_everywhere(here: Riverside) -> None:
    """Mara's phone and mailbox are gone: the second rung is called at once."""
    here.posts[ChannelName.FCM].gone.add(f"phone of {here.mara.id}")
    here.posts[ChannelName.EMAIL].gone.add(f"{here.mara.name.replace(' ', '.')}@riverside.example")
    here.calls_for_help()
    here.work("send_due")


def nobody_closed_the_case(here: Riverside) -> None:
    """Noor was reached a day ago."""
    case_id = here.calls_for_help()
    here.work("climb_due", "send_due")
    here.as_(here.mara, lambda tx: acts.acknowledge(tx, case_id))
    here.as_(
        here.mara,
        lambda tx: acts.record_contact(tx, case_id, ContactChannel.PHONE, None, reached=True, note="Home."),
    )
    here.clock.advance(hours=24)


def nobody_answered_the_drill(here: Riverside) -> None:
    """Mara was called for practice, and its time is over."""

    def begin(tx: Tx) -> None:
        starting.start(tx, rota_acts.teams(tx)[0])

    here.as_(here.sol, lambda tx: rota_acts.store_rota(tx, rota_acts.teams(tx)[0].id, _weekdays_of(here)))
    here.as_(here.sol, begin)
    for _ in range(10):
        here.work("climb_due", "send_due")
        here.clock.advance(minutes=1)


def _weekdays_of(here: Riverside) -> Rota:
    """Mara is on from eight to eight."""
    days = tuple(Shift(weekday=day, start=time(8), end=time(20), person=here.mara.id) for day in range(1, 6))
    return Rota(zone=ZONE, starts_on=MONDAY, primary=days)


def calls_and_notices_wait(here: Riverside) -> None:
    """A call on every channel, an everyday notice, and the synthetic case."""
    here.calls_for_help()
    here.asks("10:00", window=240)
    here.clock.advance(hours=1)
    here.work("open_due")
    here.db.write_now(lambda tx: sounding.sound(tx, SINKS))


def a_phone_is_gone(here: Riverside) -> None:
    """The push service knows Mara's phone no more, and her mailbox takes the call; Noor's phone is gone as well."""
    here.posts[ChannelName.FCM].gone |= {f"phone of {here.mara.id}", f"phone of {here.noor.id}"}
    calls_and_notices_wait(here)


def a_minute_passed(here: Riverside) -> None:
    """A trail to seal, a counter that is over, a client who travelled, a rota with holes, a link that has ended.

    And it is time for the synthetic case.
    """
    here.asks("20:00")
    here.calls_for_help()
    here.work("climb_due", "send_due")
    here.db.write_now(lambda tx: throttle.count(tx, throttle.Limit.SIGN_IN_ACCOUNT, "somebody"))
    here.as_(here.sol, lambda tx: rota_acts.store_rota(tx, rota_acts.teams(tx)[0].id, _weekdays_of(here)))
    moved = update(Client).where(Client.id == here.noor.id).values(zone="Asia/Kathmandu")
    here.db.write_now(lambda tx: tx.connection.execute(moved))
    here.clock.advance(hours=3)
    here.work(*BEATS, "send_due")


SITUATIONS: tuple[tuple[str, Callable[[Riverside], None]], ...] = (
    ("open_due", a_checkin_is_due),
    ("open_due", a_pause_is_over),
    ("remind_due", a_reminder_is_due),
    ("close_missed", nobody_answered),
    ("climb_due", nobody_took_the_case),
    ("climb_due", the_owner_reached_nobody),
    ("climb_due", the_owner_left),
    ("climb_due", the_call_died_everywhere),
    ("climb_due", nobody_closed_the_case),
    ("climb_due", nobody_answered_the_drill),
    ("send_due", calls_and_notices_wait),
    ("send_due", a_phone_is_gone),
    ("housekeeping", a_minute_passed),
)
"""Each job, and what it finds."""
