"""Slack's Block Kit: its limits and surface matrix as data, and the small builders that stay within them.

Numbers come from Slack's own pages, by way of slack-platform.md; a § in a comment names its section. Where Slack's
pages differ among themselves, the limit here is what Slack accepts today, unless the stricter figure protects us.

Builders make what Slack accepts: what people read is cut to fit, ending in an ellipsis, and an empty text becomes a
dash. What a machine reads back (ids, values, addresses) is never cut, because it would mean something else: too long
is a ValueError. The length of a text is counted in UTF-16 units, the widest of the counts Slack may use (§6.6).
"""

import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

Block = dict[str, Any]
"""A block, an element or a view, as JSON. slack_sdk's classes drop what they do not know (§6.6), so we use none."""

Surface = Literal["message", "modal", "home"]
Align = Literal["left", "center", "right"]
Style = Literal["primary", "danger"]
Place = Literal["im", "mpim", "private", "public"]
"""A kind of conversation, as a menu of conversations is told which to offer."""
Cell = str | float | tuple[float, str] | None
"""A table cell: words, a number, a number with the words that show it, or nothing."""

# --- Limits by name ---------------------------------------------------------------------------------------------------

# §6.1. Whether a container's children count is not documented: we count them.
MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
ID_LENGTH = 255  # §6.1: block_id, action_id; §5: callback_id, external_id
TEXT_LENGTH = 3000  # §6.5: any text object, unless its place says less
URL_LENGTH = 3000  # §6.3, §6.4

SECTION_FIELDS, FIELD_LENGTH = 10, 2000  # §6.3
HEADER_LENGTH, HEADER_LEVELS = 150, 4  # §6.3
ACTIONS_ELEMENTS, CONTEXT_ELEMENTS, CONTEXT_ACTIONS_ELEMENTS = 25, 10, 5  # §6.3
ALT_LENGTH, IMAGE_TITLE_LENGTH = 2000, 2000  # §6.3
LABEL_LENGTH, HINT_LENGTH = 2000, 2000  # §6.3: input
MARKDOWN_LENGTH = 12_000  # §6.3: over all markdown blocks of a payload
TABLE_ROWS, TABLE_COLUMNS = 100, 20  # §6.3
TABLE_CHARACTERS = 10_000  # §6.3: over all table cells of a message
TABLES = 1  # §6.3; whether a data_table is counted with it is not said: we count both
DATA_TABLE_ROWS = 201  # §6.3: header and 200; earlier pages say 101 (§13.2: newer first)
DATA_TABLE_CHARACTERS = 20_000  # §6.3: per table and per message; earlier pages say 10,000
PAGE_SIZE = 100  # §6.3: data_table
CHARTS_A_MESSAGE = 2  # §6.3; kpis.md F1: undocumented, found through `invalid_blocks`
CHART_TITLE_LENGTH, CHART_LABEL_LENGTH, AXIS_LABEL_LENGTH = 50, 20, 50  # §6.3
CHART_SERIES, CHART_SEGMENTS = 12, 12  # §6.3; earlier pages say 6
CHART_SERIES_SAFE = 6  # kpis.md F1: what we draw, so that older workspaces take it too
CHART_POINTS = 20  # §6.3
CONTAINER_TITLE_LENGTH, CONTAINER_CHILDREN = 150, 10  # §6.3
CARD_TITLE_LENGTH, CARD_BODY_LENGTH = 150, 200  # §6.3
CARD_BUTTONS = 3  # §6.3; other copies say 2 or 5 (§13.2)
CAROUSEL_CARDS = 10  # §6.3
ALERT_LENGTH = 200  # §6.3
VIDEO_TITLE_LENGTH, VIDEO_AUTHOR_LENGTH = 199, 49  # §6.3: "less than" 200 and 50

