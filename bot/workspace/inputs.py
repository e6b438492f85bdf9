"""What people choose and type: the elements of blocks, their `state.values`, and the checks Slack's own client makes.

Every element that holds a value is in the state, touched or not, with its type and Slack's empty value.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.workspace.feed import Payload

Values = dict[str, dict[str, Payload]]
"""`state.values`: block id → action id → the element's type and value."""

TROUBLE_REQUIRED = "Please complete this required field."
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
WEB_ADDRESS = re.compile(r"https?://\S+")
WHOLE = re.compile(r"[+-]?\d+")
DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


@dataclass(frozen=True, slots=True)
class Shape:
    """How an element says its value: under which key, starting from which key, and whether it holds several."""

    key: str
    initial: str
    is_many: bool = False

    def empty(self) -> list[Payload] | None:
        """Return what an untouched element says."""
        return [] if self.is_many else None


TYPED = Shape("value", "initial_value")
CHOSEN = Shape("selected_option", "initial_option")
CHOSEN_MANY = Shape("selected_options", "initial_options", is_many=True)
SHAPES: dict[str, Shape] = {
    "plain_text_input": TYPED,
    "email_text_input": TYPED,
    "url_text_input": TYPED,
    "number_input": TYPED,
    "static_select": CHOSEN,
    "external_select": CHOSEN,
    "radio_buttons": CHOSEN,
    "checkboxes": CHOSEN_MANY,
    "multi_static_select": CHOSEN_MANY,
    "multi_external_select": CHOSEN_MANY,
    "users_select": Shape("selected_user", "initial_user"),
    "multi_users_select": Shape("selected_users", "initial_users", is_many=True),
    "conversations_select": Shape("selected_conversation", "initial_conversation"),
    "multi_conversations_select": Shape(
        "selected_conversations", "initial_conversations", is_many=True
    ),
    "channels_select": Shape("selected_channel", "initial_channel"),
    "multi_channels_select": Shape("selected_channels", "initial_channels", is_many=True),
    "datepicker": Shape("selected_date", "initial_date"),
    "timepicker": Shape("selected_time", "initial_time"),
    "datetimepicker": Shape("selected_date_time", "initial_date_time"),
    "rich_text_input": Shape("rich_text_value", "initial_value"),
    "file_input": Shape("files", "", is_many=True),
}
CHOICES = {
    "static_select",
    "radio_buttons",
    "overflow",
    "checkboxes",
    "multi_static_select",
}  # elements that carry their own options


@dataclass(frozen=True, slots=True)
class Field:
    """An element people can touch, and the block it stands in."""

    block: Payload
    element: Payload

    @property
    def block_id(self) -> str:
        """The block's id."""
        return str(self.block.get("block_id", ""))

    @property
    def action_id(self) -> str:
        """The element's id."""
        return str(self.element.get("action_id", ""))

    @property
    def type(self) -> str:
        """The element's type."""
        return str(self.element.get("type", ""))

    @property
    def is_input(self) -> bool:
        """Say whether it stands in an input block."""
        return self.block.get("type") == "input"

    @property
    def is_dispatched(self) -> bool:
        """Say whether touching it tells the app: always, but in an input block only where asked."""
        return not self.is_input or bool(self.block.get("dispatch_action"))


def fields_of(blocks: Iterable[Payload]) -> Iterator[Field]:
    """Walk every element people can touch, in reading order."""
    for block in blocks:
        for element in _elements(block):
            if element.get("type") != "image" and "type" in element:
                yield Field(block, element)
        yield from fields_of(block.get("child_blocks", ()))


def _elements(block: Payload) -> list[Payload]:
    match block.get("type"):
        case "section":
            return [block["accessory"]] if block.get("accessory") else []
        case "actions" | "context_actions":
            return list(block.get("elements", ()))
        case "input":
            return [block["element"]] if block.get("element") else []
        case "card":
            return list(block.get("actions") or ())
        case "carousel":
            return [e for card in block.get("elements", ()) for e in card.get("actions") or ()]
        case _:
            return []


def find_field(blocks: Iterable[Payload], block_id: str, action_id: str) -> Field | None:
    """Return one element by its ids; an empty block id means any block."""
    for found in fields_of(blocks):
        if found.action_id == action_id and block_id in ("", found.block_id):
            return found
    return None


