"""Refuses what Slack refuses: blocks, messages and views, checked against kit's limits and the shapes.

Every problem is told, not only the first, each with a JSON pointer and Slack's kind of sentence. The pointer of a
view's problem starts at the view. What Slack leaves unsaid or says twice is decided in kit, beside the number.
"""

import json
import math
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, assert_never

from bot.blocks import kit
from bot.blocks.kit import Surface
from bot.workspace import shapes
from bot.workspace.shapes import Items, Piece, Rule, Shape

Payload = dict[str, Any]
Placed = tuple[Payload, str]
"""A block and the pointer to it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that Slack refuses: where, Slack's code, what must be, and the constraint it broke."""

    pointer: str
    code: str
    message: str
    field: str | None = None
    constraint: str | None = None
    expected: object = None

    @property
    def sentence(self) -> str:
        """Return it as in `response_metadata.messages`, without the "[ERROR]" before it."""
        return f"{self.message} [json-pointer:{self.pointer}]"

    def as_error(self) -> Payload:
        """Return it as in the `errors` of blocks.validate (slack-platform.md §6.2)."""
        error: Payload = {"pointer": self.pointer, "code": self.code, "message": self.message}
        if self.field is not None:
            error["field"] = self.field
        if self.constraint is not None:
            error["constraint"] = {"type": self.constraint, "expected": self.expected}
        return error


def check_blocks(blocks: object, surface: Surface) -> list[Problem]:
    """Return what Slack would refuse in the blocks of a message, a modal or a Home tab."""
    reader = _Reader(surface)
    is_message = surface == "message"
    reader.read(blocks, shapes.MESSAGE_BLOCKS if is_message else shapes.VIEW_BLOCKS, "/blocks")
    return [*reader.problems, *_count(_walk(blocks, "/blocks"), surface), *_cap(blocks, surface)]


def check_message(message: Mapping[str, Any]) -> list[Problem]:
    """Return what Slack would refuse in a message: its blocks, its attachments' blocks, its metadata.

    A missing text is none of it, and one that is too long is cut (§7.4, §7.5).
    """
    reader = _Reader("message")
    if message.get("text") is not None:
        reader.read(message["text"], shapes.ANY, "/text")
    if message.get("metadata"):
        reader.read(message["metadata"], shapes.METADATA, "/metadata")
    if message.get("attachments") is not None:
        reader.read(message["attachments"], shapes.ATTACHMENTS, "/attachments")
    placed: list[Placed] = []
    problems = reader.problems
    for blocks, at in _block_lists(message):
        reader.read(blocks, shapes.MESSAGE_BLOCKS, at)
        problems += _cap(blocks, "message", at)
        placed += _walk(blocks, at)
    return [*problems, *_count(placed, "message")]


def check_view(view: object) -> list[Problem]:
    """Return what Slack would refuse in a modal or a Home tab."""
    if not isinstance(view, dict):
        return [_wrong_type("", "an object")]
    match view.get("type"):
        case "modal" | "home" as surface:
            return [*_check_view(view, surface), *_weigh(view)]
        case None:
            return [_missing("", "type")]
        case other:
            return [_unsupported("", other, shapes.VIEWS)]


def _check_view(view: Payload, surface: Surface) -> list[Problem]:
    reader = _Reader(surface)
    reader.shape(view, shapes.VIEWS[surface], "", also=("type",))
    blocks = view.get("blocks")
    problems = [
        *reader.problems,
        *_cap(blocks, surface),
        *_count(_walk(blocks, "/blocks"), surface),
    ]
    if surface == "modal" and view.get("submit") is None:
        problems += [
            _broken(
                at, "must define `submit` to use an `input` block in modals", "any_of", ["submit"]
            )
            for block, at in _walk(blocks, "/blocks")
            if block.get("type") == "input"
        ][:1]
    return problems


def _weigh(view: Payload) -> list[Problem]:
    if len(json.dumps(view, default=str)) <= kit.VIEW_BYTES:
        return []
    return [Problem("", "view_too_large", f"must be less than {kit.VIEW_BYTES + 1} bytes")]


# --- Reading one value by its rule ------------------------------------------------------------------------------------


