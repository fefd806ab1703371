"""Refusals in the words of RFC 9457. None of them ever repeats what was sent in."""

from collections.abc import Iterable, Mapping

import msgspec


class FieldProblem(msgspec.Struct, frozen=True):
    """One thing wrong with the input: where (a dotted path) and what, in a sentence."""

    path: str
    message: str


class Refusal(Exception):
    """An answer of 4xx with a clear reason. Raising one rolls the transaction back."""

    status = 400
    title = "This request cannot be carried out"
    kind = "bad-request"

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Iterable[FieldProblem] = (),
        extra: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = tuple(errors)
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


class Invalid(Refusal):
    """The input was understood and is wrong; `errors` names each field."""

    status = 422
    title = "Some fields need another look"
    kind = "invalid"

    @classmethod
    def field(cls, path: str, message: str) -> "Invalid":
        """A refusal of one field."""
        return cls(errors=[FieldProblem(path, message)])


class Unreadable(Refusal):
    """The body could not be read as the JSON this address expects."""

    title = "The body could not be read"
    kind = "unreadable"


class Unauthenticated(Refusal):
    """Nobody is signed in, or the session has ended."""

    status = 401
    title = "Sign in first"
    kind = "sign-in-needed"


class Forbidden(Refusal):
    """The caller's role does not include this action."""

    status = 403
    title = "Your role does not include this"
    kind = "forbidden"


class NotFound(Refusal):
    """It does not exist, or it is not the caller's to see; the two look the same on purpose."""

    status = 404
    title = "We did not find that"
    kind = "not-found"


class Conflict(Refusal):
    """The request fights with what is already stored."""

    status = 409
    title = "This does not fit with what is already stored"
    kind = "conflict"


class Gone(Refusal):
    """It was there once and is over: a used or expired code."""

    status = 410
    title = "This is over"
    kind = "gone"


class EditedMeanwhile(Refusal):
    """Somebody else saved first. `extra` carries both texts so that nothing typed is lost."""

    status = 412
    title = "Somebody else changed this meanwhile"
    kind = "edited-meanwhile"


class PreconditionNeeded(Refusal):
    """An edit without If-Match could overwrite somebody; it is refused."""

    status = 428
    title = "Say which version you edited (If-Match)"
    kind = "if-match-needed"


class TooLarge(Refusal):
    """The body is over the limit."""

    status = 413
    title = "The body is too large"
    kind = "too-large"


class WrongMediaType(Refusal):
    """The body is labelled as something this address does not read."""

    status = 415
    title = "Send application/json"
    kind = "unsupported-media-type"


class TooManyTries(Refusal):
    """The limit of tries is reached; `Retry-After` says for how long."""

    status = 429
    title = "Too many tries"
    kind = "too-many-tries"


class Busy(Refusal):
    """The database could not take the work now; the caller may repeat the same request safely."""

    status = 503
    title = "Not stored; try again in a moment"
    kind = "busy"


class Fault(Refusal):
    """Something of ours broke; the transaction was taken back."""

    status = 500
    title = "Something went wrong here; nothing was stored"
    kind = "fault"
