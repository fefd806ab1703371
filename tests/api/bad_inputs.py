"""Bad requests besides bad bodies: labels, headers, addresses, callers, files; and the whole table."""

from collections.abc import Iterator
from itertools import chain

import msgspec

from tests.api.bad_bodies import (
    ANSWER,
    CASE,
    CLIENT,
    CLIENTS,
    CSV,
    FRESH,
    JSON,
    MARKER,
    UNKNOWN,
    Bad,
    client,
    fields,
    numbers,
    sent,
    times,
    too_large,
    unreadable,
)

__all__ = ["ALL", "MARKER", "Bad"]


def labels() -> Iterator[Bad]:
    """Right body, wrong label; wrong headers."""
    body = msgspec.json.encode(client())
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        MARKER,
        "",
        "a/b;\x7f",
    ):
        yield Bad(f"labelled {kind!r}", "mara", "POST", CLIENTS, 415, None, body, {"Content-Type": kind})
    yield Bad("a file labelled JSON", "sol", "POST", "/crisis-lines/import", 415, None, b"x", dict(JSON))
    edit = msgspec.json.encode(client(language="en", risk_level="low"))
    yield Bad("no If-Match", "mara", "PUT", CLIENT, 428, None, edit, dict(JSON))
    for tag in ("*", '""', MARKER, '"99999999999"', '"-1"', '"1.5"', '"²"', '"٣"', '"1","2"'):
        headers = {**JSON, "If-Match": tag.encode()}
        yield Bad(f"If-Match {tag}", "mara", "PUT", CLIENT, 422, "If-Match", edit, headers)
    old = {**JSON, "If-Match": '"77"'}
    yield Bad("another version", "mara", "PUT", CLIENT, 412, None, edit, old)
    long = {**JSON, "If-Match": "1" * 50}
    yield Bad("a long If-Match", "mara", "PUT", CLIENT, 400, "If-Match", edit, long)


def addresses() -> Iterator[Bad]:
    """Paths, methods and queries."""
    for path in ("1", MARKER, "%00", "%ff%fe", "..%2f..%2fetc%2fpasswd", "%F0%9F%92%A9", UNKNOWN):
        yield Bad(f"client {path}", "mara", "GET", f"/clients/{path}", 404)
    for number in ("0", "99999999999", "2147483648", "9" * 400, "-1", "1.5", "٣", MARKER):
        name = f"revision {number[:12]}"
        yield Bad(name, "mara", "GET", f"{CLIENT}/plan/revisions/{number}", 404)
        yield Bad(f"receipt {number[:12]}", "noor", "PUT", f"/me/plan/receipts/{number}", 404)
    yield Bad("nowhere", "mara", "GET", f"/{MARKER}", 404)
    for method in ("PATCH", "TRACE", "DELETE", MARKER.upper()):
        yield Bad(f"{method} cases", "mara", method, "/cases", 405)
    for cursor in (MARKER, "0192c0de", "null", "", "%00", "9" * 60, "%7B" + UNKNOWN + "%7D"):
        for list_of in (CLIENTS, "/staff", "/cases", f"{CLIENT}/plan/reviews", f"{CLIENT}/checkins"):
            path = f"{list_of}?cursor={cursor}"
            yield Bad(f"{list_of} from {cursor[:9]}", "mara", "GET", path, 400, "cursor")
        yield Bad(
            f"revisions from {cursor[:9]}",
            *("mara", "GET", f"{CLIENT}/plan/revisions?cursor={cursor}", 400, "cursor"),
        )
    yield Bad("a state that is none", "mara", "GET", f"/cases?state={MARKER}", 400, "state")
    yield Bad("two states", "mara", "GET", "/cases?state=open&state=all", 400, "state")
    far = f"{CLIENT}/plan/revisions/1/diff?against=" + "9" * 30
    yield Bad("a far revision", "mara", "GET", far, 400, "against")
    maybe = f"/crisis-lines/import?dry_run={MARKER}"
    yield Bad("a dry run perhaps", "sol", "POST", maybe, 400, "dry_run", b"x", dict(CSV))


