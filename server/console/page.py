"""One request for a staff page: who asks, what the form held, and how the page is answered.

Every page is made in one transaction. The look at a client's data is on disk before the page goes out: recorded in
the same transaction, or right after it where the page is read beside the writers. A form that is refused comes back
as it was, with the reason at its field; nothing typed is lost.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Response, Template

from server.console import frame
from server.console.faults import plain
from server.core.assets import security
from server.core.db import Tx
from server.core.errors import FieldProblem, Invalid, Refusal, TooLarge, Unreadable
from server.core.strict_json import LARGEST_BODY, explain
from server.people.caller import Caller
from server.people.roles import Action

T = TypeVar("T")

HEADERS = {
    **security(form_action="'self'"),
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
"""On every page: nobody's shared disk keeps it. Under "no-referrer" a browser sends a form's Origin as null."""

_LINES = ("\r\n", "\n")
"""A form sends line breaks as both characters."""

MOST_FIELDS = 1000
"""Fields in a form."""

NO_FORM = "This is not a form of these pages."
NOT_WHOLE = "This form is not whole; open the page again."


def page_of(action: Action) -> dict[str, Any]:
    """The marks of a page's route: which line of the access table it stands for, and that it is a page."""
    return {"action": action, "page": True}


class Tried(msgspec.Struct):
    """A form as it was sent, and why it was refused: what the page shows again. Empty for a fresh page."""

    sent: dict[str, list[str]] = {}
    problem: Refusal | None = None

    def value(self, name: str, default: object = "") -> str:
        """What a field holds: what was typed, else what is stored."""
        if name in self.sent:
            return self.sent[name][0]
        return "" if default is None else str(default)

    def values(self, name: str, default: tuple[str, ...] = ()) -> list[str]:
        """The same for a field that may hold several; a form that was sent holds just what was chosen."""
        return self.sent.get(name, []) if self.sent else list(default)

    def id(self, name: str) -> UUID | None:
        """The id that a hidden field carries, None where it is empty; Unreadable for what is none."""
        text = self.value(name)
        try:
            return UUID(text) if text else None
        except ValueError:
            raise Unreadable(NOT_WHOLE) from None

    def version(self) -> int:
        """The version of what was looked at, which the form carries; Unreadable without one."""
        text = self.value("version")
        if not text.isdecimal() or len(text) > 9:
            raise Unreadable(NOT_WHOLE)
        return int(text)

    def error(self, name: str) -> str | None:
        """What is wrong with a field."""
        errors = self.problem.errors if self.problem else ()
        return next((plain(each.message) for each in errors if each.path == name), None)

    def others(self, names: tuple[str, ...]) -> list[FieldProblem]:
        """What is wrong with anything but these fields."""
        errors = self.problem.errors if self.problem else ()
        return [each for each in errors if each.path not in names]

    def read(self, kind: type[T], **more: object) -> T:
        """The form as `kind`: empty fields count as left out. Invalid names the field that does not fit.

        A list field takes every value sent under its name; `more` are values that come from elsewhere.
        """
        given: dict[str, object] = {}
        for field in msgspec.structs.fields(kind):  # pyright: ignore[reportArgumentType]  a Struct
            values = [text for text in self.sent.get(field.encode_name, []) if text.strip()]
            many = isinstance(msgspec.inspect.type_info(field.type), _MANY)
            if values:
                given[field.encode_name] = values if many else values[0]
        try:
            return msgspec.convert({**given, **more}, kind, strict=False)
        except msgspec.ValidationError as error:
            raise Invalid(errors=[explain(error)]) from None


_MANY = (msgspec.inspect.ListType, msgspec.inspect.VarTupleType, msgspec.inspect.SetType)


def fields_of(body: bytes, most: int) -> Tried:
    """The fields of a form that was sent as one line; Unreadable for more than `most` and for what is no form."""
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=most,
        )
    except ValueError:
        raise Unreadable(NO_FORM) from None
    return tried_with(pairs)