class _Reader:
    """Reads JSON by the rules of `shapes` and keeps the problems it meets."""

    def __init__(self, surface: Surface) -> None:
        self.surface: Surface = surface
        self.problems: list[Problem] = []

    def read(self, value: object, rule: Rule, at: str) -> None:
        """Check one value."""
        match rule:
            case shapes.String():
                self._add(_check_string(value, rule, at))
            case shapes.TextObject():
                self._text(value, rule, at)
            case shapes.Flag():
                self._add([] if isinstance(value, bool) else [_wrong_type(at, "a boolean")])
            case shapes.Integer():
                self._add(_check_integer(value, rule, at))
            case shapes.Number():
                self._add(_check_number(value, rule, at))
            case shapes.Choice():
                self._add(_check_choice(value, rule, at))
            case shapes.Anything():
                self._add([] if isinstance(value, dict) else [_wrong_type(at, "an object")])
            case shapes.OrNull():
                if value is not None:
                    self.read(value, rule.rule, at)
            case shapes.Items():
                self._items(value, rule, at)
            case shapes.Shape():
                self.shape(value, rule, at)
            case shapes.Piece():
                self._piece(value, rule, at)
            case _:
                assert_never(rule)

    def shape(self, value: object, shape: Shape, at: str, also: Sequence[str] = ()) -> None:
        """Check an object's keys, and what stands under each."""
        if not isinstance(value, dict):
            self._add([_wrong_type(at, "an object")])
            return
        rules = {**shape.may, **shape.needs}
        self._add(_missing(at, key) for key in shape.needs if key not in value)
        self._add(_unknown(at, key) for key in value if key not in rules and key not in also)
        self._add(_check_choices_of_keys(value, shape, at))
        for key, rule in rules.items():
            if key in value:
                self.read(value[key], rule, f"{at}/{key}")

    def _items(self, value: object, rule: Items, at: str) -> None:
        if not isinstance(value, list):
            self._add([_wrong_type(at, "an array")])
            return
        self._add(_check_length_of_list(value, rule, at))
        for number, item in enumerate(value):
            self.read(item, rule.item, f"{at}/{number}")

    def _text(self, value: object, rule: shapes.TextObject, at: str) -> None:
        kind = self._type_of(value, rule.kinds, at)
        if kind is not None:
            self.shape(value, shapes.text_shape(kind, rule.most), at, also=("type",))

    def _piece(self, value: object, rule: Piece, at: str) -> None:
        kind = self._type_of(
            value, [one for one in rule.types if self._is_shown(rule.family, one)], at
        )
        if kind is None or not isinstance(value, dict):
            return
        before = len(self.problems)
        self.shape(value, shapes.FAMILIES[rule.family][kind], at, also=("type",))
        if (
            len(self.problems) == before and (rule.family, kind) in _LAWS
        ):  # a law leans on the shape
            self._add(_LAWS[rule.family, kind](value, at, self.surface))

    def _type_of(self, value: object, types: Iterable[str], at: str) -> str | None:
        if not isinstance(value, dict):
            self._add([_wrong_type(at, "an object")])
        elif "type" not in value:
            self._add([_missing(at, "type")])
        elif not isinstance(value["type"], str) or value["type"] not in types:
            self._add([_unsupported(at, value["type"], types)])
        else:
            return value["type"]
        return None

    def _is_shown(self, family: str, kind: str) -> bool:
        if family == "block":
            return self.surface in kit.BLOCK_SURFACES[kind]
        return self.surface in kit.ELEMENT_SURFACES.get(kind, kit.EVERYWHERE)

    def _add(self, problems: Iterable[Problem]) -> None:
        self.problems.extend(problems)


