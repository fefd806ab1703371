"""Clients' phones under way: each sends until it hears "received", under the same id, to whichever node answers."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from uuid import UUID, uuid4, uuid5

import httpx

from bench.rows_of import Shot
from tests.reliability.site import Node, Site

AT_ONCE = 6
PAUSE = 0.1
"""Seconds between two requests of one phone as a rule, and before it tries again."""

PATIENCE = 5.0
"""Seconds a phone waits for an answer."""


@dataclass
class Asked:
    """One request of a client. Instants are monotonic seconds; `acked_at` is when "received" was heard.

    `source` is what its cause is known by: the check-in, or what the cry for help becomes for this client.
    """

    id: UUID
    source: UUID
    risk: bool
    path: str
    body: bytes
    token: str
    began_at: float = 0.0
    acked_at: float | None = None
    tries: int = 0
    refused: int = 0


@dataclass
class Phones:
    """Requests go out from `start` until `stop`, `pause` seconds apart on each phone; `asked`: every one that began."""

    site: Site
    asked: list[Asked] = field(default_factory=list)
    pause: float = PAUSE

    def prepare(self, risky: int, plain: int) -> "Phones":
        """So many clients in need, each once: a cry for help or a flagged answer in turn; and so many calm answers."""
        stock, clients = self.site.stock, self.site.clients(risky)
        flagged = [
            _answer(shot, risk=True) for shot in stock.answers(clients[::2], len(clients[::2]), flag_every=1)
        ]
        help_ = [
            Asked(one, uuid5(each.id, one.hex), True, f"/me/help/{one}", b"{}", each.token)
            for each, one in ((each, uuid4()) for each in clients[1::2])
        ]
        calm = (
            [_answer(shot, risk=False) for shot in stock.answers(self.site.clients(10), plain)]
            if plain
            else []
        )
        mixed = chain.from_iterable(zip_longest(flagged, help_, calm))
        self._waiting: Iterator[Asked] = iter([each for each in mixed if each is not None])
        return self

    def start(self) -> "Phones":
        """Begin."""
        self._lock, self._over, self._given_up = threading.Lock(), threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._go, args=(n,), daemon=True) for n in range(AT_ONCE)]
        for thread in self._threads:
            thread.start()
        return self

    def stop(self, longest: float = 120) -> None:
        """Ask for nothing new, and wait until each request that began was answered."""
        self._over.set()
        until = time.monotonic() + longest
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._given_up.set()
        for thread in self._threads:
            thread.join()

    def through(self) -> bool:
        """Whether everybody had their turn."""
        return not any(thread.is_alive() for thread in self._threads)

    def acked(self, risk: bool | None = None) -> list[Asked]:
        """What was heard to be received, in that order."""
        found = [each for each in self.asked if each.acked_at is not None and risk in (None, each.risk)]
        return sorted(found, key=lambda each: each.acked_at or 0.0)

    def answered_since(self, at: float) -> bool:
        """Whether a request that was sent after this instant was answered."""
        return any(each.acked_at is not None and each.began_at > at for each in self.asked)

    def _go(self, number: int) -> None:
        webs = self.site.webs
        with httpx.Client(timeout=PATIENCE) as client:
            while not self._over.wait(self.pause):
                with self._lock:
                    asked = next(self._waiting, None)
                    if asked is None:
                        return
                    self.asked.append(asked)
                asked.began_at = time.monotonic()
                self._send(client, asked, webs[number % len(webs) :] + webs[: number % len(webs)])

    def _send(self, client: httpx.Client, asked: Asked, webs: list[Node]) -> None:
        headers = {"Authorization": f"Bearer {asked.token}", "Content-Type": "application/json"}
        while not self._given_up.is_set():
            web = webs[asked.tries % len(webs)]
            asked.tries += 1
            try:
                url = f"http://127.0.0.1:{web.port}/api{asked.path}"
                answer = client.put(url, content=asked.body, headers=headers)
            except httpx.HTTPError:
                status = 0
            else:
                status = answer.status_code
            if 200 <= status < 300:
                asked.acked_at = time.monotonic()
                return
            if 400 <= status < 500:
                asked.refused = status
                return
            self._given_up.wait(PAUSE)


def _answer(shot: Shot, *, risk: bool) -> Asked:
    one = shot.checkin_id
    return Asked(one, one, risk, f"/me/checkins/{one}/answer", shot.body, shot.token)
