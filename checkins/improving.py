"""Whether somebody's mood is getting better. Rule: the median of the last 14 check-ins against the 14 before.

Not better means: the newer median is no higher than the older one. Where either half holds fewer than 7 moods,
nobody can say. A hint for whom to think about, never a judgement of a person.
"""

from collections.abc import Sequence
from statistics import median

HALF = 14
FEWEST = 7

IN_WORDS = (
    "Not improving: of the last 28 check-ins, the middle mood (median) of the newer 14 is no higher than that of "
    "the 14 before. Where either half holds fewer than 7 moods, nothing is said."
)


def better(moods: Sequence[float | None]) -> bool | None:
    """`moods` newest first, None where none was given; None where there are too few to say."""
    newer = [mood for mood in moods[:HALF] if mood is not None]
    older = [mood for mood in moods[HALF : 2 * HALF] if mood is not None]
    if len(newer) < FEWEST or len(older) < FEWEST:
        return None
    return median(newer) > median(older)
