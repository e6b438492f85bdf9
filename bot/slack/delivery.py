"""One attempt to bring a message to Slack, and one look for messages that may be there: what came of it.

Nothing here knows the database. What changes something goes out only if `may_go` says yes at the very last moment.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.blocks.kit import Message
from bot.logs import whereabouts
from bot.slack import history
from bot.slack.connection import TROUBLE, Call, Connection, TooLate
from bot.slack.outcome import InDoubt, NotSent, Outcome, Refused, Sent, Unknowable
from bot.slack.pace import steady
from bot.slack.patience import Patience
from bot.slack.verdict import DELETE, EDIT, HISTORY, OPEN, POST, Course, Verdict, judge
from bot.storage.courier import Taken

log = logging.getLogger(__name__)

_CHANNELS_KEPT = 10_000
_GONE = "message_not_found"


class _Failed(Exception):
    """A call failed, and this is what follows."""

    def __init__(self, verdict: Verdict, method: str) -> None:
        super().__init__()
        self.verdict = verdict
        self.method = method


class Deliveries:
    """Posts, edits and looks; what a failure teaches goes to `patience`."""

    def __init__(
        self, connection: Connection, patience: Patience, may_go: Callable[[], bool]
    ) -> None:
        self._connection = connection
        self._patience = patience
        self._may_go = may_go
        self._channels: OrderedDict[str, str] = OrderedDict()  # of people and groups, once known

    async def send(self, taken: Taken) -> Outcome:
        """Post, edit or delete a message; say it with fewer blocks where Slack refuses them."""
        refused = ""
        try:
            channel = await self._channel_for(taken)
            if taken.is_removal:
                return await self._delete(taken, channel)
            for body in _ever_plainer(taken, channel):
                try:
                    return await self._put(taken, body)
                except _Failed as failed:
                    if failed.verdict.course is not Course.PLAINER:
                        raise
                    refused = failed.verdict.reason
                    log.warning("Slack refused the blocks of message %d (%s)", taken.id, refused)
        except TooLate:
            return NotSent(counts=False)
        except _Failed as failed:
            return _what_follows(failed, taken)
        except Exception as error:  # noqa: BLE001 (whatever it was, the message may be in Slack)
            log.error("the delivery of message %d broke off: %s", taken.id, whereabouts(error))  # noqa: TRY400
            return InDoubt("broke_off")
        return Refused(refused)

    async def look_for(self, lost: list[Taken]) -> list[Outcome]:
        """Look for messages that were to go to one place, and return what came of each."""
        try:
            channel = await self._channel_to_look_in(lost[0])
            place = history.Place(channel, lost[0].thread_ts)
            found = await history.find(self._look, self._connection.identity, place, lost)
        except history.TooMuch:
            return [Unknowable("too_much_history")] * len(lost)
        except _Failed as failed:
            if failed.verdict.course in (Course.GIVE_UP, Course.PLAINER):
                reason = failed.verdict.reason
                log.warning("%d messages may be in Slack; no look allowed (%s)", len(lost), reason)
                return [Unknowable(reason)] * len(lost)
            return [InDoubt(failed.verdict.reason)] * len(lost)
        except Exception as error:  # noqa: BLE001 (the next look will tell)
            log.error("a look into Slack broke off: %s", whereabouts(error))  # noqa: TRY400
            return [InDoubt("look_broke_off")] * len(lost)
        return [_after_look(channel, found.get(one.token)) for one in lost]

    async def _put(self, taken: Taken, body: dict[str, Any]) -> Sent:
        method = EDIT if taken.is_edit else POST
        posting = partial(AsyncWebClient.api_call, api_method=method, json=body)
        answer = await self._call(method, posting, self._may_go)
        channel, ts = answer.get("channel"), answer.get("ts")
        sent = Sent(str(channel or body["channel"]), str(ts or taken.ts or ""))
        self._remember(taken.target, sent.channel)
        return sent

    async def _delete(self, taken: Taken, channel: str) -> Sent:
        """Delete a message; deleting it twice is deleting it once."""
        place = {"channel": channel, "ts": taken.ts}
        deleting = partial(AsyncWebClient.api_call, api_method=DELETE, json=place)
        try:
            await self._call(DELETE, deleting, self._may_go)
        except _Failed as failed:
            if failed.verdict.reason != _GONE:
                raise
        return Sent(channel, taken.ts or "")

    async def _channel_for(self, taken: Taken) -> str:
        """Return where a message goes: several people's conversation has to be opened first."""
        if taken.channel or "," not in taken.target:
            return taken.channel or taken.target
        return await self._open(taken.target)

    async def _channel_to_look_in(self, taken: Taken) -> str:
        """Return where a message is if it is anywhere: a person's id will do for posting, not for looking."""
        place = taken.channel or taken.target
        return await self._open(place) if place.startswith(("U", "W")) else place

    async def _open(self, people: str) -> str:
        """Return the conversation with people; opening it again changes nothing."""
        if people not in self._channels:
            answer = await self._call(OPEN, lambda client: client.conversations_open(users=people))
            channel: Mapping[str, Any] = answer.get("channel") or {}
            self._remember(people, str(channel["id"]))
        return self._channels[people]

    def _remember(self, target: str, channel: str) -> None:
        if target != channel:
            self._channels[target] = channel
            self._channels.move_to_end(target)
            if len(self._channels) > _CHANNELS_KEPT:
                self._channels.popitem(last=False)

    async def _look(self, call: Call) -> AsyncSlackResponse:
        self._patience.looks.spend(steady())
        return await self._call(HISTORY, call)

    async def _call(
        self, method: str, call: Call, may_go: Callable[[], bool] | None = None
    ) -> AsyncSlackResponse:
        asked_at = steady()
        try:
            answer = await self._connection.ask(call, may_go)
        except TooLate:
            raise
        except TROUBLE as error:
            verdict = judge(error, method)
            self._patience.learn(verdict, method, asked_at)
            raise _Failed(verdict, method) from error
        self._patience.note_answer(method)
        return answer


def _ever_plainer(taken: Taken, channel: str) -> Iterator[dict[str, Any]]:
    """Return the arguments of the call: as promised, then without what Slack may not know."""
    extra = {name: value for name, value in taken.body.items() if name not in ("text", "blocks")}
    if taken.is_edit:
        where: dict[str, Any] = {"channel": channel, "ts": taken.ts}
    else:
        where = {"channel": channel, "metadata": history.key_of(taken.token)}
        where |= {"unfurl_links": False, "unfurl_media": False}
        where |= {"thread_ts": taken.thread_ts} if taken.thread_ts else {}
    for said in Message(taken.body["text"], taken.body["blocks"]).ever_plainer():
        yield {**where, **said.as_payload(), **extra}


def _what_follows(failed: _Failed, taken: Taken) -> Outcome:
    verdict = failed.verdict
    match verdict.course:
        case Course.STOP:
            return NotSent(verdict.reason, wait=0.0, counts=False)
        case Course.LATER if verdict.is_too_fast:
            return NotSent(verdict.reason, wait=verdict.wait, counts=False)
        case Course.LATER:
            return NotSent(verdict.reason)
        case Course.LOOK if taken.is_edit or failed.method == OPEN:
            return NotSent(verdict.reason)  # doing it twice is doing it once
        case Course.LOOK:
            return InDoubt(verdict.reason)
    log.warning("message %d cannot be delivered (%s)", taken.id, verdict.reason)
    return Refused(verdict.reason)


def _after_look(channel: str, ts: str | None) -> Outcome:
    return NotSent("not_found") if ts is None else Sent(channel, ts)
