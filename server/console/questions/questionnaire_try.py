"""Rules tried on past answers, a batch of clients at a time, for a few seconds a page.

What does not fit into that time goes on where it stopped: the page carries the count so far, and shows how far it is.
"""

import hashlib
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from checkins import rehearsal, rule_words
from checkins.definition import Definition
from checkins.rehearsal import Tally
from server.console.page import Tried
from server.console.questions import questionnaire
from server.core.db import Tx
from server.core.errors import NotFound, Unreadable
from server.people.access import ClientFacts
from server.people.caller import Caller

SECONDS = 2.0
"""How long one page reads before it shows what it has found so far."""


class Run(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a run is: what was tried (its mark), of how many answers, after which client, and what was found.

    `after` is None before the first and after the last client.
    """

    mark: str = ""
    total: int = 0
    after: UUID | None = None
    tally: Tally = Tally()


class Asked(Struct, frozen=True, kw_only=True):
    """What is tried: the rules, on whose answers, and how many there are."""

    definition: Definition
    rule: str = ""
    client_id: UUID | None = None
    title: str
    address: str
    total: int


def carried(tried: Tried) -> Run:
    """How far the page before had come; nothing for a new run."""
    text = tried.value("run")
    try:
        return msgspec.json.decode(text, type=Run) if text else Run()
    except msgspec.MsgspecError:
        raise Unreadable("This is not a form of these pages.") from None


def asked(tx: Tx, version_id: UUID | None, rule: str, before: Run) -> Asked:
    """The version to try, or one rule of it. NotFound for a rule that is not in it."""
    definition, stored = questionnaire.version(tx, version_id)
    if rule:
        definition = only(definition, rule)
    client_id = stored.client_id if stored else None
    return Asked(
        definition=definition,
        rule=rule,
        client_id=client_id,
        title="Built-in check-in"
        if stored is None
        else f"{questionnaire.title(stored.key)}, version {stored.number}",
        address=f"/questionnaires/{version_id or 'built-in'}",
        total=before.total or rehearsal.total(tx, client_id),
    )


def only(definition: Definition, rule: str) -> Definition:
    """The version with this rule alone."""
    rules = tuple(each for each in definition.rules if each.key == rule)
    if not rules:
        raise NotFound
    return replace(definition, rules=rules)


async def run(caller: Caller, asked: Asked, before: Run) -> Run:
    """Go on from where the run before stopped, or begin anew where something else is tried by now."""
    mark = hashlib.sha256(msgspec.json.encode(asked.definition)).hexdigest()[:32]
    goes_on = before.mark == mark and before.after is not None
    now = before if goes_on else Run(mark=mark, total=asked.total)
    until = time.monotonic() + SECONDS
    while True:
        clients = await _next(caller, asked, now.after)
        if not clients:
            return replace(now, after=None)
        found = await _read(caller, asked, clients)
        now = replace(now, after=clients[-1].id, tally=now.tally + found)
        if time.monotonic() > until:
            return now


async def _next(caller: Caller, asked: Asked, after: UUID | None) -> list[ClientFacts]:
    return await caller.write(lambda tx: rehearsal.next_clients(tx, after, asked.client_id))


async def _read(caller: Caller, asked: Asked, clients: Sequence[ClientFacts]) -> Tally:
    return await caller.read(lambda tx: rehearsal.rehearse(tx, clients, asked.definition))


def told(definition: Definition, run: Run) -> dict[str, Any]:
    """The run for a page: the count, each rule with its share, and the state to go on from."""
    rules = [
        (rule.key, rule.tier, rule_words.sentence(rule, definition), *run.tally.by_rule.get(rule.key, (0, 0)))
        for rule in definition.rules
    ]
    return {
        "tally": run.tally,
        "run": run,
        "rules": rules,
        "over": run.after is None,
        "carried": msgspec.json.encode(run).decode(),
    }
