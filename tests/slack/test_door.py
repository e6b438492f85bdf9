"""Every knock ends well: what reaches a handler, what people read when it refuses or fails, what Slack is told."""

import asyncio
import json
import logging
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_stage import (
    ANA,
    BO,
    BROKEN,
    CY,
    DESK,
    DI,
    JSON,
    OURS,
    THEIRS,
    SlackStandIn,
    Stage,
    refusal,
    said,
)

from bot.blocks import kit
from bot.blocks.kit import Message
from bot.domain.person import Person
from bot.errors import AlreadyDone, FormErrors, Refused
from bot.slack.answer import Answer
from bot.slack.people import WhoIs
from bot.slack.router import Payload, Router
from bot.vocabulary import Role

pytestmark = pytest.mark.asyncio

Open = Callable[..., Stage]
REFERENCE = re.compile(
    r"Something went wrong on my side \(reference [0-9a-f]{6}\)\. Nothing was changed — please try again\."
)


def failing(error: Exception, *, after_ack: bool = False) -> Router:
    """Return a router whose every handler raises."""
    router = Router()

    @router.command("/fail", description="Fails")
    @router.action("fail")
    @router.view("fail")
    @router.view_closed("fail")
    @router.shortcut("fail", name="Fail", description="Fails")
    @router.options("fail")
    @router.event("app_home_opened")
    async def fail(ack: AsyncAck) -> None:
        if after_ack:
            await ack()
        raise error

    return router


def sentence_in(view: Payload) -> str:
    """Return what a small window says."""
    sentence: str = view["blocks"][0]["text"]["text"]
    return sentence


async def test_a_command_reaches_its_handler_with_everything_it_names(stage: Open) -> None:
    """A handler is given what it asks for by name, the words in plain form."""
    given: dict[str, Any] = {}
    router = Router()

    @router.command("/kpi", description="KPIs")
    async def show(
        ack: AsyncAck,
        body: Payload,
        command: Payload,
        payload: Payload,
        words: str,
        client: object,
        services: object,
        person: Person,
        answer: Answer,
        trigger: str,
    ) -> None:
        given.update(locals())
        await ack()

    bot = stage(router)
    response = await bot.command(
        "/kpi  “last\u00a0month”  vs it\u2019s 2026\u201110 &amp; &lt;b&gt;", by=ANA
    )

    assert (response.status, response.body) == (200, "")
    assert given["words"] == '"last month" vs it\'s 2026-10 & <b>'
    assert given["person"].role is Role.MANAGER
    assert given["trigger"] == "1.2.abc"
    assert given["services"] is bot.services
    assert given["body"] is given["command"] is given["payload"]


async def test_a_handler_that_does_not_acknowledge_is_acknowledged_for(stage: Open) -> None:
    """The door acknowledges when a handler forgets to."""
    router = Router()

    @router.command("/nothing", description="Does nothing")
    async def nothing() -> None:
        pass

    response = await stage(router).command("/nothing")

    assert (response.status, response.body) == (200, "")


async def test_a_refusal_is_read_by_the_person_alone(stage: Open) -> None:
    """Before its ack a command is refused in the ack; nothing in the sentence can ping."""
    bot = stage(failing(Refused("No KPI is called <!channel> & co.")))

    seen = said(await bot.command("/fail"))

    assert seen["response_type"] == "ephemeral"
    assert seen["text"] == "No KPI is called &lt;!channel&gt; &amp; co."
    assert seen["blocks"][0]["text"]["verbatim"] is True


