"""What people type behind `/agenda`, read forgivingly."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.agenda_request import Request, Verb, parse_request
from bot.errors import Refused


@pytest.mark.parametrize(
    ("typed", "request_"),
    [
        ("", Request(Verb.LIST)),
        ("   ", Request(Verb.LIST)),
        ("list", Request(Verb.LIST)),
        ("LIST", Request(Verb.LIST)),
        ("list all", Request(Verb.LIST)),
        ("all", Request(Verb.LIST)),
        ("help", Request(Verb.HELP)),
        ("help me", Request(Verb.HELP)),
        ("?", Request(Verb.HELP)),
        ("help!", Request(Verb.HELP)),
        ("templates", Request(Verb.TEMPLATES)),
        ("template", Request(Verb.TEMPLATES)),
        # One series
        ("preview", Request(Verb.PREVIEW)),
        ("show", Request(Verb.PREVIEW)),
        ("preview #3", Request(Verb.PREVIEW, "#3")),
        ("3", Request(Verb.PREVIEW, "3")),
        ("#3", Request(Verb.PREVIEW, "#3")),
        ("preview the next meeting", Request(Verb.PREVIEW)),
        ("preview of the support weekly", Request(Verb.PREVIEW, "support weekly")),
        ("show me", Request(Verb.PREVIEW, "me")),
        ("skip", Request(Verb.SKIP)),
        ("skip #3", Request(Verb.SKIP, "#3")),
        ("skip 3", Request(Verb.SKIP, "3")),
        ("3 skip", Request(Verb.SKIP, "3")),
        ("#3 skip", Request(Verb.SKIP, "#3")),
        ("Skip the next one", Request(Verb.SKIP)),
        ("skip next meeting", Request(Verb.SKIP)),
        ("skip: support weekly", Request(Verb.SKIP, "support weekly")),
        ("support weekly skip", Request(Verb.SKIP, "support weekly")),
        ("post now", Request(Verb.POST)),
        ("POST NOW!", Request(Verb.POST)),
        ("post  now", Request(Verb.POST)),
        ("#3 post now", Request(Verb.POST, "#3")),
        ("support weekly post now!", Request(Verb.POST, "support weekly")),
        ("post", Request(Verb.POST)),
        ("post now #3", Request(Verb.POST, "#3")),
        ("post #3 ", Request(Verb.POST, "#3")),
        ("post #3 now", Request(Verb.POST, "#3")),
        ("post support weekly now.", Request(Verb.POST, "support weekly")),
        ("post now now", Request(Verb.POST)),
        ("post snow", Request(Verb.POST, "snow")),
        ("post the agenda for support weekly", Request(Verb.POST, "support weekly")),
        ("postpone #3", Request(Verb.POSTPONE, "#3")),
        ("move support weekly", Request(Verb.POSTPONE, "support weekly")),
        ("postpone to friday", Request(Verb.POSTPONE)),
        ("postpone #3 to next friday", Request(Verb.POSTPONE, "#3")),
        ("pause", Request(Verb.PAUSE)),
        ("pause please", Request(Verb.PAUSE)),
        ("please pause", Request(Verb.PAUSE)),
        ("skip #1!", Request(Verb.SKIP, "#1")),
        ("skip the next one, please!", Request(Verb.SKIP)),
        ("skip one on one", Request(Verb.SKIP, "one on one")),
        ("resume", Request(Verb.RESUME)),
        ("unpause #3", Request(Verb.RESUME, "#3")),
        ("start #3", Request(Verb.RESUME, "#3")),
        ("cancel series #3", Request(Verb.CANCEL, "#3")),
        ("stop #3", Request(Verb.CANCEL, "#3")),
        ("delete #3", Request(Verb.CANCEL, "#3")),
        ("remove #3", Request(Verb.CANCEL, "#3")),
        ("edit 3", Request(Verb.EDIT, "3")),
        ("change the retro", Request(Verb.EDIT, "retro")),
        ("history", Request(Verb.HISTORY)),
        ("retro history", Request(Verb.HISTORY, "retro")),
        ("notes retro", Request(Verb.HISTORY, "retro")),
        ("schedule", Request(Verb.SCHEDULE)),
        ("schedule retrospective", Request(Verb.SCHEDULE, "retrospective")),
        ("new", Request(Verb.SCHEDULE)),
        # Points
        ("add", Request(Verb.ADD)),
        ("add the new on-call rota", Request(Verb.ADD, text="the new on-call rota")),
        ("Add: the new rota", Request(Verb.ADD, text="the new rota")),
        ("add #3 the new rota", Request(Verb.ADD, "3", "the new rota")),
        ("add to #3 the new rota", Request(Verb.ADD, "3", "the new rota")),
        ("add #3: the new rota", Request(Verb.ADD, "3", "the new rota")),
        ("add #3, the new rota", Request(Verb.ADD, "3", "the new rota")),
        ("add 3: the new rota", Request(Verb.ADD, "3", "the new rota")),
        ("add 3 things went wrong", Request(Verb.ADD, text="3 things went wrong")),
        ("add #3", Request(Verb.ADD, "3")),
        ("add private: their pay", Request(Verb.ADD, "", "their pay", is_private=True)),
        ("add #3 Privately - their pay", Request(Verb.ADD, "3", "their pay", is_private=True)),
        ("add private cloud costs", Request(Verb.ADD, text="private cloud costs")),
        ("add to #3", Request(Verb.ADD, "3")),
        ("add 3", Request(Verb.ADD, text="3")),
        ("add skip the rota", Request(Verb.ADD, text="skip the rota")),
        ("add post now", Request(Verb.ADD, text="post now")),
        ("add 2026: what we plan", Request(Verb.ADD, "2026", "what we plan")),
        ("add `rm -rf` <@U1> *now*", Request(Verb.ADD, text="`rm -rf` <@U1> *now*")),
    ],
)
def test_what_is_read(typed, request_):
    """The verb in front or behind, the series by number or title, and the words of a point as they are."""
    assert parse_request(typed) == request_


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (
            "skp",
            "I do not know “skp”. Did you mean `/agenda skip`? `/agenda help` shows what works.",
        ),
        ("shedule", "I do not know “shedule”. Did you mean `/agenda schedule`? `/agenda help` shows what works."),
        ("hist", "I do not know “hist”. Did you mean `/agenda history`? `/agenda help` shows what works."),
        (
            "the new rota",
            "I do not know “the”. To add a point, type `/agenda add the new rota`. `/agenda help` shows what works.",
        ),
        ("close", "I do not know “close”. The button *Close meeting* of its agenda closes a meeting. `/agenda help` shows what works."),
        ("close #3", "I do not know “close”. The button *Close meeting* of its agenda closes a meeting. `/agenda help` shows what works."),
        ("support weekly", "I do not know “support”. To add a point, type `/agenda add support weekly`. `/agenda help` shows what works."),
        ("#three", "I do not know “#three”. To add a point, type `/agenda add #three`. `/agenda help` shows what works."),
        ("tomorrow at nine", "I do not know “tomorrow”. To add a point, type `/agenda add tomorrow at nine`. `/agenda help` shows what works."),
        ("the\nrota\n\n", "I do not know “the”. To add a point, type `/agenda add the rota`. `/agenda help` shows what works."),
    ],
)  # fmt: skip
def test_what_is_not_understood(typed, sentence):
    """The sentence names the word, and what would work."""
    with pytest.raises(Refused) as refused:
        parse_request(typed)
    assert refused.value.sentence == sentence


@given(st.text(max_size=60))
def test_whatever_is_typed(typed):
    """A request, or one sentence that is not too long."""
    with suppress(Refused):
        parse_request(typed)
        return
    with pytest.raises(Refused) as refused:
        parse_request(typed)
    sentence = refused.value.sentence
    assert sentence.startswith("I do not know “")
    assert sentence == " ".join(sentence.split())
    assert len(sentence) < 200


@given(st.text(max_size=60))
def test_no_word_of_a_point_is_lost(words):
    """Behind "add" everything belongs to the point, but for the number of its series."""
    request = parse_request(f"add x{words}")
    assert request == Request(Verb.ADD, text=f"x{words}".strip())


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.ADD])
@given(number=st.integers(1, 10**9 - 1))
def test_every_verb_takes_a_number(verb, number):
    """In front of it and behind it."""
    series = "" if verb in (Verb.LIST, Verb.HELP, Verb.TEMPLATES) else f"#{number}"
    assert parse_request(f"{verb} #{number}") == Request(verb, series)
    assert parse_request(f"#{number} {verb}") == Request(verb, series)
