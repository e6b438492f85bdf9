"""HTTP mode: real signatures, checked by a real Bolt app, and Slack's manners when the app answers badly."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from workspace_stage import ANA, DESK, Connect, bolt, manifest, practice

from bot import clock
from bot.workspace.server import PracticeSlack

Answer = Callable[[web.Request], Awaitable[web.Response]]


async def a_server(answer: Answer) -> tuple[web.AppRunner, str]:
    """Serve one plain answer, and return where."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/"


@pytest.mark.asyncio
async def test_bolt_accepts_the_signature_and_answers(slack: PracticeSlack, serve: Connect) -> None:
    """A command goes over HTTP as a signed form, and its answer comes back."""
    app = bolt(slack)

    @app.command("/kpi")
    async def answer(ack: Any, command: dict[str, Any]) -> None:
        await ack(text=f"*{command['text']}*", response_type="in_channel")

    await serve(app)
    outcome = await slack.acts.command(ANA, DESK, "/kpi csat & <b>")

    assert outcome.error is None
    assert [m["text"] for m in slack.seen(ANA, DESK)] == ["/kpi csat & <b>", "*csat & <b>*"]


@pytest.mark.asyncio
async def test_bolt_takes_presses_forms_and_events(slack: PracticeSlack, serve: Connect) -> None:
    """Shortcuts, events and the handshake all pass Bolt's own checks."""
    app, heard = bolt(slack), []

    @app.shortcut("file")
    async def shortcut(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body["type"])
        await ack()

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any]) -> None:
        heard.append(event["tab"])

    await serve(app)
    assert await slack.delivery.verify_url()
    assert (await slack.acts.shortcut(ANA, "file")).ok
    await slack.acts.open_home(ANA)

    assert heard == ["shortcut", "home"]


@pytest.mark.asyncio
async def test_a_wrong_signature_and_an_old_request_are_refused(
    slack: PracticeSlack, serve: Connect
) -> None:
    """Bolt answers 401 to another secret and to a request of six minutes ago."""
    app = bolt(slack)

    @app.command("/kpi")
    async def answer(ack: Any) -> None:
        await ack()

    await serve(app)
    body = urlencode({"command": "/kpi", "text": "", "user_id": ANA, "team_id": "T0PRACTICE"})
    old = int((clock.now() - timedelta(minutes=6)).timestamp())

    assert (await slack.acts.signed_request(body)).status == 200
    assert (await slack.acts.signed_request(body, secret="another")).status == 401
    assert (await slack.acts.signed_request(body, timestamp=old)).status == 401


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "word"), [(404, "http_client_error"), (500, "http_service_error")]
)
async def test_the_app_answers_badly(status: int, word: str) -> None:
    """The person reads Slack's word for it."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    runner, url = await a_server(answer)
    async with practice() as slack:
        slack.install(manifest(), request_url=url)
        outcome = await slack.acts.command(ANA, DESK, "/kpi")
    await runner.cleanup()

    assert outcome.error == f'/kpi failed with the error "{word}"'


@pytest.mark.asyncio
async def test_the_app_is_slow_or_away() -> None:
    """No answer within the limit, and nobody at the address, read differently."""

    release = asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    runner, url = await a_server(answer)
    async with practice(ack_timeout=0.05) as slack:
        slack.install(manifest(), request_url=url)
        slow = await slack.acts.command(ANA, DESK, "/kpi")
        release.set()
        await runner.cleanup()
        away = await slack.acts.command(ANA, DESK, "/kpi")

    assert str(slow.error).startswith("/kpi failed because the app did not respond")
    assert away.error == '/kpi failed with the error "dispatch_failed"'


@pytest.mark.asyncio
async def test_events_are_retried_with_slacks_headers() -> None:
    """Three more attempts, numbered and with a reason; a 2xx ends them."""
    attempts: list[tuple[str | None, str | None]] = []

    async def answer(request: web.Request) -> web.Response:
        headers = request.headers
        attempts.append((headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason")))
        return web.Response(status=200 if len(attempts) == 3 else 503)

    runner, url = await a_server(answer)
    async with practice() as slack:
        slack.install(manifest(), request_url=url)
        await slack.acts.open_home(ANA)
        await slack.settle()
    await runner.cleanup()

    assert attempts == [(None, None), ("1", "http_error"), ("2", "http_error")]


@pytest.mark.asyncio
async def test_no_retry_is_respected() -> None:
    """An app that says X-Slack-No-Retry is not asked again."""
    attempts: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        attempts.append((await request.json())["event"]["type"])
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    runner, url = await a_server(answer)
    async with practice() as slack:
        slack.install(manifest(), request_url=url)
        await slack.acts.open_home(ANA)
        await slack.settle()
    await runner.cleanup()

    assert attempts == ["app_home_opened"]


@pytest.mark.asyncio
async def test_urls_of_the_manifest_are_used() -> None:
    """Without a request URL of our own, each kind goes where the manifest says."""
    seen: dict[str, str] = {}

    async def answer(request: web.Request) -> web.Response:
        body = await request.text()
        seen[request.path] = body if request.path != "/interact" else json.dumps(body)
        return web.Response()

    runner, url = await a_server(answer)
    described = manifest(socket=False)
    described["features"]["slash_commands"][0]["url"] = f"{url}commands"
    described["settings"]["interactivity"]["request_url"] = f"{url}interact"
    described["settings"]["event_subscriptions"]["request_url"] = f"{url}events"
    async with practice() as slack:
        slack.install(described)
        await slack.acts.command(ANA, DESK, "/kpi")
        await slack.acts.shortcut(ANA, "file")
        await slack.acts.open_home(ANA)
    await runner.cleanup()

    assert set(seen) == {"/commands", "/interact", "/events"}
    assert seen["/commands"].startswith("token=")
    assert seen["/interact"].startswith('"payload=%7B')
    assert json.loads(seen["/events"])["type"] == "event_callback"
