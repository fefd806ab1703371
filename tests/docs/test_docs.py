"""The documents say what is true: links lead somewhere, names exist, tables are complete, recipes work."""

import ast
import configparser
import csv
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from msgspec import structs

from checkins.models import OccurrenceState
from notifications.delivery.models import MessageState
from notifications.escalations import ladder
from notifications.escalations.ladder import CaseState
from server.app import openapi_document
from server.cli import main
from server.core import settings
from server.core.settings import PREFIX, Settings
from server.core.vault import Keys
from server.health import JOBS
from server.health import routes as health_routes
from tests.conftest import address

ROOT = Path(__file__).parents[2]
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PACKAGES = ("server", "crisisplans", "checkins", "notifications")
HOSTS = re.compile(r"(127\.0\.0\.1|localhost|([a-z]+\.)*example)(:\d+)?")

every_document = pytest.mark.parametrize("document", DOCS, ids=lambda path: str(path.relative_to(ROOT)))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str = "") -> list[str]:
    """The fenced blocks, of one language or of every one."""
    return re.findall(rf"^ *```{language or '[a-z]*'}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)


def code(text: str) -> str:
    """What is set as code, in blocks and within sentences."""
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks(text), *re.findall(r"`([^`\n]+)`", prose)])


def rows(text: str, mark: str) -> list[list[str]]:
    """The rows of the table after the comment that begins with `mark`, without its head."""
    table = text.split(f"<!-- {mark}", 1)[1].split("-->", 1)[1].strip().split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]


def anchors(document: Path) -> set[str]:
    """The names a page's headings can be linked by."""
    heads = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def settings_table() -> str:
    """The settings as the README lists them, from the fields and the words beneath each."""
    body = next(
        node
        for node in ast.parse(read("server/core/settings.py")).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    ).body
    words = {
        field.target.id: after.value.value
        for field, after in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    }
    lines = ["| key | variable | unless set | what it is |", "|---|---|---|---|"]
    for field in structs.fields(Settings):
        plain = "" if field.default in ("", None) else f"`{str(field.default).lower()}`"
        lines.append(f"| `{field.name}` | `{PREFIX}{field.name.upper()}` | {plain} | {words[field.name]} |")
    return "\n".join(lines)


def pattern(path: str) -> str:
    """An address with every changing part made the same."""
    path = re.sub(r"\{[^}]*\}|\$[A-Z]+", "{}", path.split("?")[0])
    return path.rstrip("/.")


def addresses() -> set[tuple[str, str]]:
    """Every method and address the service has."""
    paths = openapi_document()["paths"]
    found = {(method.upper(), pattern(path)) for path, methods in paths.items() for method in methods}
    return found | {("GET", path) for route in health_routes for path in route.paths}


def sources() -> Iterator[str]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            yield path.read_text(encoding="utf-8")


