"""Providers whose answer to one attempt was lost, as the attempt's code names them: "sms,sms2: timed_out"."""

from notifications.delivery.outcomes import Ambiguous, Outcome, Sent

_END = ": "
_LONGEST = 64


def written(outcome: Outcome) -> str | None:
    """The code of an attempt, after the names of those that may have taken it without our hearing of it."""
    code = None if isinstance(outcome, Sent) else outcome.code
    names = outcome.unheard if isinstance(outcome, Sent | Ambiguous) else ()
    return f"{','.join(names)}{_END}{code or 'unheard'}"[:_LONGEST] if names else code


def names_in(code: str | None) -> set[str]:
    """The names in such a code; none in any other."""
    names, end, _ = (code or "").partition(_END)
    return set(names.split(",")) if end else set()
