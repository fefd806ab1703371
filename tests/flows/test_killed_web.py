"""The web process is killed, stopped, and left in mid-request. What it answered is stored; nothing stays open."""

import signal
import socket
from uuid import uuid4

import httpx
from sqlalchemy import text

from server.people.terms import Role
from tests.processes import Installation, cast, wait_for


def idle_transactions(home: Installation) -> int:
    """Connections that sit in a transaction; asked anew each time, since one transaction sees one snapshot."""
    query = text("select count(*) from pg_stat_activity where state like 'idle in transaction%'")
    with home.db.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def test_a_web_process_killed_after_its_answer_has_stored_it(home: Installation) -> None:
    mara = home.staff("Mara", Role.CASE_MANAGER)
    noor = home.client("Noor", mara)
    web = home.serve()
    help_id = uuid4()
    answer = home.request(noor, "PUT", f"/me/help/{help_id}", {})
    home.kill(web)
    home.serve()
    again = home.request(noor, "PUT", f"/me/help/{help_id}", {})
    assert again.json()["case_id"] == answer.json()["case_id"]
    assert len(home.request(mara, "GET", "/cases?state=open").json()["cases"]) == 1


def test_health_tells_when_the_worker_is_gone_and_a_stop_is_clean(home: Installation) -> None:
    cast(home)
    ready = httpx.get(f"{home.url}/health/ready", timeout=10)
    assert ready.status_code == 503
    assert "climb_due" in ready.json()["stopped_jobs"]
    worker = home.start("work")
    wait_for("readiness", lambda: httpx.get(f"{home.url}/health/ready", timeout=10).status_code == 200)
    assert httpx.get(f"{home.url}/health/escalations", timeout=10).status_code == 200
    home.kill(worker, signal.SIGTERM)
    assert worker.returncode == 0, home.logs().decode()[-2000:]
    for how in (signal.SIGTERM, signal.SIGINT):
        home.kill(home.running[0], how)
        assert home.running[0].returncode == 0, home.logs().decode()[-2000:]
        home.running[0] = home.serve("--with-worker")


def test_clients_that_vanish_in_mid_request_leave_nothing_open(home: Installation) -> None:
    _, noor = cast(home)
    for _ in range(10):
        held = [socket.create_connection(("127.0.0.1", home.port)) for _ in range(32)]
        for number, connection in enumerate(held):
            head = (
                f"PUT /api/me/help/{uuid4()} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {noor.token}\r\n"
                "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n"
            )
            # Some vanish before their body, some while the answer is being stored.
            connection.sendall(head.encode() + (b"{}" if number % 2 else b"{"))
        for connection in held:
            connection.close()
    wait_for("the web process to answer as ever", home.alive)
    assert home.request(noor, "GET", "/me").status_code == 200
    if not home.db.sqlite:
        wait_for("no idle transaction", lambda: idle_transactions(home) == 0)
    assert len(home.request(noor, "GET", "/me/case").json()) > 0
