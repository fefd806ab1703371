"""Noor's check-in takes less than two minutes, and one that was put down half way goes on where it was."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.phone import test_the_journey
from tests.phone.conftest import NewPhone
from tests.phone.driver import finger_down
from tests.phone.house import PLAN, Site
from tests.phone.ways import How, Ways

lasting = test_the_journey.lasting

WORDS_A_SECOND = 3.0
"""Somebody who reads slowly; most adults read four words a second."""
A_TAP = 1.5
A_NUMBER = 3.0
MOST_SIGNS = 7


def test_a_check_in_put_down_half_way_goes_on_at_the_same_question_after_a_restart(
    lasting: Callable[..., BrowserContext], site: Site
) -> None:
    noor = site.new_client("Noor")
    phone = Ways(lasting().pages[0])
    phone.pair(site.pairing_code(noor))
    phone.tap("home.start")
    for kind in ("scale", "number", "scale"):
        assert phone.kind_of_question() == kind
        _one_on(phone, kind)
    question = phone.main.locator("#question").inner_text()
    place = phone.main.locator(".progress p").inner_text()

    phone.page.wait_for_timeout(1000)  # her answer is sealed and written: nothing on the page tells when
    phone = Ways(lasting().pages[0])
    phone.page.goto("/app")
    phone.tap("home.resume")
    expect(phone.main.locator("#question")).to_have_text(question)
    expect(phone.main.locator(".progress p")).to_have_text(place)
    phone.tap("checkin.back")
    expect(phone.main.locator("[aria-pressed=true]")).to_have_text("0")  # what she chose before
    phone.page.wait_for_timeout(450)
    phone.tap("checkin.back")
    expect(phone.main.locator("input")).to_have_value("7")
    phone.answer(How.CALM)
    expect(phone.screen("after")).to_contain_text("Received")
    with site.staff("Mara") as mara:
        listed = mara.get(f"/clients/{noor}/checkins").json()["checkins"]
    (given,) = [one["answer"] for one in listed if one["answer"]]
    values = {item["key"]: item["value"] for item in given["items"]}
    assert (values["mood"], values["sleep"]) == (0, 7)


def _one_on(phone: Ways, kind: str) -> None:
    question = phone.main.locator("#question").inner_text()
    phone.page.wait_for_timeout(450)  # what comes more quickly is the second half of a double tap
    phone.answer_one(kind, How.CALM, "")
    if kind == "number":
        phone.tap("checkin.next")
    phone.main.locator("#question", has_text=question).wait_for(state="detached")


class AtAPace(Ways):
    """Counts the seconds a slow reader takes: every question is read, what stands below it once for each kind."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.seconds = 0.0
        self.screens = 0
        self.read: set[str] = set()

    def answer_one(self, kind: str, how: How, text: str) -> None:
        question = self.main.locator("#question").inner_text()
        whole = self.main.inner_text() if kind not in self.read else question
        self.read.add(kind)
        keys = A_NUMBER + A_TAP if kind == "number" else A_TAP
        self.seconds += len(whole.split()) / WORDS_A_SECOND + keys
        self.screens += 1
        super().answer_one(kind, how, text)


@pytest.mark.parametrize("signs", [3, MOST_SIGNS])
def test_a_slow_reader_is_done_within_two_minutes(new_phone: NewPhone, site: Site, signs: int) -> None:
    noor = site.new_client("Noor", plan=with_signs(signs))
    phone = AtAPace(new_phone().new_page())
    phone.pair(site.pairing_code(noor))
    phone.tap("home.start")
    phone.answer(How.CALM)
    expect(phone.screen("after")).to_contain_text("Received")
    assert phone.screens == signs + 6
    assert phone.seconds < 120


