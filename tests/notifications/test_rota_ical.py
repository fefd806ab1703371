"""The rota as an iCalendar file: out and in again without a change of hands, and what is refused, with its line."""

from datetime import UTC, date, datetime, timedelta
from time import thread_time
from uuid import UUID

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from notifications.escalations.rotas.duty import BOTH, next_on, on_duty, stretches
from notifications.escalations.rotas.ical import Writing, duty_file, pattern_file
from notifications.escalations.rotas.ical_in import Imported, read
from notifications.escalations.rotas.rota import Absence, Calendar, Layer, Override, Rota
from server.core.errors import Invalid
from tests.notifications.rotas import (
    BEN,
    CHICAGO,
    DAY,
    DAYS_AND_NIGHTS,
    HOUR,
    IDA,
    MARA,
    MONDAY,
    NAMES,
    SOL,
    calendars,
    chicago,
    holiday_shift,
    shift,
)

PROPERTY = settings(max_examples=40, deadline=None)
PEOPLE = {**{name: person for person, name in NAMES.items()}, "ben@team.example": BEN}
WRITING = Writing(names=NAMES, team="team-1", made_at=chicago(3, 1, 12))
FROM = date(2026, 3, 2)


def event(*lines: str, who: str = "Mara (primary)", uid: str = "one") -> str:
    return "\r\n".join(("BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{who}", *lines, "END:VEVENT"))


def file(*events: str) -> bytes:
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", "")).encode()


def local(name: str, wall: str) -> str:
    return f"{name};TZID={CHICAGO}:{wall}"


def weekly(
    rule: str, *more: str, start: str = "20260302T080000", end: str = "20260302T200000", **named: str
) -> str:
    return event(local("DTSTART", start), local("DTEND", end), f"RRULE:FREQ=WEEKLY{rule}", *more, **named)


def single(start: str, end: str, **named: str) -> str:
    return event(local("DTSTART", start), local("DTEND", end), **named)


def taken(*events: str, **given) -> Imported:
    return read(file(*events), PEOPLE, FROM, **given)


def faults(data: bytes, **given) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        read(data, PEOPLE, FROM, **given)
    return [(one.path, one.message) for one in refused.value.errors]


def persons(calendar: Calendar, *instants: datetime, layer: Layer = Layer.PRIMARY):
    return [on_duty(calendar, layer, one).person for one in instants]


def test_a_rota_comes_back_as_it_went_out() -> None:
    rota = replace(
        DAYS_AND_NIGHTS,
        weeks=2,
        backup=(*DAYS_AND_NIGHTS.backup, shift(1, "09:00", "17:00", IDA, week=2)),
        primary=tuple(replace(one, week=week) for week in (1, 2) for one in DAYS_AND_NIGHTS.primary),
    )
    back = read(pattern_file(Calendar(rotas=(rota,)), WRITING, chicago(3, 2, 0)), PEOPLE, FROM)
    assert back.overrides == ()
    (found,) = back.rotas
    assert (found.zone, found.weeks, found.starts_on) == (CHICAGO, 2, MONDAY)
    for layer in Layer:
        assert sorted(map(repr, found.shifts(layer))) == sorted(map(repr, rota.shifts(layer)))


def test_holidays_come_back_as_holidays_and_their_shifts_as_overrides() -> None:
    rota = replace(
        DAYS_AND_NIGHTS, holidays=(date(2026, 3, 4),), holiday_primary=(holiday_shift("08:00", "08:00", IDA),)
    )
    back = read(pattern_file(Calendar(rotas=(rota,)), WRITING, chicago(3, 2, 0)), PEOPLE, FROM)
    assert back.rotas[0].holidays == rota.holidays
    assert [(one.person_in, one.from_at, one.to_at) for one in back.overrides] == [
        (IDA, chicago(3, 4, 8), chicago(3, 5, 8))
    ]