def tried_with(pairs: Iterable[tuple[str, str]]) -> Tried:
    """A form of these fields, by name."""
    sent: dict[str, list[str]] = {}
    for name, text in pairs:
        if "\0" in text:
            raise Unreadable("Text may not contain the NUL character.")
        sent.setdefault(name, []).append(text.replace(*_LINES))
    return Tried(sent)


class Page:
    """The request, its caller, and the ways to answer it."""

    def __init__(self, request: Request[Any, Any, State], caller: Caller) -> None:
        self.request = request
        self.caller = caller
        self.settings = caller.settings

    @property
    def done(self) -> str:
        """The word that the page before left behind: what has just been done."""
        return self.request.query_params.get("done") or ""

    async def form(self) -> Tried:
        """What the form holds. TooLarge and Unreadable for what no form of ours sends."""
        return fields_of(await self.body(LARGEST_BODY), MOST_FIELDS)

    async def body(self, most: int) -> bytes:
        """What was sent, up to `most` bytes; TooLarge for more."""
        return b"".join([part async for part in self.parts(most)])

    async def parts(self, most: int) -> AsyncIterator[bytes]:
        """The same piece by piece. Nothing is read from somebody who may not do this, nor beyond the limit."""
        await self.caller.insist()
        left = most
        too_large = TooLarge(f"The limit is {most // 1024} KiB.")
        try:
            if (self.request.content_length or 0) > most:
                raise too_large
            async for part in self.request.stream():
                left -= len(part)
                if left < 0:
                    raise too_large
                yield part
        except HTTPException as error:  # over the route's own limit
            raise (too_large if error.status_code == TooLarge.status else Unreadable(NO_FORM)) from None

    async def show(
        self,
        template: str,
        gather: Callable[[Tx], Mapping[str, Any]],
        tried: Tried | None = None,
        *,
        looks_only: bool = False,
    ) -> Response[Any]:
        """The page with what `gather` found, in the frame of whoever is signed in.

        `looks_only`: gathering stores nothing but looks, and need not wait for those who write.
        """

        def both(tx: Tx) -> tuple[frame.Frame, Mapping[str, Any]]:
            found = gather(tx)
            return frame.of(tx, self.request.url.path), found

        run = self.caller.read if looks_only else self.caller.write
        framed, found = await run(both)
        return self.render(template, tried, frame=framed, now=framed.now, **found)

    def render(self, template: str, tried: Tried | None = None, **context: Any) -> Response[Any]:
        """A page of these facts alone."""
        tried = tried or Tried()
        return Template(
            template_name=template,
            context={
                "frame": None,
                **context,
                "tried": tried,
                "problem": tried.problem,
                "static": self.request.app.state.console.static,
                "said": context.get("said"),
            },
            status_code=tried.problem.status if tried.problem else 200,
            headers=HEADERS,
            media_type="text/html",
        )

    async def act(
        self,
        tried: Tried,
        verb: Callable[[Tx], Any],
        *,
        then: str | Callable[[Any], str],
        again: Callable[[], Awaitable[Response[Any]]],
        kept: bool = False,
    ) -> Response[Any]:
        """Run a verb on what the form holds, then go on to a page; refused, the same page comes `again`.

        `then` may depend on what the verb returned. A session that has ended is not the form's fault and is raised.
        `kept`: the verb returns its refusal, and what it counted is stored.
        """
        try:
            result = await (self.caller.write_kept(verb) if kept else self.caller.write(verb))
        except Refusal as refusal:
            if refusal.status in (401, 404):
                raise
            tried.problem = refusal
            return await again()
        return self.go(then if isinstance(then, str) else then(result))

    def go(self, path: str) -> Response[Any]:
        """On to another of our pages, by GET."""
        return Redirect(path, status_code=303, headers=HEADERS)


def provide_page(request: Request[Any, Any, State], caller: Caller) -> Page:
    """Litestar's dependency."""
    return Page(request, caller)