async def test_a_failure_before_the_ack_is_said_and_logged_without_a_word_of_it(
    stage: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """The person reads a reference; the log has the same one, and nothing that anybody typed."""
    response = await stage(failing(ValueError("her secret words"))).command(
        "/fail more secrets", by=ANA
    )

    sentence = said(response)["text"]
    assert REFERENCE.fullmatch(sentence)
    reference = re.findall(r"reference (\w{6})", sentence)[0]
    assert f"command /fail failed (reference {reference}): ValueError at test_door:" in caplog.text
    assert not re.search(f"secret|{ANA}|{DESK}|xoxb", caplog.text)


async def test_a_failure_after_the_ack_keeps_the_ack_and_is_said(
    stage: Open, slack: SlackStandIn
) -> None:
    """Slack gets its ack; the person reads the sentence all the same."""
    response = await stage(failing(KeyError("x"), after_ack=True)).command("/fail")

    assert (response.status, response.body) == (200, "")
    [answer] = slack.asked("respond")
    assert answer["response_type"] == "ephemeral"
    assert REFERENCE.fullmatch(answer["text"])


@pytest.mark.parametrize("after_ack", [False, True])
async def test_what_was_done_already_is_acknowledged_in_silence(
    stage: Open, slack: SlackStandIn, after_ack: bool
) -> None:
    """The same press delivered twice says nothing the second time."""
    bot = stage(failing(AlreadyDone(), after_ack=after_ack))

    assert (await bot.command("/fail")).body == ""
    assert (await bot.press("fail")).body == ""
    assert not slack.asked("respond")


async def test_a_refused_press_leaves_the_message_and_tells_the_person(
    stage: Open, slack: SlackStandIn
) -> None:
    """A press under a message is answered beside it, to the one who pressed."""
    response = await stage(failing(Refused("Only managers can do that."))).press("fail")

    assert (response.status, response.body) == (200, "")
    [answer] = slack.asked("respond")
    assert answer["text"] == "Only managers can do that."
    assert (answer["response_type"], answer["replace_original"]) == ("ephemeral", False)


async def test_a_refused_press_in_a_form_opens_a_window_on_top(
    stage: Open, slack: SlackStandIn
) -> None:
    """Where no channel is, the sentence comes in a small window."""
    bot = stage(failing(Refused("Not now.")))
    inside = {"container": {"type": "view", "view_id": "V1"}, "channel": None, "response_url": None}

    await bot.press("fail", view={"type": "modal", "id": "V1"}, **inside)
    await bot.press("fail", view={"type": "home", "id": "V2"}, **inside)

    assert sentence_in(slack.asked("views.push")[0]["view"]) == "Not now."
    assert sentence_in(slack.asked("views.open")[0]["view"]) == "Not now."


async def test_a_window_that_cannot_open_becomes_a_direct_message(
    stage: Open, slack: SlackStandIn
) -> None:
    """The handler may have used the trigger: then the sentence goes to the person's messages."""
    slack.answers["views.open"] = refusal("exchanged_trigger_id")

    await stage(failing(Refused("Not now."))).interact("shortcut", callback_id="fail")

    [message] = slack.asked("chat.postMessage")
    assert (message["channel"], message["text"]) == (BO, "Not now.")


async def test_form_errors_stand_beside_their_fields(stage: Open) -> None:
    """What is wrong with a field is shown there; anything else at the first field."""
    bot = stage(
        failing(FormErrors({"title": "A title, please.", "words": "Too many.", "gone": "Unknown."}))
    )

    seen = said(await bot.submit("fail", fields=["title", "severity"]))

    assert seen == {
        "response_action": "errors",
        "errors": {"title": "A title, please. Too many. Unknown."},
    }


async def test_a_refused_form_says_so_at_its_first_field_or_in_its_place(stage: Open) -> None:
    """A form stays open with the sentence in it."""
    bot = stage(failing(Refused("The channel is archived.")))

    with_fields = said(await bot.submit("fail", fields=["title"]))
    without = said(await bot.submit("fail"))

    assert with_fields["errors"] == {"title": "The channel is archived."}
    assert without["response_action"] == "update"
    assert without["view"]["blocks"][0]["text"]["text"] == "The channel is archived."


async def test_a_form_that_fails_after_its_ack_is_told_in_a_window(
    stage: Open, slack: SlackStandIn
) -> None:
    """The form has closed; the person still learns of it."""
    response = await stage(failing(FormErrors({"a": "Too late."}), after_ack=True)).submit(
        "fail", fields=["a"]
    )

    assert (response.status, response.body) == (200, "")
    assert sentence_in(slack.asked("views.open")[0]["view"]) == "Too late."


async def test_what_nobody_sees_fails_in_silence(stage: Open, slack: SlackStandIn) -> None:
    """A closed form and a menu that is typed in are acknowledged; nobody is written to."""
    bot = stage(failing(ValueError()))
    closed = await bot.interact("view_closed", view={"id": "V1", "callback_id": "fail"})
    options = await bot.interact("block_suggestion", action_id="fail", value="a")

    assert (closed.status, closed.body) == (200, "")
    assert said(options) == {"options": []}
    assert not [call for call in slack.calls if call[0] != "auth.test"]


async def test_an_event_that_failed_is_delivered_again(stage: Open) -> None:
    """Slack retries an event that is not acknowledged; a refusal or a second delivery is no failure."""
    opened = {"type": "app_home_opened", "user": BO}

    assert (await stage(failing(ValueError())).event(opened)).status == 500
    assert (await stage(failing(ValueError(), after_ack=True)).event(opened)).status == 200
    assert (await stage(failing(Refused("No."))).event(opened)).status == 200
    assert (await stage(failing(AlreadyDone())).event(opened)).status == 200


@pytest.mark.parametrize("places", ["before", "after"])
async def test_all_who_hear_an_event_are_told_of_it(
    stage: Open, caplog: pytest.LogCaptureFixture, places: str
) -> None:
    """One that fails neither stops nor hides the others; Slack delivers the event again until none of them fails."""
    heard: list[str] = []
    first, second = Router(), Router()
    trouble: list[Exception] = [ValueError()]

    @first.event("app_home_opened")
    async def succeed(ack: AsyncAck, event: Payload) -> None:
        heard.append(event["user"])
        await ack()

    @second.event("app_home_opened")
    async def fail_once(event: Payload) -> None:
        if trouble:
            raise trouble.pop()
        heard.append(event["user"] + " again")

    bot = stage(*((first, second) if places == "after" else (second, first)))
    opened = {"type": "app_home_opened", "user": ANA, "tab": "home"}

    assert (await bot.event(opened)).status == 500
    assert heard == [ANA]
    assert "event app_home_opened failed" in caplog.text
    assert (await bot.event(opened)).status == 200
    assert sorted(heard) == [ANA, ANA, f"{ANA} again"]


async def test_what_nobody_handles_is_answered_politely(stage: Open, slack: SlackStandIn) -> None:
    """Unknown commands, buttons, forms, shortcuts and events end with a sentence or an ack, never with 404."""
    bot = stage(failing(ValueError()))

    assert said(await bot.command("/nope"))["text"] == "I do not know /nope. What I know: /fail."
    assert "earlier version" in said(await bot.submit("gone"))["view"]["blocks"][0]["text"]["text"]
    pressed = await bot.press("gone")
    assert pressed.status == 200
    assert "earlier version" in slack.asked("respond")[0]["text"]
    assert (await bot.interact("shortcut", callback_id="gone")).status == 200
    assert said(await bot.interact("block_suggestion", action_id="gone", value="")) == {
        "options": []
    }
    assert (await bot.event({"type": "team_join", "user": {"id": BO}})).status == 200
    assert (await bot.interact("view_closed", view={"callback_id": "gone"})).status == 200


async def test_a_link_is_only_acknowledged(stage: Open, slack: SlackStandIn) -> None:
    """Slack reports a pressed link too; it has done what it should."""
    response = await stage(Router()).interact(
        "block_actions", actions=[{"action_id": "x", "block_id": "b", "url": "https://example.com"}]
    )

    assert response.status == 200
    assert [call for call in slack.calls if call[0] != "auth.test"] == []


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions"},
        {"type": "block_actions", "actions": []},
        {"type": "block_actions", "actions": ["x"], "container": None, "user": None},
        {"type": "view_submission"},
        {"type": "view_submission", "view": {"blocks": [1, None]}},
        {"type": "view_closed", "view": None},
        {"type": "message_action"},
        {"type": "interactive_message", "callback_id": "old", "actions": [{"name": "x"}]},
        {"type": "dialog_submission", "callback_id": "old"},
        {"type": "workflow_step_edit", "callback_id": "old"},
        {"type": "something_new"},
        {"type": "event_callback", "event": {}},
        {"type": "event_callback", "event": {"type": "message", "channel_type": "im", "user": 7}},
        {"type": "event_callback"},
        {},
    ],
)
async def test_a_payload_that_makes_no_sense_is_acknowledged(stage: Open, payload: Payload) -> None:
    """Whatever is missing or strange in a signed request, it ends with an ack."""
    bot = stage(failing(ValueError()))
    where = {"user": {"id": BO}, **payload}

    assert (await bot.send(json.dumps(where), JSON)).status == 200


