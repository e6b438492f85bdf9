"""Reports as people see them: a message, a CSV file and a Markdown file, all made from the same page.

Every word of a page is escaped here, because incidents and causes are named by people.
"""

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from bot.blocks import kit, markdown
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block, Message
from bot.domain.csv_cell import csv_text
from bot.domain.report import Facts, Page, Report, Table

SHARE, CSV, MARKDOWN = "report.share", "report.csv", "report.markdown"

_LONGEST_CELL = 120  # so that many rows fit into Slack's 10,000 characters
_LINES_SHOWN = 10
_IN_FULL = "the CSV has all of it"


def report_list(reports: Sequence[Report]) -> Message:
    """Return which reports there are, and how each is asked for."""
    lines = [f"`/report {one.typed}`  {kit.escape(one.about)}" for one in reports]
    names = ", ".join(one.typed for one in reports)
    how = "With any period: `last month`, `october`, `q3`, `2026-W40`, `30d`. Without one: this month so far; in its first seven days, last month."
    blocks = [kit.header("Reports"), kit.section("\n".join(lines)), kit.context(how)]
    return Message(f"The reports there are: {names}.", blocks)


def report_message(page: Page, *, shared_by: str | None = None) -> Message:
    """Return a report as a message, with a table of Slack's own; `shared_by` is a user id."""
    gathered = page.gathered
    blocks = [kit.header(page.title), kit.section(kit.escape(gathered.headline))]
    has_table = False
    for part in gathered.parts:
        match part:
            case Facts():
                blocks.append(_facts(part))
            case Table() if part.rows and not has_table:
                has_table = True
                blocks += _table(part)
            case Table():
                blocks.append(_lines(part))
    notes = [kit.escape(note) for note in gathered.notes]
    blocks += [kit.context("\n".join(notes))] if notes else []
    blocks.append(kit.context(f"As of {_moment(page)}"))
    if shared_by is not None:
        blocks.append(kit.context(f"Shared by <@{shared_by}>"))
    blocks.append(_buttons(page, is_shared=shared_by is not None))
    return Message(kit.escape(f"{page.title}: {gathered.headline}"), blocks)


def file_name(page: Page, ending: str) -> str:
    """Return what a report's file is called: incident-2026-11.csv."""
    words = page.words.replace(" ", "-").replace("..", "-to-").lower()
    return f"{words}.{ending}"


def report_csv(page: Page) -> str:
    """Return a report as CSV: its first table from the first line on, the rest below, parted by empty lines."""
    parts = list(page.gathered.parts)
    tables = [part for part in parts if isinstance(part, Table)]
    first = tables[:1]
    rows = [row for table in first for row in _spreadsheet(table)]
    rows += [
        (),
        ("Report", page.title),
        ("As of", _local(page)),
        ("In short", page.gathered.headline),
    ]
    for part in parts:
        if part not in first:
            rows += [(), (part.title,), *_csv_rows(part)]
    if page.gathered.notes:
        rows += [(), ("Notes",), *((note,) for note in page.gathered.notes)]
    return csv_text(rows)


def report_markdown(page: Page) -> str:
    """Return a report as Markdown."""
    lines = [f"# {markdown.escaped(page.title)}", "", markdown.escaped(page.gathered.headline)]
    for part in page.gathered.parts:
        lines += ["", f"## {markdown.escaped(part.title)}", "", *_markdown_lines(part)]
    notes = [f"- {markdown.escaped(note)}" for note in page.gathered.notes]
    lines += ["", "## How to read it", "", *notes] if notes else []
    lines += ["", f"As of {_local(page)}"]
    return "\n".join(lines) + "\n"


def _facts(part: Facts) -> Block:
    lines = [f"{kit.escape(fact.name)}: {kit.literal(fact.value)}" for fact in part.facts]
    return kit.section("\n".join([f"*{kit.escape(part.title)}*", *lines]))


def _table(part: Table) -> Iterator[Block]:
    rows = [[_short(text) for text in row] for row in part.rows]
    made = kit.table([list(part.columns), *rows])
    yield kit.section(f"*{kit.escape(part.title)}*")
    yield made
    if rest := _left_out(made, rows):
        yield kit.context(f"{rest:,} more did not fit here; {_IN_FULL}.")
    elif any(_short(text) != _one_line(text) for row in part.rows for text in row):
        yield kit.context(f"Long texts are cut here; {_IN_FULL}.")


def _left_out(made: Block, rows: Sequence[Sequence[str]]) -> int:
    """Return how many rows a table has no room for; its last row then counts them."""
    shown = len(made["rows"]) - 1
    is_cut = made["rows"][-1][0].get("text", "").startswith(f"{kit.ELLIPSIS} and ")
    return len(rows) - shown + 1 if is_cut else 0


def _lines(part: Table) -> Block:
    title = f"*{kit.escape(part.title)}*"
    if not part.rows:
        return kit.section(f"{title}\n{kit.escape(part.empty)}")
    lines = [kit.literal(" · ".join(map(_short, row))) for row in part.rows[:_LINES_SHOWN]]
    rest = len(part.rows) - len(lines)
    more = [f"… and {rest:,} more; {_IN_FULL}"] if rest else []
    return kit.section("\n".join([title, *lines, *more]))


def _buttons(page: Page, *, is_shared: bool) -> Block:
    buttons = [
        kit.button("CSV", CSV, value=page.words),
        kit.button("Markdown", MARKDOWN, value=page.words),
    ]
    if not is_shared:
        buttons.insert(0, kit.button("Share here", SHARE, value=page.words, style="primary"))
    return kit.actions(buttons)


def _csv_rows(part: Facts | Table) -> Iterable[Sequence[str]]:
    match part:
        case Facts():
            return part.facts
        case Table():
            return _spreadsheet(part) if part.rows else [(part.empty,)]


def _spreadsheet(table: Table) -> list[Sequence[str]]:
    """Return a table's head and rows with the columns that are for spreadsheets alone."""
    names = [name for name, _ in table.amounts]
    numbers = list(zip(*(cells for _, cells in table.amounts), strict=True))
    further = numbers or [()] * len(table.rows)
    rows = [[*row, *more] for row, more in zip(table.rows, further, strict=True)]
    return [[*table.columns, *names], *rows]


def _markdown_lines(part: Facts | Table) -> list[str]:
    match part:
        case Facts():
            return [
                f"- {markdown.escaped(fact.name)}: {markdown.escaped(fact.value)}"
                for fact in part.facts
            ]
        case Table():
            if not part.rows:
                return [markdown.escaped(part.empty)]
            return markdown.table(part.columns, part.rows)


def _short(text: str) -> str:
    return kit.truncate(_one_line(text), _LONGEST_CELL)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _moment(page: Page) -> str:
    """Return the instant of a report as each reader sees it in their own zone."""
    at = page.scope.as_of
    return kit.date(at, "{date_short_pretty} at {time}", show_moment(at, ZoneInfo("UTC")))


def _local(page: Page) -> str:
    return show_moment(page.scope.as_of, page.scope.zone)
