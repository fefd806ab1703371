"""The walk through every screen in one language, looked at in every way, for the test files that share it out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser

from server.people.terms import Language
from tests.phone.conftest import PHONE, Watch
from tests.phone.house import Site
from tests.phone.looking import Looker
from tests.phone.walk import Walk

REFUSED = "the server responded with a status of 422"
"""What a browser says of a code that is not one."""


@contextmanager
def walked(browser: Browser, site: Site, language: Language) -> Iterator[Looker]:
    """Everything that was seen on the way."""
    locale = {Language.EN: "en-US", Language.ES: "es-US"}[language]
    own: dict[str, Any] = {
        "base_url": site.url,
        "locale": locale,
        "reduced_motion": "reduce",
        "is_mobile": False,
    }
    context = browser.new_context(**{**PHONE, **own})
    watch = Watch(site.url, [REFUSED])
    watch.over(context)
    looker = Looker(language.value)
    looker.equip(context)
    context.set_default_timeout(20_000)
    try:
        Walk(context.new_page(), site, language, looker.look).everything()
        looker.wrong["complaints"] = watch.left()
        yield looker
    finally:
        context.close()
