"""Addresses of the plan editor: the form, its autosave, the merge of two texts, publishing, and the signs asked."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from crisisplans.sections import SectionKey
from server.console import big_form
from server.console.page import Page, Tried, page_of
from server.console.plans import plan_edit, plan_publish, plan_signs
from server.console.plans.plan_deeds import Deed, Kind, deed_of, done_to
from server.core.db import Tx
from server.core.errors import EditedMeanwhile, Invalid
from server.people.roles import Action

_SAID = {
    "saved": "Saved as a draft. The client sees no change until you publish.",
    "moved": "Moved, and saved as a draft.",
    "removed": "Removed, and saved as a draft.",
    "accepted": "Accepted. It is on the phone once you publish.",
    "declined": "Declined. The client can read that on the phone.",
    "accepted-answered": "Accepted, and the client can read your answer. The entry is on the phone once you publish.",
    "declined-answered": "Declined. The client can read your answer on the phone.",
    "merged": "Both texts are one draft now. Look over it once.",
}
_DONE = {
    Kind.SAVE: "saved",
    Kind.UP: "moved",
    Kind.DOWN: "moved",
    Kind.REMOVE: "removed",
    Kind.ACCEPT: "accepted",
    Kind.DECLINE: "declined",
}
_BASE = "/clients/{client_id:uuid}/plan"
_EDIT = page_of(Action.EDIT_PLAN)
_SIGNS = page_of(Action.EDIT_QUESTIONNAIRES)
_BIG: dict[str, Any] = {"opt": _EDIT, "request_max_body_size": big_form.ROUTE_LIMIT}


@get(f"{_BASE}/edit", opt=_EDIT)
async def get_edit(page: Page, client_id: UUID, add: SectionKey | None = None) -> Response[Any]:
    """The draft as a form; `add` names a section that gets one more empty row."""
    return await page.show(
        "plan_edit.html",
        lambda tx: {**plan_edit.shown(tx, client_id, add=add), "said": _SAID.get(page.done)},
    )


@post(f"{_BASE}/edit", status_code=303, **_BIG)
async def post_edit(page: Page, client_id: UUID) -> Response[Any]:
    """Save, then do what the button says."""
    tried = await big_form.of_many_fields(page)
    return await page.act(
        tried,
        lambda tx: plan_edit.save(tx, client_id, tried.sent),
        then=lambda deed: _next(client_id, deed),
        again=lambda: _refused(page, client_id, tried),
    )


def _next(client_id: UUID, deed: Deed) -> str:
    base = f"/clients/{client_id}/plan"
    if deed.kind is Kind.PUBLISH:
        return f"{base}/publish"
    if deed.kind is Kind.ADD:
        return f"{base}/edit?add={deed.section}#add-{deed.section}"
    where = f"#section-{deed.section}" if deed.section else ""
    answered = "-answered" if deed.answered else ""
    return f"{base}/edit?done={_DONE[deed.kind]}{answered}{where}"


async def _refused(page: Page, client_id: UUID, tried: Tried) -> Response[Any]:
    """The form as it was sent with what is wrong; where somebody else saved meanwhile, both texts."""
    problem, sent = tried.problem, tried.sent
    if isinstance(problem, EditedMeanwhile):
        return await _merge(page, client_id, tried, problem)
    fields = done_to(sent, deed_of(sent))
    return await page.show("plan_edit.html", lambda tx: plan_edit.shown(tx, client_id, fields), tried)


async def _merge(page: Page, client_id: UUID, tried: Tried, problem: EditedMeanwhile) -> Response[Any]:
    fields = done_to(tried.sent, deed_of(tried.sent))
    return await page.show(
        "plan_merge.html", lambda tx: plan_edit.both_texts(tx, client_id, fields, problem), tried
    )


@post(f"{_BASE}/edit/autosave", status_code=200, **_BIG)
async def post_autosave(page: Page, client_id: UUID) -> Response[Any]:
    """Save without leaving the page; answers with the new version, the client's view and the hints."""
    tried = await big_form.of_many_fields(page)

    def save(tx: Tx) -> dict[str, Any]:
        plan_edit.save(tx, client_id, {**tried.sent, "do": ["save"]})
        return plan_edit.partial(tx, client_id, tried.sent)

    try:
        return await page.show("plan_saved.html", save)
    except (Invalid, EditedMeanwhile) as refusal:
        tried.problem = refusal
    return await page.show("plan_saved.html", lambda tx: plan_edit.partial(tx, client_id, tried.sent), tried)


@post(f"{_BASE}/edit/merge", status_code=303, **_BIG)
async def post_merge(page: Page, client_id: UUID) -> Response[Any]:
    """One draft of two texts, by what was chosen."""
    tried = await big_form.of_many_fields(page)
    return await page.act(
        tried,
        lambda tx: plan_edit.save_merged(tx, client_id, tried.sent),
        then=f"/clients/{client_id}/plan/edit?done=merged",
        again=lambda: _refused(page, client_id, tried),
    )


@get(f"{_BASE}/publish", opt=_EDIT)
async def get_publish(page: Page, client_id: UUID) -> Response[Any]:
    """What changes for the client, and the attestation."""
    return await _publish(page, client_id)


@post(f"{_BASE}/publish", opt=_EDIT, status_code=303)
async def post_publish(page: Page, client_id: UUID) -> Response[Any]:
    """The draft becomes the next revision, and the client's phone is told."""
    tried = await page.form()
    return await page.act(
        tried,
        lambda tx: plan_publish.publish(tx, client_id, tried),
        then=lambda how: f"/clients/{client_id}/plan?done={how}",
        again=lambda: _publish(page, client_id, tried),
    )


async def _publish(page: Page, client_id: UUID, tried: Tried | None = None) -> Response[Any]:
    return await page.show("plan_publish.html", lambda tx: plan_publish.shown(tx, client_id), tried)


@get(f"{_BASE}/signs", opt=_SIGNS)
async def get_signs(page: Page, client_id: UUID) -> Response[Any]:
    """Which warning signs are asked about, and from which answer on they raise a case."""
    return await _signs(page, client_id)


@post(f"{_BASE}/signs", opt=_SIGNS, status_code=303)
async def post_signs(page: Page, client_id: UUID) -> Response[Any]:
    """The next check-in asks about these."""
    tried = await page.form()
    return await page.act(
        tried,
        lambda tx: plan_signs.choose(tx, client_id, tried),
        then=f"/clients/{client_id}/plan?done=signs",
        again=lambda: _signs(page, client_id, tried),
    )


async def _signs(page: Page, client_id: UUID, tried: Tried | None = None) -> Response[Any]:
    return await page.show("plan_signs.html", lambda tx: plan_signs.shown(tx, client_id), tried)


routes = [
    get_edit,
    post_edit,
    post_autosave,
    post_merge,
    get_publish,
    post_publish,
    get_signs,
    post_signs,
]
