"""What one person is told: a sentence as a message, or a sentence or message as a window where there is no channel."""

from collections.abc import Iterator

from bot.blocks import kit
from bot.blocks.kit import Block, Message
from bot.blocks.plain import table_lines

NEEDS_CHANNEL = ".share"  # how the action ids end of buttons that make no sense in a window


def notice(sentence: str) -> Message:
    """Return a sentence as a message; what people typed into it cannot ping anybody."""
    text = kit.escape(sentence)
    return Message(text, [kit.section(text)])


def notice_window(sentence: str, title: str = "Steward") -> Block:
    """Return a sentence as a window that can only be closed."""
    return kit.modal(title, notice(sentence).blocks, close="Close")


def message_window(message: Message, title: str = "Steward") -> Block:
    """Return a message as a window; a chart is left out there and a table becomes lines, because Slack shows neither."""
    blocks = [shown for block in message.blocks for shown in _for_window(block)]
    return kit.modal(title, blocks, close="Close")


def _for_window(block: Block) -> Iterator[Block]:
    match block["type"]:
        case "data_visualization":
            return
        case "actions":
            kept = [
                one for one in block["elements"] if not one["action_id"].endswith(NEEDS_CHANNEL)
            ]
            if kept:
                yield {**block, "elements": kept}
        case "table":
            yield kit.rich_text("\n".join(table_lines(block)), style="preformatted")
        case _:
            yield block
