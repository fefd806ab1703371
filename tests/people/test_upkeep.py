"""What an operator does by hand: a lost account, a new key, a look at the audit chain."""

import os

import msgspec
import pytest

from server import upkeep
from server.core.db import Database
from server.core.errors import NotFound
from server.core.vault import Keys, SealBroken, Vault
from server.people import programmes, queries
from server.people.models import Staff
from tests.people.test_sign_in import PASSWORD, enrolled
from tests.world import World


def test_a_lost_administrator_begins_anew_and_the_old_sessions_end(world: World) -> None:
    token, _ = enrolled(world)
    code = world.db.write_now(lambda tx: upkeep.recover(tx, "LENA@riverside.example"))
    assert world.anybody().get("/staff", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    new = "another row of plain words"
    assert world.anybody().post("/activate", {"code": code, "password": new}).status_code == 204
    old = world.anybody().post("/sign-in", {"email": "lena@riverside.example", "password": PASSWORD})
    assert old.status_code == 401
    fresh = world.anybody().post("/sign-in", {"email": "lena@riverside.example", "password": new})
    assert fresh.json()["second_factor_needed"] is True
    with pytest.raises(NotFound):
        world.db.write_now(lambda tx: upkeep.recover(tx, "nobody@riverside.example"))


def test_an_administrator_lets_a_colleague_set_a_new_password(world: World) -> None:
    enrolled(world)
    lena = next(row for row in world.adi.api.get("/staff").json()["staff"] if row["name"] == "Lena Ortiz")
    answer = world.adi.api.post(f"/staff/{lena['id']}/invitations")
    assert answer.status_code == 201, answer.text
    body = {"code": answer.json()["activation_code"], "password": "another row of plain words"}
    assert world.anybody().post("/activate", body).status_code == 204
    assert world.mara.api.post(f"/staff/{lena['id']}/invitations").status_code == 403


def test_keys_are_wrapped_anew_in_batches_and_the_old_key_can_go(
    world: World, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        world.add_client(f"Client{n}", device=False)
    monkeypatch.setattr(upkeep, "BATCH", 2)
    new = msgspec.structs.replace(keys, active=2, wrapping={**keys.wrapping, "2": os.urandom(32)})
    second = Database(world.db.engine, Vault(new), threads=1, clock=world.clock)
    assert upkeep.rewrap(second) == 8, "two programmes and six clients"
    assert upkeep.rewrap(second) == 0
    only_new = msgspec.structs.replace(new, wrapping={"2": new.wrapping["2"]})
    third = Database(world.db.engine, Vault(only_new), threads=1, clock=world.clock)
    mara = third.read_now(lambda tx: queries.staff_out(tx, tx.session.get_one(Staff, world.mara.id)).name)
    assert mara == "Mara"
    world.db.vault.subject.cache_clear()
    without = Database(
        world.db.engine,
        Vault(msgspec.structs.replace(keys, active=1, wrapping={"1": os.urandom(32)})),
        threads=1,
        clock=world.clock,
    )
    with pytest.raises(SealBroken):
        without.read_now(lambda tx: programmes.key(tx, programmes.facts(tx, world.programme_id)))


def test_the_audit_head_names_the_newest_link(world: World) -> None:
    from server.core import audit

    world.clock.advance(minutes=10)
    world.db.write_now(audit.seal)
    head = world.db.read_now(upkeep.audit_head)
    assert head is not None
    assert head[0] == 1
    assert len(head[1]) == 64
