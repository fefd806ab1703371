"""Theo is discharged: his phone keeps the plan and the numbers, and says who no longer hears of it."""

from playwright.sync_api import expect

from tests.phone.conftest import NewPhone
from tests.phone.house import Site
from tests.phone.ways import Ways
from tests.processes import wait_for


def has_said_everything(site: Site, client_id: str) -> bool:
    """Whether all that was agreed to while setting up has arrived: the phone sends it after the plan."""
    with site.staff("Mara") as mara:
        items = mara.get(f"/clients/{client_id}/consents").json()["items"]
    return all(item["agreed_at"] for item in items)


def test_the_plan_stays_and_the_way_back_is_a_new_code(new_phone: NewPhone, site: Site) -> None:
    theo = site.new_client("Theo")
    context = new_phone(expects=["403"])
    page = context.new_page()
    phone = Ways(page)
    phone.pair(site.pairing_code(theo))
    phone.go("plan")
    expect(page.get_by_text("Walk to the river and back")).to_be_visible()

    wait_for("what Theo agreed to", lambda: has_said_everything(site, theo))
    with site.staff("Mara") as mara:
        left = mara.post(f"/clients/{theo}/discharge", json={"reason": "finished"})
        assert left.status_code == 200, left.text
    page.reload()
    phone.go("home")
    main = page.locator("main")
    expect(main).to_contain_text("Your plan stays on this phone.")
    expect(main).to_contain_text("Your team does not see what you write here now.")
    assert main.get_by_text("Check in now").count() == 0
    assert main.locator("a[href^='tel:']").count() >= 1
    phone.go("help")
    expect(main).to_contain_text("Your team does not see what you write here now.")
    assert main.get_by_role("button").count() == 0
    phone.go("plan")
    expect(page.get_by_text("Walk to the river and back")).to_be_visible()

    with site.staff("Mara") as mara:
        assert mara.post(f"/clients/{theo}/readmit").status_code == 200
    phone.go("home")
    phone.tap("left.code")
    page.get_by_role("button", name="Yes, go on").click()
    expect(phone.screen("gone")).to_be_visible()
    page.get_by_text("I have a code").click()
    phone.pair_again(site.pairing_code(theo))
    phone.go("plan")
    expect(page.get_by_text("Walk to the river and back")).to_be_visible()
