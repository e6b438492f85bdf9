"""Incidents on bad days: a card that is gone, a channel that is closed, Slack that is down, a process that was killed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from bot.vocabulary import IncidentState
from tests.front_door import ANA, BO, CY, LEA, Seen
from tests.incident_front import DECLARED, INC, NOON, IncidentDoor, after


@pytest.fixture(autouse=True)
def frozen() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock at noon in UTC on a Monday."""
    with freeze_time(NOON, real_asyncio=True) as clock:
        yield clock


@pytest.fixture(params=["socket", "http"])
def slack(request, database_url, tmp_path) -> Iterator[IncidentDoor]:
    """A practice workspace whose incidents have a channel, once over Socket Mode and once over signed HTTP."""
    with IncidentDoor(database_url, tmp_path, mode=request.param) as door:
        yield door


def told(slack: IncidentDoor, who: str = BO) -> Seen:
    """Return the bot's last direct message to somebody."""
    slack.deliver()
    return slack.letters(who)[-1]


def test_a_card_whose_message_was_deleted(slack):
    """Nothing breaks; whoever asks for the incident can have its card posted anew, and it goes on there."""
    slack.declare()
    slack.place.messages.pop(slack.seen(BO, INC)[0]["ts"])
    slack.submit(slack.press(slack.command("/incident 1", by=LEA), "Update"), text="Failing over")
    slack.deliver()
    assert slack.cards() == []
    assert slack.incident().cadence.told_at == NOON

    seen = slack.command("/incident 1", by=LEA)
    assert "| > Failing over" in seen.plain()
    slack.press(seen, "Post the card again")
    assert "| > Failing over" in slack.card().plain()
    slack.press(slack.card(), "Take lead", by=LEA)
    assert f"<@{LEA}>" in slack.card().plain()
    slack.fill("Update", text="It works again")
    assert slack.thread() == ["INC-001: It works again"]


def test_a_card_is_posted_anew_further_down(slack):
    """The one above says so, and only the new one goes on; a card on its way is not posted twice."""
    slack.declare()
    seen = slack.command("/incident 1", by=LEA)
    seen = slack.press(seen, "Post the card again")
    assert "is on its way already" in slack.press(seen, "Post the card again").text
    slack.deliver()
    above, below = slack.cards()
    assert above.text == "INC-001: its card stands further down now."
    assert "# 🔴 INC-001 API gateway down" in below.plain()
    slack.press(below, "Take lead", by=LEA)
    slack.deliver()
    assert [LEA in one.text for one in slack.cards()] == [False, True]


@pytest.mark.parametrize("trouble", ["archived", "removed"])
def test_a_channel_that_takes_no_card(slack, trouble):
    """The incident is written down all the same, its declarer is told why, and the card can be had later."""
    close(slack, trouble)
    seen = slack.submit(slack.command("/incident", by=BO), **DECLARED)
    assert "*INC-001* is written down" in seen.window()
    said = told(slack).text
    assert f"INC-001 is written down, but I could not post its card in <#{INC}>: " in said
    assert ("archived" if trouble == "archived" else "I am not in that channel") in said
    assert len(slack.letters(BO)) == 1

    slack.submit(slack.press(slack.command("/incident 1", by=LEA), "Update"), text="Failing over")
    reopen(slack, trouble)
    slack.press(slack.command("/incident 1", by=LEA), "Post the card")
    assert "| > Failing over" in slack.card().plain()


@pytest.mark.parametrize("trouble", ["archived", "removed"])
def test_a_channel_that_closes_in_mid_incident(slack, trouble, frozen):
    """The incident goes on from `/incident 1`, and its card is right as soon as it can be."""
    slack.declare()
    close(slack, trouble)
    slack.press(slack.command("/incident 1", by=LEA), "Take lead")
    slack.deliver()
    frozen.tick(timedelta(minutes=5))
    slack.submit(slack.press(slack.command("/incident 1", by=LEA), "Resolve"))
    slack.deliver()
    assert slack.incident().state is IncidentState.RESOLVED
    reopen(slack, trouble)
    slack.press(slack.command("/incident 1", by=LEA), "Close")
    assert "| Closed" in slack.card().plain()


