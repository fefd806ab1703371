"""What has to hold after a fault, whatever it was: asked of the database, of the phones, and of the push stand-in."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from checkins.models import AnswerRow
from notifications.delivery.models import Message, MessageState
from notifications.escalations.models import CaseCause
from server.core.db import Tx
from tests.fakes.fcm import Delivery
from tests.reliability.phones import Phones
from tests.reliability.site import Site
from tests.simulation import laws as town

LEASE_SECONDS = 30.0


@dataclass
class Fault:
    """When it began and when it was over, in monotonic seconds. `doubles`: messages in hand then may go out again."""

    began_at: float
    over_at: float
    doubles: bool = True


@dataclass
class Outcome:
    """What was found. `broken` is empty when every law holds."""

    broken: list[str]
    requests: int
    tries: int
    silence: float
    lasted: float
    again_after: float
    first_calls: list[float]
    last_call: float
    calls: int
    twice: int
    logged: list[str] = field(default_factory=list)


def look(site: Site, phones: Phones, fault: Fault) -> Outcome:
    """Every law, and the figures, of what stands still: the next call may be due while they are looked at."""
    site.stand_still()
    risks = phones.acked(risk=True)
    case_of = site.home.db.read_now(lambda tx: _cases(tx, [each.source for each in risks]))
    calls = _calls(site)
    broken = site.home.db.read_now(lambda tx: [*_kept(tx, phones), *_single(tx), *_sent(tx, calls)])
    broken += town.broken(site.home.db, (*town.ALWAYS, *town.NOW_AND_THEN), None)
    broken += [f"refused with {each.refused}: {each.path}" for each in phones.asked if each.refused]
    broken += [f"never answered: {each.path}" for each in phones.asked if not (each.acked_at or each.refused)]
    first = {case: min(each.at for each in some) / 1e9 for case, some in _by_case(calls).items()}
    uncalled = [each.id for each in risks if str(case_of.get(each.source)) not in first]
    broken += [f"nobody was called for {one}" for one in uncalled]
    broken += [f"no case for {each.id}" for each in risks if each.source not in case_of]
    delays = [
        first[str(case_of[each.source])] - (each.acked_at or 0.0) for each in risks if each.id not in uncalled
    ]
    again, wrongly = _doubled(calls, fault)
    acks = sorted(each.acked_at for each in phones.asked if each.acked_at)
    return Outcome(
        broken=broken + wrongly,
        requests=len(acks),
        tries=sum(each.tries for each in phones.asked),
        silence=max((b - a for a, b in pairwise(acks)), default=0.0),
        lasted=fault.over_at - fault.began_at,
        again_after=min((at for at in acks if at >= fault.over_at), default=fault.over_at) - fault.over_at,
        first_calls=sorted(max(0.0, delay) for delay in delays),
        last_call=max(first.values(), default=fault.began_at) - fault.began_at,
        calls=len(calls),
        twice=again,
    )


def _calls(site: Site) -> list[Delivery]:
    return [each for each in list(site.home.fcm.deliveries) if each.message["data"]["kind"] == "case_call"]


def _by_case(calls: list[Delivery]) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = defaultdict(list)
    for each in calls:
        found[each.message["data"]["case_id"]].append(each)
    return found


def _cases(tx: Tx, sources: list[UUID]) -> dict[UUID, UUID]:
    """The case of each cause, asked for piece by piece."""
    found: dict[UUID, UUID] = {}
    for first in range(0, len(sources), 500):
        query = select(CaseCause.source_id, CaseCause.case_id).where(
            CaseCause.source_id.in_(sources[first : first + 500])
        )
        found |= {row.source_id: row.case_id for row in tx.connection.execute(query)}
    return found


def _kept(tx: Tx, phones: Phones) -> list[str]:
    """Every answer that was heard to be received is stored, once (its check-in allows no second)."""
    stored = set(tx.connection.execute(select(AnswerRow.occurrence_id)).scalars())
    given = [each.id for each in phones.acked() if each.path.endswith("/answer")]
    return [f"an answer that was received is gone: {one}" for one in given if one not in stored]


def _single(tx: Tx) -> list[str]:
    """One call, one person, one channel: one message, whatever its key says."""
    same = (Message.case_id, Message.call_number, Message.staff_id, Message.channel, Message.device_id)
    owed = select(*same).where(Message.call_number.is_not(None), Message.staff_id.is_not(None))
    twice = owed.group_by(*same[:4]).having(func.count() > 1).with_only_columns(*same[:4])
    return [f"an obligation has two messages: {tuple(map(str, row))}" for row in tx.connection.execute(twice)]


def _sent(tx: Tx, calls: list[Delivery]) -> list[str]:
    """What counts as sent arrived; nobody heard of a message that is not owed."""
    of_calls = select(Message.id, Message.state).where(Message.kind == "case_call", Message.channel == "fcm")
    rows: dict[str, Any] = {str(row.id): row.state for row in tx.connection.execute(of_calls)}
    heard = {each.message["data"]["message"] for each in calls}
    lost = [one for one, state in rows.items() if state is MessageState.SENT and one not in heard]
    strange = [one for one in heard if one not in rows]
    return [
        *(f"sent, and never arrived: {o}" for o in lost),
        *(f"arrived, and never owed: {o}" for o in strange),
    ]


def _doubled(calls: list[Delivery], fault: Fault) -> tuple[int, list[str]]:
    """How many came again, and those that had no reason to: not in hand during the fault, or under another tag."""
    number, wrong = 0, list[str]()
    arrived: dict[str, list[Delivery]] = defaultdict(list)
    for each in calls:
        arrived[each.message["data"]["message"]].append(each)
    for one, some in arrived.items():
        number += len(some) - 1
        tags = Counter(each.message["android"]["notification"]["tag"] for each in some)
        in_hand = fault.began_at - LEASE_SECONDS <= min(each.at for each in some) / 1e9 <= fault.over_at
        if len(tags) > 1 or (len(some) > 1 and not (fault.doubles and in_hand)):
            wrong.append(f"a message came {len(some)} times without a reason: {one}")
    return number, wrong
