"""Sol reads the audit trail: every kind of line that the service writes anywhere has words of its own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from crisisplans.models import ProposalState
from server.console.oversight.audit_words import WORDS

ROOT = Path(__file__).parents[2]
RECORDS = {("audit", "record"), ("audit", "values"), ("audit_looks", "record"), ("access", "looked")}
_KIND = re.compile(r"[a-z_]+(\.[a-z_]+)+")

COMPUTED = {
    "server/people/access.py": set[str](),  # `looked`, which passes its callers' words on
    "server/people/consents.py": {"consent.agree", "consent.withdraw"},
    "crisisplans/copies_given.py": {"plan.copy.given", "plan.copy.other.given"},
    "crisisplans/proposals.py": {
        f"plan.proposal.{state}" for state in (ProposalState.ACCEPTED, ProposalState.DECLINED)
    },
}
"""Where the word of a line is no literal, and what it can be. Other files name theirs as literals somewhere."""


def calls(tree: ast.AST) -> Iterator[ast.expr]:
    """The word in each call that writes a line of the trail."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = getattr(node.func.value, "id", "")
        if (owner, node.func.attr) in RECORDS and len(node.args) > 1:
            yield node.args[1]
        if (owner, node.func.attr) == ("audit_looks", "record_ways"):
            assert isinstance(node.args[1], ast.Dict)
            yield from (key for key in node.args[1].keys if key is not None)


def kinds_in(path: Path) -> set[str]:
    """Every kind of line that this file writes."""
    tree = ast.parse(path.read_text())
    words = list(calls(tree))
    found = {str(word.value) for word in words if isinstance(word, ast.Constant)}
    if all(isinstance(word, ast.Constant) for word in words):
        return found
    known = COMPUTED.get(path.relative_to(ROOT).as_posix())
    if known is not None:
        return found | known
    texts = {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    named = {text for text in texts if _KIND.fullmatch(text)}
    assert named - found, f"{path} writes lines whose kind nobody can read from it"
    return found | named


def test_each_kind_of_line_there_is_has_words_and_each_word_a_line() -> None:
    written: set[str] = set()
    for package in ("server", "crisisplans", "checkins", "notifications"):
        for path in (ROOT / package).rglob("*.py"):
            written |= kinds_in(path)
    assert len(written) > 90, "the search itself works"
    assert written - set(WORDS) == set(), "kinds of lines without words"
    assert set(WORDS) - written == set(), "words that no line has"
