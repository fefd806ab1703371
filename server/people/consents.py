"""What a client was told and agreed to, kept with version, language and time. Rows are only ever added."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, Invalid, NotFound
from server.core.tables import new_id
from server.people import access, consent, throttle
from server.people.access import ClientFacts
from server.people.consent import ITEMS, ConsentItem, ConsentKind
from server.people.models import Client, ConsentRow
from server.people.own_schemas import ClientConsents, ConsentIn, ConsentOut, ConsentSaid, MyConsents
from server.people.roles import Action
from server.people.terms import Language
from server.people.throttle import Limit

HelpWords = Mapping[Language, str]


def own(tx: Tx, help_words: HelpWords) -> MyConsents:
    """What the acting client is told and asked, with what they said."""
    client = access.oneself(tx, Action.READ_OWN)
    items = _items(_newest(_rows(tx, client.id)), client.language, help_words)
    return MyConsents(version=consent.VERSION, language=client.language, items=items)


def say(tx: Tx, key: str, given: ConsentIn, help_words: HelpWords) -> ConsentOut:
    """Note what the client says to one item; the same again changes nothing.

    NotFound for no such item; Conflict when its words are others now; Invalid for taking back what was only told.
    """
    client = access.oneself(tx, Action.EDIT_OWN)
    throttle.insist(tx, Limit.OWN_CHANGES, str(client.id))
    item = consent.BY_KEY.get(key)
    if item is None:
        raise NotFound
    if given.version != item.version:
        raise Conflict(
            "The words have changed since. Read them again, then answer.", extra={"version": item.version}
        )
    if not given.agreed and item.kind is ConsentKind.TOLD:
        raise Invalid.field("agreed", "this is something to know; it cannot be taken back")
    # Two answers to one item at the same moment: the second sees the first.
    tx.session.execute(select(Client.id).where(Client.id == client.id).with_for_update(key_share=True))
    last = _newest(_rows(tx, client.id)).get(key)
    if last is None or last.version != item.version or holds_now(last) != given.agreed:
        last = _add(tx, client, item, given, last)
    return _out(item, last, given.language, help_words)


def _add(
    tx: Tx, client: ClientFacts, item: ConsentItem, given: ConsentIn, last: ConsentRow | None
) -> ConsentRow:
    agreed_before = last.agreed_at if last is not None and holds_now(last) else None
    row = ConsentRow(
        id=new_id(),
        client_id=client.id,
        key=item.key,
        version=item.version,
        language=given.language,
        agreed_at=tx.now if given.agreed else agreed_before,
        withdrawn_at=None if given.agreed else tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    what = "consent.agree" if given.agreed else "consent.withdraw"
    audit.record(
        tx, what, client_id=client.id, row_id=row.id, data={"key": item.key, "version": item.version}
    )
    return row


def holds_now(row: ConsentRow) -> bool:
    """True for an agreement that was not taken back."""
    return row.agreed_at is not None and row.withdrawn_at is None


def holds(tx: Tx, client: ClientFacts, key: str) -> bool:
    """Whether the client agrees to this now, to the words as they stand."""
    query = select(ConsentRow).where(ConsentRow.client_id == client.id, ConsentRow.key == key)
    row = tx.session.scalars(query.order_by(ConsentRow.id.desc()).limit(1)).one_or_none()
    return row is not None and row.version == consent.BY_KEY[key].version and holds_now(row)


def of_client(tx: Tx, client_id: UUID, help_words: HelpWords) -> ClientConsents:
    """What a client agreed to, for their care team. The look is recorded."""
    client = access.client(tx, Action.VIEW_CLIENT, client_id)
    access.looked(tx, "consents.view", client)
    rows = _rows(tx, client.id)
    items = _items(_newest(rows), Language.EN, help_words)
    return ClientConsents(version=consent.VERSION, items=items, said=_said(rows))


def everything_said(tx: Tx, client: ClientFacts) -> list[ConsentSaid]:
    """All that the client ever said to any item, newest first."""
    return _said(_rows(tx, client.id))


def _rows(tx: Tx, client_id: UUID) -> list[ConsentRow]:
    query = select(ConsentRow).where(ConsentRow.client_id == client_id)
    return list(tx.session.scalars(query.order_by(ConsentRow.id.desc())))


def _newest(rows: Sequence[ConsentRow]) -> dict[str, ConsentRow]:
    return {row.key: row for row in reversed(rows)}


def _said(rows: list[ConsentRow]) -> list[ConsentSaid]:
    return [ConsentSaid(row.key, row.version, row.language, row.agreed_at, row.withdrawn_at) for row in rows]


def _items(said: Mapping[str, ConsentRow], language: Language, help_words: HelpWords) -> list[ConsentOut]:
    return [_out(item, said.get(item.key), language, help_words) for item in ITEMS]


def _out(item: ConsentItem, last: ConsentRow | None, language: Language, help_words: HelpWords) -> ConsentOut:
    counts = last if last is not None and last.version == item.version else None
    return ConsentOut(
        key=item.key,
        kind=item.kind,
        version=item.version,
        title=item.title[language],
        text=consent.text_of(item, language, help_words),
        agreed_at=counts.agreed_at if counts else None,
        withdrawn_at=counts.withdrawn_at if counts else None,
    )
