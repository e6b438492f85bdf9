"""The Block Kit validator accepts and refuses what Slack does, and our own builders stay within it."""

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks import kit
from bot.blocks.kit import Message, Surface
from bot.workspace import shapes
from bot.workspace.validator import (
    Problem,
    check_blocks,
    check_message,
    check_view,
    normalise_message_blocks,
    normalise_view,
)

Json = dict[str, Any]
LINK = "https://example.com/"


def words(length: int, kind: str = "plain_text") -> Json:
    return {"type": kind, "text": "x" * length}


PLAIN, MRKDWN = words(1), words(1, "mrkdwn")
PICTURE = {"type": "image", "alt_text": "a", "image_url": LINK}
BUTTON = {"type": "button", "text": PLAIN}
SECTION = {"type": "section", "text": MRKDWN}
LEAF = {"type": "text", "text": "x"}
RICH = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [LEAF]}]}
RAW = {"type": "raw_text", "text": "x"}
CARD = {"type": "card", "title": PLAIN}
CONFIRM = {"title": PLAIN, "text": MRKDWN, "confirm": PLAIN, "deny": PLAIN}
VIDEO = {
    "type": "video",
    "title": PLAIN,
    "video_url": LINK,
    "thumbnail_url": LINK,
    "alt_text": "a",
}


def option(value: str = "v", **more: Any) -> Json:
    return {"text": PLAIN, "value": value, **more}


def options(count: int) -> list[Json]:
    return [option(str(number)) for number in range(count)]


def section(**more: Any) -> Json:
    return {**SECTION, **more}


def beside(kind: str, **more: Any) -> Json:
    """A section with an element."""
    return section(accessory={"type": kind, **more})


def asked(kind: str, **more: Any) -> Json:
    """An input block with an element."""
    return {"type": "input", "label": PLAIN, "element": {"type": kind, **more}}


def pressed(**more: Any) -> Json:
    return {"type": "actions", "elements": [{**BUTTON, **more}]}


def card(**more: Any) -> Json:
    return {"type": "card", "title": PLAIN, **more}


def container(children: list[Json], **more: Any) -> Json:
    return {"type": "container", "title": PLAIN, "child_blocks": children, **more}


def table(rows: list[list[Json | None]], **more: Any) -> Json:
    return {"type": "table", "rows": rows, **more}


def data_table(rows: list[list[Json]], **more: Any) -> Json:
    return {"type": "data_table", "caption": "c", "rows": rows, **more}


def chart(
    series: int = 1, points: int = 1, kind: str = "line", label: int = 2, **axes: Any
) -> Json:
    categories = [f"{point:0{label}}" for point in range(points)]
    data = [{"label": name, "value": -1.5} for name in categories]
    lines = [{"name": f"s{number}", "data": data} for number in range(series)]
    body = {"type": kind, "series": lines, "axis_config": {"categories": categories, **axes}}
    return {"type": "data_visualization", "title": "t", "chart": body}


def pie(count: int, value: float = 1) -> Json:
    segments = [{"label": str(number), "value": value} for number in range(count)]
    return {
        "type": "data_visualization",
        "title": "t",
        "chart": {"type": "pie", "segments": segments},
    }


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def listed(**more: Any) -> Json:
    item = {"type": "rich_text_section", "elements": [LEAF]}
    return rich({"type": "rich_text_list", "style": "bullet", "elements": [item], **more})


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": PLAIN, "submit": PLAIN, "blocks": [SECTION], **more}


def home(**more: Any) -> Json:
    return {"type": "home", "blocks": [SECTION], **more}


def pointers(problems: list[Problem]) -> list[str]:
    return [problem.pointer for problem in problems]


def sentences(problems: list[Problem]) -> list[str]:
    return [problem.sentence for problem in problems]


# --- Each limit, and one past it --------------------------------------------------------------------------------------

