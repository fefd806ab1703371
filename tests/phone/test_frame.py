"""The frame in a real browser: a small first visit, the help bar always, and a quick way out."""

import gzip
import re
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page

from crisisplans.lines import national_lines
from tests.phone.conftest import NewPhone
from tests.phone.house import Site

FIRST_LOAD = 100_000
"""Bytes, compressed, of all that a first visit fetches."""


def test_a_first_visit_is_small_and_speaks_to_nobody_else(phone: Page, site: Site) -> None:
    seen: set[str] = set()
    phone.context.on("request", lambda request: seen.add(request.url))
    phone.goto("/app", wait_until="networkidle")
    phone.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    phone.wait_for_load_state("networkidle")
    files = {url for url in seen if urlsplit(url).path.startswith("/app")}
    worker = httpx.get(f"{site.url}/app/sw.js").text
    files |= {site.url + path for path in re.findall(r'"(/app[^"]*)"', worker)}
    total = 0
    with httpx.Client(headers={"Accept-Encoding": "gzip"}) as client:
        for url in files:
            answer = client.get(url.split("#")[0])
            assert answer.status_code == 200, url
            plain = "content-encoding" not in answer.headers
            total += len(answer.content if plain else gzip.compress(answer.content, 9))
    assert 10_000 < total < FIRST_LOAD


def test_without_script_the_numbers_stand_there(new_phone: NewPhone) -> None:
    page = new_phone(java_script_enabled=False).new_page()
    page.goto("/app")
    table = {line.key: line for line in national_lines()}
    bar = page.get_by_role("navigation")
    for key, scheme in (("lifeline_call", "tel"), ("lifeline_text", "sms"), ("emergency", "tel")):
        link = bar.locator(f'a[href="{scheme}:{table[key].number}"]')
        assert link.is_visible()
        assert (table[key].number or "?") in link.inner_text()
    press = table["lifeline_call"].press["es"]
    assert f"oprime {press}" in bar.inner_text()
    assert table["crisis_text_line"].number in page.get_by_role("main").inner_text()


def test_the_help_bar_is_there_before_pairing(phone: Page) -> None:
    phone.goto("/app")
    phone.wait_for_url("**/app#/pair")
    bar = phone.get_by_role("navigation", name="Help now")
    numbers = {line.key: line.number for line in national_lines()}
    assert bar.get_by_role("link").first.get_attribute("href") == f"tel:{numbers['lifeline_call']}"
    assert bar.get_by_role("link").last.get_attribute("href") == f"tel:{numbers['emergency']}"
    for link in bar.get_by_role("link").all():
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 56
        assert box["width"] >= 48
    assert phone.title() == "Handrail"


def test_spanish_readers_see_which_key_and_word_they_need(new_phone: NewPhone) -> None:
    page = new_phone(locale="es-MX").new_page()
    page.goto("/app")
    page.locator("main[data-screen=pair]").wait_for()
    table = {line.key: line for line in national_lines()}
    bar = page.get_by_role("navigation", name="Ayuda ahora")
    assert f"oprime {table['lifeline_call'].press['es']}" in bar.get_by_role("link").first.inner_text()
    bar.get_by_role("link", name="Escribe").click()
    dialog = page.get_by_role("dialog")
    word = table["lifeline_text"].sms_keywords["es"]
    assert word in dialog.inner_text()
    opens = dialog.get_by_role("link", name="Abrir mensajes")
    assert opens.get_attribute("href") == f"sms:{table['lifeline_text'].number}"
    page.keyboard.press("Escape")
    assert dialog.count() == 0
    assert page.evaluate("document.activeElement.textContent").strip().startswith("Escribe")


@pytest.mark.parametrize("way", ["button", "shift"])
def test_quick_exit_leaves_an_empty_page_and_no_way_back_to_the_screen(phone: Page, way: str) -> None:
    phone.goto("about:blank")
    phone.goto("/app")
    phone.wait_for_url("**/app#/pair")
    phone.evaluate("location.hash = '#/numbers'")
    phone.locator("main[data-screen=numbers]").wait_for()
    if way == "button":
        phone.get_by_role("button", name="Exit").click()
    else:
        for _ in range(3):
            phone.keyboard.press("Shift")
    phone.wait_for_url("**/away.html")
    assert phone.locator("body").inner_text() == ""
    assert "andrail" not in phone.title()
    phone.go_back()
    assert phone.locator("body").inner_text() == ""
    phone.go_back()
    assert "numbers" not in phone.url


def test_two_slow_presses_of_shift_do_nothing(phone: Page) -> None:
    phone.goto("/app")
    phone.wait_for_url("**/app#/pair")
    for _ in range(2):
        phone.keyboard.press("Shift")
    phone.keyboard.press("a")
    phone.keyboard.press("Shift")
    phone.wait_for_timeout(400)
    assert phone.url.endswith("#/pair")
