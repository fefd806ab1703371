"""The queue page: how long the service takes for it, with 2,000 clients and 200 open cases, one look after another.

The looks begin when the first calls of all these cases have gone out: that storm is what `make reliability` measures.
"""

import http.client
import time
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from bench.home import Home
from bench.stock import Stock
from notifications.delivery.models import Message, MessageState
from notifications.escalations.cases import raise_case
from notifications.escalations.models import Case, CauseKind
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.core.tables import new_id
from server.people import access, sessions
from server.people.caller import STAFF_COOKIE
from tests.processes import wait_for

CLIENTS, CASES = 2000, 200
TIERS = tuple(Tier)
PAGES = {"the queue": "/queue", "its live part": "/queue/rows"}


@dataclass
class Looks:
    """Milliseconds of each look at one page."""

    milliseconds: list[float]

    def share(self, part: float) -> float:
        """The look that this part of all were quicker than."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def measure(home: Home, stock: Stock, *, looks: int) -> dict[str, Looks]:
    """Mara, on whose team all of them are, looks at each page again and again."""
    clients = stock.clients(CLIENTS)
    home.db.write_now(lambda tx: _raise(tx, [client.id for client in clients[:: CLIENTS // CASES]]))
    token = home.db.write_now(
        lambda tx: sessions.start(tx, programme_id=stock.programme_id, staff_id=stock.mara)
    )
    with home.server() as (_, port):
        wait_for("the first calls to go out", lambda: home.db.read_now(_calls_are_out), 120)
        return {name: _looks(port, path, token, looks) for name, path in PAGES.items()}


def _calls_are_out(tx: Tx) -> bool:
    waiting = select(Message.id).where(Message.state.in_((MessageState.QUEUED, MessageState.LEASED)))
    late = select(Case.id).where(IS_OPEN, Case.next_call_at <= tx.now)
    return not any(tx.session.scalar(query.limit(1)) for query in (waiting, late))


def _raise(tx: Tx, client_ids: list[UUID]) -> None:
    for number, client_id in enumerate(client_ids):
        tier = TIERS[number % len(TIERS)]
        client = access.known_client(tx, client_id)
        note = "“Are you safe right now?”: “I am not sure”\nMood today: 1 of 10, usually 4.5"
        raise_case(tx, client, kind=CauseKind.RAISED_BY_STAFF, tier=tier, source_id=new_id(), note=note)


def _looks(port: int, path: str, token: str, count: int) -> Looks:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Cookie": f"{STAFF_COOKIE}={token}", "Sec-Fetch-Site": "same-origin"}
    times: list[float] = []
    for _ in range(count + 5):
        begun = time.perf_counter()
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        times.append(1000 * (time.perf_counter() - begun))
        if response.status != 200 or body.count(b'data-case="') != CASES:
            raise RuntimeError(f"{path}: {response.status} with {body.count(b'data-case=')} cases")
    connection.close()
    return Looks(times[5:])
