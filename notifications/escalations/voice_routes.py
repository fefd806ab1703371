"""What a telephone call says and hears. The provider asks these addresses; the token in the path says for which call.

A case is taken only where 1 was pressed in a request with the signature of a provider that makes calls for us: a token
that leaked takes none. The neutral sentence is said whoever asks, since a signature that does not hold (a proxy, a
changed key) must not silence a call at night. No limit of tries: the questions all come from the provider's few
addresses, many at once in a bad hour, and a token of 128 bits is not guessed. A machine that answers is told the
sentence and can take nothing.
"""

import logging
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.response import Response

from notifications.delivery import spoken
from notifications.delivery.call_lines import CallLine
from notifications.delivery.messages import call_line
from notifications.delivery.provider_routes import told_by
from notifications.delivery.providers import chosen
from notifications.delivery.staff_models import LinkUse
from notifications.escalations import links
from notifications.escalations.links import LANGUAGE, Standing
from server.core.db import Database, Tx
from server.people.caller import action
from server.people.roles import Action

log = logging.getLogger("handrail.escalations")

_TAKES = "1"
_MACHINES = ("machine", "fax")
_TOLD = {
    Standing.TAKEN: CallLine.HAVE_IT,
    Standing.A_COLLEAGUE_HAS_IT: CallLine.A_COLLEAGUE_HAS_IT,
    Standing.USED: CallLine.USED,
    Standing.OVER: CallLine.OVER,
    Standing.NOT_YOURS: CallLine.NOT_YOURS,
    Standing.DRILL_ANSWERED: CallLine.DRILL_ANSWERED,
    Standing.DRILL_OVER: CallLine.DRILL_OVER,
}
_PUBLIC = action(Action.PUBLIC)


@get("/voice/{token:str}", opt=_PUBLIC, include_in_schema=False)
async def get_voice(request: Request[Any, Any, State], state: State, token: str) -> Response[str]:
    """The sentence, twice, and the key to press."""
    return await _say(state.db, token, await _fields(request), again=True)


@post("/voice/{token:str}", opt=_PUBLIC, include_in_schema=False, status_code=200)
async def post_voice(request: Request[Any, Any, State], state: State, token: str) -> Response[str]:
    """The same, as most providers ask for it."""
    return await _say(state.db, token, await _fields(request), again=True)


@post("/voice/{token:str}/again", opt=_PUBLIC, include_in_schema=False, status_code=200)
async def post_again(request: Request[Any, Any, State], state: State, token: str) -> Response[str]:
    """Once more, for whoever pressed nothing or another key; then it hangs up."""
    return await _say(state.db, token, await _fields(request), again=False)


@post("/voice/{token:str}/pressed", opt=_PUBLIC, include_in_schema=False, status_code=200)
async def post_pressed(request: Request[Any, Any, State], state: State, token: str) -> Response[str]:
    """1 takes the case; any other key has it said once more."""
    return await _heard(request, state, token, again=True)


@post("/voice/{token:str}/again/pressed", opt=_PUBLIC, include_in_schema=False, status_code=200)
async def post_pressed_again(request: Request[Any, Any, State], state: State, token: str) -> Response[str]:
    """1 takes the case; any other key ends the call."""
    return await _heard(request, state, token, again=False)


async def _heard(
    request: Request[Any, Any, State], state: State, token: str, *, again: bool
) -> Response[str]:
    db: Database = state.db
    fields = await _fields(request)
    if _is_machine(fields):
        return _document(spoken.says(call_line(CallLine.OVER, LANGUAGE), LANGUAGE))
    if fields.get("Digits") != _TAKES:
        return await _say(db, token, fields, again=False, ended=not again)
    if not chosen.signed_by_caller(state.settings, await told_by(request, state.settings), db.clock.now()):
        log.error("1 was pressed in a call without the signature of a provider that makes calls")
        return _document(spoken.says(call_line(CallLine.UNSIGNED, LANGUAGE), LANGUAGE))
    standing = await db.write(lambda tx: links.take(tx, LinkUse.VOICE, token))
    return _document(spoken.says(call_line(_TOLD[standing], LANGUAGE), LANGUAGE))


async def _say(
    db: Database, token: str, fields: dict[str, str], *, again: bool, ended: bool = False
) -> Response[str]:
    def gather(tx: Tx) -> tuple[Standing, str]:
        return links.look(tx, LinkUse.VOICE, token), links.programme_name(tx, LinkUse.VOICE, token)

    standing, name = await db.read(gather)
    if standing not in links.STANDS_OPEN:
        return _document(spoken.says(call_line(_TOLD[standing], LANGUAGE), LANGUAGE))
    practice = standing is Standing.DRILL
    words = call_line(CallLine.DRILL_SPOKEN if practice else CallLine.SPOKEN, LANGUAGE, name)
    if ended or _is_machine(fields):
        return _document(spoken.says(words, LANGUAGE))
    here = f"/api/voice/{token}"
    pressed = f"{here}/pressed" if again else f"{here}/again/pressed"
    press = CallLine.DRILL_PRESS if practice else CallLine.PRESS
    asked = f"{words} {call_line(press, LANGUAGE, key=_TAKES)}"
    then = f"{here}/again" if again else None
    return _document(spoken.asks(asked, LANGUAGE, pressed=pressed, then=then))


def _is_machine(fields: dict[str, str]) -> bool:
    return fields.get("AnsweredBy", "").lower().startswith(_MACHINES)


async def _fields(request: Request[Any, Any, State]) -> dict[str, str]:
    """What the provider says of the call, in the address or as a form; nothing where that cannot be read."""
    body = request.scope["query_string"] if request.method == "GET" else await request.body()
    return dict(parse_qsl(body.decode(errors="replace")))


def _document(text: str) -> Response[str]:
    return Response(text, media_type="application/xml", headers={"X-Robots-Tag": "noindex"})


routes: list[Any] = [get_voice, post_voice, post_again, post_pressed, post_pressed_again]