def state_of(blocks: Iterable[Payload], chosen: Mapping[str, Mapping[str, Payload]]) -> Values:
    """Return the full `state.values`: what was chosen, else what the element starts with, else empty."""
    values: Values = {}
    for found in fields_of(blocks):
        if found.type in SHAPES:
            said = chosen.get(found.block_id, {}).get(found.action_id)
            is_same = said is not None and said.get("type", found.type) == found.type
            own = dict(said) if said is not None and is_same else _start(found.element)
            zone = {"timezone": found.element["timezone"]} if "timezone" in found.element else {}
            complete = {"type": found.type, **own, **zone}
            values.setdefault(found.block_id, {})[found.action_id] = complete
    return values


def _start(element: Payload) -> Payload:
    shape = SHAPES[element["type"]]
    value = element.get(shape.initial) if shape.initial else None
    return {shape.key: shape.empty() if value is None else value}


def here(blocks: Iterable[Payload], channel: str) -> Values:
    """Return what selects start with that default to the conversation a view was opened from."""
    values: Values = {}
    for found in fields_of(blocks):
        shape = SHAPES.get(found.type)
        asks = found.element.get("default_to_current_conversation")
        if channel and asks and shape is not None and shape.initial not in found.element:
            said: Payload = {shape.key: [channel] if shape.is_many else channel}
            values.setdefault(found.block_id, {})[found.action_id] = {"type": found.type, **said}
    return values


def without_inputs(blocks: Iterable[Payload], values: Values) -> Values:
    """Return the state as `view_closed` carries it: nothing of the input blocks."""
    typed = {found.block_id for found in fields_of(blocks) if found.is_input}
    return {block_id: said for block_id, said in values.items() if block_id not in typed}


def value_part(element: Payload, plain: object) -> Payload:
    """Return what an action says for a plain value: a string, an option's value, a list of them, an id, a date."""
    kind = element["type"]
    if kind in ("button", "icon_button", "workflow_button"):
        return {key: element[key] for key in ("text", "value", "style", "url") if key in element}
    if kind == "overflow":
        return {"selected_option": _option(element, plain)}
    shape = SHAPES.get(kind, TYPED)
    if kind in CHOICES and plain is not None:
        plain = [_option(element, one) for one in _several(plain)]
        return {shape.key: plain if shape.is_many else plain[0]}
    return {shape.key: _several(plain) if shape.is_many else plain}


def _several(plain: object) -> list[object]:
    return list(plain) if isinstance(plain, list | tuple) else [plain]


def options_in(element: Payload) -> list[Payload]:
    """Return the options an element carries, groups flattened."""
    groups = element.get("option_groups") or ()
    grouped = [option for group in groups for option in group.get("options", ())]
    return [*element.get("options", ()), *grouped]


def _option(element: Payload, wanted: object) -> Payload:
    if isinstance(wanted, dict):
        return wanted
    for option in options_in(element):
        if wanted in (option.get("value"), option.get("text", {}).get("text")):
            return {key: option[key] for key in ("text", "value") if key in option}
    offered = ", ".join(str(option.get("value")) for option in options_in(element))
    raise LookupError(f"No option {wanted!r} in {element.get('action_id')!r}; it offers: {offered}")


def troubles(blocks: Iterable[Payload], values: Values) -> dict[str, str]:
    """Return the sentences Slack's client shows beside fields before it asks the app at all."""
    found: dict[str, str] = {}
    for item in fields_of(blocks):
        if item.is_input and item.type in SHAPES:
            said = values.get(item.block_id, {}).get(item.action_id, {})
            sentence = _trouble(item, said.get(SHAPES[item.type].key))
            if sentence:
                found[item.block_id] = sentence
    return found


def _trouble(item: Field, value: object) -> str | None:
    if value in (None, "", []):
        return None if item.block.get("optional") else TROUBLE_REQUIRED
    if not isinstance(value, str):
        return None
    match item.type:
        case "email_text_input":
            return None if EMAIL.fullmatch(value) else "Enter a valid email address."
        case "url_text_input":
            return None if WEB_ADDRESS.fullmatch(value) else "Enter a valid URL."
        case "number_input":
            return _number_trouble(item.element, value)
        case "plain_text_input":
            return _length_trouble(item.element, len(value))
        case _:
            return None


def _number_trouble(element: Payload, value: str) -> str | None:
    form = DECIMAL if element.get("is_decimal_allowed") else WHOLE
    if not form.fullmatch(value):
        return "Enter a number." if form is DECIMAL else "Enter a whole number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and float(value) < float(least):
        return f"Enter a number that is at least {least}."
    if most is not None and float(value) > float(most):
        return f"Enter a number that is at most {most}."
    return None


def _length_trouble(element: Payload, length: int) -> str | None:
    least, most = int(element.get("min_length") or 0), int(element.get("max_length") or 3000)
    if length < least:
        return f"Enter at least {least} characters."
    if length > most:
        return f"Enter at most {most} characters."
    return None
