"""The questionnaire's form between two visits: what its writer left, and how each save went."""

from datetime import datetime
from typing import Any

from checkins import questionnaire_drafts
from server.console.page import Tried
from server.console.questions import questionnaire, questionnaire_edit, questionnaire_sheet
from server.console.questions.questionnaire_sheet import Sheet
from server.core.db import Tx
from server.core.errors import EditedMeanwhile, Unreadable

LONGEST_START = 40


def opened(tx: Tx, start: str, fresh: Sheet) -> dict[str, Any]:
    """The form as this person left it, or the `fresh` one that begins from `start`."""
    left = questionnaire_drafts.kept(tx, start, Sheet)
    if left is None:
        return _form(fresh, start, 0, None)
    return {**_form(left.form, start, left.version, left.at), "left": True}


def again(tx: Tx, sent: Tried, sheet: Sheet) -> dict[str, Any]:
    """The form as it was sent, kept as it is now; where another window has saved since, it stays on the page only."""
    start, version = start_of(sent), _version(sent)
    if sheet == Sheet() and not version:
        return _form(sheet, start, version, None)
    try:
        return _form(sheet, start, questionnaire_drafts.keep(tx, start, sheet, version), tx.now)
    except EditedMeanwhile as refusal:
        return {**_form(sheet, start, version, None), "clash": refusal.detail}


def kept(tx: Tx, sent: Tried, sheet: Sheet) -> dict[str, Any]:
    """Keep the form as it is now: its new version, or why it was not kept."""
    version = _version(sent)
    try:
        return {"version": questionnaire_drafts.keep(tx, start_of(sent), sheet, version), "clash": None}
    except EditedMeanwhile as refusal:
        return {"version": version, "clash": refusal.detail}


def start_of(sent: Tried) -> str:
    """Where this form began."""
    start = sent.value("start")
    if len(start) > LONGEST_START or not all(
        each.isascii() and (each.isalnum() or each == "-") for each in start
    ):
        raise Unreadable("This is not a form of these pages.")
    return start


def _version(sent: Tried) -> int:
    text = sent.value("version", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _form(sheet: Sheet, start: str, version: int, saved_at: datetime | None) -> dict[str, Any]:
    return {
        "sheet": sheet,
        "start": start,
        "version": version,
        "saved_at": saved_at,
        "left": False,
        "clash": None,
        "kinds": questionnaire.KINDS,
        "fields": questionnaire_sheet.FIELDS,
        "place": questionnaire_edit.place_words,
        "wrong_in": questionnaire_edit.wrong_in,
        "opened": "",
        "lost": (),
        "mark": "",
        "full": None,
        "tally": None,
        "carried": "",
    }
