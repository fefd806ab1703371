"""The readings all channels share."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.delivery.channels.base import LONGEST_WAIT, one_line, retry_after


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("0", timedelta(0)),
        (" 30 ", timedelta(seconds=30)),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 400, LONGEST_WAIT),
        ("Wed, 01 Jan 2025 00:01:00 GMT", timedelta(minutes=1)),
        ("Tue, 31 Dec 2024 23:00:00 GMT", timedelta(0)),
        ("Wed, 01 Jan 9999 00:00:00 GMT", LONGEST_WAIT),
        ("Wed, 99 Jan 2025 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_never_trusted_too_far(
    header: str | None, expected: timedelta | None
):
    assert retry_after(header, datetime(2025, 1, 1, tzinfo=UTC)) == expected


def test_one_line_keeps_the_words_and_drops_every_break_and_control_mark():
    assert one_line("  a\r\nb\tc\u2028d\x1b[0m\x00e señor ") == "a b c d [0m e señor"