def _check_string(value: object, rule: shapes.String, at: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield _wrong_type(at, "a string")
    elif len(value) < rule.least:
        message = f"must be more than {rule.least - 1} characters"
        yield _broken(at, message, "min_length", rule.least)
    elif rule.most is not None and len(value) > rule.most:
        yield _broken(at, f"must be less than {rule.most + 1} characters", "max_length", rule.most)
    elif rule.pattern is not None and not re.fullmatch(rule.pattern, value, re.ASCII):
        message = f"input must match regex pattern: {rule.pattern}"
        yield _broken(at, message, "pattern", rule.pattern)


def _check_integer(value: object, rule: shapes.Integer, at: str) -> Iterator[Problem]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield _wrong_type(at, "an integer")
    elif value < rule.least:
        yield _broken(at, f"must be more than {rule.least - 1}", "minimum", rule.least)
    elif rule.most is not None and value > rule.most:
        yield _broken(at, f"must be less than {rule.most + 1}", "maximum", rule.most)


def _check_number(value: object, rule: shapes.Number, at: str) -> Iterator[Problem]:
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield _wrong_type(at, "a number")
    elif not math.isfinite(value):
        yield _wrong_type(at, "a finite number")
    elif rule.above is not None and value <= rule.above:
        yield _broken(at, f"must be more than {rule.above:g}", "minimum", rule.above)


def _check_choice(value: object, rule: shapes.Choice, at: str) -> Iterator[Problem]:
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    if not is_plain or value not in rule.values:
        yield _broken(at, "must be a valid enum value", "enum", list(rule.values))


def _check_choices_of_keys(value: Payload, shape: Shape, at: str) -> Iterator[Problem]:
    if shape.any_of and not any(key in value for key in shape.any_of):
        yield _broken(at, f"must define either {_or(shape.any_of)}", "any_of", list(shape.any_of))
    if shape.one_of and not any(key in value for key in shape.one_of):
        yield _broken(at, f"must define either {_or(shape.one_of)}", "one_of", list(shape.one_of))
    for keys in (shape.one_of, shape.not_both):
        if sum(key in value for key in keys) > 1:
            yield _broken(at, f"must define only one of {_or(keys)}", "one_of", list(keys))


def _check_length_of_list(value: list[Any], rule: Items, at: str) -> Iterator[Problem]:
    if len(value) < rule.least:
        message = f"must provide at least {rule.least} items"
        yield _broken(at, message, "min_items", rule.least)
    if rule.most is not None and len(value) > rule.most:
        yield _broken(at, f"no more than {rule.most} items allowed", "max_items", rule.most)
    if rule.is_set and len({json.dumps(item, default=str) for item in value}) < len(value):
        yield _broken(at, "must provide unique items", "unique_items", True)


# --- Laws between the parts of one block or element -------------------------------------------------------------------

Law = Callable[[Payload, str, Surface], Iterable[Problem]]


def _options_law(element: Payload, at: str, _surface: Surface) -> Iterator[Problem]:
    """What is chosen at first must be among the options, word for word."""
    groups = element.get("option_groups", ())
    offered = [*element.get("options", ()), *chain.from_iterable(g["options"] for g in groups)]
    known = [_filled(option) for option in offered]
    for key in ("initial_option", "initial_options"):
        for number, chosen in enumerate(_as_list(element.get(key))):
            place = f"{at}/{key}" if key == "initial_option" else f"{at}/{key}/{number}"
            if _filled(chosen) not in known:
                yield _broken(place, f"`{key}` must match one of the options", "enum", "options")


def _typed_law(element: Payload, at: str, _surface: Surface) -> Iterator[Problem]:
    least, most = element.get("min_length", 0), element.get("max_length", kit.INPUT_LENGTH)
    if least > most:
        yield _broken(f"{at}/min_length", f"must be less than {most + 1}", "maximum", most)
    if len(element.get("initial_value", "")) > most:
        message = f"must be less than {most + 1} characters"
        yield _broken(f"{at}/initial_value", message, "max_length", most)


def _number_law(element: Payload, at: str, _surface: Surface) -> Iterator[Problem]:
    lowest, highest = (float(element.get(key, end)) for key, end in _NUMBER_ENDS)
    if lowest > highest:
        yield _broken(f"{at}/min_value", "must be less than `max_value`", "maximum", highest)
    elif not lowest <= float(element.get("initial_value", lowest)) <= highest:
        place = f"{at}/initial_value"
        yield _broken(place, "must be between `min_value` and `max_value`", "minimum", lowest)
    for key in ("initial_value", "min_value", "max_value"):
        if not element["is_decimal_allowed"] and "." in element.get(key, ""):
            yield _broken(f"{at}/{key}", "must be a whole number", "pattern", r"-?\d+")


_NUMBER_ENDS = (("min_value", "-inf"), ("max_value", "inf"))


def _lines_law(element: Payload, at: str, _surface: Surface) -> Iterator[Problem]:
    most = element.get("max_lines", kit.INPUT_LINES)
    if element.get("min_lines", 1) > most:
        yield _broken(f"{at}/min_lines", f"must be less than {most + 1}", "maximum", most)


def _input_law(block: Payload, at: str, surface: Surface) -> Iterator[Problem]:
    element = block["element"]
    if element["type"] == "file_input" and block.get("dispatch_action"):
        message = "must not be true for a `file_input` element"
        yield _broken(f"{at}/dispatch_action", message, "enum", [False])
    if element.get("response_url_enabled") and surface != "modal":
        yield _response_url(f"{at}/element")


def _elements_law(block: Payload, at: str, _surface: Surface) -> Iterator[Problem]:
    """Action ids are unique within their block, and only a modal's form has a response_url to give."""
    seen: set[str] = set()
    for element, place in _elements(block, at):
        name = element.get("action_id")
        if name in seen:
            message = f"`action_id` {name} already exists in this block"
            yield _broken(f"{place}/action_id", message, "unique_items", True)
        seen |= {name} if name else set()
        if element.get("response_url_enabled"):
            yield _response_url(place)


def _container_law(block: Payload, at: str, _surface: Surface) -> Iterator[Problem]:
    is_collapsible = block.get("is_collapsible", False)
    if block.get("default_collapsed") and not is_collapsible:
        message = "must define `is_collapsible` to use `default_collapsed`"
        yield _broken(f"{at}/default_collapsed", message, "any_of", ["is_collapsible"])
    if block.get("has_header_divider") and is_collapsible:
        message = "must not be true for a collapsible container"
        yield _broken(f"{at}/has_header_divider", message, "enum", [False])


def _data_table_law(block: Payload, at: str, _surface: Surface) -> Iterator[Problem]:
    rows: list[list[Payload]] = block["rows"]
    width = len(rows[0])
    for number, row in enumerate(rows):
        if len(row) != width:
            message = f"must provide {width} cells, as the header row does"
            yield _broken(f"{at}/rows/{number}", message, "max_items", width)
    for number, cell in enumerate(rows[0]):
        if cell["type"] == "rich_text":
            yield _unsupported(f"{at}/rows/0/{number}", "rich_text", ("raw_text", "raw_number"))
    if block.get("row_header_column_index", 0) >= width:
        place = f"{at}/row_header_column_index"
        yield _broken(place, f"must be less than {width}", "maximum", width - 1)


def _axes_law(chart: Payload, at: str, _surface: Surface) -> Iterator[Problem]:
    """Series have names of their own, and each exactly one point for every category."""
    categories = chart["axis_config"]["categories"]
    names = [series["name"] for series in chart["series"]]
    for number, series in enumerate(chart["series"]):
        place = f"{at}/series/{number}"
        if series["name"] in names[:number]:
            message = "series names must be unique"
            yield _broken(f"{place}/name", message, "unique_items", True)
        if sorted(point["label"] for point in series["data"]) != sorted(categories):
            message = "must provide exactly one data point for each category"
            yield _broken(f"{place}/data", message, "enum", categories)


_LAWS: Mapping[tuple[str, str], Law] = {
    ("element", "checkboxes"): _options_law,
    ("element", "radio_buttons"): _options_law,
    ("element", "static_select"): _options_law,
    ("element", "multi_static_select"): _options_law,
    ("element", "plain_text_input"): _typed_law,
    ("element", "number_input"): _number_law,
    ("element", "rich_text_input"): _lines_law,
    ("block", "input"): _input_law,
    ("block", "section"): _elements_law,
    ("block", "actions"): _elements_law,
    ("block", "context_actions"): _elements_law,
    ("block", "card"): _elements_law,
    ("block", "container"): _container_law,
    ("block", "data_table"): _data_table_law,
    ("chart", "line"): _axes_law,
    ("chart", "bar"): _axes_law,
    ("chart", "area"): _axes_law,
}


# --- What is counted over a whole payload -----------------------------------------------------------------------------


def _cap(blocks: object, surface: Surface, at: str = "/blocks") -> list[Problem]:
    most = kit.MESSAGE_BLOCKS if surface == "message" else kit.VIEW_BLOCKS
    if sum(kit.count_blocks(block) for block in _objects(blocks)) <= most:
        return []
    return [_broken(at, f"no more than {most} items allowed", "max_items", most)]


def _count(blocks: Iterable[Placed], surface: Surface) -> Iterator[Problem]:
    placed = list(blocks)
    yield from _repeated_ids(placed)
    yield from _over(placed, ("table", "data_table"), kit.TABLES, "tables")
    yield from _over(placed, ("data_visualization",), kit.CHARTS_A_MESSAGE, "charts")
    yield from _over_length(placed, "table", _table_length, kit.TABLE_CHARACTERS)
    yield from _over_length(placed, "data_table", _table_length, kit.DATA_TABLE_CHARACTERS)
    yield from _over_length(placed, "markdown", _markdown_length, kit.MARKDOWN_LENGTH)
    if surface != "message":
        yield from _second_focus(placed)


def _repeated_ids(placed: Iterable[Placed]) -> Iterator[Problem]:
    seen: set[str] = set()
    for block, at in placed:
        name = block.get("block_id")
        if not isinstance(name, str):
            continue
        if name in seen:
            message = f"`block_id` {name} already exists"
            yield _broken(f"{at}/block_id", message, "unique_items", True)
        seen.add(name)


def _over(
    placed: Iterable[Placed], types: tuple[str, ...], most: int, noun: str
) -> Iterator[Problem]:
    found = [at for block, at in placed if block.get("type") in types]
    for at in found[most:]:
        yield _broken(at, f"no more than {most} {noun} allowed in a message", "max_items", most)


def _over_length(
    placed: Iterable[Placed], kind: str, measure: Callable[[Payload], int], most: int
) -> Iterator[Problem]:
    total = 0
    for block, at in placed:
        if block.get("type") == kind:
            total += measure(block)
            if total > most:
                message = f"must be less than {most + 1} characters in all {kind} blocks"
                yield _broken(at, message, "max_length", most)
                return


def _second_focus(placed: Iterable[Placed]) -> Iterator[Problem]:
    focused = [
        place
        for block, at in placed
        for element, place in _elements(block, at)
        if element.get("focus_on_load") is True
    ]
    for place in focused[1:]:
        message = "only one element of a view may have `focus_on_load`"
        yield _broken(f"{place}/focus_on_load", message, "max_items", 1)


def _table_length(block: Payload) -> int:
    rows = [row for row in _as_list(block.get("rows")) if isinstance(row, list)]
    return sum(_length(cell) for cell in _objects(list(chain.from_iterable(rows))))


def _length(part: Payload) -> int:
    """Return how many characters a cell, or a piece of its rich text, shows."""
    if part.get("elements") is not None:
        return sum(_length(child) for child in _objects(part["elements"]))
    shown = part.get("text", part.get("value", ""))
    return len(shown if isinstance(shown, str) else str(shown))


def _markdown_length(block: Payload) -> int:
    return len(str(block.get("text", "")))


# --- Walking what may be malformed ------------------------------------------------------------------------------------


def _block_lists(message: Mapping[str, Any]) -> Iterator[tuple[object, str]]:
    if message.get("blocks") is not None:
        yield message["blocks"], "/blocks"
    for number, attachment in enumerate(_as_list(message.get("attachments"))):
        if isinstance(attachment, dict) and attachment.get("blocks") is not None:
            yield attachment["blocks"], f"/attachments/{number}/blocks"


def _walk(blocks: object, at: str) -> Iterator[Placed]:
    """Yield every block, those inside containers and carousels too."""
    for number, block in enumerate(_as_list(blocks)):
        if isinstance(block, dict):
            place = f"{at}/{number}"
            yield block, place
            yield from _walk(block.get("child_blocks"), f"{place}/child_blocks")
            if block.get("type") == "carousel":
                yield from _walk(block.get("elements"), f"{place}/elements")


_ELEMENT_KEYS: Mapping[str, str] = {
    "section": "accessory",
    "input": "element",
    "actions": "elements",
    "context_actions": "elements",
    "card": "actions",
}


def _elements(block: Payload, at: str) -> Iterator[Placed]:
    key = _ELEMENT_KEYS.get(str(block.get("type")))
    value = block.get(key) if key else None
    if isinstance(value, dict):
        yield value, f"{at}/{key}"
    for number, element in enumerate(value if isinstance(value, list) else ()):
        if isinstance(element, dict):
            yield element, f"{at}/{key}/{number}"


def _objects(value: object) -> list[Payload]:
    return [item for item in _as_list(value) if isinstance(item, dict)]


def _as_list(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


# --- What Slack adds (slack-platform.md §4.7) -------------------------------------------------------------------------


def normalise_message_blocks(blocks: Sequence[Payload]) -> list[Payload]:
    """Return a message's blocks as Slack hands them back: every id made, every default written out."""
    taken = {block["block_id"] for block, _ in _walk(list(blocks), "") if "block_id" in block}
    return [_complete_block(block, taken) for block in blocks]


def normalise_view_blocks(blocks: Sequence[Payload]) -> list[Payload]:
    """Return a view's blocks as Slack hands them back."""
    return normalise_message_blocks(blocks)


def normalise_view(view: Payload) -> Payload:
    """Return a view as Slack keeps it."""
    filled: Payload = _filled(view)
    return filled | {"blocks": normalise_view_blocks(view["blocks"])}


def _complete_block(block: Payload, taken: set[str]) -> Payload:
    complete: Payload = _filled(block)
    if "block_id" not in complete:
        complete["block_id"] = _new_id(taken)
    for element, _ in _elements(complete, ""):
        if element["type"] != "image":
            element.setdefault("action_id", _new_id(set()))
    if complete["type"] == "input":
        complete = {"optional": False, "dispatch_action": False} | complete
    children = "elements" if complete["type"] == "carousel" else "child_blocks"
    if children in complete:
        complete[children] = [_complete_block(child, taken) for child in complete[children]]
    return complete


def _filled(value: Any) -> Any:
    """Return a copy in which every text object says its defaults."""
    if isinstance(value, list):
        return [_filled(item) for item in value]
    if not isinstance(value, dict):
        return value
    defaults = _TEXT_DEFAULTS.get(value.get("type"), {}) if "text" in value else {}
    return {key: _filled(item) for key, item in value.items()} | {
        key: item for key, item in defaults.items() if key not in value
    }


_TEXT_DEFAULTS: Mapping[object, Payload] = {
    "plain_text": {"emoji": True},
    "mrkdwn": {"verbatim": False},
}


def _new_id(taken: set[str]) -> str:
    while (name := secrets.token_urlsafe(4)[:5]) in taken:
        pass
    taken.add(name)
    return name


# --- Slack's sentences ------------------------------------------------------------------------------------------------


def _broken(at: str, message: str, constraint: str, expected: object) -> Problem:
    return Problem(at, "failed_constraint", message, constraint=constraint, expected=expected)


def _missing(at: str, key: str) -> Problem:
    return Problem(at, "missing_field", f"missing required field: {key}", field=key)


def _wrong_type(at: str, wanted: str) -> Problem:
    return Problem(at, "invalid_type", f"must provide {wanted}")


def _unknown(at: str, key: str) -> Problem:
    message = f"invalid additional property: {key}"
    return Problem(at, "failed_constraint", message, constraint="additional_properties")


def _unsupported(at: str, kind: object, types: Iterable[str]) -> Problem:
    return _broken(f"{at}/type", f"unsupported type: {kind}", "one_of", sorted(types))


def _response_url(at: str) -> Problem:
    message = "is only available for elements in `input` blocks of modals"
    return _broken(f"{at}/response_url_enabled", message, "enum", [False])


def _or(keys: Sequence[str]) -> str:
    return " or ".join(f"`{key}`" for key in keys)
