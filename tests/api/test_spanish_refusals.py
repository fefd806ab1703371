"""A refusal speaks Spanish to whoever asks for it, and says the same in both languages."""

from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisisplans.proposals import MOST_OPEN
from server import problems
from server.people import api
from server.problem_words import DETAILS, TITLES, prefers_spanish
from tests.checkins.told import NOT_SAFE, answer, opened
from tests.docs.test_docs import sources
from tests.escalations.telling import hush
from tests.world import World

SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}


def test_every_title_has_its_spanish() -> None:
    titles = {*api.TITLES.values(), *(title for _, title in problems._PLAIN.values())}
    assert titles <= TITLES.keys()
    assert len(set(TITLES.values())) == len(TITLES)


def test_every_detail_in_the_table_is_still_said_somewhere() -> None:
    code = "".join(source for source in sources() if "DETAILS = {" not in source)
    said = code.replace("{MOST_OPEN}", str(MOST_OPEN))
    assert not [detail for detail in DETAILS if f'"{detail}"' not in said]


@pytest.mark.parametrize(
    ("header", "spanish"),
    [
        ("es", True),
        ("ES-mx", True),
        ("es-MX,es;q=0.9,en;q=0.8", True),
        ("fr, es;q=0.3", True),
        ("es,en", True),
        ("en,es", False),
        ("en-US,en;q=0.9,es;q=0.8", False),
        ("es;q=0", False),
        ("es;q=2, en;q=0.1", False),
        ("es;q=nan", False),
        ("*", False),
        ("", False),
        ("estonian", False),
    ],
)
def test_the_language_is_the_one_asked_for_first(header: str, spanish: bool) -> None:
    assert prefers_spanish(header) is spanish


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="esn;,=q01.-* \t", max_size=60))
def test_no_header_is_too_strange(header: str) -> None:
    assert prefers_spanish(header) in (True, False)
    assert not prefers_spanish(header) or "es" in header


def test_noors_phone_reads_in_spanish_that_she_answered_before(world: World) -> None:
    checkin = opened(world)
    answer(world.noor, checkin, world, NOT_SAFE)
    other = {"answered_at": world.clock.at.isoformat(), "answers": {"mood": 9}}
    path = f"/me/checkins/{checkin}/answer"
    in_english = world.noor.api.put(path, other)
    refused = world.noor.api.put(path, other, headers=SPANISH)
    assert (refused.status_code, refused.headers["content-language"]) == (409, "es")
    assert refused.json()["title"] == "Esto no va con lo que ya está guardado"
    assert refused.json()["detail"] == "Ya respondiste esto, con otras respuestas."
    assert in_english.headers["content-language"] == "en"
    assert in_english.json()["detail"] == "This check-in has been answered already, with other answers."
    assert refused.json()["type"] == in_english.json()["type"]
    hush(world)


def test_an_address_that_does_not_exist_and_a_wrong_code_are_refused_in_spanish_too(world: World) -> None:
    nowhere = world.noor.api.get(f"/me/checkins/{uuid4()}", headers=SPANISH)
    assert nowhere.json()["title"] == "No encontramos eso"
    wrong = world.anybody().post("/pair", {"code": "2222222222"}, headers=SPANISH)
    assert (wrong.status_code, wrong.json()["title"]) == (422, "Hay datos por revisar")
    assert wrong.json()["errors"][0]["path"] == "code"
