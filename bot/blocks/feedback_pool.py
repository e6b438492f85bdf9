"""What is said to the leadership without a name, as people see it: the receipt, changing and withdrawing, the digest, and how it is kept."""

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.kit import Block, Message
from bot.domain.feedback_pool import LEAST, LONGEST, SEATS, Digest
from bot.domain.receipt import RECEIPT
from bot.vocabulary import FeedbackKind

CHANGE, WITHDRAW = "feedback.change", "feedback.withdraw"
CHANGE_FORM, WITHDRAW_FORM = "feedback.change_form", "feedback.withdraw_form"
TEXT = "text"
_TITLE = "Feedback"
_A_MESSAGE = 20  # texts, of the fifty blocks that a message has
_WORDS = {
    FeedbackKind.PRAISE: "praise",
    FeedbackKind.SUGGESTION: "suggestion",
    FeedbackKind.CONCERN: "concern",
}
_PROMISE = f"Sealed with the texts of others and told by nobody's name: written by at least {LEAST} different people, shuffled, without times, mentions taken out. The texts are kept nowhere but in this message."  # fmt: skip


def thanks_window(code: str) -> Block:
    """Return what somebody sees in the form's place, once: the only place where the receipt is ever shown."""
    return kit.modal(
        _TITLE,
        [
            kit.section("✅ *Thanks, sealed.*"),
            kit.section(f"Your receipt code is `{code}`. With it you can change or withdraw what you wrote until it is posted: `/feedback change`, `/feedback withdraw`. It is shown here only and nobody can look it up, so keep it if you might want to."),
            kit.context(f"It is posted on a Monday at ten, when at least {LEAST} people have written; until then nobody reads it."),
        ],
        close="Close",
    )  # fmt: skip


def change_form() -> Block:
    """Return the form for another text in the place of the first; what the first was cannot be looked up."""
    kinds = [kit.option(name.capitalize(), kind) for kind, name in _WORDS.items()]
    typed = kit.text_input(TEXT, multiline=True, max_length=LONGEST)
    note = kit.context("What you wrote first is not shown here: it cannot be found without your code. What you send now takes its place.")  # fmt: skip
    return kit.modal(
        "Change what I wrote",
        [
            _receipt_field(),
            kit.input_block("What is it?", kit.radio_buttons("kind", kinds), block_id="kind"),
            kit.input_block("To the leadership", typed, block_id=TEXT),
            note,
        ],
        callback_id=CHANGE_FORM,
        submit="Change",
    )


def withdraw_form() -> Block:
    """Return the form in which somebody takes back what they wrote."""
    note = kit.context("It is deleted at once. Then you may write anew.")
    return kit.modal(
        "Withdraw what I wrote",
        [_receipt_field(), note],
        callback_id=WITHDRAW_FORM,
        submit="Withdraw",
    )


def changed_window() -> Block:
    """Return what somebody sees who has changed what they wrote."""
    said = "✅ *Changed.* What you wrote before is gone; your receipt code stays the same."
    return kit.modal(_TITLE, [kit.section(said)], close="Close")


def withdrawn_window() -> Block:
    """Return what somebody sees who has taken back what they wrote."""
    said = (
        "✅ *Withdrawn.* What you wrote is gone, and counts as never written. You may write anew."
    )
    return kit.modal(_TITLE, [kit.section(said)], close="Close")


def digest_messages(digest: Digest) -> list[Message]:
    """Return what the leadership is told: one message, and where that is too long, more for its thread."""
    texts, head = digest.texts, _headline(digest)
    parts = [texts[start : start + _A_MESSAGE] for start in range(0, len(texts), _A_MESSAGE)]
    return [_digest_part(head if number == 0 else f"{head}, continued", part) for number, part in enumerate(parts)]  # fmt: skip


def held_message(channel: str, code: str, page: str) -> Message:
    """Return what managers are told of a digest that cannot be posted and stays sealed; `code` is Slack's word for why."""
    return _news(
        f"What people write to the leadership is to be posted in <#{channel}>, but {_why(code, _another(page))}. Whatever there is stays sealed meanwhile, and nothing of it is lost: I look again every few minutes."
    )


def lost_message(channel: str | None, code: str, page: str, *, may_be_there: bool) -> Message:
    """Return what managers are told of a digest that did not get there, or of which nobody knows whether all of it did."""
    where = f"in <#{channel}>" if channel else "as a direct message"
    again = "Its texts are sealed again, and nothing of it is lost; next Monday at ten I post them once more"
    if may_be_there:
        return _news(
            f"I posted feedback to the leadership {where}, and do not know whether all of it arrived. {again}, and some of it may come twice. `python -m bot doctor` says what I may not do."
        )
    other = _another(page) if channel else _channel(page)
    return _news(
        f"I could not post feedback to the leadership {where}, for {_why(code, other)}. {again}."
    )


