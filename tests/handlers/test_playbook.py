"""`/playbook` from the front door: what can be asked, how the bot is doing, and lost messages tried again."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time

from bot import clock
from bot.blocks.health import INCIDENTS
from bot.storage import audit
from bot.vocabulary import Delivery
from bot.workspace.validator import check_message
from tests.front_door import (
    ANA,
    BO,
    CY,
    DEE,
    DESK,
    LEA,
    PAGE,
    PARTNERS,
    FrontDoor,
    Mode,
    Seen,
    text,
)
from tests.lost import SECRET, lose

HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=10)  # the courier stays in office however busy this machine is
UNHURRIED = PAGE.replace("1000}", f"1000, lease_seconds: {LEASE.seconds}}}")


@pytest.fixture
def slack(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A practice workspace with a bot in it that sends."""
    with FrontDoor(database_url, tmp_path, mode=mode, page=UNHURRIED) as door:
        door.deliver()
        yield door


@pytest.fixture
def lost(slack: FrontDoor) -> None:
    """Two messages that were lost: one that failed, and one that may have arrived."""
    slack.write(lose, "agenda:3:1", PARTNERS, "not_in_channel", clock.now() - HOUR)
    slack.write(lose, "action:7", BO, "missing_scope", clock.now(), Delivery.UNCERTAIN)


def deliveries(slack: FrontDoor, by: str = ANA) -> Seen:
    """Ask how the bot is doing; Slack takes the answer, and nobody else sees it."""
    seen = slack.command("/playbook deliveries", by=by)
    assert seen.is_private
    assert check_message({"text": seen.text, "blocks": seen.message["blocks"]}) == []
    assert SECRET not in str(seen.message)
    return seen


# --- How the bot is doing ---


def test_everything_works(slack):
    """One look at everything, and nothing to press."""
    seen = deliveries(slack)

    assert seen.text == "Everything works."
    said = seen.plain().splitlines()
    assert said[:2] == ["# Deliveries", "| *Everything works.*"]
    assert "✅ *Outbox*: 0 waiting, 0 delivered" in said
    assert "✅ *Lost messages*: none" in said
    assert "✅ *Slack*: Home, as @steward" in said
    assert seen.kinds() == ["header", "section", "context"]


@pytest.mark.usefixtures("lost")
def test_lost_messages_are_shown_with_their_reasons(slack):
    """What is to be mended first, the rest small, then each message: where it was to go and what would help."""
    slack.slack.app.manifest["oauth_config"]["scopes"]["bot"].remove("reactions:read")

    seen = deliveries(slack)

    head, _, foot = seen.plain().partition("\n---\n")
    assert seen.text == (
        "2 of 8 need mending. Lost messages: 1 could not be delivered, 1 may or may not have arrived. "
        "Scopes: the app lacks reactions:read."
    )
    assert head.startswith(
        text("""
        # Deliveries
        | *2 of 8 need mending.*
        | ⚠️ *Lost messages*: 1 could not be delivered, 1 may or may not have arrived
        | → below is what each of them needs; then `/playbook retry` or `python -m bot doctor --retry` tries them again
        | ❌ *Scopes*: the app lacks reactions:read
        | → `python -m bot manifest` prints the manifest that has it; update the app with it and install it again
        ~ ✅ *Database*:
    """)
    )
    assert re.sub(r"\d+ \w+, \d\d:\d\d UTC", "(then)", foot) == text("""
        | *2* to <@U0BO>: it may have arrived, and I could not look: the app lacks a scope  [Try again]
        | → `python -m bot manifest` prints the manifest with it; update the app and install it again
        | (then) · 1 attempt · action
        | *1* to <#C0PARTNERS>: I am not in the channel  [Try again]
        | → type `/invite @Steward` there
        | (then) · 1 attempt · agenda
        ~ What may have arrived is looked for before it is sent again.
        [Try all again]
    """)


def test_a_channel_in_which_the_bot_cannot_post(database_url, tmp_path):
    """It is a link, with the words that invite the bot."""
    page = f"{UNHURRIED}channels: {{incidents: {PARTNERS}}}\n"
    with FrontDoor(database_url, tmp_path, page=page) as slack:
        slack.deliver()
        seen = deliveries(slack)
    assert (
        "| ❌ *Channel* <#C0PARTNERS> (incidents in app.yaml): I am not in it\n"
        "| → type `/invite @Steward` there, or choose another in app.yaml"
    ) in seen.plain()


