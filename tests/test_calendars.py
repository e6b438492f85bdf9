"""A calendar is read from its address, or one sentence says why not; and no sentence repeats the address."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from aiohttp import web

from bot.calendars import read_address
from bot.errors import Refused
from tests.meetingroom import calendar, event

SECRET = "s3cret"  # as it stands in the address of a private calendar
TEXT = calendar(event("2026-11-23 09:00", rule="FREQ=WEEKLY"))
ERROR = "The calendar's address answers with an error ({}). Is it the public or secret ICS address?"
UNREACHABLE = "The calendar's address cannot be reached from here."
TOO_SLOW = "The calendar did not answer in time. Try again in a moment."
TOO_LARGE = "The calendar is larger than 10 MB. Use one that holds only this meeting."
NOT_AN_ADDRESS = "A calendar's address begins with https:// and mostly ends in .ics."

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Elsewhere:
    """A calendar's server on this machine; it answers as a test says."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._answers: dict[str, Answer] = {}
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        self.url = ""

    async def start(self) -> None:
        """Begin to listen."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    def on(self, path: str, answer: Answer) -> str:
        """Let a path be answered, and return its address."""
        self._answers[path] = answer
        return f"{self.url}{path}?key={SECRET}"

    def says(self, path: str = "/a.ics", body: bytes | str = TEXT, status: int = 200, **headers: str) -> str:  # fmt: skip
        """Let a path be answered with these bytes, and return its address."""

        async def answer(_: web.Request) -> web.Response:
            raw = body.encode() if isinstance(body, str) else body
            return web.Response(body=raw, status=status, headers=headers)

        return self.on(path, answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        answer = self._answers.get(request.path)
        return await answer(request) if answer else web.Response(status=404)


@pytest_asyncio.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    """Somebody else's server."""
    server = Elsewhere()
    await server.start()
    yield server
    await server.stop()


async def refused(url: str, seconds: float = 5.0) -> str:
    """Return why an address cannot be read."""
    with pytest.raises(Refused) as why:
        await read_address(url, seconds)
    assert SECRET not in why.value.sentence
    assert "127.0.0.1" not in why.value.sentence
    return why.value.sentence


@pytest.mark.asyncio
class TestReading:
    """What is there is read."""

    async def test_as_it_stands(self, elsewhere):
        """Its text, whatever it calls itself."""
        for kind in ("text/calendar", "text/plain", "application/octet-stream"):
            url = elsewhere.says(**{"Content-Type": kind})
            assert await read_address(f"  {url}\n", 5) == TEXT

    async def test_signs_of_all_kinds(self, elsewhere):
        """A byte order mark goes; what is no UTF-8 is replaced, and breaks nothing."""
        assert await read_address(elsewhere.says(body=b"\xef\xbb\xbf\xc3\xa4\xff"), 5) == "ä\ufffd"
        assert await read_address(elsewhere.says(body=b""), 5) == ""

    async def test_what_is_packed(self, elsewhere):
        """As servers send it."""
        packed = gzip.compress(TEXT.encode())
        url = elsewhere.says(body=packed, **{"Content-Encoding": "gzip"})
        assert await read_address(url, 5) == TEXT

    async def test_a_web_page_is_read_too(self, elsewhere):
        """Whether it is a calendar is for others to say, who do."""
        url = elsewhere.says(body="<html>Sign in</html>", **{"Content-Type": "text/html"})
        assert await read_address(url, 5) == "<html>Sign in</html>"

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_a_redirect_is_followed(self, elsewhere, status):
        """However it is called, to an address with or without a host."""
        elsewhere.says("/b.ics")
        for place in ("/b.ics", f"{elsewhere.url}/b.ics"):
            url = elsewhere.says("/a.ics", status=status, Location=place)
            assert await read_address(url, 5) == TEXT

    async def test_exactly_as_large_as_it_may_be(self, elsewhere):
        """Ten megabytes are taken."""
        url = elsewhere.says(body=b"x" * 10 * 1024 * 1024)
        assert len(await read_address(url, 10)) == 10 * 1024 * 1024


