"""Riverside Outreach: the programme, its six staff and twelve clients, made by the same verbs the service uses."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct
from pyotp.totp import TOTP

from checkins import schedules
from checkins.schemas import ScheduleIn
from crisisplans import client_plan, copies_given, drafts, publishing
from crisisplans.own_schemas import CopyGiven
from crisisplans.schemas import Publish
from crisisplans.sections import PlanDraft
from notifications.escalations.hours import CoverageHours, Span
from server.core.actor import Actor, ActorKind
from server.core.db import Tx
from server.core.errors import Refusal
from server.demo.voices import Asked, Later, Voice
from server.people import actions, passwords, programmes, second_factor, sessions, sign_in
from server.people.programmes import EmergencyContact
from server.people.schemas import CareSpellNew, StaffNew
from server.people.terms import CareRole, Role

T = TypeVar("T")

PROGRAMME, ZONE = "Riverside Outreach", "America/Chicago"
NIGHT_DESK = EmergencyContact("Riverside night desk", "night.desk@riverside.example", "(312) 555-0156")

_TEAM = (
    ("dana", "Dana Whitfield", Role.CASE_MANAGER),
    ("luis", "Luis Ortega", Role.CASE_MANAGER),
    ("priya", "Priya Raman", Role.CLINICIAN),
    ("hannah", "Hannah Osei", Role.CLINICIAN),
    ("marguerite", "Marguerite Bell", Role.SUPERVISOR),
    ("winston", "Winston Cho", Role.ADMINISTRATOR),
)
# Plain words, four to a password: easy to type from a table, made anew for every demonstration.
_WORDS = """
amber anchor apple arbor autumn badger bamboo basil beacon birch bison bridge canoe cedar cello clover comet copper
coral cricket dahlia delta ember falcon fennel fern fiddle garnet ginger glacier harbor hazel heron indigo ivory
jasper juniper kettle lantern laurel linen lotus maple marble meadow mosaic nutmeg olive orchid otter pebble pepper
plum poplar prairie quartz quilt raven river saffron sage spruce sparrow thistle timber tulip velvet violet walnut
willow winter
""".split()  # noqa: SIM905  words are easier to read as words


class StaffCard(Struct, frozen=True):
    """A staff member's sign-in, as the demonstration hands it out."""

    name: str
    role: str
    email: str
    password: str
    totp_secret: str


class Staffer(Struct, frozen=True):
    """A staff member as the loader acts for them."""

    actor: Actor
    card: StaffCard


def coverage() -> CoverageHours:
    """When Riverside answers: weekdays from eight to eight, weekends from ten to four."""
    week, weekend = (_span(8, 20),), (_span(10, 16),)
    return CoverageHours(
        zone=ZONE,
        monday=week,
        tuesday=week,
        wednesday=week,
        thursday=week,
        friday=week,
        saturday=weekend,
        sunday=weekend,
    )


def _span(start: int, end: int) -> Span:
    return Span(time(start), time(end))


def create_programme(tx: Tx) -> UUID:
    """The programme with its hours and the outside contact of its last rung."""
    row = actions.create_programme(tx, PROGRAMME, ZONE)
    row.settings = {"coverage": msgspec.to_builtins(coverage())}
    row.emergency_contact = programmes.seal_emergency_contact(tx, programmes.facts(tx, row.id), NIGHT_DESK)
    tx.session.flush()
    programmes.facts(tx, row.id)
    return row.id


def create_staff(tx: Tx, programme_id: UUID) -> dict[str, Staffer]:
    """Six staff who have set their password and confirmed their second factor, by key."""
    return {key: _staffer(tx, programme_id, key, name, role) for key, name, role in _TEAM}


