"""What a client's hands do: pairing, agreeing, answering."""

from playwright.sync_api import Locator, Page, expect


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
        for button in (agree, allow, no_lock, no_reminders):
            if button.is_visible():
                button.click()
                break
        expect(page.locator("main")).not_to_have_text(before, timeout=20_000, use_inner_text=True)
    expect(home).to_be_visible(timeout=20_000)


def answer_all(page: Page, *, risky: bool, text: str = "") -> None:
    """Answer every question of the check-in that is shown and send it; `risky` answers every yes/no with the risk."""
    checkin = screen(page, "checkin")
    expect(checkin).to_be_visible(timeout=20_000)
    send = checkin.get_by_role("button", name="Send")
    for _ in range(40):
        page.wait_for_timeout(450)  # taps right after a new question are ignored on purpose
        if not checkin.is_visible():
            return
        choices = checkin.locator("button.choice, .scale button, .choices button")
        field = checkin.locator("textarea, input[type=text], input[type=number]")
        if field.count():
            if text:
                field.first.fill(text)
        elif choices.count():
            (choices.last if risky else choices.first).click()
            page.wait_for_timeout(100)
        onward = (
            checkin.get_by_role("button", name="Next")
            .or_(checkin.get_by_role("button", name="Done"))
            .or_(send)
        )
        if onward.count() and onward.first.is_visible() and onward.first.is_enabled():
            onward.first.click()
    raise AssertionError("the check-in did not come to its end")
