"""The views family of the Web API: modals and the Home tab."""

from bot.workspace.call import Call, Method
from bot.workspace.content import read_view
from bot.workspace.feed import Payload
from bot.workspace.refusal import ApiError
from bot.workspace.views import View


def views_open(call: Call) -> Payload:
    """Open a modal for the person whose trigger this is; from inside a modal it goes on top."""
    body = _modal(call)
    trigger = call.parts.passes.exchange(call.args.need("trigger_id"))
    views = call.parts.views
    if trigger.view_id and views.stacks.get(trigger.user):
        return _answer(call, views.push(trigger.user, body))
    return _answer(call, views.open(trigger.user, body, trigger.channel))


def views_push(call: Call) -> Payload:
    """Put a modal on top; the trigger must come from inside an open one."""
    body = _modal(call)
    trigger = call.parts.passes.exchange(call.args.need("trigger_id"))
    if not trigger.view_id or not call.parts.views.stacks.get(trigger.user):
        raise ApiError("not_found")
    return _answer(call, call.parts.views.push(trigger.user, body))


def views_update(call: Call) -> Payload:
    """Rewrite a view that is still open."""
    args = call.args
    if "view_id" not in args and "external_id" not in args:
        raise ApiError("invalid_arguments", ["[ERROR] view_id or external_id is required"])
    view = call.parts.views.find(args.text("view_id"), args.text("external_id"))
    surface = str(view.body["type"])
    body = read_view(args.mapped("view"), call.parts.chaos, surface)
    return _answer(call, call.parts.views.update(view, body, args.text("hash")))


def views_publish(call: Call) -> Payload:
    """Write a person's Home tab."""
    if not call.workspace.installed.has_home:
        raise ApiError("not_enabled")
    user = call.args.need("user_id")
    if user not in call.workspace.people:
        raise ApiError("user_not_found")
    body = read_view(call.args.mapped("view"), call.parts.chaos, "home")
    return _answer(call, call.parts.views.publish(user, body, call.args.text("hash")))


def _modal(call: Call) -> Payload:
    return read_view(call.args.mapped("view"), call.parts.chaos, "modal")


def _answer(call: Call, view: View) -> Payload:
    return {"view": call.parts.views.as_payload(view)}


METHODS = {
    "views.open": Method(views_open),
    "views.publish": Method(views_publish),
    "views.push": Method(views_push),
    "views.update": Method(views_update),
}
