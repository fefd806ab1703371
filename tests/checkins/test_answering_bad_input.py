"""What a broken or hostile phone may send: each gets a clear refusal that repeats nothing, and nothing is stored."""

from typing import Any
from uuid import uuid4

from checkins.models import AnswerRow, Occurrence
from tests.checkins.told import CALM, count, open_one, send
from tests.world import World

SECRET = "what-noor-typed"
NOW = "2026-01-13T16:00:00Z"


def raw(world: World, checkin: object, body: bytes) -> Any:
    headers = {"Content-Type": "application/json"}
    return world.noor.api.call("PUT", f"/me/checkins/{checkin}/answer", content=body, headers=headers)


def refused(response: Any, *statuses: int) -> list[str]:
    assert response.status_code in statuses, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["title"]
    assert SECRET not in response.text
    return [error["path"] for error in problem.get("errors", [])]


def test_bodies_that_cannot_be_read_are_refused_and_nothing_is_stored(world: World) -> None:
    checkin = open_one(world)["id"]
    world.noor.phone.take("checkin_open")
    start = b'{"answered_at": "2026-01-13T16:00:00Z", "answers": {"mood": '
    for body in (
        b"",
        b"not json " + SECRET.encode(),
        start + b"[" * 30000 + b"]" * 30000 + b"}}",
        start + b'{"a":' * 9000 + b"1" + b"}" * 9000 + b"}}",
        start + b'"\xff\xfe"}}',
        start + b'"\\u0000' + SECRET.encode() + b'"}}',
        start + b"1" * 5000 + b"}}",
        start + b"1e999999}}",
        start + b"NaN}}",
        start + b'1, "mood": 2}}',
        start + b'1}, "answers": {}}',
    ):
        refused(raw(world, checkin, body), 400, 422)
    refused(raw(world, checkin, start + b'"' + b"x" * 70_000 + b'"}}'), 413)
    assert count(world, AnswerRow) == 0
    assert send(world.noor, checkin, {"answered_at": NOW, "answers": CALM}).status_code == 200


MISFITS: list[tuple[dict[str, Any], str]] = [
    ({"mood": 11}, "answers.mood"),
    ({"mood": True}, "answers.mood"),
    ({"mood": 10**40}, "answers.mood"),
    ({"mood": SECRET}, "answers.mood"),
    ({"mood": {"declined": False}}, "answers.mood"),
    ({"mood": {"declined": True, "why": SECRET}}, "answers.mood"),
    ({"sleep": -1}, "answers.sleep"),
    ({"safe_now": SECRET}, "answers.safe_now"),
    ({"safe_now": ["safe"]}, "answers.safe_now"),
    ({"thoughts": "maybe"}, "answers.thoughts"),
    ({"anything_else": "x" * 2001}, "answers.anything_else"),
    ({"anything_else": [[[]]]}, "answers.anything_else"),
    ({"unasked": 1}, "answers.unasked"),
    ({SECRET + "!": 1}, "answers"),
]


def test_answers_that_do_not_fit_their_question_name_it(world: World) -> None:
    for answers, path in MISFITS:
        response = send(world.noor, uuid4(), {"answered_at": NOW, "answers": {**CALM, **answers}})
        assert path in refused(response, 422)
    assert count(world, AnswerRow) == count(world, Occurrence) == 0


def test_lone_surrogates_are_refused(world: World) -> None:
    body = b'{"answered_at": "2026-01-13T16:00:00Z", "answers": {"anything_else": "half \\ud83d"}}'
    refused(raw(world, uuid4(), body), 400, 422)
    assert count(world, Occurrence) == 0


NO_MOMENTS: list[Any] = [
    "2026-01-13T16:00:00",
    "2026-01-13",
    "yesterday",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2019-12-31T23:59:59Z",
    "2026-01-20T16:00:00Z",
    1768320000,
    None,
    "",
]


def test_a_moment_that_cannot_be_is_refused(world: World) -> None:
    for when in NO_MOMENTS:
        response = send(world.noor, uuid4(), {"answered_at": when, "answers": CALM})
        assert refused(response, 422) == ["answered_at"]
    assert count(world, Occurrence) == 0


OTHER_SHAPES: list[Any] = [
    {"answers": CALM},
    {"answered_at": NOW},
    {"answered_at": NOW, "answers": []},
    {"answered_at": NOW, "answers": {str(n): 1 for n in range(101)}},
    {"answered_at": NOW, "answers": CALM, "tier": "routine"},
    {"answered_at": NOW, "answers": CALM, "questionnaire_id": "5"},
    [],
    "text",
]


def test_a_body_of_another_shape_is_refused(world: World) -> None:
    for body in OTHER_SHAPES:
        refused(send(world.noor, uuid4(), body), 422)
    assert count(world, Occurrence) == 0


def test_an_id_that_is_no_id_is_no_address(world: World) -> None:
    response = send(world.noor, "not-an-id", {"answered_at": NOW, "answers": CALM})
    refused(response, 404, 400)


def test_nobody_signed_in_answers_for_nobody(world: World) -> None:
    response = world.anybody().put(f"/me/checkins/{uuid4()}/answer", {"answered_at": NOW, "answers": CALM})
    refused(response, 401)
    assert count(world, Occurrence) == 0
