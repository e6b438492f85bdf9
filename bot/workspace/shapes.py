"""What Slack accepts inside a block, an element or a view, as data: the grammar that the validator reads.

The numbers are kit's; a § names the section of slack-platform.md that a shape comes from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.blocks import kit

# --- The words shapes are written in ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class String:
    """A JSON string of so many characters, that may have to match a pattern from end to end."""

    most: int | None = None
    least: int = 1  # §6.5: empty strings are invalid almost everywhere
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class TextObject:
    """A text object of one of these types, saying so many characters."""

    most: int = kit.TEXT_LENGTH
    kinds: tuple[str, ...] = ("plain_text", "mrkdwn")


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number between two ends."""

    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number, above something if so said."""

    above: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values."""

    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list of so many items, perhaps each of them once."""

    item: "Rule"
    least: int = 1
    most: int | None = None
    is_set: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """An object: the keys it needs, those it may have (Slack refuses all others), and choices among those."""

    needs: Mapping[str, "Rule"] = field(default_factory=dict)
    may: Mapping[str, "Rule"] = field(default_factory=dict)
    any_of: tuple[str, ...] = ()  # at least one
    one_of: tuple[str, ...] = ()  # exactly one
    not_both: tuple[str, ...] = ()  # at most one


@dataclass(frozen=True, slots=True)
class Piece:
    """An object whose `type` names its shape in one of the `FAMILIES`."""

    family: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrNull:
    """What may be null instead."""

    rule: "Rule"


@dataclass(frozen=True, slots=True)
class Anything:
    """An object with whatever keys its app likes."""


Rule = (
    String
    | TextObject
    | Flag
    | Integer
    | Number
    | Choice
    | Items
    | Shape
    | Piece
    | OrNull
    | Anything
)

# --- Objects that others are made of (§6.5) ---------------------------------------------------------------------------

TEXT_EXTRAS: Mapping[str, Mapping[str, Rule]] = {
    "plain_text": {"emoji": Flag()},
    "mrkdwn": {"verbatim": Flag()},
}


def text_shape(kind: str, most: int = kit.TEXT_LENGTH) -> Shape:
    """Return the shape of a text object of this type."""
    return Shape(needs={"text": String(most)}, may=TEXT_EXTRAS[kind])


PLAIN = ("plain_text",)
ID = String(kit.ID_LENGTH)
ANY = String(least=0)
WEB_URL = String(kit.URL_LENGTH, pattern=r"https?://[^\s/]\S*")
HTTPS_URL = String(kit.URL_LENGTH, pattern=r"https://[^\s/]\S*")
# mailto:, slack: and the like as well
LINK = String(kit.URL_LENGTH, pattern=r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
USER, CHANNEL = String(pattern=r"[UW][A-Z0-9]+"), String(pattern=r"[CG][A-Z0-9]+")
DECIMAL = String(pattern=r"-?\d+(\.\d+)?")
STYLE = Choice(("primary", "danger"))

CONFIRM = Shape(
    needs={
        "title": TextObject(kit.CONFIRM_TITLE_LENGTH, PLAIN),
        "text": TextObject(kit.CONFIRM_TEXT_LENGTH),
        "confirm": TextObject(kit.CONFIRM_BUTTON_LENGTH, PLAIN),
        "deny": TextObject(kit.CONFIRM_BUTTON_LENGTH, PLAIN),
    },
    may={"style": STYLE},
)
SLACK_FILE = Shape(may={"id": String(), "url": WEB_URL}, one_of=("id", "url"))
OPTION = Shape(
    needs={"text": TextObject(kit.OPTION_LENGTH, PLAIN), "value": String(kit.OPTION_VALUE_LENGTH)},
    may={"description": TextObject(kit.OPTION_LENGTH, PLAIN)},
)
OVERFLOW_OPTION = replace(OPTION, may={**OPTION.may, "url": LINK})
TICK_OPTION = Shape(
    needs={"text": TextObject(kit.OPTION_LENGTH), "value": String(kit.OPTION_VALUE_LENGTH)},
    may={"description": TextObject(kit.OPTION_LENGTH)},
)
OPTION_GROUP = Shape(
    needs={
        "label": TextObject(kit.OPTION_LENGTH, PLAIN),
        "options": Items(OPTION, 1, kit.SELECT_OPTIONS),
    }
)
DISPATCH = Shape(
    needs={
        "trigger_actions_on": Items(
            Choice(("on_enter_pressed", "on_character_entered")), is_set=True
        )
    }
)
FILTER_KEYS: Mapping[str, Rule] = {
    "include": Items(Choice(("im", "mpim", "private", "public")), is_set=True),
    "exclude_external_shared_channels": Flag(),
    "exclude_bot_users": Flag(),
}
FILTER = Shape(may=FILTER_KEYS, any_of=tuple(FILTER_KEYS))
WORKFLOW = Shape(
    needs={
        "trigger": Shape(
            needs={"url": WEB_URL},
            may={
                "customizable_input_parameters": Items(
                    Shape(needs={"name": String(), "value": ANY}), least=0
                )
            },
        )
    }
)
FEEDBACK_BUTTON = Shape(
    needs={"text": TextObject(kit.BUTTON_LENGTH, PLAIN), "value": String(kit.BUTTON_VALUE_LENGTH)},
    may={"accessibility_label": String(kit.BUTTON_LENGTH)},
)
SLACK_ICON = Shape(needs={"type": Choice(("icon",)), "name": String()})
SOURCE = Shape(needs={"type": Choice(("url",)), "url": WEB_URL, "text": String()})

# --- Rich text (§6.3) -------------------------------------------------------------------------------------------------

LEAF_STYLES = (
    *("bold", "italic", "strike", "code"),
    *("underline", "highlight", "client_highlight", "unlink"),
)
LEAF_STYLE = Shape(may=dict.fromkeys(LEAF_STYLES, Flag()))


def _leaf(needs: Mapping[str, Rule], may: Mapping[str, Rule] | None = None) -> Shape:
    return Shape(needs=needs, may={**(may or {}), "style": LEAF_STYLE})


LEAVES: Mapping[str, Shape] = {
    "text": _leaf({"text": String()}),
    "link": _leaf({"url": LINK}, {"text": String(), "unsafe": Flag()}),
    "user": _leaf({"user_id": USER}),
    "usergroup": _leaf({"usergroup_id": String(pattern=r"S[A-Z0-9]+")}),
    "team": _leaf({"team_id": String(pattern=r"[TE][A-Z0-9]+")}),
    "channel": _leaf({"channel_id": String(pattern=r"[CDG][A-Z0-9]+")}),
    "emoji": _leaf({"name": String()}, {"unicode": String(), "skin_tone": Integer(1, 6)}),
    "broadcast": _leaf({"range": Choice(("here", "channel", "everyone"))}),
    "color": _leaf({"value": String(pattern=r"#?[0-9A-Fa-f]{6}")}),
    "date": _leaf(
        {"timestamp": Integer(), "format": String()}, {"url": LINK, "fallback": String()}
    ),
}
RICH_LEAVES = Items(Piece("leaf", tuple(LEAVES)), least=0)  # empty lists are taken here
BORDER = Choice((0, 1))
RICH_TEXT_PARTS: Mapping[str, Shape] = {
    "rich_text_section": Shape(needs={"elements": RICH_LEAVES}),
    "rich_text_quote": Shape(needs={"elements": RICH_LEAVES}, may={"border": BORDER}),
    "rich_text_preformatted": Shape(
        needs={"elements": RICH_LEAVES}, may={"border": BORDER, "language": String()}
    ),
    "rich_text_list": Shape(
        needs={
            "style": Choice(("bullet", "ordered")),
            "elements": Items(Piece("rich_text_part", ("rich_text_section",))),
        },
        may={"indent": Integer(0, 8), "border": BORDER, "offset": Integer()},
    ),
}
RICH_TEXT_ELEMENTS = Items(Piece("rich_text_part", tuple(RICH_TEXT_PARTS)), least=0)
RICH_TEXT = Piece("block", ("rich_text",))

# --- Elements (§6.4) --------------------------------------------------------------------------------------------------

ASKS: Mapping[str, Rule] = {"confirm": CONFIRM}
FOCUSES: Mapping[str, Rule] = {"focus_on_load": Flag()}
HOLDS: Mapping[str, Rule] = {"placeholder": TextObject(kit.PLACEHOLDER_LENGTH, PLAIN)}
CHOOSES: Mapping[str, Rule] = {**ASKS, **FOCUSES, **HOLDS}
TYPED: Mapping[str, Rule] = {**FOCUSES, **HOLDS, "dispatch_action_config": DISPATCH}
MANY: Mapping[str, Rule] = {"max_selected_items": Integer(1)}
SOME_OPTIONS: Mapping[str, Rule] = {
    "options": Items(OPTION, 1, kit.SELECT_OPTIONS),
    "option_groups": Items(OPTION_GROUP, 1, kit.SELECT_GROUPS),
}
NAMED: Mapping[str, Rule] = {
    "style": STYLE,
    "accessibility_label": String(kit.BUTTON_LENGTH),
}
CURRENT: Mapping[str, Rule] = {"default_to_current_conversation": Flag(), "filter": FILTER}
RESPONSE_URL: Mapping[str, Rule] = {"response_url_enabled": Flag()}
QUERY: Mapping[str, Rule] = {"min_query_length": Integer()}
IMAGE: Mapping[str, Rule] = {"image_url": WEB_URL, "slack_file": SLACK_FILE}


def _element(
    needs: Mapping[str, Rule] | None = None,
    *may: Mapping[str, Rule],
    one_of: tuple[str, ...] = (),
) -> Shape:
    allowed: dict[str, Rule] = {"action_id": ID}
    for keys in may:
        allowed |= keys
    return Shape(needs=needs or {}, may=allowed, one_of=one_of)


ELEMENTS: Mapping[str, Shape] = {
    "button": _element(
        {"text": TextObject(kit.BUTTON_LENGTH, PLAIN)},
        ASKS,
        NAMED,
        {
            "value": String(kit.BUTTON_VALUE_LENGTH),
            "url": LINK,
            "agent_prompt": String(kit.AGENT_PROMPT_LENGTH),
            "visible_to_user_ids": Items(USER),
        },
    ),
    "workflow_button": _element(
        {"text": TextObject(kit.BUTTON_LENGTH, PLAIN), "workflow": WORKFLOW, "action_id": ID}, NAMED
    ),
    "icon_button": _element(
        {"icon": Choice(("trash",)), "text": TextObject(kit.BUTTON_LENGTH, PLAIN)},
        ASKS,
        {
            "value": String(kit.BUTTON_VALUE_LENGTH),
            "accessibility_label": String(kit.BUTTON_LENGTH),
            "visible_to_user_ids": Items(USER),
        },
    ),
    "feedback_buttons": _element(
        {"positive_button": FEEDBACK_BUTTON, "negative_button": FEEDBACK_BUTTON}
    ),
    "overflow": _element({"options": Items(OVERFLOW_OPTION, 1, kit.OVERFLOW_OPTIONS)}, ASKS),
    "checkboxes": _element(
        {"options": Items(TICK_OPTION, 1, kit.TICK_OPTIONS)},
        ASKS,
        FOCUSES,
        {"initial_options": Items(TICK_OPTION)},
    ),
    "radio_buttons": _element(
        {"options": Items(TICK_OPTION, 1, kit.TICK_OPTIONS)},
        ASKS,
        FOCUSES,
        {"initial_option": TICK_OPTION},
    ),
    "static_select": _element(
        None,
        CHOOSES,
        SOME_OPTIONS,
        {"initial_option": OPTION},
        one_of=("options", "option_groups"),
    ),
    "multi_static_select": _element(
        None,
        CHOOSES,
        MANY,
        SOME_OPTIONS,
        {"initial_options": Items(OPTION)},
        one_of=("options", "option_groups"),
    ),
    "external_select": _element(None, CHOOSES, QUERY, {"initial_option": OPTION}),
    "multi_external_select": _element(
        None, CHOOSES, MANY, QUERY, {"initial_options": Items(OPTION)}
    ),
    "users_select": _element(None, CHOOSES, {"initial_user": USER}),
    "multi_users_select": _element(None, CHOOSES, MANY, {"initial_users": Items(USER)}),
    "conversations_select": _element(
        None, CHOOSES, CURRENT, RESPONSE_URL, {"initial_conversation": String()}
    ),
    "multi_conversations_select": _element(
        None, CHOOSES, MANY, CURRENT, {"initial_conversations": Items(String())}
    ),
    "channels_select": _element(None, CHOOSES, RESPONSE_URL, {"initial_channel": CHANNEL}),
    "multi_channels_select": _element(None, CHOOSES, MANY, {"initial_channels": Items(CHANNEL)}),
    "datepicker": _element(
        None,
        CHOOSES,
        {"initial_date": String(pattern=r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")},
    ),
    "timepicker": _element(
        None,
        CHOOSES,
        {"initial_time": String(pattern=r"([01]\d|2[0-3]):[0-5]\d"), "timezone": String()},
    ),
    "datetimepicker": _element(
        None,
        ASKS,
        FOCUSES,
        {"initial_date_time": Integer(kit.PICKED_SECONDS[0], kit.PICKED_SECONDS[-1])},
    ),
    "plain_text_input": _element(
        None,
        TYPED,
        {
            "initial_value": String(kit.INPUT_LENGTH, least=0),
            "multiline": Flag(),
            "min_length": Integer(0, kit.INPUT_LENGTH),
            "max_length": Integer(1, kit.INPUT_LENGTH),
        },
    ),
    "email_text_input": _element(None, TYPED, {"initial_value": ANY}),
    "url_text_input": _element(None, TYPED, {"initial_value": ANY}),
    "number_input": _element(
        {"is_decimal_allowed": Flag()},
        TYPED,
        {"initial_value": DECIMAL, "min_value": DECIMAL, "max_value": DECIMAL},
    ),
    "rich_text_input": _element(
        None,
        TYPED,
        {
            "initial_value": RICH_TEXT,
            "min_lines": Integer(1, kit.INPUT_LINES),
            "max_lines": Integer(1, kit.INPUT_LINES),
        },
    ),
    "file_input": _element(
        None, {"filetypes": Items(String()), "max_files": Integer(1, kit.INPUT_FILES)}
    ),
    "image": Shape(
        needs={"alt_text": String(kit.ALT_LENGTH)}, may=IMAGE, one_of=("image_url", "slack_file")
    ),
}

# --- Blocks (§6.3) ----------------------------------------------------------------------------------------------------

RAW_CELLS: Mapping[str, Shape] = {
    "raw_text": Shape(needs={"text": String()}),
    "raw_number": Shape(needs={"value": Number()}, may={"text": String()}),
    "rich_text": Shape(needs={"elements": RICH_TEXT_ELEMENTS}),
}
CELL = Piece("cell", tuple(RAW_CELLS))
COLUMN = Shape(may={"align": Choice(("left", "center", "right")), "is_wrapped": Flag()})

_POINT = Shape(needs={"label": String(kit.CHART_LABEL_LENGTH), "value": Number()})
_SEGMENT = Shape(needs={"label": String(kit.CHART_LABEL_LENGTH), "value": Number(above=0)})
_SERIES = Shape(
    needs={"name": String(kit.CHART_LABEL_LENGTH), "data": Items(_POINT, 1, kit.CHART_POINTS)}
)
_AXES = Shape(
    needs={"categories": Items(String(kit.CHART_LABEL_LENGTH), 1, kit.CHART_POINTS, is_set=True)},
    may={"x_label": String(kit.AXIS_LABEL_LENGTH), "y_label": String(kit.AXIS_LABEL_LENGTH)},
)
_WITH_AXES = Shape(needs={"series": Items(_SERIES, 1, kit.CHART_SERIES), "axis_config": _AXES})
CHARTS: Mapping[str, Shape] = {
    "line": _WITH_AXES,
    "bar": _WITH_AXES,
    "area": _WITH_AXES,
    "pie": Shape(needs={"segments": Items(_SEGMENT, 1, kit.CHART_SEGMENTS)}),
}

_TASK_NEEDS: Mapping[str, Rule] = {"task_id": String(), "title": String()}
_TASK_MAY: Mapping[str, Rule] = {
    "status": Choice(("pending", "in_progress", "complete", "error")),
    "details": RICH_TEXT,
    "output": RICH_TEXT,
    "sources": Items(SOURCE, least=0),
}


def _block(
    needs: Mapping[str, Rule] | None = None,
    may: Mapping[str, Rule] | None = None,
    *,
    any_of: tuple[str, ...] = (),
    one_of: tuple[str, ...] = (),
    not_both: tuple[str, ...] = (),
) -> Shape:
    return Shape(needs or {}, {**(may or {}), "block_id": ID}, any_of, one_of, not_both)


BLOCKS: Mapping[str, Shape] = {
    "section": _block(
        None,
        {
            "text": TextObject(),
            "fields": Items(TextObject(kit.FIELD_LENGTH), 1, kit.SECTION_FIELDS),
            "accessory": Piece("element", kit.IN_SECTION),
            "expand": Flag(),
        },
        any_of=("text", "fields"),
    ),
    "header": _block(
        {"text": TextObject(kit.HEADER_LENGTH, PLAIN)}, {"level": Integer(1, kit.HEADER_LEVELS)}
    ),
    "divider": _block(),
    "image": _block(
        {"alt_text": String(kit.ALT_LENGTH)},
        {**IMAGE, "title": TextObject(kit.IMAGE_TITLE_LENGTH, PLAIN)},
        one_of=("image_url", "slack_file"),
    ),
    "actions": _block(
        {"elements": Items(Piece("element", kit.IN_ACTIONS), 1, kit.ACTIONS_ELEMENTS)}
    ),
    "context": _block(
        {"elements": Items(Piece("context", kit.IN_CONTEXT), 1, kit.CONTEXT_ELEMENTS)}
    ),
    "context_actions": _block(
        {
            "elements": Items(
                Piece("element", kit.IN_CONTEXT_ACTIONS), 1, kit.CONTEXT_ACTIONS_ELEMENTS
            )
        }
    ),
    "input": _block(
        {"label": TextObject(kit.LABEL_LENGTH, PLAIN), "element": Piece("element", kit.IN_INPUT)},
        {"hint": TextObject(kit.HINT_LENGTH, PLAIN), "optional": Flag(), "dispatch_action": Flag()},
    ),
    "rich_text": _block({"elements": RICH_TEXT_ELEMENTS}),
    "markdown": _block({"text": String(kit.MARKDOWN_LENGTH)}),
    "table": _block(
        {"rows": Items(Items(OrNull(CELL), 1, kit.TABLE_COLUMNS), 1, kit.TABLE_ROWS)},
        {"column_settings": Items(OrNull(COLUMN), 0, kit.TABLE_COLUMNS)},
    ),
    "data_table": _block(
        {
            "caption": String(),
            "rows": Items(Items(CELL, 1, kit.TABLE_COLUMNS), 2, kit.DATA_TABLE_ROWS),
        },
        {
            "page_size": Integer(1, kit.PAGE_SIZE),
            "row_header_column_index": Integer(0, kit.TABLE_COLUMNS - 1),
        },
    ),
    "data_visualization": _block(
        {"title": String(kit.CHART_TITLE_LENGTH), "chart": Piece("chart", tuple(CHARTS))}
    ),
    "container": _block(
        {"child_blocks": Items(Piece("block", kit.IN_CONTAINER), 1, kit.CONTAINER_CHILDREN)},
        {
            "title": TextObject(kit.CONTAINER_TITLE_LENGTH, PLAIN),
            "rich_text_title": RICH_TEXT,
            "subtitle": TextObject(kit.CONTAINER_TITLE_LENGTH),
            "width": Choice(("narrow", "standard", "wide", "full")),
            "icon": Piece("element", ("image",)),
            "is_collapsible": Flag(),
            "default_collapsed": Flag(),
            "has_header_divider": Flag(),
        },
        any_of=("title", "rich_text_title"),
    ),
    "card": _block(
        None,
        {
            "hero_image": Piece("element", ("image",)),
            "title": TextObject(kit.CARD_TITLE_LENGTH),
            "subtitle": TextObject(kit.CARD_TITLE_LENGTH),
            "body": TextObject(kit.CARD_BODY_LENGTH),
            "subtext": TextObject(kit.CARD_BODY_LENGTH),
            "actions": Items(Piece("element", ("button",)), 1, kit.CARD_BUTTONS),
            "icon": Piece("element", ("image",)),
            "slack_icon": SLACK_ICON,
        },
        any_of=("hero_image", "title", "actions", "body"),
        not_both=("icon", "slack_icon"),
    ),
    "carousel": _block({"elements": Items(Piece("block", ("card",)), 1, kit.CAROUSEL_CARDS)}),
    "alert": _block(
        {"text": TextObject(kit.ALERT_LENGTH)},
        {"level": Choice(("default", "info", "warning", "error", "success"))},
    ),
    "plan": _block(
        {"title": String()},  # a bare string, unlike every other title
        {
            "tasks": Items(
                Shape(
                    needs=_TASK_NEEDS,
                    may={**_TASK_MAY, "type": Choice(("task_card",)), "block_id": ID},
                ),
                least=0,
            )
        },
    ),
    "task_card": _block(_TASK_NEEDS, _TASK_MAY),
    "video": _block(
        {
            "title": TextObject(kit.VIDEO_TITLE_LENGTH, PLAIN),
            "video_url": HTTPS_URL,
            "thumbnail_url": WEB_URL,
            "alt_text": String(kit.ALT_LENGTH),
        },
        {
            "title_url": HTTPS_URL,
            "author_name": String(kit.VIDEO_AUTHOR_LENGTH),
            "description": TextObject(kinds=PLAIN),
            "provider_name": String(),
            "provider_icon_url": WEB_URL,
        },
    ),
}
"""Every block an app may send. `file`, `call` and `auth_provider` are not among them (§6.2): inbound, legacy, unknown."""

FAMILIES: Mapping[str, Mapping[str, Shape]] = {
    "block": BLOCKS,
    "element": ELEMENTS,
    "context": {**{kind: text_shape(kind) for kind in TEXT_EXTRAS}, "image": ELEMENTS["image"]},
    "rich_text_part": RICH_TEXT_PARTS,
    "leaf": LEAVES,
    "cell": RAW_CELLS,
    "chart": CHARTS,
}

# --- Views (§5) -------------------------------------------------------------------------------------------------------

VIEW_BLOCKS = Items(Piece("block", tuple(BLOCKS)))  # the cap counts children too: the validator's
_VIEW_NAMES: Mapping[str, Rule] = {
    "private_metadata": String(kit.PRIVATE_METADATA_LENGTH, least=0),
    "callback_id": String(kit.ID_LENGTH, least=0),
    "external_id": String(kit.ID_LENGTH, least=0),
}
VIEWS: Mapping[str, Shape] = {
    "modal": Shape(
        needs={"title": TextObject(kit.VIEW_TITLE_LENGTH, PLAIN), "blocks": VIEW_BLOCKS},
        may={
            **_VIEW_NAMES,
            "submit": TextObject(kit.VIEW_BUTTON_LENGTH, PLAIN),
            "close": TextObject(kit.VIEW_BUTTON_LENGTH, PLAIN),
            "clear_on_close": Flag(),
            "notify_on_close": Flag(),
            "submit_disabled": Flag(),
        },
    ),
    "home": Shape(needs={"blocks": VIEW_BLOCKS}, may=_VIEW_NAMES),
}

# --- Messages (§7.4, §8.10) -------------------------------------------------------------------------------------------

MESSAGE_BLOCKS = Items(Piece("block", tuple(BLOCKS)), least=0)
ATTACHMENTS = Items(Anything(), 0, kit.ATTACHMENTS)
METADATA = Shape(needs={"event_type": String(), "event_payload": Anything()})