Make = Callable[[int], Json]
LIMITS: list[tuple[str, Surface, int, str, Make]] = [
    ("section text", "message", 3000, "/text/text", lambda n: section(text=words(n, "mrkdwn"))),
    ("section fields", "message", 10, "/fields", lambda n: section(fields=[PLAIN] * n)),
    ("section field", "home", 2000, "/fields/0/text", lambda n: section(fields=[words(n)])),
    ("header", "modal", 150, "/text/text", lambda n: {"type": "header", "text": words(n)}),
    ("header level", "home", 4, "/level", lambda n: {"type": "header", "text": PLAIN, "level": n}),
    ("block id", "message", 255, "/block_id", lambda n: section(block_id="x" * n)),
    ("actions", "home", 25, "/elements", lambda n: {"type": "actions", "elements": [BUTTON] * n}),
    (
        "context",
        "modal",
        10,
        "/elements",
        lambda n: {"type": "context", "elements": [PICTURE, *[MRKDWN] * (n - 1)]},
    ),
    (
        "context actions",
        "message",
        5,
        "/elements",
        lambda n: {
            "type": "context_actions",
            "elements": [{"type": "icon_button", "icon": "trash", "text": PLAIN}] * n,
        },
    ),
    ("alt text", "home", 2000, "/alt_text", lambda n: {**PICTURE, "alt_text": "x" * n}),
    ("image title", "home", 2000, "/title/text", lambda n: {**PICTURE, "title": words(n)}),
    (
        "image address",
        "message",
        3000,
        "/image_url",
        lambda n: {**PICTURE, "image_url": LINK.ljust(n, "x")},
    ),
    ("label", "modal", 2000, "/label/text", lambda n: {**asked("datepicker"), "label": words(n)}),
    ("hint", "modal", 2000, "/hint/text", lambda n: {**asked("datepicker"), "hint": words(n)}),
    ("markdown", "message", 12_000, "/text", lambda n: {"type": "markdown", "text": "x" * n}),
    ("table rows", "message", 100, "/rows", lambda n: table([[RAW]] * n)),
    ("table columns", "message", 20, "/rows/0", lambda n: table([[RAW] * n])),
    ("column settings", "message", 20, "/column_settings", lambda n: table([[RAW]], column_settings=[None] * n)),
    ("table total", "message", 10_000, "", lambda n: table([[{"type": "raw_text", "text": "x" * n}, None]])),
    ("data table rows", "message", 201, "/rows", lambda n: data_table([[RAW]] * n)),
    ("data table columns", "message", 20, "/rows/0", lambda n: data_table([[RAW] * n] * 2)),
    (
        "data table total",
        "message",
        20_000,
        "",
        lambda n: data_table([[RAW], [{"type": "raw_text", "text": "x" * (n - 1)}]]),
    ),
    ("page size", "message", 100, "/page_size", lambda n: data_table([[RAW]] * 2, page_size=n)),
    ("chart title", "message", 50, "/title", lambda n: {**chart(), "title": "x" * n}),
    ("chart series", "message", 12, "/chart/series", lambda n: chart(series=n)),
    ("chart label", "message", 20, "/chart/axis_config/categories/0", lambda n: chart(label=n)),
    ("chart points", "message", 20, "/chart/axis_config/categories", lambda n: chart(points=n)),
    ("x label", "message", 50, "/chart/axis_config/x_label", lambda n: chart(x_label="x" * n)),
    ("y label", "message", 50, "/chart/axis_config/y_label", lambda n: chart(y_label="x" * n)),
    ("pie segments", "message", 12, "/chart/segments", pie),
    ("container children", "home", 10, "/child_blocks", lambda n: container([SECTION] * n)),
    ("container title", "home", 150, "/title/text", lambda n: container([SECTION], title=words(n))),
    ("container subtitle", "message", 150, "/subtitle/text", lambda n: container([SECTION], subtitle=words(n))),
    ("card title", "message", 150, "/title/text", lambda n: card(title=words(n))),
    ("card subtitle", "message", 150, "/subtitle/text", lambda n: card(subtitle=words(n))),
    ("card body", "home", 200, "/body/text", lambda n: card(body=words(n))),
    ("card subtext", "home", 200, "/subtext/text", lambda n: card(subtext=words(n))),
    ("card buttons", "message", 3, "/actions", lambda n: card(actions=[BUTTON] * n)),
    ("carousel", "home", 10, "/elements", lambda n: {"type": "carousel", "elements": [CARD] * n}),
    ("alert", "modal", 200, "/text/text", lambda n: {"type": "alert", "text": words(n)}),
    ("video title", "message", 199, "/title/text", lambda n: {**VIDEO, "title": words(n)}),
    ("video author", "message", 49, "/author_name", lambda n: {**VIDEO, "author_name": "x" * n}),
    ("list indent", "message", 8, "/elements/0/indent", lambda n: listed(indent=n)),
    ("button text", "message", 75, "/elements/0/text/text", lambda n: pressed(text=words(n))),
    ("button value", "message", 2000, "/elements/0/value", lambda n: pressed(value="x" * n)),
    ("button address", "home", 3000, "/elements/0/url", lambda n: pressed(url=LINK.ljust(n, "x"))),
    ("agent prompt", "message", 4000, "/elements/0/agent_prompt", lambda n: pressed(agent_prompt="x" * n)),
    ("spoken label", "home", 75, "/elements/0/accessibility_label", lambda n: pressed(accessibility_label="x" * n)),
    ("action id", "modal", 255, "/elements/0/action_id", lambda n: pressed(action_id="x" * n)),
    ("overflow", "message", 5, "/accessory/options", lambda n: beside("overflow", options=options(n))),
    ("select options", "home", 100, "/accessory/options", lambda n: beside("static_select", options=options(n))),
    (
        "select groups",
        "modal",
        100,
        "/accessory/option_groups",
        lambda n: beside("multi_static_select", option_groups=[{"label": PLAIN, "options": [option()]}] * n),
    ),
    (
        "group options",
        "modal",
        100,
        "/accessory/option_groups/0/options",
        lambda n: beside("static_select", option_groups=[{"label": PLAIN, "options": options(n)}]),
    ),
    (
        "group label",
        "modal",
        75,
        "/accessory/option_groups/0/label/text",
        lambda n: beside("static_select", option_groups=[{"label": words(n), "options": [option()]}]),
    ),
    ("checkboxes", "modal", 10, "/accessory/options", lambda n: beside("checkboxes", options=options(n))),
    ("radio buttons", "home", 10, "/accessory/options", lambda n: beside("radio_buttons", options=options(n))),
    (
        "option text",
        "message",
        75,
        "/accessory/options/0/text/text",
        lambda n: beside("static_select", options=[option(text=words(n))]),
    ),
    (
        "option value",
        "message",
        150,
        "/accessory/options/0/value",
        lambda n: beside("static_select", options=[option("x" * n)]),
    ),
    (
        "option description",
        "modal",
        75,
        "/accessory/options/0/description/text",
        lambda n: beside("radio_buttons", options=[option(description=words(n, "mrkdwn"))]),
    ),
    ("placeholder", "modal", 150, "/accessory/placeholder/text", lambda n: beside("users_select", placeholder=words(n))),
    ("shortest text", "modal", 3000, "/element/min_length", lambda n: asked("plain_text_input", min_length=n)),
    ("longest text", "modal", 3000, "/element/max_length", lambda n: asked("plain_text_input", max_length=n)),
    ("typed before", "home", 3000, "/element/initial_value", lambda n: asked("plain_text_input", initial_value="x" * n)),
    ("rich text lines", "modal", 100, "/element/max_lines", lambda n: asked("rich_text_input", max_lines=n)),
    ("files", "modal", 10, "/element/max_files", lambda n: asked("file_input", max_files=n)),
    ("confirm title", "message", 100, "/elements/0/confirm/title/text", lambda n: pressed(confirm={**CONFIRM, "title": words(n)})),
    ("confirm text", "message", 300, "/elements/0/confirm/text/text", lambda n: pressed(confirm={**CONFIRM, "text": words(n)})),
    ("confirm yes", "message", 30, "/elements/0/confirm/confirm/text", lambda n: pressed(confirm={**CONFIRM, "confirm": words(n)})),
    ("confirm no", "message", 30, "/elements/0/confirm/deny/text", lambda n: pressed(confirm={**CONFIRM, "deny": words(n)})),
]  # fmt: skip


@pytest.mark.parametrize(
    ("surface", "limit", "pointer", "make"),
    [case[1:] for case in LIMITS],
    ids=[case[0] for case in LIMITS],
)
def test_a_block_is_accepted_at_its_limit_and_refused_one_past_it(
    surface: Surface, limit: int, pointer: str, make: Make
) -> None:
    """Each limit of slack-platform.md §6.3 to §6.5 holds exactly."""
    assert check_blocks([make(limit)], surface) == []
    assert f"/blocks/0{pointer}" in pointers(check_blocks([make(limit + 1)], surface))


VIEW_LIMITS: list[tuple[str, int, str, Make]] = [
    ("title", 24, "/title/text", lambda n: modal(title=words(n))),
    ("submit", 24, "/submit/text", lambda n: modal(submit=words(n))),
    ("close", 24, "/close/text", lambda n: modal(close=words(n))),
    ("metadata", 3000, "/private_metadata", lambda n: home(private_metadata="x" * n)),
    ("callback id", 255, "/callback_id", lambda n: modal(callback_id="x" * n)),
    ("external id", 255, "/external_id", lambda n: home(external_id="x" * n)),
    ("modal blocks", 100, "/blocks", lambda n: modal(blocks=[SECTION] * n)),
    ("home blocks", 100, "/blocks", lambda n: home(blocks=[SECTION] * n)),
]


@pytest.mark.parametrize(
    ("limit", "pointer", "make"),
    [case[1:] for case in VIEW_LIMITS],
    ids=[case[0] for case in VIEW_LIMITS],
)
def test_a_view_is_accepted_at_its_limit_and_refused_one_past_it(
    limit: int, pointer: str, make: Make
) -> None:
    """Each limit of slack-platform.md §5 holds exactly."""
    assert check_view(make(limit)) == []
    assert pointer in pointers(check_view(make(limit + 1)))


