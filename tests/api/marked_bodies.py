"""A plan and a questionnaire with every text field filled in with its marker."""

from typing import Any
from uuid import uuid4

from tests.api.marking import Markers

SIGNS = [f"0192c0de-0000-7000-8000-00000000000{n}" for n in (1, 2, 3)]


def entry(marker: Markers, shape: str, /, *fields: str, **more: Any) -> dict[str, Any]:
    """An entry of a plan, each of these fields marked."""
    phones = ("phone", "agent_phone")
    marked = {f: (marker.phone if f in phones else marker)(f"{shape}.{f}") for f in fields}
    return {"id": str(uuid4()), **marked, **more}


def draft(marker: Markers) -> dict[str, Any]:
    """A plan with every field filled in."""
    directive = entry(marker, "AdvanceDirective", "where", "agent_phone", exists=True)
    staff = entry(marker, "WhatHelpsStaff", "helps", "does_not_help", "preferred_hospital")
    del directive["id"], staff["id"]
    sign = marker("WarningSign.text")
    return {
        "document": {
            "alias": marker("PlanDocument.alias"),
            "warning_signs": [{"id": sign_id, "text": sign, "stage": "early"} for sign_id in SIGNS],
            "coping": [entry(marker, "Coping", "text", "obstacle")],
            "distractions": [entry(marker, "Distraction", "text", "where", "phone", kind="person")],
            "helpers": [entry(marker, "Helper", "name", "phone", "relation", "best_times")],
            "professionals": [entry(marker, "Professional", "name", "role", "phone", "address", "hours")],
            "safer_surroundings": [entry(marker, "SaferStep", "action", "who_helps")],
            "what_helps_staff": {**staff, "advance_directive": directive},
            "none_identified": {"reasons": marker("PlanDocument.none_identified")},
        },
        "clinician_only": {"firearm_access": "yes", "notes": marker("ClinicianOnly.notes")},
    }


def definition(marker: Markers) -> dict[str, Any]:
    """A questionnaire with a rule of every kind, all of which can fire."""
    words = {"en": marker("Text.en"), "es": marker("Text.es")}
    scale = {"kind": "scale", "min": 0, "max": 10, "low": words, "high": words, "text": words}
    options = [{"value": value, "label": words} for value in ("one", "two")]
    rules = {
        "Threshold": {"item": "mood", "at_most": 2},
        "Chosen": {"item": "choice", "options": ["two"]},
        "SumScore": {"items": ["mood", "calm"], "at_least": 1},
        "ChangeFromUsual": {"item": "mood", "worse": "lower", "by": 3},
        "InARow": {"item": "mood", "at_most": 2, "times": 2},
        "Unanswered": {"items": ["calm"]},
    }
    tags = {
        "Threshold": "threshold",
        "Chosen": "chosen",
        "SumScore": "sum_score",
        "ChangeFromUsual": "change_from_usual",
        "InARow": "in_a_row",
        "Unanswered": "unanswered",
    }
    return {
        "items": [
            {"key": "mood", **scale},
            {"key": "calm", **scale},
            {"key": "choice", "kind": "single", "text": words, "options": options},
            {"key": "words", "kind": "text", "text": words},
        ],
        "rules": [
            {"rule": tags[n], "key": tags[n], "tier": "same_day", "why": marker(f"{n}.why"), **rule}
            for n, rule in rules.items()
        ],
    }
