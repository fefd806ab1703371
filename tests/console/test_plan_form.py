"""The form of the plan editor: whatever a plan holds goes through it and comes back, and rows move as told."""

from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisisplans.lines import IN_EVERY_PLAN, line_table
from crisisplans.sections import Coping, PlanDocument, PlanDraft, SectionKey, Stage, entries
from crisisplans.soundness import problems
from server.console.plans.plan_clashes import BOTH, MINE, THEIRS, clashes
from server.console.plans.plan_deeds import Deed, Kind, deed_of, done_to
from server.console.plans.plan_form import Fields, at_its_field, draft_of, fields_of, rows, with_rows
from server.console.plans.plan_merge import merged
from server.core.errors import Invalid, Unreadable
from server.core.tables import new_id
from tests.crisisplans.strategies import drafts

ID = "0192c0de-0000-7000-8000-00000000000"


def never() -> UUID:
    raise AssertionError("every row of this form has its id")


def over_the_wire(fields: Fields) -> Fields:
    """The same form as a browser sends it and the service reads it."""
    pairs = [(name, value) for name, values in fields.items() for value in values]
    back: Fields = {}
    for name, value in parse_qsl(urlencode(pairs), keep_blank_values=True):
        back.setdefault(name, []).append(value)
    return back


@given(draft=drafts)
@settings(max_examples=200, deadline=None)
def test_every_plan_comes_back_from_its_form_as_it_went_in(draft: PlanDraft) -> None:
    assert draft_of(over_the_wire(fields_of(draft)), never) == draft


@given(draft=drafts, gap=st.integers(2, 9), seed=st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_gaps_blank_rows_and_the_order_of_fields_change_nothing(
    draft: PlanDraft, gap: int, seed: Any
) -> None:
    fields: Fields = {}
    for name, values in fields_of(draft).items():
        section, _, rest = name.partition(".")
        number, _, field = rest.partition(".")
        fields[f"{section}.{int(number) * gap}.{field}" if number.isdigit() else name] = values
    fields |= {"helpers.1.id": [str(new_id())], "helpers.1.name": ["  "], "warning_signs.1.stage": ["crisis"]}
    names = list(fields)
    seed.shuffle(names)
    assert draft_of({name: fields[name] for name in names}, never) == draft


@given(
    draft=drafts, section=st.sampled_from(["coping", "helpers"]), place=st.integers(0, 4), up=st.booleans()
)
@settings(max_examples=100, deadline=None)
def test_a_row_that_moves_takes_all_its_words_along(
    draft: PlanDraft, section: str, place: int, up: bool
) -> None:
    key = SectionKey(section)
    old = list(entries(draft.document, key))
    fields = fields_of(draft)
    pressed = Deed(Kind.UP if up else Kind.DOWN, key, place)
    new = list(entries(draft_of(done_to(fields, pressed), never).document, key))
    if place < len(old):
        to = max(0, min(len(old) - 1, place - 1 if up else place + 1))
        old.insert(to, old.pop(place))
    assert new == old


def test_a_new_row_gets_an_id_and_a_reworded_one_keeps_its_own() -> None:
    fields = {"coping.0.id": [f"{ID}1"], "coping.0.text": ["sit by the river"], "coping.1.text": ["draw"]}
    first, second = draft_of(fields, lambda: UUID(f"{ID}2")).document.coping
    assert (first.id, first.text) == (f"{ID}1", "sit by the river")
    assert (second.id, second.text) == (f"{ID}2", "draw")


def test_a_row_without_words_but_with_something_else_is_told_about_at_its_field() -> None:
    fields = {"helpers.3.phone": ["503-555-0142"], "helpers.1.name": ["Leila"]}
    draft = draft_of(fields, new_id)
    found = [at_its_field(each, fields) for each in problems(draft, line_table())]
    assert [(each.path, each.message) for each in found] == [
        ("helpers.3.name", "This needs words, or the entry can go.")
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("coping.0.likelihood", "9"),
        ("coping.0.likelihood", "likely"),
        ("warning_signs.0.stage", "late"),
        ("safer_surroundings.2.by_on", "31.12."),
        ("clinician_only.firearm_access", "perhaps"),
        ("what_helps_staff.advance_directive.exists", "maybe"),
    ],
)
def test_what_no_list_offers_is_refused_at_its_field_and_never_repeated(name: str, value: str) -> None:
    place = name.rpartition(".")[0]
    fields = {f"{place}.text": ["words"], f"{place}.action": ["words"], name: [value]}
    with pytest.raises(Invalid) as refused:
        draft_of(fields, new_id)
    assert [each.path for each in refused.value.errors] == [name]
    assert value not in refused.value.errors[0].message


