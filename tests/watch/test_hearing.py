"""Who hears the auditor, and what happens when they cannot be reached."""

import logging
import re
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import main
from server.core.settings import Settings, SettingsError, check, load
from server.core.vault import Keys
from server.watch import deadman, mail, memory, nodes
from server.watch.auditor import NOBODY, Auditor, Limited, pace_of
from server.watch.findings import WORDS, Finding, Rule
from tests.fakes.babbler import Babbler, Dripper
from tests.fakes.deadman import PATH, DeadManServer
from tests.fakes.smtp import Fault, SmtpServer

AT = datetime(2026, 1, 13, 3, 0, tzinfo=UTC)
LATE = Finding(rule=Rule.CASES_LATE, count=2, ids=("0198",), since=AT - timedelta(minutes=3))
BOTH = "sol@ops.example, adi@ops.example"


def settings(folder: Path, relay: SmtpServer | None = None, **more: str | int) -> Settings:
    """An installation in this folder whose operators are Sol and Adi."""
    keys = folder / "keys.json"
    if not keys.exists():
        Keys.fresh().write(keys)
    mail = {"smtp_host": "127.0.0.1", "smtp_port": relay.port} if relay else {}
    common = {"smtp_security": "none", "smtp_sender": "handrail@riverside.example"}
    return check({"data": str(folder), **(common | mail | {"operators": BOTH} if relay else {}), **more})


def silent(*addresses: str, starts: tuple[float, ...] = (0,), lasts: float = 1) -> list[str]:
    """The addresses without a sign of life."""
    return nodes.silent([nodes.Node(address, starts, lasts) for address in addresses])


def test_the_dead_man_address_hears_that_all_holds_or_what_does_not() -> None:
    with DeadManServer() as fake:
        deadman.ping(fake.url, [])
        deadman.ping(fake.url, [LATE, Finding(rule=Rule.JOBS, about="climb_due")])
    good, bad = fake.pings
    assert (good.method, good.path, good.text) == ("GET", PATH, "")
    assert (bad.method, bad.path) == ("POST", f"{PATH}/fail")
    assert bad.text == "cases_late: 2 since 2026-01-13 02:57:00 UTC ids 0198\njobs_stopped: 1 (climb_due)"


def test_the_fail_address_keeps_a_query() -> None:
    assert deadman.fail_address("https://watch.example/a/b?x=1") == "https://watch.example/a/b/fail?x=1"
    assert deadman.fail_address("https://watch.example/a/") == "https://watch.example/a/fail"


def test_a_ping_that_is_not_taken_says_how_and_never_where() -> None:
    with DeadManServer() as fake:
        fake.status = 503
        with pytest.raises(deadman.PingFailed, match=r"^status 503$"):
            deadman.ping(fake.url, [])
        fake.status, fake.sends_to = 302, fake.url
        with pytest.raises(deadman.PingFailed, match=r"^status 302$"):
            deadman.ping(fake.url, [])
        assert len(fake.pings) == 2, "it went nowhere else"
    with pytest.raises(deadman.PingFailed, match=r"^\w+$"):
        deadman.ping(fake.url, [])


