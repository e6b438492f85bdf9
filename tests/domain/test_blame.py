"""Words that say who instead of what: which are pointed out, and which are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.blame import find_blame


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It was human error.", ["human error"]),
        ("Operator mistakes led to it", ["Operator mistakes"]),
        ("The on-call engineer forgot to page", ["The on-call engineer forgot"]),
        ("Maria failed to check the disk", ["Maria failed to check"]),
        ("Jonas Berg ignored the alert", ["Jonas Berg ignored"]),
        ("a careless change", ["careless"]),
        ("he should have known", ["he should have", "should have known"]),
        ("@bo didn’t read the runbook", ["@bo didn’t read"]),
        ("Whose fault it was", ["Whose fault"]),
        ("Human error. HUMAN ERROR!", ["Human error"]),
    ],
)
def test_what_blames_is_found_as_it_was_written(text: str, found: list[str]) -> None:
    """Each wording once, with something else to write."""
    hints = find_blame([text])
    assert [hint.found for hint in hints] == found
    assert all(hint.instead for hint in hints)


@pytest.mark.parametrize(
    "text",
    [
        "The renewal was manual and nothing alerted on its expiry.",
        "Postgres failed to start because the disk was full.",
        "Monitoring did not fire; the check failed to connect.",
        "The engineer on call restarted the gateway.",
        "Default settings hid the error from the operator.",
        None,
        "",
    ],
)
def test_what_tells_of_systems_is_left_alone(text: str | None) -> None:
    """A hint that comes too often is not read."""
    assert find_blame([text]) == []


@given(st.lists(st.text() | st.none()))
def test_any_text_is_read(texts: list[str | None]) -> None:
    """And there are never more hints than somebody reads."""
    assert len(find_blame(texts)) <= 5
