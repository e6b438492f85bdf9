"""Bad days at the front door: forged, stale and repeated requests, slow and failing handlers, strangers, hostile records.

Every one of them goes over Socket Mode and over signed HTTP, and leaves not a word of anybody's in the log.
"""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.orm import Session

from bot import clock
from bot.app import find_routers
from bot.blocks import kit
from bot.blocks.kit import Message
from bot.domain.ticket import Ticket
from bot.logs import OneLine
from bot.services import Services
from bot.slack.answer import Answer
from bot.slack.router import Payload, Router, combine
from bot.storage import audit
from bot.workspace.delivery import sign
from bot.workspace.outcome import Outcome
from bot.workspace.payloads import command_payload, response_url
from bot.workspace.validator import check_message
from tests.front_door import ANA, BO, CAST, CY, DEE, DESK, LEA, PARTNERS, FrontDoor, Mode

SECRET = "my salary is 4711"
APOLOGY = re.compile(
    r"Something went wrong on my side \(reference ([0-9a-f]{6})\)\. Nothing was changed — please try again\."
)
PATIENCE = 20  # seconds
# People whom Slack has named to us, and dates; any other markup is somebody's words.
OURS = re.compile(r"<@U0[A-Z]+>|<!date\^\d+\^[^|<>]+\|[^<>]+>")

OpenDoor = Callable[..., FrontDoor]


