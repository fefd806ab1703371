"""Turns of duty, who hands over to whom, and what a change of duty makes worse; on any calendar and clock change."""

from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.escalations.rotas.changing import is_theirs, made_worse, with_changes
from notifications.escalations.rotas.duty import BOTH, on_duty
from notifications.escalations.rotas.holes import both_sentence, rest_sentence
from notifications.escalations.rotas.rota import Absence, Calendar, Layer, Override
from notifications.escalations.rotas.turns import (
    around,
    comes_on,
    hands_over,
    last_over,
    next_up,
    turns,
    under_way,
)
from tests.notifications.rotas import (
    BEN,
    CHICAGO,
    DAYS_AND_NIGHTS,
    EVERYBODY,
    HOUR,
    IDA,
    MARA,
    MINUTE,
    SOL,
    calendars,
    chicago,
)

PRIMARY = Layer.PRIMARY
PLAIN = Calendar(rotas=(DAYS_AND_NIGHTS,))


def taken(start_hour: int, end_hour: int, by: UUID, out: UUID, day: int = 4) -> Override:
    return Override(
        layer=PRIMARY,
        from_at=chicago(3, day, start_hour),
        to_at=chicago(3, day, end_hour),
        person_in=by,
        person_out=out,
    )


def test_mara_goes_off_at_eight_and_ben_comes_on() -> None:
    now = chicago(3, 4, 20)
    found = around(PLAIN, now)
    last, coming = last_over(found, now), next_up(found, now)
    assert last is not None
    assert (last.person, last.from_at, last.to_at) == (MARA, chicago(3, 4, 8), now)
    assert [one.person for one in under_way(found, now)] == [BEN, SOL]
    assert coming is not None
    assert coming.person == MARA
    assert hands_over(found, MARA, now) == last
    assert hands_over(found, MARA, now + 11 * HOUR) == last
    assert hands_over(found, IDA, now) is None
    assert comes_on(found, BEN, now - 2 * HOUR) is not None
    assert comes_on(found, BEN, now - 2 * HOUR - MINUTE) is None
    assert comes_on(found, MARA, now) is None


def test_shifts_in_a_row_are_one_turn_and_a_hole_ends_it() -> None:
    both = taken(20, 23, MARA, BEN)
    found = turns(with_changes(PLAIN, [both]), PRIMARY, chicago(3, 4, 0), chicago(3, 5, 0))
    assert [(one.person, one.to_at) for one in found] == [
        (BEN, chicago(3, 4, 8)),
        (MARA, chicago(3, 4, 23)),
        (BEN, chicago(3, 5, 0)),
    ]
    gap = Override(layer=PRIMARY, from_at=chicago(3, 4, 12), to_at=chicago(3, 4, 13), person_in=None)
    found = turns(with_changes(PLAIN, [gap]), PRIMARY, chicago(3, 4, 8), chicago(3, 4, 20))
    assert [(one.from_at, one.to_at) for one in found] == [
        (chicago(3, 4, 8), chicago(3, 4, 12)),
        (chicago(3, 4, 13), chicago(3, 4, 20)),
    ]


@settings(max_examples=120, deadline=None)
@given(calendars(), st.integers(-100, 100))
def test_whoever_has_the_turn_is_who_is_on_duty(drawn: tuple[Calendar, datetime], hours: int) -> None:
    calendar, change = drawn
    now = change + hours * HOUR + 7 * MINUTE
    on_now = {one.layer: one.person for one in under_way(around(calendar, now), now)}
    assert on_now == {
        layer: on.person for layer in BOTH if (on := on_duty(calendar, layer, now)).person is not None
    }


@settings(max_examples=100, deadline=None)
@given(calendars())
def test_turns_lie_one_after_another_and_two_that_touch_are_of_two_people(
    drawn: tuple[Calendar, datetime],
) -> None:
    calendar, change = drawn
    for layer in BOTH:
        found = turns(calendar, layer, change - 72 * HOUR, change + 72 * HOUR)
        for one, following in pairwise(found):
            assert one.from_at < one.to_at <= following.from_at
            assert one.to_at < following.from_at or one.person != following.person