BUTTON_LENGTH, BUTTON_VALUE_LENGTH, AGENT_PROMPT_LENGTH = 75, 2000, 4000  # §6.4
OVERFLOW_OPTIONS, SELECT_OPTIONS, SELECT_GROUPS, TICK_OPTIONS = 5, 100, 100, 10  # §6.4
OPTION_LENGTH = 75  # §6.5
OPTION_VALUE_LENGTH = 150  # §6.5; older pages say 75, which is safer, but Slack takes 150
PLACEHOLDER_LENGTH = 150  # §6.4
PICKED_SECONDS = range(1_000_000_000, 10_000_000_000)  # §6.4: datetimepicker, ten digits
INPUT_LENGTH = 3000  # §6.4: plain_text_input
INPUT_LINES = 100  # §6.4: rich_text_input
INPUT_FILES = 10  # §6.4: file_input
CONFIRM_TITLE_LENGTH, CONFIRM_TEXT_LENGTH, CONFIRM_BUTTON_LENGTH = 100, 300, 30  # §6.5

VIEW_TITLE_LENGTH, VIEW_BUTTON_LENGTH = 24, 24  # §5
PRIVATE_METADATA_LENGTH = 3000  # §5
VIEW_BYTES = 250_000  # §5: "250 kB", read as the smaller of the two readings

MESSAGE_TEXT_LENGTH = 40_000  # §7.5: longer is cut by chat.postMessage, not refused
UPDATE_TEXT_LENGTH = 4_000  # §7.5: recommended, and longer is refused by chat.update
ATTACHMENTS = 100  # §7.5
METADATA_BYTES = 8_000  # §8.10: not published; 8 kB is the figure people remember

# --- Where an element may stand (§6.3, §6.4) --------------------------------------------------------------------------

_SELECTS = ("static", "external", "users", "conversations", "channels")
_MENUS = (
    *("checkboxes", "radio_buttons", "datepicker", "timepicker"),
    *(f"{kind}_select" for kind in _SELECTS),
    *(f"multi_{kind}_select" for kind in _SELECTS),
)
_PRESSED = ("button", "overflow", "workflow_button")
IN_SECTION = (*_PRESSED, *_MENUS, "image")
IN_ACTIONS = (*_PRESSED, *_MENUS, "datetimepicker")
IN_CONTEXT = ("plain_text", "mrkdwn", "image")
IN_CONTEXT_ACTIONS = ("feedback_buttons", "icon_button")
IN_INPUT = (
    *_MENUS,
    "datetimepicker",
    *("plain_text_input", "email_text_input", "url_text_input"),
    *("number_input", "rich_text_input", "file_input"),
)
IN_CONTAINER = (  # §6.3 lists `file` too, but a file block is never sent (§6.2)
    *("actions", "context", "divider", "header", "image"),
    *("input", "rich_text", "section", "table", "video"),
)

# --- Where a block or an element may be shown -------------------------------------------------------------------------

EVERYWHERE: frozenset[Surface] = frozenset({"message", "modal", "home"})
_MESSAGE: frozenset[Surface] = frozenset({"message"})
_MODAL: frozenset[Surface] = frozenset({"modal"})
_NO_MODAL: frozenset[Surface] = frozenset({"message", "home"})
_VIEWS: frozenset[Surface] = frozenset({"modal", "home"})

BLOCK_SURFACES: Mapping[str, frozenset[Surface]] = {
    **dict.fromkeys(("section", "divider", "header", "image", "actions"), EVERYWHERE),
    **dict.fromkeys(("context", "input", "rich_text", "video"), EVERYWHERE),
    # Slack's list has these two on Home as well, but nobody has seen them there: messages only.
    **dict.fromkeys(("table", "data_table"), _MESSAGE),
    "data_visualization": _MESSAGE,  # Home is in dispute
    **dict.fromkeys(("markdown", "context_actions", "plan", "task_card"), _MESSAGE),
    **dict.fromkeys(("container", "carousel"), _NO_MODAL),
    "card": _NO_MODAL,  # listed for modals, reported not to render there
    "alert": _MODAL,
}  # §6.2

ELEMENT_SURFACES: Mapping[str, frozenset[Surface]] = {
    **dict.fromkeys(("email_text_input", "url_text_input", "number_input", "file_input"), _MODAL),
    "rich_text_input": _VIEWS,
    "datetimepicker": frozenset({"message", "modal"}),
    **dict.fromkeys(("workflow_button", "feedback_buttons", "icon_button"), _MESSAGE),
}  # §6.4; all others everywhere


