"""The same blocks as text: for a terminal, and for tests that a reviewer can read.

`# ` begins a header, `| ` a section, `~ ` a context line, `[…]` are buttons; a chart is named, a table is laid out.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.blocks.kit import UNSEEN, Message

_DATE = re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>")
_LINK = re.compile(r"<(?:https?|mailto):[^|>]*\|([^>]*)>")


def plain(message: Message) -> str:
    """Return a message as lines of text."""
    return "\n".join(line for block in message.blocks for line in _lines(block))


def _lines(block: Mapping[str, Any]) -> Iterable[str]:
    match block["type"]:
        case "header":
            yield f"# {block['text']['text']}"
        case "section":
            yield from _section(block)
        case "context":
            yield f"~ {' '.join(_text(element) for element in block['elements'])}"
        case "actions":
            yield " ".join(f"[{_label(element)}]" for element in block["elements"])
        case "divider":
            yield "---"
        case "data_visualization":
            names = " and ".join(series["name"] for series in block["chart"]["series"])
            yield f"(chart: {block['title']}, {names})"
        case "rich_text":
            yield from (f"| {line}" for line in _leaves(block).splitlines())
        case "table":
            yield from (f"| {line}" for line in table_lines(block))
        case other:
            yield f"({other})"


def _section(block: Mapping[str, Any]) -> Iterable[str]:
    texts = [block["text"], *block.get("fields", [])] if "text" in block else block["fields"]
    lines = [line for text in texts for line in _text(text).splitlines()]
    if "accessory" in block:
        lines[0] += f"  [{_label(block['accessory'])}]"
    yield from (f"| {line}" for line in lines)


def _leaves(block: Mapping[str, Any]) -> str:
    """Return the words of rich text, a line for each part."""
    parts = (part.get("elements", ()) for part in block["elements"])
    return "\n".join("".join(str(leaf.get("text", "")) for leaf in part) for part in parts)


def _label(element: Mapping[str, Any]) -> str:
    text = element.get("text") or element.get("placeholder")
    return _text(text) if text else str(element["type"])


def _text(text: Mapping[str, Any]) -> str:
    shown = str(text.get("text", text.get("alt_text", "")))
    if text.get("type") == "plain_text":
        return shown
    shown = _LINK.sub(r"\1", _DATE.sub(r"\1", shown)).replace(UNSEEN, "")
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _cell(cell: Mapping[str, Any] | None) -> str:
    return "" if cell is None else str(cell.get("text", cell.get("value", "")))


def table_lines(block: Mapping[str, Any]) -> list[str]:
    """Return a table's rows as lines of text, its columns under one another."""
    rows = [[_cell(cell) for cell in row] for row in block["rows"]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