async def test_an_action_without_action_id_ends_well(stage: Open) -> None:
    """Bolt's own listeners answer 500 to this one."""
    assert (await stage(failing(ValueError())).press(None)).status == 200


async def test_buttons_of_one_block_share_a_handler(stage: Open) -> None:
    """What follows the colon tells them apart and is not routed by."""
    pressed: list[str] = []
    router = Router()

    @router.action("skip")
    async def skip(ack: AsyncAck, action: Payload) -> None:
        pressed.append(action["action_id"])
        await ack()

    bot = stage(router)
    await bot.press("skip:3")
    await bot.press("skip")
    await bot.press("skipper:3")

    assert pressed == ["skip:3", "skip"]


async def test_a_form_sent_again_has_the_same_trigger(stage: Open) -> None:
    """After a time-out the form stays open, and people press Submit again: same view, same state, same key."""
    seen: list[str] = []
    router = Router()

    @router.view("form")
    async def submit(ack: AsyncAck, trigger: str) -> None:
        seen.append(trigger)
        await ack()

    bot = stage(router)
    await bot.submit("form", trigger_id="1.1.a")
    await bot.submit("form", trigger_id="2.2.b")

    assert seen == ["V1:h1", "V1:h1"]


async def test_a_person_of_another_workspace_is_a_guest(stage: Open, slack: SlackStandIn) -> None:
    """Whoever comes from elsewhere is a guest, and Slack is not asked about them."""
    roles: list[Role] = []
    router = Router()

    @router.action("who")
    async def who(person: Person) -> None:
        roles.append(person.role)
        person.must_be(Role.MANAGER, "set targets")

    bot = stage(router)
    await bot.press("who", by=DI, team=THEIRS)
    await bot.press("who", by=ANA, team=THEIRS)

    assert roles == [Role.GUEST, Role.GUEST]
    assert not slack.asked("users.info")
    assert slack.asked("respond")[0]["text"] == "Only managers can set targets."


