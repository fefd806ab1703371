"""Every page of the console, on the demonstration programme: axe in light and dark, no page wider than a small phone.

With HANDRAIL_SCREENS set (`make screens`), pictures of each, laptop and phone, light and dark, are written there.
"""

import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page
from sqlalchemy import select

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
from server.people.models import Client, Staff
from server.people.schemas import DischargeIn
from server.people.teams import Team
from server.people.terms import LeavingReason, Role
from tests.console.conftest import LAPTOP, violations
from tests.phone.looking import PICTURES
from tests.processes import free_port, wait_for

PAGES: dict[Role | None, dict[str, str]] = {
    None: {"sign-in": "/sign-in", "activate": "/activate", "nothing-there": "/cases/{client}"},
    Role.CASE_MANAGER: {
        "queue": "/queue",
        "case": "/cases/{case}",
        "cases": "/cases",
        "welfare-pack": "/cases/{case}/welfare-pack",
        "caseload": "/caseload",
        "client-new": "/caseload/new",
        "plans-due": "/plans",
        "rota": "/rota",
        "rota-offers": "/rota/offers",
        "today": "/today",
        "handover": "/handover",
        "account": "/account",
    },
    Role.SUPERVISOR: {
        "client": "/clients/{client}",
        "client-edit": "/clients/{client}/edit",
        "client-record": "/clients/{client}/record",
        "client-telephone": "/clients/{client}/telephone",
        "client-telephone-told": "/clients/{client}/telephone/{answered}",
        "client-raise": "/clients/{client}/raise",
        "client-discharge": "/clients/{client}/discharge",
        "client-readmit": "/clients/{gone}/readmit",
        "client-gone": "/clients/{gone}",
        "client-checkins": "/clients/{client}/checkins",
        "schedule": "/clients/{client}/schedules/{schedule}",
        "schedule-new": "/clients/{client}/schedules/new",
        "plan": "/clients/{client}/plan",
        "plan-edit": "/clients/{client}/plan/edit",
        "plan-publish": "/clients/{client}/plan/publish",
        "plan-history": "/clients/{client}/plan/history",
        "plan-changes": "/clients/{client}/plan/changes?from=1&to=2",
        "plan-revision": "/clients/{client}/plan/revisions/1",
        "plan-signs": "/clients/{client}/plan/signs",
        "questionnaires": "/questionnaires",
        "questionnaire": "/questionnaires/built-in",
        "questionnaire-new": "/questionnaires/new",
        "questionnaire-clients": "/questionnaires/clients",
        "questionnaire-client": "/questionnaires/clients/{client}",
        "rota-edit": "/rota/edit",
        "rota-import": "/rota/import",
        "rota-teams": "/rota/teams",
        "rota-team-clients": "/rota/teams/{team}/clients",
        "reach": "/supervision/reach",
        "crisis-lines": "/crisis-lines",
        "crisis-lines-import": "/crisis-lines/import",
        "supervision": "/supervision",
        "audit": "/supervision/audit",
    },
    Role.ADMINISTRATOR: {
        "admin": "/admin",
        "admin-care-teams": "/admin/care-teams",
        "admin-colleague": "/admin/staff/{colleague}",
        "admin-programme": "/admin/programme",
        "admin-service": "/admin/service",
    },
}
SIZES: dict[str, Any] = {"laptop": LAPTOP["viewport"], "phone": {"width": 390, "height": 844}}
NARROWEST: Any = {"width": 320, "height": 640}


@dataclass
class Demonstration:
    """The demonstration programme, served; a token for each role, and the ids that pages are about."""

    url: str
    tokens: dict[Role, str]
    ids: dict[str, UUID]


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    folder, port = tmp_path_factory.mktemp("every-page") / "data", free_port()
    settings = check({"data": str(folder), "port": port})
    loading.load(settings)
    keys = Keys.read(settings.keys_path)
    db = Database(configured.open_engine(settings, keys), Vault(keys))
    ids, tokens = db.write_now(_found)
    db.close()
    url = f"http://localhost:{port}"
    environment = {
        **os.environ,
        "HANDRAIL_DATA": str(folder),
        "HANDRAIL_PORT": str(port),
        "HANDRAIL_BASE_URL": url,
    }
    with _served(environment, url):
        yield Demonstration(url, tokens, ids)


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


def _found(tx: Tx) -> tuple[dict[str, UUID], dict[Role, str]]:
    """The client in an emergency, their case and schedule; somebody of each role, the case manager being theirs."""
    case = tx.session.scalars(
        select(Case).where(Case.tier == Tier.EMERGENCY, Case.state == CaseState.OPEN)
    ).one()
    schedule = select(ScheduleRow.id).where(ScheduleRow.client_id == case.client_id).limit(1)
    ids = {
        "case": case.id,
        "client": case.client_id,
        "schedule": tx.session.scalars(schedule).one(),
        "answered": _answered(tx, case.client_id),
        "gone": _gone(tx),
        "team": list(tx.session.scalars(select(Team.id).order_by(Team.id)))[-1],
        "colleague": tx.session.scalars(select(Staff.id).order_by(Staff.id).limit(1)).one(),
    }
    tokens: dict[Role, str] = {}
    for row in tx.session.scalars(select(Staff).order_by(Staff.id)):
        if row.role not in tokens:
            tokens[row.role] = sessions.start(tx, programme_id=row.programme_id, staff_id=row.id)
    return ids, tokens


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


@pytest.mark.parametrize("role", list(PAGES))
def test_every_page_is_for_everybody_to_read(
    role: Role | None, browser: Browser, demonstration: Demonstration
) -> None:
    wrong: list[str] = []
    context = browser.new_context(base_url=demonstration.url, **LAPTOP)
    context.add_init_script(AXE_SCRIPT)
    if role is not None:
        context.add_cookies([_cookie(demonstration, role)])
    page = context.new_page()
    for name, path in PAGES[role].items():
        answer = page.goto(path.format(**demonstration.ids))
        if answer is None or answer.status not in (200, 404 if name == "nothing-there" else 200):
            wrong.append(f"{name}: {answer and answer.status}")
            continue
        wrong += [f"{name}: {each}" for each in (*violations(page), *_shape(page))]
        _pictures(page, name)
    context.close()
    assert not wrong, "\n".join(wrong)


def _cookie(demonstration: Demonstration, role: Role) -> Any:
    marks = {"secure": True, "httpOnly": True, "sameSite": "Lax", "url": "https://localhost"}
    return {"name": STAFF_COOKIE, "value": demonstration.tokens[role], **marks}


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
