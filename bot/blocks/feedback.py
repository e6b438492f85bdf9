"""Feedback as the two people see it: the form, the message, the history, and what can be done with a piece of it.

What people typed stands in rich text, or is escaped. A message's text tells it whole, for phones and screen readers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.blocks import kit, markdown
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block, Message
from bot.domain.feedback import LONGEST_ANSWER, WORDS, Feedback
from bot.domain.feedback_pool import LEAST, LONGEST
from bot.domain.feedback_questions import Prompt
from bot.vocabulary import FeedbackKind, FeedbackLevel

GIVE, HOW, PAGE, SHOW = "feedback.give", "feedback.how", "feedback.page", "feedback.show"
TO, LEVEL = "feedback.to", "feedback.level"
ANSWER, ACTION, AGENDA, ERASE = "feedback.answer", "feedback.action", "feedback.agenda", "feedback.erase"  # fmt: skip
FORM, ANSWER_FORM = "feedback.form", "feedback.answer_form"
PAGE_SIZE = 5
_SHOWN = 500  # characters of a piece in a list
_TITLE = "Feedback"
_UTC = ZoneInfo("UTC")
_KINDS = {
    FeedbackKind.PRAISE: ("💛", "Praise"),
    FeedbackKind.SUGGESTION: ("💡", "Suggestion"),
    FeedbackKind.CONCERN: ("⚠️", "Concern"),
}
_LEVELS = {
    FeedbackLevel.NOTE: ("Note to myself", "Nobody but you ever reads it, and nothing is sent."),
    FeedbackLevel.TWO: (
        "The two of us",
        "Sent to them with your name. Nobody else reads it, no manager either.",
    ),
    FeedbackLevel.POOL: (
        "To leadership without my name",
        f"Sealed; posted on a Monday, shuffled, once {LEAST} people have written.",
    ),
}
_ERASING_NOTE = "Your note is gone then; nobody else had it. Actions made from it stay until they are dropped. The audit log keeps that you erased it, not what it said."  # fmt: skip
_ERASING = "It is gone for whoever reads it, you and the other: from here, from its message in Slack, and from the history of both. Answers to it, and actions and points made from it, stay until they are dropped or erased themselves. The audit log keeps that you erased a piece of feedback, not what it said."  # fmt: skip


@dataclass(frozen=True, slots=True)
class Blank:
    """What the form begins with: what has been chosen, the questions that follow from it, and what has been typed."""

    level: FeedbackLevel
    to: str | None
    prompts: Sequence[Prompt]
    typed: Mapping[str, str]
    kind: str | None = None
    can_seal: bool = True  # whether anything can be said to the leadership


def give_form(blank: Blank) -> Block:
    """Return the form; choosing somebody else, or another level, asks for it anew with other questions."""
    levels = [
        kit.option(name, level, description=means) for level, (name, means) in _LEVELS.items()
    ]
    kinds = [kit.option(f"{sign} {name}", kind) for kind, (sign, name) in _KINDS.items()]
    fields = [
        kit.input_block("Who reads it?", kit.radio_buttons(LEVEL, levels, initial=blank.level), block_id="level", dispatch=True),
        *_whom(blank),
        kit.input_block("What is it?", kit.radio_buttons("kind", kinds, initial=blank.kind), block_id="kind"),
        *_questions(blank),
        kit.context(_small_print(blank)),
    ]  # fmt: skip
    is_note, is_pooled = blank.level is FeedbackLevel.NOTE, blank.level is FeedbackLevel.POOL
    return kit.modal(
        "Note to myself" if is_note else "Give feedback",
        fields,
        callback_id=FORM,
        submit="Keep" if is_note else "Give",
        private_metadata=(blank.to or "") if is_pooled else "",
    )


def answer_form(given: Feedback) -> Block:
    """Return the form in which somebody answers what was given to them."""
    typed = kit.text_input(WORDS, multiline=True, max_length=LONGEST_ANSWER)
    return kit.modal(
        "Answer feedback",
        [
            kit.rich_text(kit.truncate(given.words, _SHOWN), style="quote"),
            kit.input_block("Your answer", typed, block_id=WORDS),
            kit.context(f"It goes to <@{given.giver}>, and to nobody else."),
        ],
        callback_id=ANSWER_FORM,
        submit="Answer",
        private_metadata=str(given.id),
    )


def given_message(given: Feedback) -> Message:
    """Return what the receiver is sent."""
    sign, kind = _KINDS[given.kind]
    if given.reply_to:
        said = f"↩️ <@{given.giver}> answers your feedback #{given.reply_to}, between the two of you"
    else:
        said = f"{sign} {kind} from <@{given.giver}>, between the two of you"
    blocks = [kit.section(f"*{said}*"), *_answers(given), _buttons(given, is_receiver=True)]
    blocks.append(
        kit.context(f"{given.number} · Nobody else reads this. `/feedback` shows it again.")
    )
    return Message(f"{said}: {kit.escape(given.words)}", blocks)


def action_hint(given: Feedback) -> str:
    """Return what somebody is told who writes an action that is made from feedback."""
    return f"Feedback {given.number} is not copied here. Others who get this action read what you write here, and so does whoever reads the feedback."


def undelivered_message(number: int, receiver: str) -> Message:
    """Return what the giver hears where Slack did not take it."""
    text = f"Slack does not let me write to <@{receiver}>. Your feedback #{number} waits where `/feedback` shows it to them."
    return Message(text, [kit.section(text)])


def done_window(given: Feedback) -> Block:
    """Return what the giver sees in the form's place."""
    if given.level is FeedbackLevel.TWO:
        words = f"✅ *Sent to <@{given.receiver}>* as feedback {given.number}. Only the two of you read it."
    else:
        words = f"✅ *Noted* as {given.number}. Only you read it."
    note = kit.context("`/feedback` shows what you gave and were given, and erases it.")
    return kit.modal(_TITLE, [kit.section(words), note], close="Close")