def _staffer(tx: Tx, programme_id: UUID, key: str, name: str, role: Role) -> Staffer:
    email = f"{key}@riverside.example"
    password = "-".join(secrets.choice(_WORDS) for _ in range(4))
    row, _, code = actions.create_staff(tx, programme_id, StaffNew(name=name, email=email, role=role))
    row.email_proved_at = tx.now  # invented, as its owner is: no code could be given back
    _fine(sign_in.activate(tx, code, password, passwords.hashed(password)))
    tx.actor = sessions.authenticate(tx, sign_in.sign_in(tx, [row.id], email, None)[0])
    secret, _ = second_factor.new_totp(tx)
    tx.actor = sessions.authenticate(tx, _fine(second_factor.confirm_totp(tx, TOTP(secret).at(tx.now))))
    sessions.end(tx)
    actor = Actor(kind=ActorKind.STAFF, id=row.id, programme_id=programme_id, role=role.value)
    return Staffer(actor=actor, card=StaffCard(name, role.value, email, password, secret))


def _fine(answer: T | Refusal) -> T:
    if isinstance(answer, Refusal):
        raise answer
    return answer


def create_client(tx: Tx, voice: Voice, staff: Mapping[str, Staffer]) -> UUID:
    """A client with the whole care team, the record made by their case manager."""
    tx.actor = staff[voice.team[CareRole.CASE_MANAGER]].actor
    client_id = actions.create_client(tx, voice.profile).id
    for role, key in voice.team.items():
        if role is not CareRole.CASE_MANAGER:
            actions.set_care_role(tx, client_id, CareSpellNew(role=role, staff_id=staff[key].actor.id))
    return client_id


def publish_first(tx: Tx, voice: Voice, client_id: UUID, clinician: Actor, today: date) -> None:
    """The first plan, written by the client's clinician with them, and received on their phone."""
    made = voice.publish
    _publish(
        tx,
        client_id,
        clinician,
        voice.first_draft(today),
        Publish(
            draft_version=0,
            reason=made.reason,
            client_took_part=made.attestation.client_took_part,
            caregiver_involved=made.attestation.caregiver_involved,
        ),
    )


def publish_later(tx: Tx, voice: Voice, later: Later, client_id: UUID, clinician: Actor, today: date) -> None:
    """The second revision, with what was found out since, and a copy of it to take home."""
    wanted = Publish(draft_version=0, reason=later.reason, client_took_part=True, caregiver_involved=False)
    number = _publish(tx, client_id, clinician, voice.draft(today), wanted)
    tx.actor = clinician
    given = CopyGiven(number=number, channel="print", purpose="To keep at home, beside the phone.")
    copies_given.give_copy(tx, client_id, given)


def _publish(tx: Tx, client_id: UUID, clinician: Actor, draft: PlanDraft, wanted: Publish) -> int:
    tx.actor = clinician
    before = drafts.draft_out(tx, client_id).version
    drafts.save(tx, client_id, draft, before)
    version = drafts.draft_out(tx, client_id).version
    number = publishing.publish(tx, client_id, msgspec.structs.replace(wanted, draft_version=version)).number
    tx.seen.clear()
    tx.actor = client_actor(client_id, clinician)
    client_plan.receive(tx, number)
    return number


def client_actor(client_id: UUID, colleague: Actor) -> Actor:
    """A client of the same programme as this staff member."""
    return Actor(
        kind=ActorKind.CLIENT, id=client_id, programme_id=colleague.programme_id, role=Role.CLIENT.value
    )


def begin_asking(tx: Tx, client_id: UUID, manager: Actor, wanted: Sequence[Asked], starts_on: date) -> None:
    """The client's schedules, from a local date on."""
    tx.actor = manager
    for one in wanted:
        schedules.create(
            tx,
            client_id,
            ScheduleIn(
                recurrence=one.recurrence,
                window_minutes=one.window_minutes,
                reminders=one.reminders,
                starts_on=starts_on,
            ),
        )


def created_at(voice: Voice, place: int, start: datetime) -> datetime:
    """When the client came, one early afternoon: those at high risk within the last month, others earlier."""
    days = 2 if voice.profile.risk_level == "high" else 4 + 3 * place
    return start - timedelta(days=days, minutes=17 * place) + timedelta(hours=11)
