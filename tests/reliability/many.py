"""Thousands of cases at once: so many clients send an answer that shows a risk, as fast as the service takes them."""

import time

from sqlalchemy import func, select

from bench import load
from notifications.escalations.models import CaseCause, CauseKind
from tests.processes import wait_for
from tests.reliability.laws import Fault, look
from tests.reliability.phones import Asked, Phones
from tests.reliability.plan import at_home
from tests.reliability.site import Site

CONNECTIONS = 32


def told(kind: str, cases: int) -> tuple[list[str], list[str]]:
    """Figures, and broken laws."""
    with at_home(kind) as (here, _):
        shots = here.stock.answers(here.clients(cases), cases, flag_every=1)
        began_at = time.monotonic()
        loaded = load.send_all(here.webs[0].port, shots, connections=CONNECTIONS)
        over_at = time.monotonic()
        broken = [f"{loaded.other} requests were not answered well"] if loaded.other else []
        try:
            wait_for("everybody to be called for", lambda: _cases(here) >= loaded.ok, 900)
        except AssertionError as late:
            broken.append(str(late))
        first: dict[str, float] = {}
        for each in list(here.home.fcm.deliveries):
            if each.message["data"]["kind"] == "case_call":
                first.setdefault(each.message["data"]["case_id"], each.at / 1e9)
        called = sorted(at - began_at for at in first.values()) or [0.0]
        flagged = select(func.count()).where(CaseCause.kind == CauseKind.FLAGGED_ANSWER)
        raised = here.home.db.read_now(lambda tx: tx.session.execute(flagged).scalar_one())
        broken += [f"{loaded.ok} answers received, {raised} causes"] if raised < loaded.ok else []
        found = look(here, _as_phones(here, shots, over_at), Fault(began_at, over_at, doubles=False))
        return [
            f"  {loaded.ok:,} flagged answers received in {loaded.seconds:.0f} s ({loaded.rate:.0f}/s)",
            f"  p50 {loaded.p50:.0f} ms, p99 {loaded.p99:.0f} ms",
            f"  first call after {called[0]:.2f} s, last first call after {called[-1]:.1f} s",
            f"  {called[-1] - loaded.seconds:+.1f} s from the last answer to the last first call",
            f"  {found.calls:,} calls arrived, {found.twice} of them a second time",
        ], broken + found.broken


def _cases(here: Site) -> int:
    calls = {each.message["data"].get("case_id") for each in list(here.home.fcm.deliveries)}
    return len(calls - {None})


def _as_phones(here: Site, shots: list[load.Shot], at: float) -> Phones:
    """The same requests as the laws know them: each was answered by the end."""
    asked = [
        Asked(
            s.checkin_id,
            s.checkin_id,
            True,
            f"/me/checkins/{s.checkin_id}/answer",
            s.body,
            s.token,
            at,
            at,
            1,
        )
        for s in shots
    ]
    return Phones(here, asked)
