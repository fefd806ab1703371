"""A staff member's e-mail address: typed by an administrator, proved by its owner with a code."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from notifications.delivery import outbox
from notifications.delivery.models import Attempt, ChannelName, Message
from notifications.delivery.staff_models import PendingEmail
from notifications.delivery.ways import Standing, ways_of
from server.core.audit import AuditRow
from server.core.db import Tx
from server.people.models import Staff
from server.people.terms import Role
from tests.delivery.mail import SLIP, Relay, ask, give, relay, typed
from tests.fakes.smtp import Fault
from tests.world import World

RIGHT = "mara@riverside.example"


@pytest.fixture
def post(world: World) -> Iterator[Relay]:
    with relay(world) as made:
        typed(world, world.mara, RIGHT)
        yield made


def standing(world: World) -> Standing:
    """How Mara's e-mail stands."""
    found = world.db.read_now(lambda tx: ways_of(tx, [world.mara.id]))[world.mara.id]
    return next(way.standing for way in found if way.channel is ChannelName.EMAIL)


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "111111"


def test_mara_proves_her_address_and_only_then_it_counts(world: World, post: Relay) -> None:
    assert standing(world) is Standing.NOT_PROVED
    shown = ask(world.mara)
    assert (shown["email"], shown["proved_at"], shown["pending"]["tries_left"]) == (RIGHT, None, 5)
    code = post.code(RIGHT)
    assert standing(world) is Standing.NOT_PROVED
    found = give(world.mara, f" {code[:3]} {code[3:]} ")
    assert found["proved_at"]
    assert found["pending"] is None
    assert standing(world) is Standing.WORKS
    done = select(AuditRow.what).where(AuditRow.actor_id == world.mara.id, AuditRow.what.startswith("email."))
    assert world.db.read_now(lambda tx: list(tx.session.scalars(done))) == ["email.code", "email.prove"]
    give(world.mara, code, 410)
    ask(world.mara, 409)
    assert len(post.bodies(RIGHT)) == 1


def test_a_new_colleague_has_proved_nothing_and_adi_sees_it(world: World, post: Relay) -> None:
    new = {"name": "Ana", "email": "ana@riverside.example", "role": Role.CLINICIAN}
    assert world.adi.api.post("/staff", new).json()["staff"]["email_proved_at"] is None
    listed = {each["name"]: each["email_proved_at"] for each in world.adi.api.get("/staff").json()["staff"]}
    assert listed["Ana"] is None
    assert listed["Mara"] is None
    assert listed["Ben"]
    assert world.sol.api.get("/staff").json()["staff"][0]["email"] is None


def test_five_wrong_codes_and_the_right_one_is_over_too(world: World, post: Relay) -> None:
    ask(world.mara)
    code = post.code(RIGHT)
    for left in (4, 3, 2, 1, 0):
        give(world.mara, wrong(code), 422)
        assert world.mara.api.get("/staff/me/email").json()["pending"]["tries_left"] == left
    give(world.mara, code, 410)
    assert standing(world) is Standing.NOT_PROVED
    ask(world.mara)
    give(world.mara, post.code(RIGHT))


def test_after_ten_minutes_it_is_over(world: World, post: Relay) -> None:
    ask(world.mara)
    code = post.code(RIGHT)
    world.clock.advance(minutes=10)
    give(world.mara, code, 410)
    world.tick()
    world.db.write_now(outbox.clean)
    assert world.db.read_now(lambda tx: list(tx.session.scalars(select(PendingEmail)))) == []
    assert standing(world) is Standing.NOT_PROVED


def test_bens_code_proves_nothing_of_maras(world: World, post: Relay) -> None:
    typed(world, world.ben, "ben@riverside.example")
    give(world.mara, "123456", 410)
    ask(world.ben)
    code = post.code("ben@riverside.example")
    give(world.mara, code, 410)
    ask(world.mara)
    if post.code(RIGHT) != code:
        give(world.mara, code, 422)
    give(world.ben, code)
    assert standing(world) is Standing.NOT_PROVED


