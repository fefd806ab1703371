"""What is on record about a client: consents, copies of the plan, steps used, the discharge, and who looked."""

from typing import Any
from uuid import UUID

from crisisplans import queries as plans
from crisisplans import uses
from notifications.delivery.messages import Sentence, say
from server.console.clients import client, discharge
from server.console.plans import plan_copies
from server.console.plans.plan_words import TITLES
from server.core.db import Tx
from server.people import access, access_log, consents
from server.people.roles import Action
from server.people.terms import Language


def shown(tx: Tx, client_id: UUID, cursor: int | None) -> dict[str, Any]:
    """What the client agreed to, every copy of the plan, which steps helped, a discharge, and who looked."""
    facts = access.client(tx, Action.VIEW_CLIENT, client_id)
    help_words = {Language.EN: say(Sentence.IF_NEEDED, Language.EN, plans.main_line())}
    return {
        **client.head(tx, facts),
        "consents": consents.of_client(tx, client_id, help_words).items,
        "copies": plan_copies.past(tx, client_id),
        "uses": uses.of_client(tx, client_id),
        "sections": TITLES,
        "departure": discharge.standing(tx, facts),
        "log": access_log.of_client(tx, client_id, cursor),
    }
