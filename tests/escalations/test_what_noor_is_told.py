"""What the client reads about a case is true at that moment, and never more than the programme's hours hold."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from crisisplans.queries import main_line
from notifications.escalations.cases import promised_by
from notifications.escalations.tiers import Tier
from tests.checkins.told import NOT_SAFE, answer, opened
from tests.escalations.telling import act, flagged, hush, ok, row
from tests.world import World

LINE = f"If you need someone now, call or text {main_line().number}."
TEN_TO_FIVE = datetime(2026, 1, 13, 22, 50, tzinfo=UTC)


def help_from(world: World) -> Any:
    """Noor asks for someone; the reply."""
    return ok(world.noor.api.put(f"/me/help/{uuid4()}", {}))


def read(world: World) -> Any:
    """What Noor's phone shows of her case."""
    return ok(world.noor.api.get("/me/case"))["case"]


def day_and_night(world: World, end: str = "00:00:00", holidays: tuple[str, ...] = ()) -> None:
    """Adi enters that somebody is on duty day and night, or until this hour of the next day."""
    settings = world.adi.api.get("/programme")
    body = {key: value for key, value in settings.json().items() if key != "version"}
    whole_day = [{"start": "00:00:00", "end": end}]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    body["coverage"] = {**body["coverage"], "holidays": holidays, **dict.fromkeys(days, whole_day)}
    ok(world.adi.api.put("/programme", body, headers={"If-Match": settings.headers["etag"]}))


def test_before_a_check_in_noor_reads_until_when_somebody_looks(world: World) -> None:
    def told() -> str:
        return ok(world.noor.api.get("/me/checkins"))["coverage"]

    number = main_line().number
    assert told() == (
        "Someone looks at your answers today until 5:00 pm. "
        f"After that, or if you need someone now, call or text {number}."
    )
    world.clock.advance(hours=9)
    assert told() == f"Our team is back tomorrow at 9:00 am. If you need someone now, call or text {number}."
    world.clock.advance(hours=9)
    day_and_night(world)
    assert told() == f"If you need someone now, call or text {number}."


def test_a_promise_comes_with_the_number_of_the_line(world: World) -> None:
    assert help_from(world)["coverage"] == (
        f"Thank you for reaching out. Mara will look at this by 9:30 am. {LINE}"
    )
    hush(world)


def test_a_flagged_answer_while_mara_has_the_case_is_promised_by_maras_own_limit(world: World) -> None:
    checkin = opened(world)
    first = answer(world.noor, checkin, world, NOT_SAFE)
    act(world, world.mara, first["case_id"], "acknowledge")
    case = row(world, UUID(first["case_id"]))
    world.clock.advance(minutes=2)
    second = answer(world.noor, uuid4(), world, NOT_SAFE)
    assert second["case_id"] == first["case_id"]
    assert world.db.read_now(lambda tx: promised_by(tx, case)) == case.contact_by
    assert second["coverage"] == help_from(world)["coverage"].replace("reaching out", "telling us")
    assert "Mara will look at this by 11:00 am." in second["coverage"]
    hush(world)


def test_nobody_is_held_to_a_time_once_the_limit_is_past_or_the_client_was_reached(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    open_case = row(world, case_id)
    assert world.db.read_now(lambda tx: promised_by(tx, open_case)) == open_case.acknowledge_by
    act(world, world.mara, case_id, "contacts", channel="phone", reached=True)
    reached = row(world, case_id)
    assert world.db.read_now(lambda tx: promised_by(tx, reached)) is None
    world.clock.advance(hours=3)
    assert world.db.read_now(lambda tx: promised_by(tx, open_case)) is None
    hush(world)


def test_seen_in_the_last_minutes_of_duty_names_no_time_after_it(world: World) -> None:
    world.clock.set(TEN_TO_FIVE)
    asked = help_from(world)
    act(world, world.mara, asked["case_id"], "acknowledge")
    case = read(world)
    assert case["sentence"] == f"Mara has seen this. {LINE}"
    assert (case["state"], case["seen_by"], case["contact_by"]) == ("seen", "Mara", None)
    hush(world)


def test_after_a_hand_over_the_one_who_called_is_named_not_the_new_owner(world: World) -> None:
    asked = help_from(world)
    act(world, world.mara, asked["case_id"], "contacts", channel="phone", reached=True)
    act(world, world.mara, asked["case_id"], "hand-over", to=str(world.ben.id))
    case = read(world)
    assert case["sentence"] == "Mara has been in touch with you. Your plan is here for you."
    hush(world)


@pytest.mark.parametrize(
    ("end", "holidays"), [("00:00:00", ()), ("00:00:00", ("2026-12-25",)), ("23:00:00", ())]
)
def test_at_three_in_the_morning_no_one_is_named_who_is_asleep(
    world: World, end: str, holidays: tuple[str, ...]
) -> None:
    day_and_night(world, end, holidays)
    world.clock.set(datetime(2026, 1, 14, 9, 0, tzinfo=UTC))
    promised = help_from(world)["coverage"]
    assert promised == f"Thank you for reaching out. Someone on our team will look at this by 3:30 am. {LINE}"
    hush(world)


def test_once_the_calls_went_past_mara_she_is_not_named(world: World) -> None:
    help_from(world)
    world.pass_time(minutes=11)
    assert "Someone on our team will look at this by 9:30 am." in help_from(world)["coverage"]
    hush(world)


@pytest.mark.parametrize("known", [True, False])
def test_when_it_is_finished_the_plan_and_the_line_are_still_there(world: World, known: bool) -> None:
    asked = help_from(world)
    if known:
        act(world, world.mara, asked["case_id"], "contacts", channel="phone", reached=True)
    how = {"disposition": "false_positive", "reason": "she is at work, and well"}
    act(world, world.sol, asked["case_id"], "close", **how)
    assert (
        read(world)["sentence"]
        == f"This is closed for now. You can ask for someone again at any time. Your plan is here. {LINE}"
    )
    hush(world)
