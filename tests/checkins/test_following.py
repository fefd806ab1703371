"""Clients who travelled are followed piece by piece: the work of a round does not grow with the number of clients."""

from sqlalchemy import select, update

from checkins import jobs
from checkins.models import Occurrence
from checkins.resting import Walk
from server.core.db import Database
from server.people.models import Client
from server.people.terms import RiskLevel
from tests.clock import MovableClock
from tests.reliability.riverside import Riverside

FAR = "Asia/Kathmandu"


def test_each_round_looks_at_the_next_piece_and_then_begins_anew(db: Database, clock: MovableClock) -> None:
    here = Riverside(db, clock)
    clients = [here.noor, *(here.client(name, RiskLevel.LOW) for name in ("Theo", "Uma"))]
    for client in clients:
        here.asks("20:00", who=client)

    def all_go_to(zone: str) -> None:
        db.write_now(lambda tx: tx.connection.execute(update(Client).values(zone=zone)))

    walk = Walk()
    all_go_to(FAR)
    assert [jobs.replan_moved(db, walk, slice_=2) for _ in range(3)] == [2, 1, 0]
    zones = db.read_now(lambda tx: set(tx.session.scalars(select(Occurrence.zone))))
    assert zones == {FAR}
    all_go_to("Europe/Madrid")
    assert sum(jobs.replan_moved(db, walk, slice_=2) for _ in range(3)) == 3, "wherever the walk stood"
