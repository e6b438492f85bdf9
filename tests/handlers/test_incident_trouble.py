"""Incidents on bad days: a card that is gone, a channel that is closed, Slack that is down, a process that was killed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from bot.blocks.notice import notice
from bot.outgoing import incident as outgoing
from bot.storage.incident_steps import steps_of
from bot.vocabulary import IncidentState
from tests.front_door import ANA, BO, CY, LEA, Seen
from tests.incident_front import DECLARED, INC, NOON, IncidentDoor, after

SMALL = {"customers": "one", "effect": "cosmetic"}  # too little for a channel of its own


@pytest.fixture(autouse=True)
def frozen() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock at noon in UTC on a Monday."""
    with freeze_time(NOON, real_asyncio=True) as clock:
        yield clock


@pytest.fixture
def slack(mode, database_url, tmp_path) -> Iterator[IncidentDoor]:
    """A practice workspace whose incidents have a channel, once over Socket Mode and once over signed HTTP."""
    with IncidentDoor(database_url, tmp_path, mode=mode) as door:
        yield door


def told(slack: IncidentDoor, who: str = BO) -> Seen:
    """Return the bot's last direct message to somebody."""
    slack.deliver()
    return slack.letters(who)[-1]


def delete(slack: IncidentDoor, card: Seen) -> None:
    """Let somebody delete a card; where it has answers, Slack leaves a sign in its place."""
    slack.slack.workspace.remove(slack.place.messages[card.message["ts"]])


def look_after(slack: IncidentDoor) -> None:
    """Deliver, let the bot look after its incidents, and deliver what that promised."""
    slack.deliver()
    slack.tick("incident rooms", "incident rooms")


@pytest.mark.both_databases
@pytest.mark.parametrize("has_answers", [True, False])
def test_a_card_whose_message_was_deleted(slack, has_answers):
    """With the next change it is posted again by itself, with what was to be said below it, and goes on there."""
    slack.declare(**SMALL)
    if has_answers:
        slack.fill("Update", text="We look at it")
        slack.deliver()
    delete(slack, slack.cards()[0])
    slack.submit(slack.press(slack.command("/incident 1", by=LEA), "Update"), text="Failing over")
    look_after(slack)
    assert slack.incident().cadence.told_at == NOON
    *_, card = slack.cards()
    assert card.message["ts"] == slack.incident().card_ts
    assert "| > Failing over" in card.plain()
    said = [one.text for one in slack.place.thread_seen_by(BO, card.message["ts"])][1:]
    assert said == ([] if has_answers else ["INC-001: Failing over"])
    slack.press(card, "Take lead", by=LEA)
    look_after(slack)
    assert f"<@{LEA}>" in slack.cards()[-1].plain()
    assert [m["text"] for m in slack.seen(BO, INC)].count(slack.cards()[-1].text) == 1
    (step,) = slack.services.database.read(steps_of, slack.incident().id)
    assert step == "card"


def test_a_card_that_is_deleted_again(slack):
    """Whoever does that means it: it is posted again on request alone, and then by itself once more."""
    slack.declare(**SMALL)
    for words in ("One", "Two"):
        delete(slack, slack.cards()[-1])
        seen = slack.command("/incident 1", by=LEA)
        slack.submit(slack.press(seen, "Update"), text=words)
        look_after(slack)
    assert [one.text for one in slack.cards()] == ["This message was deleted."]
    assert slack.letters(BO) == []

    slack.press(slack.command("/incident 1", by=LEA), "Post the card again")
    look_after(slack)
    assert "| > Two" in slack.cards()[-1].plain()
    delete(slack, slack.cards()[-1])
    slack.press(slack.command("/incident 1", by=LEA), "Take lead")
    look_after(slack)
    assert f"<@{LEA}>" in slack.cards()[-1].plain()


def test_a_thread_that_is_gone_brings_its_card_back(slack):
    """What is said without any change of the card finds that out, too."""
    slack.declare(**SMALL)
    incident = slack.incident()
    delete(slack, slack.card())
    said = notice("Its channel is open")
    slack.write(outgoing.tell, slack.services, incident, said, "room:C0")
    look_after(slack)
    assert slack.thread() == ["Its channel is open"]


def test_a_card_that_was_deleted_of_an_incident_that_is_restricted_meanwhile(slack):
    """It is not posted where many read."""
    slack.declare()
    delete(slack, slack.card())
    slack.press(slack.command("/incident 1", by=LEA), "Take lead")
    slack.deliver()
    window = slack.press(slack.command("/incident 1", by=LEA), "More")
    slack.submit(slack.press(window, "Restrict"), named=[LEA])
    look_after(slack)
    look_after(slack)
    assert slack.cards() == []
    incident = slack.incident()
    assert (incident.label, incident.card_channel) == ("SEC-001", incident.channel)
    (own,) = [one for one in slack.slack.workspace.conversations.values() if one.name == "sec-001"]
    assert len([m for m in own.messages.values() if "SEC-001" in m.text]) == 1


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
    slack.tick("incident rooms")
    assert slack.incident().state is IncidentState.RESOLVED
    heard = [one.text for one in slack.letters(LEA) if "no longer bring the card" in one.text]
    assert len(heard) == (trouble == "archived")  # without a bot in it Slack takes edits still
    assert all("that channel is archived" in one for one in heard)
    assert len(slack.cards()) == 1
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


def test_a_process_that_is_killed_before_the_card_leaves(mode, database_url, tmp_path, frozen):
    """The next one posts it, as the incident stands by then."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with IncidentDoor(database_url, first, mode=mode) as door:
        door.submit(door.command("/incident", by=BO), **DECLARED)
        assert door.cards() == []
    frozen.tick(timedelta(minutes=1))
    with IncidentDoor(database_url, second, mode=mode) as door:
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
