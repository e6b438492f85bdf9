"""What people are shown when they ask for meetings or change them, each read or change in one transaction."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.blocks import agenda as agenda_blocks
from bot.blocks import kit
from bot.blocks import series as blocks
from bot.blocks.kit import Block, Message
from bot.blocks.notice import notice, notice_window
from bot.domain import agenda as agendas
from bot.domain import booking, meeting, schedule
from bot.domain import point as points
from bot.domain import series as known
from bot.domain.agenda_request import Verb
from bot.domain.once import once
from bot.domain.person import Person
from bot.domain.point import Point
from bot.domain.series import Series, Terms
from bot.domain.workday import next_opening
from bot.errors import Refused
from bot.outgoing import agenda as outgoing
from bot.services import Services
from bot.vocabulary import PointState


def previewed(session: Session, services: Services, series: Series) -> Message:
    """Return the agenda as it would be posted now, what follows in its thread below it."""
    sheet = meeting.preview(session, services.sources, series, services.now(session))
    first, *more = agenda_blocks.agenda_messages(sheet, services.lives, is_preview=True)
    rest = [kit.context("In its thread:"), *(block for each in more for block in each.blocks)]
    return Message(first.text, [*first.blocks, *(rest if more else [])])


def posted(session: Session, services: Services, series: Series, by: Person) -> Message:
    """Promise the next agenda at once, and say for when it is; where another was meant, ask first."""
    now = services.now(session)
    series.must_be_changed_by(by)
    missed = meeting.missed(session, series, now)
    if missed is not None:
        return blocks.missed_message(series, *missed)
    return _posted(session, services, series, by, now)


def posted_after_all(session: Session, services: Services, meeting_id: int, by: Person) -> Message:
    """Promise the agenda of a meeting long before its time, as somebody was asked who meant another one."""
    now = services.now(session)
    series = meeting.series_next(session, meeting_id)
    return _posted(session, services, series, by, now)


def _posted(
    session: Session, services: Services, series: Series, by: Person, now: datetime
) -> Message:
    known.must_not_be_out(session, series, now)
    promised = outgoing.post_now(session, services.sources, series.id, by, now)
    when = agenda_blocks.day(promised, series)
    return notice(f"The agenda for “{series.terms.title}” on {when} is on its way.")


def skipped(session: Session, services: Services, series: Series, by: Person) -> Message:
    """Skip the next meeting, and say which one comes after it."""
    now = services.now(session)
    left_out = booking.skip(session, series.id, by, now)
    news = agenda_blocks.off_news(left_out)
    outgoing.tell_change(session, services.sources, left_out, news, now)
    following = known.next_to_be_held(session, series, now)
    return blocks.skipped_message(series, left_out, following)


def unskipped(session: Session, services: Services, meeting_id: int, by: Person) -> Message:
    """Take back that a meeting is skipped."""
    now = services.now(session)
    held = booking.unskip(session, meeting_id, by, now)
    outgoing.tell_change(session, services.sources, held, agenda_blocks.off_news(held), now)
    series = known.find(session, held.series_id)
    return notice(
        f"“{series.terms.title}” on {agenda_blocks.day(held, series)} takes place after all."
    )


def turned(session: Session, services: Services, verb: Verb, series: Series, by: Person) -> Message:
    """Pause, resume or cancel a series, and say what that means."""
    turn, words = _TURNS[verb]
    turn(session, series.id, by, services.now(session))
    following = _next(session, series) if verb is Verb.RESUME else None
    when = f" The next one is on {agenda_blocks.day(following, series)}." if following else ""
    return notice(words.format(title=series.terms.title, number=series.id) + when)


_TURNS: dict[Verb, tuple[Callable[[Session, int, Person, datetime], Series], str]] = {
    Verb.PAUSE: (
        booking.pause,
        "“{title}” is paused. `/agenda resume #{number}` goes on with it; what people add is kept.",
    ),
    Verb.CANCEL: (
        booking.cancel,
        "“{title}” is cancelled; its points and history are kept. `/agenda resume #{number}` brings it back.",
    ),
    Verb.RESUME: (booking.resume, "“{title}” goes on."),
}


def schedule_form(
    session: Session,
    services: Services,
    zone: ZoneInfo,
    *,
    series: Series | None = None,
    template: str = "",
    channel: str = "",
) -> Block:
    """Return the form for a new series, or for `series`; a new one begins on the next working day in `zone`."""
    chosen = agendas.find_agenda(session, services.agendas, template).slug if template else None
    return blocks.schedule_form(
        agendas.every_agenda(session, services.agendas),
        services.settings.team_names,
        zone,
        next_opening(services.now(session), zone).astimezone(zone).date(),
        series=series,
        template=chosen,
        channel=channel if channel.startswith(("C", "G")) else None,
    )


def move_form(session: Session, services: Services, series: Series) -> Block:
    """Return the form that postpones the next meeting."""
    following = known.next_to_be_held(session, series, services.now(session))
    if following is None:
        raise Refused(f"“{series.terms.title}” has no next meeting.")
    return blocks.move_form(series, following)


def scheduled(
    session: Session,
    services: Services,
    number: int,
    terms: Terms,
    by: Person,
    trigger: str,
    calendar: str | None,
) -> Block:
    """Make a series, or change the one with this number; return the window that says back what was understood."""
    now = services.now(session)
    if number:
        series = booking.edit(session, number, terms, by, trigger, now, calendar)
    else:
        series = booking.create(session, terms, by, trigger, now, calendar)
    booking.must_be_the_only_one(session, series, now)
    dates = schedule.coming(session, series, now)
    begins = known.starts_later(series.terms, now, is_new=not number)
    left = booking.left_at_their_time(session, series, now)
    return blocks.scheduled_window(series, dates, is_new=not number, begins=begins, left=left)


def moved(
    session: Session, services: Services, number: int, to: datetime, by: Person, trigger: str
) -> Block:
    """Hold the next meeting at another time; return the window that says when."""
    now = services.now(session)
    held = booking.postpone(session, number, to, by, trigger, now)
    series = known.find(session, number)
    news = agenda_blocks.moved_news(series, held)
    outgoing.tell_change(session, services.sources, held, news, now)
    message = blocks.moved_message(series, held)
    return kit.modal("Postponed", message.blocks, close="Done")


def point_added(
    session: Session,
    services: Services,
    series_id: int,
    by: Person,
    text: str,
    trigger: str,
    channel: str,
    *,
    private: bool = False,
) -> Message:
    """Add a point, show it where an agenda is posted, and say for which meeting it waits."""
    now = services.now(session)
    series = known.find_seen(session, series_id, by, channel)
    point = points.add_point(session, series, by, text, trigger, now, private=private)
    held = None if private else points.current(session, series_id, now)
    if held is not None:
        outgoing.tell_point(session, services.sources, held, point, now)
    following = held or _next(session, series)
    return agenda_blocks.added_message(series, following, point, is_held=held is not None)


def point_settled(
    session: Session, services: Services, point_id: int, by: Person, to: PointState, channel: str
) -> Point:
    """Mark a point discussed, dropped or open again, and show it where an agenda is posted."""
    now = services.now(session)
    point, held = points.settle(session, point_id, by, now, to, channel)
    if held is not None:
        outgoing.rewrite_all(session, services.sources, held, now)
    return point


def ticked(
    session: Session, services: Services, channel: str, ts: str, by: Person, *, is_on: bool
) -> None:
    """Follow a ✅, and show it where an agenda is posted."""
    now = services.now(session)
    held = points.tick(session, channel, ts, by.id, now, is_on=is_on)
    if held is not None:
        outgoing.rewrite_all(session, services.sources, held, now)


def noted(
    session: Session, services: Services, channel: str, thread: str, ts: str, by: str, text: str
) -> None:
    """Keep a reply in an agenda's thread."""
    points.note(session, channel, thread, ts, by, text, services.now(session))


def closed(session: Session, services: Services, meeting_id: int, by: Person, channel: str) -> None:
    """Close a meeting; its minutes go to the thread."""
    outgoing.close(session, services.sources, meeting_id, by, services.now(session), channel)


def template_kept(
    session: Session,
    services: Services,
    slug: str,
    name: str,
    text: str,
    by: Person,
    trigger: str,
    *,
    is_new: bool,
) -> Block:
    """Keep a template of one's own; return the window that says how it is used."""
    once(session, f"template:{trigger}")
    base = agendas.find_agenda(session, services.agendas, slug)
    now = services.now(session)
    made = agendas.keep_own(session, services.agendas, base, name, text, by, now, is_new=is_new)
    said = f"“{made.name}” is kept. `/agenda schedule {made.slug}` makes a meeting with it."
    return notice_window(said, "Template")


def template_dropped(session: Session, services: Services, slug: str, by: Person) -> Message:
    """Remove a template of one's own, or as a manager any but the playbook's."""
    agendas.drop_own(session, services.agendas, slug, by, services.now(session))
    return notice(
        "The template is removed; meetings that used it go on with the one it was made from."
    )


def _next(session: Session, series: Series) -> known.Meeting | None:
    return next(iter(known.upcoming(session, series)), None)
