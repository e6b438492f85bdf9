"""What stands between the bot and Slack and passes calls on, so that something can happen around one."""

from aiohttp import ClientSession, web

_PASSED = ("Authorization", "Content-Type")
_KEPT = ("Content-Type", "Retry-After", "X-OAuth-Scopes")


class Relay:
    """Passes the bot's calls on to Slack as they are; who wants something else overrides `pass_on`."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url

    async def open(self) -> str:
        """Listen, and return the address of the Web API on this end."""
        self._session = ClientSession()
        application = web.Application()
        application.router.add_route("*", "/api/{method}", self.pass_on)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/"

    async def close(self) -> None:
        """Listen no longer."""
        await self._runner.cleanup()
        await self._session.close()

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        """Answer a call of the bot's."""
        return await self.ask(request, request.match_info["method"], await request.read())

    async def ask(self, request: web.Request, method: str, body: bytes) -> web.Response:
        """Return what Slack answers to a call."""
        headers = {name: request.headers[name] for name in _PASSED if name in request.headers}
        async with self._session.request(
            request.method, self._api_url + method,
            params=request.query, data=body, headers=headers, allow_redirects=False,
        ) as answer:  # fmt: skip
            said = await answer.read()
        kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
        return web.Response(status=answer.status, body=said, headers=kept)
