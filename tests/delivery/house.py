"""A programme with Noor (client) and Mara, Ben, Sol (staff) on a bare database, and providers by their real
protocols. For tests of delivery alone; whole days are told in tests/flows with `world`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from notifications.delivery import devices, outbox
from notifications.delivery.channels.base import Envelope
from notifications.delivery.channels.email import EmailChannel
from notifications.delivery.channels.fcm import FcmChannel
from notifications.delivery.messages import Kind
from notifications.delivery.models import Attempt, ChannelName, Device, Message, MessageState
from notifications.delivery.retry import Priority
from notifications.delivery.schemas import DeviceIn, FcmDeviceIn
from notifications.delivery.sending import Sender
from server.core.actor import Actor, ActorKind
from server.core.db import Database, Tx
from server.core.tables import new_id
from server.people import access, actions, sessions
from server.people.models import Client
from server.people.schemas import StaffNew
from server.people.terms import Language, RiskLevel, Role
from tests.clock import MovableClock
from tests.fakes.fcm import FcmServer
from tests.fakes.smtp import PASSWORD, USERNAME, SmtpServer


class House:
    """Everybody is signed in; phones are registered by the test."""

    def __init__(self, db: Database, clock: MovableClock) -> None:
        self.db = db
        self.clock = clock
        self.sessions: dict[UUID, UUID] = {}
        self.programme = db.write_now(
            lambda tx: actions.create_programme(tx, "Riverside", "America/Chicago").id
        )
        self.mara = self.add_staff("Mara", Role.CASE_MANAGER)
        self.ben = self.add_staff("Ben", Role.CASE_MANAGER)
        self.sol = self.add_staff("Sol", Role.SUPERVISOR)
        self.noor = self.add_client("Noor")

    def add_staff(self, name: str, role: Role) -> UUID:
        def create(tx: Tx) -> UUID:
            new = StaffNew(name=name, email=f"{name.lower()}@riverside.example", role=role)
            row, _, _ = actions.create_staff(tx, self.programme, new)
            row.email_proved_at = tx.now
            return row.id

        staff_id = self.db.write_now(create)
        self.sign_in(staff_id)
        return staff_id

    def add_client(self, name: str, language: Language = Language.EN) -> UUID:
        def create(tx: Tx) -> UUID:
            client_id = new_id()
            wrapped = tx.vault.new_subject_key(client_id)
            row = Client(
                id=client_id,
                programme_id=self.programme,
                zone="America/Denver",
                language=language,
                risk_level=RiskLevel.LOW,
                wrapped_key=wrapped,
                name=tx.vault.subject(client_id, wrapped).seal_text("clients.name", client_id, name),
                created_at=tx.now,
            )
            tx.session.add(row)
            tx.session.flush()
            return client_id

        client_id = self.db.write_now(create)
        self.sign_in(client_id)
        return client_id

    def sign_in(self, person: UUID) -> None:
        """A new session; the one before stays as it is."""

        def begin(tx: Tx) -> UUID:
            is_client = tx.session.get(Client, person) is not None
            who = {"client_id": person} if is_client else {"staff_id": person}
            token = sessions.start(tx, programme_id=self.programme, **who)
            session_id = sessions.authenticate(tx, token).session_id
            assert session_id
            return session_id

        self.sessions[person] = self.db.write_now(begin)

    def as_person(self, tx: Tx, person: UUID) -> Tx:
        is_client = tx.session.get(Client, person) is not None
        tx.actor = Actor(
            kind=ActorKind.CLIENT if is_client else ActorKind.STAFF,
            id=person,
            programme_id=self.programme,
            role=Role.CLIENT if is_client else Role.CASE_MANAGER,
            session_id=self.sessions[person],
        )
        return tx

    def phone(self, person: UUID, token: str, device_id: UUID | None = None) -> UUID:
        """Register a phone as its owner would."""
        chosen = device_id or uuid4()
        self.register(person, chosen, FcmDeviceIn(token=token))
        return chosen

    def register(self, person: UUID, device_id: UUID, given: DeviceIn, *hosts: str) -> None:
        """Register a phone or a browser; `hosts` are the push services this installation speaks to."""
        self.db.write_now(
            lambda tx: devices.register(self.as_person(tx, person), device_id, given, push_hosts=hosts)
        )

    def call(self, staff_id: UUID, case_id: UUID, number: int = 0, **changes: Any) -> int:
        """Call a staff member to a case, as the ladder does."""
        options: dict[str, Any] = {
            "dedupe": f"case:{case_id}:call:{number}",
            "priority": Priority.EMERGENCY,
            "case_id": case_id,
            "call_number": number,
            **changes,
        }

        def work(tx: Tx) -> int:
            return outbox.tell(tx, outbox.to_staff(tx, staff_id), Kind.CASE_CALL, **options)

        return self.db.write_now(work)

    def tell_client(self, client_id: UUID, dedupe: str = "checkin:1:open", **changes: Any) -> int:
        options: dict[str, Any] = {"priority": Priority.NORMAL, **changes}

        def work(tx: Tx) -> int:
            recipient = outbox.to_client(tx, access.known_client(tx, client_id))
            return outbox.tell(tx, recipient, Kind.CHECKIN_OPEN, dedupe=dedupe, **options)

        return self.db.write_now(work)

    def messages(self, case_id: UUID | None = None) -> list[Message]:
        query = select(Message).order_by(Message.id)
        if case_id is not None:
            query = query.where(Message.case_id == case_id)
        return self.db.read_now(lambda tx: list(tx.session.scalars(query)))

    def notices(self, client_ids: Sequence[UUID], dedupe: str) -> list[outbox.Notice]:
        """One check-in notice for each client."""
        return [
            outbox.Notice(
                programme_id=self.programme,
                client_id=client_id,
                language=Language.EN,
                kind=Kind.CHECKIN_OPEN,
                dedupe=f"{dedupe}:{client_id}",
                expires_at=self.clock.at + timedelta(hours=4),
                data={"checkin_id": "c"},
            )
            for client_id in client_ids
        ]

    def states(self) -> list[tuple[ChannelName, MessageState, str | None]]:
        return sorted((row.channel, row.state, row.outcome) for row in self.messages())

    def attempts(self) -> list[Attempt]:
        return self.db.read_now(lambda tx: list(tx.session.scalars(select(Attempt).order_by(Attempt.id))))

    def devices(self) -> set[UUID]:
        return self.db.read_now(lambda tx: set(tx.session.scalars(select(Device.id))))

    def dead_calls(self) -> list[outbox.DeadCall]:
        return self.db.read_now(outbox.undelivered_calls)


class Post:
    """Both providers as stand-ins over real sockets, the genuine channels to them, and senders."""

    def __init__(self, house: House, fcm: FcmServer, smtp: SmtpServer, *, timeout: float) -> None:
        self.house = house
        self.fcm = fcm
        self.smtp = smtp
        self.push = FcmChannel(fcm.service_account(), base_url=fcm.base_url, timeout=timeout)
        self.email = EmailChannel(
            "127.0.0.1",
            smtp.port,
            sender="noreply@riverside.example",
            security="starttls",
            username=USERNAME,
            password=PASSWORD,
            ca_file=smtp.ca_file,
            timeout=5,
        )
        self._senders: list[Sender] = []
        self.sender = self.new_sender()

    def push_warm_up(self) -> None:
        """Fetch an access token, so that timings below measure sending alone."""
        warm = Envelope(
            message_id="warm-up",
            address="warm-up",
            subject="",
            body="",
            language=Language.EN,
            priority=2,
            ttl_seconds=0,
            data={},
        )
        self.push.send(warm)
        self.fcm.forget()

    def push_anew(self) -> None:
        """A push channel without an access token yet, and a sender over it."""
        self.push.close()
        self.push = FcmChannel(self.fcm.service_account(), base_url=self.fcm.base_url, timeout=5)
        self.sender = self.new_sender()

    def new_sender(self) -> Sender:
        sender = Sender(self.house.db, {ChannelName.FCM: self.push, ChannelName.EMAIL: self.email})
        self._senders.append(sender)
        return sender

    def send_everything(self) -> None:
        """Send until nothing is due at this instant."""
        while self.sender.send_due():
            assert self.sender.drain()

    def wait(self, **parts: float) -> None:
        """Let time pass, then send what has come due."""
        self.house.clock.set(self.house.clock.at + timedelta(**parts))
        self.send_everything()

    def mailed(self) -> list[str]:
        """To whom mail went, one entry a mail."""
        return [mail.recipients[0] for mail in self.smtp.mails]

    def pushed(self, token: str) -> list[str]:
        """Kinds of what a phone got."""
        return [delivery.message["data"]["kind"] for delivery in self.fcm.inbox(token)]

    def close(self) -> None:
        for sender in self._senders:
            sender.close()
        self.push.close()
        self.email.close()


@contextmanager
def post_office(house: House, *, timeout: float = 5.0) -> Iterator[Post]:
    """Stand-ins, channels and one sender, for the length of a test."""
    with FcmServer() as fcm, SmtpServer() as smtp:
        post = Post(house, fcm, smtp, timeout=timeout)
        yield post
        post.close()
