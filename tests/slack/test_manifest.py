"""The manifest says what the handlers need, and nothing else."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_stage import SlackStandIn, settings

from bot.settings import Settings
from bot.slack.manifest import as_yaml, creation_link, manifest
from bot.slack.router import Router

ALWAYS = [
    *("bookmarks:read", "bookmarks:write", "channels:history", "channels:manage", "channels:read"),
    *(
        "chat:write",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "groups:write",
        "im:history",
    ),
    *("im:write", "mpim:history", "mpim:write", "pins:write", "users:read"),
]
URL = "https://steward.example.com/slack/events"


def everything() -> Router:
    """Return a router with one of each kind."""
    router = Router()

    @router.command("/who", description="People", mentions=True)
    @router.command("/kpi", description="KPIs", usage_hint="[kpi] [period]", scopes=["files:write"])
    @router.shortcut("file", name="File as incident", description="Files it", kind="message")
    @router.options("services")
    @router.action("press")
    @router.view("form")
    @router.event("message.im", scopes=["im:history"])
    @router.event("app_home_opened")
    async def handle(ack: AsyncAck) -> None:
        await ack()

    return router


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    """Settings whose managers are listed by id alone."""
    return settings(
        SlackStandIn(), tmp_path, managers=["U0ANA"], slack_api_url="https://slack.com/api/"
    )


def test_for_socket_mode(chosen: Settings) -> None:
    """No addresses; everything else from handlers and settings."""
    assert manifest(chosen, everything()) == {
        "display_information": {
            "name": "Steward",
            "description": "The support playbook in Slack",
            "background_color": "#2c3e50",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Steward", "always_online": True},
            "slash_commands": [
                {
                    "command": "/kpi",
                    "description": "KPIs",
                    "usage_hint": "[kpi] [period]",
                    "should_escape": False,
                },
                {"command": "/who", "description": "People", "should_escape": True},
            ],
            "shortcuts": [
                {
                    "name": "File as incident",
                    "type": "message",
                    "callback_id": "file",
                    "description": "Files it",
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": sorted({*ALWAYS, "files:write", "im:history"})}},
        "settings": {
            "event_subscriptions": {"bot_events": ["app_home_opened", "message.im"]},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def test_for_http(chosen: Settings) -> None:
    """Slack's requests all go to one address."""
    made = manifest(chosen, everything(), request_url=URL)

    assert [command["url"] for command in made["features"]["slash_commands"]] == [URL, URL]
    assert made["settings"]["event_subscriptions"]["request_url"] == URL
    assert made["settings"]["interactivity"] == {
        "is_enabled": True,
        "request_url": URL,
        "message_menu_options_url": URL,
    }
    assert made["settings"]["socket_mode_enabled"] is False


def test_only_what_is_used_is_asked_for(chosen: Settings) -> None:
    """Without handlers there are no commands, events or further scopes."""
    made = manifest(chosen, Router())

    assert made["features"].keys() == {"app_home", "bot_user"}
    assert made["features"]["app_home"]["home_tab_enabled"] is False
    assert "event_subscriptions" not in made["settings"]
    assert made["oauth_config"]["scopes"]["bot"] == ALWAYS


def test_settings_ask_for_scopes(tmp_path: Path) -> None:
    """E-mail addresses and user groups have to be looked up."""
    teams = {"desk": {"role": "support_engineer", "members": {"usergroup": "S0DESK"}}}
    chosen = settings(SlackStandIn(), tmp_path, teams=teams, slack_api_url="https://slack.com/api/")

    scopes = manifest(chosen, Router())["oauth_config"]["scopes"]["bot"]

    assert {"users:read.email", "usergroups:read"} < set(scopes)


def test_the_same_handlers_make_the_same_page(chosen: Settings) -> None:
    """The text is stable, and reads back as the manifest; the link carries all of it."""
    made = manifest(chosen, everything())

    assert as_yaml(made) == as_yaml(manifest(chosen, everything()))
    assert yaml.safe_load(as_yaml(made)) == made
    link = urlsplit(creation_link(made))
    assert (link.hostname, link.path) == ("api.slack.com", "/apps")
    assert yaml.safe_load(parse_qs(link.query)["manifest_yaml"][0]) == made