# --- Text -------------------------------------------------------------------------------------------------------------

ELLIPSIS = "…"
NOTHING = "–"  # what an empty text becomes: Slack refuses empty ones (§6.5)
UNSEEN = "\u200b"
"""A space without width."""
_OPENING = re.compile(r"(?<![^\W_])([*_~])(?=\S)")
_TORN = re.compile(r"(<[^<>]*|&[a-z]{0,4})…\Z")


def escape(text: str) -> str:
    """Make somebody's words harmless in mrkdwn: no mention, no link, no markup of Slack's (§7.1)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(text: str) -> str:
    """Return somebody's words as a part of our own line of mrkdwn: they look as they were typed, and format nothing.

    Slack knows no escape for its signs (§7.1). One that a space follows opens nothing, be the space invisible; a
    backtick opens whatever follows, and gives way to its twin.
    """
    return _OPENING.sub(rf"\1{UNSEEN}", escape(text).replace("`", "\u02cb"))


def truncate(text: str, limit: int) -> str:
    """Cut a text to a limit, ending in an ellipsis where something was cut."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * limit:
        return text
    return units[: 2 * (limit - 1)].decode("utf-16-le", "ignore").rstrip() + ELLIPSIS


def date(when: datetime, pattern: str, fallback: str) -> str:
    """Return an instant as mrkdwn that each reader sees in their own zone; the fallback names the zone (§7.3)."""
    if when.tzinfo is None:
        raise ValueError("An instant needs a zone.")
    words = escape(_said(fallback)).replace("|", "/")
    return f"<!date^{int(when.timestamp())}^{pattern}|{words}>"


def plain(text: str, limit: int = TEXT_LENGTH) -> Block:
    """Return a plain text object."""
    return {"type": "plain_text", "text": truncate(_said(text), limit), "emoji": True}


def mrkdwn(text: str, limit: int = TEXT_LENGTH) -> Block:
    """Return a mrkdwn text object; only explicit markup counts, a bare "@here" in it stays words (§7.2)."""
    return {"type": "mrkdwn", "text": _cut_markup(_said(text), limit), "verbatim": True}


def _said(text: str) -> str:
    return text if text.strip() else NOTHING


def _cut_markup(text: str, limit: int) -> str:
    """Cut without leaving half a mention, half a link or half an entity at the end."""
    cut = truncate(text, limit)
    return cut if cut == text else _TORN.sub(ELLIPSIS, cut)


def _exact(name: str, text: str, limit: int) -> str:
    if not text or len(text) > limit:
        raise ValueError(f"{name} must have 1 to {limit} characters, not {len(text)}.")
    return text


def _as_mrkdwn(text: str | Block, limit: int = TEXT_LENGTH) -> Block:
    return mrkdwn(text, limit) if isinstance(text, str) else text


def _with(block: Block, **more: object) -> Block:
    """Add what was given; None and empty strings mean that it was not."""
    return block | {key: value for key, value in more.items() if value not in (None, "", False)}


# --- Blocks -----------------------------------------------------------------------------------------------------------


def section(
    text: str | Block = "",
    *,
    fields: Sequence[str | Block] = (),
    accessory: Block | None = None,
    block_id: str | None = None,
    expand: bool = False,
) -> Block:
    """Return mrkdwn text, up to ten fields in two columns, and perhaps an element on the right."""
    block: Block = {"type": "section"}
    if text or not fields:
        block["text"] = _as_mrkdwn(text)
    if fields:
        block["fields"] = [_as_mrkdwn(part, FIELD_LENGTH) for part in fields[:SECTION_FIELDS]]
    return _with(block, accessory=accessory, block_id=block_id, expand=expand)


def header(text: str, *, level: int | None = None, block_id: str | None = None) -> Block:
    """Return a heading; plain text, so that markup in it is shown as it stands."""
    return _with(
        {"type": "header", "text": plain(text, HEADER_LENGTH)}, level=level, block_id=block_id
    )


def context(*parts: str | Block, block_id: str | None = None) -> Block:
    """Return small print: up to ten pieces of mrkdwn or images."""
    elements = [_as_mrkdwn(part) for part in parts[:CONTEXT_ELEMENTS] or (NOTHING,)]
    return _with({"type": "context", "elements": elements}, block_id=block_id)


