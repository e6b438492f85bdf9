"""The app manifest: what Slack has to know about the bot, made from the handlers that exist.

The same settings and handlers give the same manifest, byte for byte (slack-platform: 9.1).
"""

from urllib.parse import quote

import yaml

from bot.settings import Settings, UserGroup
from bot.slack import courier, rooms
from bot.slack.knock import Kind, Payload
from bot.slack.router import Command, Router, Shortcut

_ALWAYS = ("commands", "users:read", *courier.SCOPES, *rooms.SCOPES)
_NEW_APP = "https://api.slack.com/apps?new_app=1&manifest_yaml="


def manifest(settings: Settings, routes: Router, *, request_url: str | None = None) -> Payload:
    """Return the manifest: for Socket Mode, or for HTTP where `request_url` says where Slack's requests go."""
    return {
        "display_information": {
            "name": settings.slack.name,
            "description": settings.slack.description,
            "background_color": settings.slack.color,
        },
        "features": _features(settings, routes, request_url),
        "oauth_config": {"scopes": {"bot": scopes(settings, routes)}},
        "settings": _settings(routes, request_url),
    }


def as_yaml(content: Payload) -> str:
    """Return a manifest as the text that Slack's page takes."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def creation_link(content: Payload) -> str:
    """Return the address that creates the app in one click."""
    return _NEW_APP + quote(as_yaml(content), safe="")


def _features(settings: Settings, routes: Router, request_url: str | None) -> Payload:
    features: Payload = {
        "app_home": {
            "home_tab_enabled": "app_home_opened" in routes.names(Kind.EVENT),
            "messages_tab_enabled": True,  # without it the bot cannot write to anybody
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": settings.slack.name, "always_online": True},
    }
    if routes.commands:
        features["slash_commands"] = [
            _command(routes.commands[name], request_url) for name in sorted(routes.commands)
        ]
    if routes.shortcuts:
        features["shortcuts"] = [
            _shortcut(routes.shortcuts[name]) for name in sorted(routes.shortcuts)
        ]
    return features


def _command(command: Command, request_url: str | None) -> Payload:
    shown: Payload = {"command": command.name}
    if request_url:
        shown["url"] = request_url
    shown["description"] = command.description
    if command.usage_hint:
        shown["usage_hint"] = command.usage_hint
    return {**shown, "should_escape": command.mentions}


def _shortcut(shortcut: Shortcut) -> Payload:
    return {
        "name": shortcut.name,
        "type": shortcut.kind,
        "callback_id": shortcut.callback_id,
        "description": shortcut.description,
    }


def _settings(routes: Router, request_url: str | None) -> Payload:
    events = routes.names(Kind.EVENT)
    address = {"request_url": request_url} if request_url else {}
    loading = (
        {"message_menu_options_url": request_url}
        if request_url and routes.names(Kind.OPTIONS)
        else {}
    )
    subscriptions = {"event_subscriptions": {**address, "bot_events": events}} if events else {}
    return {
        **subscriptions,
        "interactivity": {"is_enabled": True, **address, **loading},
        "org_deploy_enabled": False,
        "socket_mode_enabled": request_url is None,
        "token_rotation_enabled": False,
    }


def scopes(settings: Settings, routes: Router) -> list[str]:
    """Return what Slack must allow the bot for all that the handlers, the courier and the rooms of incidents do."""
    scopes = {*_ALWAYS, *routes.scopes}
    if any("@" in manager for manager in settings.managers):
        scopes.add("users:read.email")
    if any(isinstance(team.members, UserGroup) for team in settings.teams.values()):
        scopes.add("usergroups:read")
    return sorted(scopes)
