"""The disk has no room left: health says so, although the one small row that it writes still fits."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, text, update
from sqlalchemy.exc import OperationalError

from server import migrations
from server.core.db import Database, Tx
from server.core.engines import embedded_engine, server_engine
from server.core.vault import Keys, Vault
from server.health import takes_writes
from server.worker_models import JobRun
from tests.processes import wait_for
from tests.reliability.clusters import cluster
from tests.reliability.disks import mounted
from tests.world import World


def test_health_asks_for_room_and_not_only_for_a_row(world: World) -> None:
    if world.db.sqlite:
        pytest.skip("room is asked for of the disk itself there, see below")
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
            db = _with_a_job(server_engine(server.address))
            db.write_now(takes_writes)
            disk.fill()
            try:
                with pytest.raises(OperationalError):  # no space left; or PostgreSQL stopped for want of it
                    db.write_now(takes_writes)
            finally:
                disk.make_room()

            def is_well() -> bool:
                if not server.runs():  # for want of room PostgreSQL stops, sooner or a little later
                    server.start()
                try:
                    db.write_now(takes_writes)
                except OperationalError:
                    return False
                return True

            wait_for("writes again", is_well)
            db.close()


def test_a_full_disk_under_the_embedded_database_is_told_although_its_log_has_room(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", 16) as disk:
        if disk is None:
            pytest.skip("nothing can be mounted here")
        keys = Keys.fresh()
        db = _with_a_job(embedded_engine(tmp_path / "disk" / "handrail.db", keys.database), keys)
        with db.engine.connect() as connection:
            connection.exec_driver_sql("rollback")  # from here on the log is written anew, over what is there
            connection.exec_driver_sql("pragma wal_checkpoint(restart)")
        db.write_now(takes_writes)
        disk.fill()
        db.write_now(_one_small_row)
        with pytest.raises(OSError, match="No space left"):
            db.write_now(takes_writes)
        disk.make_room()
        db.write_now(takes_writes)
        assert [path.name for path in (tmp_path / "disk").iterdir() if "handrail.db" not in path.name] == []
        db.close()


def _with_a_job(engine: Engine, keys: Keys | None = None) -> Database:
    migrations.upgrade(engine)
    db = Database(engine, Vault(keys or Keys.fresh()))
    row = {"job": "send_due", "failures": 0, "items": 0}
    db.write_now(lambda tx: tx.session.execute(insert(JobRun).values(**row, finished_at=tx.now)))
    return db


def _one_small_row(tx: Tx) -> None:
    tx.session.execute(update(JobRun).values(items=1))
