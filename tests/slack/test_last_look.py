"""What may no longer go out does not, however late that turns out to be."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.slack.connection import Connection, TooLate


@pytest.mark.asyncio
@pytest.mark.parametrize("looks_that_pass", [0, 1])
async def test_nothing_is_written_once_it_may_not_go(looks_that_pass: int) -> None:
    """Whether that is so when the line stands, or only one turn of the loop later, in the step that writes."""
    arrived: list[str] = []

    async def take(request: web.Request) -> web.Response:
        arrived.append(request.path)
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_post("/api/{method}", take)
    looks = iter([True] * looks_that_pass + [False] * 9)
    async with TestServer(app) as server:
        connection = Connection("xoxb-1", str(server.make_url("/api/")))
        with pytest.raises(TooLate):
            await connection.ask(
                lambda client: client.chat_postMessage(channel="C0DESK", text="late"),
                lambda: next(looks),
            )
        assert arrived == []
        assert (await connection.ask(lambda client: client.auth_test())).get("ok")
        assert arrived == ["/api/auth.test"]
        await connection.close()