def test_the_lines_of_every_plan_are_there_whatever_the_form_says() -> None:
    assert draft_of({}, new_id) == PlanDraft()
    chosen = draft_of({"crisis_lines": ["county_line", IN_EVERY_PLAN[1]]}, new_id).document.crisis_lines
    assert chosen == (*IN_EVERY_PLAN, "county_line")


def test_words_that_look_like_something_else_stay_words() -> None:
    odd = ("null", "true", "4", "None", "-", "{{ 7 * 7 }}", "a\nb", " two  blanks ")
    ways = tuple(Coping(id=f"{ID}{n}", text=text, obstacle=text) for n, text in enumerate(odd))
    draft = PlanDraft(document=PlanDocument(coping=ways))
    assert draft_of(over_the_wire(fields_of(draft)), never) == draft


@pytest.mark.parametrize("word", ["burn", "up.coping", "up.coping.x", "add.crisis", "accept.me", "remove"])
def test_a_button_that_no_page_has_is_refused(word: str) -> None:
    with pytest.raises(Unreadable):
        deed_of({"do": [word]})


def test_enter_in_a_field_saves() -> None:
    assert deed_of({}) == Deed(Kind.SAVE)


def test_rows_are_numbered_anew_and_other_sections_stay() -> None:
    fields = {"coping.4.text": ["walk"], "reasons.0.text": ["Fig"], "coping_note": ["x"]}
    new = with_rows(fields, SectionKey.COPING, [{"text": "draw"}, {"text": "walk"}])
    assert [row["text"] for _, row in rows(new, SectionKey.COPING)] == ["draw", "walk"]
    assert (new["reasons.0.text"], new["coping_note"]) == (["Fig"], ["x"])


def words_in(draft: PlanDraft) -> set[str]:
    return {value for values in fields_of(draft).values() for value in values if len(value) > 1}


@given(mine=drafts, theirs=drafts)
@settings(max_examples=150, deadline=None)
def test_whoever_takes_one_side_everywhere_has_that_side(mine: PlanDraft, theirs: PlanDraft) -> None:
    found = clashes(mine, theirs, {})
    assert bool(found) == (mine != theirs)
    assert merged(mine, theirs, {each.key: MINE for each in found}) == mine
    assert merged(mine, theirs, {each.key: THEIRS for each in found}) == theirs


@given(mine=drafts, theirs=drafts)
@settings(max_examples=100, deadline=None)
def test_every_word_of_both_texts_stands_on_the_merge_page(mine: PlanDraft, theirs: PlanDraft) -> None:
    """An entry that only one side has is kept; what both wrote differently stands on the page to be chosen."""
    whole = merged(mine, theirs, {})
    for section in SectionKey:
        kept = {entry.id for entry in entries(whole.document, section)}
        for draft in (mine, theirs):
            assert {entry.id for entry in entries(draft.document, section)} <= kept
    assert set(whole.document.crisis_lines) >= {*mine.document.crisis_lines, *theirs.document.crisis_lines}
    told = " ".join(
        text for each in clashes(mine, theirs, {}) for side in (each.mine, each.theirs) for _, text in side
    )
    for sign in (*mine.document.warning_signs, *theirs.document.warning_signs):
        assert sign in whole.document.warning_signs or sign.text in told
    for ours, other in ((mine, theirs), (theirs, mine)):
        notes = ours.clinician_only.notes
        assert notes is None or notes == other.clinician_only.notes or notes in told


def test_both_notes_can_stay_one_after_the_other() -> None:
    def noted(text: str) -> PlanDraft:
        return draft_of({"clinician_only.notes": [text]}, new_id)

    mine, theirs = noted("keys are with Leila"), noted("pills are gone")
    (clash,) = clashes(mine, theirs, {})
    assert (clash.kept, clash.private) == (BOTH, True)
    assert merged(mine, theirs, {}).clinician_only.notes == "keys are with Leila\npills are gone"


def test_two_orders_of_the_same_steps_are_one_choice() -> None:
    ways = tuple(Coping(id=f"{ID}{n}", text=text) for n, text in enumerate(("walk", "draw", "sing")))
    mine = PlanDraft(document=PlanDocument(coping=ways))
    theirs = PlanDraft(document=PlanDocument(coping=ways[::-1]))
    (clash,) = clashes(mine, theirs, {})
    assert clash.key == "order.coping"
    assert merged(mine, theirs, {clash.key: THEIRS}) == theirs
    assert Stage.EARLY not in fields_of(mine)
