"""What is said when something has been done with an action item: to whoever did it, with the way back, and to its owner."""

from bot.blocks import kit
from bot.blocks.action import DO, Said, details_of, due_words, title_of
from bot.blocks.kit import Message
from bot.domain.action import Change
from bot.domain.action_item import ActionItem
from bot.domain.day import show_day, sounds_dated
from bot.domain.errand import Verb
from bot.domain.person import Person
from bot.vocabulary import ActionState


def added(item: ActionItem, by: Person) -> Said:
    """Say that an action was added."""
    whose = "yours" if item.owner == by.id else f"<@{item.owner}>’s, and I have told them"
    dated = (
        f" I read no day in it: `/action due {item.id} friday` gives it one."
        if item.due_on is None and sounds_dated(item.text)
        else ""
    )
    return Said(f"✅ Added. #{item.id} is {whose}.{dated}", f"drop {item.id} added by mistake")


def said_of(verb: Verb, change: Change, by: Person) -> Said:
    """Say what an errand did with an action."""
    match verb:
        case Verb.DONE:
            return done(change, by)
        case Verb.VERIFY:
            return verified(change)
        case Verb.REOPEN:
            return reopened(change)
        case Verb.DROP:
            return dropped(change)
        case Verb.SNOOZE:
            return snoozed(change)
        case Verb.DUE:
            return moved(change)
        case Verb.GIVE:
            return given(change)
    raise AssertionError(f"{verb} changes nothing")


def done(change: Change, by: Person) -> Said:
    """Say that an action is done, and who verifies it."""
    item = change.after
    who = (
        "you verify it yourself"
        if item.verifier == by.id
        else f"<@{item.verifier}> is asked to verify it"
    )
    return Said(f"✅ #{item.id} is done; {who}.", f"reopen {item.id}")


def verified(change: Change) -> Said:
    """Say that an action is verified."""
    return Said(
        f"✅ #{change.after.id} is verified. Nobody is chased for it any more.",
        f"reopen {change.after.id}",
    )


def reopened(change: Change) -> Said:
    """Say that an action is open again."""
    return Said(f"#{change.after.id} is open again, and <@{change.after.owner}> is reminded of it.")


def dropped(change: Change) -> Said:
    """Say that an action was dropped."""
    return Said(f"#{change.after.id} is dropped.", f"reopen {change.after.id}")


def snoozed(change: Change) -> Said:
    """Say until when an action is snoozed."""
    item, was = change.after, change.before.snoozed_until
    if item.snoozed_until is None:
        undo = f"snooze {item.id} {was.isoformat()}" if was and was > item.today else None
        return Said(f"#{item.id} is not snoozed any more.", undo)
    until = show_day(item.snoozed_until, item.today)
    kept = " Its due date stays." if item.due_on else ""
    return Said(f"💤 #{item.id} is snoozed until {until}.{kept}", f"snooze {item.id} off")


def moved(change: Change) -> Said:
    """Say when an action is due now."""
    item, was = change.after, change.before.due_on
    is_past = was is not None and was < item.today
    undo = None if is_past else f"due {item.id} {was.isoformat() if was else 'none'}"
    return Said(f"#{item.id}: {due_words(item)}.", undo)


def given(change: Change) -> Said:
    """Say whose an action is now."""
    item = change.after
    return Said(f"#{item.id} is <@{item.owner}>’s now.", f"give {item.id} <@{change.before.owner}>")


# What an owner is told when somebody else does something with their action.


def given_message(item: ActionItem, by: Person) -> Message:
    """Tell an owner that somebody has given them an action."""
    return _owner_news(item, f"<@{by.id}> gave you an action item", is_open=True)


def taken_message(change: Change, by: Person) -> Message:
    """Tell whoever had an action that somebody else has given it away."""
    sentence = f"<@{by.id}> gave your action item to <@{change.after.owner}>"
    return _owner_news(change.after, sentence, is_open=False)


def changed_message(change: Change, by: Person) -> Message:
    """Tell an owner what somebody else has done with their action."""
    item = change.after
    match item.state:
        case ActionState.DROPPED:
            return _owner_news(item, f"<@{by.id}> dropped your action item", is_open=False)
        case ActionState.OPEN if change.before.state is not ActionState.OPEN:
            return _owner_news(item, f"<@{by.id}> reopened your action item", is_open=True)
    return _owner_news(item, f"<@{by.id}> changed your action item", is_open=True)


def _owner_news(item: ActionItem, sentence: str, *, is_open: bool) -> Message:
    buttons = [kit.button("Details", f"{DO}:details", value=str(item.id))]
    if is_open:
        done = kit.button("Done", f"{DO}:{item.id}", value=f"done {item.id}", style="primary")
        buttons.insert(0, done)
    reason = f" · {kit.literal(item.reason)}" if item.reason else ""
    return Message(
        f"{sentence}: #{item.id} {kit.literal(item.text)}, {due_words(item)}{reason}.",
        [
            kit.section(f"{sentence}."),
            kit.section(kit.plain(title_of(item))),
            kit.context(details_of(item, owner=False) + reason),
            kit.actions(buttons),
        ],
    )
