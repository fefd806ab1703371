"""Hints for Ida while she and Noor write: what is thin, and never more than a hint."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings

from crisisplans.quality import Hint, HintCode, hints, plain_words
from crisisplans.sections import (
    Coping,
    Distraction,
    DistractionKind,
    Helper,
    PlanDocument,
    Professional,
    Reason,
    SaferStep,
    SectionKey,
    Stage,
    WarningSign,
    entries,
)
from tests.crisisplans.strategies import documents


def id_of(number: int) -> str:
    return str(UUID(int=number))


THOROUGH = PlanDocument(
    warning_signs=(
        WarningSign(id=id_of(1), text="I hear the door when nobody is there", stage=Stage.CRISIS),
    ),
    coping=(
        Coping(id=id_of(2), text="Walk to the river and back", likelihood=2, obstacle="Rain: take the bus"),
    ),
    distractions=(Distraction(id=id_of(3), text="Library", kind=DistractionKind.PLACE),),
    helpers=(Helper(id=id_of(4), name="Ruth", phone="503-555-0142"),),
    professionals=(Professional(id=id_of(5), name="Mara", phone="503-555-0111"),),
    safer_surroundings=(SaferStep(id=id_of(6), action="Ruth keeps the tablets"),),
    reasons=(Reason(id=id_of(7), text="Cat"),),
)


def changed(**fields: object) -> PlanDocument:
    return msgspec.structs.replace(THOROUGH, **fields)


def found(document: PlanDocument) -> list[tuple[HintCode, SectionKey, str | None]]:
    return [(hint.code, hint.section, hint.entry_id) for hint in hints(document)]


def test_a_thorough_plan_has_no_hint() -> None:
    assert hints(THOROUGH) == ()


@pytest.mark.parametrize(
    ("emptied", "code", "section"),
    [
        (("helpers",), HintCode.NO_HELPERS, SectionKey.HELPERS),
        (("distractions",), HintCode.NO_DISTRACTIONS, SectionKey.DISTRACTIONS),
        (("helpers", "distractions"), HintCode.NO_HELPERS_OR_DISTRACTIONS, SectionKey.HELPERS),
    ],
)
def test_nobody_to_turn_to_is_said_loudly_once_even_where_none_identified_is_recorded(
    emptied: tuple[str, ...], code: HintCode, section: SectionKey
) -> None:
    recorded = {SectionKey(name): "New in town" for name in emptied}
    document = changed(**dict.fromkeys(emptied, ()), none_identified=recorded)
    assert found(document) == [(code, section, None)]
    assert hints(document)[0].loud


def test_an_empty_plan_hints_loudly_first_and_gently_at_reasons_last() -> None:
    assert [(hint.code, hint.loud) for hint in hints(PlanDocument())] == [
        (HintCode.NO_HELPERS_OR_DISTRACTIONS, True),
        (HintCode.NO_CRISIS_SIGN, False),
        (HintCode.NO_SAFER_STEPS, False),
        (HintCode.NO_REASONS, False),
    ]


def test_a_recorded_none_silences_the_quiet_hints() -> None:
    none = {SectionKey.SAFER_SURROUNDINGS: "Nothing at hand", SectionKey.REASONS: "Not today"}
    assert hints(changed(safer_surroundings=(), reasons=(), none_identified=none)) == ()


def test_early_signs_alone_miss_the_crisis_itself() -> None:
    early = msgspec.structs.replace(THOROUGH.warning_signs[0], stage=Stage.EARLY)
    assert found(changed(warning_signs=(early,))) == [
        (HintCode.NO_CRISIS_SIGN, SectionKey.WARNING_SIGNS, None)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Call someone",
        "think POSITIVE!",
        "Breathe.",
        " deep   breaths ",
        "Respirar",
        "Llamar a alguien",
        "escuchar musica",
    ],
)
def test_a_step_that_could_be_anybodys_is_noticed_in_both_languages(text: str) -> None:
    document = changed(coping=(Coping(id=id_of(2), text=text),))
    assert found(document) == [(HintCode.GENERIC_ENTRY, SectionKey.COPING, id_of(2))]


def test_the_same_words_with_a_name_are_noors_own() -> None:
    assert hints(changed(coping=(Coping(id=id_of(2), text="Call Ruth and ask about the garden"),))) == ()


def test_one_word_is_short_for_a_step_but_not_for_a_person_a_place_or_a_reason() -> None:
    yoga = changed(coping=(Coping(id=id_of(2), text="Yoga"),))
    assert found(yoga) == [(HintCode.SHORT_ENTRY, SectionKey.COPING, id_of(2))]
    chess = changed(distractions=(Distraction(id=id_of(3), text="Chess", kind=DistractionKind.ACTIVITY),))
    assert found(chess) == [(HintCode.SHORT_ENTRY, SectionKey.DISTRACTIONS, id_of(3))]


def test_a_helper_who_is_anybody_is_generic() -> None:
    document = changed(helpers=(Helper(id=id_of(4), name="Mi familia", phone="503-555-0142"),))
    assert found(document) == [(HintCode.GENERIC_ENTRY, SectionKey.HELPERS, id_of(4))]


@pytest.mark.parametrize("phone", [None, "", "  "])
def test_a_contact_without_a_number_is_noticed(phone: str | None) -> None:
    document = changed(
        helpers=(Helper(id=id_of(4), name="Ruth", phone=phone),),
        professionals=(Professional(id=id_of(5), name="Urgent care", phone=phone, address="12 Elm Street"),),
    )
    assert found(document) == [
        (HintCode.NO_NUMBER, SectionKey.HELPERS, id_of(4)),
        (HintCode.NO_NUMBER, SectionKey.PROFESSIONALS, id_of(5)),
    ]


@pytest.mark.parametrize(("name", "phone"), [("RÚTH ", "503-555-0199"), ("My sister", "+1 (503) 555-0142")])
def test_one_person_listed_twice_by_name_or_by_number_is_noticed_the_second_time(
    name: str, phone: str
) -> None:
    twice = (*THOROUGH.helpers, Helper(id=id_of(8), name=name, phone=phone))
    assert found(changed(helpers=twice)) == [(HintCode.REPEATED_PERSON, SectionKey.HELPERS, id_of(8))]


def test_two_people_without_a_number_are_not_one_person() -> None:
    helpers = (Helper(id=id_of(4), name="Ruth"), Helper(id=id_of(8), name="Amal"))
    assert {code for code, _, _ in found(changed(helpers=helpers))} == {HintCode.NO_NUMBER}


@pytest.mark.parametrize(("likelihood", "hinted"), [(1, True), (2, True), (3, False), (None, False)])
def test_an_unlikely_step_without_a_thought_about_the_obstacle_is_noticed(
    likelihood: int | None, hinted: bool
) -> None:
    document = changed(
        coping=(Coping(id=id_of(2), text="Walk to the river", likelihood=likelihood, obstacle=" "),)
    )
    assert (found(document) == [(HintCode.UNLIKELY_STEP, SectionKey.COPING, id_of(2))]) == hinted


@settings(max_examples=80, deadline=None)
@given(documents())
def test_hints_point_at_entries_that_exist_carry_no_score_and_only_missing_people_are_loud(
    plan: PlanDocument,
) -> None:
    for hint in hints(plan):
        assert hint.entry_id is None or hint.entry_id in {entry.id for entry in entries(plan, hint.section)}
        assert not any(mark.isdigit() for mark in hint.message)
        assert hint.loud == hint.code.startswith(("no_helpers", "no_distractions"))
    assert {*Hint.__struct_fields__} == {"code", "section", "entry_id", "message", "loud"}
    assert any(hint.loud for hint in hints(plan)) == (not plan.helpers or not plan.distractions)


def test_plain_words_forget_case_accents_and_marks() -> None:
    assert plain_words("  ¡Respirar  HONDO, música! ") == "respirar hondo musica"
