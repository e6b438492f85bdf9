"""One sentence for one person: as a message, or as a small window where there is no channel to answer in."""

from bot.blocks import kit
from bot.blocks.kit import Block, Message


def notice(sentence: str) -> Message:
    """Return a sentence as a message; what people typed into it cannot ping anybody."""
    text = kit.escape(sentence)
    return Message(text, [kit.section(text)])


def notice_window(sentence: str, title: str = "Steward") -> Block:
    """Return a sentence as a window that can only be closed."""
    return kit.modal(title, notice(sentence).blocks, close="Close")
