"""Cells of CSV files that a spreadsheet will open: none may become a formula there, and none may come back changed.

A text that a spreadsheet would compute gets an apostrophe in front, which spreadsheets take for "this is text". One that
begins with apostrophes and then such a sign gets one more, so that taking one away always gives what was there.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_COMPUTED = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001 (the wide ones count for spreadsheets too)
_DEFUSED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001


def defused(text: str) -> str:
    """Return a text as a cell that no spreadsheet computes."""
    return f"'{text}" if _COMPUTED.match(text) else text


def restored(cell: str) -> str:
    """Return the text that `defused` was given."""
    return cell[1:] if _DEFUSED.match(cell) else cell


def csv_text(rows: Iterable[Sequence[str | int]]) -> str:
    """Return rows as the text of a CSV file, each text in it defused; numbers stay numbers."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerows(
        [defused(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return made.getvalue()
