"""Who is who in the Web API: the app itself, people, user groups, the workspace."""

from datetime import UTC
from zoneinfo import ZoneInfo

from bot.workspace.call import Call, Method, page_of
from bot.workspace.feed import Payload
from bot.workspace.refusal import ApiError
from bot.workspace.roster import Person, Usergroup


def auth_test(call: Call) -> Payload:
    """Say whose token this is."""
    app, team = call.workspace.installed, call.workspace.team
    return {
        "url": f"{call.parts.base_url}/",
        "team": team.name,
        "team_id": team.id,
        "user": call.workspace.people[app.bot_user].name,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def api_test(call: Call) -> Payload:
    """Answer with what was said."""
    return {"args": call.args.values}


def apps_connections_open(call: Call) -> Payload:
    """Return a one-time address for Socket Mode."""
    return {"url": call.parts.new_ticket()}


def users_info(call: Call) -> Payload:
    """Return one person."""
    person = call.workspace.people.get(call.args.need("user"))
    if person is None:
        raise ApiError("user_not_found")
    return {"user": _user(call, person)}


def users_list(call: Call) -> Payload:
    """Return everybody of this workspace, closed accounts and bots included."""
    people = [p for p in call.workspace.people.values() if not p.team_id]
    most = call.parts.limits.people_a_page
    members, metadata = page_of([_user(call, person) for person in people], call.args, most)
    return {"members": members, "cache_ts": int(call.workspace.now().timestamp()), **metadata}


def users_lookup_by_email(call: Call) -> Payload:
    """Return the person with an e-mail address."""
    wanted = call.args.need("email").lower()
    for person in call.workspace.people.values():
        if person.email.lower() == wanted and not person.deleted:
            return {"user": _user(call, person)}
    raise ApiError("users_not_found")


def usergroups_list(call: Call) -> Payload:
    """Return the user groups."""
    with_users = call.args.flag("include_users")
    groups = call.workspace.usergroups.values()
    return {"usergroups": [_usergroup(call, group, with_users=with_users) for group in groups]}


def usergroups_users_list(call: Call) -> Payload:
    """Return the people of a user group, all at once."""
    group = call.workspace.usergroups.get(call.args.need("usergroup"))
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": list(group.users)}


def team_info(call: Call) -> Payload:
    """Return the workspace."""
    team = call.workspace.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": ""}}


def bots_info(call: Call) -> Payload:
    """Return the app's bot."""
    app = call.workspace.installed
    if call.args.text("bot", app.bot_id) != app.bot_id:
        raise ApiError("bot_not_found")
    names = {"id": app.bot_id, "app_id": app.app_id, "user_id": app.bot_user, "name": app.bot_name}
    return {"bot": {"deleted": False, **names}}


def _user(call: Call, person: Person) -> Payload:
    with_email = "users:read.email" in call.workspace.installed.scopes
    home_team = call.workspace.team.id
    return {
        "id": person.id,
        "team_id": person.team_id or home_team,
        "name": person.name,
        "real_name": person.real_name or person.name,
        "deleted": person.deleted,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": _offset(call, person),
        "profile": _profile(person, with_email=with_email),
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "is_stranger": bool(person.team_id),
        "updated": 0,
    }


def _offset(call: Call, person: Person) -> int:
    moment = call.workspace.now().astimezone(ZoneInfo(person.tz) if person.tz else UTC)
    offset = moment.utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _profile(person: Person, *, with_email: bool) -> Payload:
    profile: Payload = {
        "title": person.title,
        "real_name": person.real_name or person.name,
        "real_name_normalized": person.real_name or person.name,
        "display_name": person.display_name,
        "display_name_normalized": person.display_name,
        "status_text": "",
        "status_emoji": "",
        "team": person.team_id,
    }
    return profile | ({"email": person.email} if with_email and person.email else {})


def _usergroup(call: Call, group: Usergroup, *, with_users: bool) -> Payload:
    body: Payload = {
        "id": group.id,
        "team_id": call.workspace.team.id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "date_delete": 0,
        "user_count": len(group.users),
    }
    return body | ({"users": list(group.users)} if with_users else {})


METHODS = {
    "api.test": Method(api_test, caller="anyone"),
    "apps.connections.open": Method(apps_connections_open, caller="app"),
    "auth.test": Method(auth_test),
    "bots.info": Method(bots_info, ("users:read",)),
    "team.info": Method(team_info, ("team:read",)),
    "usergroups.list": Method(usergroups_list, ("usergroups:read",)),
    "usergroups.users.list": Method(usergroups_users_list, ("usergroups:read",)),
    "users.info": Method(users_info, ("users:read",)),
    "users.list": Method(users_list, ("users:read",)),
    "users.lookupByEmail": Method(users_lookup_by_email, ("users:read.email",)),
}