def divider(*, block_id: str | None = None) -> Block:
    """Return a line across."""
    return _with({"type": "divider"}, block_id=block_id)


def actions(elements: Sequence[Block], *, block_id: str | None = None) -> Block:
    """Return a row of buttons and menus."""
    if not 1 <= len(elements) <= ACTIONS_ELEMENTS:
        raise ValueError(f"A row has 1 to {ACTIONS_ELEMENTS} elements, not {len(elements)}.")
    return _with({"type": "actions", "elements": list(elements)}, block_id=block_id)


def image(
    alt_text: str,
    *,
    url: str | None = None,
    file_id: str | None = None,
    title: str | None = None,
    block_id: str | None = None,
) -> Block:
    """Return a picture by address or by Slack's file id; without title and id it is an element too."""
    if (url is None) == (file_id is None):
        raise ValueError("A picture has either an address or a file id.")
    picture: Block = {"type": "image", "alt_text": truncate(_said(alt_text), ALT_LENGTH)}
    if url is not None:
        picture["image_url"] = _exact("An address", url, URL_LENGTH)
    else:
        picture["slack_file"] = {"id": file_id}
    heading = plain(title, IMAGE_TITLE_LENGTH) if title else None
    return _with(picture, title=heading, block_id=block_id)


def rich_text(
    text: str,
    *,
    style: Literal["section", "quote", "preformatted"] = "section",
    block_id: str | None = None,
) -> Block:
    """Return somebody's words exactly as typed: they need no escaping and cannot become a mention (§7.1)."""
    leaf = {"type": "text", "text": truncate(_said(text), TEXT_LENGTH)}
    part = {"type": f"rich_text_{style}", "elements": [leaf]}
    return _with({"type": "rich_text", "elements": [part]}, block_id=block_id)


def input_block(
    label: str,
    element: Block,
    *,
    block_id: str,
    hint: str | None = None,
    optional: bool = False,
    dispatch: bool = False,
) -> Block:
    """Return a field of a form; its `block_id` is the field's name in the draft."""
    block = {
        "type": "input",
        "block_id": _exact("A block id", block_id, ID_LENGTH),
        "label": plain(label, LABEL_LENGTH),
        "element": element,
    }
    said = plain(hint, HINT_LENGTH) if hint else None
    return _with(block, hint=said, optional=optional, dispatch_action=dispatch)


# --- Elements ---------------------------------------------------------------------------------------------------------


def button(
    text: str,
    action_id: str,
    *,
    value: str | None = None,
    style: Style | None = None,
    confirm: Block | None = None,
    url: str | None = None,
    accessibility_label: str | None = None,
) -> Block:
    """Return a button; an address opens in the browser, and Slack still tells the app."""
    made = {
        "type": "button",
        "action_id": _exact("An action id", action_id, ID_LENGTH),
        "text": plain(text, BUTTON_LENGTH),
    }
    label = truncate(accessibility_label, BUTTON_LENGTH) if accessibility_label else None
    return _with(
        made,
        value=_exact("A button's value", value, BUTTON_VALUE_LENGTH) if value else None,
        url=_exact("An address", url, URL_LENGTH) if url else None,
        style=style,
        confirm=confirm,
        accessibility_label=label,
    )


def confirm(
    title: str, text: str, *, yes: str = "Yes", no: str = "Cancel", style: Style | None = None
) -> Block:
    """Return the question Slack asks before it passes a press on."""
    question = {
        "title": plain(title, CONFIRM_TITLE_LENGTH),
        "text": mrkdwn(text, CONFIRM_TEXT_LENGTH),
        "confirm": plain(yes, CONFIRM_BUTTON_LENGTH),
        "deny": plain(no, CONFIRM_BUTTON_LENGTH),
    }
    return _with(question, style=style)


def option(text: str, value: str, *, description: str | None = None) -> Block:
    """Return one choice of a menu."""
    choice = {
        "text": plain(text, OPTION_LENGTH),
        "value": _exact("An option's value", value, OPTION_VALUE_LENGTH),
    }
    return _with(choice, description=plain(description, OPTION_LENGTH) if description else None)


