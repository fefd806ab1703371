"""What the phone gets before anything is known about it: the shell, its files, its headers, and the numbers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from crisisplans.lines import national_lines
from server.phone import pages
from server.phone.assets import FOLDER, joined_words, read_phone, shipped_phone

ADDRESS = re.compile(r"""(?:href|src)="(/[^"]+)\"""")
IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*'(\.{1,2}/[^']+)'""")


@pytest.fixture(scope="module")
def service() -> Iterator[TestClient[Litestar]]:
    app = Litestar(route_handlers=pages.routes, openapi_config=None)
    app.state.phone = shipped_phone()
    with TestClient(app) as client:
        yield client


def static(name: str) -> str:
    return f"/app/s/{shipped_phone().version}/{name}"


def test_every_answer_carries_the_strict_policy(service: TestClient[Litestar]) -> None:
    addresses = [
        "/app",
        "/app/sw.js",
        "/app/manifest.webmanifest",
        static("main.js"),
        "/app/nothing",
        "/app/s/",
    ]
    for address in addresses:
        headers = service.get(address).headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'", address
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["require-trusted-types-for"] == "'script'"
        assert (policy["trusted-types"], policy["frame-ancestors"]) == ("handrail", "'none'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "set-cookie" not in headers


def test_the_shell_is_asked_for_again_and_static_files_never(service: TestClient[Litestar]) -> None:
    for address in ("/app", "/app/sw.js", "/app/manifest.webmanifest"):
        first = service.get(address)
        assert first.headers["cache-control"] == "no-cache"
        again = service.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert "content-security-policy" in again.headers
        assert service.get(address, headers={"If-None-Match": 'W/"other"'}).status_code == 200
    assert service.get("/app/sw.js").headers["service-worker-allowed"] == "/app"
    kept = service.get(static("main.js")).headers["cache-control"]
    assert kept == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("", False),
    ],
)
def test_gzip_only_for_those_who_take_it(service: TestClient[Litestar], accepted: str, zipped: bool) -> None:
    answer = service.get(static("main.js"), headers={"Accept-Encoding": accepted})
    assert (answer.headers.get("content-encoding") == "gzip") == zipped
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == shipped_phone().files["main.js"].body


@pytest.mark.parametrize(
    "path",
    [
        "/app/index.html",
        "/app/s/main.js",
        "/app/s/0000000000000000/main.js",
        "{static}/",
        "{static}/index.html",
        "{static}/words/frame.json",
        "{static}/../pages.py",
        "{static}/..%2fpages.py",
        "{static}/%2e%2e/pages.py",
        "{static}//etc/passwd",
        "{static}/main.js%00",
        "{static}/core",
    ],
)
def test_what_is_not_listed_does_not_exist(service: TestClient[Litestar], path: str) -> None:
    answer = service.get(path.replace("{static}", static("").rstrip("/")), follow_redirects=False)
    assert answer.status_code == 404, path
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text == "Not found\n"


def test_every_file_that_is_named_is_there(service: TestClient[Litestar]) -> None:
    shell = service.get("/app").text
    worker = service.get("/app/sw.js").text
    manifest = service.get("/app/manifest.webmanifest").json()
    addresses = set(ADDRESS.findall(shell))
    addresses |= set(re.findall(r'"(/app[^"]*)"', worker))
    addresses |= {icon["src"] for icon in manifest["icons"]} | {manifest["start_url"]}
    assert any(address.endswith("app.js") for address in addresses)
    for address in sorted(addresses):
        assert service.get(address).status_code == 200, address
    assert "/*FILES*/" not in worker
    assert "/*VERSION*/" not in worker


def test_every_module_imports_only_what_is_served() -> None:
    files = shipped_phone().files
    for name, asset in files.items():
        if not name.endswith(".js"):
            continue
        for wanted in IMPORT.findall(asset.body.decode()):
            found = urljoin(f"/{name}", wanted).lstrip("/")
            assert found in files, f"{name} imports {wanted}"


def test_the_name_on_the_home_screen_can_say_nothing(service: TestClient[Litestar]) -> None:
    own = service.get("/app/manifest.webmanifest").json()
    plain = service.get("/app/manifest.webmanifest?name=plain").json()
    assert (own["name"], plain["name"]) == ("Handrail", "Notes")
    assert own["id"] == plain["id"] == own["start_url"] == own["scope"] == "/app"
    assert "andrail" not in json.dumps(plain)
    assert not {icon["src"] for icon in own["icons"]} & {icon["src"] for icon in plain["icons"]}
    assert {"any", "maskable"} == {icon["purpose"] for icon in plain["icons"]}


def test_nothing_that_reads_text_as_markup_or_code_is_used() -> None:
    risky = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc\s*=|setHTMLUnsafe|"
        r"DOMParser|createContextualFragment|javascript:"
    )
    for path in [*FOLDER.rglob("*.js"), *FOLDER.rglob("*.html")]:
        found = risky.search(path.read_text())
        assert found is None, f"{path.name}: {found}"


def test_no_markup_carries_script_or_style(service: TestClient[Litestar]) -> None:
    for text in (service.get("/app").text, service.get(static("away.html")).text):
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)
        assert re.findall(r"<script(?![^>]*src=)", text) == []


def test_no_crisis_number_is_written_anywhere_but_in_the_table() -> None:
    numbers = {line.number for line in national_lines() if line.number}
    word = re.compile(r"(?<![\w.#-])(\d[\d ().-]{1,14}\d)(?![\w.])")
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix not in (".js", ".json", ".html"):
            continue
        for found in word.findall(path.read_text()):
            digits = re.sub(r"\D", "", found)
            assert digits not in numbers, f"{path.name}: {found}"
            assert not re.fullmatch(r"[\d ().-]*\d{3}[ ).-]+\d{4}", found), f"{path.name}: {found}"


def test_a_changed_byte_is_a_new_version(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "index.html").write_text("{numbers}{bar}{static}")
    (tmp_path / "sw.js").write_text("'/*VERSION*/' [/*FILES*/]")
    (tmp_path / "main.js").write_text("1")
    (tmp_path / "words/a.json").write_text('{"a.b": {"en": "x {n}", "es": "y {n}"}}')
    first = read_phone(tmp_path, national_lines())
    assert read_phone(tmp_path, national_lines()).version == first.version
    (tmp_path / "words/a.json").write_text('{"a.b": {"en": "x {n}.", "es": "y {n}"}}')
    second = read_phone(tmp_path, national_lines())
    assert second.version not in (first.version, "")
    assert read_phone(tmp_path, national_lines()[1:]).version != second.version
    assert first.version in first.worker.body.decode()


@pytest.mark.parametrize(
    "words",
    [
        {"a.b": {"en": "only"}},
        {"a.b": {"en": "x", "es": ""}},
        {"a.b": {"en": "x {n}", "es": "y {m}"}},
        {"a.c": {"en": "x", "es": "y"}},
    ],
)
def test_words_that_are_not_whole_stop_the_start(tmp_path: Path, words: dict[str, dict[str, str]]) -> None:
    (tmp_path / "1.json").write_text('{"a.c": {"en": "x", "es": "y"}}')
    (tmp_path / "2.json").write_text(json.dumps(words))
    with pytest.raises(ValueError, match=r"2\.json"):
        joined_words(sorted(tmp_path.glob("*.json")))