async def test_a_bot_that_does_not_know_its_own_workspace_asks_before_it_judges(
    stage: Open, slack: SlackStandIn
) -> None:
    """Until then nobody is told from a person of elsewhere, and only listed people come in."""
    roles: list[Role] = []
    router = Router()

    @router.command("/who", description="Who")
    async def who(ack: AsyncAck, person: Person) -> None:
        roles.append(person.role)
        await ack()

    bot = stage(router)
    answer = slack.answers["auth.test"]
    slack.answers["users.info"] = {"ok": True, "user": {"profile": {"display_name": "Somebody"}}}
    slack.answers["auth.test"] = refusal("internal_error")
    refused = said(await bot.command("/who", by=DI, team=THEIRS))
    await bot.command("/who", by=ANA)
    slack.answers["auth.test"] = answer
    await bot.command("/who", by=DI, team=THEIRS)

    assert refused["text"].startswith("Slack did not say who you are just now.")
    assert roles == [Role.MANAGER, Role.GUEST]


async def test_a_handler_asks_who_somebody_else_is(stage: Open, slack: SlackStandIn) -> None:
    """Whom a person names is looked up as whoever knocks: role, zone and all; nobody knows a forged id."""
    found: list[Person] = []
    router = Router()

    @router.command("/who", description="Who", mentions=True)
    async def who(words: str, whois: WhoIs) -> None:
        found.append(await whois(words))

    bot = stage(router)
    for named in (ANA, BO, CY):
        await bot.command(f"/who {named}", by=BO)
    slack.answers["users.info"] = refusal("user_not_found")
    await bot.command("/who U0FORGED", by=ANA)
    slack.answers["users.info"] = BROKEN
    unknown = said(await bot.command("/who U0ELSE", by=ANA))

    assert [(person.id, person.role) for person in found] == [
        (ANA, Role.MANAGER),
        (BO, Role.MEMBER),
        (CY, Role.GUEST),
        ("U0FORGED", Role.GUEST),
    ]
    assert found[0].zone == ZoneInfo("Europe/Berlin")
    assert unknown["text"].startswith("Slack did not say who they are just now.")


