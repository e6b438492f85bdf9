"""A pulse survey as the people it asks see it: the question in their messages, the form, the receipt, and how it is kept."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from bot.blocks import kit
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block, Message
from bot.domain.layout import COMMENT_PEOPLE, COMMENTS
from bot.domain.pulse import LONGEST_COMMENT, Wave
from bot.domain.pulse_answer import ANSWERED, COMMENT, ENPS
from bot.domain.question_bank import (
    COMMENT_QUESTION,
    COMMENT_WARNING,
    ENPS_ENDS,
    ENPS_QUESTION,
    ENPS_SCALE,
    LIKERT,
)
from bot.domain.receipt import RECEIPT

OPEN, HOW = "pulse.open", "pulse.how"
CHANGE, WITHDRAW = "pulse.change", "pulse.withdraw"
FORM, CHANGE_FORM, WITHDRAW_FORM = "pulse.answer", "pulse.change_answer", "pulse.withdraw_answer"
_TITLE = "Pulse survey"
_UTC = ZoneInfo("UTC")


def ask_message(wave: Wave) -> Message:
    """Return the message that asks somebody."""
    words = f"*{kit.literal(wave.terms.name)}*: {_questions(wave)}, about a minute.\n<@{wave.owner}> asks you; answering is voluntary and confidential."
    return _call(wave, words)


def reminder_message(wave: Wave) -> Message:
    """Return the message to somebody who has not answered when it is written."""
    words = f"*{kit.literal(wave.terms.name)}* is still open, and your answer would count. If you have answered meanwhile, never mind this."
    return _call(wave, words)


def answer_form(wave: Wave) -> Block:
    """Return the form in which somebody answers; it names nothing but the wave."""
    return kit.modal(
        _TITLE,
        [kit.section(f"*{kit.literal(wave.terms.name)}*"), *_fields(wave), kit.context(_KEPT)],
        callback_id=FORM,
        submit="Send",
        private_metadata=str(wave.id),
    )


def answered_window(wave: Wave) -> Block:
    """Return what somebody sees who has answered already."""
    number = str(wave.id)
    buttons = [
        kit.button("Change it", CHANGE, value=number),
        kit.button("Withdraw it", WITHDRAW, value=number),
        kit.button("How is it kept?", HOW, value=number),
    ]
    said = kit.section(f"*{kit.literal(wave.terms.name)}*\n{ANSWERED}")
    return kit.modal(_TITLE, [said, kit.actions(buttons)], close="Close", clear_on_close=True)


def change_form(wave: Wave) -> Block:
    """Return the form for another answer in the place of the first; what the first was cannot be looked up."""
    note = kit.section("⚠️ *What you send now takes the place of your first answer as a whole*: whatever you leave empty counts as not answered. Your first answer is not shown here, for it cannot be found without your code.")  # fmt: skip
    return kit.modal(
        "Change my answer",
        [note, _receipt_field(), *_fields(wave)],
        callback_id=CHANGE_FORM,
        submit="Change",
        private_metadata=str(wave.id),
    )


def withdraw_form(wave: Wave) -> Block:
    """Return the form in which an answer is taken back."""
    note = kit.context("It is deleted at once. While the survey is open you may answer anew.")
    return kit.modal(
        "Withdraw my answer",
        [_receipt_field(), note],
        callback_id=WITHDRAW_FORM,
        submit="Withdraw",
        private_metadata=str(wave.id),
    )


def thanks_window(wave: Wave, code: str) -> Block:
    """Return what somebody sees in the place of the form, once: the only place where the receipt is ever shown."""
    return kit.modal(
        _TITLE,
        [
            kit.section("✅ *Thanks, recorded.*"),
            kit.section(f"Your receipt code is `{code}`. With it you can change or withdraw your answer until {_closing(wave)}: press *Answer* again under my message or in `/pulse`. It is shown here only and nobody can look it up, so keep it if you might want to."),
            kit.context("The survey's result comes when it has closed, to you too."),
        ],
        close="Close",
        clear_on_close=True,
    )  # fmt: skip


def changed_window(unanswered: int) -> Block:
    """Return what somebody sees who has changed their answer; so many questions are left `unanswered` in it."""
    left = {0: "Every question has an answer now.", 1: "1 question is unanswered now."}
    now = left.get(unanswered, f"{unanswered} questions are unanswered now.")
    said = f"✅ *Changed.* Your answer of before is gone; your receipt code stays the same. {now}"
    return kit.modal(_TITLE, [kit.section(said)], close="Close", clear_on_close=True)


def withdrawn_window() -> Block:
    """Return what somebody sees who has taken their answer back."""
    said = "✅ *Withdrawn.* Your answer is gone, and counts as never given. While the survey is open you may answer anew."
    return kit.modal(_TITLE, [kit.section(said)], close="Close", clear_on_close=True)


def kept_message(of: int | None = None) -> Message:
    """Return how an answer is kept, with a made-up example, and what remains possible; `of` is a survey's smallest group."""
    least = str(of) if of else "5 (or the survey's own number, from 3 up)"
    comments = (
        f"{max(of or 0, COMMENT_PEOPLE)}{'' if of else ' (or its own number, where that is more)'}"
    )
    box = "in the box of 31 people:\n  have answered   Kim, Lee, Sam, … (22 names)\n  answers         5 4 –  9   3 3 4  6   4 5 5 10   … (22 lines, shuffled)\n  comments        under another key, shuffled"
    blocks = [
        kit.header("How is my answer kept?"),
        kit.section("*Confidentially, and not anonymously.* Slack tells me who presses, so that everybody answers once. Your answer is stored without your name."),
        kit.section(f"*While the survey is open.* You share one sealed box with others, chosen by chance: at least 25 people, or all who are asked where these are fewer, and never fewer than {least} of your own part of the company. It holds two lists: who has answered, and what was answered, in an order that says nothing. At every answer the whole box is sealed anew. A made-up example, opened:"),
        kit.rich_text(box, style="preformatted"),
        kit.section("No line leads from Kim to 5 4 – 9. Your receipt code is the only thing that does: it is shown to you once, and kept nowhere."),
        kit.section("*When it closes.* All boxes are opened at once, the answers are shuffled and the list of names is thrown away; boxes and their key are destroyed. What stays of an answer is its numbers and its cell, a part of the company of at least "
            f"{least} people. Before that nobody sees any figure, not even the managers."),
        kit.section(f"*What is shown.* Figures of groups of at least {least} who answered, and only such that no adding or subtracting of them leaves fewer. Comments only from groups of {comments} and at least {COMMENTS} comments, shuffled. Where everybody in a group said nearly the same, only “low”, “mixed” or “high”. How many of a group answered is shown too, from {least} on."),
        kit.section("*Who has answered* can be known from the first reminder on by whoever runs me, without the secret: I remind only those who have not. My reminders stay in Slack; in my database each stands until it has been sent, and on its disk until the survey has closed."),
        kit.section("*What remains possible.* Somebody who runs me, has the secret that seals the boxes, and copies the database before and after you answer, could compare the two copies of an open box; one copy is enough while you are the first in your box to answer, or the first there of your part of the company, and as long as all there of your part have said the same. They could also change my program to write down who says what. And whoever knows how you write may know your comment."),
    ]  # fmt: skip
    text = "How is my answer kept? Without your name, in a sealed box shared with others, opened once when the survey closes."
    return Message(text, blocks)


