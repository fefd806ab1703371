"""Who cannot be reached: the supervisor sees it before it matters, the administrator sees a colleague's ways."""

from datetime import date
from uuid import uuid4

from sqlalchemy import delete, select, update

from notifications.delivery import serving
from notifications.delivery.models import ChannelName, Device, Message, MessageState
from notifications.delivery.staff_models import PendingNumber, Receipt
from notifications.escalations.oncall import findings
from notifications.escalations.tiers import Tier
from server.core.audit import AuditRow
from server.core.db import Tx
from server.core.tables import new_id
from tests.console.desk import desk
from tests.delivery.numbers import give_number
from tests.escalations.oncall import chicago, enter, nights_and_days
from tests.escalations.telling import flagged, hush
from tests.world import World

WEDNESDAY = date(2026, 3, 4)
FCM, EMAIL, SMS = ChannelName.FCM, ChannelName.EMAIL, ChannelName.SMS


def carried(world: World, *channels: ChannelName) -> None:
    world.db.write_now(lambda tx: serving.note_served(tx, channels))


def without_a_phone(world: World, *names: str) -> None:
    people = [world.people[name].id for name in names]
    world.db.write_now(lambda tx: tx.session.execute(delete(Device).where(Device.staff_id.in_(people))))


def test_sol_sees_who_is_on_call_tonight_without_a_way_and_why(world: World) -> None:
    world.clock.set(chicago(WEDNESDAY, 10))
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    carried(world, FCM, SMS)
    page = desk(world, "Sol").get("/supervision/reach")
    assert "Everybody on call can be reached." in page.text
    without_a_phone(world, "ben", "ida")

    def begun(tx: Tx) -> None:
        row = PendingNumber(
            id=new_id(), staff_id=world.ben.id, number=b"x", code=b"y", by_sms=True, by_voice=False
        )
        row.tries_left, row.created_at, row.expires_at = 5, tx.now, chicago(WEDNESDAY, 11)
        tx.session.add(row)

    world.db.write_now(begun)
    page = desk(world, "Sol").get("/supervision/reach")
    (row,) = page.main.one("section", aria_labelledby="duty").one("tbody").all("tr")
    assert row.text.startswith("Ben no way works 20:00 first rung, On call")
    assert "Push to a phone: none registered" in row.text
    assert "Text message: number not verified: the code has not been given back" in row.text
    assert "Add a number under Account" in row.text
    others = page.main.one("section", aria_labelledby="others").text
    assert "Ida no way works not in the next 14 days" in others
    carried(world, EMAIL)
    assert "Ben e-mail alone, which wakes nobody" in desk(world, "Sol").get("/supervision/reach").text


def test_supervisors_hear_in_the_morning_that_somebody_on_call_has_no_way(world: World) -> None:
    world.clock.set(chicago(WEDNESDAY, 8))
    enter(world, nights_and_days(world, world.mara, world.ben, world.ida))
    without_a_phone(world, "ben")
    carried(world, FCM)
    assert findings.look_ahead(world.db) == 1
    world.tick()
    notice = world.sol.phone.take("duty_unreachable").message["notification"]
    assert "Ben" not in str(notice)
    world.adi.phone.nothing()
    assert findings.look_ahead(world.db) == 0
    world.nothing_unexpected()


def test_a_way_that_was_refused_for_good_is_told_as_that(world: World) -> None:
    carried(world, FCM)
    flagged(world, Tier.URGENT)
    refused = update(Message).where(Message.staff_id == world.mara.id)
    settled = refused.values(state=MessageState.DEAD, outcome="gone_address")
    world.db.write_now(lambda tx: tx.session.execute(settled))
    page = desk(world, "Sol").get("/supervision/reach")
    assert "Push to a phone: the last message was refused for good" in page.text
    shown = desk(world, "Adi").get(f"/admin/staff/{world.mara.id}").main
    first = shown.one("tbody").all("tr")[0].text
    assert "did not go: the address does not exist any more" in first
    hush(world)


def test_adi_sees_maras_ways_her_last_message_its_receipt_and_takes_a_lost_number_away(world: World) -> None:
    give_number(world.db, world.mara.id, SMS)
    carried(world, FCM, EMAIL, SMS)
    flagged(world, Tier.URGENT)
    world.tick()
    sent = select(Message.id).where(Message.staff_id == world.mara.id, Message.channel == FCM)

    def receipt(tx: Tx) -> None:
        message = tx.session.scalars(sent).one()
        row = Receipt(
            id=new_id(), message_id=message, provider="twilio", provider_id="p1", status="delivered"
        )
        row.at = tx.now
        tx.session.add(row)

    world.db.write_now(receipt)
    adi = desk(world, "Adi")
    path = f"/admin/staff/{world.mara.id}"
    page = adi.get(path)
    rows = [row.text for row in page.main.one("tbody").all("tr")]
    assert rows[0].startswith("Push to a phone works 09:00 : taken by the provider delivered,")
    assert rows[3].startswith("Text message works")
    assert rows[4].startswith("Telephone call this service does not send these")
    number = page.main.one("section", aria_labelledby="numbers")
    assert "…" in number.text
    (form,) = number.all("form")
    world.clock.advance(minutes=11)
    refused = adi.post(form.attributes["action"], {})
    assert refused.status == 403, "who they are was shown too long ago"
    done = desk(world, "Adi").post(form.attributes["action"], {})
    assert done.to == f"{path}?done=removed"
    what = select(AuditRow.what).where(AuditRow.what == "number.remove")
    assert world.db.read_now(lambda tx: tx.session.scalars(what).one())
    assert adi.get(f"/admin/staff/{uuid4()}").status == 404
    assert adi.get(f"/admin/staff/{world.otto.id}").status == 404
    hush(world)
