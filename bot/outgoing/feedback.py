"""What feedback sends: a piece of it to whom it is given; and takes out again."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.blocks import feedback as blocks
from bot.blocks.kit import Message
from bot.domain import feedback as pieces
from bot.domain import point as points
from bot.domain import series
from bot.domain.feedback import Answered, Feedback, FeedbackForm
from bot.domain.feedback_questions import Relation
from bot.domain.once import once
from bot.domain.person import Person
from bot.errors import Refused
from bot.outgoing.series import point_added
from bot.services import Place, Receipt, Services, promise, promise_removal
from bot.storage import feedback as rows
from bot.vocabulary import Delivery, FeedbackLevel

KEY, NEWS = "feedback", "feedback-news"
"""The first words of the keys of what is sent."""


def give(
    session: Session,
    form: FeedbackForm,
    by: Person,
    to: Person | None,
    relation: Relation,
    answers: tuple[Answered, ...],
    trigger: str,
    now: datetime,
) -> Feedback:
    """Keep a piece of feedback, and promise it to whom it is given."""
    given = pieces.give(session, form, by, to, relation, answers, trigger, now)
    return _sent(session, given)


def answer(
    session: Session, number: int, by: Person, text: str, trigger: str, now: datetime
) -> Feedback:
    """Keep an answer, and promise it to whoever gave what it answers."""
    return _sent(session, pieces.answer(session, number, by, text, trigger, now))


def erase(session: Session, number: int, by: Person, now: datetime) -> Feedback:
    """Erase a piece of feedback, and take its message out of Slack."""
    given = pieces.erase(session, number, by, now)
    at = Place(given.channel, given.ts) if given.channel and given.ts else None
    promise_removal(session, _key(given.id), at=at)
    return given


def put_on_agenda(
    session: Session, services: Services, number: int, by: Person, trigger: str
) -> Message:
    """Put a piece of feedback on the agenda of the two who read it, once while it waits there.

    The point names the feedback, and not what it says.
    """
    given = pieces.find(session, number, by)
    other = given.other(by.id)
    if given.level is not FeedbackLevel.TWO or other is None:
        raise Refused(f"Feedback {given.number} is a note to yourself; an agenda is for two.")
    shared = series.between(session, by.id, other)
    if shared is None:
        raise Refused("You two have no one-on-one here whose agenda it could go on. A team lead or manager makes one with `/agenda schedule`.")  # fmt: skip
    text = f"Feedback {given.number} ({given.kind})"
    once(session, f"feedback-point:{trigger}")
    series.hold(session, shared.id)  # the other may press at this moment
    waiting = points.open_points(session, shared.id)
    if any(point.text == text and not point.is_private for point in waiting):
        raise Refused(f"Feedback {given.number} stands on the agenda of “{shared.terms.title}” already, still open.")  # fmt: skip
    return point_added(session, services, shared.id, by, text, trigger, "")


def listed(session: Session, by: Person, other: str = "", start: int = 0) -> Message:
    """Return a page of what somebody gave and was given."""
    found = pieces.history(session, by, other, start, blocks.PAGE_SIZE + 1)
    shown = found[: blocks.PAGE_SIZE]
    return blocks.list_message(shown, by.id, start, other, has_more=len(found) > len(shown))


def settled(session: Session, _services: Services, receipt: Receipt) -> None:
    """Keep where a piece of feedback stands, and tell its giver where it could not be sent."""
    number = int(receipt.key.split(":")[1])
    if receipt.state is Delivery.SENT and receipt.channel and receipt.ts:
        rows.keep_place(session, number, receipt.channel, receipt.ts)
    elif receipt.state is Delivery.FAILED and (people := rows.giver_of(session, number)):
        giver, receiver = people
        message = blocks.undelivered_message(number, receiver or "")
        promise(session, giver, message, f"{NEWS}:{number}")


def forget_old(session: Session, services: Services) -> None:
    """Erase the feedback whose time is over."""
    kept = timedelta(days=services.settings.retention.feedback)
    rows.erase_before(session, services.now(session) - kept)


def _sent(session: Session, given: Feedback) -> Feedback:
    if given.level is FeedbackLevel.TWO and given.receiver:
        promise(session, given.receiver, blocks.given_message(given), _key(given.id))
    return given


def _key(number: int) -> str:
    return f"{KEY}:{number}"
