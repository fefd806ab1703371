"""What a client has behind them before their phone is set up: own questions, and answers on earlier days."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import msgspec

from checkins.default_questionnaire import Sign, SignStage, build
from checkins.definition import Item, ItemKind, Option, Text
from server.people import sessions
from tests.phone.house import PLAN, SIGN, Site

CHOOSE_SOME = Item(
    key="helped",
    kind=ItemKind.MULTIPLE,
    text=Text(en="What helped you today?", es="¿Qué te ayudó hoy?"),
    options=(
        Option("walk", Text(en="A walk", es="Una caminata")),
        Option("people", Text(en="Talking to people", es="Hablar con gente")),
        Option("sleep", Text(en="Sleep", es="Dormir")),
    ),
)


def ask_with_choices(site: Site, client_id: UUID) -> None:
    """The client's own questionnaire, with one question of every kind."""
    sign = Sign(id=SIGN, text=PLAN["warning_signs"][0]["text"], stage=SignStage.EARLY)
    usual = build([sign])
    asked = msgspec.structs.replace(
        usual,
        items=(*usual.items[:2], CHOOSE_SOME, *usual.items[2:]),
        rotating=(),
        rules=tuple(rule for rule in usual.rules if not rule.key.startswith("help.")),
    )
    body = {"client_id": str(client_id), "definition": msgspec.to_builtins(asked)}
    with site.staff("Ida") as ida:
        answer = ida.post("/questionnaires", json=body)
        assert answer.status_code == 201, answer.text


def answer_on_earlier_days(site: Site, client_id: UUID) -> None:
    """Four calm days before today, sent by another phone."""
    home = site.home
    token = home.db.write_now(
        lambda tx: sessions.start(tx, programme_id=home.programme_id, client_id=client_id)
    )
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{site.url}/api", headers=headers, timeout=20) as phone:
        asked = phone.get("/me/checkins").json()["anytime"]["questionnaire_id"]
        for days, mood in ((4, 4), (3, 6), (2, 5), (1, 7)):
            at = datetime.now(UTC) - timedelta(days=days)
            answers = {"mood": mood, "sleep": 7, "thoughts": False, "safe_now": "safe", f"sign.{SIGN}": 0}
            body = {"answered_at": at.isoformat(), "answers": answers, "questionnaire_id": asked}
            answer = phone.put(f"/me/checkins/{uuid4()}/answer", json=body)
            assert answer.status_code == 200, answer.text