def test_a_hundred_lost_messages_stay_within_slacks_limits(slack):
    """The newest are shown, and how many there are."""
    group = ",".join(f"U0PERSON{number:02}" for number in range(17))
    for number in range(100):
        at = clock.now() - HOUR + timedelta(seconds=number)
        slack.write(lose, f"{'<!channel>&' * 17}:{number}", group, "<!here>" * 28, at)

    seen = deliveries(slack)

    assert "~ These are the newest 15 of 100." in seen.plain()
    assert seen.kinds().count("section") == 2 + 15
    assert "<!" not in str(seen.message["blocks"]).replace("<!date^", "")


@pytest.mark.parametrize("who", [BO, LEA, CY, DEE])
def test_only_managers_see_how_the_bot_is_doing(slack, who):
    """Members, leads, guests and strangers get a clear no, and so do their presses."""
    slack.write(lose, "agenda:3:1", DESK, "not_in_channel", clock.now())
    seen = deliveries(slack)
    channel = PARTNERS if who == DEE else DESK

    for words in ("deliveries", "status", "retry", "retry 1"):
        refused = slack.command(f"/playbook {words}", by=who, channel=channel)
        assert refused.is_private
        assert refused.text.startswith("Only managers can ")
    if who != DEE:
        for button in ("Try again", "Try all again"):
            said = slack.press_as(seen, button, who)
            assert said == "Only managers can try messages again."
    assert "1 could not be delivered" in deliveries(slack).text


# --- Trying again ---


@pytest.mark.usefixtures("lost")
def test_one_message_is_tried_again(slack):
    """By its button; it is in the audit log, and a second press says that nothing waits."""
    seen = deliveries(slack)
    slack.slack.invite_app(PARTNERS)
    failed = one_letter(seen, 1)

    pressed = slack.press(failed, "Try again")
    again = slack.press(failed, "Try again")
    slack.deliver()

    assert pressed.text == (
        "I am trying message 1 again; `/playbook deliveries` shows how it goes."
    )
    assert again.text == (
        "Message 1 is not, or no longer, waiting to be tried again. `/playbook deliveries` shows what is."
    )
    assert [one["text"] for one in slack.seen(BO, PARTNERS)] == [SECRET]
    (entry,) = slack.services.database.read(audit.history, "delivery retry", "1")
    assert (entry.who, entry.after) == (ANA, "1")
    assert "1 may or may not have arrived" in deliveries(slack).text


def one_letter(seen: Seen, number: int) -> Seen:
    """Return the answer as if it showed one lost message alone, so that its button is the only one of its name."""
    blocks = [
        block
        for block in seen.message["blocks"]
        if block.get("accessory", {}).get("value") == str(number)
    ]
    assert blocks
    message = {**seen.message, "blocks": blocks}
    return Seen(type(seen.outcome)(messages=[message]), seen.by)


@pytest.mark.usefixtures("lost")
def test_all_are_tried_again(slack):
    """What may have arrived is looked for, and sent because it is not there."""
    seen = deliveries(slack)
    slack.slack.invite_app(PARTNERS)

    pressed = slack.press(seen, "Try all again")
    again = slack.press(seen, "Try all again")
    with freeze_time(clock.now() + LEASE, real_asyncio=True) as later:
        slack.deliver()
        later.tick(2)
        slack.deliver()

    assert pressed.text.startswith("I am trying 2 of them again;")
    assert again.text.startswith("Nothing is waiting to be tried again.")
    assert [one["text"] for one in slack.seen(BO, PARTNERS)] == [SECRET]
    assert [one.text for one in slack.letters(BO)] == [SECRET]
    assert "✅ *Lost messages*: none" in deliveries(slack).plain()


@pytest.mark.usefixtures("lost")
def test_a_press_that_arrives_twice_is_answered_once(slack):
    """Slack repeats what it believes to be lost."""
    seen = deliveries(slack)
    slack.slack.chaos.duplicate()
    assert slack.press(seen, "Try all again").text.startswith("I am trying 2")