def static_select(
    action_id: str,
    options: Sequence[Block],
    *,
    placeholder: str = "Choose one",
    initial: str | None = None,
    confirm: Block | None = None,
) -> Block:
    """Return a menu of up to a hundred options; `initial` is the value of the one chosen at first."""
    offered = _offered(options, SELECT_OPTIONS)
    chosen = next((one for one in offered if one["value"] == initial), None)
    return _menu(
        "static_select",
        action_id,
        placeholder,
        options=offered,
        initial_option=chosen,
        confirm=confirm,
    )


def multi_static_select(
    action_id: str,
    options: Sequence[Block],
    *,
    placeholder: str = "Choose some",
    initial: Sequence[str] = (),
    most: int | None = None,
) -> Block:
    """Return a menu of options of which several can be chosen, `most` at most; more than a hundred stand in groups."""
    offered = _offered(options, SELECT_GROUPS * SELECT_OPTIONS)
    chosen = [one for one in offered if one["value"] in initial]
    return _menu(
        "multi_static_select",
        action_id,
        placeholder,
        **_in_hundreds(offered),
        initial_options=chosen or None,
        max_selected_items=most,
    )


def _in_hundreds(options: Sequence[Block]) -> Block:
    """Return a menu's options, where they are more than it takes, as groups by their places."""
    if len(options) <= SELECT_OPTIONS:
        return {"options": options}
    parts = [options[at : at + SELECT_OPTIONS] for at in range(0, len(options), SELECT_OPTIONS)]
    labels = (
        f"{1 + at * SELECT_OPTIONS} to {at * SELECT_OPTIONS + len(part)}"
        for at, part in enumerate(parts)
    )
    groups = [
        {"label": plain(label), "options": part} for label, part in zip(labels, parts, strict=True)
    ]
    return {"option_groups": groups}


def external_select(
    action_id: str,
    *,
    placeholder: str = "Type to search",
    initial: Block | None = None,
    min_query_length: int = 1,
) -> Block:
    """Return a menu that asks the app for its options while somebody types; `initial` is one of them."""
    asked = {"min_query_length": min_query_length}
    return _menu("external_select", action_id, placeholder, initial_option=initial) | asked


def users_select(
    action_id: str, *, placeholder: str = "Choose somebody", initial: str | None = None
) -> Block:
    """Return a menu of everybody in the workspace."""
    return _menu("users_select", action_id, placeholder, initial_user=initial)


def multi_users_select(
    action_id: str,
    *,
    placeholder: str = "Choose people",
    initial: Sequence[str] = (),
    most: int | None = None,
) -> Block:
    """Return a menu of everybody in the workspace of whom several can be chosen, `most` at most."""
    return _menu(
        "multi_users_select",
        action_id,
        placeholder,
        initial_users=list(initial) or None,
        max_selected_items=most,
    )


def conversations_select(
    action_id: str,
    *,
    placeholder: str = "Choose a conversation",
    initial: str | None = None,
    is_here: bool = False,
    only: Sequence[Place] = (),
    bots: bool = True,
) -> Block:
    """Return a menu of conversations; with `is_here` it begins with the one where the form was opened.

    `only` says which kinds are offered, all without it; `bots` whether direct messages with bots are among them.
    """
    shown = _with({}, include=list(only) or None, exclude_bot_users=not bots)
    return _menu(
        "conversations_select",
        action_id,
        placeholder,
        initial_conversation=initial,
        default_to_current_conversation=is_here,
        filter=shown or None,
    )


def datepicker(
    action_id: str, *, placeholder: str = "Choose a day", initial: dt.date | None = None
) -> Block:
    """Return a calendar of days."""
    chosen = initial.isoformat() if initial else None
    return _menu("datepicker", action_id, placeholder, initial_date=chosen)


def timepicker(
    action_id: str,
    *,
    placeholder: str = "Choose a time",
    initial: dt.time | None = None,
    zone: str | None = None,
) -> Block:
    """Return a menu of times of the day; `zone` names the time zone that is shown beside them."""
    chosen = f"{initial:%H:%M}" if initial else None
    return _menu("timepicker", action_id, placeholder, initial_time=chosen, timezone=zone)