def list_message(
    found: Sequence[Feedback], reader: str, start: int = 0, other: str = "", *, has_more: bool
) -> Message:
    """Return a page of what somebody gave and was given; with `other`, between the two alone."""
    blocks: list[Block] = [kit.header("Feedback")]
    if other:
        blocks.append(kit.context(f"Between you and <@{other}>, and your notes about them"))
    for each in found:
        blocks += _row(each, reader)
    if not found:
        blocks.append(kit.section(_nothing(other)))
    blocks.append(kit.actions(_list_buttons(start, other, has_more=has_more)))
    blocks.append(
        kit.context("Only you see this. `/feedback export` sends it to you as a file, `/feedback erase 12` erases one.")
    )  # fmt: skip
    names = ", ".join(f"{each.number} {_headline(each, reader)}" for each in found)
    return Message(f"Feedback: {names or 'none yet'}.", blocks)


def card_message(given: Feedback, reader: str) -> Message:
    """Return one piece of feedback whole."""
    head = f"{_KINDS[given.kind][0]} *{given.number}* {_headline(given, reader)} · {_day(given)}"
    shown = [kit.section(head), *_answers(given)]
    shown.append(_buttons(given, is_receiver=given.giver != reader, erases=True))
    text = f"{given.number} {_headline(given, reader)}: {kit.escape(given.words)}"
    return Message(text, [*shown, kit.context("Only you see this message.")])


def erase_message(given: Feedback, reader: str) -> Message:
    """Return what erasing means, before it is done."""
    head = f"Erase *{given.number}* {_headline(given, reader)}?"
    means = _ERASING_NOTE if given.level is FeedbackLevel.NOTE else _ERASING
    blocks = [
        kit.section(head),
        kit.rich_text(kit.truncate(given.words, _SHOWN), style="quote"),
        kit.section(means),
        kit.actions([_erase_button(given)]),
    ]
    return Message(f"{head} {means}", blocks)


def erased(given: Feedback) -> str:
    """Return what whoever erased it is told."""
    if given.level is FeedbackLevel.NOTE:
        return f"Your note {given.number} is gone. Nobody else had it."
    return f"Feedback {given.number} is erased, for both of you."


def export_markdown(
    found: Sequence[Feedback], reader: str, names: Mapping[str, str], zone: ZoneInfo
) -> str:
    """Return what somebody gave and was given as a document; `names` are people's by id, `zone` is the reader's."""
    lines = ["# Feedback", "", f"What {markdown.escaped(names[reader])} gave, was given and noted. What was said to the leadership without a name is kept by nobody's name, and is not here."]  # fmt: skip
    for each in found:
        lines += ["", f"## {each.number} {_told(each, reader, names)}", ""]
        lines.append(f"{show_moment(each.given_at, zone)} · {_KINDS[each.kind][1].lower()}")
        for part in each.answers:
            asked = [f"*{markdown.escaped(part.question)}*", ""] if part.question else []
            lines += ["", *asked, markdown.paragraph(part.text)]
    if not found:
        lines += ["", "Nothing yet."]
    return "\n".join(lines) + "\n"


def _whom(blank: Blank) -> Iterator[Block]:
    """Return the field for a person; to the leadership there is none, and whoever was chosen waits in the form unseen."""
    if blank.level is FeedbackLevel.POOL:
        return
    is_note = blank.level is FeedbackLevel.NOTE
    label = "About whom?" if is_note else "For whom?"
    hint = "Leave it empty if it is about nobody else." if is_note else "One person at a time: for two, give it twice."  # fmt: skip
    whom = kit.users_select(TO, initial=blank.to)
    yield kit.input_block(label, whom, block_id="to", hint=hint, optional=True, dispatch=True)


