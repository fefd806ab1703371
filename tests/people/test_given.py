"""Names that can be read and addresses that mail can reach, wherever one is given."""

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.delivery.channels.base import Envelope
from notifications.delivery.channels.email import EmailChannel
from notifications.delivery.outcomes import GoneAddress
from server.core.errors import Invalid
from server.people.given import checked_email, checked_name
from server.people.terms import Language
from tests.world import World

HIDDEN = {
    "a line break at its end": "Noor\n",
    "zero-width characters alone": "\u200b\u200b",
    "marks that turn the writing round": "No\u202eor",
    "an isolate": "No\u2066or",
    "the next-line control": "No\x85or",
    "a line separator": "No\u2028or",
    "a letter that is drawn as nothing": "\u3164",
    "a joiner alone": "\u200d",
    "a soft hyphen": "No\u00ador",
    "nothing": "",
    "a space": " ",
}
UNREACHABLE = (
    "mära@riverside.example",
    "mara@riverside..example",
    "a(b@riverside.example",
    "m@x.example;x",
    "mara@[x.example",
)


def test_a_name_that_looks_like_another_or_like_nothing_is_refused_in_words(world: World) -> None:
    for kind, name in HIDDEN.items():
        for path, answer in everywhere(world, name).items():
            assert answer.status_code == 422, (kind, path, answer.text)
            (error,) = answer.json()["errors"]
            assert error["path"] == path.strip()
            if name:  # an empty one is refused by its length in places
                assert "leave out" in error["message"] or "needs something" in error["message"]


def everywhere(world: World, name: str) -> dict[str, httpx.Response]:
    """This name given for a client, a contact, a colleague, the programme and who is told last, by its path."""
    client = {"name": name, "zone": "America/Chicago"}
    contact = {"name": "Noor", "zone": "America/Chicago", "collateral_contacts": [{"name": name}]}
    staff = {"name": name, "email": "lena@riverside.example", "role": "clinician"}
    programme = world.adi.api.get("/programme")
    edited = {**{key: value for key, value in programme.json().items() if key != "version"}, "name": name}
    spelled = {**edited, "name": "Riverside", "emergency_contact": {"name": name, "email": "n@x.example"}}
    match = {"If-Match": programme.headers["etag"]}
    return {
        "name": world.mara.api.post("/clients", client),
        "collateral_contacts[0].name": world.mara.api.post("/clients", contact),
        " name": world.adi.api.post("/staff", staff),
        "name ": world.adi.api.put("/programme", edited, headers=match),
        "emergency_contact.name": world.adi.api.put("/programme", spelled, headers=match),
    }


@pytest.mark.parametrize(
    "name", ["Noor", "Zoë Müller-O’Neil", "李小龍", "محمد", "می‌خواهم", "क्‍ष", "🙂", "X Æ 12"]
)
def test_names_of_all_the_world_are_names(name: str) -> None:
    assert checked_name(name) == name


def test_nobody_is_added_who_could_never_be_called_by_mail(world: World) -> None:
    programme = world.adi.api.get("/programme")
    edited: dict[str, Any] = {key: value for key, value in programme.json().items() if key != "version"}
    for email in UNREACHABLE:
        refused = world.adi.api.post("/staff", {"name": "Lena", "email": email, "role": "supervisor"})
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "email")
        edited["emergency_contact"] = {"name": "Night desk", "email": email}
        refused = world.adi.api.put("/programme", edited, headers={"If-Match": programme.headers["etag"]})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["path"] == "emergency_contact.email"
        assert "no mail can be sent" in refused.json()["errors"][0]["message"]


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.emails(), st.text(alphabet='ab.@"(;ä \n-_[]1', min_size=3, max_size=14)))
def test_what_is_taken_is_what_the_e_mail_channel_can_send_to(email: str) -> None:
    channel = EmailChannel("127.0.0.1", 9, sender="handrail@x.example", security="none", timeout=0.2)
    envelope = Envelope(
        message_id="1",
        address=email,
        subject="s",
        body="b",
        priority=0,
        language=Language.EN,
        ttl_seconds=60,
        data={},
    )
    try:
        taken = bool(checked_email(email))
    except Invalid:
        taken = False
    assert taken is (channel.send(envelope) != GoneAddress(code="invalid_address"))