def datetimepicker(action_id: str, *, initial: datetime | None = None) -> Block:
    """Return a day and a time of the day, shown in each reader's own zone; empty where Slack takes no such `initial`."""
    picker = {"type": "datetimepicker", "action_id": _exact("An action id", action_id, ID_LENGTH)}
    seconds = int(initial.timestamp()) if initial else 0
    return _with(picker, initial_date_time=seconds if seconds in PICKED_SECONDS else None)


def checkboxes(action_id: str, options: Sequence[Block], *, initial: Sequence[str] = ()) -> Block:
    """Return up to ten boxes to tick; `initial` are the values of those that are ticked at first."""
    offered = _offered(options, TICK_OPTIONS)
    chosen = [one for one in offered if one["value"] in initial]
    return _choice("checkboxes", action_id, offered, initial_options=chosen or None)


def radio_buttons(action_id: str, options: Sequence[Block], *, initial: str | None = None) -> Block:
    """Return up to ten options all in sight, of which one can be chosen."""
    offered = _offered(options, TICK_OPTIONS)
    chosen = next((one for one in offered if one["value"] == initial), None)
    return _choice("radio_buttons", action_id, offered, initial_option=chosen)


def overflow(action_id: str, options: Sequence[Block], *, confirm: Block | None = None) -> Block:
    """Return the menu behind three dots: up to five things that can be done, each an option."""
    return _choice("overflow", action_id, _offered(options, OVERFLOW_OPTIONS), confirm=confirm)


def _menu(kind: str, action_id: str, placeholder: str, **more: object) -> Block:
    words = plain(placeholder, PLACEHOLDER_LENGTH)
    menu = {"type": kind, "action_id": _exact("An action id", action_id, ID_LENGTH)}
    return _with(menu | {"placeholder": words}, **more)


def _choice(kind: str, action_id: str, options: list[Block], **more: object) -> Block:
    menu = {"type": kind, "action_id": _exact("An action id", action_id, ID_LENGTH)}
    return _with(menu | {"options": options}, **more)


def _offered(options: Sequence[Block], most: int) -> list[Block]:
    if not 1 <= len(options) <= most:
        raise ValueError(f"A menu has 1 to {most} options here, not {len(options)}.")
    return list(options)


def text_input(
    action_id: str,
    *,
    initial: str = "",
    placeholder: str | None = None,
    multiline: bool = False,
    max_length: int = INPUT_LENGTH,
) -> Block:
    """Return a field to type in."""
    typed = {"type": "plain_text_input", "action_id": _exact("An action id", action_id, ID_LENGTH)}
    hint = plain(placeholder, PLACEHOLDER_LENGTH) if placeholder else None
    return _with(
        typed | {"max_length": max_length},
        initial_value=truncate(initial, max_length),
        placeholder=hint,
        multiline=multiline,
    )


def number_input(
    action_id: str,
    *,
    initial: str | None = None,
    least: float | None = None,
    most: float | None = None,
    is_decimal: bool = False,
    placeholder: str | None = None,
) -> Block:
    """Return a field for a number; what is typed in it comes back as text."""
    typed = {
        "type": "number_input",
        "action_id": _exact("An action id", action_id, ID_LENGTH),
        "is_decimal_allowed": is_decimal,
    }
    return _with(
        typed,
        initial_value=initial,
        min_value=None if least is None else f"{least:.15g}",
        max_value=None if most is None else f"{most:.15g}",
        placeholder=plain(placeholder, PLACEHOLDER_LENGTH) if placeholder else None,
    )


def url_input(action_id: str, *, initial: str = "", placeholder: str | None = None) -> Block:
    """Return a field for a web address."""
    typed = {"type": "url_text_input", "action_id": _exact("An action id", action_id, ID_LENGTH)}
    hint = plain(placeholder, PLACEHOLDER_LENGTH) if placeholder else None
    return _with(typed, initial_value=initial, placeholder=hint)


# --- Tables and charts ------------------------------------------------------------------------------------------------


