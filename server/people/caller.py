"""Who calls: every request's work runs through here, in one transaction that begins by finding out who is asking."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request
from litestar.datastructures import State
from litestar.response import Response

from server.core import audit_looks
from server.core.actor import Actor
from server.core.db import Database, Tx
from server.core.errors import FieldProblem, Forbidden, Refusal, WrongMediaType
from server.core.settings import Settings
from server.core.strict_json import LARGEST_BODY, read
from server.people import access, sessions
from server.people.roles import Action, reach
from server.people.schemas import SignedIn
from server.people.terms import Role

T = TypeVar("T")
S = TypeVar("S", bound=SignedIn)

COOKIE = "__Host-handrail"
STAFF_COOKIE = "__Host-handrail-staff"
HERE_COOKIE = "__Host-handrail-here"
"""One for the client's phone app and one for the staff console: both may live in one browser.

The third says nothing but that a phone app was paired here, and the app may read it: some browsers clear what pages
keep after a while and leave cookies, and the app can say then that the phone was emptied.
"""

BACKGROUND = "handrail-background"
"""The header of what a page asks by itself, such as a live part: it does not count as using the session."""

AGAIN = "again"
"""The same where a page without script asks for itself anew: a word in its address."""

_PLAIN_NAME = re.compile(r"[a-z_]{1,40}")
_SAFE = ("GET", "HEAD", "OPTIONS")


class StrictRequest(Request[Any, Any, State]):
    """A request whose JSON body is read strictly, straight into the type the handler declares."""

    async def json(self) -> Any:
        """The body as the handler's `data` type; None where the route would rather act than refuse."""
        try:
            return await self._strictly()
        except Refusal:
            if self.route_handler.opt.get("rather_act"):
                return None
            raise

    async def _strictly(self) -> Any:
        labelled = self.headers.get("content-type", "application/json")
        if labelled.partition(";")[0].strip().lower() != "application/json":
            raise WrongMediaType
        declared = self.route_handler.parsed_fn_signature.parameters["data"].annotation
        return read(await self.body(), declared, self.route_handler.opt.get("largest_body", LARGEST_BODY))


def action(action: Action) -> dict[str, Any]:
    """The mark a route carries: which line of the access table it stands for."""
    return {"action": action}


def rather_act(action: Action) -> dict[str, Any]:
    """The same for a route that acts without its body when that cannot be read: a cry for help is heard."""
    return {"action": action, "rather_act": True}


