"""App Home: a person's own page."""

import pytest
from freezegun import freeze_time

from bot.workspace.validator import check_view
from tests.front_door import ANA, BO, CY, DESK, Seen
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


def test_home_shows_what_i_have_to_do(slack):
    """My own action items, what is due first at the top."""
    slack.command("/action add <@U0BO|bo> write the letter by friday", by=ANA)
    slack.command("/action add <@U0BO|bo> call the customer by tomorrow", by=ANA)
    home = slack.wait(slack.slack.acts.open_home(BO)).home
    lines = next(block["text"]["text"] for block in home["blocks"] if "letter" in str(block))
    assert [line.split(" · ")[0] for line in lines.splitlines()] == [
        "• #2 call the customer",
        "• #1 write the letter",
    ]
    assert "letter" not in words(slack.wait(slack.slack.acts.open_home(ANA)).home)


def test_home_shows_my_next_meetings(slack):
    """The soonest first, those of others not at all; a point can be added on the spot."""
    for title, attendees in (("Later", [BO]), ("Sooner", [BO]), ("Of others", [])):
        form = slack.command("/agenda schedule", by=ANA)
        done = slack.submit(
            form,
            template="support_team",
            title=title,
            channel=DESK,
            at="16:00" if title == "Later" else "12:00",
            attendees=attendees,
        )
        slack.wait(slack.slack.acts.close(ANA, done.view["id"]))
    home = slack.wait(slack.slack.acts.open_home(BO)).home
    meetings = [block for block in home["blocks"] if "accessory" in block][:2]
    assert [block["text"]["text"].splitlines()[0] for block in meetings] == ["*Sooner*", "*Later*"]
    assert "Of others" not in words(home)
    pressed = slack.slack.acts.press(BO, home, "agenda.add:2", block_id=meetings[0]["block_id"])
    form = Seen(slack.wait(pressed), BO)
    assert "It waits for “Sooner”" in slack.submit(form, text="lunch").window()


def test_a_guest_sees_no_figures(slack):
    """And is told what they can expect."""
    home = slack.wait(slack.slack.acts.open_home(CY)).home
    assert "As a guest" in words(home)
    assert "CSAT" not in words(home)


def test_home_shows_what_is_wrong_and_what_waits_to_be_analysed(slack):
    """Open incidents with a button each; a restricted one only for those it names."""

    def declare(title: str, **more: object) -> None:
        form = slack.command("/incident", by=ANA)
        known = {"customers": "many", "effect": "down", "began": "unknown", "noticed": "staff"}
        slack.submit(form, title=title, **known, **more)

    declare("API gateway down")
    declare("Keys leaked", kind="security")
    mine, theirs = (slack.wait(slack.slack.acts.open_home(who)).home for who in (ANA, BO))
    assert "API gateway down" in words(mine)
    assert "Keys leaked" in words(mine)
    assert "API gateway down" in words(theirs)
    assert "Keys leaked" not in words(theirs)
    line = next(block for block in theirs["blocks"] if "API gateway" in str(block))
    acts = slack.slack.acts
    opened = slack.wait(acts.press(BO, theirs, "incident.press:show", block_id=line["block_id"]))
    assert "API gateway down" in words(opened.views[-1])
    assert check_view({key: theirs[key] for key in ("type", "blocks")}) == []
