"""The demo's meetings: held in the past by the house's own rules, and shown in the practice Slack at each start.

The practice Slack forgets everything when it stops; the bot's database does not. What the database has of meetings is
posted again, at the times it had, and the next support weekly is moved so that its agenda arrives in a minute.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.blocks.agenda import agenda_messages, minutes_message
from bot.blocks.kit import Message
from bot.domain import action, booking, meeting, minutes, point, series
from bot.domain.action_item import Source
from bot.domain.colleague import Staff
from bot.domain.holiday import read_holidays
from bot.domain.person import Person
from bot.domain.recurrence import Repeat, Rule, make_rule
from bot.domain.series import Meeting, Series, Terms
from bot.errors import Refused
from bot.services import Services
from bot.storage.action import ActionRow
from bot.vocabulary import MeetingState, PointKind, PointState, Role, SeriesState
from bot.workspace import meetings as story
from bot.workspace.content import read_content
from bot.workspace.message import Message as Post
from bot.workspace.server import PracticeSlack

_BACK = {
    "weekly": timedelta(weeks=4),
    "fortnightly": timedelta(weeks=5),
    "monthly": timedelta(weeks=9),
}
_SOON = timedelta(minutes=6)  # five minutes of which its agenda is there before it
_LASTED = timedelta(minutes=45)
_NOBODY = Staff((), {}, {}, ZoneInfo("UTC"))
_EVERY_STATE = tuple(SeriesState)
_MANY = 1_000


def hold_meetings(
    session: Session, services: Services, slack: PracticeSlack, now: datetime
) -> None:
    """Make the company's series and hold their meetings up to now, unless an earlier start did."""
    ana = _person(story.SUPPORT.owner)
    known = {each.terms.title for each in series.seen_by(session, ana, "", _EVERY_STATE)}
    if story.SUPPORT.title in known:
        return
    for told in story.SERIES:
        _hold(session, services, slack, told, now)


def call_the_next(session: Session, now: datetime) -> None:
    """Move the next support weekly so that its agenda is due in a minute; one that was paused stays so."""
    ana = _person(story.SUPPORT.owner)
    found = [
        each for each in series.seen_by(session, ana, "") if each.terms.title == story.SUPPORT.title
    ]
    for each in found:
        with suppress(Refused):
            booking.postpone(session, each.id, now + _SOON, ana, f"demo:{now.isoformat()}", now)


def show_meetings(session: Session, services: Services, slack: PracticeSlack) -> None:
    """Post the agendas, replies and minutes that the database has, at the times they had."""
    ana = _person(story.SUPPORT.owner)
    every = series.seen_by(session, ana, "", _EVERY_STATE)
    posts = [post for each in every for post in _posts(session, services, slack, each)]
    for post in sorted(posts, key=lambda post: post.ts):
        slack.workspace.post(post)
    for channel in {post.channel for post in posts}:
        conversation = slack.workspace.conversations[channel]
        conversation.put_in_order()
        latest = next(reversed(conversation.messages))
        conversation.last_read.update(dict.fromkeys(slack.workspace.people, latest))


# --- Holding them ---


def _hold(
    session: Session, services: Services, slack: PracticeSlack, told: story.Series, now: datetime
) -> None:
    began = now - _BACK[told.repeats]
    owner = _person(told.owner)
    terms = _terms(told, began)
    made = booking.create(session, terms, owner, f"demo:{told.title}", began)
    count = _meetings_between(terms, began, now)
    for ago in range(count, 0, -1):
        planned = series.upcoming(session, made)[0]
        _add_points(session, made, told, ago, planned.post_at - timedelta(hours=3))
        if ago == told.skipped:
            booking.skip(session, made.id, owner, planned.post_at - timedelta(hours=1))
        else:
            _meet(session, services, slack, made, told, ago, planned)
    _add_points(session, made, told, 0, now - timedelta(hours=2))
    for number, task in enumerate(told.tasks):
        _give(session, made, task, f"demo:{made.id}:{number}", now)


def _give(session: Session, made: Series, task: story.Task, trigger: str, now: datetime) -> None:
    """Give somebody an action item of the last meeting; one that is late was due when it was given."""
    by, owner = _person(task.by), _person(task.owner)
    last = series.past(session, made, 1)[0]
    label = f"{made.terms.title}, {last.starts_at.day} {last.starts_at:%B}"
    audience = frozenset(made.people) if made.terms.is_private else None
    source = Source(minutes.source_ref(made), label, None, audience)
    draft = action.ActionDraft(text=task.text, owner=owner.id)
    item = action.add_action(session, draft, owner, by, trigger, source)
    session.get_one(ActionRow, item.id).due_on = now.date() + timedelta(days=task.due_in)
    if task.is_done:
        action.mark_done(session, item.id, owner, f"{trigger}:done", _NOBODY)


def _meetings_between(terms: Terms, began: datetime, now: datetime) -> int:
    """Return how many meetings are over, holidays left out."""
    found = series.next_dates(terms, began, _MANY if terms.rule else 0)
    return sum(1 for _ in takewhile(lambda starts_at: starts_at + _LASTED < now, found))


