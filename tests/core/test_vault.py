"""Sealed values open in exactly one place, with exactly one key."""

import os
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.core.vault import Keys, KeysFileError, SealBroken, SubjectKey, Vault

NOOR, OTHER = uuid4(), uuid4()
ROW, ROW_2 = uuid4(), uuid4()
COLUMN = "answers.body"


@pytest.fixture(scope="module")
def vault() -> Vault:
    return Vault(Keys.fresh())


@pytest.fixture(scope="module")
def noor(vault: Vault) -> SubjectKey:
    return vault.subject(NOOR, vault.new_subject_key(NOOR))


def test_what_was_sealed_opens(noor: SubjectKey) -> None:
    blob = noor.seal_text(COLUMN, ROW, "my thoughts race at night")
    assert noor.open_text(COLUMN, ROW, blob) == "my thoughts race at night"
    assert b"race" not in blob


def test_the_same_text_never_looks_the_same_twice(noor: SubjectKey) -> None:
    assert noor.seal_text(COLUMN, ROW, "no") != noor.seal_text(COLUMN, ROW, "no")


def test_moved_to_another_row_column_or_client_it_does_not_open(vault: Vault, noor: SubjectKey) -> None:
    blob = noor.seal(COLUMN, ROW, b"x")
    for column, row in ((COLUMN, ROW_2), ("flags.why", ROW)):
        with pytest.raises(SealBroken):
            noor.open(column, row, blob)
    with pytest.raises(SealBroken):
        vault.subject(OTHER, vault.new_subject_key(OTHER)).open(COLUMN, ROW, blob)


def test_a_wrapped_key_given_to_another_client_does_not_open(vault: Vault) -> None:
    wrapped = vault.new_subject_key(NOOR)
    with pytest.raises(SealBroken):
        vault.subject(OTHER, wrapped)


@given(plain=st.binary(max_size=200), data=st.data())
@settings(max_examples=200, deadline=None)
def test_any_flipped_bit_or_cut_refuses(plain: bytes, data: st.DataObject) -> None:
    key = SubjectKey(NOOR, b"k" * 32, lambda: b"s" * 32)
    blob = key.seal(COLUMN, ROW, plain)
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    flipped = bytearray(blob)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        key.open(COLUMN, ROW, bytes(flipped))
    with pytest.raises(SealBroken):
        key.open(COLUMN, ROW, blob[: data.draw(st.integers(0, len(blob) - 1))])


def test_a_new_wrapping_key_opens_what_the_old_one_wrapped() -> None:
    old = Keys.fresh()
    wrapped = Vault(old).new_subject_key(NOOR)
    blob = Vault(old).subject(NOOR, wrapped).seal(COLUMN, ROW, b"kept")
    new = msgspec.structs.replace(old, active=2, wrapping={**old.wrapping, "2": os.urandom(32)})
    rewrapped = Vault(new).rewrap(NOOR, wrapped)
    assert rewrapped != wrapped
    without_old = msgspec.structs.replace(new, wrapping={"2": new.wrapping["2"]})
    assert Vault(without_old).subject(NOOR, rewrapped).open(COLUMN, ROW, blob) == b"kept"
    with pytest.raises(SealBroken):
        Vault(without_old).subject(NOOR, wrapped)


def test_blind_indexes_differ_by_column_and_key() -> None:
    keys = Keys.fresh()
    vault = Vault(keys)
    assert vault.blind("staff.email", "a@b.example") == Vault(keys).blind("staff.email", "a@b.example")
    assert vault.blind("staff.email", "a@b.example") != vault.blind("clients.phone", "a@b.example")
    assert vault.blind("staff.email", "a@b.example") != Vault(Keys.fresh()).blind(
        "staff.email", "a@b.example"
    )


def test_the_keys_file_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.json"
    keys = Keys.fresh()
    keys.write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Keys.read(path) == keys
    with pytest.raises(FileExistsError):
        Keys.fresh().write(path)


def test_a_keys_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    Keys.fresh().write(path)
    path.chmod(0o640)
    with pytest.raises(KeysFileError, match="others may read it"):
        Keys.read(path)


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"active":1,"wrapping":{"1":"AA=="},"index":"AA==","database":"AA=="}']
)
def test_a_damaged_keys_file_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeysFileError) as refused:
        Keys.read(path)
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)
