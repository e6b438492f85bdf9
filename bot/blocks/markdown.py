"""Markdown for files: tables and lists in which what people typed stays words."""

import re
from collections.abc import Iterable, Sequence

_SIGNS = re.compile(r"([\\`*_\[\]<>|~#])")
_BREAKS = re.compile(r"\s*\n\s*")


def escaped(text: str) -> str:
    """Return somebody's words as Markdown shows them: no link, no picture, no table cell of their own."""
    return _SIGNS.sub(r"\\\1", text)


def cell(text: str) -> str:
    """Return somebody's words as a table's cell; lines are parted as HTML does, because a row is one line."""
    return _BREAKS.sub("<br>", escaped(text.strip()))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table."""
    return [
        _row([f"**{cell(column)}**" for column in columns]),
        _row(["---"] * len(columns)),
        *(_row([cell(text) for text in row]) for row in rows),
    ]


def paragraph(text: str) -> str:
    """Return somebody's words of several lines, each line kept a line."""
    lines = [escaped(line.strip()) for line in text.strip().splitlines()]
    return "\\\n".join(line for line in lines if line)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
