"""Mail to the operators, straight to the relay: a channel that needs no database and none of the worker's code."""

import contextlib
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage

from server.core.settings import Relay, Settings
from server.watch.findings import WORDS, Finding, Rule, instant
from server.watch.telling import Matters

TIMEOUT = 10.0
"""Seconds that each step of the conversation may take."""


def alarm(
    settings: Settings, rules: Sequence[Rule], matters: Matters, findings: Mapping[Rule, Finding]
) -> str:
    """What does not hold, since when, and what to look at first."""
    lines = [f"Looked at from outside, {settings.address} does not keep what it promises:", ""]
    for rule in rules:
        finding = findings[rule]
        since = finding.since or matters[rule].since
        about = f" ({finding.about})" if finding.about else ""
        lines += [f"- {WORDS[rule]}{about}: {finding.number}, since {instant(since)}"]
        lines += [f"  ids: {' '.join(finding.ids)}"] if finding.ids else []
        lines += [f"  look first: docs/runbook.md#{rule}", ""]
    lines += [
        "People come before machines. If you cannot tell whether calls go out, telephone the supervisors now;",
        "they work from the paper list until you say otherwise.",
        "",
        "While it lasts the next mail about the same comes in half an hour. When it holds again you are told.",
        "To ask now: handrail audit-escalations --once",
    ]
    return "\n".join(lines)


def all_clear(settings: Settings, rules: Sequence[Rule], matters: Matters) -> str:
    """What holds again, and since when it did not."""
    lines = [f"At {settings.address} this holds again:", ""]
    lines += [
        f"- no more: {WORDS[rule]}; from {instant(matters[rule].since)}, last seen {instant(matters[rule].seen_at)}"
        for rule in rules
    ]
    lines += ["", "What was overdue is done by itself, once. Tell the supervisors if you had told them."]
    return "\n".join(lines)


def send(settings: Settings, mails: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Send each operator their (subject, text) over one connection; returns who was not reached, and why.

    Whom the first relay does not take is tried through the second one, where there is one. Never raises for a
    relay's sake. "Reached" means that a relay took it.
    """
    failed = dict.fromkeys(mails, "not tried")
    for relay in settings.relays:
        if failed:
            failed = _through(relay, {operator: mails[operator] for operator in failed})
    return failed


def _through(relay: Relay, mails: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    failed = dict.fromkeys(mails, "not tried")
    try:
        with contextlib.closing(_connected(relay)) as connection:
            for operator, (subject, text) in mails.items():
                try:
                    connection.send_message(_mail(relay.sender, operator, subject, text))
                    del failed[operator]
                except smtplib.SMTPRecipientsRefused:
                    failed[operator] = "address refused"
    except (OSError, smtplib.SMTPException, ValueError) as error:
        failed = {operator: type(error).__name__ for operator in failed}
    return failed


def _connected(to: Relay) -> smtplib.SMTP:
    name = to.sender.rpartition("@")[2]  # looking up our own name could take longer than the mail
    where = (to.host, to.port, name)
    if to.security == "tls":
        tls = ssl.create_default_context()
        relay: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=TIMEOUT, context=tls)
    else:
        relay = smtplib.SMTP(*where, timeout=TIMEOUT)
    try:
        if to.security == "starttls":
            relay.starttls(context=ssl.create_default_context())
        if to.username:
            relay.login(to.username, to.password)
    except BaseException:
        relay.close()
        raise
    return relay


def _mail(sender: str, operator: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = operator
    mail["Subject"] = subject
    mail["Date"] = datetime.now(UTC)
    mail["Importance"] = "high"
    # RFC 3834: nobody's holiday reply should answer a machine.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail
