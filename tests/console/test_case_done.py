"""What the case page says was done, only while it is so; and a contact logged by mistake is taken back."""

from notifications.escalations.tiers import Tier
from tests.console.desk import Desk, desk
from tests.console.test_case import case_of, done, fields_wrong, send, timeline
from tests.escalations.telling import hush
from tests.world import World


def said(who: Desk, path: str, word: str) -> str | None:
    """What the page says about what was done, where the address holds this word."""
    found = who.get(f"{path}?done={word}").main.all("p", class_="said")
    return found[0].text if found else None


def test_reached_is_taken_back_where_it_stands_and_a_silence_after_it_says_so(world: World) -> None:
    path, mara = case_of(world), desk(world, "Mara")
    assert not mara.get(path).main.all("form", action=f"{path}/contact-withdrawn")
    done(send(mara, path, "contact", what="phone_reached"), path, "reached")
    assert said(mara, path, "reached") == "Logged: the client was reached."
    state = mara.get(path).main.one("section", id="state")
    assert "Not safe? Raise the tier , or open the welfare-check pack" in state.text
    world.clock.advance(minutes=3)
    done(send(mara, path, "contact", what="phone_no_answer"), path, "tried")
    assert said(mara, path, "tried") == "Logged. Still marked as reached 09:00."
    done(send(mara, path, "contact-withdrawn"), path, "withdrawn")
    assert (
        said(mara, path, "withdrawn")
        == "Taken back: the client counts as not reached, and the clock goes on."
    )
    assert "Mara took the contact back: the client was not reached" in timeline(mara.get(path))[0]
    assert said(mara, path, "tried") == "Logged: no answer. The clock goes on."
    done(send(mara, path, "contact", what="phone_reached"), path, "reached")
    assert said(mara, path, "withdrawn") is None
    hush(world)


def test_a_bookmark_says_nothing_that_is_not_so(world: World) -> None:
    path, mara, sol = case_of(world, Tier.EMERGENCY), desk(world, "Mara"), desk(world, "Sol")
    words = (
        "taken",
        "reached",
        "tried",
        "withdrawn",
        "handed-over",
        "raised",
        "closed",
        "cosign",
        "cosigned",
    )
    assert [word for word in (*words, "refused", "nonsense") if said(mara, path, word)] == []
    done(send(mara, path, "take"), path, "taken")
    assert said(mara, path, "taken")
    assert said(sol, path, "taken") is None, "it is not Sol's"
    done(send(mara, path, "contact", what="phone_reached"), path, "reached")
    assert said(mara, path, "taken") is None
    ending = {"disposition": "safe_with_plan", "next_contact_on": "2026-01-14"}
    done(send(mara, path, "close", **ending), path, "cosign")
    page = mara.get(path)
    assert "Mara asks to close it: safe, with the plan. A second signature is needed" in timeline(page)[0]
    assert (said(mara, path, "cosign") or "").startswith("A supervisor has to co-sign.")
    assert said(mara, path, "closed") is None
    done(send(sol, path, "cosign", word="refuse"), path, "refused")
    assert said(mara, path, "cosign") is None
    assert said(sol, path, "refused") == "Refused. The case is being called again."
    done(send(mara, path, "contact", what="phone_reached"), path, "reached")
    assert said(sol, path, "refused") is None
    done(send(mara, path, "close", **ending), path, "cosign")
    done(send(sol, path, "cosign", word="agree"), path, "cosigned")
    assert said(sol, path, "cosigned") == "Co-signed. The case is closed."
    assert said(mara, path, "cosigned") is None
    state = mara.get(path).main.one("section", id="state").text
    assert "by Mara" in state
    assert "has it" not in state
    hush(world)


def test_after_a_hand_over_the_page_says_how_far_the_message_came(world: World) -> None:
    path, mara = case_of(world), desk(world, "Mara")
    done(send(mara, path, "take"), path, "taken")
    hush(world)
    done(send(mara, path, "hand-over", to=str(world.ben.id)), path, "handed-over")
    assert (
        said(mara, path, "handed-over") == "Handed over to Ben. Push and e-mail queued for Ben, not sent yet."
    )
    assert "Ben by push, queued, not sent yet" in timeline(mara.get(path))[0]
    world.tick()
    world.ben.phone.take("case_handed_over")
    assert said(mara, path, "handed-over") == "Handed over to Ben. Push sent 09:00, not opened yet."
    assert (
        "Ben has it since 09:00 , not opened by them yet"
        in mara.get(path).main.one("section", id="state").text
    )
    desk(world, "Ben").get(path)
    assert (
        said(mara, path, "handed-over") == "Handed over to Ben. Push sent 09:00, and Ben has opened the case."
    )
    sol = desk(world, "Sol")
    refused = sol.post(f"{path}/hand-over", {"to": str(world.ben.id)})
    assert (refused.status, fields_wrong(refused)) == (422, ["to"])
    assert "Ben has it already. Choose somebody else." in refused.text
    hush(world)


def test_mara_logs_that_she_spoke_with_noors_sister(world: World) -> None:
    path, mara = case_of(world), desk(world, "Mara")
    form = mara.get(path).main.one("details", id="act-contact")
    assert form.text.index("Note") < form.text.index("Reached by phone")
    assert "(if any)" not in mara.get(path).main.one("form", action=f"{path}/close").text
    note = {"what": "family", "contact_note": "Her sister saw her at noon"}
    done(send(mara, path, "contact", **note), path, "tried")
    assert said(mara, path, "tried") == "Logged. The client is not reached yet: the clock goes on."
    line = timeline(mara.get(path))[0]
    assert "Mara tried to reach Noor another way, not reached" in line
    assert "Spoke with family or a helper: Her sister saw her at noon" in line
    hush(world)
