"""What the people of the workspace are called, read from Slack's list of them by pages: in memory alone, never kept.

It is there before it is needed, for a form must answer within three seconds. A page of the list counts, whoever reads it.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.domain.naming import called
from bot.logs import error_code, whereabouts
from bot.slack.connection import TROUBLE, pause_asked_by
from bot.slack.knock import Payload
from bot.slack.pace import steady

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=10)
"""So long what has names taken out of it waits for them to be read to the end."""

_PAGE = 500  # people, of the 999 that Slack gives at most
_KEPT_FOR = timedelta(hours=12)
_REST_SECONDS = 60.0  # after Slack did not answer
_MOST = 100_000  # names, so that a list without an end ends


class NameList:
    """Slack's list of people, and the names that have been read in it."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._whole: frozenset[str] = frozenset()  # when the list was last read to its end
        self._read_at: datetime | None = None
        self._names: set[str] = set()  # since then
        self._cursor = ""
        self._rests_until = 0.0

    @property
    def names(self) -> frozenset[str]:
        """What people are called, as far as Slack has said."""
        return self._whole | self._names

    async def page(self, cursor: str) -> tuple[Sequence[Payload], str]:
        """Return some accounts from a place in the list on, and the next place, "" at its end; refusals are raised."""
        said = await self._client.users_list(limit=_PAGE, cursor=cursor or None)
        users = said.get("members") or ()
        following = str((said.get("response_metadata") or {}).get("next_cursor") or "")
        self._note(users, cursor, following)
        return users, following

    async def read_on(self) -> None:
        """Read a page more, unless the list was read to its end today or Slack has asked for a pause."""
        is_fresh = self._read_at is not None and clock.now() - self._read_at < _KEPT_FOR
        if is_fresh or steady() < self._rests_until:
            return
        try:
            await self.page(self._cursor)
        except TROUBLE as error:
            log.warning("Slack does not say what people are called (%s)", whereabouts(error))
            self._rests_until = steady() + (pause_asked_by(error) or _REST_SECONDS)
            if error_code(error) == "invalid_cursor":
                self._cursor = ""

    async def read_to_end(self) -> bool:
        """Read the list to its end, unless that was done before; return whether it is, for Slack may not answer."""
        while self._read_at is None and steady() >= self._rests_until:
            await self.read_on()
        return self._read_at is not None

    def _note(self, users: Sequence[Payload], cursor: str, following: str) -> None:
        """Keep the names of a page; the one at which others have come to stand leads on, or one from the beginning."""
        if not cursor:
            self._names.clear()
        self._names.update(name for user in users for name in _names_of(user))
        if cursor in ("", self._cursor):
            self._cursor = following
            if not following or len(self._names) > _MOST:
                self._whole, self._read_at = frozenset(self._names), clock.now()
                self._names.clear()
                self._cursor = ""


def _names_of(user: Payload) -> Iterator[str]:
    """Yield what a person is called; apps have no names that matter, closed accounts and guests have."""
    if user.get("is_bot") or user.get("is_workflow_bot"):
        return
    profile = user.get("profile") or {}
    for said in (profile.get("display_name"), profile.get("real_name"), user.get("real_name")):
        if name := called(str(said or "")):
            yield name