def close(slack: IncidentDoor, trouble: str) -> None:
    """Archive the channel for incidents, or take the bot out of it."""
    if trouble == "archived":
        slack.place.is_archived = True
    else:
        slack.place.members.remove(slack.slack.app.bot_user)


def reopen(slack: IncidentDoor, trouble: str) -> None:
    """Mend it."""
    if trouble == "archived":
        slack.place.is_archived = False
    else:
        slack.slack.invite_app(INC)


def test_slack_takes_nothing_for_ten_minutes_in_mid_incident(slack, frozen):
    """What was done meanwhile is all there, and arrives once, in order."""
    slack.declare()
    card = slack.card()
    for method in (
        "chat.postMessage",
        "chat.update",
        "conversations.replies",
        "conversations.history",
    ):
        slack.slack.chaos.fail(method, 10_000)
    slack.press(card, "Take lead", by=LEA)
    for news in ("Failing over", "Half of it works"):
        frozen.tick(timedelta(minutes=5))
        slack.submit(slack.press(card, "Update", by=LEA), text=news)
        slack.deliver()
    assert slack.cards()[0].text == card.text
    slack.slack.chaos.clear()

    def has_arrived() -> bool:
        frozen.tick(timedelta(minutes=1))
        return len(slack.thread()) == 2 and LEA in slack.cards()[0].text

    slack.wait_until(has_arrived)
    assert slack.thread() == ["INC-001: Failing over", "INC-001: Half of it works"]
    assert "| > Half of it works" in slack.card().plain()


def test_a_process_that_is_killed_before_the_card_leaves(database_url, tmp_path, frozen):
    """The next one posts it, as the incident stands by then."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with IncidentDoor(database_url, first) as door:
        door.submit(door.command("/incident", by=BO), **DECLARED)
        assert door.cards() == []
    frozen.tick(timedelta(minutes=1))
    with IncidentDoor(database_url, second) as door:
        assert "# 🔴 INC-001 API gateway down" in door.card().plain()
        door.press(door.card(), "Take lead", by=LEA)
        assert door.incident().times.acknowledged == after(1)
        assert len(door.cards()) == 1


def test_slack_does_not_say_who_declares(slack):
    """Nobody becomes a member because Slack is slow; what was filled in stays, and the next try works."""
    form = slack.command("/incident", by=BO)
    slack.slack.chaos.fail("users.info", 5)
    guest = slack.submit(slack.command("/incident", by=CY), **DECLARED)
    assert "Slack did not say who you are just now" in guest.outcome.errors["title"]
    assert slack.submit(form, **DECLARED).view["title"]["text"] == "INC-001"


def test_a_form_that_comes_back_for_a_restricted_incident(slack):
    """Sent by somebody whom it does not name, it reads as one for an incident that is not there."""
    slack.declare(kind="security", named=[LEA], title="Keys leaked")
    form = slack.press(slack.command("/incident sec-1", by=LEA), "Update")
    payload = {
        "type": "view_submission",
        "team": {"id": "T0HOME"},
        "user": {"id": ANA, "team_id": "T0HOME"},
        "trigger_id": "1.2.3",
        "view": {
            **form.view,
            "id": "V0FORGED",
            "state": {"values": {"text": {"text": {"type": "plain_text_input", "value": "x"}}}},
        },
    }
    answers = []
    for metadata in (form.view["private_metadata"], "99||"):
        payload["view"]["private_metadata"] = metadata
        payload["view"]["hash"] = metadata
        came = slack.wait(slack.slack.acts.deliver("interactive", payload))
        answers.append(came.body)
    assert answers[0] == answers[1]
    assert answers[0]["errors"] == {"text": "I know of no such incident."}
