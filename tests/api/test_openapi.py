"""The description native apps build on: complete, exact, and the same as the file in docs/."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from crisisplans.lines import national_lines
from server.app import openapi_document
from server.description import examples
from tests.world import World

ROOT = Path(__file__).parents[2]
PUBLIC = {"post_sign_in", "post_activate", "post_pair"}
PROMISED = """
POST /api/pair | POST /api/sign-in | POST /api/sign-out | GET /api/me | GET /api/me/plan
PUT /api/me/plan/receipts/{n} | PUT /api/me/plan/proposals/{id} | GET /api/me/checkins | GET /api/me/checkins/{id}
PUT /api/me/checkins/{id}/answer | PUT /api/me/help/{id} | GET /api/me/case | PUT /api/me/devices/{id}
DELETE /api/me/devices/{id} | GET /api/clients | POST /api/clients | GET /api/clients/{id} | PUT /api/clients/{id}
POST /api/clients/{id}/invitations | PUT /api/clients/{id}/care-team | GET /api/clients/{id}/plan/draft
PUT /api/clients/{id}/plan/draft | GET /api/clients/{id}/plan/revisions | POST /api/clients/{id}/plan/revisions
GET /api/clients/{id}/plan/revisions/{n} | GET /api/clients/{id}/plan/reviews | POST /api/clients/{id}/plan/reviews
GET /api/clients/{id}/schedules | POST /api/clients/{id}/schedules | GET /api/clients/{id}/schedules/{id}
PUT /api/clients/{id}/schedules/{id} | DELETE /api/clients/{id}/schedules/{id} | GET /api/clients/{id}/checkins
GET /api/cases | GET /api/cases/{id} | POST /api/cases/{id}/acknowledge | POST /api/cases/{id}/contacts
POST /api/cases/{id}/hand-over | POST /api/cases/{id}/close | GET /api/cases/stream | GET /api/crisis-lines
GET /api/staff | POST /api/staff | GET /api/questionnaires | POST /api/questionnaires
"""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(json.dumps(openapi_document()))


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def success(operation: dict[str, Any]) -> list[str]:
    return [status for status in operation["responses"] if status < "300"]


def shape(document: dict[str, Any], schema: Any) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator({**document, **schema}, validate_formats=True)


def test_the_file_in_docs_is_fresh(document: dict[str, Any]) -> None:
    assert json.loads((ROOT / "docs" / "openapi.json").read_text()) == document, "make openapi"


def test_the_service_serves_exactly_this(world: World, document: dict[str, Any]) -> None:
    served = world.anybody().get("/openapi.json")
    assert served.json() == document
    assert served.headers["content-type"] == "application/vnd.oai.openapi+json"


def test_every_promised_address_is_there(document: dict[str, Any]) -> None:
    there = {
        f"{method} {re.sub(r'{number}', '{n}', re.sub(r'{[a-z]+_id}', '{id}', path))}"
        for method, path, _ in operations(document)
    }
    assert set(re.split(r" \| |\n", PROMISED.strip())) <= there


def test_every_operation_says_what_it_is_for(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        assert operation["summary"], (method, path)
        assert len(operation["description"]) > len("Short."), (method, path)


def test_operation_ids_are_readable_and_unique(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for *_, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"(get|post|put|delete)_[a-z_]+", name) for name in names)


def test_only_signing_in_needs_no_token(document: dict[str, Any]) -> None:
    assert document["security"] == [{"bearer": []}]
    free = {o["operationId"] for *_, o in operations(document) if o.get("security") == []}
    assert free == PUBLIC
    for *_, operation in operations(document):
        assert (operation["operationId"] in PUBLIC) or "401" in operation["responses"], operation


def test_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for method, path, operation in operations(document):
        refusals = [status for status in operation["responses"] if status >= "400"]
        assert {"400", "503"} <= set(refusals), (method, path)
        for status in refusals:
            content = operation["responses"][status]["content"]
            assert content == {"application/problem+json": problem}, (method, path, status)


def test_every_json_body_has_an_example_that_fits(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        bodies = [operation.get("requestBody", {}).get("content", {})]
        bodies += [operation["responses"][status].get("content", {}) for status in success(operation)]
        for content in bodies:
            if "application/json" in content:
                body = content["application/json"]
                assert "example" in body, (method, path)
                assert shape(document, body["schema"]).is_valid(body["example"]), (method, path)


def test_no_example_is_left_over(document: dict[str, Any]) -> None:
    assert set(examples()) <= set(document["components"]["schemas"])


def test_examples_hold_only_numbers_for_fiction(document: dict[str, Any]) -> None:
    text = json.dumps([examples(), document["info"]])
    for line in national_lines():
        if line.number:
            assert not re.search(rf"\b{re.escape(line.number)}\b", text), line.key
    for number in re.findall(r"\(\d{3}\) (\d{3}-\d{4})|tel:\+1\d{3}(\d{7})", text):
        assert re.fullmatch(r"555-?01\d\d", "".join(number)), number


def test_inputs_refuse_unknown_fields_and_say_so(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            schema = content["application/json"]["schema"]
            for part in schema.get("anyOf", [schema]):
                if "$ref" in part:
                    found = document["components"]["schemas"][part["$ref"].rpartition("/")[2]]
                    assert found["additionalProperties"] is False, (method, path)


def test_edits_and_copies_name_their_headers(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        headers = {p["name"] for p in operation.get("parameters", []) if p["in"] == "header"}
        assert ("If-Match" in headers) == ("428" in operation["responses"]), (method, path)
        assert ("If-None-Match" in headers) == ("304" in operation["responses"]), (method, path)
        if "If-Match" in headers or "304" in operation["responses"]:
            assert "ETag" in operation["responses"]["200"]["headers"], (method, path)


def test_an_answer_without_a_body_describes_none(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for status in ("204", "304"):
            assert "content" not in operation["responses"].get(status, {}), path


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("Pair", "code"),
        ("ClientSignedIn", "token client"),
        ("SignIn", "email password otp"),
        ("StaffSignedIn", "token staff"),
        ("MyCheckIns", "open next recent"),
        ("OpenCheckIn", "items"),
        ("WireItem", "key kind text options min max risk"),
        ("AnswerIn", "answered_at answers"),
        ("Received", "received_at late tier case_id coverage next_steps plan_revision"),
        ("CaseList", "cases cursor"),
        ("CaseLine", "id client tier causes opened_at owner next_call_at acknowledge_by contact_by"),
    ],
)
def test_shapes_native_apps_rely_on(document: dict[str, Any], name: str, fields: str) -> None:
    assert set(fields.split()) <= set(document["components"]["schemas"][name]["properties"])
