"""The door: everything between Bolt and a handler, once.

It finds the handlers, says who is knocking, runs them, turns what they raise into words and acknowledges exactly once. It
stands at the end of Bolt's middleware, where Bolt has checked the signature and read the payload, and answers all of
them itself: Bolt's own listeners cost about 16 µs each on every request, lose an ack that is followed by an
exception, and answer 404 or 500 to what none of them expects.

What is not acknowledged after two and a half seconds is acknowledged by the door, and the handler goes on; Slack
gives up after three. All handlers of an event run, whatever the others do. One that failed for any of them is not
acknowledged, so that Slack delivers it again.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.blocks.notice import notice, notice_window
from bot.domain.person import Person
from bot.errors import AlreadyDone, FormErrors, Refused
from bot.logs import whereabouts
from bot.services import Services
from bot.slack.answer import Answer, NotAnswered
from bot.slack.connection import TROUBLE, Connection
from bot.slack.knock import Kind, Knock, Payload, plain_words, read_knock
from bot.slack.people import People
from bot.slack.router import Handler, Router

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 2.5
_IDENTITY_SECONDS = 1.0

# Nobody is looking at these, so nobody is told what went wrong.
_UNSEEN = frozenset({Kind.EVENT, Kind.OPTIONS, Kind.VIEW_CLOSED, Kind.OTHER})
_OUTDATED = {
    Kind.ACTION: "This button is from an earlier version of me and does nothing any more. Please ask again.",
    Kind.VIEW: "This form is from an earlier version of me. Nothing was saved; please open it again.",
    Kind.SHORTCUT: "This shortcut is from an earlier version of me and does nothing any more.",
}
_LONGEST_FIELD_ERROR = 1000


@dataclass(slots=True)
class _Visit:
    """One knock on its way to one handler, None where nobody has an answer."""

    knock: Knock
    handler: Handler | None
    ack: AsyncAck
    answer: Answer
    has_left: bool = False  # the acknowledgement is on its way to Slack
    has_failed: bool = False

    @property
    def acknowledged(self) -> bool:
        return self.has_left or self.ack.response is not None

    @property
    def response(self) -> BoltResponse | None:
        """What Slack is told, None where the handler leaves that to the door."""
        if self.ack.response is None and self.has_failed and self.knock.kind is Kind.EVENT:
            return BoltResponse(status=500)
        return self.ack.response


class Door(AsyncMiddleware):
    """The last middleware of Bolt's chain; it never calls the next."""

    def __init__(
        self,
        routes: Router,
        services: Services,
        people: People,
        connection: Connection,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._routes = routes
        self._services = services
        self._people = people
        self._connection = connection
        self._patience = patience_seconds
        self._inside: set[asyncio.Task[None]] = set()

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 (Bolt's signature)
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002, ARG002 (Bolt's signature)
    ) -> BoltResponse:
        """Answer one request from Slack."""
        knock = read_knock(req.body)
        visits = [self._visit(knock, one) for one in self._routes.find(knock) or (None,)]
        await self._within_patience(visits)
        responses = [visit.response for visit in visits if visit.response is not None]
        for visit in visits:
            visit.has_left = True
        return max(responses, key=lambda one: one.status, default=_silence(knock.kind))

    def _visit(self, knock: Knock, handler: Handler | None) -> _Visit:
        ack = AsyncAck()  # type: ignore[no-untyped-call]  # Bolt's constructor has no types
        return _Visit(knock, handler, ack, Answer(self._connection, knock))

    async def settle(self, most_seconds: float) -> None:
        """Wait for the handlers that still run."""
        if self._inside:
            await asyncio.wait(self._inside, timeout=most_seconds)

    async def _within_patience(self, visits: Iterable[_Visit]) -> None:
        tasks = {asyncio.ensure_future(self._attend(visit)) for visit in visits}
        self._inside |= tasks
        for task in tasks:
            task.add_done_callback(self._leave)
        await asyncio.wait(tasks, timeout=self._patience)

    def _leave(self, task: asyncio.Task[None]) -> None:
        self._inside.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("nobody could be told what went wrong: %s", whereabouts(error))

    async def _attend(self, visit: _Visit) -> None:
        """Run the handler; this is the one place that turns an exception into words."""
        try:
            await self._handle(visit)
        except AlreadyDone:
            pass
        except FormErrors as errors:
            await self._show_form_errors(visit, errors)
        except Refused as refused:
            await self._say(visit, refused.sentence)
        except Exception as error:  # noqa: BLE001 (whatever it is, a person is waiting for an answer)
            visit.has_failed = True
            await self._say(visit, _apology(visit.knock, error))

    async def _handle(self, visit: _Visit) -> None:
        if visit.handler is None:
            await self._nobody_answers(visit)
            return
        given = await self._what_it_wants(visit.handler, visit)
        await visit.handler.function(**given)

    async def _what_it_wants(self, handler: Handler, visit: _Visit) -> Mapping[str, Any]:
        knock = visit.knock
        given: dict[str, Any] = {
            "ack": visit.ack,
            "answer": visit.answer,
            "body": knock.body,
            "client": self._connection.client,
            "payload": knock.payload,
            "services": self._services,
            "trigger": knock.trigger,
            "whois": self._whois,
            _PAYLOAD_NAME.get(knock.kind, "payload"): knock.payload,
        }
        if "names" in handler.wants:
            given["names"] = self._people.name_list.names
        if "words" in handler.wants:
            given["words"] = plain_words(str(knock.payload.get("text") or ""))
        if "person" in handler.wants:
            if not knock.user:
                raise Refused("Slack did not say who asks for this.")
            given["person"] = await self._people.person(
                knock.user, knock.user_team, await self._own_team()
            )
        return {name: given[name] for name in handler.wants}

    async def _whois(self, user_id: str) -> Person:
        """Return who somebody is whom the person at the door has named."""
        return await self._people.other(user_id, await self._own_team())

    async def _own_team(self) -> str:
        """Return the id of our workspace, empty while Slack does not say."""
        if self._connection.identity is not None:
            return self._connection.identity.team_id
        try:
            us = await asyncio.wait_for(self._connection.identify(), _IDENTITY_SECONDS)
        except TROUBLE as error:
            log.warning("Slack does not say who we are (%s)", whereabouts(error))
            return ""
        return us.team_id

    async def _nobody_answers(self, visit: _Visit) -> None:
        knock = visit.knock
        if knock.kind is Kind.COMMAND:
            known = ", ".join(self._routes.names(Kind.COMMAND)) or "no command yet"
            await self._say(visit, f"I do not know {knock.name}. What I know: {known}.")
        elif knock.kind in _OUTDATED and not _is_link(knock):
            await self._say(visit, _OUTDATED[knock.kind])

    async def _show_form_errors(self, visit: _Visit, errors: FormErrors) -> None:
        fields = _beside_inputs(visit.knock.payload, errors.fields)
        if visit.knock.kind is Kind.VIEW and not visit.acknowledged and fields:
            await visit.ack(response_action="errors", errors=fields)
        else:
            await self._say(visit, " ".join(errors.fields.values()))

    async def _say(self, visit: _Visit, sentence: str) -> None:
        """Let the person read a sentence, in the acknowledgement if it has not been given, else as an answer."""
        kind = visit.knock.kind
        if kind in _UNSEEN:
            return
        try:
            if visit.acknowledged or kind not in (Kind.COMMAND, Kind.VIEW):
                await visit.answer.tell(sentence)
            elif kind is Kind.COMMAND:
                said = notice(sentence)
                await visit.ack(text=said.text, blocks=said.blocks, response_type="ephemeral")
            else:
                await _say_in_form(visit, sentence)
        except NotAnswered:
            log.warning("nobody could be told what went wrong with %s", kind)


_PAYLOAD_NAME = {
    Kind.COMMAND: "command",
    Kind.ACTION: "action",
    Kind.VIEW: "view",
    Kind.VIEW_CLOSED: "view",
    Kind.SHORTCUT: "shortcut",
    Kind.OPTIONS: "options",
    Kind.EVENT: "event",
}


def _is_link(knock: Knock) -> bool:
    """Return whether a pressed button has opened an address: then Slack only wants to be heard."""
    return "url" in knock.payload


def _silence(kind: Kind) -> BoltResponse:
    """Return the acknowledgement that shows nothing."""
    return BoltResponse(status=200, body={"options": []} if kind is Kind.OPTIONS else "")


def _apology(knock: Knock, error: Exception) -> str:
    """Log what went wrong under a short reference, and return the sentence that names it."""
    reference = secrets.token_hex(3)
    name = knock.name.partition(":")[0]
    log.error("%s %s failed (reference %s): %s", knock.kind, name, reference, whereabouts(error))
    if isinstance(error, NotAnswered):
        return f"Slack did not take my answer (reference {reference}). Look whether it was done before you try again."
    return f"Something went wrong on my side (reference {reference}). Nothing was changed — please try again."


async def _say_in_form(visit: _Visit, sentence: str) -> None:
    """Say a sentence beside the form's first field or, where it has none, in the place of the form."""
    fields = _inputs(visit.knock.payload)
    if fields:
        await visit.ack(
            response_action="errors", errors={fields[0]: sentence[:_LONGEST_FIELD_ERROR]}
        )
    else:
        await visit.ack(response_action="update", view=notice_window(sentence))


def _inputs(view: Payload) -> list[str]:
    blocks = view.get("blocks")
    return [
        block["block_id"]
        for block in blocks or ()
        if block.get("type") == "input" and block.get("block_id")
    ]


def _beside_inputs(view: Payload, sentences: Mapping[str, str]) -> dict[str, str]:
    """Return sentences by the fields that the form has; one about anything else goes to the first field."""
    fields = _inputs(view)
    beside: dict[str, str] = {}
    for field_name, sentence in sentences.items():
        place = field_name if field_name in fields else next(iter(fields), None)
        if place is not None:
            beside[place] = f"{beside[place]} {sentence}" if place in beside else sentence
    return {place: sentence[:_LONGEST_FIELD_ERROR] for place, sentence in beside.items()}
