"""Other systems push to the bot over HTTP: who may, what is read, and what is said when it goes wrong."""

from collections.abc import AsyncIterator, Callable, Mapping
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, encode_basic_auth
from slack_stage import Stage

from bot.errors import AlreadyDone, Refused
from bot.hook import Hook
from bot.services import Services

pytestmark = pytest.mark.asyncio

Open = Callable[..., Stage]
TOKEN = "a-very-long-tökén"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Heard:
    """A hook that keeps what it is given, and does as the test wants."""

    def __init__(self) -> None:
        self.pushed: list[tuple[Mapping[str, str], Any]] = []
        self.services: Services | None = None
        self.trouble: Exception | None = None

    def make(self, services: Services) -> Hook:
        """Return the hook."""
        self.services = services
        return self._take

    async def _take(self, headers: Mapping[str, str], body: Any) -> tuple[int, str]:
        self.pushed.append((headers, body))
        if self.trouble:
            raise self.trouble
        return 202, "Taken, thänk you."


@pytest.fixture
def heard() -> Heard:
    """What other systems push."""
    return Heard()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[ClientSession]:
    """Whoever calls from outside."""
    async with ClientSession() as session:
        yield session


async def opened(stage: Open, heard: Heard, token: str | None = TOKEN, **chosen: Any) -> str:
    """Open a bot that listens, and return where to push."""
    bot = stage(
        listen=True, hooks={"/hooks/alerts": heard.make}, steward_hook_token=token, **chosen
    )
    assert bot.house.web is not None
    await bot.house.web.start()
    assert heard.services is bot.services
    return f"http://127.0.0.1:{bot.house.web.port}/hooks/alerts"


@pytest.mark.parametrize("app_token", [None, "xapp-1"], ids=["http", "socket mode"])
@pytest.mark.parametrize(
    "how",
    [
        {"headers": BEARER},
        {"headers": {"authorization": f"bearer {TOKEN} "}},
        {"headers": {"Authorization": encode_basic_auth("anybody", TOKEN)}},
        {"params": {"token": TOKEN}},
        {"params": {"token": TOKEN}, "headers": {"Authorization": "Bearer of-a-proxy"}},
    ],
    ids=["bearer", "small letters", "basic", "query", "behind a proxy"],
)
async def test_who_has_the_token_is_heard(
    stage: Open, browser: ClientSession, heard: Heard, how: dict[str, Any], app_token: str | None
) -> None:
    """However they can send it, and however Slack is reached."""
    url = await opened(stage, heard, slack_app_token=app_token)

    async with browser.post(url, json={"status": "firing", "n": [1, None]}, **how) as answer:
        assert (answer.status, await answer.text()) == (202, "Taken, thänk you.")

    [(headers, body)] = heard.pushed
    assert body == {"status": "firing", "n": [1, None]}
    assert headers["CONTENT-TYPE"] == headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"headers": {"Authorization": TOKEN}},
        {"headers": {"Authorization": "Bearer"}},
        {"headers": {"Authorization": "Bearer a-very-long-token"}},
        {"headers": {"Authorization": f"Bearer {TOKEN}x"}},
        {"headers": {"Authorization": "Bearer \udcff"}},
        {"headers": {"Authorization": "Basic ???"}},
        {"headers": {"Authorization": "Basic /////w=="}},
        {"headers": {"Authorization": encode_basic_auth(TOKEN, "anything")}},
        {"params": {"token": ""}},
        {"params": {"token": TOKEN.upper()}},
    ],
    ids=str,
)
async def test_others_are_not(
    stage: Open, browser: ClientSession, heard: Heard, how: dict[str, Any]
) -> None:
    """What they send is not even read."""
    url = await opened(stage, heard)

    async with browser.post(url, data=b"{", **how) as answer:
        assert (answer.status, await answer.text()) == (401, "the token is missing or wrong")
        assert "WWW-Authenticate" in answer.headers
    assert heard.pushed == []


@pytest.mark.parametrize("token", [None, ""])
@pytest.mark.parametrize("params", [{}, {"token": ""}])
async def test_without_a_token_nobody_is_heard(
    stage: Open,
    browser: ClientSession,
    heard: Heard,
    token: str | None,
    params: dict[str, str],
) -> None:
    """The sentence tells the operator what to set."""
    url = await opened(stage, heard, token)

    async with browser.post(url, json={}, params=params) as answer:
        assert answer.status == 404
        assert await answer.text() == "not enabled: set STEWARD_HOOK_TOKEN"
    assert heard.pushed == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 200_000, b"status=firing"])
async def test_what_is_no_json_is_refused(
    stage: Open, browser: ClientSession, heard: Heard, body: bytes
) -> None:
    """With a sentence, not with a failure."""
    url = await opened(stage, heard)

    async with browser.post(url, data=body, headers=BEARER) as answer:
        assert (answer.status, await answer.text()) == (400, "the body is not JSON")
    assert heard.pushed == []


async def test_a_push_without_end_is_refused(
    stage: Open, browser: ClientSession, heard: Heard
) -> None:
    """The limit is the one for Slack's requests."""
    url = await opened(stage, heard)

    async with browser.post(url, data=BytesIO(b" " * 5_000_000), headers=BEARER) as answer:
        assert answer.status == 413
    assert heard.pushed == []


async def test_only_pushes_are_taken(stage: Open, browser: ClientSession, heard: Heard) -> None:
    """Who looks with a browser changes nothing."""
    url = await opened(stage, heard)

    async with browser.get(url, headers=BEARER) as answer:
        assert answer.status == 405


@pytest.mark.parametrize(
    ("trouble", "status", "sentence"),
    [
        (Refused("No service is called db."), 422, "No service is called db."),
        (AlreadyDone(), 200, "done before"),
        (ValueError("secret"), 500, "something went wrong on my side; nothing was changed"),
    ],
)
async def test_what_goes_wrong_is_said(
    stage: Open,
    browser: ClientSession,
    heard: Heard,
    caplog: pytest.LogCaptureFixture,
    trouble: Exception,
    status: int,
    sentence: str,
) -> None:
    """A failure says nothing of itself to strangers, and nothing of what was sent to the log."""
    url = await opened(stage, heard)
    heard.trouble = trouble

    async with browser.post(url, json={"customer": "Hush Ltd"}, headers=BEARER) as answer:
        assert (answer.status, await answer.text()) == (status, sentence)

    assert "Hush" not in caplog.text
    assert "secret" not in caplog.text
    assert TOKEN not in caplog.text
    assert ("/hooks/alerts was not taken: ValueError at" in caplog.text) == (status == 500)
