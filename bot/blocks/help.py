"""What a command is for and how it is typed: each handler says it once, help pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.blocks import kit
from bot.blocks.kit import Message


@dataclass(frozen=True, slots=True)
class Help:
    """One command: what it is for in one line, and examples with what each does."""

    command: str
    purpose: str
    examples: Sequence[tuple[str, str]]
    notes: Sequence[str] = ()


def help_message(page: Help) -> Message:
    """Return one command's help."""
    lines = "\n".join(f"`{kit.escape(typed)}`  {kit.escape(does)}" for typed, does in page.examples)
    blocks = [
        kit.header(page.command),
        kit.section(kit.escape(page.purpose)),
        kit.section(lines),
        *(kit.context(kit.escape(note)) for note in page.notes),
    ]
    return Message(f"{page.command}: {page.purpose}", blocks)
