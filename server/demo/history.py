"""Three weeks of one person's answers, worked out from their story. Pure: the same seed gives the same weeks."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from checkins.default_questionnaire import HELP
from checkins.definition import Item, ItemKind
from server.demo.voices import Answered, HardDay, Voice

LATE = 0.12
"""The share of unanswered check-ins that come in after their window."""
_SPEAKS = 0.5
"""How often somebody leaves words at the end."""
_ANY_DAY = date(2026, 1, 1)  # the ids of a plan do not depend on it
_STAGE_EASE = {"early": 0.0, "breaking_down": 0.7, "crisis": 2.0}
"""How much further down somebody must be for a sign of this stage to show."""


def on_day(points: Sequence[tuple[int, float]], day: float) -> float:
    """The value of a line through (day, value) points; before the first and after the last it is level."""
    before = points[0]
    for point in points:
        if point[0] >= day:
            if point[0] == before[0]:
                return point[1]
            share = (day - before[0]) / (point[0] - before[0])
            return before[1] + share * (point[1] - before[1])
        before = point
    return before[1]


class Teller:
    """What one person does with each check-in they are offered, in order."""

    def __init__(self, voice: Voice, seed: int) -> None:
        self._story = voice.story
        self._signs: list[dict[str, Any]] = voice.plan["warning_signs"]
        self._sign_ids = [sign.id for sign in voice.draft(_ANY_DAY).document.warning_signs]
        # Believable weeks, not secrets.
        self._dice = Random(f"{seed}/{voice.key}")  # noqa: S311
        self._hard = {hard.day: hard for hard in voice.story.hard}
        self._help = list(voice.story.help)
        self._said: dict[str, list[str]] = {}

    def hard_day(self, day: int) -> HardDay | None:
        """The day's trouble, told once: at the first check-in of that day."""
        return self._hard.pop(day, None)

    def delay(self, window: timedelta, *, must: bool) -> timedelta | None:
        """How long after it opened they answer; longer than the window is late, None is never."""
        if must or self._dice.random() < self._story.answered:
            share = 0.03 + 0.7 * self._dice.random() ** 2
            return timedelta(seconds=int(window.total_seconds() * share))
        if self._dice.random() < LATE:
            return window + timedelta(minutes=self._dice.randint(20, 300))
        return None

    def answers(self, items: Sequence[Item], day: float, special: Answered | None) -> dict[str, Any]:
        """Their answers by item key; what they leave open is left out."""
        mood = self._mood(day, special)
        given = {item.key: self._answer(item, day, mood, special) for item in items}
        for key in special.declined if special else ():
            given[key] = {"declined": True}
        return {key: value for key, value in given.items() if value is not None}

    def _mood(self, day: float, special: Answered | None) -> int:
        if special is not None:
            return special.mood
        drawn = on_day(self._story.mood, day) + self._dice.choice((-1, 0, 0, 0, 1))
        return max(1, min(10, round(drawn)))

    def _answer(self, item: Item, day: float, mood: int, special: Answered | None) -> Any:
        if item.sign_id is not None:
            return self._sign(item.sign_id, mood, special)
        if item.domain is not None:
            return self._domain(item.domain, mood)
        plain: Mapping[str, Any] = {
            "mood": mood,
            "thoughts": bool(special and special.thoughts),
            "safe_now": special.safe_now if special else "safe",
        }
        if item.key == "sleep":
            return self._sleep(day, special)
        if item.kind is ItemKind.TEXT:
            return special.remark if special else self._words(mood)
        return plain.get(item.key)

    def _sleep(self, day: float, special: Answered | None) -> float:
        if special is not None:
            return special.sleep
        hours = on_day(self._story.sleep, day) + self._dice.uniform(-0.8, 0.8)
        return max(0.5, round(hours * 2) / 2)

    def _sign(self, sign_id: str, mood: int, special: Answered | None) -> int:
        place = self._sign_ids.index(sign_id)
        if special is not None and place in special.signs:
            return special.signs[place]
        ease = _STAGE_EASE[self._signs[place]["stage"]]
        drawn = (6.5 - mood) / 2 - ease + self._dice.uniform(-0.6, 0.6)
        return max(0, min(1 if ease > 1 else 2, round(drawn)))

    def _domain(self, domain: str, mood: int) -> str:
        if domain in self._help:
            self._help.remove(domain)
            return HELP
        return "managing" if mood + self._dice.randint(-2, 2) < 5 else "fine"

    def _words(self, mood: int) -> str | None:
        if self._dice.random() > _SPEAKS:
            return None
        remarks = self._story.remarks
        kind, pool = (
            ("low", remarks.low)
            if mood < 5
            else ("fair", remarks.fair)
            if mood < 7
            else ("good", remarks.good)
        )
        left = self._said.setdefault(kind, [])
        if not left:
            left.extend(self._dice.sample(pool, len(pool)))
        return left.pop()
