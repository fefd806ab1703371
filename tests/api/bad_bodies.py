"""Bad bodies: who sends what where, the status it gets, and the field the refusal names."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

MARKER = "Qv4SentXk"
"""In everything that is sent; it may come back in no answer and no log line."""

JSON = {"Content-Type": "application/json"}
CSV = {"Content-Type": "text/csv"}
UNKNOWN = "0192c0de-0000-7000-8000-00000000dead"
FRESH = "0192c0de-0000-7000-8000-00000000beef"

ANSWER = "/me/checkins/{checkin_id}/answer"
CLIENTS = "/clients"
CLIENT = "/clients/{client_id}"
SCHEDULES = "/clients/{client_id}/schedules"
PAUSE = "/clients/{client_id}/schedules/{schedule_id}/pause"
DRAFT = "/clients/{client_id}/plan/draft"
CASE = "/cases/{case_id}"


@dataclass(frozen=True)
class Bad:
    """One bad request. `where` is the path the refusal names; None: the whole request is meant."""

    name: str
    who: str
    method: str
    path: str
    status: int
    where: str | None = None
    body: bytes | Callable[[], Iterable[bytes]] | None = None
    headers: dict[str, str | bytes] = field(default_factory=dict)


def sent(name: str, who: str, method: str, path: str, status: int, where: str | None, body: Any) -> Bad:
    """A request with a JSON body; bytes go as they are."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Bad(name, who, method, path, status, where, raw, dict(JSON))


def client(**changes: Any) -> dict[str, Any]:
    return {"name": MARKER, "zone": "America/Chicago", **changes}


def schedule(**changes: Any) -> dict[str, Any]:
    recurrence = {"frequency": "daily", "times": ["09:00", "10:00"]}
    return {"recurrence": recurrence, "window_minutes": 60, "starts_on": "2026-01-13", **changes}


def answer(value: bytes, item: bytes = b"mood") -> bytes:
    return b'{"answered_at":"2026-01-13T15:00:00Z","answers":{"%s":%s}}' % (item, value)


def unreadable() -> Iterator[Bad]:
    """Bytes that are no JSON of ours."""
    marked = MARKER.encode()
    deep = b'{"a":' * 12_000 + b'"' + marked + b'"'
    for name, body in {
        "nested arrays": b'{"name":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        "nested objects": deep[:40_000],
        "bad utf-8": b'{"name":"\xff\xfe%s","zone":"UTC"}' % marked,
        "overlong utf-8": b'{"name":"\xc0\xaf%s","zone":"UTC"}' % marked,
        "utf-16": msgspec.json.encode(client()).decode().encode("utf-16"),
        "byte order mark": b"\xef\xbb\xbf" + msgspec.json.encode(client()),
        "raw NUL": b'{"name":"\0%s","zone":"UTC"}' % marked,
        "escaped NUL": b'{"name":"\\u0000%s","zone":"UTC"}' % marked,
        "escaped NUL in a key": b'{"%s\\u0000":1}' % marked,
        "lone high surrogate": b'{"name":"\\ud800%s","zone":"UTC"}' % marked,
        "lone low surrogate": b'{"name":"%s\\udfff","zone":"UTC"}' % marked,
        "surrogate as utf-8": b'{"name":"\xed\xa0\x80%s","zone":"UTC"}' % marked,
        "key twice": b'{"name":"a","name":"%s","zone":"UTC"}' % marked,
        "key twice, once escaped": b'{"name":"a","n\\u0061me":"%s","zone":"UTC"}' % marked,
        "key twice, deep inside": b'{"name":"a","zone":"UTC","collateral_contacts":[{"name":"a","name":"b"}]}',
        "cut off": b'{"name":"%s' % marked,
        "two values": b'{"name":"a","zone":"UTC"} {"name":"%s"}' % marked,
        "not JSON": marked,
        "a comment": b'{"name":"a",/*%s*/"zone":"UTC"}' % marked,
        "single quotes": b"{'name':'%s'}" % marked,
        "nothing": b"",
    }.items():
        yield sent(name, "mara", "POST", CLIENTS, 400, None, body)
    for value in (b"NaN", b"Infinity", b"-Infinity", b"9" * 5000, b"0x10", b"01", b"1_000"):
        yield sent(f"number {value[:9]!r}", "noor", "PUT", ANSWER, 400, None, answer(value))


