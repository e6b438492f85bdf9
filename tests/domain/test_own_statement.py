"""What managers write themselves for a pulse: what is refused, what is only hinted at."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.own_statement import LONGEST, hints, own_statement
from bot.domain.question_bank import BANK, Statement, Theme
from bot.errors import Refused

PEOPLE = ["Ana Pires", "Bo", "Cy Ito-Marsh", "My Nguyen", "Will Grace", "lena", "Renée Ünal"]


def test_is_kept_by_its_words():
    """The same words are the same statement in the next wave, however they are spaced; other words are another."""
    one = own_statement("  The canteen is\n good. ")
    assert one == Statement(one.slug, "The canteen is good.", Theme.OWN)
    assert one.slug == own_statement("The CANTEEN is good").slug
    assert one.slug != own_statement("The canteen was good.").slug
    assert own_statement("काम अच्छा लगता है कि").slug != own_statement("काम अच्छा लगता है की").slug
    assert re.fullmatch(r"own_[0-9a-f]{12}", one.slug)


def test_one_that_the_bank_has():
    """Words of the bank are the bank's statement, so that it has one history."""
    assert own_statement("i feel valued at work") in BANK


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write a whole statement"),
        ("Good food", "Write a whole statement"),
        ("!!!!!! ----- 12345", "Write a whole statement"),
        ("x" * (LONGEST + 1), "can have 120 characters; this one has 121"),
        ("Do you have enough time?", "a statement rather than a question"),
        ("هل المطعم جيد؟", "a statement rather than a question"),
        ("Is the canteen good enough\N{FULLWIDTH QUESTION MARK}", "a statement rather than a question"),
        ("<@U0BO> treats me well.", "mentions nobody"),
        ("@here we like the canteen", "mentions nobody"),
        ("\N{FULLWIDTH COMMERCIAL AT}bo takes time for me", "mentions nobody"),
        ("I can write to ana@example.com any time", "mentions nobody"),
        ("<!channel> we like the canteen", "mentions nobody"),
        ("Ana helps me when I am stuck.", "leave out Ana, or say the role"),
        ("I trust ana pires to lead us.", "leave out Ana Pires, or say the role"),
        ("I can talk to Bo's manager.", "leave out Bo, or say the role"),
        ("I enjoy working with Ito-Marsh.", "leave out Ito-Marsh"),
        ("I get good advice from Renée.", "leave out Renée"),
        ("I get good advice from Will.", "leave out Will"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(text, sentence):
    """Each refusal says what would work."""
    with pytest.raises(Refused) as refused:
        own_statement(text, PEOPLE)
    assert sentence in refused.value.sentence


@pytest.mark.parametrize(
    "text",
    [
        "My workplace is quiet.",  # My is a name as well
        "I will be here next year.",
        "Work here has grace.",
        "I have lena's kind of patience.",  # one name in small letters may be a word
        "Anatomy of incidents is known to me.",
        "Die Schichten sind gerecht verteilt.",
        "夜勤のあとに十分な休みが取れる。",
        "X" + "x" * (LONGEST - 1),
    ],
)
def test_what_can_be_asked(text):
    """Words that merely look like names are left alone, in any language."""
    assert own_statement(text, PEOPLE).theme is Theme.OWN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("My tools and my desk are good.", ["two things"]),
        ("My lead is fair or kind.", ["two things"]),
        ("Tools/processes help me.", ["two things"]),
        ("I am not afraid to speak.", ["good news"]),
        ("I don’t have to stay late.", ["good news"]),
        ("I never work nights and weekends.", ["two things", "good news"]),
        ("I know whom to ask in another land.", []),
    ],
)
def test_hints(text, words):
    """Two subjects and a negation are only pointed out."""
    found = hints(text)
    assert len(found) == len(words)
    assert all(word in hint for word, hint in zip(words, found, strict=True))
    own_statement(text)


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=5))
def test_whatever_is_typed(text, names):
    """A text is refused, or becomes a statement that is on one line and passes again unchanged."""
    try:
        made = own_statement(text, names)
    except Refused:
        return
    assert made.text.isprintable()
    assert own_statement(made.text, names) == made
