"""Agendas on their way out: one transaction decides, composes and promises.

The message of meeting 12 has the key "agenda:12", what continues it "agenda:12:2" and so on, the owner's brief
"brief:12", and point 7, when it is told in the thread, "point:7". That a meeting was moved or left out after its agenda
came is told once, "changed:12:…".
"""

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import agenda as blocks
from bot.blocks import kit
from bot.blocks.kit import Message
from bot.blocks.notice import notice
from bot.domain import meeting as meetings
from bot.domain.meeting import Sheet, Sources
from bot.domain.minutes import Minutes, close_meeting
from bot.domain.person import Person
from bot.domain.point import Point, current_ones, open_points, placed
from bot.domain.series import Meeting, Series, find
from bot.services import Place, Receipt, promise, promise_edit, withdraw
from bot.storage import outbox
from bot.storage.database import is_in_the_way
from bot.vocabulary import Delivery, MeetingState, Priority

log = logging.getLogger(__name__)

_TOO_LATE = "Slack did not take it before it began"
_POINTS_WAIT = "Its points wait for the next meeting."
_REASONS = {
    "not_in_channel": "I am not in <#{channel}>. Type `/invite` there and choose me",
    "channel_not_found": "I am not in <#{channel}>, or it is gone. Type `/invite` there and choose me",
    "is_archived": "<#{channel}> is archived. Choose another channel with `/agenda edit #{series}`",
    "restricted_action": "I may not post in <#{channel}>. Ask who runs this workspace",
    "user_disabled": "one of you has left this workspace. Change it with `/agenda edit #{series}`",
}
_REASONS_OF_PRIVATE = {
    "channel_not_found": "I cannot write to one of you. Change it with `/agenda edit #{series}`",
    "user_disabled": _REASONS["user_disabled"],
}


def post_due(session: Session, sources: Sources, now: datetime) -> Meeting | None:
    """Deal with one meeting whose agenda is due: promise it, or record that it is too late; None where none is due.

    One that cannot be composed waits a minute.
    """
    number = meetings.due(session, now)
    if number is None:
        return None
    try:
        with session.begin_nested():
            meeting = meetings.take(session, number, now)
            if meeting.state is MeetingState.POSTED:
                _send(session, sources, meeting, now, Priority.SCHEDULED)
    except Exception as error:  # whatever is wrong with one agenda, the others are due too
        if is_in_the_way(error):
            raise
        log.exception("an agenda could not be composed")
        return meetings.put_off(session, number, now)
    return meeting


def post_now(
    session: Session, sources: Sources, series_id: int, by: Person, now: datetime
) -> Meeting:
    """Promise the agenda of the next meeting at once."""
    meeting = meetings.post_now(session, series_id, by, now)
    _send(session, sources, meeting, now, Priority.INTERACTIVE)
    return meeting


def rewrite(session: Session, sources: Sources, meeting_id: int) -> None:
    """Bring a posted agenda up to date with what has been said since; others do not read on where it became private."""
    sheet = meetings.sheet_of(session, sources, meeting_id)
    terms = sheet.series.terms
    if terms.is_private and outbox.target_of(session, _key(meeting_id)) != terms.target:
        return
    shown = blocks.agenda_messages(sheet, sources.lives)
    for number, message in enumerate(_as_many(shown, sheet.meeting.parts), 1):
        if number == 1:
            promise_edit(session, _key(meeting_id), message, at=_place(sheet.meeting))
        elif number <= sheet.meeting.parts:
            promise_edit(session, _key(meeting_id, number), message)
        else:
            _continue(session, sheet, number, message)
    meetings.keep_parts(session, meeting_id, max(len(shown), sheet.meeting.parts))


def rewrite_all(session: Session, sources: Sources, meeting: Meeting, now: datetime) -> None:
    """Bring an agenda up to date, and those of its series that are out beside it: they show the same points."""
    beside = current_ones(session, meeting.series_id, now)
    for number in dict.fromkeys((meeting.id, *(each.id for each in beside))):
        rewrite(session, sources, number)


def forget_news(session: Session, sources: Sources, word: str) -> None:
    """Take every line of news that has a word in it out of agendas, also of those that stand in Slack."""
    for meeting_id in meetings.forget_news(session, word):
        rewrite(session, sources, meeting_id)


def tell_point(
    session: Session, sources: Sources, meeting: Meeting, point: Point, now: datetime
) -> None:
    """Show a new point in the posted agendas, and tell it in the thread of the first."""
    rewrite_all(session, sources, meeting, now)
    target = meetings.sheet_of(session, sources, meeting.id).series.terms.target
    promise(
        session,
        target,
        blocks.announced(point),
        f"point:{point.id}",
        in_thread_of=_key(meeting.id),
        thread_at=_place(meeting),
    )


def tell_change(
    session: Session, sources: Sources, meeting: Meeting, message: Message, now: datetime
) -> None:
    """Show what has become of a meeting in the agenda that is out, and tell it where everybody sees it.

    One that Slack would not take is forgotten: it says what is no longer so, and nobody is to try it again.
    """
    if not meeting.is_out:
        withdraw(session, _key(meeting.id))
        return
    rewrite(session, sources, meeting.id)
    terms = find(session, meeting.series_id).terms
    became = f"{meeting.state}:{meeting.starts_at.timestamp():.0f}"
    promise(
        session,
        terms.target,
        message,
        f"changed:{meeting.id}:{became}:{now.timestamp():.0f}",
        in_thread_of=_key(meeting.id),
        thread_at=_place(meeting),
        broadcast=not terms.is_private,
    )


