"""The key Web Push signs with, and what an operator is told when something for it is missing."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from notifications.delivery import vapid
from notifications.delivery.models import ChannelName
from server import configured
from server.cli import main
from server.core.settings import PREFIX, Settings, SettingsError, check
from server.core.vault import Keys, KeysFileError

CONTACT = "mailto:ops@riverside.example"
RUNNER = CliRunner()


def pem(folder: Path, key: Any) -> Path:
    path = folder / "push.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def installed(folder: Path, **changes: Any) -> Settings:
    """Settings of a folder with a fresh keys file."""
    settings = check({"data": str(folder), "console_channel": True, **changes})
    if not settings.keys_path.exists():
        Keys.fresh().write(settings.keys_path)
    return settings


def without_push_key(settings: Settings) -> None:
    """Make the keys file one from before Web Push."""
    kept = json.loads(settings.keys_path.read_text())
    del kept["push"]
    settings.keys_path.write_text(json.dumps(kept))


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"push_contact": "ops@riverside.example"}, "push_contact"),
        ({"push_contact": "mailto:ops"}, "push_contact"),
        ({"push_contact": "mailto:a@b.example,c@d.example"}, "push_contact"),
        ({"push_key_file": "nowhere.pem"}, "push_key_file"),
        ({"push_hosts": "https://push.example"}, "push_hosts"),
        ({"push_hosts": "push.example/path"}, "push_hosts"),
        ({"push_hosts": "*"}, "push_hosts"),
        ({"push_hosts": "*.*.example"}, "push_hosts"),
        ({"push_hosts": "Push.example"}, "push_hosts"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name(values: dict[str, str], name: str):
    with pytest.raises(SettingsError, match=name):
        check(values)


def test_a_fresh_keys_file_has_a_key_and_a_contact_is_enough(tmp_path: Path):
    assert configured.no_web_push(installed(tmp_path)) == "push_contact is not set"
    assert ChannelName.WEBPUSH not in configured.open_channels(installed(tmp_path))

    settings = installed(tmp_path, push_contact=CONTACT)
    assert configured.no_web_push(settings) is None
    assert ChannelName.WEBPUSH in configured.open_channels(settings)
    assert len(vapid.public_key(settings, Keys.read(settings.keys_path).push) or "") == 87


def test_a_keys_file_from_before_still_opens_and_web_push_stays_off(tmp_path: Path):
    settings = installed(tmp_path, push_contact=CONTACT)
    without_push_key(settings)

    assert Keys.read(settings.keys_path).push is None
    assert "push_key_file" in (configured.no_web_push(settings) or "")
    assert ChannelName.WEBPUSH not in configured.open_channels(settings)
    assert vapid.public_key(settings, None) is None


def test_a_key_file_of_its_own_is_used_before_the_keys_file(tmp_path: Path):
    key = ec.generate_private_key(ec.SECP256R1())
    settings = installed(tmp_path, push_contact=CONTACT, push_key_file=str(pem(tmp_path, key)))

    in_keys_file = Keys.read(settings.keys_path).push
    assert vapid.public_key(settings, in_keys_file) == vapid.public_part(key)
    without_push_key(settings)
    assert ChannelName.WEBPUSH in configured.open_channels(settings)


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048), None]
)
def test_a_key_file_that_cannot_be_used_is_named_and_none_of_it_is_shown(tmp_path: Path, key: Any):
    path = pem(tmp_path, key) if key else tmp_path / "push.pem"
    if key is None:
        path.write_text("-----BEGIN SECRET-----")
    settings = installed(tmp_path, push_contact=CONTACT, push_key_file=str(path))

    with pytest.raises(SettingsError, match=r"push_key_file: .*push\.pem is not") as raised:
        configured.open_channels(settings)
    assert "SECRET" not in str(raised.value)
    assert vapid.public_key(settings, os.urandom(32)) is None


def test_a_damaged_push_key_is_a_damaged_keys_file(tmp_path: Path):
    settings = installed(tmp_path)
    kept = json.loads(settings.keys_path.read_text())
    settings.keys_path.write_text(json.dumps({**kept, "push": "AAAA"}))
    with pytest.raises(KeysFileError, match="wrong length"):
        Keys.read(settings.keys_path)

    with pytest.raises(SettingsError, match="Web Push"):
        vapid.private_key(settings, bytes(32))


def test_check_config_says_whether_there_is_web_push_and_whether_staff_can_be_called(tmp_path: Path):
    common = {f"{PREFIX}DATA": str(tmp_path), f"{PREFIX}CONSOLE_CHANNEL": "true"}
    asked = ["init", "--programme", "Riverside", "--zone", "America/Chicago"]
    asked += ["--name", "Adi", "--email", "adi@riverside.example"]
    assert RUNNER.invoke(main, asked, env=common).exit_code == 0

    said = RUNNER.invoke(main, ["check-config"], env=common)
    assert (said.exit_code, "No Web Push to the phone app: push_contact is not set." in said.output) == (
        0,
        True,
    )
    said = RUNNER.invoke(main, ["check-config"], env={**common, f"{PREFIX}PUSH_CONTACT": CONTACT})
    assert (said.exit_code, "console, webpush" in said.output, "No Web Push" in said.output) == (
        0,
        True,
        False,
    )

    alone = {**common, f"{PREFIX}PUSH_CONTACT": CONTACT, f"{PREFIX}CONSOLE_CHANNEL": "false"}
    said = RUNNER.invoke(main, ["check-config"], env=alone)
    assert (said.exit_code, "nobody can be notified" in said.output) == (1, True)
