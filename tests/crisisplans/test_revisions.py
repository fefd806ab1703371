"""Revisions of Noor's plan: what changed, which number comes next, and when a review is due."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisisplans.lines import IN_EVERY_PLAN
from crisisplans.revisions import (
    Change,
    ChangeKind,
    FieldChange,
    PlanStatus,
    ReviewDays,
    diff,
    etag,
    next_number,
    plan_status,
    review_due_on,
)
from crisisplans.sections import (
    ENTRY_TYPES,
    AdvanceDirective,
    Coping,
    Helper,
    PlanDocument,
    Reason,
    SectionKey,
    WhatHelpsStaff,
    entries,
)
from server.people.terms import RiskLevel
from tests.crisisplans.strategies import documents

DAYS = ReviewDays()


def id_of(number: int) -> str:
    return str(UUID(int=number))


RUTH = Helper(id=id_of(1), name="Ruth", phone="503-555-0142")
AMAL = Helper(id=id_of(2), name="Amal", phone="503-555-0143")
SAM = Helper(id=id_of(3), name="Sam")


def moved(section: str, held: list[Any], changes: list[Change], build: Any) -> list[Any]:
    """One section after its changes: what left or moved comes out, then goes in where it now stands."""
    mine = [change for change in changes if change.section == section and change.entry_id]
    by_id = {(one if isinstance(one, str) else one.id): one for one in held}
    for change in mine:
        after = {field.name: field.after for field in change.fields}
        if change.kind in (ChangeKind.ADDED, ChangeKind.CHANGED):
            by_id[change.entry_id] = build(by_id.get(change.entry_id), change.entry_id, after)
    out = {c.entry_id for c in mine if c.kind is not ChangeKind.CHANGED}
    result = [one for id_, one in by_id.items() if id_ not in out]
    back = [c for c in mine if c.kind in (ChangeKind.ADDED, ChangeKind.MOVED)]
    for change in sorted(back, key=lambda change: change.position_after or 0):
        result.insert(change.position_after or 0, by_id[change.entry_id])
    return result


def applied(old: PlanDocument, changes: tuple[Change, ...]) -> PlanDocument:
    """`old` with `changes` made to it, from nothing but the changes."""
    whole = {c.section: {f.name: f.after for f in c.fields} for c in changes if c.entry_id is None}
    body: dict[str, Any] = {"alias": whole.get(None, {}).get("alias", old.alias)}
    body["none_identified"] = dict(old.none_identified)
    for section in (section for section in whole if section and "none_identified" in whole[section]):
        body["none_identified"].pop(section, None)
        if (why := whole[section].pop("none_identified")) is not None:
            body["none_identified"][section] = why
    staff = msgspec.to_builtins(old.what_helps_staff)
    for name, after in whole.get(SectionKey.WHAT_HELPS_STAFF, {}).items():
        holder, _, field = name.rpartition(".")
        (staff[holder] if holder else staff)[field] = after
    body["what_helps_staff"] = msgspec.convert(staff, WhatHelpsStaff)
    for section, kind in ENTRY_TYPES.items():

        def build(one: Any, id_: str, after: dict[str, Any], kind: Any = kind) -> Any:
            was = msgspec.to_builtins(one) if one else {}
            return msgspec.convert(was | after | {"id": id_}, kind)

        body[section] = tuple(moved(section, list(entries(old, section)), list(changes), build))
    lines = moved(SectionKey.CRISIS_LINES, list(old.crisis_lines), list(changes), lambda _, id_, __: id_)
    return PlanDocument(**{**{str(key): held for key, held in body.items()}, "crisis_lines": tuple(lines)})


@settings(max_examples=80, deadline=None)
@given(documents(), documents())
def test_the_changes_lead_from_the_old_plan_to_the_new_and_back(old: PlanDocument, new: PlanDocument) -> None:
    assert applied(old, diff(old, new)) == new
    assert applied(new, diff(new, old)) == old
    assert (diff(old, new) == ()) == (old == new)


@settings(max_examples=50, deadline=None)
@given(documents())
def test_a_plan_does_not_differ_from_itself_nor_from_its_stored_copy(plan: PlanDocument) -> None:
    assert diff(plan, plan) == ()
    assert diff(plan, msgspec.json.decode(msgspec.json.encode(plan), type=PlanDocument)) == ()


@settings(max_examples=150, deadline=None)
@given(st.permutations([RUTH, AMAL, SAM]), st.permutations([RUTH, AMAL, SAM]))
def test_a_new_order_is_told_as_moves_and_never_as_more_than_the_people_who_moved(
    before: list[Helper], after: list[Helper]
) -> None:
    changes = diff(PlanDocument(helpers=tuple(before)), PlanDocument(helpers=tuple(after)))
    assert {change.kind for change in changes} <= {ChangeKind.MOVED}
    assert len(changes) <= 2
    assert applied(PlanDocument(helpers=tuple(before)), changes).helpers == tuple(after)


def test_ruths_new_number_is_told_as_one_field_of_one_helper() -> None:
    ruth = msgspec.structs.replace(RUTH, phone="503-555-0199")
    assert diff(PlanDocument(helpers=(AMAL, RUTH)), PlanDocument(helpers=(AMAL, ruth))) == (
        Change(
            kind=ChangeKind.CHANGED,
            section=SectionKey.HELPERS,
            entry_id=RUTH.id,
            position_before=1,
            position_after=1,
            fields=(FieldChange("phone", "503-555-0142", "503-555-0199"),),
        ),
    )


def test_a_helper_reworded_and_moved_is_told_as_both() -> None:
    ruth = msgspec.structs.replace(RUTH, relation="sister")
    changes = diff(PlanDocument(helpers=(RUTH, AMAL, SAM)), PlanDocument(helpers=(AMAL, SAM, ruth)))
    assert [(change.kind, change.entry_id) for change in changes] == [
        (ChangeKind.CHANGED, RUTH.id),
        (ChangeKind.MOVED, RUTH.id),
    ]


def test_what_was_added_and_removed_is_told_whole() -> None:
    old = PlanDocument(reasons=(Reason(id=id_of(4), text="My cat"),))
    new = PlanDocument(coping=(Coping(id=id_of(5), text="Walk", likelihood=4),))
    added, removed = diff(old, new)
    assert (added.kind, added.position_after, added.position_before) == (ChangeKind.ADDED, 0, None)
    assert added.fields == (FieldChange("text", None, "Walk"), FieldChange("likelihood", None, 4))
    assert (removed.kind, removed.fields) == (ChangeKind.REMOVED, (FieldChange("text", "My cat", None),))


def test_alias_staff_notes_a_recorded_none_and_a_new_line_each_show() -> None:
    directive = AdvanceDirective(exists=True)
    new = PlanDocument(
        alias="Plan B",
        what_helps_staff=WhatHelpsStaff(helps="quiet", advance_directive=directive),
        none_identified={SectionKey.HELPERS: "New in town"},
        crisis_lines=(*IN_EVERY_PLAN, "county_line"),
    )
    told = [(change.section, change.entry_id, change.fields) for change in diff(PlanDocument(), new)]
    staff = (FieldChange("helps", None, "quiet"), FieldChange("advance_directive.exists", None, True))
    assert told == [
        (None, None, (FieldChange("alias", None, "Plan B"),)),
        (SectionKey.HELPERS, None, (FieldChange("none_identified", None, "New in town"),)),
        (SectionKey.CRISIS_LINES, "county_line", ()),
        (SectionKey.WHAT_HELPS_STAFF, None, staff),
    ]


def test_changes_travel_as_json() -> None:
    changes = diff(PlanDocument(helpers=(RUTH,)), PlanDocument(helpers=(AMAL, RUTH), alias="Plan B"))
    assert msgspec.json.decode(msgspec.json.encode(changes), type=tuple[Change, ...]) == changes


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40), st.binary(max_size=40))
def test_the_entity_tag_is_quoted_and_the_same_only_for_the_same_bytes(one: bytes, other: bytes) -> None:
    assert (etag(one) == etag(other)) == (one == other)
    assert etag(one)[0] == etag(one)[-1] == '"'
    assert len(etag(one)) == 34


def test_revisions_count_from_one() -> None:
    assert [next_number(latest) for latest in (None, 1, 7)] == [1, 2, 8]


@pytest.mark.parametrize(
    ("risk", "due_on"),
    [
        (RiskLevel.LOW, date(2027, 3, 31)),
        (RiskLevel.MODERATE, date(2027, 3, 31)),
        (RiskLevel.HIGH, date(2026, 12, 31)),
    ],
)
def test_the_review_comes_after_120_days_and_after_30_at_high_risk(risk: RiskLevel, due_on: date) -> None:
    assert review_due_on(risk, date(2026, 12, 1), None, DAYS) == due_on


def test_a_review_moves_the_due_date_and_an_older_review_does_not_pull_it_back() -> None:
    published_on = date(2026, 12, 1)
    assert review_due_on(RiskLevel.HIGH, published_on, date(2026, 12, 20), DAYS) == date(2027, 1, 19)
    assert review_due_on(RiskLevel.HIGH, published_on, date(2026, 11, 2), DAYS) == date(2026, 12, 31)


def test_a_programme_sets_its_own_days_within_reason() -> None:
    sixty = ReviewDays(moderate=60)
    assert review_due_on(RiskLevel.MODERATE, date(2026, 12, 1), None, sixty) == date(2027, 1, 30)
    for days in ({"high": 0}, {"low": 367}, {"notice": -1}, {"severe": 3}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(days, ReviewDays)


@pytest.mark.parametrize(
    ("days_left", "status"),
    [
        (15, PlanStatus.CURRENT),
        (14, PlanStatus.REVIEW_DUE),
        (0, PlanStatus.REVIEW_DUE),
        (-1, PlanStatus.OVERDUE),
    ],
)
@pytest.mark.parametrize("has_draft", [True, False])
def test_a_published_plan_turns_due_then_overdue_whatever_draft_lies_beside_it(
    days_left: int, status: PlanStatus, has_draft: bool
) -> None:
    today = date(2026, 12, 1)
    due_on = today + timedelta(days=days_left)
    assert plan_status(today=today, due_on=due_on, has_draft=has_draft, settings=DAYS) is status


def test_before_the_first_publish_there_is_a_draft_or_nothing() -> None:
    today = date(2026, 12, 1)
    assert plan_status(today=today, due_on=None, has_draft=True, settings=DAYS) is PlanStatus.DRAFT
    assert plan_status(today=today, due_on=None, has_draft=False, settings=DAYS) is PlanStatus.NONE
