"""What people do with blocks: press, choose, type, submit and close; in messages, in modals and at Home."""

from collections.abc import Mapping
from dataclasses import replace

from bot.workspace.content import read_view
from bot.workspace.delivery import Delivery
from bot.workspace.feed import News, Payload
from bot.workspace.inputs import (
    Field,
    Values,
    fields_of,
    find_field,
    troubles,
    value_part,
    without_inputs,
)
from bot.workspace.message import Message
from bot.workspace.outcome import FORM_TROUBLE, PRESS_TROUBLE, Answer, Kind, Outcome, shown_to
from bot.workspace.parts import Parts
from bot.workspace.payloads import (
    action_payload,
    closed_payload,
    message_state,
    on_message,
    on_view,
    response_url,
    submission_payload,
    suggestion_payload,
)
from bot.workspace.refusal import ApiError, NoSuchThing
from bot.workspace.views import View

Where = Payload | str
"""A message as a person saw it, {"channel", "ts"}, {"view_id"}, a view, or a view's id."""


class Touches:
    """Acts on blocks. Each returns when the app has answered, or has not in time."""

    def __init__(self, parts: Parts, delivery: Delivery) -> None:
        self._parts = parts
        self._delivery = delivery

    async def press(
        self,
        user: str,
        where: Where,
        action_id: str,
        choose: object = None,
        *,
        block_id: str = "",
    ) -> Outcome:
        """Press a button, or choose in any other element by plain value: an option's value or label, an id, a date."""
        field = self._field(user, where, block_id, action_id)
        try:
            said = value_part(field.element, choose)
        except LookupError as unknown:
            raise NoSuchThing(str(unknown)) from None
        return await self.act(user, where, field.block_id, action_id, said)

    async def act(
        self,
        user: str,
        where: Where,
        block_id: str,
        action_id: str,
        said: Payload,
        state: Values | None = None,
    ) -> Outcome:
        """Touch an element, saying its value in Slack's shape; `state` is what else was filled in so far."""
        field = self._field(user, where, block_id, action_id)
        values = {key: value for key, value in said.items() if key not in ("text", "url", "style")}
        self._remember(user, where, (state or {}), field, values)
        if not field.is_dispatched:
            return Outcome(views=self._parts.views.stack(user))
        context = self._context(user, where, with_url=True)
        payload = action_payload(self._parts, context, field, said)
        with self._parts.feed.heard() as news:
            answer = await self._delivery.send(Kind.INTERACTION, payload)
        return self._outcome(user, news, None if answer.is_ok else PRESS_TROUBLE)

    async def suggest(
        self, user: str, where: Where, action_id: str, typed: str, *, block_id: str = ""
    ) -> Outcome:
        """Type into a select that asks the app for its options."""
        field = self._field(user, where, block_id, action_id)
        context = self._context(user, where, with_url=False)
        payload = suggestion_payload(context, field, typed)
        answer = await self._delivery.send(Kind.INTERACTION, payload)
        if not answer.is_ok:
            return Outcome(ok=False, error=PRESS_TROUBLE, options={"options": []})
        offered: Payload = {"options": answer.body.get("options", [])}
        if "option_groups" in answer.body:
            offered = {"option_groups": answer.body["option_groups"]}
        return Outcome(options=offered)

    async def submit(
        self,
        user: str,
        view_id: str,
        values: Mapping[str, object] | None = None,
        *,
        state: Values | None = None,
    ) -> Outcome:
        """Send a form. `values` are plain, by block id; `state` is in Slack's shape, as the page sends it."""
        view = self._top_view(user, view_id)
        self._parts.views.fill(view, _shaped(view, values or {}))
        self._parts.views.fill(view, state or {})
        wrong = troubles(view.blocks, view.values)
        if wrong:
            return Outcome(ok=False, errors=wrong, views=self._parts.views.stack(user))
        payload = submission_payload(self._parts, user, view, self._urls(user, view))
        with self._parts.feed.heard() as news:
            answer = await self._delivery.send(Kind.INTERACTION, payload)
            outcome = self._answered(view, answer)
        seen = shown_to(user, news)
        return replace(outcome, messages=seen, views=self._parts.views.stack(user))

    async def close(self, user: str, view_id: str, *, whole_stack: bool = False) -> Outcome:
        """Press Cancel, or the X in the corner, which closes the whole stack."""
        view = self._top_view(user, view_id)
        is_cleared = whole_stack or bool(view.body.get("clear_on_close"))
        if is_cleared:
            view = self._parts.views.stacks[user][0]  # Slack tells of the root view alone
            self._parts.views.clear(user)
        else:
            self._parts.views.close(view)
        if view.asks_notice():
            kept = without_inputs(view.blocks, view.values)
            payload = closed_payload(self._parts, user, view, kept, is_cleared=is_cleared)
            await self._delivery.send(Kind.INTERACTION, payload)
        return Outcome(views=self._parts.views.stack(user))

    # --- what was touched ---

    def _message(self, user: str, channel: str, ts: str) -> Message:
        conversation = self._parts.workspace.conversations.get(channel)
        if conversation is None or not self._parts.workspace.can_see(user, conversation):
            raise NoSuchThing(f"{user} does not see the conversation {channel}.")
        message = conversation.find(ts)
        if message is None or message.only_for not in ("", user):
            raise NoSuchThing(f"{user} does not see a message {ts} in {channel}.")
        return message

    def _view(self, user: str, view_id: str) -> View:
        views = self._parts.views
        for view in views.on_screen(user):
            if view.id == view_id:
                return view
        raise NoSuchThing(f"{user} has no view {view_id} open.")

    def _top_view(self, user: str, view_id: str) -> View:
        stack = self._parts.views.stacks.get(user, [])
        if not stack or stack[-1].id != view_id:
            raise NoSuchThing(f"{user} does not have the form {view_id} in front.")
        return stack[-1]

    def _touched(self, user: str, where: Where) -> Message | View:
        if isinstance(where, str):
            return self._view(user, where)
        if "channel" in where:
            return self._message(user, str(where["channel"]), str(where.get("ts")))
        return self._view(user, str(where.get("view_id") or where.get("id")))

    def _field(self, user: str, where: Where, block_id: str, action_id: str) -> Field:
        touched = self._touched(user, where)
        blocks = all_blocks(touched) if isinstance(touched, Message) else touched.blocks
        field = find_field(blocks, block_id, action_id)
        if field is None:
            there = ", ".join(found.action_id for found in fields_of(blocks)) or "nothing"
            raise NoSuchThing(f"There is no {action_id!r} to touch here; there is {there}.")
        return field

    def _remember(
        self, user: str, where: Where, state: Values, field: Field, values: Payload
    ) -> None:
        touched = self._touched(user, where)
        said: Values = {block: dict(actions) for block, actions in state.items()}
        own = {"type": field.type, **values}
        said.setdefault(field.block_id, {})[field.action_id] = own
        if isinstance(touched, View):
            self._parts.views.fill(touched, said)
            return
        kept = touched.inputs.setdefault(user, {})
        for block, actions in said.items():
            kept.setdefault(block, {}).update(actions)

    def _context(self, user: str, where: Where, *, with_url: bool) -> Payload:
        touched = self._touched(user, where)
        if isinstance(touched, View):
            return on_view(self._parts, user, touched)
        context = on_message(self._parts, user, touched)
        if with_url:
            place = self._parts.workspace.conversations[touched.channel]
            context["response_url"] = response_url(self._parts, "actions", user, place, touched)
            context["state"] = {"values": message_state(touched, all_blocks(touched), user)}
        return context

    # --- what came of it ---

    def _outcome(self, user: str, news: list[News], error: str | None = None) -> Outcome:
        return Outcome(
            ok=error is None,
            error=error,
            messages=shown_to(user, news),
            views=self._parts.views.stack(user),
            home=self._parts.views.home(user),
        )

    def _urls(self, user: str, view: View) -> list[Payload]:
        urls = []
        for field in fields_of(view.blocks):
            said = view.values.get(field.block_id, {}).get(field.action_id, {})
            channel = said.get("selected_conversation") or said.get("selected_channel")
            place = self._parts.workspace.conversations.get(channel or "")
            if field.is_input and field.element.get("response_url_enabled") and place is not None:
                ids = {"block_id": field.block_id, "action_id": field.action_id}
                url = response_url(self._parts, "app", user, place)
                urls.append({**ids, "channel_id": place.id, "response_url": url})
        return urls

    def _answered(self, view: View, answer: Answer) -> Outcome:
        if not answer.is_ok:
            return Outcome(ok=False, error=FORM_TROUBLE)
        if not answer.body:
            self._parts.views.close(view)
            return Outcome()
        try:
            return self._obey(view, answer.body)
        except ApiError as refusal:
            return self._trouble(refusal.code, refusal.body())

    def _obey(self, view: View, body: Payload) -> Outcome:
        match body.get("response_action"):
            case "errors":
                return self._show_errors(view, body.get("errors") or {})
            case "update":
                written = read_view(body.get("view"), self._parts.chaos, "modal")
                self._parts.views.update(view, written)
            case "push":
                self._parts.views.push(
                    view.user, read_view(body.get("view"), self._parts.chaos, "modal")
                )
            case "clear":
                self._parts.views.clear(view.user)
            case _:
                return self._trouble(
                    "the answer to a form must be empty or a response_action", body
                )
        return Outcome()

    def _show_errors(self, view: View, errors: dict[str, str]) -> Outcome:
        inputs = {field.block_id for field in fields_of(view.blocks) if field.is_input}
        if not errors or not inputs.issuperset(errors):
            return self._trouble("errors may name input blocks only", {"errors": errors})
        return Outcome(ok=False, errors=dict(errors))

    def _trouble(self, reason: str, body: Payload) -> Outcome:
        self._parts.traffic.note("from_app", "refused", "view_submission", body, reason, "refused")
        return Outcome(ok=False, error=FORM_TROUBLE)


def all_blocks(message: Message) -> list[Payload]:
    """Return a message's blocks, those of its attachments included."""
    attached = [block for one in message.attachments for block in one.get("blocks") or ()]
    return [*message.blocks, *attached]


def _shaped(view: View, values: Mapping[str, object]) -> Values:
    shaped: Values = {}
    fields = {field.block_id: field for field in fields_of(view.blocks)}
    for block_id, plain in values.items():
        if block_id not in fields:
            raise NoSuchThing(f"The form has no {block_id!r}; it has {', '.join(fields)}.")
        field = fields[block_id]
        said = {"type": field.type, **value_part(field.element, plain)}
        shaped[block_id] = {field.action_id: said}
    return shaped