def with_signs(count: int) -> dict[str, Any]:
    """Noor's plan with so many warning signs, in sentences as people write them."""
    deeds = ("stop answering my sister", "sleep in my clothes", "give my records away", "skip the river walk")
    more = ("leave the letters unopened", "stop eating at the table", "hear the old thoughts at night")
    signs = [
        {"id": f"0192c0de-0000-7000-8000-{n:012d}", "text": f"I {deed}", "stage": "early"}
        for n, deed in enumerate((*deeds, *more), start=1)
    ]
    return {**PLAN, "warning_signs": signs[:count]}


LOCK = "new BroadcastChannel('handrail').postMessage({ type: 'lock' })"


def test_words_typed_when_the_phone_locks_are_there_again_and_are_sent(
    new_phone: NewPhone, site: Site
) -> None:
    noor = site.new_client("Noor")
    phone = Ways(new_phone().new_page())
    phone.pair(site.pairing_code(noor), pin="4071")
    phone.key("home.start").wait_for()
    phone.go("plan/suggest")
    phone.main.locator("#idea-text").fill("Sit by the boats")
    phone.page.evaluate(LOCK)
    phone.screen("plan").get_by_role("link", name="Unlock").first.wait_for()

    phone.go("help")
    phone.main.locator("summary").filter(has_text=phone.words["help.note"]).click()
    phone.main.locator("#help-note").fill("I am at the bridge")
    phone.go("unlock")
    phone.try_pin("4071")
    phone.screen("home").wait_for()
    phone.go("plan/suggest")
    expect(phone.main.locator("#idea-text")).to_have_value("Sit by the boats")

    phone.go("help")
    phone.main.locator("summary").filter(has_text=phone.words["help.note"]).click()
    phone.main.locator("#help-note").fill("I am at the bridge")
    phone.page.evaluate(LOCK)
    expect(phone.main.locator("#help-note")).to_be_visible()
    expect(phone.main.locator("#help-note")).to_have_value("I am at the bridge")
    phone.tap("help.ask")
    with phone.page.expect_request("**/api/me/help/*") as asked:
        phone.tap("help.sure_yes", phone.dialog)
    assert asked.value.post_data_json == {"note": "I am at the bridge"}


def test_a_check_in_that_another_window_has_sent_is_not_thrown_away(new_phone: NewPhone, site: Site) -> None:
    noor = site.new_client("Noor")
    context = new_phone()
    one = Ways(context.new_page())
    one.pair(site.pairing_code(noor))
    two = Ways(context.new_page())
    two.page.goto("/app")
    one.tap("home.start")
    two.tap("home.start")
    while not two.key("checkin.send").count():
        _one_on(two, two.kind_of_question())
    one.answer(How.CALM)
    expect(one.screen("after")).to_contain_text("Received")
    two.page.wait_for_timeout(450)
    two.answer_one(two.kind_of_question(), How.CALM, "The boats are out")
    two.tap("checkin.send")
    two.see("checkin.sent_elsewhere")
    expect(two.main.locator("textarea")).to_have_value("The boats are out")


def test_a_tap_is_not_lost_when_home_has_news_while_the_finger_is_down(
    new_phone: NewPhone, site: Site
) -> None:
    phone = Ways(new_phone().new_page())
    phone.pair(site.pairing_code(site.new_client("Noor")))
    finger_down(phone.page, "main a[href='#/settings']")
    phone.network(there=False)
    phone.page.wait_for_timeout(300)
    expect(phone.page.locator("[data-touched]")).to_have_count(1)
    phone.page.mouse.up()
    phone.screen("settings").wait_for()


def test_the_place_for_a_note_stays_open_when_the_screen_has_news(new_phone: NewPhone, site: Site) -> None:
    phone = Ways(new_phone().new_page())
    phone.pair(site.pairing_code(site.new_client("Noor", checkin=False)))
    phone.go("help")
    phone.main.locator("summary").filter(has_text=phone.words["help.note"]).click()
    phone.network(there=False)
    phone.see("help.offline")
    expect(phone.main.locator("#help-note")).to_be_visible()