async def test_a_slow_handler_is_acknowledged_in_time_and_goes_on(
    stage: Open, slack: SlackStandIn
) -> None:
    """Slack gives up after three seconds: the ack leaves before, the answer follows."""
    may_go_on = asyncio.Event()
    router = Router()

    @router.command("/slow", description="Slow")
    async def slow(ack: AsyncAck, answer: Answer) -> None:
        await may_go_on.wait()
        await answer(Message("Done.", [kit.section("Done.")]))
        await ack()
        raise Refused("Too late for the ack.")

    bot = stage(router, patience_seconds=0.01)
    response = await bot.command("/slow")
    may_go_on.set()
    await bot.house.door.settle(5)

    assert (response.status, response.body) == (200, "")
    assert [answer["text"] for answer in slack.asked("respond")] == [
        "Done.",
        "Too late for the ack.",
    ]


async def test_five_slow_people_do_not_hold_up_a_sixth(stage: Open) -> None:
    """Handlers that wait leave the door free."""
    everybody = asyncio.Event()
    router = Router()

    @router.command("/wait", description="Waits")
    async def wait() -> None:
        await everybody.wait()

    @router.command("/quick", description="Does not")
    async def quick(ack: AsyncAck) -> None:
        await ack("quick")

    bot = stage(router)
    waiting = [asyncio.create_task(bot.command("/wait", by=f"U0{number}")) for number in range(5)]
    assert (await bot.command("/quick")).body == "quick"
    everybody.set()
    assert [response.status for response in await asyncio.gather(*waiting)] == [200] * 5


async def test_only_slack_gets_in(stage: Open, caplog: pytest.LogCaptureFixture) -> None:
    """A wrong signature, or one that is older than five minutes, is turned away without a trace of the body."""
    caplog.set_level(logging.DEBUG)
    bot = stage(failing(ValueError()))

    assert (await bot.send("command=/fail&text=secret", secret="another")).status == 401
    assert (await bot.send("command=/fail&text=secret", age_seconds=360)).status == 401
    assert (await bot.send("command=/fail&text=secret", age_seconds=240)).status == 200
    assert "secret" not in caplog.text


async def test_slack_checks_the_address(stage: Open) -> None:
    """Slack's own checks of the address are answered by Bolt."""
    bot = stage()

    challenged = await bot.send('{"type":"url_verification","challenge":"abc"}', JSON)
    assert said(challenged) == {"challenge": "abc"}
    assert (await bot.send("ssl_check=1&token=x")).status == 200


async def test_our_own_events_are_ignored(stage: Open) -> None:
    """What the bot does itself comes back as an event; it never reaches a handler."""
    response = await stage(failing(ValueError())).event(
        {"type": "app_home_opened", "user": "U0BOT"}
    )

    assert response.status == 200


async def test_requests_are_answered_while_slack_does_not_say_who_we_are(
    stage: Open, slack: SlackStandIn
) -> None:
    """A genuine request is answered even when auth.test fails."""
    slack.answers["auth.test"] = refusal("internal_error")

    assert said(await stage(failing(Refused("No."))).command("/fail"))["text"] == "No."


async def test_a_message_event_is_routed_by_where_it_was_written(stage: Open) -> None:
    """Handlers subscribe to `message.im`; Slack sends `message` with a channel type."""
    heard: list[str] = []
    router = Router()

    @router.event("message.im", scopes=["im:history"])
    async def hear(event: Payload) -> None:
        heard.append(event["text"])

    bot = stage(router)
    await bot.event({"type": "message", "channel_type": "im", "user": BO, "text": "hello"})
    await bot.event({"type": "message", "channel_type": "channel", "user": BO, "text": "all"})

    assert heard == ["hello"]


async def test_a_handler_that_needs_a_person_is_not_called_without(stage: Open) -> None:
    """Some events have nobody behind them."""
    router = Router()

    @router.event("channel_rename")
    async def rename(person: Person) -> None:
        raise AssertionError(person)

    assert (await stage(router).event({"type": "channel_rename"}, team_id=OURS)).status == 200
