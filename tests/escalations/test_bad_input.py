"""Refusals name the field and store nothing."""

from uuid import uuid4

from notifications.escalations.tiers import Tier
from tests.escalations.telling import flagged, hush, ok, row
from tests.world import World


def test_every_wrong_request_is_refused_with_the_field_and_changes_nothing(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    before = row(world, case_id).version
    mara, tries = world.mara.api, f"/cases/{case_id}/contacts"
    for path, body, field in (
        (tries, {"channel": "pigeon", "reached": True}, "channel"),
        (tries, {"channel": "phone", "reached": "yes"}, "reached"),
        (tries, {"channel": "phone"}, "reached"),
        (tries, {"channel": "phone", "reached": True, "note": "x" * 2001}, "note"),
        (tries, {"channel": "phone", "reached": True, "at": "2026-01-13T15:00:00"}, "at"),
        (tries, {"channel": "phone", "reached": True, "at": "9999-12-31T23:59:59Z"}, "at"),
        (tries, {"channel": "phone", "reached": True, "mood": 3}, "mood"),
        (
            f"/cases/{case_id}/close",
            {"disposition": "wrong_tap", "next_contact_on": "soon"},
            "next_contact_on",
        ),
        (f"/cases/{case_id}/acknowledge", {"take_over": 1}, "take_over"),
        (f"/cases/{case_id}/cosign", {}, "agree"),
        (f"/cases/{case_id}/hand-over", {"to": "ben"}, "to"),
        (f"/clients/{world.noor.id}/cases", {"tier": "whenever"}, "tier"),
    ):
        answer = mara.post(path, body)
        assert answer.status_code == 422, (path, body, answer.text)
        assert answer.json()["errors"][0]["path"] == field
    for path in ("/cases?state=lost", "/cases?cursor=1", "/cases/stream?last_event_id=-1"):
        assert mara.get(path).status_code == 400, path
    assert mara.get(f"/cases/{uuid4()}").status_code == 404
    assert mara.post(f"/cases/{uuid4()}/acknowledge").status_code == 404
    assert row(world, case_id).version == before
    hush(world)


def test_a_cry_for_help_needs_no_body_and_forgives_an_empty_one(world: World) -> None:
    for body in (None, {}, {"note": None}):
        assert ok(world.noor.api.put(f"/me/help/{uuid4()}", body))["tier"] == "urgent"
    assert world.noor.api.put("/me/help/me", {}).status_code == 404
    assert world.mara.api.put(f"/me/help/{uuid4()}").status_code == 403
    hush(world)


def test_the_same_help_id_from_two_phones_are_two_cries_for_help(world: World) -> None:
    noa = world.add_client("Noa")
    help_id = uuid4()
    one = ok(world.noor.api.put(f"/me/help/{help_id}"))
    other = ok(noa.api.put(f"/me/help/{help_id}"))
    assert one["case_id"] != other["case_id"]
    hush(world)


def test_the_description_names_every_address_of_cases(world: World) -> None:
    paths = world.anybody().get("/openapi.json").json()["paths"]
    mine = {path for path in paths if "/cases" in path or "/me/help" in path or path.endswith("/me/case")}
    assert {path.removeprefix("/api") for path in mine} == {
        "/cases",
        "/cases/stream",
        "/cases/{case_id}",
        "/cases/{case_id}/acknowledge",
        "/cases/{case_id}/close",
        "/cases/{case_id}/contacts",
        "/cases/{case_id}/contacts/withdraw",
        "/cases/{case_id}/cosign",
        "/cases/{case_id}/hand-over",
        "/clients/{client_id}/cases",
        "/me/case",
        "/me/help/{help_id}",
    }
