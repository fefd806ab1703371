"""A pattern that ends in "$" lets a line break through, which no form of time or key has. None of ours does."""

import re
from pathlib import Path

import pytest

from tests.world import World

ROOT = Path(__file__).parents[2]
_META = re.compile(r"pattern=(r?\"[^\"\n]*\"|r?'[^'\n]*')")


def test_no_pattern_lets_a_line_break_through_at_the_end() -> None:
    found: dict[str, str] = {}
    for package in ("server", "crisisplans", "checkins", "notifications"):
        for path in (ROOT / package).rglob("*.py"):
            for pattern in _META.findall(path.read_text()):
                found[f"{path.relative_to(ROOT)}: {pattern}"] = pattern
    assert len(found) >= 10, "the search itself works"
    ending = {where: pattern for where, pattern in found.items() if "$" in pattern}
    loose = [where for where, pattern in ending.items() if not pattern.endswith(('(?!\\n)"', "(?!\\n)'"))]
    assert loose == []


USE = {"at": "2026-01-13T15:00:00Z", "section": "coping", "helped": True, "entry_id": "abc\n"}
HOURS = {"quiet_from": "22:00\n", "quiet_to": "07:00"}


@pytest.mark.parametrize(
    ("who", "path", "body", "field"),
    [
        ("mara", "/staff/me/notices", HOURS, "quiet_from"),
        ("noor", "/me/preferences", {"language": "en", "reminders": True, **HOURS}, "quiet_from"),
        ("noor", "/me/plan/uses/0192c0de-0000-7000-8000-0000000000e1", USE, "entry_id"),
    ],
    ids=["staff's quiet hours", "Noor's quiet hours", "the entry she used"],
)
def test_a_time_and_a_key_with_a_line_break_are_refused_at_their_field(
    world: World, who: str, path: str, body: dict[str, object], field: str
) -> None:
    refused = world.people[who].api.put(path, body)
    assert refused.status_code == 422, refused.text
    assert [each["path"] for each in refused.json()["errors"]] == [field]