# --- What is accepted -------------------------------------------------------------------------------------------------

ACCEPTED: list[tuple[str, Surface, Json]] = [
    ("fields without text", "message", {"type": "section", "fields": [PLAIN]}),
    ("expanded section", "message", section(expand=True)),
    ("divider", "modal", {"type": "divider"}),
    ("image by file", "home", {"type": "image", "alt_text": "a", "slack_file": {"id": "F1"}}),
    ("empty rich text", "message", rich()),
    ("quote", "modal", rich({"type": "rich_text_quote", "elements": [LEAF], "border": 1})),
    ("code", "home", rich({"type": "rich_text_preformatted", "elements": [LEAF], "border": 0})),
    ("ordered list", "message", listed(style="ordered", offset=3)),
    ("numbers in a table", "message", table([[{"type": "raw_number", "value": -1.5}, RICH]])),
    ("aligned table", "message", table([[RAW]], column_settings=[{"align": "right"}, None])),
    ("bar chart", "message", chart(3, 20, "bar")),
    ("area chart", "message", chart(1, 1, "area")),
    ("container with a form", "home", container([asked("datepicker")], width="full")),
    ("container by rich title", "message", {"type": "container", "rich_text_title": RICH, "child_blocks": [SECTION]}),
    ("closed container", "home", container([SECTION], is_collapsible=True, default_collapsed=True)),
    ("card with an icon", "message", card(slack_icon={"type": "icon", "name": "calendar"})),
    ("plan", "message", {"type": "plan", "title": "p", "tasks": [{"task_id": "1", "title": "t", "status": "pending"}]}),
    ("task", "message", {"type": "task_card", "task_id": "1", "title": "t", "details": RICH, "sources": [{"type": "url", "url": LINK, "text": "s"}]}),
    ("video", "home", VIDEO),
    ("input in a message", "message", asked("plain_text_input")),
    ("date and time", "message", {"type": "actions", "elements": [{"type": "datetimepicker", "initial_date_time": 1_700_000_000}]}),
    ("chosen at first", "modal", asked("checkboxes", options=options(3), initial_options=options(2))),
    ("chosen, defaults said", "modal", beside("static_select", options=[option()], initial_option=option(text={**PLAIN, "emoji": True}))),
    ("chosen in a group", "home", beside("static_select", option_groups=[{"label": PLAIN, "options": options(2)}], initial_option=option("1"))),
    ("confirmed select", "message", beside("users_select", confirm=CONFIRM, initial_user="U1")),
    ("overflow with a link", "message", beside("overflow", options=[option(url=LINK)])),
    ("number", "modal", asked("number_input", is_decimal_allowed=True, min_value="-1.5", max_value="2", initial_value="0")),
    ("conversation for a form", "modal", asked("conversations_select", response_url_enabled=True, default_to_current_conversation=True, filter={"include": ["im"]})),
    ("several channels", "home", beside("multi_channels_select", initial_channels=["C1"], max_selected_items=2)),
    ("address", "modal", asked("url_text_input", dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]})),
    ("time", "home", beside("timepicker", initial_time="23:59", timezone="Europe/Oslo")),
    ("thumbs", "message", {"type": "context_actions", "elements": [{"type": "feedback_buttons", "positive_button": option("p"), "negative_button": option("n")}]}),
    ("workflow", "message", {"type": "actions", "elements": [{"type": "workflow_button", "text": PLAIN, "action_id": "w", "workflow": {"trigger": {"url": LINK}}}]}),
    ("mail link", "message", pressed(url="mailto:a@example.com")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("surface", "block"), [case[1:] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED]
)
def test_what_slack_accepts_is_accepted(surface: Surface, block: Json) -> None:
    """Each block and element passes where Slack takes it."""
    assert check_blocks([block], surface) == []


LEAVES: list[Json] = [
    {"type": "text", "text": "x", "style": {"bold": True}},
    {"type": "link", "url": LINK, "text": "x"},
    {"type": "user", "user_id": "U1"},
    {"type": "usergroup", "usergroup_id": "S1"},
    {"type": "team", "team_id": "T1"},
    {"type": "channel", "channel_id": "C1"},
    {"type": "emoji", "name": "tada"},
    {"type": "broadcast", "range": "here"},
    {"type": "color", "value": "#ff0000"},
    {"type": "date", "timestamp": 1, "format": "{date}", "fallback": "x"},
]


def test_every_leaf_of_rich_text_is_accepted() -> None:
    """The ten leaves Slack knows, and no other."""
    assert check_blocks([rich({"type": "rich_text_section", "elements": LEAVES})], "message") == []
    assert {leaf["type"] for leaf in LEAVES} == set(shapes.LEAVES)


# --- What is refused --------------------------------------------------------------------------------------------------

