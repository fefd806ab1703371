"""When operators hear: of what lasts, once in half an hour, and when it holds again."""

from datetime import UTC, datetime, timedelta

from server.watch import telling
from server.watch.auditor import pace_of
from server.watch.findings import Rule
from server.watch.telling import Matter

AT = datetime(2026, 1, 13, 3, 0, tzinfo=UTC)
PACE = pace_of(30, 60)
BOTH = ("sol@ops.example", "adi@ops.example")
LATE = Rule.CASES_LATE


class Night:
    """Looks every half minute; what is told is taken by the relay unless `relay_refuses`."""

    def __init__(self) -> None:
        self.matters: dict[Rule, Matter] = {}
        self.mails: list[tuple[int, str, str]] = []
        self.seconds = 0
        self.relay_refuses: tuple[str, ...] = ()

    def look(self, *broken: Rule, times: int = 1) -> None:
        for _ in range(times):
            now = AT + timedelta(seconds=self.seconds)
            self.matters = telling.after_look(self.matters, broken, now)
            for operator, rules in telling.to_tell(self.matters, BOTH, now, PACE).items():
                if operator not in self.relay_refuses:
                    self.matters = telling.told(self.matters, operator, rules, now)
                    self.mails.append((self.seconds, operator[:3], ",".join(rules)))
            for operator, rules in telling.recovered(self.matters, now, PACE).items():
                self.matters = telling.closed(self.matters, operator, rules)
                self.mails.append((self.seconds, operator[:3], "again " + ",".join(rules)))
            self.seconds += 30


def test_what_lasts_a_minute_is_told_once_and_again_after_half_an_hour() -> None:
    night = Night()
    night.look(LATE, times=70)
    assert night.mails == [(seconds, who, "cases_late") for seconds in (60, 1860) for who in ("sol", "adi")]


def test_what_is_gone_within_a_minute_wakes_nobody() -> None:
    night = Night()
    for _ in range(20):
        night.look(LATE, times=2)
        night.look()
    assert night.mails == []
    assert night.matters == {}


def test_who_was_told_hears_when_it_has_held_for_two_minutes() -> None:
    night = Night()
    night.look(LATE, times=3)
    night.look(times=10)
    assert night.mails[2:] == [(180, "sol", "again cases_late"), (180, "adi", "again cases_late")]
    assert night.matters == {}
    night.look(LATE, times=3)
    assert [mail for mail in night.mails if mail[0] > 180] == [(450, "sol", LATE), (450, "adi", LATE)]


def test_what_comes_and_goes_is_one_matter() -> None:
    night = Night()
    for _ in range(14):
        night.look(LATE, times=3)
        night.look()
    assert [seconds for seconds, _, _ in night.mails] == [60, 60]


def test_a_database_that_cannot_be_seen_is_told_at_the_second_look_and_hides_how_the_rest_stands() -> None:
    night = Night()
    night.look(LATE, times=3)
    night.look(Rule.DATABASE, times=20)
    assert night.mails[2:] == [(120, "sol", Rule.DATABASE), (120, "adi", Rule.DATABASE)]
    night.look(LATE, times=6)
    assert night.mails[4:] == [(780, "sol", f"again {Rule.DATABASE}"), (780, "adi", f"again {Rule.DATABASE}")]
    assert set(night.matters) == {LATE}


def test_an_operator_the_relay_refused_is_tried_again_alone() -> None:
    night = Night()
    night.relay_refuses = ("sol@ops.example",)
    night.look(LATE, times=4)
    night.relay_refuses = ()
    night.look(LATE, times=2)
    assert night.mails == [(60, "adi", LATE), (120, "sol", LATE)]


def test_a_new_trouble_is_told_beside_an_old_one() -> None:
    night = Night()
    night.look(LATE, times=3)
    night.look(LATE, Rule.JOBS, times=3)
    assert night.mails[2:] == [(150, "sol", Rule.JOBS), (150, "adi", Rule.JOBS)]


def test_a_clock_set_back_keeps_no_mail_waiting() -> None:
    night = Night()
    night.seconds = 7200
    night.look(LATE, times=3)
    night.seconds = 0
    night.look(LATE, times=4)
    assert [seconds for seconds, who, _ in night.mails if who == "sol"] == [7260, 60]


def test_who_is_no_operator_any_more_hears_nothing_more() -> None:
    night = Night()
    night.look(LATE, times=3)
    left = telling.without_others(night.matters, BOTH[:1])
    assert set(left[LATE].told) == {"sol@ops.example"}
