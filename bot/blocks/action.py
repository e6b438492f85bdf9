"""Action items as people see them: one line, lists, and a card with its history.

A button's value is the words of an errand, as somebody would type it; what follows the first colon of its action id is
the list or card to show again afterwards. What people have written is plain text everywhere.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.blocks import kit
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block, Message
from bot.domain.action import Event
from bot.domain.action_item import ActionItem, Deed, Source, deeds
from bot.domain.action_list import Mine
from bot.domain.day import show_day
from bot.domain.errand import Errand, Verb
from bot.domain.person import Person
from bot.vocabulary import ActionState

DO, MENU, EDIT, DROP, NEW = "action.do", "action.menu", "action.edit", "action.drop", "action.new"

_PAGE = 12
_FEW = 5
_SHORT = 80  # characters of an action where it is one of many in a line
STATES = {
    ActionState.OPEN: "open",
    ActionState.DONE: "done, not verified yet",
    ActionState.VERIFIED: "done and verified",
    ActionState.DROPPED: "dropped",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What has just been done, in a sentence of mrkdwn, and the errand that takes it back."""

    sentence: str
    undo: str | None = None


# One action.


def due_words(item: ActionItem) -> str:
    """Return when an action is due, as one says it: "due tomorrow", "due Fri 27 Nov", "3 days overdue"."""
    if item.due_on is None or item.days_left is None:
        return "no due date"
    if item.is_overdue:
        days = -item.days_left
        return f"{days} day{'' if days == 1 else 's'} overdue"
    if item.state is ActionState.OPEN and item.days_left in (0, 1):
        return "due tomorrow" if item.days_left else "due today"
    return f"due {show_day(item.due_on, item.today)}"


def action_lines(item: ActionItem, accessory: Block | None = None, *, owner: bool) -> list[Block]:
    """Return an action in two lines: its words, and small below them when it is due, whose it is, where it comes from."""
    words = kit.section(kit.plain(title_of(item)), accessory=accessory)
    return [words, kit.context(details_of(item, owner=owner))]


def action_words(item: ActionItem) -> str:
    """Return an action in one line of mrkdwn, for lists of other rooms: number, words, owner and day."""
    return f"#{item.id} {kit.literal(item.text)} · <@{item.owner}> · {_standing(item)}"


def title_of(item: ActionItem) -> str:
    """Return an action's number and words, for plain text."""
    return f"#{item.id} · {item.text}"


def _short(item: ActionItem) -> str:
    return f"#{item.id} {kit.literal(kit.truncate(item.text, _SHORT))}"


def _standing(item: ActionItem) -> str:
    if item.state is not ActionState.OPEN:
        return STATES[item.state]
    return f"🔴 {due_words(item)}" if item.is_overdue else due_words(item)


def details_of(item: ActionItem, *, owner: bool) -> str:
    """Return when an action is due, perhaps whose it is, and where it comes from, as mrkdwn."""
    parts = [
        _standing(item),
        f"<@{item.owner}>" if owner else "",
        _snoozed(item),
        _from(item.source),
    ]
    return " · ".join(part for part in parts if part)


def _snoozed(item: ActionItem) -> str:
    if item.snoozed_until is None or item.state is not ActionState.OPEN:
        return ""
    return f"snoozed until {show_day(item.snoozed_until, item.today)}"


def _from(source: Source) -> str:
    if not source.label:
        return ""
    label = kit.literal(source.label).replace("|", "/")
    is_linked = (
        source.link
        and source.link.startswith(("https://", "http://"))
        and not set("<>|") & {*source.link}
    )
    where = f"from <{source.link}|{label}>" if is_linked else f"from {label}"
    return where if source.audience is None else f"{where} · private"


# Lists.