class Caller:
    """The person behind one request. `write` and `read` run work as them, after the access table said yes."""

    _is_use = True

    def __init__(self, request: Request[Any, Any, State], db: Database, settings: Settings) -> None:
        self._is_page = bool(request.route_handler.opt.get("page"))
        _plain_query(request, empty_too=self._is_page)
        self.db = db
        self.settings = settings
        self.action: Action = request.route_handler.opt["action"]
        self.by_browser = "sec-fetch-site" in request.headers
        self._is_use = BACKGROUND not in request.headers and AGAIN not in request.query_params
        self._host = request.client.host if request.client else ""
        self._token = self._credential(request)

    @property
    def address(self) -> str:
        """The network address that tries are counted against."""
        return network_of(self._host)

    def _credential(self, request: Request[Any, Any, State]) -> str | None:
        bearer = request.headers.get("authorization", "")
        if bearer[:7].lower() == "bearer ":
            return bearer[7:].strip()
        names = (STAFF_COOKIE,) if self._is_page else _cookies_for(self.action)
        cookie = next((request.cookies[name] for name in names if name in request.cookies), None)
        if self._from_elsewhere(request) if cookie is None else not self._from_own_pages(request):
            raise Forbidden("This request did not come from Handrail's own pages.")
        return cookie

    def _from_elsewhere(self, request: Request[Any, Any, State]) -> bool:
        # Also where no cookie came along: a page of another site could sign a browser in as somebody else, or use up
        # the tries of a whole clinic. A native app says nothing of where it comes from, and passes.
        if request.method in _SAFE:
            return False
        site = request.headers.get("sec-fetch-site", "same-origin")
        return site != "same-origin" or ("origin" in request.headers and not self._same_origin(request))

    def _from_own_pages(self, request: Request[Any, Any, State]) -> bool:
        # "none" is an address that somebody typed: it would open the plan past the lock of the phone app. The pages
        # of the console may be opened so, and from a link in a message.
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return (
                self._is_page
                and request.method in _SAFE
                and request.headers.get("sec-fetch-mode") == "navigate"
            )
        return request.method in _SAFE or self._same_origin(request)

    def _same_origin(self, request: Request[Any, Any, State]) -> bool:
        try:
            origin = urlsplit(request.headers.get("origin", "")).netloc
        except ValueError:  # no address at all
            return False
        own = (urlsplit(self.settings.address).netloc, request.headers.get("host", ""))
        return origin != "" and origin in own

    def _as_them(self, tx: Tx) -> Tx:
        if self.action is Action.PUBLIC:
            return tx
        tx.actor = sessions.authenticate(tx, self._token)
        if not self._is_use:
            tx.seen.pop(sessions.UNUSED, None)
        if tx.actor.may_only_enrol and self.action not in (Action.ENROL_SECOND_FACTOR, Action.SIGN_OUT):
            raise Forbidden("Add a second factor first; until then nothing else opens.")
        access.require(tx, self.action)
        return tx

    async def write(self, work: Callable[[Tx], T], *, ahead: Callable[[Tx, str], object] | None = None) -> T:
        """Run work as the caller; its rows are on disk when this returns.

        `ahead`, given the token, may ask for what work will look at in one round trip with the session. Nothing of
        it is looked at before the session and the access table said yes.
        """

        def as_them(tx: Tx) -> T:
            if ahead is not None and self._token is not None:
                ahead(tx, self._token)
            result = work(self._as_them(tx))
            session_id = tx.seen.get(sessions.UNUSED)
            if session_id is not None:
                sessions.touch(tx, session_id)
            return result

        return await self.db.write(as_them)

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run work as the caller that changes nothing, beside the writers.

        A look at a client's data that is new is on disk when this returns: nobody is shown anything unrecorded.
        """

        def as_them(tx: Tx) -> tuple[T, list[audit_looks.Line], UUID | None]:
            looks: list[audit_looks.Line] = []
            tx.seen[audit_looks.LATER], before = looks, tx.changed
            result = work(self._as_them(tx))
            if tx.changed != before:
                raise AssertionError("work that only reads has changed something, which nobody would keep")
            return result, looks, tx.seen.get(sessions.UNUSED)

        result, looks, session_id = await self.db.read(as_them)

        def keep(tx: Tx) -> None:
            audit_looks.keep(tx, looks)
            if session_id is not None:
                sessions.touch(tx, session_id)

        if looks or session_id is not None:
            await self.db.write(keep)
        return result

    async def write_kept(self, work: Callable[[Tx], T | Refusal]) -> T:
        """Like `write`, for work that returns its refusal: what it stored (a counted try) is kept, then it raises."""
        result = await self.write(work)
        if isinstance(result, Refusal):
            raise result
        return result

    async def insist(self) -> None:
        """Refuse whoever may not do this, before anything of what they sent is read."""
        if self.action is not Action.PUBLIC:
            await self.whoami()

    async def whoami(self) -> Actor:
        """The caller, for long-lived answers such as the live stream. It does not count as using the session."""
        return await self.db.read(lambda tx: self._as_them(tx).actor)

    def signed_in(self, token: str, body: S) -> Response[S]:
        """The answer to a sign-in: a cookie for a browser, the token itself for a native app."""
        if not self.by_browser:
            body.token = token
            return Response(body)
        response = Response(body)
        give_cookie(response, token)
        return response


def give_cookie(response: Response[Any], token: str) -> None:
    """Let a browser keep a session's token.

    The console's goes along when a link in a message opens a page (lax); its forms and the phone app's requests
    are refused from anywhere else.
    """
    if sessions.is_staff(token):
        response.set_cookie(STAFF_COOKIE, token, path="/", secure=True, httponly=True, samesite="lax")
    else:
        longest = int(sessions.CLIENT_LONGEST.total_seconds())
        response.set_cookie(
            COOKIE, token, max_age=longest, path="/", secure=True, httponly=True, samesite="strict"
        )
        response.set_cookie(HERE_COOKIE, "1", max_age=longest, path="/", secure=True, samesite="strict")


def take_cookie(response: Response[Any], *, staff: bool) -> None:
    """Take it back. A name that begins with __Host- is only taken with the same marks it was given with."""
    name, site = (STAFF_COOKIE, "lax") if staff else (COOKIE, "strict")
    response.set_cookie(name, "", max_age=0, path="/", secure=True, httponly=True, samesite=site)
    if not staff:
        response.set_cookie(HERE_COOKIE, "", max_age=0, path="/", secure=True, samesite=site)


def _cookies_for(action: Action) -> tuple[str, ...]:
    """What a client may do is done by the phone app where both are signed in; all else is the console's."""
    return (COOKIE, STAFF_COOKIE) if reach(Role.CLIENT, action) else (STAFF_COOKIE,)


def _plain_query(request: Request[Any, Any, State], *, empty_too: bool) -> None:
    """Refuse a parameter that comes twice, or as a script's "null": a page asked for so would be the first for ever.

    `empty_too`: a form that filters a page sends the fields that were left empty as well.
    """
    if not request.scope["query_string"]:
        return
    names = [name for name, _ in request.query_params.multi_items()]
    for name, value in request.query_params.multi_items():
        if names.count(name) > 1 or value == "null" or (value == "" and not empty_too):
            path = name if _PLAIN_NAME.fullmatch(name) else "query"
            raise Refusal(errors=[FieldProblem(path, "send one value, or leave it out")])


def network_of(host: str) -> str:
    """The address tries are counted against: the /64 of an IPv6 address, since one person has all of it."""
    try:
        parsed = ip_address(host)
    except ValueError:
        return host
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(parsed) if parsed.version == 4 else parsed.exploded[:19]


def provide_caller(request: Request[Any, Any, State], state: State) -> Caller:
    """Litestar's dependency."""
    return Caller(request, state.db, state.settings)
