"""Twelve invented people: each plan can be published, each speaks for themselves, nothing in them does harm."""

import re
from collections.abc import Iterator
from datetime import date
from importlib import resources
from typing import Any

import msgspec
import pytest

from crisisplans import quality, soundness
from crisisplans.lines import line_table, national_lines
from server.demo.history import on_day
from server.demo.voices import Voice, everybody
from server.people.terms import Language

TODAY = date(2026, 11, 21)


def texts(value: Any) -> Iterator[str]:
    """Every text under a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts(one)


def all_texts(voice: Voice) -> list[str]:
    return list(texts(msgspec.to_builtins(voice)))


@pytest.mark.parametrize("voice", everybody(), ids=lambda voice: voice.key)
def test_every_plan_can_be_published_as_it_stands(voice: Voice) -> None:
    table = line_table()
    for draft in (voice.draft(TODAY), voice.first_draft(TODAY)):
        found = soundness.publishable(
            draft, reason=voice.publish.reason, attestation=voice.publish.attestation, known_lines=table
        )
        assert found == ()


def test_only_the_sparse_plan_worries_the_editor_loudly() -> None:
    loud = {
        voice.key
        for voice in everybody()
        if any(hint.loud for hint in quality.hints(voice.draft(TODAY).document))
    }
    assert loud == {"gary"}


def test_no_plan_holds_a_crisis_number() -> None:
    numbers = {line.number for line in national_lines() if line.number}
    for voice in everybody():
        for text in all_texts(voice):
            assert not numbers & set(re.findall(r"\d+", text)), text


def test_every_phone_number_is_one_of_fiction() -> None:
    for voice in everybody():
        for text in all_texts(voice):
            for number in re.findall(r"\(\d{3}\) \d{3}-\d{4}", text):
                assert re.fullmatch(r"\(\d{3}\) 555-01\d\d", number), number


def test_twelve_people_speak_with_twelve_voices() -> None:
    voices = everybody()
    assert len({voice.profile.name for voice in voices}) == 12
    said: dict[str, str] = {}
    for voice in voices:
        plan = {
            key: value for key, value in voice.plan.items() if key not in ("professionals", "crisis_lines")
        }
        for text in [*texts(plan), *texts(msgspec.to_builtins(voice.story))]:
            for sentence in re.split(r"(?<=[.?!])\s+", text):
                if len(sentence.split()) >= 4:
                    assert said.setdefault(sentence.casefold(), voice.key) == voice.key, sentence


def test_languages_zones_and_ages_of_risk_are_mixed() -> None:
    profiles = [voice.profile for voice in everybody()]
    assert [profile.language for profile in profiles].count(Language.ES) == 3
    assert len({profile.zone for profile in profiles}) >= 5
    assert len({profile.risk_level for profile in profiles}) == 3
    kinds = {one.recurrence.frequency for voice in everybody() for one in voice.schedules}
    assert len(kinds) == 3
    assert any(len(one.recurrence.times) > 1 for voice in everybody() for one in voice.schedules)


def test_a_story_line_runs_level_outside_its_points() -> None:
    points = ((2, 4.0), (6, 8.0))
    assert [on_day(points, day) for day in (0, 2, 4, 6, 30)] == [4, 4, 6, 8, 8]


def test_the_plans_are_in_the_package() -> None:
    names = [file.name for file in resources.files("server.demo").iterdir() if file.name.startswith("plans_")]
    assert len(names) == 12