@pytest.mark.usefixtures("lost")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("retry", "I am trying 2 of them again;"),
        ("retry all", "I am trying 2 of them again;"),
        ("Retry", "I am trying 2 of them again;"),
        ("deliveries retry", "I am trying 2 of them again;"),
        ("retry 1", "I am trying message 1 again;"),
        ("retry #2", "I am trying message 2 again;"),
        ("deliveries retry 2", "I am trying message 2 again;"),
        ("retry 3", "Message 3 is not, or no longer, waiting to be tried again."),
        ("retry one", "“one” is no message's number. `/playbook deliveries` shows them."),
        ("retry 1 2", "“1 2” is no message's number."),
        ("retry -1", "“-1” is no message's number."),
        ("retry 99999999999999999999", "“99999999999999999999” is no message's number."),
    ],
)
def test_trying_again_as_people_write_it(slack, words, said):
    """One by its number, or all."""
    assert slack.command(f"/playbook {words}", by=ANA).text.startswith(said)


def test_a_button_that_somebody_changed_tries_nothing(slack):
    """A press without a number is not one for all."""
    slack.write(lose, "agenda:3:1", DESK, "not_in_channel", clock.now())
    seen = deliveries(slack)
    for block in seen.message["blocks"]:
        if "accessory" in block:
            block["accessory"]["value"] = ""
    assert "is no message's number" in slack.press_as(seen, "Try again", ANA)
    assert "1 could not be delivered" in deliveries(slack).text


# --- On a bad day ---


def test_slack_hangs(slack):
    """Whoever asks is answered all the same, and is told what Slack did not say."""
    for method in ("auth.test", "users.conversations", "conversations.info", "users.info"):
        slack.slack.chaos.delay(method, seconds=6, times=9)

    seen = slack.command("/playbook deliveries", by=ANA)
    slack.wait_until(lambda: bool(slack.seen(ANA)))

    assert seen.outcome.error is None  # acknowledged in time
    (answer,) = slack.seen(ANA)
    assert answer["text"].startswith("1 of 6 needs mending. Slack: cannot be reached from here.")


# --- What can be asked ---


def test_every_command_is_shown(slack):
    """The page that a newcomer sees first: all commands with examples, within Slack's limits."""
    seen = slack.command("/playbook", by=BO)

    assert seen.is_private
    assert (
        seen.text
        == "What you can ask me: /playbook, /action, /agenda, /feedback, /incident, /kpi, /maintenance, /pulse, /report."
    )
    assert check_message({"text": seen.text, "blocks": seen.message["blocks"]}) == []
    plain = seen.plain()
    for name in (
        "/kpi",
        "/agenda",
        "/action",
        "/feedback",
        "/incident",
        "/playbook",
        "/pulse",
        "/report",
    ):
        assert f"| *{name}*  " in plain
    assert "| `/playbook deliveries`  managers: database, Slack, channels, and every" in plain
    assert "| `/kpi help` shows the rest" in plain


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("", "# What you can ask me"),
        ("all", "# What you can ask me"),
        ("help", "# /playbook"),
        ("HELP", "# /playbook"),
        ("?", "# /playbook"),
        ("agenda", "# /agenda"),
        ("/agenda", "# /agenda"),
        ("help agenda", "# /agenda"),
        ("help /kpi", "# /kpi"),
        ("Help Me", "I do not know “me”. `/playbook help` shows what works."),
        ("delivreies", "I do not know “delivreies”. Did you mean `/playbook deliveries`?"),
        ("agneda", "I do not know “agneda”. Did you mean `/playbook agenda`?"),
        ("deliveries now", "Only managers can see how I am doing."),
        ("<!channel> *now*", "I do not know “<!channel>”. `/playbook help` shows what works."),
    ],
)
def test_words_as_people_type_them(slack, words, title):
    """What is not known brings what is nearest, or where to look."""
    seen = slack.command(f"/playbook {words}", by=BO)
    assert seen.plain().splitlines()[0].removeprefix("| ") == title
    assert check_message({"text": seen.text, "blocks": seen.message["blocks"]}) == []
    assert "<!" not in seen.text


def test_an_incidents_lost_message_says_neither_where_nor_of_whom(slack):
    """The channel of a restricted incident tells of it, and whoever operates the bot may not know."""
    slack.write(lose, f"incident:1:own:{PARTNERS}", PARTNERS, "not_in_channel", clock.now())
    slack.write(lose, f"incident:1:rca:due:2026-11-23:{BO}", BO, "user_disabled", clock.now())
    seen = deliveries(slack)
    assert f"*1* {INCIDENTS}: I am not in the channel" in seen.plain()
    assert f"*2* {INCIDENTS}: the account is closed" in seen.plain()
    assert seen.plain().count("1 attempt · incident\n") == 2
    assert PARTNERS not in str(seen.message)
    assert BO not in str(seen.message)