def too_large() -> Iterator[Bad]:
    """More than 64 KiB, announced or not."""
    over = b'{"name":"' + MARKER.encode() * 8000 + b'"}'
    spaces = b" " * (64 * 1024) + b"0"

    def unannounced() -> Iterator[bytes]:
        yield b'{"name":"'
        yield from [MARKER.encode() * 100] * 80

    yield sent("a long name", "mara", "POST", CLIENTS, 413, None, over)
    yield sent("one byte over", "mara", "POST", CLIENTS, 413, None, spaces)
    yield Bad("in chunks", "mara", "POST", CLIENTS, 413, None, unannounced, dict(JSON))
    yield Bad("a long file", "sol", "POST", "/crisis-lines/import", 413, None, over, dict(CSV))
    yield sent("a nested bomb", "mara", "POST", CLIENTS, 413, None, b"[" * 100_000)


def numbers() -> Iterator[Bad]:
    """Numbers no column holds."""
    huge = b"9" * 400
    for value in (huge, b"-" + huge, b"9223372036854775808", b"18446744073709551616", b"11", b"-1"):
        name = f"{len(value)} digits {value[:4]!r}"
        yield sent(f"mood of {name}", "noor", "PUT", ANSWER, 422, "answers.mood", answer(value))
    for value in (b"1e400", b"-1e400"):
        yield sent(f"mood {value!r}", "noor", "PUT", ANSWER, 422, "answers", answer(value))
    for value in (
        b"1e308",
        b"true",
        b"5.5",
        b'"5"',
        b"[5]",
        b'{"declined":false}',
        b'{"declined":true,"a":1}',
    ):
        yield sent(f"mood {value!r}", "noor", "PUT", ANSWER, 422, "answers.mood", answer(value))
    for value in (huge, b"2147483648", b"-1", b"1e400", b"1.5"):
        body = b'{"number":' + value + b"}"
        yield sent(f"review {value[:9]!r}", "ida", "POST", f"{CLIENT}/plan/reviews", 422, "number", body)
    for value in (huge, b"0", b"-60", b"1e400", b"14", b"10081"):
        body = msgspec.json.encode(schedule(window_minutes=12345)).replace(b"12345", value)
        yield sent(f"window {value[:9]!r}", "mara", "POST", SCHEDULES, 422, "window_minutes", body)


