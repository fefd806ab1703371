"""Starting: the right keys, a migrated schema, or one clear line."""

import os
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from server import configured
from server.cli import main
from server.core.db import Database, DatabaseUnusable
from server.core.settings import Settings, check
from server.core.vault import Keys, Vault
from tests.processes import free_port


def installed(tmp_path: Path, database_address: str, keys: Keys) -> Settings:
    """Settings of an initialised installation."""
    embedded = not database_address.startswith("postgresql")
    keys.write(tmp_path / "keys.json")
    settings = check({"data": str(tmp_path), "database": "sqlite" if embedded else database_address})
    database = Database(configured.open_engine(settings, keys), Vault(keys))
    database.write_now(configured.plant_keys_check)
    database.close()
    return settings


def test_it_starts_with_its_own_keys(tmp_path: Path, database_address: str, keys: Keys) -> None:
    configured.open_database(installed(tmp_path, database_address, keys)).close()


def test_another_installations_keys_are_refused_and_nothing_is_changed(
    tmp_path: Path, database_address: str, keys: Keys
) -> None:
    settings = installed(tmp_path, database_address, keys)
    (tmp_path / "keys.json").unlink()
    # The file's own key is right, so that only the planted sentence can tell.
    wrong = msgspec.structs.replace(keys, wrapping={"1": os.urandom(32)})
    wrong.write(tmp_path / "keys.json")
    with pytest.raises(DatabaseUnusable, match="belongs to another database"):
        configured.open_database(settings)


def test_each_start_that_cannot_be_ends_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    run = CliRunner()
    environment = {"HANDRAIL_DATA": str(folder)}
    before = run.invoke(main, ["serve"], env=environment)
    assert before.exit_code == 1
    assert "handrail init" in before.output
    given = ["--programme", "Riverside", "--zone", "America/Chicago", "--name", "Adi"]
    for wrong in (["--email", "adi"], ["--email", "adi@riverside.example", "--zone", "localtime"]):
        refused = run.invoke(main, ["init", *given, *wrong], env=environment)
        assert refused.exit_code == 1
        assert refused.output.count("\n") == 1, refused.output
    made = run.invoke(main, ["init", *given, "--email", "adi@riverside.example"], env=environment)
    assert made.exit_code == 0, made.output
    assert (folder / "keys.json").stat().st_mode & 0o777 == 0o600
    assert (folder / "handrail.db").stat().st_mode & 0o777 == 0o600
    again = run.invoke(main, ["init", *given, "--email", "adi@riverside.example"], env=environment)
    assert again.exit_code == 1
    assert "initialised already" in again.output
    nobody = run.invoke(main, ["check-config"], env=environment)
    assert nobody.exit_code == 1
    assert "in order" in nobody.output
    assert run.invoke(main, ["check-audit"], env=environment).exit_code == 0
    other = run.invoke(main, ["check-audit", "--head", "7", "ab" * 32], env=environment)
    assert other.exit_code == 1
    assert "link 7 is not in this chain as it was kept" in other.output
    huge = run.invoke(main, ["check-audit", "--head", "9" * 30, "ab" * 32], env=environment)
    assert huge.exit_code == 2
    assert "is not in the range" in huge.output
    (folder / "keys.json").rename(folder / "lost.json")
    lost = run.invoke(main, ["init", *given, "--email", "adi@riverside.example"], env=environment)
    assert lost.exit_code == 1
    assert not (folder / "keys.json").exists(), "no new keys beside an old database"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE", "postgresql://mara:hidden@db.example:abc/handrail", "database: write postgresql://"),
        ("DATABASE", "postgresql://mara:hid den@db.example/handrail", "database: write postgresql://"),
        ("DATABASE", "postgresql://mara:hidden@db.example/handrail?sslmod=require", '"sslmod"'),
        ("FCM_SERVICE_ACCOUNT", "{keys}", "fcm_service_account: "),
    ],
)
def test_a_setting_that_only_its_part_can_judge_is_named_in_one_line(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    run = CliRunner()
    environment = {"HANDRAIL_DATA": str(tmp_path / "new")}
    given = ["--programme", "Riverside", "--zone", "America/Chicago", "--name", "Adi"]
    made = run.invoke(main, ["init", *given, "--email", "adi@riverside.example"], env=environment)
    assert made.exit_code == 0, made.output
    wrong = {**environment, f"HANDRAIL_{name}": value.format(keys=tmp_path / "new" / "keys.json")}
    for command in (["check-config"], ["work"], ["serve", "--with-worker"]):
        refused = run.invoke(main, command, env={**wrong, "HANDRAIL_PORT": str(free_port())})
        assert refused.exit_code == 1, refused.output
        assert said in refused.output
        assert refused.output.startswith("Error: ")
        assert refused.output.count("\n") == 1, refused.output
        assert "hid" not in refused.output


def test_a_drill_is_held_on_a_fresh_installation_and_read_back(tmp_path: Path) -> None:
    run = CliRunner()
    environment = {"HANDRAIL_DATA": str(tmp_path / "new")}
    given = ["--programme", "Riverside", "--zone", "America/Chicago", "--name", "Adi"]
    made = run.invoke(main, ["init", *given, "--email", "adi@riverside.example"], env=environment)
    assert made.exit_code == 0, made.output
    assert run.invoke(main, ["drill", "--last"], env=environment).output == "No drill yet.\n"
    started = run.invoke(main, ["drill"], env=environment)
    assert started.exit_code == 0, started.output
    assert started.output.startswith("Practice: a drill of On call is running until ")
    again = run.invoke(main, ["drill"], env=environment)
    assert (again.exit_code, again.output.count("\n")) == (1, 1), again.output
    assert "On call: running" in run.invoke(main, ["drill", "--last"], env=environment).output
