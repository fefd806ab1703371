"""The phone's own sentences, for pages that show what a phone shows."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from server.people.terms import Language


class Saying:
    """The phone's own sentences in one language. `for_staff`: read by those who would call (see `plan_view`)."""

    def __init__(self, language: Language, *, for_staff: bool = False) -> None:
        self.language = language
        self.for_staff = for_staff

    def __call__(self, key: str, /, **said: str) -> str:
        return _words()[key][self.language].format(**said)

    def known(self, key: str) -> bool:
        """Whether the phone has a sentence of this name."""
        return key in _words()


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    """The sentences the phone is shipped with: there is no second set that could say something else."""
    folder = resources.files("server").joinpath("phone", "static", "words")
    return {
        key: said
        for name in ("frame.json", "plan.json")
        for key, said in json.loads(folder.joinpath(name).read_text("utf-8")).items()
    }
