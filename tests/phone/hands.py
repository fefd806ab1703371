"""What a client's hands do: pairing, agreeing, answering."""

from playwright.sync_api import Locator, Page, TimeoutError, expect


def screen(page: Page, name: str) -> Locator:
    """The main part of the page while this screen is shown."""
    return page.locator(f"main[data-screen={name}]")


def pair(page: Page, code: str, *, language: str = "English", pin: str | None = None) -> None:
    """From the code to the first screen, saying yes to everything but reminders."""
    page.goto("/app")
    page.fill("#pair-code", code)
    page.keyboard.press("Enter")
    expect(screen(page, "told")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name=language).click()
    spanish = language != "English"
    yes, understand = ("Sí", "Entiendo") if spanish else ("Yes", "I understand")
    home = screen(page, "home")
    no_lock = page.get_by_role("button", name="Sin bloqueo" if spanish else "No lock")
    no_reminders = page.get_by_role("button", name="No, gracias" if spanish else "No, thank you")
    make_pin = page.get_by_role("button", name="Crear un PIN" if spanish else "Make a PIN")
    for _ in range(30):
        agree = page.get_by_role("button", name=understand, exact=True)
        allow = page.get_by_role("button", name=yes, exact=True)
        expect(home.or_(agree).or_(allow).or_(no_lock).or_(no_reminders).first).to_be_visible(timeout=20_000)
        if home.is_visible():
            break
        if no_lock.is_visible() and pin is not None:
            make_pin.click()
            fields = page.locator("main input[type=password], main input[inputmode=numeric]")
            fields.nth(0).fill(pin)
            fields.nth(1).fill(pin)
            page.get_by_role("button", name="Usar este PIN" if spanish else "Use this PIN").click()
            expect(no_lock).to_be_hidden(timeout=20_000)
            continue
        before = page.locator("main").inner_text()
        button = next((one for one in (agree, allow, no_lock, no_reminders) if one.is_visible()), None)
        if button is None:
            continue
        try:
            button.click(timeout=3000)
        except TimeoutError:  # the step before was drawn once more under the finger
            continue
        expect(page.locator("main")).not_to_have_text(before, timeout=20_000, use_inner_text=True)
    expect(home).to_be_visible(timeout=20_000)


def answer_all(page: Page, *, risky: bool, text: str = "") -> None:
    """Answer every question of the check-in that is shown, and send it.

    `risky`: the highest step and a plain yes everywhere; otherwise the lowest step and "prefer not to say" elsewhere.
    """
    checkin = screen(page, "checkin")
    expect(checkin).to_be_visible(timeout=20_000)
    decline = checkin.locator("[data-decline]")
    for _ in range(40):
        page.wait_for_timeout(450)  # taps right after a new question are ignored on purpose
        if not checkin.is_visible():
            return
        steps = checkin.locator(".scale button")
        rows = checkin.locator(".choices button")
        number = checkin.locator("input[inputmode=decimal]")
        area = checkin.locator("textarea")
        before = checkin.inner_text()
        if steps.count():
            (steps.last if risky else steps.first).click()
        elif number.count():
            number.fill("7")
        elif area.count():
            area.fill(text)
        elif risky and rows.count():
            rows.first.click()
        else:
            decline.click()
        page.wait_for_timeout(50)
        onward = checkin.locator("button.primary")
        if (
            checkin.is_visible()
            and checkin.inner_text().split("\n")[0] == before.split("\n")[0]
            and onward.count()
        ):
            page.wait_for_timeout(450)
            onward.first.click()
    raise AssertionError("the check-in did not come to its end")