def _questions(blank: Blank) -> Iterator[Block]:
    longest = LONGEST if blank.level is FeedbackLevel.POOL else LONGEST_ANSWER
    for prompt in blank.prompts:
        yield _field(prompt.slug, prompt.text, blank, longest)
    yield _field(WORDS, "Anything else?", blank, longest)


def _field(slug: str, label: str, blank: Blank, longest: int) -> Block:
    initial = blank.typed.get(slug, "")
    room = max(longest, len(initial.encode("utf-16-le", "surrogatepass")) // 2)
    typed = kit.text_input(slug, initial=initial, multiline=True, max_length=min(room, kit.INPUT_LENGTH))  # fmt: skip
    return kit.input_block(label, typed, block_id=slug, optional=True)


def _small_print(blank: Blank) -> str:
    if blank.level is not FeedbackLevel.POOL:
        return "Answer what you like; any question may be left out. `/feedback how` says how it is kept."
    if not blank.can_seal:
        return "Nothing can be said to the leadership without a name here yet: it is sealed with a secret, and none is set (STEWARD_SECRET)."
    return f"At most {LONGEST:,} characters in all. Do not name people; your style may be recognised. `/feedback how` says how it is kept."


def _answers(given: Feedback) -> Iterator[Block]:
    for question, text in given.parts:
        if question:
            yield kit.context(kit.escape(question))
        yield kit.rich_text(text, style="quote")


def _row(given: Feedback, reader: str) -> Iterator[Block]:
    head = f"{_KINDS[given.kind][0]} *{given.number}* {_headline(given, reader)} · {_day(given)}"
    number = str(given.id)
    show = kit.button("Open", f"{SHOW}:{number}", value=number)
    yield kit.section(head, accessory=show)
    yield kit.rich_text(kit.truncate(given.words, _SHOWN), style="quote")


def _headline(given: Feedback, reader: str) -> str:
    """Return what it is and between whom, as one of them is told."""
    kind = "answer" if given.reply_to else _KINDS[given.kind][1].lower()
    if given.level is FeedbackLevel.NOTE:
        about = f" about <@{given.receiver}>" if given.receiver else ""
        return f"your note{about} ({kind})"
    if given.giver == reader:
        return f"{kind} from you to <@{given.receiver}>"
    return f"{kind} from <@{given.giver}> to you"


def _told(given: Feedback, reader: str, names: Mapping[str, str]) -> str:
    kind = "Answer" if given.reply_to else _KINDS[given.kind][1]
    other = markdown.escaped(names.get(given.other(reader) or "", ""))
    if given.level is FeedbackLevel.NOTE:
        return f"Note to myself about {other}" if other else "Note to myself"
    return f"{kind} to {other}" if given.giver == reader else f"{kind} from {other}"


def _day(given: Feedback) -> str:
    return kit.date(given.given_at, "{date_short_pretty}", show_moment(given.given_at, _UTC))


def _buttons(given: Feedback, *, is_receiver: bool, erases: bool = False) -> Block:
    number = str(given.id)
    buttons = []
    if is_receiver:
        buttons.append(kit.button("Answer", f"{ANSWER}:{number}", value=number, style="primary"))
    buttons.append(kit.button("Make an action", f"{ACTION}:{number}", value=number))
    if given.level is FeedbackLevel.TWO:
        buttons.append(kit.button("Put on our agenda", f"{AGENDA}:{number}", value=number))
    if erases:
        buttons.append(_erase_button(given))
    return kit.actions(buttons)


def _erase_button(given: Feedback) -> Block:
    whose = (
        "Your note is gone then"
        if given.level is FeedbackLevel.NOTE
        else "It is gone for both of you"
    )
    sure = kit.confirm(f"Erase {given.number}?", f"{whose} and cannot be brought back.", yes="Erase it", no="Keep it", style="danger")  # fmt: skip
    return kit.button(
        "Erase", f"{ERASE}:{given.id}", value=str(given.id), style="danger", confirm=sure
    )


def _list_buttons(start: int, other: str, *, has_more: bool) -> list[Block]:
    buttons = [kit.button("Give feedback", GIVE, value=other or None, style="primary")]
    if start:
        newer = max(start - PAGE_SIZE, 0)
        buttons.append(kit.button("Newer", f"{PAGE}:newer", value=f"{newer}:{other}"))
    if has_more:
        older = start + PAGE_SIZE
        buttons.append(kit.button("Older", f"{PAGE}:older", value=f"{older}:{other}"))
    return [*buttons, kit.button("How is it kept?", HOW)]


def _nothing(other: str) -> str:
    if other:
        return f"There is nothing between you and <@{other}> yet."
    return "You have given no feedback and were given none yet."
