"""The demo's channel prints what would have been sent, one line a message."""

import io
import threading
import time
from typing import Any

import pytest

from notifications.delivery.channels.base import Envelope
from notifications.delivery.channels.console import ConsoleChannel
from notifications.delivery.outcomes import Sent, TryLater
from tests.fakes.envelopes import envelope


def message(**changes: Any) -> Envelope:
    return envelope("mara@clinic.example", **({"body": "Somebody needs you.\nOpen the app."} | changes))


def test_one_line_tells_who_would_have_got_what():
    stream = io.StringIO()

    assert ConsoleChannel(stream).send(message()) == Sent(provider_id=None)

    line = stream.getvalue()
    assert line.endswith(
        "emergency case call to mara@clinic.example: Handrail | Somebody needs you. Open the app.\n"
    )
    assert message().data["case_id"] not in line
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("priority", "word"), [(-3, "emergency"), (1, "urgent"), (2, "normal"), (3, "low"), (9, "low")]
)
def test_every_priority_has_a_word(priority: int, word: str):
    stream = io.StringIO()
    ConsoleChannel(stream).send(message(priority=priority))
    assert f" {word} case call to " in stream.getvalue()


def test_marks_that_move_a_terminals_cursor_do_not_get_through():
    stream = io.StringIO()
    ConsoleChannel(stream).send(message(subject="\x1b[2J\rgone\u2028away"))
    assert "[2J gone away" in stream.getvalue()
    assert not set("\x1b\r\u2028") & set(stream.getvalue())


def test_it_follows_a_redirected_standard_output(capsys: pytest.CaptureFixture[str]):
    ConsoleChannel().send(message())
    assert "mara@clinic.example" in capsys.readouterr().out


def test_a_stream_that_is_gone_means_later():
    stream = io.StringIO()
    stream.close()
    assert ConsoleChannel(stream).send(message()) == TryLater(code="ValueError")


def test_lines_of_many_threads_never_mix():
    class Dawdling(io.StringIO):
        """Writes one mark at a time, so that two writers would mix if they could."""

        def write(self, text: str) -> int:
            for mark in text:
                super().write(mark)
                time.sleep(0)
            return len(text)

    stream = Dawdling()
    channel = ConsoleChannel(stream)
    threads = [
        threading.Thread(target=lambda: [channel.send(message(priority=0)) for _ in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    lines = {line[len("00:00:00Z") :] for line in stream.getvalue().splitlines()}
    assert len(stream.getvalue().splitlines()) == 200
    assert len(lines) == 1
