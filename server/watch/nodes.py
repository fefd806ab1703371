"""Whether the web nodes live: each is asked for a sign of life, as a phone or a browser would reach it."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, build_opener

from server.watch.deadman import Stay

TIMEOUT = 4.0
"""Seconds that each step of one question may take."""

PAUSES = (0.0, 3.0, 4.0)
"""Seconds before each question: a node that is started anew for a new version is silent for a few seconds."""

_AT_ONCE = 8


def silent(addresses: Sequence[str], pauses: Sequence[float] = PAUSES) -> list[str]:
    """The addresses of nodes that gave no sign of life to any of the questions."""
    with ThreadPoolExecutor(min(len(addresses), _AT_ONCE)) as pool:
        asked = [pool.submit(_lives, address, pauses) for address in addresses]
    return [address for address, lives in zip(addresses, asked, strict=True) if not lives.result()]


def shown(address: str) -> str:
    """Which node it is, without what a proxy may want to be told in its address."""
    parts = urlsplit(address)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _lives(address: str, pauses: Sequence[float]) -> bool:
    for pause in pauses:
        time.sleep(pause)
        if _answers(address):
            return True
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
