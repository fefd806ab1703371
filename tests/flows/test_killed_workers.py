"""Workers are killed at the worst moment, or are two. Nothing is lost; what is doubled carries the same id."""

from collections import Counter
from typing import Any

from server.people.terms import CareRole
from tests.fakes.fcm import TOKEN_PATH
from tests.fakes.fcm_rules import Fault
from tests.processes import Installation, Somebody, asks_for_help, cast, lease_has_lapsed, wait_for


def calls(home: Installation, somebody: Somebody) -> list[Any]:
    """The calls on their phone. At the start of a day of duty it hears of that day as well."""
    heard = [delivery.message for delivery in home.fcm.inbox(somebody.phone)]
    return [message for message in heard if "case_id" in message["data"]]


def test_a_worker_killed_between_commit_and_send_loses_nothing(home: Installation) -> None:
    mara, noor = cast(home)
    home.fcm.fail(Fault.TOKEN_HANG)
    worker = home.start("work")
    asks_for_help(home, noor)
    wait_for("the worker to hold the message", lambda: home.fcm.asked(TOKEN_PATH))
    home.kill(worker)
    home.fcm.heal()
    assert home.fcm.inbox(mara.phone) == []
    home.start("work")
    wait_for("the call", lambda: calls(home, mara), seconds=90)


def test_a_worker_killed_during_send_repeats_the_same_message_under_the_same_id(home: Installation) -> None:
    mara, noor = cast(home)
    home.fcm.fail(Fault.HANG)
    worker = home.start("work")
    asks_for_help(home, noor)
    wait_for("the message to be on the way", home.fcm.asked)
    home.kill(worker)
    home.fcm.heal()
    lease_has_lapsed(home)
    home.start("work")
    wait_for("the call", lambda: calls(home, mara))
    assert len({call["android"]["notification"]["tag"] for call in calls(home, mara)}) == 1


def test_two_workers_at_once_double_nothing(home: Installation) -> None:
    mara, _ = cast(home)
    clients = [home.client(f"Client{n}", mara) for n in range(15)]
    for client in clients:
        home.add_to_team(client, mara, CareRole.BACKUP)
    for _ in range(2):
        home.start("work")
    for client in clients:
        asks_for_help(home, client)
    wait_for("every call", lambda: len(calls(home, mara)) >= len(clients))
    cases = Counter(call["data"]["case_id"] for call in calls(home, mara))
    assert set(cases.values()) == {1}
    assert len(cases) == len(clients)