def test_the_files_hold_names_and_times_and_read_well_in_the_library() -> None:
    swap = Override(layer=Layer.PRIMARY, from_at=chicago(3, 4, 8), to_at=chicago(3, 4, 20), person_in=IDA)
    calendar = Calendar(rotas=(DAYS_AND_NIGHTS,), overrides=(swap,))
    pattern = icalendar.Calendar.from_ical(pattern_file(calendar, WRITING, chicago(3, 2, 0)))
    assert [zone.tz_name for zone in pattern.timezones] == [CHICAGO]
    assert {str(one["RRULE"].to_ical(), "ascii") for one in pattern.events if "RRULE" in one} == {
        "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR,SA,SU;WKST=MO"
    }
    (changed,) = [one for one in pattern.events if "RRULE" not in one]
    assert (changed["SUMMARY"], changed["DESCRIPTION"]) == ("Ida (primary)", "In place of Mara")
    assert (changed.start, changed.end) == (swap.from_at, swap.to_at)
    duty = icalendar.Calendar.from_ical(duty_file(calendar, WRITING, chicago(3, 4, 8), chicago(3, 5, 8)))
    assert [str(one["SUMMARY"]) for one in duty.events] == ["Ida (primary)", "Ben (primary)", "Sol (backup)"]
    assert len({one["UID"] for one in duty.events}) == 3
    assert len({one["UID"] for one in pattern.events}) == 4


def hands(
    calendar: Calendar, layer: Layer, start: datetime, end: datetime
) -> list[tuple[datetime, UUID | None]]:
    """Each moment at which another person takes over, and who: the duty at every instant there is."""
    found: list[tuple[datetime, UUID | None]] = []
    for one in stretches(calendar, layer, start, end):
        if not found or found[-1][1] != one.on.person:
            found.append((one.from_at, one.on.person))
    return found


@PROPERTY
@given(world=calendars(max_rotas=3))
def test_out_and_in_again_the_same_people_are_on_at_every_instant(world) -> None:
    calendar, around = world
    start = around - 4 * DAY
    data = pattern_file(calendar, WRITING, start)
    back = read(data, PEOPLE, start.date() - DAY).calendar
    for layer in BOTH:
        assert hands(back, layer, start, start + 60 * DAY) == hands(calendar, layer, start, start + 60 * DAY)


@PROPERTY
@given(world=calendars())
def test_the_file_of_duty_read_in_is_the_same_duty_in_overrides(world) -> None:
    calendar, around = world
    start, end = around - 2 * DAY, around + 12 * DAY
    back = read(duty_file(calendar, WRITING, start, end), PEOPLE, start.date()).calendar
    assert back.rotas == ()
    for layer in BOTH:
        assert hands(back, layer, start, end) == hands(calendar, layer, start, end)


def test_who_and_which_layer_may_be_said_in_several_ways() -> None:
    span = (local("DTSTART", "20260304T080000"), local("DTEND", "20260304T120000"))
    for lines, who, layer, person in (
        ((), "MARA  (Primary)", Layer.PRIMARY, MARA),
        ((), "mara - backup", Layer.BACKUP, MARA),
        (("CATEGORIES:Work,Backup",), "Mara", Layer.BACKUP, MARA),
        (
            ("CATEGORIES:PRIMARY", 'ATTENDEE;CN="B: on call":mailto:Ben@Team.example'),
            "On call",
            Layer.PRIMARY,
            BEN,
        ),
        (("CATEGORIES:PRIMARY",), "Nobody", Layer.PRIMARY, None),
    ):
        (found,) = taken(event(*span, *lines, who=who)).overrides
        assert (found.layer, found.person_in) == (layer, person)
    assert taken(event(*span, who="Ben"), layer=Layer.BACKUP).overrides[0].layer is Layer.BACKUP


