"""The dead-man address outside: hears from us while all holds, and hears at once when something does not.

Whoever keeps it raises the alarm when we fall silent, whatever we fell silent of. Speaks the way of healthchecks:
a plain request is "all holds", one to `/fail` carries a short text.
"""

from collections.abc import Sequence
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from server.watch.findings import Finding, in_one_line

TIMEOUT = 10.0
"""Seconds that each step of a ping may take."""

LONGEST = 1000
"""So many characters of text at the most."""


class PingFailed(Exception):
    """The address did not take it. Says how, and never the address, which is a secret."""


class Stay(HTTPRedirectHandler):
    """An address that sends us elsewhere is not followed."""

    def redirect_request(
        self, req: object, fp: object, code: object, msg: object, headers: object, newurl: object
    ) -> None:
        """Nowhere."""


def ping(url: str, findings: Sequence[Finding]) -> None:
    """Say that all holds, or what does not. Raises PingFailed."""
    if findings:
        text = "\n".join(in_one_line(finding) for finding in findings)[:LONGEST]
        request = Request(fail_address(url), data=text.encode(), method="POST")  # noqa: S310  settings checked it
        request.add_header("Content-Type", "text/plain; charset=utf-8")
    else:
        request = Request(url, method="GET")  # noqa: S310  settings checked it
    request.add_header("User-Agent", "handrail-auditor")
    try:
        with build_opener(Stay).open(request, timeout=TIMEOUT):
            return
    except HTTPError as error:
        error.close()
        raise PingFailed(f"status {error.code}") from None
    except (OSError, ValueError, HTTPException) as error:
        raise PingFailed(type(error).__name__) from None


def fail_address(url: str) -> str:
    """The address for what does not hold: `/fail` behind the path, a query stays."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/fail"))
