"""A PostgreSQL that may be at more than one place: written as libpq writes it, and never a standby by mistake."""

import pytest

from server.core.engines import server_engine


@pytest.mark.parametrize(
    ("address", "hosts", "ports", "attributes"),
    [
        ("postgresql://u:p@a,b/handrail", "a,b", "5432,5432", "read-write"),
        ("postgresql://u@a:5433,b:5434/handrail", "a,b", "5433,5434", "read-write"),
        ("postgres://a,b:5434/handrail?target_session_attrs=primary", "a,b", "5432,5434", "primary"),
        ("postgresql://u@a:5433/handrail", "a", 5433, None),
    ],
)
def test_several_hosts_are_understood(
    address: str, hosts: str, ports: object, attributes: str | None
) -> None:
    engine = server_engine(address)
    _, options = engine.dialect.create_connect_args(engine.url)
    assert (options["host"], options["port"]) == (hosts, ports)
    assert options.get("target_session_attrs") == attributes
    assert options["dbname"] == "handrail"


def test_a_password_with_marks_stays_as_it_is() -> None:
    engine = server_engine("postgresql://u:p%40%2C@a,b/handrail?sslmode=require")
    _, options = engine.dialect.create_connect_args(engine.url)
    assert (options["password"], options["sslmode"]) == ("p@,", "require")
