"""Every pair of colours that meet on the phone reaches WCAG 2.2 AA: 4.5 to 1 for words, 3 to 1 for edges and icons."""

import re

import pytest

from server.phone.assets import FOLDER

APP = "".join((FOLDER / f"styles/{name}.css").read_text() for name in ("app", "forms"))
SHEET = (FOLDER / "styles/tokens.css").read_text()
BLOCKS = re.findall(r"(:root[^{]*)\{([^}]*)\}", SHEET)

WORDS = [
    *(
        (ink, ground)
        for ink in ("ink", "ink-soft", "handrail")
        for ground in ("ground", "surface", "handrail-soft")
    ),
    *(("ink", ground) for ground in ("warn-soft", "good-soft", "emergency-soft")),
    *(("ink-soft", ground) for ground in ("warn-soft", "good-soft", "line")),
    *(("handrail-deep", "handrail-soft"), ("on-handrail", "handrail"), ("on-handrail", "handrail-deep")),
    *(("emergency", ground) for ground in ("surface", "ground", "emergency-soft")),
    *(("on-emergency", "emergency"), ("warn", "warn-soft"), ("good", "good-soft")),
    *(("good", "surface"), ("warn", "surface")),
]
EDGES = [
    *((edge, ground) for edge in ("edge", "handrail", "emergency") for ground in ("surface", "ground")),
    *(("handrail", "handrail-soft"), ("warn", "warn-soft"), ("good", "good-soft"), ("handrail", "line")),
]


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", block))


LIGHT = colours(BLOCKS[0][1])
DARK, CHOSEN_DARK = (LIGHT | colours(body) for selector, body in BLOCKS if "data-theme" in selector)


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(("scheme", "known"), [("light", LIGHT), ("dark", DARK)])
def test_every_pair_can_be_read(scheme: str, known: dict[str, str]) -> None:
    low = {
        f"{ink} on {ground}": round(contrast(known[ink], known[ground]), 2)
        for pairs, least in ((WORDS, 4.5), (EDGES, 3.0))
        for ink, ground in pairs
        if contrast(known[ink], known[ground]) < least
    }
    assert low == {}, scheme


def test_dark_is_the_same_whether_chosen_or_followed() -> None:
    assert DARK == CHOSEN_DARK
    assert set(colours(BLOCKS[0][1])) - set(colours(next(b for s, b in BLOCKS if '="dark"' in s))) == set()


def test_colours_are_named_nowhere_else() -> None:
    """Outside the tokens (and ink on paper) a colour has a name, so that the pairs above are all there are."""
    sheet = re.sub(r"html\.away[^}]*\}", "", APP)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", sheet) == []


def test_every_token_that_is_used_exists() -> None:
    used = set(re.findall(r"var\(--([a-z-]+)", APP))
    measured = {"foot"}  # set by the frame
    assert used - measured <= set(re.findall(r"--([a-z-]+):", SHEET))
