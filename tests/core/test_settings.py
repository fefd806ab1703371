"""A wrong setting stops the start with one clear line."""

from pathlib import Path

import pytest

from server.core.settings import SettingsError, load


def test_the_defaults_are_an_embedded_installation() -> None:
    settings = load({})
    assert settings.embedded
    assert settings.address == "http://127.0.0.1:8080"
    assert settings.keys_path == Path("data/keys.json")


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    file = tmp_path / "handrail.toml"
    file.write_text('port = 9000\nlog_level = "debug"\n')
    settings = load({"HANDRAIL_PORT": "9100", "HANDRAIL_CONSOLE_CHANNEL": "yes", "OTHER": "x"}, file)
    assert (settings.port, settings.log_level, settings.console_channel) == (9100, "debug", True)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"HANDRAIL_PROT": "1"}, "HANDRAIL_PROT: there is no such setting"),
        ({"HANDRAIL_PORT": "eighty"}, "HANDRAIL_PORT: a whole number"),
        ({"HANDRAIL_PORT": "70000"}, "between 1 and 65535"),
        ({"HANDRAIL_DATABASE": "mysql://x"}, "database: say sqlite"),
        ({"HANDRAIL_LOG_LEVEL": "loud"}, "log_level"),
        ({"HANDRAIL_CONSOLE_CHANNEL": "maybe"}, "say true or false"),
        ({"HANDRAIL_SMTP_HOST": "mail.example"}, "smtp_sender"),
        (
            {"HANDRAIL_SMTP_HOST": "mail.example", "HANDRAIL_SMTP_SENDER": "Handrail <a@mail.example>"},
            "smtp_sender: give the address alone",
        ),
        ({"HANDRAIL_BASE_URL": "handrail.example"}, "base_url"),
        ({"HANDRAIL_FCM_SERVICE_ACCOUNT": "/nowhere.json"}, "fcm_service_account"),
        ({"HANDRAIL_CONFIG": "/nowhere.toml"}, "/nowhere.toml"),
    ],
)
def test_each_wrong_setting_is_named(environment: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as refused:
        load(environment)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["port = ", "prot = 1", 'port = "x"', "\x00"])
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "handrail.toml"
    file.write_text(text)
    with pytest.raises(SettingsError):
        load({}, file)