@pytest.mark.parametrize("says", [b"hello?\r\n\r\n", b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n", b""])
def test_an_address_that_speaks_no_http_is_not_reached_and_stops_nothing(tmp_path: Path, says: bytes) -> None:
    with Babbler(says) as babbler:
        with pytest.raises(deadman.PingFailed):
            deadman.ping(babbler.url, [])
        assert silent(babbler.url) == [babbler.url]


def test_a_node_that_answers_lives_and_one_that_sends_us_elsewhere_or_has_nobody_behind_it_does_not() -> None:
    with DeadManServer() as one, DeadManServer() as other:
        first, second = one.url.removesuffix(PATH), other.url.removesuffix(PATH)
        assert silent(first, second) == []
        assert [ping.path for ping in one.pings] == ["/health/live"]
        other.status = 502
        assert silent(first, second) == [second]
        other.status, other.sends_to = 302, first
        assert silent(first, second) == [second]
    assert silent(first) == [first]
    assert nodes.shown("https://name:secret@handrail.example:8443/x") == "handrail.example:8443"


def test_a_node_that_is_started_anew_is_no_finding() -> None:
    with DeadManServer() as node:
        node.status = 503
        once = threading.Timer(0.2, lambda: setattr(node, "status", 200))
        once.start()
        assert silent(node.url.removesuffix(PATH), starts=(0, 0.1, 1), lasts=5) == []
        once.join()


def test_a_node_that_keeps_us_waiting_without_end_makes_no_other_silent() -> None:
    """Without its own time it takes that of all the others, who would be called silent with it."""
    with DeadManServer() as node, Dripper() as dripper:
        alive = node.url.removesuffix(PATH)
        asked = [nodes.Node(address, (0, 0.1, 0.2), 0.5) for address in (dripper.url, alive)]
        for _ in range(3):
            began = time.monotonic()
            assert nodes.silent(asked) == [dripper.url]
            assert time.monotonic() - began < 0.5 + 1, "and a busy machine"
        assert dripper.heard == nodes.HANGING, "what hangs is not asked without end either"


def test_the_auditor_names_only_the_node_that_does_not_answer(tmp_path: Path) -> None:
    with DeadManServer() as node, Dripper() as dripper:
        alive = node.url.removesuffix(PATH)
        auditor = Auditor(settings(tmp_path, nodes=f"{dripper.url},{alive}"), pace_of(15, 60))
        began = time.monotonic()
        [web] = [finding for finding in auditor.find() if finding.rule is Rule.WEB]
        assert web == Finding(rule=Rule.WEB, about=nodes.shown(dripper.url))
        assert dripper.heard == 3, "three questions, as the runbook says"
        assert time.monotonic() - began < 10 + 3, "within ten seconds, and a busy machine"


def test_the_nodes_that_are_asked_are_the_ones_named_or_the_address_that_people_use() -> None:
    said = {"base_url": "https://handrail.example/"}
    assert check(said).node_addresses == ("https://handrail.example",)
    assert check({**said, "nodes": "http://10.0.0.5:8080, http://10.0.0.6:8080/"}).node_addresses == (
        "http://10.0.0.5:8080",
        "http://10.0.0.6:8080",
    )
    assert (check({**said, "nodes": "none"}).node_addresses, check({}).node_addresses) == ((), ())


def test_a_failed_ping_is_logged_and_the_next_one_goes_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with DeadManServer() as fake:
        auditor = Auditor(settings(tmp_path, deadman_url=fake.url), pace_of(15, 60))
        fake.status = 500
        with caplog.at_level(logging.WARNING):
            auditor.ping([])
        assert "the dead-man address was not reached: status 500" in caplog.text
        assert fake.url not in caplog.text
        fake.status = 200
        auditor.ping([])
    assert len(fake.good()) == 2


def test_mail_says_what_does_not_hold_since_when_and_where_to_look_and_a_restart_repeats_nothing(
    tmp_path: Path,
) -> None:
    with SmtpServer("none", sign_in=False) as relay:
        Auditor(settings(tmp_path, relay), pace_of(15, 60)).tell([LATE], AT)
        assert {mail.recipients for mail in relay.mails} == {("sol@ops.example",), ("adi@ops.example",)}
        told = relay.mails[0].message.get_content()
        assert "- open cases are past their next call: 2, since 2026-01-13 02:57:00 UTC" in told
        assert "look first: docs/runbook.md#cases_late" in told
        again = Auditor(settings(tmp_path, relay), pace_of(15, 60))
        again.tell([LATE], AT + timedelta(seconds=15))
        assert len(relay.mails) == 2
        again.tell([], AT + timedelta(minutes=5))
        assert [mail.message["Subject"] for mail in relay.mails[2:]] == [
            "Handrail: recovered: cases_late"
        ] * 2
        assert memory.read(tmp_path) == {}
    assert (tmp_path / memory.NAME).stat().st_mode & 0o077 == 0


def test_a_relay_that_refuses_is_tried_again_at_the_next_look(tmp_path: Path) -> None:
    with SmtpServer("none", sign_in=False) as relay:
        auditor = Auditor(settings(tmp_path, relay), pace_of(15, 60))
        relay.fault = Fault.REJECT_RECIPIENT
        auditor.tell([LATE], AT)
        assert relay.mails == []
        relay.fault = None
        auditor.tell([LATE], AT + timedelta(seconds=15))
        assert len(relay.mails) == 2


def test_what_was_told_and_cannot_be_read_costs_a_mail_and_no_start(tmp_path: Path) -> None:
    (tmp_path / memory.NAME).write_text("{oops")
    assert memory.read(tmp_path) == {}
    (tmp_path / "file").write_text("")
    memory.write(tmp_path / "file", {})


def test_a_look_that_hangs_is_a_finding_and_the_next_waits_for_no_second_one() -> None:
    let_go = threading.Event()
    limited = Limited(0.05)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            limited.run(let_go.wait)
    let_go.set()
    with pytest.raises(ZeroDivisionError):
        Limited(5).run(lambda: 1 // 0)
    assert Limited(5).run(lambda: 7) == 7


def test_an_auditor_that_nobody_would_hear_does_not_start(tmp_path: Path) -> None:
    Keys.fresh().write(tmp_path / "keys.json")
    said = CliRunner().invoke(main, ["audit-escalations"], env={"HANDRAIL_DATA": str(tmp_path)})
    assert said.exit_code == 2
    assert NOBODY in said.output


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"deadman_url": "http://watch.example/x"}, "deadman_url: start it with https"),
        ({"deadman_url": "https:///x"}, "deadman_url"),
        ({"deadman_url": "https://[::1/x"}, "deadman_url"),
        ({"deadman_url": "ftp://localhost/x"}, "deadman_url"),
        ({"deadman_url": "http://localhost.watch.example/x"}, "deadman_url"),
        ({"operators": "sol@ops.example"}, "operators: smtp_host is needed"),
        ({"operators": "Sol <sol@ops.example>"}, "operators: give e-mail addresses"),
        ({"nodes": "https://one.example, two.example"}, "nodes: give http:// or https:// addresses"),
        ({"nodes": "https://[::1"}, "nodes: give"),
    ],
)
def test_a_wrong_setting_of_the_watch_is_named(values: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        load({f"HANDRAIL_{key.upper()}": value for key, value in values.items()})


def test_the_runbook_has_a_section_for_each_rule_and_each_rule_has_its_words() -> None:
    runbook = (Path(__file__).parents[2] / "docs/runbook.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### (\w+)\n\n(.+?)(?=^#)", runbook, re.MULTILINE | re.DOTALL)
    assert [head for head, _ in sections if head in {*Rule}] == [*Rule]
    assert set(WORDS) == set(Rule)


def test_operators_hear_through_the_second_relay_what_the_first_one_does_not_take(tmp_path: Path) -> None:
    with SmtpServer("none", sign_in=False) as first, SmtpServer("none", sign_in=False) as second:
        more = {"smtp2_host": "127.0.0.1", "smtp2_sender": "second@riverside.example"}
        both = settings(tmp_path, first, **more, smtp2_port=second.port, smtp2_security="none")
        mails = {f"{name}@ops.example": ("late", "two cases") for name in ("sol", "adi")}
        first.fault = Fault.SENDER_REFUSED
        assert mail.send(both, mails) == {}
        assert (first.mails, len(second.mails)) == ([], 2)
        assert second.mails[0].sender == "second@riverside.example"
        first.fault = None
        assert mail.send(both, mails) == {}
        assert (len(first.mails), len(second.mails)) == (2, 2), "the second one only steps in"