def table(
    rows: Sequence[Sequence[Cell]], *, align: Sequence[Align] = (), block_id: str | None = None
) -> Block:
    """Return Slack's own table; the first row is its head. What does not fit is counted in a last row."""
    width = min(max((len(row) for row in rows), default=0), TABLE_COLUMNS)
    if not width:
        raise ValueError("A table needs a row with a cell.")
    # A quarter of the budget for one row: the head, one row and the last row always fit.
    longest = TABLE_CHARACTERS // 4 // width
    cells = [[_cell(value, longest) for value in _padded(row, width)] for row in rows]
    block: Block = {"type": "table", "rows": _rows_that_fit(cells, width)}
    if align:
        block["column_settings"] = [{"align": side} for side in align[:width]]
    return _with(block, block_id=block_id)


def _cell_length(cell: Block) -> int:
    shown = cell.get("text")
    return (
        len(shown.encode("utf-16-le", "surrogatepass")) // 2 if shown else len(str(cell["value"]))
    )


def _padded(row: Sequence[Cell], width: int) -> list[Cell]:
    return [*row[:width], *([None] * (width - len(row)))]


def _cell(value: Cell, longest: int) -> Block:
    if isinstance(value, tuple):
        number, shown = value
        words = truncate(_said(shown), longest)
        if math.isfinite(number):
            return {"type": "raw_number", "value": number, "text": words}
        return {"type": "raw_text", "text": words}
    if isinstance(value, int | float) and math.isfinite(value):
        return {"type": "raw_number", "value": value}
    return {
        "type": "raw_text",
        "text": truncate(_said(value), longest) if isinstance(value, str) else NOTHING,
    }


def _rows_that_fit(rows: list[list[Block]], width: int) -> list[list[Block]]:
    lengths = [sum(map(_cell_length, row)) for row in rows]
    if len(rows) <= TABLE_ROWS and sum(lengths) <= TABLE_CHARACTERS:
        return rows
    last = f"… and {len(rows):,} more"
    kept, left = 0, TABLE_CHARACTERS - len(last) - width
    while kept < min(len(rows), TABLE_ROWS - 1) and lengths[kept] <= left:
        left -= lengths[kept]
        kept += 1
    note: list[Cell] = [f"… and {len(rows) - kept:,} more"]
    return [*rows[:kept], [_cell(value, len(last)) for value in _padded(note, width)]]


Series = tuple[str, Sequence[float | None]]
"""One line of a chart: its name, and a value for each label."""


def line_chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    x_label: str = "",
    y_label: str = "",
    block_id: str | None = None,
) -> Block:
    """Return Slack's own line chart of the last points that every series has a value for."""
    return _chart("line", title, labels, series, x_label, y_label, block_id)


def bar_chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    x_label: str = "",
    y_label: str = "",
    block_id: str | None = None,
) -> Block:
    """Return Slack's own bar chart of the last points that every series has a value for."""
    return _chart("bar", title, labels, series, x_label, y_label, block_id)


def _chart(
    kind: str,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    x_label: str,
    y_label: str,
    block_id: str | None,
) -> Block:
    drawn = series[:CHART_SERIES_SAFE]
    points = _whole_points(len(labels), [values for _, values in drawn])
    if not points or not drawn:
        raise ValueError("A chart needs a label that every series has a value for.")
    categories = _distinct([labels[point] for point in points])
    names = _distinct([name for name, _ in drawn])
    lines = [
        {
            "name": name,
            "data": [
                {"label": label, "value": values[point]}
                for label, point in zip(categories, points, strict=True)
            ],
        }
        for name, (_, values) in zip(names, drawn, strict=True)
    ]
    axes = _with(
        {"categories": categories},
        x_label=truncate(x_label, AXIS_LABEL_LENGTH),
        y_label=truncate(y_label, AXIS_LABEL_LENGTH),
    )
    return _with(
        {
            "type": "data_visualization",
            "title": truncate(_said(title), CHART_TITLE_LENGTH),
            "chart": {"type": kind, "series": lines, "axis_config": axes},
        },
        block_id=block_id,
    )


