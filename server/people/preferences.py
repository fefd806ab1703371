"""How a client wants everyday notices, in which language they read, and the lock they chose on their phone."""

from sqlalchemy import select

from server.core import audit
from server.core.db import Tx
from server.core.errors import Invalid
from server.people import access, throttle
from server.people.models import Client, PreferenceRow
from server.people.own_schemas import Preferences
from server.people.roles import Action
from server.people.terms import Language
from server.people.throttle import Limit


def own(tx: Tx) -> Preferences:
    """The acting client's preferences; reminders are on and no hours are quiet until they say so."""
    client = access.oneself(tx, Action.READ_OWN)
    row = tx.session.get(PreferenceRow, client.id)
    return _out(client.language, row)


def change(tx: Tx, given: Preferences) -> Preferences:
    """Keep them as given; what changed is recorded by name. The same again changes nothing."""
    client = access.oneself(tx, Action.EDIT_OWN)
    throttle.insist(tx, Limit.OWN_CHANGES, str(client.id))
    _whole(given)
    found = tx.session.scalars(select(Client).where(Client.id == client.id).with_for_update()).one()
    row = tx.session.get(PreferenceRow, client.id)
    before = _out(found.language, row)
    fields = Preferences.__struct_fields__
    changed = [name for name in fields if getattr(before, name) != getattr(given, name)]
    if not changed:
        return before
    found.language = given.language
    if row is None:
        row = PreferenceRow(client_id=client.id)
        tx.session.add(row)
    row.reminders, row.lock, row.changed_at = given.reminders, given.lock, tx.now
    row.quiet_from, row.quiet_to = given.quiet_from, given.quiet_to
    tx.session.flush()
    audit.record(tx, "preferences.edit", client_id=client.id, data={"changed": changed})
    return _out(given.language, row)


def _whole(given: Preferences) -> None:
    if (given.quiet_from is None) != (given.quiet_to is None):
        missing = "quiet_to" if given.quiet_to is None else "quiet_from"
        raise Invalid.field(missing, "quiet hours need a beginning and an end")
    if given.quiet_from is not None and given.quiet_from == given.quiet_to:
        raise Invalid.field("quiet_to", "quiet hours end at another time than they begin")


def _out(language: Language, row: PreferenceRow | None) -> Preferences:
    if row is None:
        return Preferences(language=language, reminders=True)
    return Preferences(language, row.reminders, row.quiet_from, row.quiet_to, row.lock)
