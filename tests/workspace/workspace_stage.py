"""A small cast on a small stage: ANA manages, BO works the desk, CY is a guest, DI is of another workspace."""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.roster import Channel, Person, Roster, Team, Usergroup
from bot.workspace.server import PracticeSlack

ANA, BO, CY, DI, GONE = "U0ANA", "U0BO", "U0CY", "U0DI", "U0GONE"
DESK, LOUNGE, BOARD, OLD, NEWS = "C0DESK", "C0LOUNGE", "C0BOARD", "C0OLD", "C0NEWS"

ROSTER = Roster(
    team=Team("T0PRACTICE", "Practice Hosting", "practice"),
    people=(
        Person(ANA, "ana", "Ana Diaz", "Ana", "Manager", "Europe/Berlin", "ana@example.com"),
        Person(BO, "bo", "Bo Lind", "", "Support engineer", "UTC", "bo@example.com"),
        Person(CY, "cy", "Cy Guest", is_ultra_restricted=True),
        Person(DI, "di", "Di Elsewhere", team_id="T0OTHER"),
        Person(GONE, "gone", "Gone Person", deleted=True),
    ),
    channels=(
        Channel(DESK, "desk", members=(ANA, BO, CY, DI), is_ext_shared=True),
        Channel(LOUNGE, "lounge", members=(ANA, BO)),
        Channel(BOARD, "board", is_private=True, members=(ANA,)),
        Channel(OLD, "old", members=(ANA,), is_archived=True),
        Channel(NEWS, "news", members=(ANA,), is_read_only=True),
    ),
    usergroups=(Usergroup("S0DESK", "desk", "Desk", (ANA, BO)),),
)

SCOPES = [
    *("commands", "chat:write", "im:write", "mpim:write", "users:read", "channels:read"),
    *("channels:manage", "channels:join", "groups:read", "groups:write", "im:read"),
    *("usergroups:read", "files:write", "files:read", "pins:write", "pins:read", "team:read"),
    *(
        "bookmarks:write",
        "bookmarks:read",
        "reactions:write",
        "reactions:read",
        "channels:history",
        "im:history",
    ),
    "app_mentions:read",
]
EVENTS = ["app_home_opened", "message.im", "app_mention", "reaction_added", "member_joined_channel"]

Payload = dict[str, Any]
Connect = Callable[..., Awaitable[Any]]


def manifest(
    *,
    socket: bool = True,
    scopes: list[str] | None = None,
    events: list[str] | None = None,
    app_home: Payload | None = None,
) -> Payload:
    """Return the manifest of a small app."""
    tabs = {"home_tab_enabled": True, "messages_tab_enabled": True} | (app_home or {})
    return {
        "display_information": {"name": "Steward", "description": "Runs the playbook"},
        "features": {
            "app_home": tabs,
            "bot_user": {"display_name": "steward"},
            "slash_commands": [
                {"command": "/kpi", "description": "KPIs", "usage_hint": "[kpi] [period]"},
                {"command": "/who", "description": "People", "should_escape": True},
            ],
            "shortcuts": [
                {"name": "File", "type": "global", "callback_id": "file", "description": "File"},
                {"name": "As", "type": "message", "callback_id": "file_as", "description": "As"},
            ],
        },
        "oauth_config": {"scopes": {"bot": SCOPES if scopes is None else scopes}},
        "settings": {
            "event_subscriptions": {"bot_events": EVENTS if events is None else events},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": socket,
        },
    }


def practice(**options: Any) -> PracticeSlack:
    """Return a practice Slack with the cast and the app, which is in one channel only."""
    chosen = {"ack_timeout": 1.0, "retry_delays": (0, 0, 0)} | options
    slack = PracticeSlack(ROSTER, **chosen)
    slack.install(manifest())
    slack.invite_app(DESK)
    return slack


def real_client(slack: PracticeSlack, token: str | None = None) -> AsyncWebClient:
    """Return slack_sdk's client, without retries of its own."""
    return AsyncWebClient(token or slack.app.bot_token, base_url=slack.api_url, retry_handlers=[])


def bolt(slack: PracticeSlack) -> AsyncApp:
    """Return a real Bolt app, built as the house builds its own."""
    return AsyncApp(
        client=real_client(slack),
        signing_secret=slack.app.signing_secret,
        process_before_response=True,
    )


async def refusal_of(call: Awaitable[Any]) -> str:
    """Return the error code a call is refused with, or nothing."""
    try:
        await call
    except SlackApiError as refused:
        return str(refused.response["error"])
    return ""


def button(action_id: str = "go", value: str = "1") -> Payload:
    """Return blocks with one button."""
    text = {"type": "plain_text", "text": "Go"}
    element = {"type": "button", "action_id": action_id, "value": value, "text": text}
    return {"type": "actions", "block_id": "buttons", "elements": [element]}


def field(block_id: str, element: Payload | None = None, **more: Any) -> Payload:
    """Return an input block."""
    label = {"type": "plain_text", "text": block_id.title()}
    own = element or {"type": "plain_text_input", "action_id": "it"}
    return {"type": "input", "block_id": block_id, "label": label, "element": own, **more}


def modal(*blocks: Payload, **more: Any) -> Payload:
    """Return a modal."""
    title = {"type": "plain_text", "text": "A form"}
    submit = {"type": "plain_text", "text": "Send"}
    return {
        "type": "modal",
        "callback_id": "form",
        "title": title,
        "submit": submit,
        "blocks": list(blocks) or [field("title")],
        **more,
    }
