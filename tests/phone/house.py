"""A real service with its worker, and people in it, for tests that drive a phone in a real browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import delete, select, update

from checkins.models import Occurrence, OccurrenceState
from notifications.delivery import devices
from server.core.db import Tx
from server.core.vault import Keys
from server.people import actions, sessions
from server.people.models import PreferenceRow, Throttle
from server.people.schemas import ClientNew
from server.people.terms import CareRole, Language, Role
from tests.processes import Installation, Somebody, installed, wait_for

SIGN, WALK, MUSIC, CAFE, SISTER, FRIEND, CLINIC, LOCK, CAT = (
    f"0192c0de-0000-7000-8000-0000000000a{n}" for n in range(1, 10)
)
PLAN: dict[str, Any] = {
    "alias": "My steady page",
    "warning_signs": [
        {"id": SIGN, "text": "I stop answering my sister", "stage": "early"},
        {
            "id": "0192c0de-0000-7000-8000-0000000000b1",
            "text": "I sleep in my clothes",
            "stage": "breaking_down",
        },
        {"id": "0192c0de-0000-7000-8000-0000000000b2", "text": "I give my records away", "stage": "crisis"},
    ],
    "coping": [
        {
            "id": WALK,
            "text": "Walk to the river and back",
            "likelihood": 4,
            "obstacle": "Rain: the stairs count too",
        },
        {"id": MUSIC, "text": "Put on the slow record, side two", "likelihood": 5},
    ],
    "distractions": [{"id": CAFE, "text": "The cafe on Elm Street", "kind": "place", "where": "Elm Street"}],
    "helpers": [
        {
            "id": SISTER,
            "name": "Leila",
            "phone": "(503) 555-0142",
            "relation": "my sister",
            "best_times": "evenings",
        },
        {"id": FRIEND, "name": "Jonas", "phone": "(503) 555-0143", "relation": "friend"},
    ],
    "professionals": [
        {"id": CLINIC, "name": "Riverside clinic", "phone": "503-555-0100", "hours": "weekdays until six"}
    ],
    "crisis_lines": ["lifeline_call", "lifeline_text"],
    "safer_surroundings": [
        {"id": LOCK, "action": "Tablets are with Leila", "who_helps": "Leila", "done": True}
    ],
    "reasons": [
        {"id": CAT, "text": "My cat Fig"},
        {"id": "0192c0de-0000-7000-8000-0000000000b3", "text": "The garden in May"},
    ],
}
TEAM = (
    ("Mara", Role.CASE_MANAGER, CareRole.CASE_MANAGER),
    ("Ben", Role.CASE_MANAGER, CareRole.BACKUP),
    ("Sol", Role.SUPERVISOR, CareRole.SUPERVISOR),
    ("Ida", Role.CLINICIAN, CareRole.CLINICIAN),
)


class Site:
    """Riverside with Mara, Ben, Sol and Ida, running as a web process and a worker on its own database.

    `url` says localhost, since a browser keeps the Secure `__Host-` cookie there without TLS.
    """

    def __init__(self, home: Installation) -> None:
        self.home = home
        self.url = f"http://localhost:{home.port}"
        home.environment["HANDRAIL_BASE_URL"] = self.url
        self.people: dict[str, Somebody] = {name: home.staff(name, role) for name, role, _ in TEAM}
        self._web = home.serve()
        self._worker = home.start("work")
        self.noor = self.new_client("Noor")

    def staff(self, name: str) -> httpx.Client:
        """Requests under /api as this staff member."""
        headers = {"Authorization": f"Bearer {self._fresh_token(name)}"}
        return httpx.Client(base_url=f"{self.url}/api", headers=headers, timeout=20)

    def _fresh_token(self, name: str) -> str:
        staff_id, programme = self.people[name].id, self.home.programme_id
        return self.home.db.write_now(
            lambda tx: sessions.start(tx, programme_id=programme, staff_id=staff_id)
        )

    def new_client(
        self,
        name: str = "Noor",
        *,
        language: Language = Language.EN,
        zone: str = "America/Chicago",
        plan: dict[str, Any] | None = PLAN,
        checkin: bool = True,
    ) -> UUID:
        """A client of Mara's with this team, this plan published, and (with `checkin`) a check-in open now."""

        def create(tx: Tx) -> UUID:
            tx.actor = sessions.authenticate(tx, self._mara_token)
            return actions.create_client(tx, ClientNew(name=name, zone=zone, language=language)).id

        self._mara_token = self._fresh_token("Mara")
        client_id = self.home.db.write_now(create)
        for member, _, role in TEAM[1:]:
            self.home.add_to_team(Somebody(client_id, "", ""), self.people[member], role)
        if plan is not None:
            self.publish(client_id, plan)
        if checkin:
            self.open_checkin(client_id)
        return client_id

    def publish(self, client_id: UUID, document: dict[str, Any]) -> int:
        """Ida publishes this plan; returns its number."""
        path = f"/clients/{client_id}/plan"
        with self.staff("Ida") as ida:
            version = ida.get(f"{path}/draft").json()["version"]
            saved = ida.put(
                f"{path}/draft", json={"document": document}, headers={"If-Match": f'"{version}"'}
            )
            assert saved.status_code == 200, saved.text
            body = {"draft_version": saved.json()["version"], "reason": "written together"}
            attested = {**body, "client_took_part": True, "caregiver_involved": False}
            answer = ida.post(f"{path}/revisions", json=attested)
            assert answer.status_code == 201, answer.text
            return int(answer.json()["number"])

    def open_checkin(self, client_id: UUID) -> UUID:
        """A daily schedule whose first check-in is due now and open for ten hours; its id."""
        with self.staff("Mara") as mara:
            daily = {"frequency": "daily", "times": ["09:00"]}
            body = {
                "recurrence": daily,
                "window_minutes": 600,
                "starts_on": datetime.now(UTC).date().isoformat(),
            }
            made = mara.post(f"/clients/{client_id}/schedules", json=body)
            assert made.status_code == 201, made.text
        due_at = datetime.now(UTC) - timedelta(minutes=1)

        def bring_forward(tx: Tx) -> UUID:
            waiting = select(Occurrence.id).where(
                Occurrence.client_id == client_id, Occurrence.state == OccurrenceState.SCHEDULED
            )
            found = tx.session.scalars(waiting).one()
            earlier = {"due_at": due_at, "closes_at": due_at + timedelta(hours=10)}
            tx.session.execute(update(Occurrence).where(Occurrence.id == found).values(**earlier))
            return found

        checkin_id = self.home.db.write_now(bring_forward)
        wait_for("the check-in to open", lambda: self._state(checkin_id) is OccurrenceState.OPEN)
        return checkin_id

    def let_pass(self, checkin_id: UUID) -> None:
        """The time for this check-in is over, and nobody answered."""
        over = update(Occurrence).where(Occurrence.id == checkin_id).values(closes_at=datetime.now(UTC))
        self.home.db.write_now(lambda tx: tx.session.execute(over) and None)
        wait_for("the check-in to be missed", lambda: self._state(checkin_id) is OccurrenceState.MISSED)

    def _state(self, checkin_id: UUID) -> OccurrenceState:
        query = select(Occurrence.state).where(Occurrence.id == checkin_id)
        return self.home.db.read_now(lambda tx: tx.session.scalars(query).one())

    def pairing_code(self, client_id: UUID | None = None, *, by: str = "Mara") -> str:
        """A fresh code for this client's phone (Noor's unless told otherwise), from whoever looks after them."""
        # All phones of a test share one address, which may try thirty codes in a quarter of an hour.
        self.home.db.write_now(lambda tx: tx.session.execute(delete(Throttle)) and None)
        with self.staff(by) as staff:
            answer = staff.post(f"/clients/{client_id or self.noor}/invitations")
            assert answer.status_code == 201, answer.text
            return str(answer.json()["code"])

    def sign_out_phones(self, client_id: UUID | None = None) -> None:
        """Mara ends every session of this client: a lost phone."""
        with self.staff("Mara") as mara:
            assert mara.delete(f"/clients/{client_id or self.noor}/sessions").status_code == 204

    def devices(self, client_id: UUID) -> int:
        """How many phones of this client may be notified."""
        return self.home.db.read_now(lambda tx: len(devices.of_person(tx, client_id=client_id)))

    def wants_reminders(self, client_id: UUID) -> bool:
        """What the service knows of the client's wish."""
        query = select(PreferenceRow.reminders).where(PreferenceRow.client_id == client_id)
        return bool(self.home.db.read_now(lambda tx: tx.session.scalars(query).one_or_none()))

    def stop(self) -> None:
        """The web process is gone, as when the network is; `start_again` brings it back on the same port."""
        self.home.kill(self._web)

    def start_again(self) -> None:
        self._web = self.home.serve()

    def bring_back(self) -> None:
        """Start again where a test that failed left it stopped: the next test is about something else."""
        if self._web.poll() is not None:
            self.start_again()


@contextmanager
def a_site(folder: Path, template: Path, keys: Keys, **environment: str) -> Iterator[Site]:
    """A running site in `folder`, gone afterwards; its processes have `environment` as well."""
    path = folder / "handrail.db"
    shutil.copy(template, path)
    with installed(folder, str(path), keys) as home:
        home.environment.update(environment)
        yield Site(home)


def as_root() -> bool:
    """Chromium's sandbox does not start for root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
