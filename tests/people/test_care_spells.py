"""One holder of a care role at a time, also where two people change it at once."""

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.core.db import Tx
from server.people.models import CareSpell
from server.people.terms import CareRole
from tests.world import World


def running(tx: Tx, world: World) -> list[CareSpell]:
    query = select(CareSpell).where(
        CareSpell.client_id == world.noor.id, CareSpell.role == CareRole.BACKUP, CareSpell.to_at.is_(None)
    )
    return list(tx.session.scalars(query))


def test_two_change_noors_backup_at_once_and_one_spell_runs(world: World) -> None:
    path = f"/clients/{world.noor.id}/care-team"
    for _ in range(5):
        world.clock.advance(minutes=1)
        start, answers = threading.Barrier(2), list[int]()

        def give(name: str, start: threading.Barrier = start, answers: list[int] = answers) -> None:
            new = {"role": "backup", "staff_id": str(world.people[name].id)}
            start.wait()
            answers.append(world.sol.api.put(path, new).status_code)

        threads = [threading.Thread(target=give, args=(name,)) for name in ("ida", "mara")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(status < 300 for status in answers), answers
        assert len(world.db.read_now(lambda tx: running(tx, world))) == 1


def test_the_database_itself_keeps_a_second_backup_out(world: World) -> None:
    def begin(tx: Tx) -> None:
        spell = {"client_id": world.noor.id, "staff_id": world.sol.id, "role": CareRole.BACKUP}
        tx.session.add(CareSpell(**spell, from_at=tx.now, to_at=None))
        tx.session.flush()

    with pytest.raises(IntegrityError):
        world.db.write_now(begin)
