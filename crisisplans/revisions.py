"""What changed between two revisions of a plan, how they are numbered, and when a plan is due for review.

A revision is immutable. "Reviewed" is recorded apart from "revised": a review that changes nothing moves the
due date and makes no revision.
"""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Annotated, cast

import msgspec

from crisisplans.sections import ENTRY_TYPES, PlanDocument, SectionKey, entries
from server.people.terms import RiskLevel

Value = str | int | bool | None
Days = Annotated[int, msgspec.Meta(ge=1, le=366)]


class ChangeKind(StrEnum):
    """What happened to one entry; an entry that was reworded and moved appears once as each."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


class FieldChange(msgspec.Struct, frozen=True):
    """One field before and after: dates as ISO text, nested fields dotted, None where there was no field."""

    name: str
    before: Value
    after: Value


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference. `section` is None for the plan's alias; `entry_id` is None for what holds no entries.

    Positions count from 0 inside the section; a crisis line's `entry_id` is its key.
    """

    kind: ChangeKind
    section: SectionKey | None
    entry_id: str | None = None
    position_before: int | None = None
    position_after: int | None = None
    fields: tuple[FieldChange, ...] = ()


class ReviewDays(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A programme's setting: days until review by risk level; `notice`, from how many days ahead it shows."""

    low: Days = 120
    moderate: Days = 120
    high: Days = 30
    notice: Annotated[int, msgspec.Meta(ge=0, le=366)] = 14


class PlanStatus(StrEnum):
    """Where a client's plan stands, for the registry."""

    NONE = "none"
    DRAFT = "draft"
    CURRENT = "current"
    REVIEW_DUE = "review_due"
    OVERDUE = "overdue"


def diff(old: PlanDocument, new: PlanDocument) -> tuple[Change, ...]:
    """Every difference between two documents, section by section; empty exactly when they are equal.

    Entries are matched by id, and ids are unique in each document (`soundness.problems` sees to it).
    """
    changes: list[Change] = []
    if old.alias != new.alias:
        alias = FieldChange("alias", old.alias, new.alias)
        changes.append(Change(kind=ChangeKind.CHANGED, section=None, fields=(alias,)))
    for section in SectionKey:
        before, after = _whole(old, section), _whole(new, section)
        if before != after:
            fields = _field_changes(before, after)
            changes.append(Change(kind=ChangeKind.CHANGED, section=section, fields=fields))
        changes += _entry_changes(section, _rows(old, section), _rows(new, section))
    return tuple(changes)


def etag(body: bytes) -> str:
    """The strong entity tag of exactly these bytes, quotes included (RFC 9110)."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def next_number(latest: int | None) -> int:
    """Revisions are numbered 1, 2, 3 and so on without a gap; `latest` is None before the first."""
    return 1 if latest is None else latest + 1


def review_due_on(
    risk: RiskLevel, published_on: date, reviewed_on: date | None, settings: ReviewDays
) -> date:
    """The last day for the next review, counted from publishing or the last review, whichever is later."""
    days = {RiskLevel.LOW: settings.low, RiskLevel.MODERATE: settings.moderate, RiskLevel.HIGH: settings.high}
    return max(published_on, reviewed_on or published_on) + timedelta(days=days[risk])


def plan_status(*, today: date, due_on: date | None, has_draft: bool, settings: ReviewDays) -> PlanStatus:
    """Where the plan stands today; `due_on` is None while nothing is published.

    A draft beside a published plan changes nothing here. It is overdue from the day after `due_on`.
    """
    if due_on is None:
        return PlanStatus.DRAFT if has_draft else PlanStatus.NONE
    if today > due_on:
        return PlanStatus.OVERDUE
    return PlanStatus.REVIEW_DUE if (due_on - today).days <= settings.notice else PlanStatus.CURRENT


def _entry_changes(
    section: SectionKey, old: dict[str, dict[str, Value]], new: dict[str, dict[str, Value]]
) -> Iterator[Change]:
    was, now = {id_: place for place, id_ in enumerate(old)}, {id_: place for place, id_ in enumerate(new)}
    kept = [id_ for id_ in old if id_ in new]
    order = [id_ for id_ in new if id_ in old]
    runs = SequenceMatcher(None, kept, order, autojunk=False).get_matching_blocks()
    in_place = {id_ for run in runs for id_ in kept[run.a : run.a + run.size]}
    for id_ in (*old, *(id_ for id_ in new if id_ not in old)):
        fields = _field_changes(old.get(id_, {}), new.get(id_, {}))
        kinds = {
            ChangeKind.ADDED: id_ not in old,
            ChangeKind.REMOVED: id_ not in new,
            ChangeKind.CHANGED: id_ in old and id_ in new and bool(fields),
            ChangeKind.MOVED: id_ in old and id_ in new and id_ not in in_place,
        }
        for kind in (kind for kind, applies in kinds.items() if applies):
            yield Change(
                kind=kind,
                section=section,
                entry_id=id_,
                position_before=was.get(id_),
                position_after=now.get(id_),
                fields=() if kind is ChangeKind.MOVED else fields,
            )


def _field_changes(old: dict[str, Value], new: dict[str, Value]) -> tuple[FieldChange, ...]:
    names = (*old, *(name for name in new if name not in old))
    pairs = ((name, old.get(name), new.get(name)) for name in names)
    return tuple(FieldChange(name, before, after) for name, before, after in pairs if before != after)


def _rows(document: PlanDocument, section: SectionKey) -> dict[str, dict[str, Value]]:
    if section is SectionKey.CRISIS_LINES:
        return {key: {} for key in document.crisis_lines}
    return {entry.id: _flat(entry) for entry in entries(document, section)}


def _whole(document: PlanDocument, section: SectionKey) -> dict[str, Value]:
    """What a section holds beside its entries: the reason none was identified, or what helps staff."""
    held = {} if section in ENTRY_TYPES else _flat(document.what_helps_staff)
    if section is SectionKey.CRISIS_LINES:
        held = {}
    return held | {"none_identified": document.none_identified.get(section)}


def _flat(value: msgspec.Struct) -> dict[str, Value]:
    flat: dict[str, Value] = {}
    for name, held in cast("dict[str, object]", msgspec.to_builtins(value)).items():
        if isinstance(held, dict):
            inner = cast("dict[str, Value]", held)
            flat |= {f"{name}.{deeper}": one for deeper, one in inner.items()}
        elif name != "id":
            flat[name] = cast("Value", held)
    return flat
