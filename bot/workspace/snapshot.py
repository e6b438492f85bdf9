"""The workspace as one person sees it, in the shapes the page reads."""

from bot.workspace.feed import Payload
from bot.workspace.message import Conversation, Kind
from bot.workspace.roster import Person
from bot.workspace.state import Workspace

COLORS = ("#2d6a4f", "#9b2226", "#005f73", "#6d597a", "#b5651d", "#3a5a9b", "#7a4419", "#4a6741")


def snapshot(workspace: Workspace, me: str, *, connected: bool) -> Payload:
    """Return everything the page needs to draw itself."""
    app = workspace.app
    return {
        "workspace": {"id": workspace.team.id, "name": workspace.team.name},
        "me": me,
        "people": [_person(p, n) for n, p in enumerate(workspace.people.values()) if not p.deleted],
        "conversations": [_conversation(workspace, me, c) for c in _shown(workspace, me)],
        "usergroups": [
            {"id": group.id, "handle": group.handle, "name": group.name}
            for group in workspace.usergroups.values()
        ],
        "app": _app(workspace),
        "commands": [_command(c) for c in app.commands.values()] if app else [],
        "shortcuts": [_shortcut(s) for s in app.shortcuts.values()] if app else [],
        "connected": connected,
        "socket_mode": bool(app and app.is_socket_mode),
    }


def first_person(workspace: Workspace) -> str:
    """Return who the page is when nobody was chosen yet."""
    awake = (p.id for p in workspace.people.values() if not (p.is_bot or p.deleted))
    return next(awake, "")


def _shown(workspace: Workspace, me: str) -> list[Conversation]:
    if workspace.app is not None and not workspace.people[me].team_id:
        workspace.direct(me)  # an app stands in everybody's list before it says a word
    return [c for c in workspace.conversations.values() if workspace.can_see(me, c)]


def _person(person: Person, number: int) -> Payload:
    return {
        "id": person.id,
        "name": person.name,
        "display_name": person.display_name,
        "real_name": person.real_name or person.name,
        "title": person.title,
        "role": person.role,
        "tz": person.tz,
        "is_bot": person.is_bot,
        "is_guest": person.is_guest,
        "foreign": bool(person.team_id),
        "color": COLORS[number % len(COLORS)],
    }


def _conversation(workspace: Workspace, me: str, conversation: Conversation) -> Payload:
    unread, mention = workspace.unread(me, conversation)
    others = [member for member in conversation.members if member != me]
    is_direct = conversation.kind is Kind.DM
    is_hidden = conversation.kind in (Kind.PRIVATE, Kind.GROUP)
    return {
        "id": conversation.id,
        "name": _name(workspace, conversation),
        "kind": "dm" if is_direct else "private" if is_hidden else "channel",
        "with": others[0] if is_direct else None,
        "topic": conversation.topic,
        "member": me in conversation.members,
        "members": list(conversation.members),
        "unread": unread,
        "mention": mention,
        "archived": conversation.is_archived,
        "shared": conversation.is_ext_shared,
    }


def _name(workspace: Workspace, conversation: Conversation) -> str:
    if conversation.kind is Kind.DM:
        return workspace.installed.name
    if conversation.kind is Kind.GROUP:
        return ", ".join(workspace.people[m].shown_name for m in conversation.members)
    return conversation.name


def _app(workspace: Workspace) -> Payload | None:
    app = workspace.app
    if app is None:
        return None
    return {
        "id": app.app_id,
        "name": app.name,
        "user": app.bot_user,
        "color": app.color,
        "home": app.has_home,
        "description": app.description,
    }


def _command(command: Payload) -> Payload:
    return {key: command.get(key, "") for key in ("command", "description", "usage_hint")}


def _shortcut(shortcut: Payload) -> Payload:
    return {key: shortcut.get(key, "") for key in ("name", "type", "callback_id", "description")}
