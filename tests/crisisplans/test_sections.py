"""Noor's plan as a document: what Ida may save, what she may publish, and what Noor is shown first."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisisplans.lines import IN_EVERY_PLAN, CrisisLine, line_table, national_lines
from crisisplans.sections import (
    MAX_ENTRIES,
    MAX_NOTES,
    MAX_TEXT,
    PROPOSABLE,
    Attestation,
    ClinicianOnly,
    Coping,
    FirearmAccess,
    Helper,
    NextStep,
    PlanDocument,
    PlanDraft,
    Reason,
    SectionKey,
    Stage,
    WarningSign,
    WhatHelpsStaff,
    entries,
    merge_proposal,
    next_steps,
    with_national_lines,
)
from crisisplans.soundness import problems, publishable
from server.core.errors import FieldProblem
from server.people.terms import Language
from tests.crisisplans.strategies import LOCAL_KEYS, documents, drafts, entry_for

TOGETHER = Attestation(client_took_part=True, caregiver_involved=False)
LOCAL = [msgspec.structs.replace(national_lines()[0], key=key, national=False) for key in LOCAL_KEYS]
LINES: dict[str, CrisisLine] = line_table(LOCAL)


def id_of(number: int) -> str:
    return str(UUID(int=number))


NOOR = PlanDocument(
    alias="Plan B",
    warning_signs=(WarningSign(id=id_of(1), text="I stop answering my sister", stage=Stage.EARLY),),
    coping=(
        Coping(id=id_of(2), text="Walk to the river and back", likelihood=4),
        Coping(id=id_of(3), text="Draw the same cup until it is right", likelihood=3),
        Coping(id=id_of(4), text="Cold water on my hands", likelihood=5),
    ),
    helpers=(
        Helper(id=id_of(5), name="Amal"),
        Helper(id=id_of(6), name="Ruth", phone="503-555-0142", relation="sister", staff_may_contact=True),
    ),
    reasons=(Reason(id=id_of(7), text="My cat"),),
)


def refused(document: PlanDocument) -> list[str]:
    """The paths of what is wrong with this document."""
    return [problem.path for problem in problems(PlanDraft(document=document), LINES)]


def to_publish(
    document: PlanDocument, reason: str = "First plan", attestation: Attestation | None = TOGETHER
):
    draft = PlanDraft(document=document)
    return [one.path for one in publishable(draft, reason=reason, attestation=attestation, known_lines=LINES)]


def changed(**fields: object) -> PlanDocument:
    return msgspec.structs.replace(NOOR, **fields)


@settings(max_examples=60, deadline=None)
@given(drafts)
def test_any_plan_survives_the_wire_unchanged_and_has_no_problem(draft: PlanDraft) -> None:
    assert msgspec.json.decode(msgspec.json.encode(draft), type=PlanDraft) == draft
    assert problems(draft, LINES) == ()


def test_the_document_has_exactly_one_field_for_each_section() -> None:
    assert {*PlanDocument.__struct_fields__} == {*SectionKey, "alias", "none_identified"}


def test_what_ida_notes_about_firearms_is_nowhere_in_what_noor_reads() -> None:
    private = ClinicianOnly(firearm_access=FirearmAccess.YES, notes="locked at the brother's house")
    draft = PlanDraft(document=NOOR, clinician_only=private)
    shown = msgspec.json.encode(draft.document)
    assert all(word not in shown for word in (b"firearm", b"counselling", b"locked", b"notes"))
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({"clinician_only": {}}, PlanDocument)


def test_a_field_nobody_knows_is_refused_at_its_path() -> None:
    body = msgspec.to_builtins(PlanDraft(document=NOOR))
    body["document"]["helpers"][1]["score"] = 3
    with pytest.raises(msgspec.ValidationError, match=r"\$\.document\.helpers\[1\]"):
        msgspec.convert(body, PlanDraft)


@pytest.mark.parametrize("likelihood", [0, 6])
def test_a_likelihood_off_the_scale_is_refused(likelihood: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"id": id_of(1), "text": "Walk", "likelihood": likelihood}, Coping)


@pytest.mark.parametrize("mark", ["\0", "\x1b", "\x85", "\ud800"])
def test_a_character_that_cannot_be_stored_is_refused_wherever_it_is_written(mark: str) -> None:
    assert refused(changed(alias=f"B{mark}")) == ["document.alias"]
    staff = WhatHelpsStaff(helps=f"speak{mark}low")
    assert refused(changed(what_helps_staff=staff)) == ["document.what_helps_staff.helps"]
    draft = PlanDraft(document=NOOR, clinician_only=ClinicianOnly(notes=mark))
    assert [problem.path for problem in problems(draft, LINES)] == ["clinician_only.notes"]


def test_lines_breaks_of_a_form_are_kept() -> None:
    assert refused(changed(what_helps_staff=WhatHelpsStaff(helps="speak low\r\n\tone at a time"))) == []


def test_a_text_may_be_full_but_not_longer_and_notes_have_more_room() -> None:
    assert refused(changed(alias="x" * MAX_TEXT)) == []
    assert refused(changed(alias="x" * (MAX_TEXT + 1))) == ["document.alias"]
    for length, expected in ((MAX_NOTES, []), (MAX_NOTES + 1, ["clinician_only.notes"])):
        draft = PlanDraft(document=NOOR, clinician_only=ClinicianOnly(notes="x" * length))
        assert [problem.path for problem in problems(draft, LINES)] == expected


def test_an_entry_without_words_is_refused() -> None:
    assert refused(changed(reasons=(Reason(id=id_of(7), text=" \n"),))) == ["document.reasons[0].text"]


def test_an_id_that_is_no_uuid_or_is_used_in_two_sections_is_refused() -> None:
    reasons = (Reason(id=id_of(1), text="My cat"), Reason(id="reason-2", text="Spring"))
    assert refused(changed(reasons=reasons)) == ["document.reasons[0].id", "document.reasons[1].id"]
    assert refused(changed(reasons=(Reason(id=id_of(10).upper(), text="Spring"),))) == [
        "document.reasons[0].id"
    ]


@pytest.mark.parametrize("phone", ["555-0142", "503-155-0142", "ask Ruth", "503-555-0142 or Ruth"])
def test_a_phone_that_would_not_ring_is_refused(phone: str) -> None:
    assert refused(changed(helpers=(Helper(id=id_of(6), name="Ruth", phone=phone),))) == [
        "document.helpers[0].phone"
    ]


@pytest.mark.parametrize(
    "phone", ["5035550142", "+1 503 555 0142", "(503) 555-0142 ext. 12", "+52 55 1234 5678", ""]
)
def test_a_phone_that_rings_or_none_at_all_is_taken(phone: str) -> None:
    assert refused(changed(helpers=(Helper(id=id_of(6), name="Ruth", phone=phone),))) == []


@pytest.mark.parametrize("prefix", ["", "+1 ", "1-"])
def test_a_crisis_number_typed_as_a_helper_is_sent_to_the_crisis_lines(prefix: str) -> None:
    for number in {line.number for line in national_lines() if line.number}:
        document = changed(helpers=(Helper(id=id_of(6), name="Hotline", phone=f"{prefix}{number}"),))
        (problem,) = problems(PlanDraft(document=document), LINES)
        assert problem.path == "document.helpers[0].phone"
        assert "under crisis lines" in problem.message


def test_the_refusal_of_a_wrong_phone_says_nothing_of_crisis_lines_and_never_repeats_it() -> None:
    document = changed(helpers=(Helper(id=id_of(6), name="Ruth", phone="555-0142"),))
    (problem,) = problems(PlanDraft(document=document), LINES)
    assert "crisis" not in problem.message
    assert "0142" not in problem.message


def test_a_line_outside_the_table_or_listed_twice_is_refused() -> None:
    document = changed(crisis_lines=(*IN_EVERY_PLAN, "my_cousin", IN_EVERY_PLAN[0]))
    assert refused(document) == ["document.crisis_lines[2]", "document.crisis_lines[3]"]


def test_a_section_holds_thirty_entries_and_not_one_more() -> None:
    reasons = tuple(Reason(id=id_of(100 + n), text=f"Reason number {n}") for n in range(MAX_ENTRIES + 1))
    assert refused(changed(reasons=reasons[:MAX_ENTRIES])) == []
    assert refused(changed(reasons=reasons)) == ["document.reasons"]


def test_none_identified_needs_a_reason_and_an_empty_section() -> None:
    path = "document.none_identified."
    assert refused(changed(none_identified={SectionKey.DISTRACTIONS: "Housebound since May"})) == []
    assert refused(changed(none_identified={SectionKey.DISTRACTIONS: " "})) == [path + "distractions"]
    assert refused(changed(none_identified={SectionKey.HELPERS: "Nobody"})) == [path + "helpers"]
    assert refused(changed(none_identified={SectionKey.CRISIS_LINES: "No"})) == [path + "crisis_lines"]
    assert refused(changed(none_identified={SectionKey.WHAT_HELPS_STAFF: "Not sure yet"})) == []
    staff = changed(
        what_helps_staff=WhatHelpsStaff(helps="quiet"), none_identified={SectionKey.WHAT_HELPS_STAFF: "No"}
    )
    assert refused(staff) == [path + "what_helps_staff"]


def test_ida_publishes_what_she_and_noor_wrote_together() -> None:
    assert to_publish(NOOR) == []


def test_a_publish_needs_a_reason_an_attestation_and_a_sign_or_the_reason_there_is_none() -> None:
    assert to_publish(NOOR, reason=" ") == ["reason"]
    assert to_publish(NOOR, reason="x" * (MAX_TEXT + 1)) == ["reason"]
    assert to_publish(NOOR, attestation=None) == ["attestation"]
    assert to_publish(changed(warning_signs=())) == ["document.warning_signs"]
    none = {SectionKey.WARNING_SIGNS: "It comes without any sign"}
    assert to_publish(changed(warning_signs=(), none_identified=none)) == []


def test_a_publish_without_noor_says_why() -> None:
    path = "attestation.without_client_because"
    alone = Attestation(client_took_part=False, caregiver_involved=False)
    assert to_publish(NOOR, attestation=alone) == [path]
    ruths = msgspec.structs.replace(alone, without_client_because="Ruth's number changed; Noor told Mara")
    assert to_publish(NOOR, attestation=ruths) == []
    assert to_publish(NOOR, attestation=msgspec.structs.replace(ruths, without_client_because="a\0")) == [
        path
    ]


def test_whatever_stops_a_draft_stops_a_publish() -> None:
    assert to_publish(changed(alias="\0")) == ["document.alias"]


@settings(max_examples=60, deadline=None)
@given(documents(), st.lists(st.sampled_from([*IN_EVERY_PLAN, *LOCAL_KEYS]), unique=True))
def test_the_national_lines_come_first_however_the_list_was_edited(
    plan: PlanDocument, keys: list[str]
) -> None:
    edited = msgspec.structs.replace(plan, crisis_lines=tuple(keys))
    fixed = with_national_lines(edited, IN_EVERY_PLAN)
    assert fixed.crisis_lines[: len(IN_EVERY_PLAN)] == IN_EVERY_PLAN
    assert set(fixed.crisis_lines) == {*IN_EVERY_PLAN, *keys}
    assert [key for key in fixed.crisis_lines if key in LOCAL_KEYS] == [
        key for key in keys if key in LOCAL_KEYS
    ]
    assert with_national_lines(fixed, IN_EVERY_PLAN) == fixed
    assert ("document.crisis_lines" in to_publish(edited)) == (edited != fixed)


def test_after_a_hard_answer_noor_sees_her_own_steps_then_ruth_then_the_lines() -> None:
    steps = next_steps(NOOR, LINES, Language.EN)
    assert [step.text for step in steps[:3]] == [NOOR.coping[0].text, NOOR.coping[1].text, "Ruth"]
    assert steps[2].href == "tel:+15035550142"
    assert tuple(step.id for step in steps[3:]) == IN_EVERY_PLAN


def test_in_spanish_the_lines_say_which_key_to_press_and_which_word_to_send() -> None:
    call, text = (
        step for step in next_steps(NOOR, LINES, Language.ES) if step.section is SectionKey.CRISIS_LINES
    )
    national = national_lines()[0]
    assert (call.text, call.press, call.href) == (national.name[Language.ES], "2", f"tel:{national.number}")
    assert (text.keyword, text.href) == ("AYUDA", f"sms:{national.number}")


@settings(max_examples=60, deadline=None)
@given(documents(), st.integers(0, 4))
def test_the_first_steps_keep_plan_order_stay_short_and_always_end_with_the_lines(
    plan: PlanDocument, limit: int
) -> None:
    steps = next_steps(msgspec.structs.replace(plan, crisis_lines=()), {}, Language.EN, limit)
    order = [SectionKey.COPING, SectionKey.HELPERS, SectionKey.CRISIS_LINES]
    assert [step.section for step in steps] == sorted((s.section for s in steps), key=order.index)
    assert sum(step.section is SectionKey.COPING for step in steps) == min(limit, len(plan.coping))
    reachable = [helper for helper in plan.helpers if helper.phone]
    assert [step.id for step in steps if step.section is SectionKey.HELPERS] == [
        helper.id for helper in reachable[:limit]
    ]
    assert tuple(step.id for step in steps[-len(IN_EVERY_PLAN) :]) == IN_EVERY_PLAN


def test_a_helper_whose_number_cannot_be_opened_is_still_shown_to_be_read() -> None:
    document = changed(helpers=(Helper(id=id_of(6), name="Ruth", phone="ask at the desk"),))
    assert next_steps(document, LINES, Language.EN)[2] == NextStep(
        section=SectionKey.HELPERS, id=id_of(6), text="Ruth", phone="ask at the desk"
    )


@settings(max_examples=60, deadline=None)
@given(st.data(), documents(), st.sampled_from(PROPOSABLE))
def test_a_proposal_of_noors_is_added_once_however_often_it_is_accepted(
    data: st.DataObject, plan: PlanDocument, section: SectionKey
) -> None:
    entry = data.draw(entry_for(section, id_of(99)))
    merged = merge_proposal(plan, section, entry)
    assert entries(merged, section) == (*entries(plan, section), entry)
    assert section not in merged.none_identified
    assert merge_proposal(merged, section, entry) == merged
    assert problems(PlanDraft(document=merged), LINES) == ()


def test_a_proposal_for_an_entry_that_is_there_takes_its_place() -> None:
    ruth = Helper(id=id_of(6), name="Ruth", phone="503-555-0199")
    assert merge_proposal(NOOR, SectionKey.HELPERS, ruth).helpers == (NOOR.helpers[0], ruth)


def test_noor_cannot_propose_a_warning_sign_nor_a_helper_among_the_reasons() -> None:
    with pytest.raises(ValueError, match="cannot propose"):
        merge_proposal(NOOR, SectionKey.WARNING_SIGNS, NOOR.warning_signs[0])
    with pytest.raises(ValueError, match="cannot propose"):
        merge_proposal(NOOR, SectionKey.REASONS, NOOR.helpers[0])


def test_every_problem_has_a_path_and_a_sentence() -> None:
    draft = PlanDraft(
        document=changed(crisis_lines=("x",), alias="\0", none_identified={SectionKey.HELPERS: ""})
    )
    found = publishable(draft, reason="", attestation=None, known_lines=LINES)
    assert len(found) == 7
    assert all(isinstance(one, FieldProblem) and one.path and one.message.endswith(".") for one in found)
