"""The demonstration programme, served, and somebody who walks through its console and looks at every page."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select, update

from checkins import departures
from checkins.models import AnswerRow, ScheduleRow
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server import configured
from server.core.db import Database, Tx
from server.core.settings import check
from server.core.vault import Keys, Vault
from server.demo import loading
from server.people import sessions
from server.people.caller import STAFF_COOKIE
from server.people.models import CareSpell, Client, SessionRow, Staff
from server.people.proofs import FRESH
from server.people.schemas import DischargeIn
from server.people.teams import Team
from server.people.terms import CareRole, LeavingReason, Role
from tests.console.conftest import LAPTOP, violations
from tests.phone.looking import PICTURES
from tests.processes import free_port, wait_for

SIZES: dict[str, Any] = {"laptop": LAPTOP["viewport"], "phone": {"width": 390, "height": 844}}
NARROWEST: Any = {"width": 320, "height": 640}


@dataclass
class Demonstration:
    """The demonstration programme, served: a token for each role, one more with an old proof, and ids.

    `colleague` is the token of the client's clinician, who writes on one plan with the supervisor.
    """

    url: str
    tokens: dict[Role, str]
    stale: dict[Role, str]
    colleague: str
    ids: dict[str, UUID]


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    folder, port = tmp_path_factory.mktemp("every-page") / "data", free_port()
    settings = check({"data": str(folder), "port": port})
    loading.load(settings)
    keys = Keys.read(settings.keys_path)
    db = Database(configured.open_engine(settings, keys), Vault(keys))
    ids = db.write_now(_ids)
    tokens, stale = db.write_now(_tokens), db.write_now(_stale)
    colleague = db.write_now(lambda tx: _clinician(tx, ids["client"]))
    db.close()
    url = f"http://localhost:{port}"
    environment = {
        **os.environ,
        "HANDRAIL_DATA": str(folder),
        "HANDRAIL_PORT": str(port),
        "HANDRAIL_BASE_URL": url,
    }
    with _served(environment, url):
        yield Demonstration(url, tokens, stale, colleague, ids)


@contextmanager
def _served(environment: dict[str, str], url: str) -> Generator[None]:
    command = [sys.executable, "-m", "server.cli", "serve"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for("the console to answer", lambda: _answers(url))
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _ids(tx: Tx) -> dict[str, UUID]:
    """The client in an emergency, their case and schedule, and what else a page is about."""
    case = tx.session.scalars(
        select(Case).where(Case.tier == Tier.EMERGENCY, Case.state == CaseState.OPEN)
    ).one()
    assert case.client_id is not None
    schedule = select(ScheduleRow.id).where(ScheduleRow.client_id == case.client_id).limit(1)
    return {
        "case": case.id,
        "client": case.client_id,
        "schedule": tx.session.scalars(schedule).one(),
        "answered": _answered(tx, case.client_id),
        "gone": _gone(tx),
        "team": list(tx.session.scalars(select(Team.id).order_by(Team.id)))[-1],
        "colleague": tx.session.scalars(select(Staff.id).order_by(Staff.id).limit(1)).one(),
    }


def _tokens(tx: Tx) -> dict[Role, str]:
    """Somebody of each role, signed in; the case manager is the client's."""
    tokens: dict[Role, str] = {}
    for row in tx.session.scalars(select(Staff).order_by(Staff.id)):
        if row.role not in tokens:
            tokens[row.role] = sessions.start(tx, programme_id=row.programme_id, staff_id=row.id)
    return tokens


def _stale(tx: Tx) -> dict[Role, str]:
    """The same people in other browsers, in which they showed too long ago who they are."""
    tokens = _tokens(tx)
    hashes = [hashlib.sha256(token.encode()).digest() for token in tokens.values()]
    theirs = SessionRow.token_hash.in_(hashes)
    tx.session.execute(
        update(SessionRow).where(theirs).values(proved_at=tx.now - FRESH - timedelta(minutes=1))
    )
    return tokens


def _clinician(tx: Tx, client_id: UUID) -> str:
    now = CareSpell.to_at.is_(None)
    query = select(CareSpell.staff_id).where(
        CareSpell.client_id == client_id, CareSpell.role == CareRole.CLINICIAN, now
    )
    row = tx.session.get_one(Staff, tx.session.scalars(query).one())
    return sessions.start(tx, programme_id=row.programme_id, staff_id=row.id)


def _answered(tx: Tx, client_id: UUID) -> UUID:
    """A check-in that the client has answered."""
    query = (
        select(AnswerRow.occurrence_id)
        .where(AnswerRow.client_id == client_id)
        .order_by(AnswerRow.answered_at)
    )
    return list(tx.session.scalars(query))[-1]


def _gone(tx: Tx) -> UUID:
    """Somebody without an open case, who leaves the programme now."""
    without = select(Client.id).where(Client.id.not_in(select(Case.client_id).where(IS_OPEN)))
    client_id = tx.session.scalars(without.order_by(Client.id.desc()).limit(1)).one()
    departures.discharge(tx, client_id, DischargeIn(reason=LeavingReason.FINISHED))
    return client_id


@dataclass
class Walk:
    """Looks at one page after the other: axe in light and dark, its shape, and a picture where wanted."""

    browser: Browser
    demonstration: Demonstration
    wrong: list[str] = field(default_factory=list[str])

    @contextmanager
    def signed_in(self, token: str | None) -> Generator[BrowserContext]:
        """A browser of whoever holds this token; None: of somebody who is not signed in."""
        context = self.browser.new_context(base_url=self.demonstration.url, **LAPTOP)
        context.add_init_script(AXE_SCRIPT)
        if token is not None:
            context.add_cookies([_cookie(token)])
        yield context
        context.close()

    def open(self, page: Page, name: str, path: str, status: int = 200) -> None:
        """Go there and look."""
        answer = page.goto(path.format(**self.demonstration.ids))
        if answer is None or answer.status != status:
            self.wrong.append(f"{name}: {answer and answer.status}")
            return
        self.look(page, name)

    def look(self, page: Page, name: str) -> None:
        """What is wrong with the page as it stands."""
        self.wrong += [f"{name}: {each}" for each in (*violations(page), *_shape(page))]
        _pictures(page, name)


def _cookie(token: str) -> Any:
    marks = {"secure": True, "httpOnly": True, "sameSite": "Lax", "url": "https://localhost"}
    return {"name": STAFF_COOKIE, "value": token, **marks}


def _shape(page: Page) -> Iterator[str]:
    """One heading of the first rank; nothing to the side of a small phone's screen."""
    if page.locator("h1").count() != 1:
        yield f"{page.locator('h1').count()} first headings"
    page.set_viewport_size(NARROWEST)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > NARROWEST["width"]:
        yield f"{width} px wide on a screen of {NARROWEST['width']}"
    page.set_viewport_size(LAPTOP["viewport"])


def _pictures(page: Page, name: str) -> None:
    if PICTURES is None:
        return
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            folder = Path(PICTURES) / "console" / size / scheme
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{name}.png", full_page=True)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(LAPTOP["viewport"])
