"""PostgreSQL has no room left: health says so, although the one small row that it writes still fits."""

from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError

from server import migrations
from server.core.db import Database, server_engine
from server.core.vault import Keys, Vault
from server.health import takes_writes
from server.worker_models import JobRun
from tests.processes import wait_for
from tests.reliability.clusters import cluster
from tests.reliability.disks import mounted
from tests.world import World


def test_health_asks_for_room_and_not_only_for_a_row(world: World) -> None:
    if world.db.sqlite:
        pytest.skip("the embedded database writes every change behind its log")
    world.tick()
    assert "database" not in world.anybody().get("/health/ready").json()

    def no_room(most: str) -> None:
        with world.db.engine.begin() as connection:
            name = connection.execute(text("select current_database()")).scalar_one()
            connection.execute(text(f"alter database {name} set temp_file_limit = {most}"))
        world.db.engine.dispose()

    no_room("'64kB'")
    told = world.anybody().get("/health/ready")
    assert (told.status_code, told.json()["status"]) == (503, "not ready")
    assert told.json()["database"]
    no_room("default")
    assert "database" not in world.anybody().get("/health/ready").json()


def test_a_disk_that_is_full_is_told_and_one_with_room_again_too(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", 300) as disk:
        if disk is None:
            pytest.skip("nothing can be mounted here")
        with cluster(tmp_path / "disk") as server:
            engine = server_engine(server.address)
            migrations.upgrade(engine)
            db = Database(engine, Vault(Keys.fresh()))
            row = {"job": "send_due", "failures": 0, "items": 0}
            db.write_now(lambda tx: tx.session.execute(insert(JobRun).values(**row, finished_at=tx.now)))
            db.write_now(takes_writes)
            disk.fill()
            try:
                with pytest.raises(OperationalError):  # no space left; or PostgreSQL stopped for want of it
                    db.write_now(takes_writes)
            finally:
                disk.make_room()
            if not server.runs():
                server.start()
            wait_for("writes again", lambda: _is_well(db))
            db.close()


def _is_well(db: Database) -> bool:
    try:
        db.write_now(takes_writes)
    except OperationalError:
        return False
    return True
