"""A stolen database, a leaked log, a provider who reads along: none of them learns a word anybody wrote.

Every text field of the API gets a marker through the real routes, the worker runs, and then everything that was
stored, logged or sent is searched for the markers in any spelling. A new text field fails this until it
is planted in `telling` or listed with its reason.
"""

import base64
import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from notifications.delivery.channels.email import EmailChannel
from notifications.delivery.models import ChannelName
from server.configured import set_up_logging
from server.core.db import Database
from server.core.settings import check
from server.worker import Jobs
from tests.api.marking import Markers, Search, columns, files, text_fields
from tests.api.telling import PROGRAMME, tell_everything
from tests.clock import MovableClock
from tests.fakes.smtp import PASSWORD, USERNAME, SmtpServer
from tests.world import World

KEYS = {
    # Names of things inside a questionnaire, small letters and digits, chosen by the programme; no free text.
    *("ChangeFromUsual.item", "ChangeFromUsual.key", "Chosen.item", "Chosen.key", "Chosen.options"),
    *("InARow.item", "InARow.key", "Item.key", "Item.sign_id", "Item.domain", "Option.value"),
    *("QuestionnaireNew.key", "ScheduleIn.questionnaire_key", "SumScore.items", "SumScore.key"),
    *("Threshold.item", "Threshold.key", "Unanswered.items", "Unanswered.key", "AnswerIn.answers.key"),
    *("ProposalNew.entry.key", "SignChoice.sign_id", "PlanDocument.crisis_lines"),
}
IDS = {f"{name}.id" for name in ("Coping", "Distraction", "Helper", "Professional", "Reason", "SaferStep")}
NO_FREE_TEXT = {
    *(KEYS | IDS | {"WarningSign.id"}),
    *("ClientNew.zone", "ClientEdit.zone", "CoverageHours.zone", "ProgrammeEdit.zone", "Recurrence.times"),
    *("SignIn.otp", "ConfirmTotp.otp", "StepUp.otp", "Activate.code"),
    *("Preferences.quiet_from", "Preferences.quiet_to", "UseIn.entry_id"),
    *("SubscriptionKeys.p256dh", "SubscriptionKeys.auth"),
    *("StaffNotices.quiet_from", "StaffNotices.quiet_to", "NumberCodeIn.code", "EmailCodeIn.code"),
    *("Rota.zone", "CalendarFile.zone", "CalendarFile.mark"),
}
"""Fields that take only words from a closed list, identifiers, times and one-time codes."""

MEANT_TO_BE_PLAIN = {"ProgrammeEdit.name", "TeamNew.name"}
"""The programme's name stands in notifications, a team's on a list. (Crisis lines, from a public file, are plain.)"""


@dataclass
class Told:
    """Everything that left or stayed somewhere."""

    world: World
    marker: Markers
    logs: io.StringIO
    smtp: SmtpServer


@pytest.fixture
def told(
    db: Database, clock: MovableClock, tmp_path: Any, push: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Told]:
    logs, before = io.StringIO(), (logging.getLogger().handlers, logging.getLogger().level)
    with ExitStack() as stack:
        monkeypatch.setattr(sys, "stderr", logs)
        set_up_logging(check({"data": str(tmp_path), "log_level": "debug"}))
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # the stand-in's own, which reads the mail
        smtp = stack.enter_context(SmtpServer())
        world = stack.enter_context(World(db, clock, tmp_path, *push))
        mail = EmailChannel(
            "127.0.0.1",
            smtp.port,
            sender="handrail@riverside.example",
            security="starttls",
            username=USERNAME,
            password=PASSWORD,
            ca_file=smtp.ca_file,
        )
        world.jobs.close()
        logging.getLogger("handrail.tests").debug("a line of the log")
        world.jobs = Jobs(db, {ChannelName.FCM: world.channel, ChannelName.EMAIL: mail})
        yield Told(world, Markers(), logs, smtp)
    logging.getLogger().handlers = before[0]
    logging.getLogger().setLevel(before[1])


def test_no_word_anybody_wrote_is_readable_anywhere(told: Told) -> None:
    world = told.world
    tell_everything(told.world, told.marker)
    every_text_field_is_planted(set(told.marker.planted))
    search, plain = Search(), PROGRAMME.encode()

    kept = dict(columns(world.db))
    assert plain in kept["programmes.name"], "the search sees what is there"
    for name, value in kept.items():
        assert not search.found(value), name
    on_disk = dict(files(world.db, world.folder))
    assert any(plain in value for value in on_disk.values()) is not world.db.sqlite, "SQLite is sealed whole"
    for name, value in on_disk.items():
        assert not search.found(value), name
    logged = told.logs.getvalue()
    assert "a line of the log" in logged
    assert not search.found(logged.encode())
    nothing_in_pushes(told)
    nothing_in_mails(told)


def every_text_field_is_planted(planted: set[str]) -> None:
    """Or stands in a list above, with its reason. A new text field fails here."""
    listed = NO_FREE_TEXT | MEANT_TO_BE_PLAIN
    assert planted | listed == text_fields()
    assert not planted & listed


def nothing_in_pushes(told: Told) -> None:
    """But for the token the push goes to."""
    token = told.marker.planted["FcmDeviceIn.token"]
    requests = told.world.fcm.requests
    assert any(token in seen.body.decode() for seen in requests)
    assert len(requests) > 10
    for seen in requests:
        body = seen.body.decode().replace(f'"token": "{token}"', "").replace(f'"token":"{token}"', "")
        for sent in (seen.path, seen.headers, body):
            assert not Search().found(sent.encode()), sent


def nothing_in_mails(told: Told) -> None:
    """But for the address the mail goes to."""
    addresses = {told.marker.planted[field].lower() for field in ("StaffNew.email", "EmergencyContact.email")}
    assert addresses <= {address.lower() for mail in told.smtp.mails for address in mail.recipients}
    for mail in told.smtp.mails:
        head, _, body = mail.raw.partition(b"\r\n\r\n")
        for recipient in mail.recipients:
            head = head.replace(b"To: " + recipient.encode(), b"")
        for sent in (head, body, mail.message.get_content().encode()):
            assert not Search().found(sent), sent


def test_the_search_finds_a_marker_however_it_is_written() -> None:
    marker = Markers()
    word, number = marker("A.b"), marker.phone("A.phone")
    search = Search()
    for one in (word, number):
        for written in (
            *(one.encode(), one.lower().encode(), one.upper().encode()),
            *(one.encode("utf-16-le"), one.encode("utf-16"), one.encode("utf-8").hex().encode()),
            *(json.dumps(one).encode(), quote(one).encode()),
            *(base64.b64encode(b"x" * n + one.encode() + b"tail") for n in range(4)),
        ):
            if one is word or b"%" not in written:
                assert search.found(b"\0\xff" + written + b"\0"), written
    assert not search.found(b"9075550 and Zq7 Marker and " + os.urandom(1_000_000))
