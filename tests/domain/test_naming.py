"""What people are called, and where a text says it: many a name is a word as well."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import naming
from bot.domain.naming import called, name_in
from bot.domain.own_statement import own_statement
from bot.domain.question_bank import BANK

COLLEAGUES = ["Will Grace", "Max Power", "May Chen", "Anna Koch", "Joy Work", "Jan Lead", "Hope Long", "Help Desk", "Rich English", "Service Desk", "Training Room", "Peer Schmidt", "Dawn Weber"]  # fmt: skip
ALSO_WORDS = sorted(naming._WORDS | naming._OPENINGS | naming._CAPITALS)  # noqa: SLF001 (whatever stands in them)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Larsson, Bo (he/him)", "Bo Larsson"),
        ("BO LARSSON", "Bo Larsson"),
        ("Dr. Ana Pires | Support EMEA", "Ana Pires"),
        ("Ana Pires, Support Lead", "Ana Pires"),
        ("Bo @ Lisbon", "Bo"),
        ("Bo - on leave", "Bo"),
        ("🌴 Renée Ünal 🌴", "Renée Ünal"),
        ("Cy Ito-Marsh", "Cy Ito-Marsh"),
        ("किरण कुमार", "किरण कुमार"),
        ("🌴", ""),
        ("", ""),
    ],
)
def test_a_name_without_what_stands_beside_it(said, name):
    """Directories put much beside names, which is nobody's."""
    assert called(said) == name


@pytest.mark.parametrize(
    "text",
    [
        "My team will help me.",
        "Max one meeting a day is enough for me.",
        "Max two changes a week reach my desk.",
        "I have at most (max.) three queues.",
        "Will power is not all that I need here.",
        "I can take my holidays in May.",
        "May is a month in which I can rest.",
        "Der Koch in der Kantine kocht gut.",
        "Joy has a place in my work here, and so has hope.",
        "My Lead Helps Me And Will Listen To Me.",
        "The lead of my team has time. Will they listen?",
        "Our English is good enough for the customers.",
        "I can ask the help desk when my laptop is slow.",
        "Long meetings are rare. Rich benefits are paid.",
        "Work will grace my week.",
        "Service levels are realistic.",
        "Training fits my job well.",
        "Peer reviews are fair. Dawn shifts are rare.",
    ],
)
def test_names_that_are_words(text):
    """Whoever is called Will or Max makes no ordinary statement impossible."""
    found = name_in(text, [each for each in COLLEAGUES if each != "Joy Work" or "Joy" not in text])
    assert found is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Max helps me with my work.", "Max"),
        ("schmidt leads well.", "Schmidt"),
        ("max leads well.", None),  # as written it is a word
        ("Will listens to what I say.", "Will"),
        ("Joy has a place in my work.", "Joy"),
        ("I get good advice from Max.", "Max"),
        ("I learn a lot. Max explains things well.", "Max"),
        ("Max's advice helps me.", "Max"),
        ("I can ask Will Grace for help.", "Will Grace"),
        ("May Chen leads us well.", "May Chen"),
        ("I can ask max power for help.", None),  # as written these are words
        ("I trust ANNA KOCH to lead us.", "Anna Koch"),
        ("Koch hilft mir, wenn es eng wird.", None),  # what is not seen: a cook, perhaps
    ],
)
def test_words_that_are_names(text, name):
    """By their capital letter where words have none, or by what people do."""
    assert name_in(text, COLLEAGUES) == name


@given(st.sampled_from(BANK), st.lists(st.sampled_from(ALSO_WORDS), max_size=3), st.data())
def test_the_banks_statements_name_nobody(statement, others, data):
    """Whatever people are called, by its very words too."""
    own = data.draw(st.lists(st.sampled_from(statement.text.strip(".").split()), max_size=3))
    names = [f"{first.title()} {last.title()}" for first in (*own, *others) for last in others]
    assert own_statement(statement.text, [*names, *(each.title() for each in own)]) == statement


@given(st.sampled_from(ALSO_WORDS), st.sampled_from(["{} people ask me for help.", "I see {} in my week here.", "Our {} suits me well.", "My {} Meetings Are Short."]))  # fmt: skip
def test_a_word_stays_a_word(word, sentence):
    """Where a sentence begins, in small letters, after "our", and among other capitals."""
    begins = sentence.startswith("{}") or sentence.endswith("Short.") or "Our" in sentence
    text = sentence.format(word.title() if begins else word)
    assert name_in(text, [f"{word.title()} Smith", word.title()]) is None