@pytest.fixture
def open_door(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[OpenDoor]:
    """Open the door of a house that has further handlers: `open_door(router, …)`."""
    with ExitStack() as doors:

        def open_door(*routers: Router, **how: Any) -> FrontDoor:
            everybody = [*find_routers().values(), *routers]
            door = FrontDoor(database_url, tmp_path, mode=mode, routers=everybody, **how)
            return doors.enter_context(door)

        yield open_door


@pytest.fixture
def by_http(database_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A door that strangers can knock at too."""
    with FrontDoor(database_url, tmp_path, mode="http") as door:
        yield door


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """What the program writes in its log; nothing in it tells who did or said anything, or opens a door."""
    caplog.set_level(logging.DEBUG, logger="bot")

    def read() -> str:
        lines = OneLine("%(levelname)s %(name)s: %(message)s")
        return "\n".join(map(lines.format, caplog.get_records("call")))

    yield read
    people = [word for one in CAST.people for word in (one.id, one.real_name)]
    for personal in (*people, DESK, PARTNERS, SECRET, "xoxb", "xapp", "hooks/", "signing"):
        assert personal not in read()


def saying(words: str) -> Message:
    """Return a message of one sentence."""
    return Message(words, [kit.section(words)])


def typed(door: FrontDoor, words: str, *, by: str, channel: str = DESK) -> Payload:
    """Return what Slack sends for a command, so that it can be sent more than once, or forged."""
    command, _, rest = words.partition(" ")
    place = door.slack.workspace.conversations[channel]
    return command_payload(door.slack.parts, by, place, command, rest)


def pressed(
    door: FrontDoor, button: Payload, *, by: str, team: str, channel: str = DESK
) -> Payload:
    """Return what Slack sends for a press, by anybody and on anything."""
    parts = door.slack.parts
    place = door.slack.workspace.conversations[channel]
    return {
        "type": "block_actions",
        "team": {"id": CAST.team.id},
        "user": {"id": by, "team_id": team},
        "trigger_id": parts.passes.mint_trigger(by, channel),
        "container": {"type": "message", "channel_id": channel, "message_ts": "1.1"},
        "channel": {"id": channel},
        "response_url": response_url(parts, "actions", by, place),
        "actions": [{"type": "button", "action_ts": "1.1", **button}],
    }


def deliver(door: FrontDoor, payload: Payload) -> Payload:
    """Send a payload as it is; it must be acknowledged in time. Return what the acknowledgement says."""
    kind = "slash_commands" if "command" in payload else "interactive"
    answer = door.wait(door.slack.acts.deliver(kind, payload))
    assert answer.is_ok
    assert answer.status == (200 if door.mode == "http" else None)
    return answer.body


def changes_of_csat(door: FrontDoor) -> list[tuple[str, str | None, str | None]]:
    """Return who changed CSAT's target, from what to what."""
    entries = door.services.database.read(audit.history, "kpi target", "csat")
    return [(entry.who, entry.before, entry.after) for entry in entries]


# Whose request is it?


def another_body(body: str, at: int) -> dict[str, str]:
    """Return the headers of a request whose body was changed after it was signed."""
    forged = sign("practice-signing-secret", str(at), body.replace("csat", "frt").encode())
    return {"X-Slack-Signature": forged}


@pytest.mark.parametrize(
    ("minutes", "secret", "headers"),
    [
        (0, "somebody else's secret", lambda *_: {}),
        (6, None, lambda *_: {}),
        (-6, None, lambda *_: {}),
        (0, None, another_body),
        (0, None, lambda *_: {"X-Slack-Signature": ""}),
        (0, None, lambda *_: {"X-Slack-Request-Timestamp": "yesterday"}),
    ],
    ids=[
        "a wrong secret",
        "six minutes old",
        "six minutes ahead",
        "another body",
        "no signature",
        "no time",
    ],
)
def test_a_request_that_is_not_slacks_is_turned_away(by_http, minutes, secret, headers):
    """401, nothing is done, nobody is shown anything, and the answer tells nothing."""
    at = int((clock.now() - timedelta(minutes=minutes)).timestamp())
    body = urlencode(typed(by_http, f"/kpi target csat 50 {SECRET}", by=ANA))
    reply = by_http.wait(
        by_http.slack.acts.signed_request(
            body, timestamp=at, secret=secret, headers=headers(body, at)
        )
    )
    assert reply.status == 401
    assert not any(word in reply.text for word in (SECRET, ANA, "csat"))
    assert by_http.seen(ANA) == []
    assert changes_of_csat(by_http) == []


def test_a_request_may_be_four_minutes_on_its_way(by_http):
    """Slack's clock and ours differ."""
    at = int((clock.now() - timedelta(minutes=4)).timestamp())
    body = urlencode(typed(by_http, "/kpi target csat 92", by=ANA))
    reply = by_http.wait(by_http.slack.acts.signed_request(body, timestamp=at))
    assert (reply.status, reply.text) == (200, "")
    assert changes_of_csat(by_http) == [(ANA, "90", "92")]


# What comes more than once.


def test_a_command_that_is_replayed_changes_once(slack):
    """The same trigger again, even after the target was changed back: silence, and nothing happens."""
    first = typed(slack, "/kpi target csat 92", by=ANA)
    deliver(slack, first)
    slack.command("/kpi target csat default", by=ANA)
    seen = len(slack.seen(ANA))

    assert deliver(slack, first) == {}

    assert len(slack.seen(ANA)) == seen
    assert changes_of_csat(slack) == [(ANA, "92", "90"), (ANA, "90", "92")]


def test_a_press_that_is_replayed_counts_once(slack):
    """Undoing twice would set what nobody has asked for."""
    slack.command("/kpi target csat 92", by=ANA)
    changed = slack.command("/kpi target csat 95", by=ANA)
    undo = pressed(slack, changed.button("Back to 92 %"), by=ANA, team=CAST.team.id)
    deliver(slack, undo)
    slack.command("/kpi target csat 99", by=ANA)

    assert deliver(slack, undo) == {}

    assert [after for _, _, after in changes_of_csat(slack)] == ["99", "92", "95", "92"]


def test_a_share_that_is_replayed_is_posted_once(slack):
    """Everybody would see the second one."""
    card = slack.command("/kpi csat", by=BO)
    share = pressed(slack, card.button("Share here"), by=BO, team=CAST.team.id)
    deliver(slack, share)
    assert deliver(slack, share) == {}
    assert len([one for one in slack.seen(LEA) if one["text"].startswith("CSAT")]) == 1


def test_a_press_at_home_that_comes_twice_opens_one_window(slack):
    """A trigger opens one window; the second delivery must not end in an apology."""
    home = slack.wait(slack.slack.acts.open_home(BO)).home
    line = next(block for block in home["blocks"] if "*CSAT*" in str(block))
    slack.slack.chaos.duplicate()
    opened = slack.wait(slack.slack.acts.press(BO, home, "kpi.open", block_id=line["block_id"]))
    assert opened.error is None
    assert len(opened.views) == 1
    assert "went wrong" not in str(opened.messages)


def form_router(closed: list[str] | None = None) -> Router:
    """Return a form that says goodbye when it is closed, and fails when that is asked of it."""
    router = Router()

    @router.command("/form", description="Opens a form")
    async def open_form(command: Payload, client: AsyncWebClient) -> None:
        words = kit.input_block("Words", kit.text_input("words"), block_id="words")
        view = kit.modal("Form", [words], callback_id="form", notify_on_close=True)
        await client.views_open(trigger_id=command["trigger_id"], view=view)

    @router.view("form")
    async def submit(ack: AsyncAck, view: Payload) -> None:
        said = view["state"]["values"]["words"]["words"]["value"]
        if said.startswith("late"):
            await ack()
        raise RuntimeError(said)

    @router.view_closed("form")
    async def close(view: Payload) -> None:
        if closed is None:
            raise RuntimeError(SECRET)
        closed.append(view["callback_id"])

    return router


def test_a_trigger_that_was_used_opens_nothing(open_door, log):
    """Slack refuses the second window; the person is told, and the first one stays."""
    door = open_door(form_router())
    first = typed(door, "/form", by=BO)
    deliver(door, first)

    assert APOLOGY.fullmatch(deliver(door, first)["text"])

    assert "exchanged_trigger_id" in log()
    assert len(door.slack.parts.views.stack(BO)) == 1


# Many at once.


@pytest.mark.both_databases
def test_five_slow_people_and_a_sixth(open_door):
    """All five wait for one another in the database, so all must be inside at once; meanwhile a sixth is answered."""
    everybody = threading.Barrier(6)
    router = Router()

    def wait_for_all(_: Session) -> int:
        return everybody.wait(PATIENCE)

    @router.command("/slow", description="Waits for five more")
    async def wait(services: Services, answer: Answer) -> None:
        await services.read(wait_for_all)
        await answer(saying("At last."))

    door = open_door(router)
    people = [(ANA, DESK), (BO, DESK), (LEA, DESK), (CY, DESK), (DEE, PARTNERS)]
    with ThreadPoolExecutor(len(people)) as hands:
        slow = [hands.submit(door.command, "/slow", by=who, channel=where) for who, where in people]
        door.wait_until(lambda: everybody.n_waiting == 5)
        assert door.command("/kpi help", by=BO).message["blocks"]
        everybody.wait(PATIENCE)
        answers = [each.result(PATIENCE) for each in slow]

    assert [seen.outcome.error for seen in answers] == [None] * 5
    assert all("At last." in [one["text"] for one in seen.messages] for seen in answers)


@pytest.mark.both_databases
def test_writers_queue_without_losing_anybody(slack):
    """Five changes at the same moment are all made, one after the other."""
    values = (91, 92, 93, 94, 95)
    with ThreadPoolExecutor(len(values)) as hands:
        acts = [
            hands.submit(slack.command, f"/kpi target csat {value}", by=ANA) for value in values
        ]
        errors = [each.result(PATIENCE).outcome.error for each in acts]
    assert errors == [None] * 5
    changes = [*reversed(changes_of_csat(slack))]
    assert {float(after or 0) for _, _, after in changes} == set(values)
    assert [before for _, before, _ in changes] == ["90", *(after for _, _, after in changes[:-1])]


# Handlers that fail.


def failing_router() -> Router:
    """Return handlers that raise what must not be told, before or after they have acknowledged."""
    router = Router()

    @router.command("/fail", description="Fails")
    async def fail(ack: AsyncAck, words: str) -> None:
        if words.startswith("late"):
            await ack()
        raise RuntimeError(words)

    @router.command("/panel", description="Has buttons that fail")
    async def show(answer: Answer) -> None:
        buttons = [kit.button("Early", "fail.early"), kit.button("Late", "fail.late")]
        await answer(Message("Buttons.", [kit.actions(buttons)]))

    @router.action("fail.early")
    async def fail_early() -> None:
        raise RuntimeError(SECRET)

    @router.action("fail.late")
    async def fail_late(ack: AsyncAck) -> None:
        await ack()
        raise RuntimeError(SECRET)

    return router


@pytest.mark.parametrize("when", ["early", "late"])
def test_a_command_that_fails_is_apologised_for(open_door, log, when):
    """Before its ack and after it: the person reads a reference, and the log has the same."""
    seen = open_door(failing_router()).command(f"/fail {when} {SECRET}", by=BO)
    assert seen.is_private
    found = APOLOGY.fullmatch(seen.text)
    assert found
    assert f"command /fail failed (reference {found[1]}): RuntimeError" in log()


@pytest.mark.parametrize("label", ["Early", "Late"])
def test_a_press_that_fails_is_apologised_for(open_door, log, label):
    """Beside the message, which stays."""
    door = open_door(failing_router())
    panel = door.command("/panel", by=BO)
    seen = door.press(panel, label)
    found = APOLOGY.fullmatch(seen.text)
    assert found
    assert seen.is_private
    assert f"action fail.{label.lower()} failed (reference {found[1]})" in log()
    assert panel.message["ts"] in [one["ts"] for one in door.seen(BO)]


def submitted(door: FrontDoor, words: str) -> Outcome:
    """Open the form, and send it with some words."""
    (form,) = door.command("/form", by=BO).outcome.views
    return door.wait(door.slack.acts.submit(BO, form["id"], {"words": words}))


def test_a_form_that_fails_stays_open_with_the_apology(open_door, log):
    """Nothing that was typed is lost."""
    outcome = submitted(open_door(form_router()), SECRET)
    found = APOLOGY.fullmatch(outcome.errors["words"])
    assert found
    assert len(outcome.views) == 1
    assert f"view form failed (reference {found[1]})" in log()


def test_a_form_that_fails_after_its_ack_is_told_of(open_door):
    """The form has closed; the apology comes in a window of its own, or as a direct message."""
    door = open_door(form_router())
    outcome = submitted(door, f"late {SECRET}")
    assert outcome.errors == {}
    direct = door.slack.workspace.direct(BO).id
    told = f"{outcome.views} {door.seen(BO, direct)}"
    assert APOLOGY.search(told)


def test_an_event_that_fails_is_delivered_again(open_door, log):
    """Slack tries three times more; nobody is written to."""
    router, heard = Router(), []

    @router.event("team_join")
    async def welcome() -> None:
        heard.append("somebody")
        raise RuntimeError(SECRET)

    door = open_door(router, ack_timeout=0.1)
    door.wait(door.slack.acts.event({"type": "team_join", "user": {"id": BO, "name": "bo"}}))
    door.wait(door.slack.settle())

    assert len(heard) == 4
    assert log().count("event team_join failed") == 4
    assert door.seen(BO) == []


@pytest.mark.parametrize("fails", [False, True])
def test_a_form_that_is_closed(open_door, fails):
    """The handler hears of it; when it fails nobody is told, for nobody is looking."""
    closed: list[str] = []
    door = open_door(form_router(None if fails else closed))
    (form,) = door.command("/form", by=BO).outcome.views
    outcome = door.wait(door.slack.acts.close(BO, form["id"]))
    assert outcome.error is None
    assert outcome.views == []
    assert closed == ([] if fails else ["form"])
    assert door.seen(BO) == []


# What nobody expects.


@pytest.mark.parametrize(
    "button",
    [{"block_id": "b"}, {"block_id": "b", "action_id": ""}, {"action_id": "of.last.year"}],
    ids=["without an action id", "with an empty one", "of an earlier version"],
)
def test_a_button_that_nobody_handles(slack, button):
    """It is acknowledged, and whoever pressed it is told to ask again."""
    assert deliver(slack, pressed(slack, button, by=BO, team=CAST.team.id)) == {}
    (told,) = slack.seen(BO)
    assert "from an earlier version of me" in told["text"]


def test_a_command_that_the_bot_does_not_have(slack):
    """Slack may know more commands than the bot, after one was removed: it says which it has."""
    features = slack.slack.app.manifest["features"]
    features["slash_commands"].append({**features["slash_commands"][0], "command": "/old"})
    seen = slack.command(f"/old {SECRET}", by=BO)
    assert seen.is_private
    known = ", ".join(sorted(combine(find_routers().values()).commands))
    assert seen.text == f"I do not know /old. What I know: {known}."


def test_a_form_and_a_shortcut_of_an_earlier_version(slack):
    """A form says that nothing was saved, where the person is looking."""
    who = {"team": {"id": CAST.team.id}, "user": {"id": BO, "team_id": CAST.team.id}}
    view = {"id": "V1", "hash": "h", "type": "modal", "callback_id": "old", "blocks": []}
    form = deliver(slack, {"type": "view_submission", "view": view, **who})
    assert "Nothing was saved" in str(form["view"]["blocks"])
    trigger = slack.slack.parts.passes.mint_trigger(BO)
    shortcut = {"type": "shortcut", "callback_id": "old", "trigger_id": trigger, **who}
    deliver(slack, shortcut)
    assert "earlier version" in str(slack.slack.parts.views.stack(BO))


# Strangers.


@pytest.mark.parametrize(
    ("who", "team"),
    [(CY, CAST.team.id), (DEE, "T0AWAY"), (DEE, CAST.team.id), (ANA, "T0AWAY"), (BO, CAST.team.id)],
    ids=[
        "a guest",
        "a person of another workspace",
        "one who claims to be from here",
        "another workspace's person with a manager's id",
        "a member",
    ],
)
def test_nobody_but_a_manager_can_press_a_managers_button(slack, who, team):
    """A press can be forged; what counts is who Slack says has pressed."""
    changed = slack.command("/kpi target csat 92", by=ANA, channel=PARTNERS)
    channel = DESK if who == CY else PARTNERS
    undo = pressed(slack, changed.button("Back to 90 %"), by=who, team=team, channel=channel)
    assert deliver(slack, undo) == {}
    assert slack.seen(who, channel)[-1]["text"] == "Only managers can change targets."
    assert changes_of_csat(slack) == [(ANA, "90", "92")]


# Hostile records: what a customer's or a helpdesk's words could do on their way through the figures.

HOSTILE_TEAMS = ["<!channel>", "<https://evil.example|emea>", "x" * 100, "🎫" * 100, "مرحبا"]


@pytest.mark.parametrize("team", HOSTILE_TEAMS, ids=range(len(HOSTILE_TEAMS)))
def test_a_hostile_name_in_the_records_pings_nobody(slack, team):
    """A team is named by whoever runs the helpdesk; its name is shown to everybody, and does nothing."""
    now = clock.now()
    slack.tickets(
        [Ticket("T-1", now, rating="good", rated_at=now, team=team, customer="<!here>")],
        source="<!everyone>.csv",
    )
    card = slack.command(f"/kpi csat today team:{team}", by=BO)
    answers = [card, *(slack.press(card, label) for label in ("Why", "Trend", "By team"))]
    answers += [slack.press(card, "Share here"), slack.command("/kpi", by=BO)]
    for seen in answers:
        message = {"text": seen.text, "blocks": seen.message["blocks"]}
        assert check_message(message) == []
        assert "<" not in OURS.sub("", marked_up(message)), seen.text


def marked_up(part: Any) -> str:
    """Return everything in which Slack looks for markup: a message's own text, and mrkdwn."""
    if isinstance(part, list):
        return "\n".join(map(marked_up, part))
    if not isinstance(part, dict):
        return ""
    own = part["text"] if part.get("type") in (None, "mrkdwn") and "text" in part else ""
    below = (marked_up(value) for value in part.values())
    return "\n".join([own if isinstance(own, str) else "", *below])