def _meet(
    session: Session,
    services: Services,
    slack: PracticeSlack,
    made: Series,
    told: story.Series,
    ago: int,
    planned: Meeting,
) -> None:
    held = meeting.take_due(session, planned.post_at)
    if held is None:
        raise AssertionError("a planned meeting is due at its time")
    sheet = meeting.compose(session, services.sources, held, planned.post_at)
    meeting.keep_parts(session, held.id, len(agenda_messages(sheet, services.lives)))
    channel, ts = _conversation(slack, made.terms.target), _stamp(planned.post_at)
    meeting.delivered(session, held.id, channel, ts)
    for number, note in enumerate(said for said in told.notes if said.ago == ago):
        at = held.starts_at + timedelta(minutes=7 * number + 5)
        point.note(session, channel, ts, _stamp(at), note.by, note.text, at)
    _talk(session, made, told, ago, held.starts_at + timedelta(minutes=30))
    minutes.close_meeting(session, held.id, _person(told.owner), held.starts_at + _LASTED, channel)


def _add_points(session: Session, made: Series, told: story.Series, ago: int, at: datetime) -> None:
    for number, said in enumerate(each for each in told.points if each.ago == ago):
        trigger = f"demo:{made.id}:{ago}:{number}"
        point.add_point(session, made, _person(said.by), said.text, trigger, at)


def _talk(session: Session, made: Series, told: story.Series, ago: int, at: datetime) -> None:
    talked = {said.text for said in told.points if said.ago == ago and said.talked}
    for each in point.open_points(session, made.id):
        if each.text in talked:
            point.settle(session, each.id, _person(told.owner), at, PointState.DISCUSSED)


def _terms(told: story.Series, began: datetime) -> Terms:
    people = (told.owner, *told.people)
    return Terms(
        told.template,
        told.title,
        told.channel or ",".join(sorted(people)),
        told.people,
        ZoneInfo(told.zone),
        _rule(told, began.date()),
        None,
        timedelta(minutes=told.lead),
        read_holidays(told.holidays),
        told.team,
    )


def _rule(told: story.Series, day: date) -> Rule:
    first = day + timedelta(days=(told.weekday - day.weekday()) % 7)
    zone = ZoneInfo(told.zone)
    match told.repeats:
        case "monthly":
            return make_rule(Repeat.MONTHLY_BY_WEEKDAY, first, told.at, zone)
        case "fortnightly":
            return make_rule(Repeat.WEEKLY, first, told.at, zone, every=2)
    return make_rule(Repeat.WEEKLY, first, told.at, zone)


# --- Showing them ---


def _posts(
    session: Session, services: Services, slack: PracticeSlack, each: Series
) -> Iterator[Post]:
    for held in series.past(session, each, _MANY):
        if held.channel and held.ts and held.channel in _known(slack, each):
            yield from _agenda(session, services, slack, held)
            yield from _thread(session, slack, held)


def _known(slack: PracticeSlack, each: Series) -> set[str]:
    _conversation(slack, each.terms.target)
    return set(slack.workspace.conversations)


def _agenda(
    session: Session, services: Services, slack: PracticeSlack, held: Meeting
) -> Iterator[Post]:
    sheet = meeting.sheet_of(session, services.sources, held.id)
    first, *more = agenda_messages(sheet, services.lives)
    ts = held.ts or ""
    yield _post(slack, held, first, ts)
    for number, message in enumerate(more, 1):
        yield _post(slack, held, message, _later(ts, number), thread=ts)


def _thread(session: Session, slack: PracticeSlack, held: Meeting) -> Iterator[Post]:
    came = minutes.minutes(session, held.id)
    team = slack.workspace.team.id
    for said in (*came.notes, *came.decisions):
        if said.ts:
            words = f"Decision: {said.text}" if said.kind is PointKind.DECISION else said.text
            yield Post(
                held.channel or "",
                said.ts,
                said.author,
                words,
                team_id=team,
                thread_ts=held.ts or "",
            )
    if held.state is MeetingState.CLOSED and held.closed_by and held.closed_at:
        message = minutes_message(came, closed_by=held.closed_by)
        yield _post(slack, held, message, _stamp(held.closed_at), thread=held.ts or "")


def _post(slack: PracticeSlack, held: Meeting, message: Message, ts: str, thread: str = "") -> Post:
    app = slack.app
    post = Post(
        held.channel or "",
        ts,
        app.bot_user,
        message.text,
        bot_id=app.bot_id,
        app_id=app.app_id,
        team_id=slack.workspace.team.id,
        thread_ts=thread,
    )
    read_content(message.as_payload(), slack.chaos).fill(post)
    return post


def _conversation(slack: PracticeSlack, target: str) -> str:
    """Return the id of the channel or group message behind a series' target."""
    return target if target.startswith("C") else slack.workspace.group(target.split(",")).id


def _person(user_id: str) -> Person:
    return Person(user_id, user_id, Role.MANAGER, ZoneInfo("UTC"))


def _stamp(at: datetime) -> str:
    return f"{int(at.timestamp())}.000100"


def _later(ts: str, number: int) -> str:
    whole, _, part = ts.partition(".")
    return f"{whole}.{int(part) + number:06d}"
