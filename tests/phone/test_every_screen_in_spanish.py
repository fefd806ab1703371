"""The same walk through every screen, by somebody who reads Spanish."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from server.people.terms import Language
from tests.phone import test_every_screen as same
from tests.phone.every_screen import walked
from tests.phone.house import Site
from tests.phone.looking import Looker


@pytest.fixture(scope="module")
def looker(browser: Browser, site: Site) -> Iterator[Looker]:
    with walked(browser, site, Language.ES) as seen:
        yield seen


test_axe_finds_nothing_in_light_or_dark = same.test_axe_finds_nothing_in_light_or_dark
test_nothing_is_cut_off = same.test_nothing_is_cut_off_with_large_text_on_a_narrow_screen
test_every_target_is_large_enough_for_a_thumb = same.test_every_target_is_large_enough_for_a_thumb
test_the_tab_key_reaches_everything = same.test_the_tab_key_reaches_everything_in_the_order_it_is_seen
test_nothing_moves_by_itself = same.test_nothing_moves_by_itself
test_a_plan_is_printed_on_one_sheet = same.test_a_plan_is_printed_on_one_sheet
test_the_browser_complains_of_nothing = same.test_the_browser_complains_of_nothing