REFUSED: list[tuple[str, Surface, Json | None, str]] = [
    ("null", "message", None, "must provide an object [json-pointer:/blocks/0]"),
    ("no type", "message", {"text": PLAIN}, "missing required field: type [json-pointer:/blocks/0]"),
    ("unknown block", "message", {"type": "gauge"}, "unsupported type: gauge [json-pointer:/blocks/0/type]"),
    ("file block", "message", {"type": "file", "external_id": "F", "source": "remote"}, "unsupported type: file [json-pointer:/blocks/0/type]"),
    ("unhashable type", "message", {"type": []}, "unsupported type: [] [json-pointer:/blocks/0/type]"),
    ("empty section", "message", {"type": "section"}, "must define either `text` or `fields` [json-pointer:/blocks/0]"),
    ("empty text", "message", section(text=words(0, "mrkdwn")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ("long text", "message", section(text=words(3001, "mrkdwn")), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ("bare text", "message", section(text="hello"), "must provide an object [json-pointer:/blocks/0/text]"),
    ("null text", "message", section(text=None), "must provide an object [json-pointer:/blocks/0/text]"),
    ("number for a text", "message", section(text={"type": "mrkdwn", "text": 7}), "must provide a string [json-pointer:/blocks/0/text/text]"),
    ("emoji in mrkdwn", "message", section(text={**MRKDWN, "emoji": True}), "invalid additional property: emoji [json-pointer:/blocks/0/text]"),
    ("mrkdwn heading", "message", {"type": "header", "text": MRKDWN}, "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
    ("no fields", "message", section(fields=[]), "must provide at least 1 items [json-pointer:/blocks/0/fields]"),
    ("disabled button", "message", pressed(disabled=True), "invalid additional property: disabled [json-pointer:/blocks/0/elements/0]"),
    ("block id on an element", "message", pressed(block_id="b"), "invalid additional property: block_id [json-pointer:/blocks/0/elements/0]"),
    ("button without text", "message", {"type": "actions", "elements": [{"type": "button"}]}, "missing required field: text [json-pointer:/blocks/0/elements/0]"),
    ("mrkdwn button", "message", pressed(text=MRKDWN), "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]"),
    ("empty value", "message", pressed(value=""), "must be more than 0 characters [json-pointer:/blocks/0/elements/0/value]"),
    ("style", "message", pressed(style="default"), "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"),
    ("style by chance", "message", pressed(style=["primary"]), "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"),
    ("half a confirm", "message", pressed(confirm={"title": PLAIN, "text": PLAIN, "deny": PLAIN}), "missing required field: confirm [json-pointer:/blocks/0/elements/0/confirm]"),
    ("null in a row", "message", {"type": "actions", "elements": [None]}, "must provide an object [json-pointer:/blocks/0/elements/0]"),
    ("image without address", "message", {"type": "image", "alt_text": "a"}, "must define either `image_url` or `slack_file` [json-pointer:/blocks/0]"),
    ("image with both", "message", {**PICTURE, "slack_file": {"id": "F1"}}, "must define only one of `image_url` or `slack_file` [json-pointer:/blocks/0]"),
    ("file by both", "message", {"type": "image", "alt_text": "a", "slack_file": {"id": "F1", "url": LINK}}, "must define only one of `id` or `url` [json-pointer:/blocks/0/slack_file]"),
    ("image element with a title", "message", {"type": "context", "elements": [{**PICTURE, "title": PLAIN}]}, "invalid additional property: title [json-pointer:/blocks/0/elements/0]"),
    ("button in small print", "message", {"type": "context", "elements": [BUTTON]}, "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"),
    ("date and time beside a section", "message", beside("datetimepicker"), "unsupported type: datetimepicker [json-pointer:/blocks/0/accessory/type]"),
    ("text field in a row", "modal", {"type": "actions", "elements": [{"type": "plain_text_input"}]}, "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"),
    ("button in a form", "modal", asked("button", text=PLAIN), "unsupported type: button [json-pointer:/blocks/0/element/type]"),
    ("no options", "message", beside("overflow", options=[]), "must provide at least 1 items [json-pointer:/blocks/0/accessory/options]"),
    ("neither options nor groups", "modal", beside("static_select"), "must define either `options` or `option_groups` [json-pointer:/blocks/0/accessory]"),
    ("link in a menu", "modal", beside("static_select", options=[option(url=LINK)]), "invalid additional property: url [json-pointer:/blocks/0/accessory/options/0]"),
    ("mrkdwn in a menu", "modal", beside("static_select", options=[option(text=MRKDWN)]), "unsupported type: mrkdwn [json-pointer:/blocks/0/accessory/options/0/text/type]"),
    ("type on an option", "modal", beside("static_select", options=[option(type="option")]), "invalid additional property: type [json-pointer:/blocks/0/accessory/options/0]"),
    ("chosen from elsewhere", "modal", beside("static_select", options=options(2), initial_option=option("9")), "`initial_option` must match one of the options [json-pointer:/blocks/0/accessory/initial_option]"),
    ("ticked from elsewhere", "modal", asked("checkboxes", options=options(2), initial_options=[option("1"), option("9")]), "`initial_options` must match one of the options [json-pointer:/blocks/0/element/initial_options/1]"),
    ("null choice", "modal", beside("static_select", options=options(2), initial_option=None), "must provide an object [json-pointer:/blocks/0/accessory/initial_option]"),
    ("date form", "modal", beside("datepicker", initial_date="23.11.2026"), r"input must match regex pattern: \d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) [json-pointer:/blocks/0/accessory/initial_date]"),
    ("number without decimals", "modal", asked("number_input"), "missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]"),
    ("number as a number", "modal", asked("number_input", is_decimal_allowed=False, min_value=1), "must provide a string [json-pointer:/blocks/0/element/min_value]"),
    ("number ends crossed", "modal", asked("number_input", is_decimal_allowed=False, min_value="5", max_value="1"), "must be less than `max_value` [json-pointer:/blocks/0/element/min_value]"),
    ("number outside", "modal", asked("number_input", is_decimal_allowed=False, max_value="1", initial_value="2"), "must be between `min_value` and `max_value` [json-pointer:/blocks/0/element/initial_value]"),
    ("decimal", "modal", asked("number_input", is_decimal_allowed=False, initial_value="2.5"), "must be a whole number [json-pointer:/blocks/0/element/initial_value]"),
    ("lengths crossed", "modal", asked("plain_text_input", min_length=9, max_length=5), "must be less than 6 [json-pointer:/blocks/0/element/min_length]"),
    ("typed too much", "modal", asked("plain_text_input", max_length=5, initial_value="123456"), "must be less than 6 characters [json-pointer:/blocks/0/element/initial_value]"),
    ("lines crossed", "modal", asked("rich_text_input", min_lines=9, max_lines=5), "must be less than 6 [json-pointer:/blocks/0/element/min_lines]"),
    ("truth as a number", "modal", asked("plain_text_input", max_length=True), "must provide an integer [json-pointer:/blocks/0/element/max_length]"),
    ("truth as a word", "modal", {**asked("datepicker"), "optional": "yes"}, "must provide a boolean [json-pointer:/blocks/0/optional]"),
    ("dispatching files", "modal", {**asked("file_input"), "dispatch_action": True}, "must not be true for a `file_input` element [json-pointer:/blocks/0/dispatch_action]"),
    ("response address outside a form", "modal", beside("channels_select", response_url_enabled=True), "is only available for elements in `input` blocks of modals [json-pointer:/blocks/0/accessory/response_url_enabled]"),
    ("response address on Home", "home", asked("channels_select", response_url_enabled=True), "is only available for elements in `input` blocks of modals [json-pointer:/blocks/0/element/response_url_enabled]"),
    ("empty filter", "modal", asked("conversations_select", filter={}), "must define either `include` or `exclude_external_shared_channels` or `exclude_bot_users` [json-pointer:/blocks/0/element/filter]"),
    ("twice the same trigger", "modal", asked("plain_text_input", dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"] * 2}), "must provide unique items [json-pointer:/blocks/0/element/dispatch_action_config/trigger_actions_on]"),
    ("script address", "message", {**PICTURE, "image_url": "javascript:alert(1)"}, r"input must match regex pattern: https?://[^\s/]\S* [json-pointer:/blocks/0/image_url]"),
    ("plain video", "message", {**VIDEO, "video_url": "http://example.com/"}, r"input must match regex pattern: https://[^\s/]\S* [json-pointer:/blocks/0/video_url]"),
    ("empty cell", "message", table([[{"type": "raw_text", "text": ""}]]), "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]"),
    ("no number", "message", table([[{"type": "raw_number", "value": math.nan}]]), "must provide a finite number [json-pointer:/blocks/0/rows/0/0/value]"),
    ("mrkdwn cell", "message", table([[MRKDWN]]), "unsupported type: mrkdwn [json-pointer:/blocks/0/rows/0/0/type]"),
    ("align", "message", table([[RAW]], column_settings=[{"align": "top"}]), "must be a valid enum value [json-pointer:/blocks/0/column_settings/0/align]"),
    ("header alone", "message", data_table([[RAW]]), "must provide at least 2 items [json-pointer:/blocks/0/rows]"),
    ("ragged rows", "message", data_table([[RAW, RAW], [RAW]]), "must provide 2 cells, as the header row does [json-pointer:/blocks/0/rows/1]"),
    ("rich header", "message", data_table([[RICH], [RAW]]), "unsupported type: rich_text [json-pointer:/blocks/0/rows/0/0/type]"),
    ("no caption", "message", {"type": "data_table", "rows": [[RAW]] * 2}, "missing required field: caption [json-pointer:/blocks/0]"),
    ("header column", "message", data_table([[RAW]] * 2, row_header_column_index=1), "must be less than 1 [json-pointer:/blocks/0/row_header_column_index]"),
    ("stacked chart", "message", chart(kind="stacked"), "unsupported type: stacked [json-pointer:/blocks/0/chart/type]"),
    ("negative slice", "message", pie(1, -1), "must be more than 0 [json-pointer:/blocks/0/chart/segments/0/value]"),
    ("coloured chart", "message", {**chart(), "color": "red"}, "invalid additional property: color [json-pointer:/blocks/0]"),
    ("default closed", "home", container([SECTION], default_collapsed=True), "must define `is_collapsible` to use `default_collapsed` [json-pointer:/blocks/0/default_collapsed]"),
    ("lined and collapsible", "home", container([SECTION], is_collapsible=True, has_header_divider=True), "must not be true for a collapsible container [json-pointer:/blocks/0/has_header_divider]"),
    ("container in a container", "message", container([container([SECTION])]), "unsupported type: container [json-pointer:/blocks/0/child_blocks/0/type]"),
    ("chart in a container", "message", container([chart()]), "unsupported type: data_visualization [json-pointer:/blocks/0/child_blocks/0/type]"),
    ("table in a container on Home", "home", container([table([[RAW]])]), "unsupported type: table [json-pointer:/blocks/0/child_blocks/0/type]"),
    ("untitled container", "home", {"type": "container", "child_blocks": [SECTION]}, "must define either `title` or `rich_text_title` [json-pointer:/blocks/0]"),
    ("empty card", "message", {"type": "card", "subtitle": PLAIN}, "must define either `hero_image` or `title` or `actions` or `body` [json-pointer:/blocks/0]"),
    ("bare card title", "message", card(title="t"), "must provide an object [json-pointer:/blocks/0/title]"),
    ("two icons", "message", card(icon=PICTURE, slack_icon={"type": "icon", "name": "x"}), "must define only one of `icon` or `slack_icon` [json-pointer:/blocks/0]"),
    ("menu on a card", "message", card(actions=[{"type": "overflow", "options": [option()]}]), "unsupported type: overflow [json-pointer:/blocks/0/actions/0/type]"),
    ("section in a carousel", "message", {"type": "carousel", "elements": [SECTION]}, "unsupported type: section [json-pointer:/blocks/0/elements/0/type]"),
    ("alert level", "modal", {"type": "alert", "text": PLAIN, "level": "danger"}, "must be a valid enum value [json-pointer:/blocks/0/level]"),
    ("plan titled by an object", "message", {"type": "plan", "title": PLAIN}, "must provide a string [json-pointer:/blocks/0/title]"),
    ("task status", "message", {"type": "task_card", "task_id": "1", "title": "t", "status": "done"}, "must be a valid enum value [json-pointer:/blocks/0/status]"),
    ("section in a list", "message", rich(LEAF), "unsupported type: text [json-pointer:/blocks/0/elements/0/type]"),
    ("leaf style", "message", rich({"type": "rich_text_section", "elements": [{**LEAF, "style": {"big": True}}]}), "invalid additional property: big [json-pointer:/blocks/0/elements/0/elements/0/style]"),
    ("list without style", "message", rich({"type": "rich_text_list", "elements": [{"type": "rich_text_section", "elements": []}]}), "missing required field: style [json-pointer:/blocks/0/elements/0]"),
    ("same action twice", "message", {"type": "actions", "elements": [{**BUTTON, "action_id": "a"}] * 2}, "`action_id` a already exists in this block [json-pointer:/blocks/0/elements/1/action_id]"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("surface", "block", "sentence"),
    [case[1:] for case in REFUSED],
    ids=[case[0] for case in REFUSED],
)
def test_what_slack_refuses_is_refused_in_its_words(
    surface: Surface, block: Json | None, sentence: str
) -> None:
    """Each mistake is told once, with a pointer to its place."""
    assert sentences(check_blocks([block], surface)) == [sentence]


def test_every_mistake_is_told() -> None:
    """The whole payload is refused, with all that is wrong in it."""
    wrong = section(text=words(0), fields=[words(0)], accessory={"type": "button"})
    assert pointers(check_blocks([SECTION, wrong], "message")) == [
        "/blocks/1/text/text",
        "/blocks/1/fields/0/text",
        "/blocks/1/accessory",
    ]


JUNK: list[Any] = [None, True, 7, math.nan, "x", [], [None], {}, {"type": "x"}, {"type": 7}]


def _spoiled(value: Any) -> Iterator[Any]:
    """Yield a payload with each of its parts, one after another, replaced by junk."""
    yield from JUNK
    if isinstance(value, dict):
        for key, part in value.items():
            yield from ({**value, key: junk} for junk in _spoiled(part))
    elif isinstance(value, list):
        for place, part in enumerate(value[:2]):
            yield from ([*value[:place], junk, *value[place + 1 :]] for junk in _spoiled(part))


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
def test_no_payload_is_too_broken_to_be_checked(surface: Surface) -> None:
    """Whatever stands where, the answer is a list of problems; a null block is one of them."""
    for block in [case[2] for case in ACCEPTED if case[1] == surface]:
        for junk in _spoiled(block):
            check_blocks([junk], surface)
            check_message({"attachments": [junk, {"blocks": [junk]}]})
            check_view({"type": surface, "blocks": junk})
    assert check_blocks(None, surface)
    assert check_blocks({}, surface)


# --- Charts: every series has one point for every category ------------------------------------------------------------


def _series(name: str, *labels: str) -> Json:
    return {"name": name, "data": [{"label": label, "value": 1} for label in labels]}


CHARTS: list[tuple[str, list[Json], list[str], str]] = [
    ("gap", [_series("a", "1")], ["1", "2"], "/series/0/data"),
    ("too many points", [_series("a", "1", "2", "3")], ["1", "2"], "/series/0/data"),
    ("twice the same point", [_series("a", "1", "1")], ["1", "2"], "/series/0/data"),
    ("stranger", [_series("a", "1", "9")], ["1", "2"], "/series/0/data"),
    ("second with a gap", [_series("a", "1"), _series("b")], ["1"], "/series/1/data"),
    ("same name", [_series("a", "1"), _series("a", "1")], ["1"], "/series/1/name"),
    ("same category", [_series("a", "1", "1")], ["1", "1"], "/axis_config/categories"),
    ("no category", [_series("a", "1")], [], "/axis_config/categories"),
    ("no series", [], ["1"], "/series"),
]


@pytest.mark.parametrize(
    ("series", "categories", "pointer"),
    [case[1:] for case in CHARTS],
    ids=[case[0] for case in CHARTS],
)
def test_a_chart_needs_a_point_of_every_series_for_every_category(
    series: list[Json], categories: list[str], pointer: str
) -> None:
    """The rules of kpis.md F1."""
    block = chart()
    block["chart"] |= {"series": series, "axis_config": {"categories": categories}}
    assert pointers(check_blocks([block], "message")) == [f"/blocks/0/chart{pointer}"]


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, None, "1", True])
def test_a_chart_takes_finite_numbers_only(value: object) -> None:
    """Neither a gap nor an infinity is a point."""
    block = chart()
    block["chart"]["series"][0]["data"] = [{"label": "00", "value": value}]
    pointer = "/blocks/0/chart/series/0/data/0/value"
    assert pointers(check_blocks([block], "message")) == [pointer]


# --- Surfaces ---------------------------------------------------------------------------------------------------------

EXAMPLES: dict[str, Json] = {
    "section": SECTION,
    "divider": {"type": "divider"},
    "header": {"type": "header", "text": PLAIN},
    "image": PICTURE,
    "actions": pressed(),
    "context": {"type": "context", "elements": [PLAIN]},
    "input": asked("datepicker"),
    "rich_text": RICH,
    "video": VIDEO,
    "table": table([[RAW]]),
    "data_table": data_table([[RAW]] * 2),
    "data_visualization": chart(),
    "container": container([SECTION]),
    "card": CARD,
    "carousel": {"type": "carousel", "elements": [CARD]},
    "alert": {"type": "alert", "text": PLAIN},
    "markdown": {"type": "markdown", "text": "# x"},
    "context_actions": {
        "type": "context_actions",
        "elements": [{"type": "icon_button", "icon": "trash", "text": PLAIN}],
    },
    "plan": {"type": "plan", "title": "p"},
    "task_card": {"type": "task_card", "task_id": "1", "title": "t"},
}
EVERYWHERE = [
    *("section", "divider", "header", "image", "actions"),
    *("context", "input", "rich_text", "video"),
]
SHOWN: dict[Surface, list[str]] = {
    "message": [kind for kind in EXAMPLES if kind != "alert"],
    "modal": [*EVERYWHERE, "alert"],
    "home": [*EVERYWHERE, "container", "card", "carousel"],
}


@pytest.mark.parametrize("surface", SHOWN)
def test_blocks_stand_only_where_slack_shows_them(surface: Surface) -> None:
    """The surface matrix of slack-platform.md §6.2."""
    shown = [kind for kind, block in EXAMPLES.items() if not check_blocks([block], surface)]
    assert shown == [kind for kind in EXAMPLES if kind in SHOWN[surface]]


ONLY: list[tuple[str, Json, set[Surface]]] = [
    ("email", asked("email_text_input"), {"modal"}),
    ("address", asked("url_text_input"), {"modal"}),
    ("number", asked("number_input", is_decimal_allowed=True), {"modal"}),
    ("file", asked("file_input"), {"modal"}),
    ("rich text", asked("rich_text_input"), {"modal", "home"}),
    ("date and time", asked("datetimepicker"), {"message", "modal"}),
    ("date", asked("datepicker"), {"message", "modal", "home"}),
]


@pytest.mark.parametrize(
    ("block", "surfaces"), [case[1:] for case in ONLY], ids=[case[0] for case in ONLY]
)
def test_elements_stand_only_where_slack_shows_them(block: Json, surfaces: set[Surface]) -> None:
    """The element pages of slack-platform.md §6.4."""
    assert {surface for surface in SHOWN if not check_blocks([block], surface)} == surfaces


def test_every_shape_has_a_place() -> None:
    """No block, element or law was forgotten when a name was added to one table only."""
    placed = {*kit.IN_SECTION, *kit.IN_ACTIONS, *kit.IN_CONTEXT_ACTIONS, *kit.IN_INPUT}
    assert set(shapes.BLOCKS) == set(kit.BLOCK_SURFACES) == set(EXAMPLES)
    assert set(shapes.ELEMENTS) == placed
    assert set(kit.ELEMENT_SURFACES) <= placed
    assert set(kit.IN_CONTAINER) <= set(shapes.BLOCKS)


# --- Counted over a payload -------------------------------------------------------------------------------------------


def test_a_message_has_at_most_fifty_blocks() -> None:
    """Slack counts, and so do we, what stands in containers."""
    assert check_message({"blocks": [SECTION] * 50}) == []
    assert sentences(check_message({"blocks": [SECTION] * 51})) == [
        "no more than 50 items allowed [json-pointer:/blocks]"
    ]
    full = container([SECTION] * 9)
    assert check_message({"blocks": [full] * 5}) == []
    assert pointers(check_message({"blocks": [full] * 5 + [SECTION]})) == ["/blocks"]


def test_block_ids_are_unique_in_a_payload() -> None:
    """Also between a container and its children, and across attachments."""
    inside = container([section(block_id="a")], block_id="b")
    assert check_blocks([inside, section(block_id="c")], "message") == []
    assert sentences(check_blocks([section(block_id="a"), inside], "message")) == [
        "`block_id` a already exists [json-pointer:/blocks/1/child_blocks/0/block_id]"
    ]
    message = {"blocks": [inside], "attachments": [{"blocks": [section(block_id="b")]}]}
    assert pointers(check_message(message)) == ["/attachments/0/blocks/0/block_id"]


def test_the_same_action_id_may_stand_in_two_blocks() -> None:
    """Action ids are unique per block only."""
    assert check_blocks([pressed(action_id="a"), pressed(action_id="a")], "message") == []


def test_a_message_has_one_table_and_two_charts() -> None:
    """The caps that Slack tells by `invalid_blocks` alone."""
    assert check_message({"blocks": [EXAMPLES["table"], chart(), chart()]}) == []
    tables = check_message({"blocks": [EXAMPLES["table"], SECTION, EXAMPLES["data_table"]]})
    assert sentences(tables) == [
        "no more than 1 tables allowed in a message [json-pointer:/blocks/2]"
    ]
    charts = check_message({"blocks": [chart(), pie(2)], "attachments": [{"blocks": [chart()]}]})
    assert pointers(charts) == ["/attachments/0/blocks/0"]


def test_markdown_is_counted_over_the_whole_payload() -> None:
    """12,000 characters together, not each."""
    half = {"type": "markdown", "text": "x" * 6_000}
    assert check_message({"blocks": [half, half]}) == []
    more = {"type": "markdown", "text": "x"}
    assert pointers(check_message({"blocks": [half, half, more]})) == ["/blocks/2"]


def test_rich_text_counts_towards_a_table_s_characters() -> None:
    """What a cell shows counts, however it is written."""
    long = {**RICH, "elements": [{"type": "rich_text_section", "elements": [words(1) | {"type": "text", "text": "x" * 9_990}]}]}  # fmt: skip
    number = {"type": "raw_number", "value": 12345, "text": "12,345 tickets"}
    assert (
        check_blocks([table([[long, {"type": "raw_number", "value": 1234567890}]])], "message")
        == []
    )
    assert pointers(check_blocks([table([[long, number]])], "message")) == ["/blocks/0"]


# --- Views and messages -----------------------------------------------------------------------------------------------

VIEWS: list[tuple[str, object, str]] = [
    ("no view", None, "must provide an object [json-pointer:]"),
    ("no type", {"blocks": [SECTION]}, "missing required field: type [json-pointer:]"),
    ("workflow step", modal(type="workflow_step"), "unsupported type: workflow_step [json-pointer:/type]"),
    ("no title", {"type": "modal", "blocks": [SECTION]}, "missing required field: title [json-pointer:]"),
    ("empty title", modal(title=words(0)), "must be more than 0 characters [json-pointer:/title/text]"),
    ("mrkdwn title", modal(title=MRKDWN), "unsupported type: mrkdwn [json-pointer:/title/type]"),
    ("no blocks", modal(blocks=[]), "must provide at least 1 items [json-pointer:/blocks]"),
    ("blocks missing", {"type": "home"}, "missing required field: blocks [json-pointer:]"),
    ("null close", modal(close=None), "must provide an object [json-pointer:/close]"),
    ("Slack's own keys", modal(id="V1"), "invalid additional property: id [json-pointer:]"),
    ("titled Home", home(title=PLAIN), "invalid additional property: title [json-pointer:]"),
    ("submitting Home", home(submit=PLAIN), "invalid additional property: submit [json-pointer:]"),
    ("closing Home", home(close=PLAIN), "invalid additional property: close [json-pointer:]"),
    ("table in a modal", modal(blocks=[table([[RAW]])]), "unsupported type: table [json-pointer:/blocks/0/type]"),
    (
        "form without submit",
        {"type": "modal", "title": PLAIN, "blocks": [SECTION, asked("datepicker")]},
        "must define `submit` to use an `input` block in modals [json-pointer:/blocks/1]",
    ),
    (
        "two in focus",
        modal(blocks=[asked("datepicker", focus_on_load=True), beside("timepicker", focus_on_load=True)]),
        "only one element of a view may have `focus_on_load` [json-pointer:/blocks/1/accessory/focus_on_load]",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("view", "sentence"), [case[1:] for case in VIEWS], ids=[case[0] for case in VIEWS]
)
def test_a_view_slack_refuses_is_refused(view: object, sentence: str) -> None:
    """The rules of slack-platform.md §5; pointers start at the view."""
    assert sentences(check_view(view)) == [sentence]


def test_a_view_has_at_most_250_kilobytes() -> None:
    """Each block may be within its limit and the whole still too large."""
    heavy = [section(text=words(3000, "mrkdwn")) for _ in range(80)]
    assert check_view(modal(blocks=heavy)) == []
    assert [p.code for p in check_view(modal(blocks=heavy * 2))] == [
        "failed_constraint",
        "view_too_large",
    ]


MESSAGES: list[tuple[str, Json, list[str]]] = [
    ("text alone", {"text": "hello"}, []),
    ("too much text is cut, not refused", {"text": "x" * 40_001}, []),
    ("nothing", {}, []),
    ("metadata", {"metadata": {"event_type": "posted", "event_payload": {"key": 1}}}, []),
    ("untyped metadata", {"metadata": {"event_payload": {}}}, ["/metadata"]),
    ("flat metadata", {"metadata": {"event_type": "a", "event_payload": "x"}}, ["/metadata/event_payload"]),
    ("attachments", {"attachments": [{"color": "#36a64f", "blocks": [SECTION]}]}, []),
    ("too many attachments", {"attachments": [{}] * 101}, ["/attachments"]),
    ("number for a text", {"text": 7}, ["/text"]),
    ("blocks not a list", {"blocks": SECTION}, ["/blocks"]),
    ("deep in an attachment", {"attachments": [{}, {"blocks": [SECTION, section(text=words(0))]}]}, ["/attachments/1/blocks/1/text/text"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "wanted"), [case[1:] for case in MESSAGES], ids=[case[0] for case in MESSAGES]
)
def test_a_message_is_checked_whole(message: Json, wanted: list[str]) -> None:
    """Its blocks, its attachments' blocks, and its metadata."""
    assert pointers(check_message(message)) == wanted


def test_a_problem_speaks_as_blocks_validate_does() -> None:
    """The shapes of `errors` in slack-platform.md §6.2."""
    long, missing = check_blocks([pressed(text=words(76)), {"type": "header"}], "message")
    assert long.as_error() == {
        "pointer": "/blocks/0/elements/0/text/text",
        "code": "failed_constraint",
        "message": "must be less than 76 characters",
        "constraint": {"type": "max_length", "expected": 75},
    }
    assert missing.as_error() == {
        "pointer": "/blocks/1",
        "code": "missing_field",
        "message": "missing required field: text",
        "field": "text",
    }


# --- What Slack adds --------------------------------------------------------------------------------------------------


def test_blocks_come_back_with_ids_and_defaults() -> None:
    """Slack names what has no name and says what was left to it; what was said stays."""
    sent = [
        section(block_id="mine", accessory={**BUTTON, "action_id": "go"}),
        container([pressed()]),
        {"type": "carousel", "elements": [card(actions=[BUTTON])]},
        {**asked("plain_text_input"), "optional": True},
        {"type": "context", "elements": [PICTURE, {**MRKDWN, "verbatim": True}]},
    ]
    first, second, third, form, small = normalise_message_blocks(sent)

    assert first["block_id"] == "mine"
    assert first["text"] == {**MRKDWN, "verbatim": False}
    assert first["accessory"] == {**BUTTON, "action_id": "go", "text": {**PLAIN, "emoji": True}}
    assert second["child_blocks"][0]["elements"][0]["action_id"]
    assert third["elements"][0]["actions"][0]["action_id"]
    assert (form["optional"], form["dispatch_action"]) == (True, False)
    assert small["elements"] == [PICTURE, {**MRKDWN, "verbatim": True}]
    assert check_blocks([first, second, third, form, small], "message") == []
    assert "block_id" not in sent[1]
    assert "emoji" not in PLAIN


def test_a_view_comes_back_completed() -> None:
    """Titles too say their defaults."""
    view = normalise_view(modal())
    assert view["title"] == {**PLAIN, "emoji": True}
    assert view["blocks"][0]["block_id"]
    assert check_view(view) == []


# --- Our builders -----------------------------------------------------------------------------------------------------

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["", " ", "\n", "<!channel>", "&" * 3_100, "😀" * 1_600, "<https://example.com|" + "x" * 4_000]
)
VALUES = st.text(min_size=1, max_size=150)
NUMBERS = st.none() | st.floats() | st.integers(-(10**12), 10**12)
FEW = settings(max_examples=60, deadline=None, database=None)


@FEW
@given(TEXTS, TEXTS, VALUES)
def test_whatever_is_said_our_blocks_pass(text: str, other: str, value: str) -> None:
    """Hostile, empty and endless texts all become blocks that Slack takes."""
    sure = kit.confirm(text, other, yes=other, no=text, style="danger")
    press = kit.button(
        text, "go", value=value, style="primary", confirm=sure, accessibility_label=other
    )
    menu = kit.static_select(
        "menu", [kit.option(text, value, description=other)], placeholder=text, initial=value
    )
    blocks = [
        kit.header(text, level=2),
        kit.section(text, fields=[other] * 12, accessory=kit.image(other, url=LINK)),
        kit.section(fields=[text], expand=True),
        kit.section(kit.plain(text), accessory=press),
        kit.context(text, kit.image(text, file_id="F1"), *[other] * 12),
        kit.context(),
        kit.divider(),
        kit.actions([press, menu, kit.button(other, "see", url=LINK)]),
        kit.image(text, url=LINK, title=other),
        kit.rich_text(text),
        kit.rich_text(other, style="quote"),
        kit.rich_text(text, style="preformatted"),
        kit.section(kit.date(NOON, "{date_short} {time}", text)),
        kit.section(kit.escape(text)),
    ]
    form = kit.input_block(
        text, kit.text_input("typed", initial=other, placeholder=text), block_id="name", hint=other
    )

    assert check_message(Message(text, blocks).as_payload()) == []
    window = kit.modal(text, [*blocks[:4], form], callback_id=value, submit=other, close=text)
    assert check_view(window) == []
    assert check_view(kit.home(blocks[5:], private_metadata=text[:3000])) == []


@FEW
@given(
    st.lists(st.lists(TEXTS | NUMBERS | st.tuples(st.floats(), TEXTS), max_size=25), min_size=1, max_size=8),
    st.sampled_from([1, 3, 60]),
    st.lists(st.sampled_from(["left", "center", "right"]), max_size=25),
)  # fmt: skip
def test_whatever_is_tabulated_passes(rows: list[list[Any]], times: int, align: list[Any]) -> None:
    """Too wide, too long, too wordy, ragged and infinite tables are cut to what Slack takes."""
    if not any(rows):
        rows.append(["x"])
    assert check_blocks([kit.table(rows * times, align=align)], "message") == []


@FEW
@given(TEXTS, st.data())
def test_whatever_is_drawn_passes(text: str, data: st.DataObject) -> None:
    """Gaps are left out, names and labels made distinct, the last twenty points drawn."""
    labels = data.draw(st.lists(TEXTS, min_size=1, max_size=30))
    columns = st.lists(NUMBERS, min_size=len(labels) - 1, max_size=len(labels) - 1)
    series = [
        (name, [*data.draw(columns), 1])
        for name in data.draw(st.lists(TEXTS, min_size=1, max_size=8))
    ]
    line = kit.line_chart(text, labels, series, x_label=text, y_label=text)
    bar = kit.bar_chart(text, labels, series)
    assert check_blocks([line, bar], "message") == []
    assert len(line["chart"]["axis_config"]["categories"]) <= 20


def test_text_is_cut_with_an_ellipsis() -> None:
    """A cut never leaves half a mention, half a link or half an entity."""
    assert kit.truncate("hello", 5) == "hello"
    assert kit.truncate("hello you", 6) == "hello…"
    assert kit.truncate("😀😀😀", 5) == "😀😀…"
    assert kit.mrkdwn("see <https://example.com|here>", 20)["text"] == "see …"
    assert kit.mrkdwn("fish &amp; chips", 9)["text"] == "fish …"
    assert kit.mrkdwn("see <@U1> and more", 12)["text"] == "see <@U1> a…"


def test_words_cannot_become_markup() -> None:
    """Only the three characters Slack decodes are replaced."""
    assert kit.escape("<!channel> & *you*") == "&lt;!channel&gt; &amp; *you*"
    assert kit.mrkdwn("@here")["verbatim"] is True
    assert kit.date(NOON, "{date}", "a|b>") == "<!date^1795435200^{date}|a/b&gt;>"


def test_a_long_table_says_how_much_it_left_out() -> None:
    """The head stays, and the last row counts the rest."""
    rows: list[list[kit.Cell]] = [[f"row {number}", number] for number in range(500)]
    block = kit.table([["Name", "Count"], *rows], align=["left", "right"])
    assert len(block["rows"]) == 100
    assert block["rows"][0][0]["text"] == "Name"
    assert block["rows"][-1][0]["text"] == "… and 402 more"
    assert block["rows"][1][1] == {"type": "raw_number", "value": 0}


def test_a_chart_draws_the_last_points_without_gaps() -> None:
    """A week without a figure is dropped from every series, because Slack takes no gaps."""
    block = kit.line_chart(
        "CSAT", ["W1", "W2", "W3"], [("CSAT", [91, None, 93]), ("Target", [90, 90, 90])]
    )
    assert block["chart"]["axis_config"] == {"categories": ["W1", "W3"]}
    assert block["chart"]["series"][1] == {
        "name": "Target",
        "data": [{"label": "W1", "value": 90}, {"label": "W3", "value": 90}],
    }
    with pytest.raises(ValueError, match="every series"):
        kit.line_chart("CSAT", ["W1"], [("CSAT", [None])])


def test_labels_that_are_cut_alike_stay_distinct() -> None:
    """Slack wants each category once."""
    block = kit.bar_chart("Teams", ["a" * 30, "a" * 40, "b"], [("n", [1, 2, 3])])
    assert block["chart"]["axis_config"]["categories"] == ["a" * 19 + "…", "a" * 17 + "… 2", "b"]


def test_a_message_without_its_charts_is_otherwise_the_same() -> None:
    """For a Slack that refuses charts."""
    drawn = kit.line_chart("CSAT", ["W1"], [("CSAT", [91])])
    message = Message("CSAT 91 %", [kit.header("CSAT"), drawn, kit.divider()])
    assert message.without_charts() == Message("CSAT 91 %", [kit.header("CSAT"), kit.divider()])


def test_too_many_blocks_end_in_a_count() -> None:
    """Nothing is dropped in silence."""
    message = Message("Many", [kit.section(str(number)) for number in range(60)])
    assert len(message.blocks) == 50
    assert message.blocks[-1] == kit.context("11 more did not fit here.")
    assert check_message(message.as_payload()) == []


MISTAKES: dict[str, Callable[[], object]] = {
    "no action id": lambda: kit.button("Go", ""),
    "long value": lambda: kit.button("Go", "go", value="x" * 2001),
    "long address": lambda: kit.button("Go", "go", url=LINK.ljust(3001, "x")),
    "long option": lambda: kit.option("One", "x" * 151),
    "long metadata": lambda: kit.home([], private_metadata="x" * 3001),
    "empty row": lambda: kit.actions([]),
    "empty menu": lambda: kit.static_select("menu", []),
    "empty table": lambda: kit.table([]),
    "no picture": lambda: kit.image("A picture"),
    "no zone": lambda: kit.date(NOON.replace(tzinfo=None), "{date}", "noon"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_a_machine_reads_back_is_never_cut(mistake: str) -> None:
    """A value cut short would mean something else, so it is a mistake of ours."""
    with pytest.raises(ValueError, match=r"\w"):
        MISTAKES[mistake]()