def test_a_colleague_who_is_away_makes_a_hole_and_too_little_rest_is_named() -> None:
    rota = DAYS_AND_NIGHTS
    assert rota.min_rest_hours == 11
    tired = made_worse(PLAIN, [taken(8, 20, BEN, MARA)])
    assert not tired.holes
    assert {(one.person, one.rest) for one in tired.short_rests} == {(BEN, timedelta(0))}
    words = rest_sentence(tired.short_rests[0], "Ben", CHICAGO)
    assert words == "Ben has one duty right after another at 08:00 on Wed Mar 4"
    away = Absence(person=IDA, from_at=chicago(3, 4, 0), to_at=chicago(3, 4, 12), backup=None)
    gone = made_worse(Calendar(rotas=(rota,), absences=(away,)), [taken(8, 20, IDA, MARA)])
    assert [(one.from_at, one.to_at) for one in gone.holes] == [(chicago(3, 4, 8), chicago(3, 4, 12))]
    assert made_worse(PLAIN, [taken(8, 20, IDA, MARA)]).holes == ()


def test_whoever_takes_the_other_rung_as_well_is_named_and_only_for_what_is_new() -> None:
    behind = taken(8, 20, SOL, MARA)
    assert [(one.person, one.from_at, one.to_at) for one in made_worse(PLAIN, [behind]).both_rungs] == [
        (SOL, chicago(3, 4, 8), chicago(3, 4, 20))
    ]
    words = both_sentence(made_worse(PLAIN, [behind]).both_rungs[0], "Sol", CHICAGO)
    assert words == "Wed Mar 4, 08:00–20:00: Sol on both rungs"
    longer = Override(layer=PRIMARY, from_at=chicago(3, 4, 8), to_at=chicago(3, 4, 20), person_in=SOL)
    assert made_worse(with_changes(PLAIN, [behind]), [longer]).both_rungs == ()
    assert made_worse(PLAIN, [taken(8, 20, IDA, MARA)]).both_rungs == ()


def test_one_can_offer_only_what_is_wholly_ones_own() -> None:
    assert is_theirs(PLAIN, PRIMARY, chicago(3, 4, 8), chicago(3, 4, 20), MARA)
    assert not is_theirs(PLAIN, PRIMARY, chicago(3, 4, 8), chicago(3, 4, 21), MARA)
    assert not is_theirs(PLAIN, PRIMARY, chicago(3, 4, 8), chicago(3, 4, 8), MARA)


@settings(max_examples=120, deadline=None)
@given(calendars(), st.integers(0, 20), st.integers(1, 30), st.sampled_from(EVERYBODY))
def test_a_hole_is_new_only_where_somebody_was_on(
    drawn: tuple[Calendar, datetime], start: int, hours: int, by: UUID
) -> None:
    calendar, around_it = drawn
    from_at = around_it + start * HOUR
    change = Override(
        layer=PRIMARY,
        from_at=from_at,
        to_at=from_at + hours * HOUR,
        person_in=by,
    )
    worse = made_worse(calendar, [change])
    assert made_worse(calendar, []).holes == made_worse(calendar, []).short_rests == ()
    for hole in worse.holes:
        assert on_duty(with_changes(calendar, [change]), PRIMARY, hole.from_at).person is None
        assert change.from_at <= hole.from_at < hole.to_at <= change.to_at
    after = with_changes(calendar, [change])
    for one in worse.both_rungs:
        assert [on_duty(after, layer, one.from_at).person for layer in BOTH] == [one.person] * 2
        assert change.from_at <= one.from_at < one.to_at <= change.to_at
    again = made_worse(after, [change])
    assert again.holes == again.short_rests == again.both_rungs == (), "what is so already is not told again"
