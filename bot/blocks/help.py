"""What a command is for and how it is typed: each handler says it once, help pages show it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.blocks import kit
from bot.blocks.kit import Message

_EXAMPLES = 5  # of each command, where all of them are shown together
_UNFOLDED, _LINES = (
    600,
    8,
)  # characters and lines of a section; Slack folds longer ones behind “See more”


@dataclass(frozen=True, slots=True)
class Help:
    """One command: what it is for in one line, and examples with what each does."""

    command: str
    purpose: str
    examples: Sequence[tuple[str, str]]
    notes: Sequence[str] = ()


def help_message(page: Help) -> Message:
    """Return one command's help."""
    lines = [f"`{kit.escape(typed)}`  {kit.escape(does)}" for typed, does in page.examples]
    blocks = [
        kit.header(page.command),
        kit.section(kit.escape(page.purpose)),
        *(kit.section("\n".join(some)) for some in _apart(lines)),
        *(kit.context(kit.escape(note)) for note in page.notes),
    ]
    return Message(f"{page.command}: {page.purpose}", blocks)


def _apart(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """Return a page's lines in sections so short that Slack folds none of them away."""
    start, length = 0, 0
    for number, line in enumerate(lines):
        length += len(line) + 1
        if number > start and (length > _UNFOLDED or number - start >= _LINES):
            yield lines[start:number]
            start, length = number, len(line) + 1
    if lines:
        yield lines[start:]


def all_help(pages: Mapping[str, Help], own: Help) -> Message:
    """Return what every command is for, one's own page first."""
    commands = [
        own,
        *(page for page in pages.values() if page.command.startswith("/") and page != own),
    ]
    blocks = [kit.header("What you can ask me")]
    for page in commands:
        lines = "\n".join(
            f"`{kit.escape(typed)}`  {kit.escape(does)}"
            for typed, does in page.examples[:_EXAMPLES]
        )
        more = f"\n`{page.command} help` shows the rest" if len(page.examples) > _EXAMPLES else ""
        blocks.append(kit.section(f"*{page.command}*  {kit.escape(page.purpose)}\n{lines}{more}"))
    names = ", ".join(page.command for page in commands)
    return Message(f"What you can ask me: {names}.", blocks)
