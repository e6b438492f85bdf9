"""What a person is told of action items in the morning: their own, what they verify, what is late with others."""

from collections.abc import Iterator, Sequence

from bot.blocks import kit
from bot.blocks.action import (
    DO,
    MENU,
    Said,
    action_lines,
    banner,
    count_words,
    names_of,
    news_after,
    snoozes,
)
from bot.blocks.kit import Block, Message
from bot.domain.action_item import ActionItem
from bot.domain.day import show_day
from bot.domain.reminder import Morning
from bot.vocabulary import ActionState

MORNING = "morning"  # where a button in this message leads back to

_PARTS = {"due": 6, "verify": 4, "late": 5}  # how many of each: a message has room for 50 blocks


def morning_message(morning: Morning, said: Said | None = None) -> Message:
    """Return everything a person is told on one day: their own, what they verify, what is late with others."""
    blocks = [kit.header(f"Action items · {show_day(morning.day, morning.day)}")]
    blocks += banner(said, MORNING)
    parts = (
        ("due", "Yours", morning.due),
        ("verify", "Done, for you to verify", morning.to_verify),
        ("late", "Overdue with others", morning.late),
    )
    for part, title, items in parts:
        if items:
            blocks += _morning_part(part, title, items)
    return Message(news_after(said, _morning_news(morning)), blocks)


def numbers_in(message: Block) -> dict[str, list[int]]:
    """Return which actions a morning's message is about, part by part, so that it can be made again."""
    found: dict[str, list[int]] = {part: [] for part in _PARTS}
    for block in message.get("blocks") or ():
        part, _, number = str(block.get("block_id", "")).removeprefix("action.").partition(":")
        if part in found and number.isdecimal():
            found[part].append(int(number))
    return found


def _morning_part(part: str, title: str, items: Sequence[ActionItem]) -> Iterator[Block]:
    yield kit.context(f"*{title}* ({len(items)})")
    shown = items[: _PARTS[part]]
    for item in shown:
        words, details = action_lines(item, owner=part != "due")
        yield words | {"block_id": f"action.{part}:{item.id}"}
        yield details
        yield from _morning_buttons(part, item)
    if len(items) > len(shown):
        yield kit.context(f"and {len(items) - len(shown)} more: `/action`")


def _morning_buttons(part: str, item: ActionItem) -> Iterator[Block]:
    number = str(item.id)
    details = kit.option("Details", number)
    if part == "due" and item.state is ActionState.OPEN:
        choices = [kit.option(label, words) for label, words in snoozes(item)]
        yield kit.actions(
            [
                kit.button("Done", f"{DO}:{MORNING}:done", value=f"done {number}", style="primary"),
                kit.overflow(f"{MENU}:{MORNING}", [*choices, details]),
            ]
        )
    elif part == "verify" and item.state is ActionState.DONE:
        yield kit.actions(
            [
                kit.button(
                    "Verify", f"{DO}:{MORNING}:verify", value=f"verify {number}", style="primary"
                ),
                kit.button("Reopen", f"{DO}:{MORNING}:reopen", value=f"reopen {number}"),
                kit.overflow(f"{MENU}:{MORNING}", [details]),
            ]
        )


def _morning_news(morning: Morning) -> str:
    """Say what there is to do; what has been done since the message was sent is not told again."""
    due = [item for item in morning.due if item.state is ActionState.OPEN]
    to_verify = [item for item in morning.to_verify if item.state is ActionState.DONE]
    late = [item for item in morning.late if item.is_overdue]
    parts = [
        f"{count_words(len(items))} {what}: {names_of(items)}"
        for items, what in ((due, "to do"), (to_verify, "to verify"), (late, "overdue with others"))
        if items
    ]
    return f"{'. '.join(parts)}." if parts else "Nothing is left to do here."
