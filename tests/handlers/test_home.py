"""App Home: a person's own page."""

import pytest
from freezegun import freeze_time

from bot.workspace.validator import check_view
from tests.front_door import ANA, BO, CY
from tests.helpdesk import MONDAY_0930


@pytest.fixture(autouse=True)
def frozen():
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True):
        yield


def words(view: dict) -> str:
    """Return everything a view says."""
    return str([block.get("text") or block.get("elements") for block in view["blocks"]])


def test_home_shows_todays_figures(slack, helpdesk):
    """Opening it publishes the page with the figures as of now."""
    helpdesk.answers(satisfied=940, unsatisfied=60)
    home = slack.wait(slack.slack.acts.open_home(ANA)).home
    assert "Hello Ana Ruiz" in words(home)
    assert "*CSAT*   *94.0 %*" in words(home)


def test_a_line_opens_in_a_window(slack, helpdesk):
    """At Home there is no channel to answer in, so the card opens as a window, and Why on top of it."""
    helpdesk.answers(satisfied=940, unsatisfied=60)
    home = slack.wait(slack.slack.acts.open_home(BO)).home
    line = next(block for block in home["blocks"] if "*CSAT*" in str(block))
    opened = slack.wait(slack.slack.acts.press(BO, home, "kpi.open", block_id=line["block_id"]))
    (card,) = opened.views
    assert "940" not in words(card)
    assert "94.0 %" in words(card)
    assert "Share here" not in words(card)  # there is no channel to share it in
    for action, told in (("kpi.why", "940 ÷ 1,000"), ("kpi.teams", "EMEA desk")):
        pushed = slack.wait(slack.slack.acts.press(BO, card, action))
        assert told in words(pushed.views[-1])
        assert not check_view(
            {key: pushed.views[-1][key] for key in ("type", "title", "close", "blocks")}
        )
        slack.wait(slack.slack.acts.close(BO, pushed.views[-1]["id"]))


def test_a_guest_sees_no_figures(slack):
    """And is told what they can expect."""
    home = slack.wait(slack.slack.acts.open_home(CY)).home
    assert "As a guest" in words(home)
    assert "CSAT" not in words(home)