def _whole_points(count: int, series: Sequence[Sequence[float | None]]) -> list[int]:
    """Return the last places where no series has a gap, because Slack takes none (kpis.md F1)."""
    if any(len(values) != count for values in series):
        raise ValueError("Every series needs a value, or None, for every label.")
    whole = [point for point in range(count) if all(_is_finite(one[point]) for one in series)]
    return whole[-CHART_POINTS:]


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _distinct(names: Iterable[str]) -> list[str]:
    """Cut names to a chart's limit and number those that have become the same."""
    taken: list[str] = []
    for name in names:
        made, number = truncate(_said(name), CHART_LABEL_LENGTH), 1
        while made in taken:
            number += 1
            ending = f" {number}"
            made = truncate(_said(name), CHART_LABEL_LENGTH - len(ending)) + ending
        taken.append(made)
    return taken


# --- Messages and views -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """What the bot says: blocks for the eye, and in `text` the whole news for phones and screen readers."""

    text: str
    blocks: list[Block] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Keep within what Slack takes when it posts, and when it updates."""
        object.__setattr__(self, "text", _cut_markup(_said(self.text), UPDATE_TEXT_LENGTH))
        object.__setattr__(self, "blocks", _at_most(self.blocks, MESSAGE_BLOCKS))

    def without_charts(self) -> "Message":
        """Return the same message for a Slack that refuses charts."""
        return replace(
            self, blocks=[one for one in self.blocks if one["type"] != "data_visualization"]
        )

    def ever_plainer(self) -> Iterator["Message"]:
        """Return it for a Slack that refuses its blocks: as it is, then without charts, at last its text alone."""
        yield self
        without_charts = self.without_charts()
        if without_charts.blocks not in (self.blocks, []):
            yield without_charts
        if self.blocks:
            yield Message(self.text)

    def as_payload(self) -> Block:
        """Return it as the arguments of a call."""
        return {"text": self.text, "blocks": self.blocks}


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback_id: str | None = None,
    submit: str | None = None,
    close: str | None = "Cancel",
    private_metadata: str | None = None,
    external_id: str | None = None,
    notify_on_close: bool = False,
    clear_on_close: bool = False,
) -> Block:
    """Return a window; one with input blocks gets a submit button whether it was named or not (§5).

    With `clear_on_close` its close button takes those underneath away too.
    """
    needs_submit = any(block["type"] == "input" for block in blocks)
    words = submit or ("Submit" if needs_submit else None)
    return _with(
        _view("modal", blocks, callback_id, private_metadata, external_id),
        title=plain(title, VIEW_TITLE_LENGTH),
        submit=plain(words, VIEW_BUTTON_LENGTH) if words else None,
        close=plain(close, VIEW_BUTTON_LENGTH) if close else None,
        notify_on_close=notify_on_close,
        **({"clear_on_close": True} if clear_on_close else {}),
    )


def home(
    blocks: Sequence[Block],
    *,
    callback_id: str | None = None,
    private_metadata: str | None = None,
    external_id: str | None = None,
) -> Block:
    """Return somebody's App Home."""
    return _view("home", blocks, callback_id, private_metadata, external_id)


def _view(
    kind: str,
    blocks: Sequence[Block],
    callback_id: str | None,
    private_metadata: str | None,
    external_id: str | None,
) -> Block:
    metadata = private_metadata or None
    return _with(
        {"type": kind, "blocks": _at_most(blocks or [section()], VIEW_BLOCKS)},
        callback_id=_exact("A callback id", callback_id, ID_LENGTH) if callback_id else None,
        external_id=_exact("An external id", external_id, ID_LENGTH) if external_id else None,
        private_metadata=metadata and _exact("Metadata", metadata, PRIVATE_METADATA_LENGTH),
    )


def _at_most(blocks: Sequence[Block], limit: int) -> list[Block]:
    """Keep the first blocks; the last says how many did not fit."""
    if sum(map(count_blocks, blocks)) <= limit:
        return list(blocks)
    kept, left = 0, limit - 1
    while count_blocks(blocks[kept]) <= left:
        left -= count_blocks(blocks[kept])
        kept += 1
    return [*blocks[:kept], context(f"{len(blocks) - kept} more did not fit here.")]


def count_blocks(block: Mapping[str, Any]) -> int:
    """Return how many blocks this is towards the cap, its children included."""
    children = block.get("child_blocks")
    return 1 + (len(children) if isinstance(children, list) else 0)
