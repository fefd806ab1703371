"""When operators hear: of what is found, once in half an hour, and when it holds again."""

from datetime import UTC, datetime, timedelta

from server.watch import telling
from server.watch.auditor import pace_of
from server.watch.findings import Rule
from server.watch.telling import Matter

AT = datetime(2026, 1, 13, 3, 0, tzinfo=UTC)
PACE = pace_of(15, 60)
BOTH = ("sol@ops.example", "adi@ops.example")
LATE = Rule.CASES_LATE


class Night:
    """Looks every fifteen seconds; what is told is taken by the relay unless `relay_refuses`."""

    def __init__(self) -> None:
        self.matters: dict[Rule, Matter] = {}
        self.mails: list[tuple[int, str, str]] = []
        self.seconds = 0
        self.relay_refuses: tuple[str, ...] = ()

    def look(self, *broken: Rule, times: int = 1) -> None:
        for _ in range(times):
            now = AT + timedelta(seconds=self.seconds)
            self.matters = telling.after_look(self.matters, broken, now)
            for operator, rules in telling.to_tell(self.matters, BOTH, now).items():
                if operator not in self.relay_refuses:
                    self.matters = telling.told(self.matters, operator, rules, now)
                    self.mails.append((self.seconds, operator[:3], ",".join(rules)))
            for operator, rules in telling.recovered(self.matters, now, PACE).items():
                self.matters = telling.closed(self.matters, operator, rules)
                self.mails.append((self.seconds, operator[:3], "again " + ",".join(rules)))
            self.seconds += 15


def test_what_is_found_is_told_at_once_and_again_after_half_an_hour() -> None:
    """It has been late for a minute by then; with a look every 15 s an operator is written to within 75."""
    night = Night()
    night.look(LATE, times=140)
    assert night.mails == [(seconds, who, "cases_late") for seconds in (0, 1800) for who in ("sol", "adi")]


def test_who_was_told_hears_when_it_has_held_for_two_minutes() -> None:
    night = Night()
    night.look(LATE, times=3)
    night.look(times=12)
    assert night.mails[2:] == [(150, "sol", "again cases_late"), (150, "adi", "again cases_late")]
    assert night.matters == {}
    night.look(LATE)
    assert [mail for mail in night.mails if mail[0] > 150] == [(225, "sol", LATE), (225, "adi", LATE)]


def test_what_comes_and_goes_is_one_matter() -> None:
    night = Night()
    for _ in range(28):
        night.look(LATE, times=3)
        night.look()
    assert [seconds for seconds, _, _ in night.mails] == [0, 0]


def test_a_database_that_cannot_be_seen_is_told_at_the_second_look_and_hides_how_the_rest_stands() -> None:
    night = Night()
    night.look(LATE, times=3)
    night.look(Rule.DATABASE, times=40)
    assert night.mails[2:] == [(60, "sol", Rule.DATABASE), (60, "adi", Rule.DATABASE)]
    night.look(LATE, times=12)
    assert night.mails[4:] == [(750, "sol", f"again {Rule.DATABASE}"), (750, "adi", f"again {Rule.DATABASE}")]
    assert set(night.matters) == {LATE}


def test_a_database_that_is_seen_again_at_once_wakes_nobody() -> None:
    night = Night()
    night.look(Rule.DATABASE)
    night.look()
    assert (night.mails, night.matters) == ([], {})


def test_silent_web_nodes_are_told_while_the_database_cannot_be_seen() -> None:
    night = Night()
    night.look(Rule.DATABASE, Rule.WEB)
    assert night.mails == [(0, "sol", Rule.WEB), (0, "adi", Rule.WEB)]


def test_an_operator_the_relay_refused_is_tried_again_alone() -> None:
    night = Night()
    night.relay_refuses = ("sol@ops.example",)
    night.look(LATE, times=2)
    night.relay_refuses = ()
    night.look(LATE, times=2)
    assert night.mails == [(0, "adi", LATE), (30, "sol", LATE)]


def test_a_new_trouble_is_told_beside_an_old_one() -> None:
    night = Night()
    night.look(LATE, times=3)
    night.look(LATE, Rule.JOBS, times=3)
    assert night.mails[2:] == [(45, "sol", Rule.JOBS), (45, "adi", Rule.JOBS)]


def test_a_clock_set_back_keeps_no_mail_waiting() -> None:
    night = Night()
    night.seconds = 7200
    night.look(LATE, times=3)
    night.seconds = 0
    night.look(LATE, times=4)
    assert [seconds for seconds, who, _ in night.mails if who == "sol"] == [7200, 0]


def test_who_is_no_operator_any_more_hears_nothing_more() -> None:
    night = Night()
    night.look(LATE)
    left = telling.without_others(night.matters, BOTH[:1])
    assert set(left[LATE].told) == {"sol@ops.example"}
