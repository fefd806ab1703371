"""Whoever is told of the help line is told what its menu asks of their language; the table alone knows it."""

import pytest

from crisisplans.lines import IN_EVERY_PLAN, line_table
from crisisplans.queries import main_line
from notifications.delivery.messages import (
    HelpLine,
    Moment,
    Sentence,
    coverage_sentence,
    not_seen_sentence,
    say,
    seen_sentence,
)
from notifications.delivery.sentences import SENTENCES
from tests.notifications.telling import EN, ES, LINE, NOW, ZONE, at

NAMES_THE_LINE = [sentence for sentence in Sentence if "{line}" in SENTENCES[EN][sentence]]


@pytest.mark.parametrize("sentence", NAMES_THE_LINE)
def test_whoever_is_told_of_the_line_is_told_the_way_through_its_menu(sentence: Sentence) -> None:
    only_es = HelpLine("LINE", press={"es": "KEY"}, keywords={"es": "WORD"})
    assert say(sentence, EN, only_es) == say(sentence, EN, LINE)
    text = say(sentence, ES, only_es)
    plain = say(sentence, ES, LINE)
    assert text == f"{plain} Para español, oprime KEY si llamas, o envía primero WORD si escribes."
    only_key, only_word = HelpLine("LINE", press={"es": "KEY"}), HelpLine("LINE", keywords={"es": "WORD"})
    assert say(sentence, ES, only_key) == f"{plain} Si llamas, oprime KEY para español."
    assert say(sentence, ES, only_word) == f"{plain} Si escribes, envía primero WORD."


def test_a_spanish_reader_of_every_reply_that_names_the_line_learns_key_and_word() -> None:
    line = main_line()
    key, word = line.press["es"], line.keywords["es"]
    facts = {"zone": ZONE, "line": line, "now": NOW}
    for moment in Moment:
        text = coverage_sentence(moment, language=ES, **facts)
        assert text.endswith(f"Para español, oprime {key} si llamas, o envía primero {word} si escribes.")
        assert word not in coverage_sentence(moment, language=EN, **facts)
    late = seen_sentence("Mara", None, language=ES, **facts)
    assert word in late
    assert f"oprime {key}" in late
    assert word in not_seen_sentence(ES, line)
    assert word not in seen_sentence("Mara", at(13), language=ES, **facts)


def test_the_main_line_is_called_and_texted_at_one_number() -> None:
    call, text = (line_table()[key] for key in IN_EVERY_PLAN)
    assert call.number == text.number == main_line().number
