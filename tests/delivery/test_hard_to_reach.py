"""Colleagues who could not be told are found before it matters."""

from uuid import uuid4

from sqlalchemy import update

from notifications.delivery import serving
from notifications.delivery.models import ChannelName, Message, MessageState
from notifications.delivery.reachable import HardToReach, without_channel
from server.core.actor import Actor, ActorKind
from server.core.db import Tx
from server.people.terms import Role
from tests.delivery.house import House
from tests.delivery.numbers import give_number

EMAIL, FCM, SMS = ChannelName.EMAIL, ChannelName.FCM, ChannelName.SMS


def carried(house: House, *channels: ChannelName) -> None:
    house.db.write_now(lambda tx: serving.note_served(tx, channels))


def found(house: House, *among: object) -> list[HardToReach]:
    def ask(tx: Tx) -> list[HardToReach]:
        tx.actor = Actor(
            kind=ActorKind.STAFF, id=house.sol, programme_id=house.programme, role=Role.SUPERVISOR
        )
        return without_channel(tx, [house.mara, house.ben, house.sol] if not among else list(among))  # type: ignore[arg-type]

    return house.db.read_now(ask)


def test_with_e_mail_alone_nobody_is_woken_and_with_nothing_nobody_is_told(house: House) -> None:
    house.phone(house.ben, "bens-phone")
    give_number(house.db, house.sol, SMS)
    assert {each.staff_id for each in found(house) if each.silent} == {house.mara, house.ben, house.sol}
    carried(house, EMAIL, FCM, SMS)
    assert found(house) == [HardToReach(house.mara, silent=False)]
    house.clock.advance(minutes=3)
    carried(house, EMAIL)
    assert {each.staff_id for each in found(house)} == {house.mara, house.ben, house.sol}
    assert not any(each.silent for each in found(house))


def test_a_way_that_was_refused_for_good_does_not_count_until_it_works_again(house: House) -> None:
    house.phone(house.ben, "bens-phone")
    carried(house, EMAIL, FCM)
    assert found(house, house.ben) == []

    def settled(state: MessageState, why: str | None) -> None:
        house.call(house.ben, uuid4())
        house.clock.advance(seconds=1)

        def write(tx: Tx) -> None:
            owed = update(Message).where(Message.state == MessageState.QUEUED)
            tx.session.execute(owed.values(state=state, outcome=why))

        house.db.write_now(write)

    settled(MessageState.DEAD, "misconfigured")
    assert found(house, house.ben) == [HardToReach(house.ben, silent=True)]
    settled(MessageState.SENT, None)
    assert found(house, house.ben) == []
    settled(MessageState.DEAD, "withdrawn")
    assert found(house, house.ben) == []


def test_it_asks_about_whoever_may_be_called_and_about_nobody_elsewhere(house: House) -> None:
    def ask(tx: Tx) -> list[HardToReach]:
        tx.actor = Actor(kind=ActorKind.STAFF, id=uuid4(), programme_id=uuid4(), role=Role.SUPERVISOR)
        return without_channel(tx, [house.mara])

    assert house.db.read_now(ask) == []

    def callable_now(tx: Tx) -> list[HardToReach]:
        tx.actor = Actor(
            kind=ActorKind.STAFF, id=house.sol, programme_id=house.programme, role=Role.SUPERVISOR
        )
        return without_channel(tx)

    # Mara and Ben are on no care team yet.
    assert house.db.read_now(callable_now) == [HardToReach(house.sol, silent=True)]