def test_times_in_utc_in_a_windows_zone_and_in_the_programmes_zone_are_understood() -> None:
    for start, end in (
        ("DTSTART:20260304T140000Z", "DTEND:20260304T180000Z"),
        ("DTSTART;TZID=Central Standard Time:20260304T080000", "DURATION:PT4H"),
        ("DTSTART:20260304T080000", "DTEND;TZID=Europe/Madrid:20260304T190000"),
        ("DTSTART;VALUE=DATE-TIME:20260304T0800\r\n 00", "DURATION:PT4H"),
    ):
        (found,) = taken(event(start, end), zone=CHICAGO).overrides
        assert (found.from_at, found.to_at) == (chicago(3, 4, 8), chicago(3, 4, 12))


def test_intervals_share_one_cycle_and_a_weekend_is_cut_into_days() -> None:
    found = taken(
        weekly(";INTERVAL=2;BYDAY=MO,WE"),
        weekly(";INTERVAL=3", start="20260310T080000", end="20260310T200000", who="Ben (primary)", uid="two"),
        weekly("", start="20260306T170000", end="20260309T080000", who="Sol (backup)", uid="three"),
    )
    (rota,) = found.rotas
    assert (rota.weeks, rota.starts_on) == (6, MONDAY)
    calendar = found.calendar
    assert persons(calendar, chicago(3, 2, 9), chicago(3, 4, 9), chicago(3, 9, 9), chicago(3, 16, 9)) == [
        MARA,
        MARA,
        None,
        MARA,
    ]
    assert persons(calendar, *(chicago(3, 10, 9) + week * 7 * DAY for week in range(4))) == [
        BEN,
        None,
        None,
        BEN,
    ]
    assert persons(
        calendar,
        chicago(3, 6, 17),
        chicago(3, 8, 3),
        chicago(3, 9, 7, 59),
        chicago(3, 9, 8),
        layer=Layer.BACKUP,
    ) == [SOL, SOL, SOL, None]


def test_until_count_and_a_later_beginning_make_rotas_that_follow_each_other() -> None:
    for ending in (";UNTIL=20260316T130000Z", ";UNTIL=20260316", ";COUNT=3"):
        found = taken(
            weekly(ending),
            weekly("", start="20260323T080000", end="20260323T200000", who="Ben (primary)", uid="two"),
        )
        calendar = found.calendar
        assert [rota.starts_on.day for rota in found.rotas] == [2, 23]
        assert persons(calendar, *(chicago(3, 2, 9) + week * 7 * DAY for week in range(5))) == [
            MARA,
            MARA,
            MARA,
            BEN,
            BEN,
        ]
    assert next_on(taken(weekly(";UNTIL=20260316")).calendar, chicago(3, 17, 0)) is None


def test_a_series_that_ended_long_ago_and_a_past_event_are_left_behind() -> None:
    found = taken(
        weekly(";UNTIL=20240316", start="20240301T080000", end="20240301T200000"),
        single("20250304T080000", "20250304T120000", uid="two"),
        weekly(
            ";INTERVAL=2", start="20200106T080000", end="20200106T200000", who="Ben (primary)", uid="three"
        ),
    )
    assert (found.past, found.overrides) == (2, ())
    weeks = (date(2026, 3, 2) - date(2020, 1, 6)).days // 7
    assert persons(found.calendar, chicago(3, 2, 9), chicago(3, 9, 9)) == (
        [BEN, None] if weeks % 2 == 0 else [None, BEN]
    )


def test_a_date_that_one_shift_leaves_out_is_a_hole_and_a_moved_one_is_taken_over() -> None:
    mara = weekly(";BYDAY=MO,TU", local("EXDATE", "20260303T080000"))
    sol = weekly(";BYDAY=MO,TU", who="Sol (backup)", uid="two")
    moved = event(
        local("RECURRENCE-ID", "20260309T080000"),
        local("DTSTART", "20260309T100000"),
        local("DTEND", "20260309T200000"),
        who="Ben (primary)",
    )
    off = event(
        "STATUS:CANCELLED", local("RECURRENCE-ID", "20260310T080000"), local("DTSTART", "20260310T080000")
    )
    found = taken(mara, sol, moved, off)
    assert found.rotas[0].holidays == ()
    calendar = found.calendar
    assert persons(calendar, chicago(3, 3, 9), chicago(3, 9, 9), chicago(3, 9, 10), chicago(3, 10, 9)) == [
        None,
        None,
        BEN,
        None,
    ]
    assert persons(calendar, chicago(3, 3, 9), chicago(3, 9, 9), layer=Layer.BACKUP) == [SOL, SOL]


