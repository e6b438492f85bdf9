"""The page's door: what it reads, what it does, what it is told, and whom it refuses."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from workspace_stage import (
    ANA,
    BO,
    CY,
    DESK,
    DI,
    LOUNGE,
    ROSTER,
    Connect,
    bolt,
    button,
    modal,
    real_client,
)

from bot.workspace.server import PracticeSlack

Payload = dict[str, Any]


class Browser:
    """A browser that shows the page as one person."""

    def __init__(self, session: ClientSession, url: str, person: str) -> None:
        self.session, self.url, self.person = session, url, person

    async def get(self, name: str, **query: str) -> Payload:
        """Read something."""
        query = {"as": self.person, **query}
        async with self.session.get(f"{self.url}/page/{name}", params=query) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def act(self, **body: Any) -> Payload:
        """Do something."""
        body = {"as": self.person, **body}
        async with self.session.post(f"{self.url}/page/act", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())


@pytest_asyncio.fixture
async def browser(slack: PracticeSlack) -> AsyncIterator[Browser]:
    """ANA's browser."""
    async with ClientSession() as session:
        yield Browser(session, slack.url, ANA)


@pytest.mark.asyncio
async def test_the_snapshot_is_one_persons_view(browser: Browser) -> None:
    """Channels by what each may see, the app as a direct conversation, commands with their hints."""
    shot = await browser.get("snapshot")
    assert shot["workspace"] == {"id": "T0PRACTICE", "name": "Practice Hosting"}
    assert {c["name"]: c["kind"] for c in shot["conversations"]} == {
        "desk": "channel",
        "lounge": "channel",
        "board": "private",
        "old": "channel",
        "news": "channel",
        "Steward": "dm",
    }
    assert shot["app"]["home"] is True
    assert shot["commands"][0] == {
        "command": "/kpi",
        "description": "KPIs",
        "usage_hint": "[kpi] [period]",
    }
    assert (shot["connected"], shot["socket_mode"]) == (False, True)
    people = {p["id"]: p for p in shot["people"]}
    assert (people[CY]["is_guest"], people[DI]["foreign"]) == (True, True)
    assert people[ANA]["color"].startswith("#")
    assert (await browser.get("snapshot", **{"as": ""}))["me"] == ANA  # nobody was chosen yet

    browser.person = CY
    assert [c["name"] for c in (await browser.get("snapshot"))["conversations"]] == [
        "desk",
        "Steward",
    ]


@pytest.mark.asyncio
async def test_a_command_typed_on_the_page(
    slack: PracticeSlack, browser: Browser, connect: Connect
) -> None:
    """The answer shows in the conversation, marked as only visible to this person."""
    app = bolt(slack)

    @app.command("/kpi")
    async def answer(ack: Any) -> None:
        await ack(text="fine", blocks=[button()])

    @app.action("go")
    async def go(ack: Any, respond: Any) -> None:
        await respond(text="pressed", replace_original=True)
        await ack()

    await connect(app)
    assert await browser.act(do="command", channel=DESK, text="/kpi csat") == {"ok": True}
    shown = (await browser.get("messages", channel=DESK))["messages"]
    assert [(m["text"], m["ephemeral"]) for m in shown] == [("fine", True)]
    where = {"channel": DESK, "ts": shown[0]["ts"]}
    pressed = await browser.act(
        do="action", container=where, block_id="buttons", action_id="go", value={"value": "1"}
    )
    assert pressed == {"ok": True}
    shown = (await browser.get("messages", channel=DESK))["messages"]
    assert [m["text"] for m in shown] == ["pressed"]
    assert (
        "not a valid command" in (await browser.act(do="command", channel=DESK, text="/x"))["error"]
    )


@pytest.mark.asyncio
async def test_a_form_on_the_page(slack: PracticeSlack, browser: Browser, connect: Connect) -> None:
    """Errors come back by block; a good form closes."""
    app = bolt(slack)

    @app.shortcut("file")
    async def file(ack: Any, body: Payload, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=modal())
        await ack()

    @app.view("form")
    async def submit(ack: Any) -> None:
        await ack()

    await connect(app)
    await browser.act(do="shortcut", callback_id="file")
    view = (await browser.get("views"))["stack"][0]
    refused = await browser.act(do="submit", view_id=view["id"], state={})
    assert refused == {"ok": False, "errors": {"title": "Please complete this required field."}}
    state = {"title": {"it": {"type": "plain_text_input", "value": "x"}}}
    assert await browser.act(do="submit", view_id=view["id"], state=state) == {"ok": True}
    assert (await browser.get("views"))["stack"] == []


@pytest.mark.asyncio
async def test_home_is_asked_for_and_shown(
    slack: PracticeSlack, browser: Browser, connect: Connect
) -> None:
    """Opening Home lets the app publish it first."""
    app = bolt(slack)

    @app.event("app_home_opened")
    async def opened(event: Payload, client: Any) -> None:
        view = {"type": "home", "blocks": [button("refresh")]}
        await client.views_publish(user_id=event["user"], view=view)

    await connect(app)
    view = (await browser.get("home"))["view"]
    assert view["blocks"][0]["elements"][0]["action_id"] == "refresh"


