"""How a staff member wants what is neither urgent nor a call (the rule: `way_order`)."""

from sqlalchemy import literal

from notifications.delivery.number_schemas import StaffNotices
from notifications.delivery.staff_models import StaffWishesRow
from notifications.delivery.way_order import USUAL, Sort, whole
from server.core import audit
from server.core.db import Tx
from server.core.errors import Invalid, NotFound
from server.core.tables import UTCDateTime


def own(tx: Tx) -> StaffNotices:
    """The acting person's wishes; the usual order and no quiet hours until they say otherwise."""
    row = tx.session.get(StaffWishesRow, tx.actor.id)
    if row is None:
        return StaffNotices()
    known = {sort.value for sort in USUAL}
    order = whole([Sort(word) for word in row.first_ways.split(",") if word in known])
    return StaffNotices(list(order), row.quiet_from, row.quiet_to)


def change(tx: Tx, given: StaffNotices) -> StaffNotices:
    """Keep them as given. Invalid names the half of the quiet hours that is missing."""
    if tx.actor.id is None:
        raise NotFound
    if (given.quiet_from is None) != (given.quiet_to is None):
        missing = "quiet_to" if given.quiet_to is None else "quiet_from"
        raise Invalid.field(missing, "quiet hours need a beginning and an end")
    if given.quiet_from is not None and given.quiet_from == given.quiet_to:
        raise Invalid.field("quiet_to", "quiet hours end at another time than they begin")
    values = {
        "first_ways": ",".join(whole(given.order)),
        "quiet_from": given.quiet_from,
        "quiet_to": given.quiet_to,
    }
    kept = tx.upsert(StaffWishesRow).values(staff_id=tx.actor.id, changed_at=tx.now, **values)
    changed = {**values, "changed_at": literal(tx.now, UTCDateTime())}
    tx.session.execute(kept.on_conflict_do_update(index_elements=[StaffWishesRow.staff_id], set_=changed))
    tx.session.expire_all()
    audit.record(tx, "notices.edit", row_id=tx.actor.id)
    return own(tx)