def _news(said: str) -> Message:
    return Message(said, [kit.section(f"⚠️ {said}")])


def _another(page: str) -> str:
    return f"let whoever runs me name another as `managers` under `channels` in `{page}`"


def _channel(page: str) -> str:
    return f"let whoever runs me name a channel as `managers` under `channels` in `{page}`"


def _why(code: str, other: str) -> str:
    """Return Slack's word for a refusal as a sentence that says what would work, or what `other` would."""
    match code:
        case "is_archived":
            return f"that channel is archived. Unarchive it, or {other}"
        case "not_in_channel" | "channel_not_found":
            return f"I am not in that channel, or it is gone. Type `/invite` there and choose me, or {other}"
        case "":
            return "Slack took nothing for hours"
    return f"Slack says {code}. Let me post there, or {other}"


def kept_message() -> Message:
    """Return how feedback is kept, and what remains possible."""
    blocks = [
        kit.header("How is my feedback kept?"),
        kit.section("*Note to myself.* A row in my database that I show to nobody but you, not to whom it is about either. Nothing is sent."),
        kit.section("*The two of us.* I send it to the other in a direct message, and show it to the two of you with `/feedback`. Nobody else reads it: no manager above, no list, no report, no page of anybody else, no log. For everybody else its number is one that was never used. My own copy of the message is blanked when it has arrived."),
        kit.section(f"*To leadership without my name.* Your text goes into a sealed box with those of others, at most {SEATS} people. The box holds who has written and what was written, in an order that says nothing, and is sealed anew whole every time. No line leads from you to your text; your receipt code does, which is shown to you once. Nothing else is written when you send it."),
        kit.section(f"*When it is posted.* Mondays at ten, once at least {LEAST} different people have written; with fewer it stays sealed for another week. The box is opened, its texts are shuffled and posted to the managers without times; box and key are destroyed, and once the texts stand there they are kept nowhere else. Where Slack takes nothing just then, it stays sealed, or the texts are sealed again, without who wrote them."),
        kit.section("*What is told of you there.* Mentions and addresses are taken out (with the whole name after an @, if it is one of the workspace; a name that you type without one stays). How often each kind was chosen is told, not which text it was; which questions you were asked is not told."),
        kit.section(f"*Who cannot write to the leadership.* Managers, and whoever else is in the channel in which it is posted: a reader who writes would make four others look like {LEAST}. I ask Slack who is there when you send it; while it does not say, nobody can write. Somebody who joins that channel after writing reads the digest all the same."),
        kit.section("*What remains possible.* Notes, and what is between two, are not sealed: somebody who runs me can read my database. Somebody who besides has the secret that seals boxes, and copies the database before and after you write, could compare the two copies; they could also change my program. Others who wrote can tell which texts are theirs. And whoever knows how you write may know your text."),
        kit.section("*Erasing.* You can erase your notes, and either of the two what is between two: then it is gone for both, and so is my message. The audit log keeps who erased which number, and not a word of it. It is erased here by itself when its time is over (a year, unless whoever runs me chose otherwise); the message then stays in Slack, which keeps or deletes it by its own rules."),
        kit.section("*An action made from it* begins empty: not a word of the feedback is copied. The two of you see it; somebody else whom it is given to reads what you typed there, and is told that it comes from a private talk, no more. *A point on your agenda* tells the number, not the words."),
    ]  # fmt: skip
    text = "How is my feedback kept? Notes are yours alone; what is between two is read by the two; what goes to the leadership is sealed and posted among others."
    return Message(text, blocks)


def _headline(digest: Digest) -> str:
    counts = [f"{count} {_plural(_WORDS[kind], count)}" for kind, count in digest.kinds.items()]
    return f"Feedback to the leadership: {', '.join(counts)}"


def _plural(word: str, count: int) -> str:
    return word if count == 1 or word == "praise" else f"{word}s"


def _digest_part(head: str, texts: Sequence[str]) -> Message:
    blocks = [kit.section(f"*{head}*")]
    for text in texts:
        blocks += [kit.divider(), kit.rich_text(text, style="quote")]
    blocks.append(kit.context(_PROMISE))
    said = "\n".join(f"• {kit.escape(text)}" for text in texts)
    return Message(f"{head}.\n{said}", blocks)


def _receipt_field() -> Block:
    typed = kit.text_input(RECEIPT, placeholder="7QKD-0M2X-9FRT-C41H", max_length=40)
    hint = "It was shown when you wrote."
    return kit.input_block("Receipt code", typed, block_id=RECEIPT, hint=hint)