def test_a_code_for_the_slip_proves_nothing_once_the_address_is_mended(world: World, post: Relay) -> None:
    typed(world, world.mara, SLIP)
    ask(world.mara)
    code = post.code(SLIP)
    typed(world, world.mara, RIGHT)
    assert world.mara.api.get("/staff/me/email").json()["pending"] is None
    give(world.mara, code, 410)
    assert standing(world) is Standing.NOT_PROVED


def test_a_code_that_was_replaced_before_it_went_does_not_go(world: World, post: Relay) -> None:
    ask(world.mara)
    ask(world.mara)
    code = post.code(RIGHT)
    assert len(post.bodies(RIGHT)) == 1
    give(world.mara, code)


def test_a_code_that_cannot_be_sent_is_said_and_goes_by_no_other_way(world: World, post: Relay) -> None:
    post.smtp.fault = Fault.REJECT_RECIPIENT
    ask(world.mara)
    world.tick()
    assert world.mara.api.get("/staff/me/email").json()["pending"]["could_not_be_sent"]
    owed = select(Message.channel).where(Message.kind == "email_code")
    assert world.db.read_now(lambda tx: list(tx.session.scalars(owed))) == [ChannelName.EMAIL]


def test_nobody_is_flooded_with_codes(world: World, post: Relay) -> None:
    for _ in range(10):
        ask(world.mara)
    ask(world.mara, 429)
    world.clock.advance(minutes=16)
    world.tick()
    ask(world.mara)


def test_without_e_mail_no_code_is_promised(world: World) -> None:
    typed(world, world.mara, RIGHT)
    ask(world.mara, 409)
    assert world.mara.api.get("/staff/me/email").json()["carried"] is False


def test_the_code_stands_nowhere_in_the_open(world: World, post: Relay) -> None:
    ask(world.mara)
    code = post.code(RIGHT)

    def stored(tx: Tx) -> str:
        tables = (Message, Attempt, PendingEmail, AuditRow, Staff)
        return " ".join(str(list(tx.connection.execute(select(each.__table__)))) for each in tables)

    kept = world.db.read_now(stored)
    assert code not in kept.replace("-", " ").split("'")
    assert RIGHT not in kept


def test_adi_mends_the_slip_and_mara_proves_the_right_address(world: World, post: Relay) -> None:
    ask(world.mara)
    give(world.mara, post.code(RIGHT))
    path, mended = f"/staff/{world.mara.id}/email", "mara.lind@riverside.example"
    same = world.adi.api.put(path, {"email": f" {RIGHT.upper()}".strip()})
    assert same.json()["email_proved_at"], "the same address again changes nothing"
    found = world.adi.api.put(path, {"email": mended})
    assert (found.status_code, found.json()["email"], found.json()["email_proved_at"]) == (200, mended, None)
    assert standing(world) is Standing.NOT_PROVED
    ask(world.mara)
    give(world.mara, post.code(mended))
    assert standing(world) is Standing.WORKS
    done = select(AuditRow.what).where(AuditRow.row_id == world.mara.id, AuditRow.what == "staff.email")
    assert len(world.db.read_now(lambda tx: list(tx.session.scalars(done)))) == 1


def test_an_address_is_changed_by_administrators_of_the_programme_with_a_fresh_proof_and_taken_once(
    world: World, post: Relay
) -> None:
    path, given = f"/staff/{world.mara.id}/email", {"email": "mara.lind@riverside.example"}
    assert world.sol.api.put(path, given).status_code == 403
    assert world.mara.api.put(path, given).status_code == 403
    assert world.adi.api.put(f"/staff/{world.otto.id}/email", given).status_code == 404
    assert world.adi.api.put(path, {"email": "mara@"}).status_code == 422
    typed(world, world.ben, "ben@riverside.example")
    assert world.adi.api.put(path, {"email": "Ben@riverside.example"}).status_code == 409
    world.clock.advance(minutes=11)
    refused = world.adi.api.put(path, given)
    assert (refused.status_code, refused.json()["type"].endswith("proof-needed")) == (403, True)
    assert world.mara.api.get("/staff/me/email").json()["email"] == RIGHT
