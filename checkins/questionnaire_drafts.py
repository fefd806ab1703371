"""The questionnaire that somebody is writing, kept as they left it until they store or drop it.

Rule: a draft is its writer's alone, and nobody is asked any of it. Two open windows cannot overwrite each other: the
version counts up with every change, and a save names the one it began from.
"""

from datetime import datetime
from typing import Generic, TypeVar

from msgspec import Struct
from sqlalchemy import delete, select

from checkins.models import QuestionnaireDraft
from server.core.db import Tx
from server.core.errors import EditedMeanwhile
from server.core.tables import new_id
from server.people import access, programmes

S = TypeVar("S", bound=Struct)

BODY = "questionnaire_drafts.body"


class Kept(Struct, Generic[S], frozen=True):
    """A draft as it was left."""

    form: S
    version: int
    at: datetime


def kept(tx: Tx, start: str, kind: type[S]) -> Kept[S] | None:
    """What the acting person left of the form that begins from `start`; None where there is nothing."""
    row = _row(tx, start)
    if row is None:
        return None
    key = programmes.key(tx, programmes.of_actor(tx))
    return Kept(key.open_json(BODY, row.id, row.body, kind), row.version, row.updated_at)


def keep(tx: Tx, start: str, form: Struct, version: int) -> int:
    """Keep the form as it is now; returns its new version. 0 is a form that has not been kept yet.

    EditedMeanwhile where another window of the same person has saved since. The same form again is no change.
    """
    key, row = programmes.key(tx, programmes.of_actor(tx)), _row(tx, start)
    if row is not None and key.open_json(BODY, row.id, row.body, type(form)) == form:
        return row.version
    if version != (row.version if row else 0):
        raise EditedMeanwhile("This form is open in another window as well, and was saved there since.")
    if row is None:
        row = QuestionnaireDraft(id=new_id(), staff_id=access.acting(tx), start=start, version=0)
        tx.session.add(row)
    row.body, row.version, row.updated_at = key.seal_json(BODY, row.id, form), row.version + 1, tx.now
    tx.session.flush()
    return row.version


def drop(tx: Tx, start: str) -> None:
    """The draft is stored as a version by now, or no longer wanted."""
    mine = QuestionnaireDraft.staff_id == tx.actor.id
    tx.session.execute(delete(QuestionnaireDraft).where(mine, QuestionnaireDraft.start == start))


def _row(tx: Tx, start: str) -> QuestionnaireDraft | None:
    query = select(QuestionnaireDraft).where(
        QuestionnaireDraft.staff_id == tx.actor.id, QuestionnaireDraft.start == start
    )
    return tx.session.scalars(query.with_for_update()).one_or_none()