def mine_message(found: Mine, by: Person, page: Errand, said: Said | None = None) -> Message:
    """Return what is on somebody's plate: their open actions, what they verify, and what waits for others."""
    origin = page.words()
    own, to_verify = found.open[page.start : page.start + _PAGE], found.to_verify[:_FEW]
    blocks = [kit.header("Your action items"), *banner(said, origin)]
    if not (found.open or found.to_verify or found.waiting):
        blocks += _empty("Nothing to do: you have no open action items.")
        return Message(news_after(said, "You have no open action items."), blocks)
    for item in own:
        blocks += action_lines(item, _menu(item, by, origin), owner=False)
    blocks += _more(len(found.open), page, len(own))
    if to_verify:
        blocks.append(kit.context(f"*Done, for you to verify* ({len(found.to_verify)})"))
        for item in to_verify:
            blocks += action_lines(item, _menu(item, by, origin), owner=True)
    if found.waiting:
        waiting = "\n".join(
            f"{_short(item)} · <@{item.verifier}> verifies" for item in found.waiting[:_FEW]
        )
        blocks.append(
            kit.context(f"*Done, waiting to be verified* ({len(found.waiting)})\n{waiting}")
        )
    blocks.append(
        kit.context("`/action add` adds one, `/action help` shows what else I understand.")
    )
    return Message(news_after(said, _mine_news(found)), blocks)


def list_message(
    items: Sequence[ActionItem], by: Person, page: Errand, said: Said | None = None
) -> Message:
    """Return other people's actions too: what is overdue, or everything that is not finished."""
    origin, is_overdue = page.words(), page.verb is Verb.OVERDUE
    whose = f" of <@{page.owner}>" if page.owner else ""
    title = "Overdue action items" if is_overdue else "Open action items"
    blocks = [kit.header(title), *banner(said, origin)]
    if whose:
        blocks.append(kit.context(f"Those{whose}"))
    if not items:
        empty = "Nothing is overdue." if is_overdue else "There are no open action items."
        return Message(news_after(said, empty), [*blocks, *_empty(empty)])
    shown = items[page.start : page.start + _PAGE]
    for item in shown:
        blocks += action_lines(item, _menu(item, by, origin), owner=True)
    blocks += _more(len(items), page, len(shown))
    news = f"{count_words(len(items))}{' overdue' if is_overdue else ' open or not verified'}{whose}: {names_of(shown)}."
    return Message(news_after(said, news), blocks)


def _mine_news(found: Mine) -> str:
    parts = []
    if found.open:
        parts.append(f"You have {count_words(len(found.open))} open: {names_of(found.open)}")
    if found.to_verify:
        parts.append(
            f"{count_words(len(found.to_verify))} for you to verify: {names_of(found.to_verify)}"
        )
    if found.waiting:
        parts.append(f"{count_words(len(found.waiting))} of yours done and waiting to be verified")
    return ". ".join(parts) + "."


def names_of(items: Sequence[ActionItem]) -> str:
    """Return the first actions in a line of mrkdwn, each with its day."""
    named = [f"{_short(item)} ({due_words(item)})" for item in items[:_FEW]]
    return "; ".join([*named, *(["…"] if len(items) > _FEW else [])])


def count_words(number: int) -> str:
    """Return how many action items, in words."""
    return f"{number} action item{'' if number == 1 else 's'}"


def _empty(sentence: str) -> list[Block]:
    return [
        kit.section(
            f"{sentence} Write `/action add @name what to do by friday`, or fill in a form."
        ),
        kit.actions([kit.button("Add one", NEW)]),
    ]


def _more(whole: int, page: Errand, shown: int) -> list[Block]:
    """Return how many there are besides, with the button that shows the next."""
    left = whole - page.start - shown
    blocks = []
    if page.start:
        blocks.append(kit.context(f"{page.start + 1} to {page.start + shown} of {whole}"))
    if left > 0:
        following = Errand(page.verb, owner=page.owner, start=page.start + shown).words()
        blocks.append(kit.actions([kit.button(f"{left} more", f"{DO}:list", value=following)]))
    return blocks


def _menu(item: ActionItem, by: Person, origin: str) -> Block:
    """Return what a person may do with an action of a list, behind three dots."""
    may = deeds(item, by)
    options = [kit.option(label, words) for label, words in _choices(item, may)]
    return kit.overflow(f"{MENU}:{origin}", [*options, kit.option("Details", str(item.id))][:5])


def _choices(item: ActionItem, may: Collection[Deed]) -> Iterator[tuple[str, str]]:
    if Deed.DONE in may:
        yield "Done", f"done {item.id}"
    if Deed.VERIFY in may:
        yield "Verify", f"verify {item.id}"
    if Deed.REOPEN in may:
        yield "Reopen", f"reopen {item.id}"
    if Deed.CHANGE in may:
        yield from snoozes(item)