@every_document
def test_every_link_within_the_repository_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8").replace("\n", " ")):
        if urlsplit(link).scheme:
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{document.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{document.name}: {link} has no such heading"


@every_document
def test_every_command_target_and_variable_named_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", code(text))) <= targets
    assert set(re.findall(r"(?:^|[\s`/])handrail ([a-z][a-z-]*)", code(text))) <= set(main.commands)
    known = {PREFIX + name.upper() for name in Settings.__struct_fields__} | {PREFIX + "CONFIG"}
    assert set(re.findall(rf"{PREFIX}[A-Z0-9_]*[A-Z0-9]", text)) <= known
    for block in blocks(text, "toml"):
        assert set(tomllib.loads(re.sub(r"^ +", "", block, flags=re.MULTILINE))) <= set(settings._FIELDS)


@every_document
def test_every_address_named_exists(document: Path) -> None:
    known = addresses()
    text = code(document.read_text(encoding="utf-8"))
    for method, path in re.findall(r"\b(GET|POST|PUT|DELETE) (/[\w/{}.?=-]+)", text):
        assert (method, pattern(path)) in known, f"{method} {path}"
    paths = {path for _, path in known}
    for path in re.findall(r"curl [^|]*?\$API(/[\w/$-]+)", text):
        assert pattern("/api" + path) in paths, path


@every_document
def test_nothing_speaks_of_a_machine_an_index_or_a_crisis_number(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for url in re.findall(r"\b[a-z]+://[^\s`\"')<>|]*", text):
        host = urlsplit(url).netloc
        assert not host or HOSTS.fullmatch(host), url
    assert not re.search(r"(?<![\w.])/(home|root|work|tmp|Users|mnt|usr)/", text)
    assert "index-url" not in text
    national = csv.DictReader(read("crisisplans/national_lines.csv").splitlines())
    numbers = {line["number"] for line in national if line["number"]}
    assert not numbers & set(re.findall(r"\d+", text))


def test_the_locks_name_no_address() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        assert "://" not in lock.read_text(encoding="utf-8"), lock.name


def test_the_settings_table_is_the_settings() -> None:
    wanted = settings_table()
    assert wanted in read("README.md"), f"the README's table has to be:\n{wanted}"
    assert rows(read("README.md"), "settings:") == [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in wanted.splitlines()[2:]
    ]


def test_every_rule_in_the_table_is_where_it_says() -> None:
    table = rows(read("README.md"), "rules:")
    assert len(table) >= 35
    for question, file, names in table:
        linked = re.fullmatch(r"\[(.+)\]\((.+)\)", file)
        assert linked, question
        assert linked[1] == linked[2], question
        module = importlib.import_module(linked[1].removesuffix(".py").replace("/", "."))
        found = re.findall(r"`(\w+)`", names)
        assert found, question
        for name in found:
            assert hasattr(module, name), f"{question}: {linked[1]} has no {name}"


def test_every_rule_file_of_the_contract_can_be_found_in_the_table() -> None:
    contracts = configparser.ConfigParser()
    contracts.read_string(read(".importlinter"))
    rule_files = contracts["importlinter:contract:rules"]["source_modules"].split()
    # Words the rules share, with no rule of their own.
    plain = {"checkins.definition", "notifications.delivery.outcomes", "server.people.terms"}
    table = read("README.md")
    missing = [name for name in rule_files if name not in plain and name.replace(".", "/") not in table]
    assert not missing


def test_the_layers_are_those_of_the_contract() -> None:
    contracts = configparser.ConfigParser()
    contracts.read_string(read(".importlinter"))
    layers = contracts["importlinter:contract:layers"]["layers"].split("\n")
    after = read("docs/architecture.md").split("<!-- layers:", 1)[1]
    assert blocks(after)[0].splitlines() == [layer.strip() for layer in layers if layer.strip()]


def test_the_state_machines_are_those_of_the_code() -> None:
    text = read("docs/architecture.md")
    diagram = (ladder.__doc__ or "").split("\n\n")[1]
    assert diagram in text, f"the case's diagram has to be:\n{diagram}"
    for state in (*CaseState, *MessageState, *OccurrenceState):
        assert f"`{state}`" in text, state
    table = text.split("## The jobs", 1)[1].split("\n## ", 1)[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(JOBS)


def test_decisions_are_numbered_listed_and_complete() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]}. ")
        heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert heads == ["Context", "Decision", "Consequences", "Rejected"], page.name
        assert f"[{page.name[:4]}]({page.name})" in read("docs/decisions/README.md")


def test_the_words_the_runbook_looks_for_in_the_log_are_logged() -> None:
    table = read("docs/runbook.md").split("## Reading the log", 1)[1]
    quoted = re.findall(r"^\| `(handrail\.\w+)`: ([^|]+) \|", table, re.MULTILINE)
    assert len(quoted) >= 10
    for logger, cell in quoted:
        written = "".join(source for source in sources() if f'getLogger("{logger}")' in source)
        for words in re.findall(r"`([^`]+)`", cell):
            for part in words.split("…"):
                assert part.strip() in written, f"{logger}: {words}"


def test_the_runbooks_query_runs(postgresql: str, postgresql_template: str) -> None:
    [query] = blocks(read("docs/runbook.md"), "sql")
    with psycopg.connect(address(postgresql, postgresql_template)) as connection:
        found = connection.execute(query)  # type: ignore[arg-type]  # a literal of our own
        assert [column.name for column in found.description or ()][:3] == ["channel", "outcome", "code"]


def test_the_runbooks_key_rotation_keeps_the_old_key(tmp_path: Path) -> None:
    before, path = Keys.fresh(), tmp_path / "keys.json"
    before.write(path)
    [script] = blocks(read("docs/runbook.md"), "python")
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    after = Keys.read(path)
    assert (after.active, after.wrapping["1"]) == (2, before.wrapping["1"])
    assert (after.index, after.database) == (before.index, before.database)
    assert after.wrapping["2"] != before.wrapping["1"]
