"""Marker texts, and looking for them in whatever a database, a log or a provider was given."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar
from msgspec import inspect as shapes
from sqlalchemy import text

from server.app import api_router
from server.core.db import Database
from server.core.tables import Base
from server.description import asked, handlers
from server.people.caller import StrictRequest

PREFIX = "Zq7Marker"
NUMBERS = "(907) 555-01"


class Markers:
    """Gives out one unmistakable text a field, and remembers for which."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}
        self._next = iter(range(1000))  # telephone numbers are among the first hundred

    def __call__(self, place: str) -> str:
        """A text with an accent, for `Struct.field`; the same each time for the same field."""
        return self.planted.setdefault(place, f"{PREFIX}{next(self._next):02}ñ {place.replace('.', ' ')}")

    def plain(self, place: str) -> str:
        """A marker of unaccented letters and digits, where spaces are refused."""
        return self.planted.setdefault(place, f"{PREFIX}{next(self._next):02}")

    def email(self, place: str) -> str:
        return self.planted.setdefault(place, f"{PREFIX}{next(self._next):02}@riverside.example")

    def phone(self, place: str) -> str:
        return self.planted.setdefault(place, f"{NUMBERS}{next(self._next):02}")


class Search:
    """Looks for any marker: as it is, in capitals or not, in UTF-16, base64, base32 or hex."""

    def __init__(self) -> None:
        bare = digits(NUMBERS)
        words = (
            PREFIX,
            NUMBERS,
            bare,
            f"{bare[:3]}-{bare[3:6]}-{bare[6:]}",
            f"{bare[:3]} {bare[3:6]} {bare[6:]}",
        )
        self._forms = {form.lower() for word in words for form in _forms(word)}

    def found(self, value: bytes) -> list[bytes]:
        """The forms of a marker that stand in these bytes."""
        small = value.lower()
        return [form for form in self._forms if form in small]


def digits(number: str) -> str:
    """The digits of a telephone number."""
    return "".join(filter(str.isdigit, number))


def _forms(word: str) -> Iterator[bytes]:
    yield word.encode()
    yield word.encode("utf-16-le")
    yield word.encode("utf-16-be")
    yield word.encode().hex().encode()
    for before in range(3):
        # Only the letters of base64 that no neighbour can change, for each of the three alignments.
        coded = base64.b64encode(b"\0" * before + word.encode() + b"\0\0")
        yield coded[(0, 2, 3)[before] : (len(word) + before) * 8 // 6]
        yield base64.b32encode(b"\0" * before + word.encode())[3:12]


def text_fields() -> set[str]:
    """Every `Struct.field` of the API's inputs that takes text, however deep."""
    found: set[str] = set()
    seen: set[type] = set()

    def walk(kind: Any, place: str) -> None:
        match kind:
            case shapes.StructType():
                if kind.cls not in seen:
                    seen.add(kind.cls)
                    for field in kind.fields:
                        walk(field.type, f"{kind.cls.__name__}.{field.encode_name}")
            case shapes.StrType() | shapes.AnyType():
                found.add(place)
            case shapes.UnionType():
                for part in kind.types:
                    walk(part, place)
            case shapes.DictType():
                walk(kind.key_type, f"{place}.key")
                walk(kind.value_type, place)
            case shapes.ListType() | shapes.VarTupleType():
                walk(kind.item_type, place)
            case shapes.Metadata():
                walk(kind.type, place)
            case _:
                closed = (
                    "UUID",
                    "Int",
                    "Time",
                    "DateTime",
                    "Date",
                    "Enum",
                    "Literal",
                    "Bool",
                    "None",
                    "Float",
                )
                assert type(kind).__name__ in {f"{name}Type" for name in closed}, f"{place}: {kind}"

    app = Litestar(route_handlers=[api_router()], request_class=StrictRequest, openapi_config=None)
    for handler, *_ in handlers(app):
        if (body := asked(handler)) is not None:
            walk(shapes.type_info(body), handler.fn.__name__)
    return found


def columns(db: Database) -> Iterator[tuple[str, bytes]]:
    """(table.column, everything in it) for every column there is, read past every layer of ours."""
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = connection.execute(text(f'select * from "{table.name}"')).mappings().all()  # noqa: S608
            for column in table.columns:
                yield f"{table.name}.{column.name}", b"\n".join(_raw(row[column.name]) for row in rows)
        connection.rollback()


def _raw(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview | bytearray):
        return bytes(value)
    return value.encode() if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str)


def files(db: Database, folder: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of every file the database keeps on disk: data, journals, write-ahead log."""
    if db.sqlite:
        found = [path for path in folder.iterdir() if path.name.startswith("handrail.db")]
    else:
        with db.engine.connect() as connection:
            home = Path(connection.execute(text("show data_directory")).scalar_one())
            number = connection.execute(
                text("select oid from pg_database where datname = current_database()")
            ).scalar_one()
            connection.rollback()
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("checkpoint"))
        found = [*(home / "base" / str(number)).iterdir(), *(home / "pg_wal").iterdir()]
    for path in found:
        if path.is_file():
            yield path.name, path.read_bytes()