def nobody() -> Iterator[Bad]:
    """Somebody who is not signed in pretends."""
    for value in (
        *(b"Bearer \xff\xfe" + MARKER.encode(), b"Bearer " + b"x" * 10_240, b"Bearer", b"Bearer "),
        *(b"Basic " + MARKER.encode(), "Bearer é".encode(), b"Bearer a b", b"Bearer \x00", MARKER.encode()),
    ):
        yield Bad(f"auth {value[:14]!r}", "", "GET", "/me", 401, headers={"Authorization": value})
    for value in (
        *(b"__Host-handrail=" + MARKER.encode(), b"__Host-handrail=\xff\xfe", b'__Host-handrail="', b"=;;;="),
        *(b"x" * 10_000, b"__Host-handrail=a; __Host-handrail=b"),
    ):
        yield Bad(f"cookie {value[:20]!r}", "", "GET", "/me", 401, headers={"Cookie": value})
    for origin in ("https://evil.example", "http://[", "http://[::1", "null", "[", MARKER):
        headers: dict[str, str | bytes] = {"Cookie": f"__Host-handrail={MARKER}", "Origin": origin}
        yield Bad(f"from {origin}", "", "POST", "/sign-out", 403, headers=headers)
    wrong = {"email": "mara@riverside.example", "password": MARKER, "otp": "²²²²²²"}
    yield sent("a wrong password", "", "POST", "/sign-in", 401, None, wrong)
    for code in (MARKER, "é²İſ", "0000000000", " " * 10):
        yield sent(f"code {code}", "", "POST", "/pair", 422, "code", {"code": code})


def not_yours() -> Iterator[Bad]:
    """Other people's things."""
    given = {"answered_at": "2026-01-13T15:00:00Z", "answers": {"mood": 5}}
    yield sent("somebody else's check-in", "lena", "PUT", ANSWER, 404, None, given)
    mine = {"channel": "fcm", "token": MARKER}
    yield sent("somebody else's phone", "lena", "PUT", "/me/devices/{device_id}", 404, None, mine)
    yield sent("another programme's client", "otto", "POST", f"{CLIENT}/cases", 404, None, {"tier": "urgent"})
    over = {"to": UNKNOWN, "note": MARKER}
    yield sent("over to nobody", "mara", "POST", f"{CASE}/hand-over", 409, None, over)
    role = {"role": "backup", "staff_id": UNKNOWN}
    yield sent("a care role for nobody", "mara", "PUT", f"{CLIENT}/care-team", 404, None, role)
    yield sent(
        "a client enters answers", "noor", "PUT", f"{CLIENT}/checkins/{FRESH}/answer", 403, None, given
    )


def files() -> Iterator[Bad]:
    """Crisis lines that nobody may be sent to."""
    head = (
        b"key,kind,name_en,name_es,number,url,sms_keywords,press,languages,hours_en,hours_es,area,checked_on,"
        b"checked_by,check_again_by\n"
    )
    good = b"warm,call,Warm line,Linea,(503) 555-0150,,,,en es,Day,Dia,OR,2026-01-05,Sol,2026-06-30"
    bad_rows = {
        "no number": good.replace(b"(503) 555-0150", b""),
        "a number that is none": good.replace(b"(503) 555-0150", MARKER.encode()),
        "a formula": good.replace(b"Warm line", b"=HYPERLINK(" + MARKER.encode() + b")"),
        "checked tomorrow": good.replace(b"2026-01-05", b"2026-01-14"),
        "a national key": good.replace(b"warm,", b"lifeline_call,"),
        "twice the same": good + b"\n" + good,
        "a cell short": good.rpartition(b",")[0],
        "bad utf-8": good.replace(b"Warm", b"\xff\xfe"),
        "a NUL": good.replace(b"Warm", b"\0"),
        "an open quote": good.replace(b"Warm", b'"Warm'),
    }
    for name, row in bad_rows.items():
        yield Bad(f"lines: {name}", "sol", "POST", "/crisis-lines/import", 422, None, head + row, dict(CSV))
    yield Bad("lines: no head", "sol", "POST", "/crisis-lines/import", 422, None, good, dict(CSV))
    yield Bad("lines: no file", "sol", "POST", "/crisis-lines/import", 400, None, b"", dict(CSV))


ALL = list(
    chain(
        *(unreadable(), too_large(), numbers(), times(), fields(), labels(), addresses(), nobody()),
        *(not_yours(), files()),
    )
)
