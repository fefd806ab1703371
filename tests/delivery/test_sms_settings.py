"""The settings of providers: a wrong one stops the start with one line; a right one makes channels."""

from pathlib import Path
from typing import Any

import pytest

from notifications.delivery.channels.switched import SwitchedChannel
from notifications.delivery.models import ChannelName
from server import configured
from server.core.settings import SettingsError, check

TWILIO = {
    "sms_provider": "twilio",
    "sms_account": "AC1",
    "sms_secret": "x",
    "sms_sender": "+12025550100",
    "base_url": "https://handrail.example",
}
TELNYX = {"sms2_provider": "telnyx", "sms2_secret": "x", "sms2_sender": "+12025550101"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sms_provider": "pigeon"}, "sms_provider"),
        ({"sms_account": " "}, "sms_account: needed"),
        ({"sms_secret": ""}, "sms_secret: needed"),
        ({"sms_sender": "Riverside"}, "sms_sender: give the number"),
        ({"sms_sender": "MG" + "0" * 32, "sms_calls": True}, "sms_sender: give the number"),
        ({"sms_base_url": "http://provider.example"}, "sms_base_url: start it with https://"),
        ({"sms_base_url": "https://provider.example/?x=1"}, "sms_base_url"),
        ({"sms_base_url": "https://[broken"}, "sms_base_url"),
        ({"sms_calls": True, "base_url": "http://127.0.0.1:8080"}, "sms_calls: calls need a base_url"),
        ({"sms_provider": "", "sms_calls": True}, "sms_calls: set sms_provider"),
        ({**TELNYX, "sms_provider": ""}, "sms2_provider: a second provider needs a first one"),
        ({**TELNYX, "sms2_calls": True}, "sms2_account: needed"),
        ({**TELNYX, "sms2_account": "1", "sms2_calls": True}, "sms2_callback_key: calls need the public key"),
        ({"smtp2_host": "mail.example"}, "smtp2_host: a second relay needs a first one"),
        ({"smtp2_sender": "nobody"}, "smtp2_sender"),
        ({"smtp2_port": 0}, "smtp2_port: a port is between"),
    ],
)
def test_a_wrong_one_is_named_in_one_line(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as wrong:
        check({**TWILIO, **changes})
    assert "\n" not in str(wrong.value)


def test_one_provider_is_a_channel_and_two_are_one_that_switches(tmp_path: Path) -> None:
    given: dict[str, Any] = {**TWILIO, "data": str(tmp_path)}
    mail = {"smtp_host": "a.example", "smtp_sender": "calls@a.example", "smtp2_host": "b.example"}
    for more, both, calls in (({}, False, False), ({**TELNYX, **mail, "sms_calls": True}, True, True)):
        channels = configured.open_channels(check({**given, **more}))
        assert isinstance(channels[ChannelName.SMS], SwitchedChannel) is both
        assert (ChannelName.VOICE in channels) is calls
        assert configured.reach_staff(channels)
        if both:
            assert isinstance(channels[ChannelName.EMAIL], SwitchedChannel)
        for channel in channels.values():
            channel.close()