def times() -> Iterator[Bad]:
    """Instants that name no moment, or none that could be meant."""
    for text in (
        *("2026-01-13T15:00:00", "2026-01-13", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"),
        *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"),
        *("2026-01-13T15:00:00+99:99", "2026-02-30T00:00:00Z", "2026-01-13T24:00:00Z", "", MARKER),
    ):
        given = {"answered_at": text, "answers": {}}
        yield sent(f"answered at {text}", "noor", "PUT", ANSWER, 422, "answered_at", given)
        rest = {"until": text, "reason": MARKER}
        yield sent(f"paused until {text}", "mara", "POST", PAUSE, 422, "until", rest)
        contact = {"channel": "phone", "reached": False, "at": text, "note": MARKER}
        yield sent(f"contact at {text}", "mara", "POST", f"{CASE}/contacts", 422, "at", contact)
    for text in ("0001-01-01", "9999-12-31", "2026-02-30", "1e9", MARKER):
        yield sent(f"starts {text}", "mara", "POST", SCHEDULES, 422, "starts_on", schedule(starts_on=text))
    ends = schedule(ends_on="2026-01-12")
    yield sent("ends before it starts", "mara", "POST", SCHEDULES, 422, "ends_on", ends)
    long = schedule(window_minutes=61)
    yield sent("window over interval", "mara", "POST", SCHEDULES, 422, "window_minutes", long)
    late = schedule(reminders=[60])
    yield sent("reminder after the end", "mara", "POST", SCHEDULES, 422, "reminders[0]", late)
    for text in ("24:00", "9:00", "09:00:00", "٠٩:٠٠", "", MARKER):
        bad = schedule(recurrence={"frequency": "daily", "times": [text]}, window_minutes=15)
        yield sent(f"time {text}", "mara", "POST", SCHEDULES, 422, "recurrence.times[0]", bad)
    for zone in ("localtime", "posixrules", "Factory", "/etc/passwd", "../../etc/passwd", "", "UTC\n"):
        yield sent(f"zone {zone!r}", "mara", "POST", CLIENTS, 422, "zone", client(zone=zone))
    for zone in ("america/chicago", "right/UTC", "posix/UTC", f"Mars/{MARKER}", "Z" * 65, "tzdata.zi"):
        yield sent(f"zone {zone[:20]!r}", "mara", "POST", CLIENTS, 422, "zone", client(zone=zone))


def fields() -> Iterator[Bad]:
    """Bodies of another shape."""
    yield sent("a field nobody knows", "mara", "POST", CLIENTS, 422, "nickname", client(nickname=MARKER))
    yield sent("a field named oddly", "mara", "POST", CLIENTS, 422, "", client(**{MARKER: 1}))
    contact = client(collateral_contacts=[{"name": "A", "salary": 1}])
    yield sent("unknown inside", "mara", "POST", CLIENTS, 422, "collateral_contacts[0].salary", contact)
    yield sent("a field missing", "mara", "POST", CLIENTS, 422, "name", {"zone": "America/Chicago"})
    for kind, value in {"null": None, "array": [MARKER], "text": MARKER, "number": 7}.items():
        yield sent(f"a body of {kind}", "mara", "POST", CLIENTS, 422, "", value)
    for name in ("", " ", "x" * 201, f"{MARKER}\r\nSet-Cookie: a=b", "\x1b[31m" + MARKER):
        yield sent(f"a name like {name[:12]!r}", "mara", "POST", CLIENTS, 422, "name", client(name=name))
    for level in (MARKER, "LOW", 1):
        yield sent(f"risk {level}", "mara", "POST", CLIENTS, 422, "risk_level", client(risk_level=level))
    yield sent("phone", "mara", "POST", CLIENTS, 422, "phone", client(phone=f"{MARKER}"))
    item = {"answered_at": "2026-01-13T15:00:00Z", "answers": {"no_such_item": MARKER}}
    yield sent("an item not asked", "noor", "PUT", ANSWER, 422, "answers.no_such_item", item)
    odd = {"answered_at": "2026-01-13T15:00:00Z", "answers": {f"{MARKER} é": 1}}
    yield sent("an item named oddly", "noor", "PUT", ANSWER, 422, "answers", odd)
    many = {"answered_at": "2026-01-13T15:00:00Z", "answers": {f"k{n}": 1 for n in range(101)}}
    yield sent("101 answers", "noor", "PUT", ANSWER, 422, "answers", many)
    long = {"answered_at": "2026-01-13T15:00:00Z", "answers": {"anything_else": MARKER * 300}}
    yield sent("a text too long", "noor", "PUT", ANSWER, 422, "answers.anything_else", long)
    entry = {"section": "warning_signs", "entry": {"text": MARKER}}
    proposal = f"/me/plan/proposals/{FRESH}"
    yield sent("a section not open", "noor", "PUT", proposal, 422, "section", entry)
    entry = {"section": "coping", "entry": {"text": MARKER, "price": 3}}
    yield sent("an entry's extra", "noor", "PUT", proposal, 422, "entry.price", entry)
    token = {"channel": "fcm", "token": f"{MARKER} {MARKER}"}
    yield sent("a token with a space", "noor", "PUT", f"/me/devices/{FRESH}", 422, "token", token)
    mail = {"name": "Eve", "email": f"{MARKER}\n@x.example", "role": "clinician"}
    yield sent("an e-mail of two lines", "adi", "POST", "/staff", 422, "email", mail)
    mail = {"name": "Eve", "email": "eve@x.example", "role": "client"}
    yield sent("staff as a client", "adi", "POST", "/staff", 422, "role", mail)
    both = {"key": "default", "signs": [{"sign_id": MARKER}], "client_id": "{client_id}"}
    yield sent("a client id of text", "ida", "POST", "/questionnaires", 422, "client_id", both)