_KEPT = "Stored without your name in a sealed box; nothing is shown before the survey closes. Answer what you like: each question may be left out."


def _call(wave: Wave, words: str) -> Message:
    number = str(wave.id)
    blocks = [
        kit.section(words),
        kit.actions(
            [
                kit.button("Answer", OPEN, value=number, style="primary"),
                kit.button("How is my answer kept?", HOW, value=number),
            ]
        ),
        kit.context(
            f"Confidential: stored without your name, and no group of fewer than {wave.terms.least} is ever shown. Open until {_closing(wave)}."
        ),
    ]
    name = kit.escape(wave.terms.name)
    return Message(
        f"Pulse survey: {name}. It is confidential, and open until {_until(wave)}.", blocks
    )


def _questions(wave: Wave) -> str:
    count = len(wave.statements) + wave.terms.asks_enps
    return f"{count} question{'s' if count > 1 else ''}"


def _closing(wave: Wave) -> str:
    return kit.date(wave.closes_at, "{date_short_pretty} {time}", _until(wave))


def _until(wave: Wave) -> str:
    return show_moment(wave.closes_at, _UTC)


def _fields(wave: Wave) -> Iterator[Block]:
    for place, statement in enumerate(wave.statements):
        name = f"statement{place}"
        choices = [kit.option(words, str(value)) for value, words in LIKERT.items()]
        yield kit.input_block(statement.text, kit.radio_buttons(name, choices), block_id=name, optional=True)  # fmt: skip
    if wave.terms.asks_enps:
        yield kit.input_block(ENPS_QUESTION, _enps_menu(), block_id=ENPS, optional=True)
    if wave.terms.asks_comment:
        typed = kit.text_input(COMMENT, multiline=True, max_length=LONGEST_COMMENT)
        yield kit.input_block(COMMENT_QUESTION, typed, block_id=COMMENT, hint=COMMENT_WARNING, optional=True)  # fmt: skip


def _enps_menu() -> Block:
    """Return a menu of eleven: one more than radio buttons may have."""
    ends = {ENPS_SCALE[0]: ENPS_ENDS[0], ENPS_SCALE[-1]: ENPS_ENDS[1]}
    choices = [
        kit.option(f"{value} · {ends[value]}" if value in ends else str(value), str(value))
        for value in ENPS_SCALE
    ]
    return kit.static_select(ENPS, choices, placeholder="0 to 10")


def _receipt_field() -> Block:
    typed = kit.text_input(RECEIPT, placeholder="7QKD-0M2X-9FRT-C41H", max_length=40)
    hint = "It was shown when you answered."
    return kit.input_block("Receipt code", typed, block_id=RECEIPT, hint=hint)
