"""The stage of the workspace's tests: a practice Slack, the real client, and real Bolt apps over both transports."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from workspace_stage import Connect, manifest, practice, real_client

from bot.workspace.server import PracticeSlack


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[PracticeSlack]:
    """A practice Slack with the cast, and the app installed but not connected."""
    async with practice() as started:
        yield started


@pytest.fixture
def client(slack: PracticeSlack) -> AsyncWebClient:
    """The real client, pointed at the practice Slack, without retries of its own."""
    return real_client(slack)


@pytest_asyncio.fixture
async def connect(slack: PracticeSlack) -> AsyncIterator[Connect]:
    """Connect a Bolt app over Socket Mode."""
    handlers: list[AsyncSocketModeHandler] = []

    async def connect_app(app: AsyncApp) -> AsyncSocketModeHandler:
        handler = AsyncSocketModeHandler(app, slack.app.app_token)
        handlers.append(handler)
        await handler.connect_async()
        await slack.sockets.wait_for(len(handlers))
        return handler

    yield connect_app
    for handler in handlers:
        await handler.close_async()


@pytest_asyncio.fixture
async def serve(slack: PracticeSlack) -> AsyncIterator[Connect]:
    """Serve a Bolt app over HTTP, and install it there."""
    runners: list[web.AppRunner] = []

    async def serve_app(app: AsyncApp, **changes: Any) -> str:
        async def events(request: web.Request) -> web.Response:
            answer = await app.async_dispatch(await to_bolt_request(request))
            return await to_aiohttp_response(answer)

        place = web.Application()
        place.router.add_post("/slack/events", events)
        runner = web.AppRunner(place, access_log=None)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        slack.install(manifest(socket=False, **changes), request_url=url)
        return url

    yield serve_app
    for runner in runners:
        await runner.cleanup()
