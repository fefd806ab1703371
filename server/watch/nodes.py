"""Whether the web nodes live: each is asked for a sign of life, as a phone or a browser would reach it."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from itertools import pairwise
from queue import Empty, SimpleQueue
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, build_opener

from server.watch.deadman import Stay

STARTS = (0.0, 3.0, 7.0)
"""Seconds at which a node is asked: one that is started anew for a new version is silent for a few seconds."""

LASTS = 10.0
"""Seconds after which a node that answered none of the questions is silent; nobody waits longer for it."""

TIMEOUT = 4.0
"""Seconds that each step of one question may take: a host has several addresses, and one may be dead."""

HANGING = 6
"""Questions to one node that may hang at once; one that keeps so many waiting is not asked again meanwhile."""


class Node:
    """One node that is asked round by round. A question that hangs keeps neither the next nor another node waiting."""

    def __init__(self, address: str, starts: Sequence[float] = STARTS, lasts: float = LASTS) -> None:
        self.address = address
        self._steps = tuple(pairwise((*starts, lasts)))
        self._room = threading.BoundedSemaphore(HANGING)

    def lives(self) -> bool:
        """Whether any of the questions is answered within the time for all of them."""
        heard: SimpleQueue[bool] = SimpleQueue()
        began = time.monotonic()
        for start, following in self._steps:
            time.sleep(max(began + start - time.monotonic(), 0))
            if self._room.acquire(blocking=False):
                threading.Thread(target=self._ask, args=(heard,), daemon=True).start()
            if _any(heard, until=began + following):
                return True
        return False

    def _ask(self, heard: SimpleQueue[bool]) -> None:
        try:
            heard.put(_answers(self.address))
        finally:
            self._room.release()


def silent(nodes: Sequence[Node]) -> list[str]:
    """The addresses of nodes that gave no sign of life. All are asked at once, and each has its own time."""
    with ThreadPoolExecutor(max(len(nodes), 1)) as pool:
        asked = list(pool.map(Node.lives, nodes))
    return [node.address for node, lives in zip(nodes, asked, strict=True) if not lives]


def shown(address: str) -> str:
    """Which node it is, without what a proxy may want to be told in its address."""
    parts = urlsplit(address)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _any(heard: SimpleQueue[bool], until: float) -> bool:
    """Whether a sign of life is heard by then, on the monotonic clock."""
    while (left := until - time.monotonic()) > 0:
        try:
            if heard.get(timeout=left):
                return True
        except Empty:
            break
    return False


def _answers(address: str) -> bool:
    request = Request(f"{address}/health/live", headers={"User-Agent": "handrail-auditor"})  # noqa: S310  settings checked it
    try:
        with build_opener(Stay).open(request, timeout=TIMEOUT) as answer:
            return answer.status == 200
    except HTTPError as error:  # an answer, and no sign of life: a proxy says that nobody is behind it
        error.close()
        return False
    except (OSError, ValueError, HTTPException):
        return False