@pytest.mark.asyncio
async def test_the_stream_tells_what_this_person_may_know(
    slack: PracticeSlack, browser: Browser
) -> None:
    """Messages with unread marks; another person's ephemeral message is never heard of."""
    client = real_client(slack)
    url = f"{slack.url}/page/stream?as={BO}"
    async with browser.session.ws_connect(url) as stream:
        await client.chat_postEphemeral(channel=DESK, user=ANA, text="psst")
        await client.chat_postMessage(channel=DESK, text="hello <!here>")
        heard = []
        while len(heard) < 2:
            frame = await stream.receive_json()
            if frame["type"] != "traffic":
                heard.append(frame)
    assert heard[0]["type"] == "message"
    assert heard[0]["message"]["text"] == "hello <!here>"
    assert heard[1] == {"type": "unread", "channel": DESK, "unread": 1, "mention": True}


@pytest.mark.asyncio
async def test_people_talk_on_the_page(slack: PracticeSlack, browser: Browser) -> None:
    """Say, reply, react, read and join; what cannot be done is said in a sentence."""
    await browser.act(do="say", channel=DESK, text="one")
    ts = slack.seen(BO, DESK)[0]["ts"]
    await browser.act(do="say", channel=DESK, text="two", thread_ts=ts)
    await browser.act(do="react", channel=DESK, ts=ts, name="eyes")
    thread = (await browser.get("thread", channel=DESK, ts=ts))["messages"]
    assert [m["text"] for m in thread] == ["one", "two"]
    assert thread[0]["reactions"][0]["users"] == [ANA]
    browser.person = BO
    refused = await browser.act(do="say", channel="C0NEWS", text="hi")
    assert refused == {"ok": False, "error": "Join #news before you write in it."}
    assert await browser.act(do="join", channel="C0NEWS") == {"ok": True}
    assert await browser.act(do="read", channel=DESK) == {"ok": True}
    shot = await browser.get("snapshot")
    assert {c["id"]: c["unread"] for c in shot["conversations"]}[DESK] == 0
    assert (await browser.act(do="dance"))["ok"] is False
    assert (await browser.act(do="read", channel="C0BOARD"))["ok"] is False


@pytest.mark.asyncio
async def test_a_workspace_without_an_app_has_a_page_too() -> None:
    """People see their channels and can talk; a command is refused in a sentence."""
    async with PracticeSlack(ROSTER) as slack, ClientSession() as session:
        browser = Browser(session, slack.url, ANA)
        shot = await browser.get("snapshot")
        assert (shot["app"], shot["commands"], shot["connected"]) == (None, [], False)
        assert (await browser.get("home"))["view"] is None
        assert await browser.act(do="say", channel=DESK, text="hi") == {"ok": True}
        refused = await browser.act(do="command", channel=DESK, text="/kpi")
        assert refused == {"ok": False, "error": "No app is installed in this workspace."}


@pytest.mark.asyncio
async def test_traffic_is_read_from_a_number_on(slack: PracticeSlack, browser: Browser) -> None:
    """The inspector asks for what is new."""
    client = real_client(slack)
    await client.auth_test()
    await client.users_info(user=ANA)
    entries = (await browser.get("traffic", after="1"))["entries"]
    assert [(e["number"], e["name"], e["status"]) for e in entries] == [(2, "users.info", "ok")]


@pytest.mark.asyncio
async def test_only_the_page_itself_is_served(slack: PracticeSlack, browser: Browser) -> None:
    """The page and its files are there; nothing else of this machine is."""
    async with browser.session.get(slack.url) as index:
        assert index.status == 200
        assert "default-src 'none'" in index.headers["Content-Security-Policy"]
    for path in ("nothing.js", "..%2Fserver.py", "%2Fetc%2Fpasswd", "..%2F..%2Fclock.py"):
        async with browser.session.get(f"{slack.url}/page/static/{path}") as lost:
            assert lost.status == 404, path


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.test"}, {"Origin": "http://evil.test"}, {"Origin": "null"}],
)
async def test_other_sites_do_not_drive_the_page(
    slack: PracticeSlack, browser: Browser, headers: dict[str, str]
) -> None:
    """A foreign host name or origin is refused, for acts and for the stream."""
    act = {"as": ANA, "do": "say", "channel": LOUNGE, "text": "x"}
    async with browser.session.post(f"{slack.url}/page/act", json=act, headers=headers) as answer:
        assert answer.status == 403
    async with browser.session.get(f"{slack.url}/page/stream?as={ANA}", headers=headers) as answer:
        assert answer.status == 403
    assert slack.seen(ANA, LOUNGE) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("body", ["[]", "{", '{"as": "U0ANA", "do": "say"}', '{"do": "say"}'])
async def test_malformed_acts_are_refused(
    slack: PracticeSlack, browser: Browser, body: str
) -> None:
    """What is not an act is a bad request, never a failure of the server."""
    headers = {"Content-Type": "application/json"}
    async with browser.session.post(f"{slack.url}/page/act", data=body, headers=headers) as answer:
        assert answer.status == 400
