"""The live stream of cases: server-sent events read from the timeline, resumable after any number.

One hub per process looks once a second how far each watched programme's timeline has come and wakes those who
follow it. Nobody who waits holds a database connection, and a connection that goes leaves nothing behind.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from enum import Enum
from typing import Any
from uuid import UUID
from weakref import WeakSet

import msgspec
from litestar.datastructures import State
from litestar.response import Stream
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from notifications.escalations.models import Case, CaseEvent
from server.core.actor import Actor
from server.core.db import Database, Tx
from server.core.errors import Forbidden, Refusal
from server.people import access
from server.people.caller import Caller
from server.people.models import Client
from server.people.roles import Action

LOOK_EVERY = 1.0
"""Seconds between two looks of the hub."""
HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that everybody on the way keeps the line open."""
CHECK_EVERY = 14.0
"""Seconds after which the session is looked at again. With a heartbeat's wait on top, a revoked session ends
the stream within half a minute."""
BATCH = 200

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Seen(Enum):
    """Whether somebody may see what an event is about; a drill is about nobody, and all of the programme may."""

    NO = "no"
    YES = "yes"
    PRACTICE = "practice"


class Follower:
    """Somebody who waits for news of one programme."""

    def __init__(self, programme_id: UUID) -> None:
        self.programme_id = programme_id
        self.news = asyncio.Event()


class Hub:
    """Wakes followers when their programme's timeline has grown. It looks only while somebody follows."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._followers: WeakSet[Follower] = WeakSet()
        self._reached: dict[UUID, int] = {}
        self._task: asyncio.Task[None] | None = None
        self.ending = False

    def end(self) -> None:
        """The process stops: every stream ends where it stands, and the apps come back to another one."""
        self.ending = True
        for follower in list(self._followers):
            follower.news.set()

    def follow(self, programme_id: UUID) -> Follower:
        """Begin to follow; the hub forgets a follower that nobody holds any more."""
        follower = Follower(programme_id)
        self._followers.add(follower)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        return follower

    def leave(self, follower: Follower) -> None:
        """Stop following."""
        self._followers.discard(follower)

    async def _look(self) -> None:
        while self._followers and not self.ending:
            programmes = {follower.programme_id for follower in self._followers}
            try:
                self._wake(await self.db.read(lambda tx, ids=programmes: _heads(tx, ids)))
            except Exception:  # a look that failed wakes everybody: they look for themselves and report
                self._wake(dict.fromkeys(programmes, -1))
            await asyncio.sleep(LOOK_EVERY)

    def _wake(self, heads: dict[UUID, int]) -> None:
        grown = {programme for programme, head in heads.items() if self._reached.get(programme) != head}
        self._reached = heads
        for follower in list(self._followers):
            if follower.programme_id in grown:
                follower.news.set()


def hub_of(state: State, db: Database) -> Hub:
    """The process's hub, made when the first stream opens."""
    hub: Hub | None = state.get("case_hub")
    if hub is None:
        hub = state["case_hub"] = Hub(db)
    return hub


def end_streams(state: State) -> None:
    """End every stream of this process, so that it can stop without cutting anybody off."""
    hub: Hub | None = state.get("case_hub")
    if hub is not None:
        hub.end()


async def open_stream(caller: Caller, hub: Hub, after: int | None) -> Stream:
    """The endless answer for one person, from the event after `after`, or from now on."""
    actor, head = await caller.read(lambda tx: (tx.actor, _heads(tx, {_programme(tx.actor)})))
    programme = _programme(actor)
    start = head[programme] if after is None else min(after, head[programme])
    return Stream(follow(caller, hub, actor, start), media_type="text/event-stream", headers=_HEADERS)


async def follow(caller: Caller, hub: Hub, actor: Actor, after: int) -> AsyncIterator[bytes]:
    """The stream's bytes: first where it stands, then each event this person may see, and heartbeats."""
    follower = hub.follow(_programme(actor))
    checked_at = time.monotonic()
    try:
        yield _written(after, "ready", {"number": after})
        while not hub.ending:
            follower.news.clear()
            while batch := await hub.db.read(lambda tx, last=after: _since(tx, actor, last)):
                after = batch[-1][0]
                for number, case_id, kind, seen in batch:
                    if seen is not Seen.NO:
                        told = {"case_id": case_id, "kind": kind, "number": number}
                        yield _written(number, "case", {**told, "practice": seen is Seen.PRACTICE})
            if not hub.ending and not await _news_within(follower, HEARTBEAT):
                yield b": still here\n\n"
            if time.monotonic() - checked_at >= CHECK_EVERY:
                await caller.whoami()
                checked_at = time.monotonic()
    except (Refusal, DBAPIError):
        return  # signed out, or the database is away: the stream ends, and coming back says why
    finally:
        hub.leave(follower)


async def _news_within(follower: Follower, seconds: float) -> bool:
    try:
        await asyncio.wait_for(follower.news.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _heads(tx: Tx, programme_ids: set[UUID]) -> dict[UUID, int]:
    """The number each programme's timeline has come to; one look into the index for each."""
    newest = select(func.max(CaseEvent.number))
    return {
        programme_id: tx.session.scalar(newest.where(CaseEvent.programme_id == programme_id)) or 0
        for programme_id in programme_ids
    }


def _since(tx: Tx, actor: Actor, after: int) -> list[tuple[int, UUID, str, Seen]]:
    """The next events of the actor's programme, each with whether this person may see its client."""
    tx.actor = actor
    visible = access.visible_clients(tx, Action.VIEW_CASES)
    query = (
        select(CaseEvent.number, CaseEvent.case_id, CaseEvent.kind, visible, Case.client_id)
        .join(Case, Case.id == CaseEvent.case_id)
        .outerjoin(Client, Client.id == Case.client_id)
        .where(CaseEvent.programme_id == _programme(actor), CaseEvent.number > after)
    )
    rows = tx.session.execute(query.order_by(CaseEvent.number).limit(BATCH))
    return [
        (
            number,
            case_id,
            kind,
            Seen.PRACTICE if client_id is None else Seen.YES if seen else Seen.NO,
        )
        for number, case_id, kind, seen, client_id in rows
    ]


def _written(number: int, event: str, data: dict[str, Any]) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, event.encode(), msgspec.json.encode(data))


def _programme(actor: Actor) -> UUID:
    if actor.programme_id is None:
        raise Forbidden
    return actor.programme_id