@pytest.mark.asyncio
class TestRefusing:
    """One sentence says what went wrong and what would help."""

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 500, 503])
    async def test_an_error(self, elsewhere, status):
        """With its number, and a question that mostly helps."""
        assert await refused(elsewhere.says(status=status)) == ERROR.format(status)

    async def test_more_than_ten_megabytes(self, elsewhere):
        """It is not read to its end."""
        sent = []

        async def endless(request: web.Request) -> web.StreamResponse:
            answer = web.StreamResponse()
            await answer.prepare(request)
            for _ in range(100):
                await answer.write(b"x" * 1024 * 1024)
                sent.append(1)
            return answer

        assert await refused(elsewhere.on("/a.ics", endless), 20) == TOO_LARGE
        assert len(sent) < 50

    async def test_what_grows_when_it_is_unpacked(self, elsewhere):
        """Twenty megabytes of nothing, in a hundredth of that."""
        bomb = gzip.compress(b"\0" * 20 * 1024 * 1024, compresslevel=1)
        url = elsewhere.says(body=bomb, **{"Content-Encoding": "gzip"})
        assert await refused(url, 20) == TOO_LARGE

    async def test_what_says_that_it_is_packed_and_is_not(self, elsewhere):
        """It cannot be read."""
        url = elsewhere.says(body=b"no gzip", **{"Content-Encoding": "gzip"})
        assert await refused(url) == UNREACHABLE

    async def test_a_server_that_never_answers(self, elsewhere):
        """It takes as long as it may, not longer."""
        asked = asyncio.Event()

        async def silent(_: web.Request) -> web.Response:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

        began = time.monotonic()
        assert await refused(elsewhere.on("/a.ics", silent), 0.2) == TOO_SLOW
        assert asked.is_set()
        assert time.monotonic() - began < 3

    async def test_a_server_that_answers_drop_by_drop(self, elsewhere):
        """It is the whole that may not take longer, not each part of it."""

        async def dripping(request: web.Request) -> web.StreamResponse:
            answer = web.StreamResponse()
            await answer.prepare(request)
            while request.transport is not None and not request.transport.is_closing():
                await answer.write(b"x")
                await asyncio.sleep(0.02)  # it is the server that is slow
            return answer

        began = time.monotonic()
        assert await refused(elsewhere.on("/a.ics", dripping), 0.3) == TOO_SLOW
        assert time.monotonic() - began < 3

    async def test_a_redirect_to_itself(self, elsewhere):
        """A handful is followed."""
        url = elsewhere.says("/a.ics", status=302, Location="/a.ics")
        assert await refused(url) == UNREACHABLE
        assert len(elsewhere.asked) == 6

    @pytest.mark.parametrize("place", ["ftp://127.0.0.1/b.ics", "file:///etc/passwd", "//", "http://[", "http://127.0.0.1:0/", "http://xn--/"])  # fmt: skip
    async def test_a_redirect_to_nowhere(self, elsewhere, place):
        """Only what an address may be."""
        url = elsewhere.says("/a.ics", status=302, Location=place)
        assert await refused(url) == UNREACHABLE

    async def test_a_redirect_to_an_error(self, elsewhere):
        """The last answer counts."""
        url = elsewhere.says("/a.ics", status=302, Location="/gone.ics")
        assert await refused(url) == ERROR.format(404)

    async def test_a_server_that_is_not_there(self, elsewhere):
        """Nobody listens."""
        await elsewhere.stop()
        assert await refused(f"{elsewhere.url}/a.ics?key={SECRET}") == UNREACHABLE

    async def test_a_connection_that_breaks(self, elsewhere):
        """In the middle of the answer."""

        async def breaking(request: web.Request) -> web.StreamResponse:
            answer = web.StreamResponse(headers={"Content-Length": "1000"})
            await answer.prepare(request)
            await answer.write(b"BEGIN:VCALENDAR")
            assert request.transport is not None
            request.transport.close()
            return answer

        assert await refused(elsewhere.on("/a.ics", breaking)) == UNREACHABLE

    async def test_webcal_is_https(self, elsewhere):
        """What is asked then is not the plain server that stands there."""
        url = elsewhere.says().replace("http://", "webcal://")
        assert await refused(url) == UNREACHABLE
        assert elsewhere.asked == []

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "   ",
            "calendar",
            "example.com/a.ics",
            "/a.ics",
            "//example.com/a.ics",
            "https://",
            "https:///a.ics",
            "http:a.ics",
            "ftp://example.com/a.ics",
            "file:///etc/passwd",
            "data:text/calendar,x",
            "javascript:alert(1)",
            "mailto:bo@example.com",
            "https://[::1/a.ics",
            "https://example.com:99999/a.ics",
            "https://example.com:port/a.ics",
            "https://exa mple.com/a.ics",
            "https://example.com/\x00.ics",
            "https://" + "x" * 70_000,
            "https://xn--/a.ics",
            "https://\u2028/a.ics",
            "webcal:",
            "webcal://",
        ],
    )
    async def test_what_is_no_address(self, url):
        """Nobody is asked."""
        assert await refused(url) in (NOT_AN_ADDRESS, UNREACHABLE)
