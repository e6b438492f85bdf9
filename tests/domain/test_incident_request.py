"""What follows `/incident`, read forgivingly: verbs, numbers, and everything else is a title."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.incident_request import Request, Verb, parse_request
from bot.errors import Refused


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        ("", Request(Verb.DECLARE)),
        ("new", Request(Verb.DECLARE)),
        ("declare dns is gone", Request(Verb.DECLARE, title="dns is gone")),
        ("api gateway down", Request(Verb.DECLARE, title="api gateway down")),
        ("502 errors from the api", Request(Verb.DECLARE, title="502 errors from the api")),
        ("resolve times out on db-3", Request(Verb.DECLARE, title="resolve times out on db-3")),
        ("database", Request(Verb.DECLARE, title="database")),
        ("List", Request(Verb.LIST)),
        ("help!", Request(Verb.HELP)),
        ("late", Request(Verb.LATE)),
        ("late mail was slow", Request(Verb.LATE, title="mail was slow")),
        ("drill: lose a zone", Request(Verb.DRILL, title="lose a zone")),
        ("7", Request(Verb.SHOW, "7")),
        ("INC-007", Request(Verb.SHOW, "inc-007")),
        ("#7.", Request(Verb.SHOW, "#7")),
        ("sec 2", Request(Verb.SHOW, "sec 2")),
        ("resolve inc 7", Request(Verb.RESOLVE, "inc 7")),
        ("7 reopen", Request(Verb.REOPEN, "7")),
        ("hand over 7", Request(Verb.LEAD, "7")),
        ("timeline DRILL-3", Request(Verb.TIMELINE, "drill-3")),
        ("false alarm 60", Request(Verb.FALSE_ALARM, "60")),
        ("disk full on 90", Request(Verb.DECLARE, title="disk full on 90")),
        ("resolve 65 fixed", Request(Verb.RESOLVE, "65", text="fixed")),
        ("Update INC-65: We are back", Request(Verb.UPDATE, "inc-65", text="We are back")),
        ("update inc 65 we are back", Request(Verb.UPDATE, "inc 65", text="we are back")),
        ("65 note, hello", Request(Verb.NOTE, "65", text="hello")),
        ("hand over 7 to lea", Request(Verb.LEAD, "7", text="to lea")),
        ("show 7 now", Request(Verb.SHOW, "7", text="now")),
        ("list open", Request(Verb.LIST)),
        ("list all open incidents, please", Request(Verb.LIST)),
        ("7 please", Request(Verb.SHOW, "7")),
        ("take 7, please!", Request(Verb.TAKE, "7")),
        ("update service down", Request(Verb.DECLARE, title="update service down")),
        ("open ports on the firewall", Request(Verb.DECLARE, title="open ports on the firewall")),
        ("3 hosts down, please help", Request(Verb.DECLARE, title="3 hosts down, please help")),
        ("declare update 7 is broken", Request(Verb.DECLARE, title="update 7 is broken")),
    ],
)
def test_words(words, request_):
    """As people type them."""
    assert parse_request(words) == request_


@pytest.mark.parametrize("words", ["inc-", "#", "#x", "inc7x", "sec-9999999999", "update"])
def test_slips(words):
    """What can only be one says what would work."""
    with pytest.raises(Refused, match=r"`/incident"):
        parse_request(words)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("resovle", "resolve"),
        ("resovle 7", "resolve 7"),
        ("flase alarm INC-7", "false alarm INC-7"),
        ("resolve seven", "resolve NUMBER"),
        ("7 8", "7"),
    ],
)
def test_what_is_mistyped_is_recognised(words, meant):
    """The form opens all the same, and says what may have been meant."""
    found = parse_request(words)
    assert (found.verb, found.title) == (Verb.DECLARE, words)
    assert found.hint.startswith(f"Did you mean `/incident {meant}`?")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("sev 1 outage", "sev 1"),
        ("status 500 from the api", "status 500"),
        ("INC-65 is back", "INC-65"),
        ("#65: fixed", "#65"),
    ],
)
def test_a_title_that_begins_like_a_verb_is_declared_with_a_hint(words, meant):
    """In an emergency nothing stands between; whoever meant the verb is told."""
    hint = f"Did you mean `/incident {meant}`? This form declares “{words}”."
    assert parse_request(words) == Request(Verb.DECLARE, title=words, hint=hint)


@pytest.mark.parametrize("words", ["close 7 days left", "leave INC-7 alone"])
def test_what_is_done_at_once_takes_no_more_words(words):
    """It may have been a title: nothing is done, and either is a few letters away."""
    with pytest.raises(Refused, match=r"takes no more words.*`/incident declare` before it"):
        parse_request(words)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_anything_else_is_the_title_of_a_new_one(words):
    """Nothing that somebody types in a hurry is lost, or breaks."""
    try:
        found = parse_request(words)
    except Refused as refused:
        assert "`/incident" in refused.sentence  # noqa: PT017 (either outcome is good)
        return
    if found.title:
        assert " ".join(words.split()).endswith(found.title)