def snoozes(item: ActionItem) -> Iterator[tuple[str, str]]:
    """Return for how long an action can be snoozed: what a menu says, and the errand."""
    if item.snoozed_until is not None:
        yield "Snooze no longer", f"snooze {item.id} off"
        return
    yield "Snooze 1 day", f"snooze {item.id} 1d"
    yield "Snooze 3 days", f"snooze {item.id} 3d"
    yield "Snooze until next Monday", f"snooze {item.id} next week"


def banner(said: Said | None, origin: str) -> list[Block]:
    """Return what has just been done, with a button that takes it back."""
    if said is None:
        return []
    undo = kit.button("Undo", f"{DO}:{origin}", value=said.undo) if said.undo else None
    return [kit.section(said.sentence, accessory=undo)]


def news_after(said: Said | None, news: str) -> str:
    """Return a message's text: what has just been done, then the news."""
    return f"{said.sentence} {news}" if said else news


# The card.


def card_message(
    item: ActionItem, events: Sequence[Event], by: Person, said: Said | None = None
) -> Message:
    """Return one action with its history, and buttons for what this person may do with it."""
    origin = str(item.id)
    blocks = [
        *banner(said, origin),
        kit.header(f"Action #{item.id}"),
        kit.section(kit.plain(item.text)),
        *([kit.section(kit.plain(item.note))] if item.note else []),
        kit.context(details_of(item, owner=True)),
        *([kit.context(f"Dropped: {kit.literal(item.reason)}")] if item.reason else []),
        kit.context("\n".join(_told(event, item, by) for event in events) or kit.NOTHING),
    ]
    buttons = [*_card_buttons(item, by, origin)]
    if buttons:
        blocks.append(kit.actions(buttons))
    news = f"#{item.id} {kit.literal(item.text)}: {STATES[item.state]}, {due_words(item)}, <@{item.owner}>."
    return Message(news_after(said, news), blocks)


def _card_buttons(item: ActionItem, by: Person, origin: str) -> Iterator[Block]:
    may = deeds(item, by)
    number = str(item.id)
    for deed, label in ((Deed.DONE, "Done"), (Deed.VERIFY, "Verify"), (Deed.REOPEN, "Reopen")):
        if deed in may:
            style: kit.Style | None = None if deed is Deed.REOPEN else "primary"
            words = f"{label.lower()} {number}"
            yield kit.button(label, f"{DO}:{origin}:{label.lower()}", value=words, style=style)
    if Deed.CHANGE in may:
        yield kit.button("Edit", EDIT, value=number)
        choices = [kit.option(label, words) for label, words in snoozes(item)]
        yield kit.static_select(f"{MENU}:{origin}", choices, placeholder="Snooze")
    if Deed.DROP in may:
        yield kit.button("Drop", DROP, value=number)


def _told(event: Event, item: ActionItem, by: Person) -> str:
    when = kit.date(event.at, "{date_short_pretty} {time}", show_moment(event.at, by.zone))
    return f"<@{event.who}> {_deed(event, item)}, {when}"


def _deed(event: Event, item: ActionItem) -> str:
    match event.part:
        case "state":
            return _turn(event)
        case "owner":
            return f"gave it to <@{event.after}>"
        case "due":
            return _moved(event, item)
        case "snoozed":
            return (
                f"snoozed it until {_day(event.after, item)}" if event.after else "ended the snooze"
            )
        case "text":
            return f"changed the words, which were “{kit.literal(kit.truncate(event.before or '', 100))}”"
    return f"changed the {kit.escape(event.part)}"


def _turn(event: Event) -> str:
    state, _, remark = (event.after or "").partition(":")
    words = {
        ActionState.OPEN: "reopened it" if event.before else "made it",
        ActionState.DONE: "marked it done",
        ActionState.VERIFIED: "verified it",
        ActionState.DROPPED: "dropped it",
    }[ActionState(state)]
    return f"{words} (“{kit.literal(kit.truncate(remark, 100))}”)" if remark else words


def _moved(event: Event, item: ActionItem) -> str:
    if event.after is None:
        return f"took the due date away, which was {_day(event.before, item)}"
    was = f" from {_day(event.before, item)}" if event.before else ""
    return f"{'moved' if was else 'set'} the due date{was} to {_day(event.after, item)}"


def _day(written: str | None, item: ActionItem) -> str:
    return show_day(date.fromisoformat(written), item.today) if written else kit.NOTHING