def close(
    session: Session, sources: Sources, meeting_id: int, by: Person, now: datetime, channel: str
) -> Minutes:
    """Close a meeting: its minutes go to the thread (and, in a channel, under it), and the agenda says so."""
    minutes = close_meeting(session, meeting_id, by, now, channel)
    terms = minutes.series.terms
    promise(
        session,
        terms.target,
        blocks.minutes_message(minutes, closed_by=by.id),
        f"minutes:{meeting_id}",
        in_thread_of=_key(meeting_id),
        thread_at=_place(minutes.meeting),
        broadcast=not terms.is_private,
    )
    rewrite_all(session, sources, minutes.meeting, now)
    return minutes


def settled(session: Session, receipt: Receipt) -> None:
    """Keep where an agenda or a point stands in Slack, or tell the owner that it never got there."""
    kind, number, *part = receipt.key.split(":")
    if part:
        return  # what continues an agenda shares its fate
    if receipt.state is Delivery.SENT and receipt.channel and receipt.ts:
        keep = meetings.delivered if kind == "agenda" else placed
        keep(session, int(number), receipt.channel, receipt.ts)
    elif kind == "agenda":
        _lost(session, int(number), receipt)


def _lost(session: Session, meeting_id: int, receipt: Receipt) -> None:
    if receipt.state is Delivery.UNCERTAIN:
        return  # it may stand there; the operator is told
    is_late = receipt.state is Delivery.EXPIRED
    state = MeetingState.SKIPPED if is_late else MeetingState.FAILED
    why = _TOO_LATE if is_late else (receipt.error or "Slack did not take it")
    meeting = meetings.not_delivered(session, meeting_id, state, why)
    if meeting is not None:
        series = find(session, meeting.series_id)
        sentence = _sorry(series, meeting, receipt, is_late=is_late)
        told = Message(sentence, [kit.section(sentence)])
        promise(session, series.owner, told, f"lost:{meeting_id}:{int(receipt.at.timestamp())}")


def _sorry(series: Series, meeting: Meeting, receipt: Receipt, *, is_late: bool) -> str:
    title = f"the agenda for “{kit.escape(series.terms.title)}” (#{series.id})"
    if is_late:
        return f"I could not post {title}: {_TOO_LATE}. {_POINTS_WAIT}"
    reasons = _REASONS_OF_PRIVATE if series.terms.is_private else _REASONS
    reason = reasons.get(receipt.error or "", "Slack refused it ({error})")
    why = kit.escape(receipt.error or "no reason")
    said = reason.format(channel=series.terms.target, series=series.id, error=why)
    if receipt.at >= meeting.starts_at:
        return f"I could not post {title}: {said}. {_POINTS_WAIT}"
    until = blocks.moment(meeting.starts_at, series.terms.zone)
    return f"I could not post {title}: {said}. Then `/agenda post now #{series.id}` posts it, until {until}."


def _send(
    session: Session, sources: Sources, meeting: Meeting, now: datetime, priority: Priority
) -> None:
    sheet = meetings.compose(session, sources, meeting, now)
    waiting = open_points(session, sheet.series.id)
    if sheet.agenda.is_one_on_one or any(point.is_private for point in waiting):
        brief = blocks.brief_message(meetings.brief(session, sources, meeting, now))
        key = f"brief:{meeting.id}"
        promise(session, sheet.series.owner, brief, key, until=meeting.too_late_at)
    shown = blocks.agenda_messages(sheet, sources.lives)
    withdraw(session, _key(meeting.id))  # one that failed, when its owner asks for it again
    promise(
        session,
        sheet.series.terms.target,
        shown[0],
        _key(meeting.id),
        due=meeting.post_at if priority is Priority.SCHEDULED else None,
        priority=priority,
        until=meeting.too_late_at,
    )
    for number, message in enumerate(shown[1:], 2):
        _continue(session, sheet, number, message)
    meetings.keep_parts(session, meeting.id, len(shown))


def _continue(session: Session, sheet: Sheet, number: int, message: Message) -> None:
    head = _key(sheet.meeting.id)
    promise(
        session,
        sheet.series.terms.target,
        message,
        _key(sheet.meeting.id, number),
        priority=Priority.SCHEDULED,
        in_thread_of=head,
        thread_at=_place(sheet.meeting),
    )


def _as_many(shown: list[Message], parts: int) -> list[Message]:
    """Return at least as many messages as stand in Slack; one that is no longer needed says so."""
    return shown + [notice("(This part has moved up.)")] * (parts - len(shown))


def _place(meeting: Meeting) -> Place | None:
    return Place(meeting.channel, meeting.ts) if meeting.channel and meeting.ts else None


def _key(meeting_id: int, part: int = 1) -> str:
    return f"agenda:{meeting_id}" if part == 1 else f"agenda:{meeting_id}:{part}"