GOOD = (local("DTSTART", "20260302T080000"), local("DTEND", "20260302T200000"))
REFUSED = {
    "monthly": (event(*GOOD, "RRULE:FREQ=MONTHLY"), 8, "FREQ=WEEKLY"),
    "by month": (event(*GOOD, "RRULE:FREQ=WEEKLY;BYMONTH=3"), 8, "FREQ=WEEKLY"),
    "ordinal day": (event(*GOOD, "RRULE:FREQ=WEEKLY;BYDAY=1MO"), 8, "weekday of a month"),
    "other day": (event(*GOOD, "RRULE:FREQ=WEEKLY;BYDAY=TU"), 8, "BYDAY does not name"),
    "long interval": (event(*GOOD, "RRULE:FREQ=WEEKLY;INTERVAL=13"), 8, "every 13 weeks"),
    "zero interval": (event(*GOOD, "RRULE:FREQ=WEEKLY;INTERVAL=0"), 8, "every 0 weeks"),
    "sunday weeks": (event(*GOOD, "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU"), 8, "Sunday an event"),
    "two frequencies": (event(*GOOD, "RRULE:FREQ=MONTHLY;FREQ=WEEKLY"), 8, "cannot be read"),
    "no such rule": (event(*GOOD, "RRULE:often"), 8, "cannot be read"),
    "count with gaps": (
        event(*GOOD, "RRULE:FREQ=WEEKLY;COUNT=5", local("EXDATE", "20260309T080000")),
        9,
        "COUNT and EXDATE",
    ),
    "count and until": (event(*GOOD, "RRULE:FREQ=WEEKLY;COUNT=5;UNTIL=20261231"), 8, "one of them"),
    "count of none": (event(*GOOD, "RRULE:FREQ=WEEKLY;COUNT=0"), 8, "COUNT"),
    "until before": (event(*GOOD, "RRULE:FREQ=WEEKLY;UNTIL=20260101"), 8, "before it begins"),
    "until year one": (event(*GOOD, "RRULE:FREQ=WEEKLY;UNTIL=00010101T000000Z"), 8, "before it begins"),
    "until a time of day": (event(*GOOD, "RRULE:FREQ=WEEKLY;UNTIL=120000"), 8, "no date"),
    "two rules": (event(*GOOD, "RRULE:FREQ=WEEKLY", "RRULE:FREQ=WEEKLY"), 9, "second RRULE"),
    "odd exdate": (
        event(*GOOD, "RRULE:FREQ=WEEKLY", local("EXDATE", "20260309T090000")),
        9,
        "at which it does not begin",
    ),
    "exdate in the year 9999": (
        weekly("", "EXDATE;VALUE=DATE:99991231", end="20260304T200000"),
        9,
        "not in a year",
    ),
    "rdate": (event(*GOOD, "RRULE:FREQ=WEEKLY", local("RDATE", "20260309T090000")), 9, "RDATE"),
    "rdate alone": (event(*GOOD, local("RDATE", "20260309T090000")), 8, "RDATE"),
    "floating": (event("DTSTART:20260302T080000", "DTEND:20260302T200000"), 6, "without a zone"),
    "whole day": (event("DTSTART;VALUE=DATE:20260302", "DURATION:P1D"), 6, "whole days"),
    "unknown zone": (
        event("DTSTART;TZID=Middle-earth:20260302T080000", "DURATION:PT1H"),
        6,
        "no known time zone",
    ),
    "no such date": (event(local("DTSTART", "20260231T080000"), "DURATION:PT1H"), 6, "cannot be read"),
    "seconds": (event(local("DTSTART", "20260302T080001"), "DURATION:PT1H"), 6, "whole minutes"),
    "no start": (event("DURATION:PT1H"), 3, "no DTSTART"),
    "no end": (event(GOOD[0]), 3, "DTEND or DURATION"),
    "backwards": (event(GOOD[0], local("DTEND", "20260302T080000")), 3, "after it begins"),
    "negative": (event(GOOD[0], "DURATION:-PT1H"), 7, "DURATION"),
    "absurd": (event(GOOD[0], "DURATION:P99999999999999D"), 7, "DURATION"),
    "eight days a week": (weekly("", end="20260310T080000"), 3, "within a week"),
    "stranger": (event(*GOOD, who="Otto (primary)"), 5, "nobody known here"),
    "unknown address": (
        event(*GOOD, "ATTENDEE:mailto:otto@other.example", who="On call (primary)"),
        5,
        "nobody known",
    ),
    "two people": (event(*GOOD, "ATTENDEE:mailto:ben@team.example"), 3, "several people"),
    "nobody for ever": (weekly("", who="Nobody (primary)"), 3, "nobody is on"),
    "no layer": (event(*GOOD, who="Mara"), 3, "names no layer"),
    "both layers": (event(*GOOD, "CATEGORIES:backup"), 3, "both layers"),
    "moved from nowhere": (event(*GOOD, local("RECURRENCE-ID", "20260302T080000")), 3, "not in the file"),
    "all that follow": (
        event(*GOOD, f"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID={CHICAGO}:20260302T080000"),
        3,
        "that follow",
    ),
    "a task": ("BEGIN:VTODO\r\nEND:VTODO", 3, "only VEVENT"),
    "a broken line": (event(*GOOD, "nonsense"), 8, "not a line"),
    "a broken parameter": (event(*GOOD, "ATTENDEE;CN:x"), 8, "ATTENDEE"),
    "an odd end": ("END:VEVENT", 3, "did not begin"),
    "calls off": ("METHOD:CANCEL", 3, "calls events off"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_rota_cannot_say_is_refused_with_its_line(case: str) -> None:
    text, line, words = REFUSED[case]
    (found,) = faults(file(text))
    assert found[0] == f"line {line}"
    assert words in found[1]


def test_a_refusal_names_the_event_as_a_person_finds_it() -> None:
    ((_, message),) = faults(file(event(*GOOD, "RRULE:FREQ=YEARLY", who="Mara, nights (primary)")))
    assert message.startswith("Event “Mara, nights (primary)” of 20260302T080000 ")


def test_overlapping_shifts_and_events_name_both_lines() -> None:
    shifts = faults(
        file(
            weekly(""),
            weekly("", start="20260302T190000", end="20260302T210000", who="Ben (primary)", uid="two"),
        )
    )
    ((path, message),) = shifts
    assert path == "line 10"
    assert message.endswith("week 1, Monday 19:00–21:00 overlaps line 3: week 1, Monday 08:00–20:00")
    events = faults(
        file(
            single("20260304T080000", "20260304T120000"),
            single("20260304T110000", "20260304T130000", who="Ben (primary)", uid="two"),
        )
    )
    assert [path for path, _ in events] == ["line 9"]
    assert "on line 3" in events[0][1]
    apart = single("20260304T110000", "20260304T130000", who="Ben (backup)", uid="two")
    assert len(taken(single("20260304T080000", "20260304T120000"), apart).overrides) == 2


def test_two_zones_and_a_cycle_that_is_too_long_are_refused() -> None:
    madrid = event(
        "DTSTART;TZID=Europe/Madrid:20260303T080000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY", uid="two"
    )
    assert "another time zone" in faults(file(weekly(""), madrid))[0][1]
    other = weekly(";INTERVAL=7", start="20260303T080000", end="20260303T090000", uid="two")
    assert "every 14 weeks" in faults(file(weekly(";INTERVAL=2"), other))[0][1]


def test_the_same_uid_twice_is_refused() -> None:
    found = faults(
        file(single("20260304T080000", "20260304T120000"), single("20260305T080000", "20260305T120000"))
    )
    assert found[0][0] == "line 9"
    assert "same UID" in found[0][1]


def test_all_faults_are_told_at_once_and_nothing_is_taken() -> None:
    bad = [event(*GOOD, who=f"Stranger {number}", uid=str(number)) for number in range(3)]
    assert len(faults(file(single("20260304T080000", "20260304T120000"), *bad))) == 6
    many = faults(file(*(event(*GOOD, who=f"Stranger {number}", uid=str(number)) for number in range(80))))
    assert len(many) == 101
    assert many[-1] == ("file", "has 60 more problems")


@pytest.mark.parametrize(
    ("data", "path", "words"),
    [
        (b"", "file", "BEGIN:VCALENDAR"),
        (b"PK\x03\x04 a spreadsheet", "line 1", "not a line"),
        (b"BEGIN:VCALENDAR\r\nX-A:\xff\r\n", "line 2", "UTF-8"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n", "file", "cut off"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "line 1", "inside one calendar"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 9, "line 2", "only VEVENT"),
        (b"X" * (1024 * 1024 + 1), "file", "larger"),
    ],
)
def test_a_file_that_is_none_is_refused(data: bytes, path: str, words: str) -> None:
    found = faults(data)
    assert found[0][0] == path
    assert words in found[0][1]


def test_five_thousand_events_are_read_and_one_more_is_not() -> None:
    def many(count: int) -> bytes:
        return file(
            *(
                event(f"DTSTART:{start:%Y%m%dT%H%M%SZ}", "DURATION:PT1H", uid=str(n))
                for n in range(count)
                for start in [datetime(2026, 3, 4, tzinfo=UTC) + n * HOUR]
            )
        )

    started = thread_time()
    assert len(read(many(5000), PEOPLE, FROM).overrides) == 5000
    assert thread_time() - started < 15
    assert faults(many(5001)) == [("file", "has more than 5000 events")]


@settings(max_examples=300, deadline=None)
@given(
    cut=st.integers(0, 2000),
    take=st.integers(0, 60),
    put=st.text(alphabet='0123456789TZ:;=,"\\\r\n -PXMOWEKLY', max_size=12),
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(cut: int, take: int, put: str) -> None:
    whole = file(
        weekly(";INTERVAL=2;BYDAY=MO,TU;UNTIL=20260601T000000Z", local("EXDATE", "20260303T080000")),
        single("20260304T080000", "20260304T120000", uid="two"),
        event(GOOD[0], "DURATION:PT4H", "CATEGORIES:backup", who="Ben", uid="three"),
    ).decode()
    cut %= len(whole)
    damaged = whole[:cut] + put + whole[cut + take :]
    try:
        found, errors = read(damaged.encode(), PEOPLE, FROM, zone=CHICAGO).overrides, None
    except Invalid as refused:
        found, errors = (), refused.errors
    assert errors is None or errors
    assert all(one.path == "file" or one.path.startswith("line ") for one in errors or ())
    assert all(one.from_at < one.to_at for one in found)


def test_an_absence_goes_out_as_single_events_for_whoever_stands_in() -> None:
    away = Absence(person=MARA, from_at=chicago(3, 3, 0), to_at=chicago(3, 5, 0), backup=IDA)
    calendar = Calendar(rotas=(DAYS_AND_NIGHTS,), absences=(away,))
    back = read(pattern_file(calendar, WRITING, chicago(3, 2, 0)), PEOPLE, FROM)
    assert [(one.person_in, one.from_at) for one in back.overrides] == [
        (IDA, chicago(3, 3, 8)),
        (IDA, chicago(3, 4, 8)),
    ]
    assert isinstance(back.rotas[0], Rota)
    assert back.overrides[0].to_at - back.overrides[0].from_at == timedelta(hours=12)
