"""Every screen of the app in English: axe, the way by keyboard, targets, motion, large text."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from server.people.terms import Language
from tests.phone.every_screen import walked
from tests.phone.house import Site
from tests.phone.looking import Looker


@pytest.fixture(scope="module")
def looker(browser: Browser, site: Site) -> Iterator[Looker]:
    with walked(browser, site, Language.EN) as seen:
        yield seen


def test_axe_finds_nothing_in_light_or_dark(looker: Looker) -> None:
    assert looker.wrong["axe"] == []


def test_nothing_is_cut_off_with_large_text_on_a_narrow_screen(looker: Looker) -> None:
    assert looker.wrong["cut off"] + looker.wrong["broken"] == []


def test_every_target_is_large_enough_for_a_thumb(looker: Looker) -> None:
    assert looker.wrong["small"] == []


def test_the_tab_key_reaches_everything_in_the_order_it_is_seen(looker: Looker) -> None:
    assert looker.wrong["keyboard"] == []


def test_nothing_moves_by_itself(looker: Looker) -> None:
    assert looker.wrong["shifts"] + looker.wrong["moving"] == []


def test_a_plan_is_printed_on_one_sheet(looker: Looker) -> None:
    assert looker.wrong["paper"] == []


def test_the_browser_complains_of_nothing(looker: Looker) -> None:
    assert looker.wrong["complaints"] == []
