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
    ],
)
def test_a_verb_that_is_mistyped_is_recognised(words, meant):
    """The form opens all the same, and says what may have been meant."""
    found = parse_request(words)
    assert (found.verb, found.title) == (Verb.DECLARE, words)
    assert found.hint.startswith(f"Did you mean `/incident {meant}`?")


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
