"""The demo's meetings: held in the past by the house's own rules, and shown in the practice Slack at each start.

The practice Slack forgets everything when it stops; the bot's database and the demo's folder do not. What was shown of a
meeting when it was closed is shown again, at the time it had: an agenda of October knows nothing of November. The next
support weekly is moved so that its agenda arrives in a minute.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot import clock
from bot.blocks.agenda import agenda_messages, minutes_message
from bot.blocks.kit import Message
from bot.domain import action, action_list, booking, meeting, minutes, point, series
from bot.domain.action_item import Source
from bot.domain.colleague import Staff
from bot.domain.holiday import read_holidays
from bot.domain.meeting import Sheet
from bot.domain.person import Person
from bot.domain.recurrence import Repeat, Rule, make_rule
from bot.domain.series import Meeting, Series, Terms
from bot.domain.workday import next_morning
from bot.errors import Refused
from bot.services import Services
from bot.storage.action import let_sleep, look_at
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
_UTC = ZoneInfo("UTC")
_NOBODY = Staff((), {}, {}, _UTC)
_EVERY_STATE = tuple(SeriesState)
_MANY = 1_000


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of a meeting as it was shown: the bot's without an author, a reply with the message above it."""

    meeting: int
    channel: str
    ts: str
    body: dict[str, Any]
    author: str = ""
    thread: str = ""


def read_shown(path: Path) -> list[Shown]:
    """Return what an earlier start has shown; nothing where there was none."""
    with suppress(FileNotFoundError, ValueError, TypeError):
        return [Shown(**each) for each in json.loads(path.read_text("utf-8"))]
    return []


def write_shown(path: Path, shown: list[Shown]) -> None:
    """Keep what is shown for the next start."""
    path.write_text(json.dumps([asdict(each) for each in shown]), "utf-8")


def hold_meetings(
    session: Session, services: Services, slack: PracticeSlack, now: datetime
) -> list[Shown]:
    """Make the company's series and hold their meetings up to now; return what was shown of them.

    Nothing is done where an earlier start did.
    """
    ana = _person(story.SUPPORT.owner)
    known = {each.terms.title for each in series.seen_by(session, ana, "", _EVERY_STATE)}
    if story.SUPPORT.title in known:
        return []
    shown = [each for told in story.SERIES for each in _hold(session, services, slack, told, now)]
    for owner in {task.owner for told in story.SERIES for task in told.tasks}:
        let_sleep(session, owner, look_at(session, owner), next_morning(now, _UTC), now)
    return shown


def call_the_next(session: Session, now: datetime) -> None:
    """Move the next support weekly so that its agenda is due in a minute; one that was paused stays so."""
    ana = _person(story.SUPPORT.owner)
    found = [
        each for each in series.seen_by(session, ana, "") if each.terms.title == story.SUPPORT.title
    ]
    for each in found:
        with suppress(Refused):
            _leave_the_last(session, each, ana, now)
            booking.postpone(session, each.id, now + _SOON, ana, f"demo:{now.isoformat()}", now)


def _leave_the_last(session: Session, each: Series, by: Person, now: datetime) -> None:
    """Close a meeting whose agenda an earlier start has shown, so that another one arrives."""
    coming = series.next_to_be_held(session, each, now)
    if coming is not None and coming.is_out:
        minutes.close_meeting(session, coming.id, by, now)


def show_meetings(
    session: Session, services: Services, slack: PracticeSlack, kept: list[Shown]
) -> list[Shown]:
    """Post the agendas, replies and minutes of all meetings at the times they had; return those of closed ones.

    What was `kept` when a meeting was closed is shown as it was.
    """
    ana = _person(story.SUPPORT.owner)
    shown, lasting = list[Shown](), list[Shown]()
    for each in series.seen_by(session, ana, "", _EVERY_STATE):
        for held in _to_show(session, slack, each):
            is_closed = held.state is MeetingState.CLOSED
            before = [one for one in kept if is_closed and one.meeting == held.id]
            now_shown = before or _show(session, services, held)
            shown += now_shown
            lasting += now_shown if is_closed else []
    for one in sorted(shown, key=lambda one: one.ts):
        slack.workspace.post(_post(slack, one))
    for channel in {one.channel for one in shown}:
        conversation = slack.workspace.conversations[channel]
        conversation.put_in_order()
        latest = next(reversed(conversation.messages))
        conversation.last_read.update(dict.fromkeys(slack.workspace.people, latest))
    return lasting


# --- Holding them ---


def _hold(
    session: Session, services: Services, slack: PracticeSlack, told: story.Series, now: datetime
) -> Iterator[Shown]:
    """Make a series and hold its meetings one after another; yield what is shown of each when it is closed."""
    began = now - _BACK[told.repeats]
    owner = _person(told.owner)
    terms = _terms(told, began)
    made = booking.create(session, terms, owner, f"demo:{told.title}", began)
    over = _starts_over(terms, began, now)
    for ago, starts_at in zip(range(len(over), 0, -1), over, strict=True):
        planned = series.upcoming(session, made)[0]
        _add_points(session, made, told, ago, planned.post_at - timedelta(hours=3))
        if ago == told.skipped:
            booking.skip(session, made.id, owner, planned.post_at - timedelta(hours=1))
            continue
        held = _begin(session, services, slack, made, planned)
        _talk(session, made, told, ago, held)
        with clock.stopped_at(held.starts_at + _LASTED):
            for number, task in enumerate(told.tasks):
                if starts_at == _given_at(task, over, now):
                    _give(session, made, task, f"demo:{made.id}:{number}", held, now)
            minutes.close_meeting(session, held.id, owner, clock.now(), held.channel or "")
            yield from _show(session, services, held)
    _begin_what_is_due(session, services, slack, made, told, now)
    for item in action_list.for_source(session, minutes.source_ref(made), set(made.people)):
        if any(task.is_done and task.text == item.text for task in told.tasks):
            action.mark_done(session, item.id, _person(item.owner), f"demo:{item.id}", _NOBODY)


def _begin_what_is_due(
    session: Session,
    services: Services,
    slack: PracticeSlack,
    made: Series,
    told: story.Series,
    now: datetime,
) -> None:
    """Let people say what they have for the next meeting, and post its agenda where that was due before now.

    The support weekly's is not: its next agenda is to arrive before everybody's eyes.
    """
    planned = series.upcoming(session, made)[0]
    _add_points(session, made, told, 0, min(planned.post_at, now) - timedelta(hours=2))
    if planned.post_at <= now and told is not story.SUPPORT:
        _begin(session, services, slack, made, planned)


def _given_at(task: story.Task, over: list[datetime], now: datetime) -> datetime:
    """Return when the meeting began in which a task was given: the last one up to the day on which it is due."""
    due_on = _due_on(task, now)
    return next((at for at in reversed(over) if at.date() <= due_on), over[0])


def _due_on(task: story.Task, now: datetime) -> date:
    return now.date() + timedelta(days=task.due_in)


def _give(
    session: Session, made: Series, task: story.Task, trigger: str, held: Meeting, now: datetime
) -> None:
    """Give somebody an action item in a meeting."""
    by, owner = _person(task.by), _person(task.owner)
    local = held.starts_at.astimezone(made.terms.zone)
    label = f"{made.terms.title}, {local.day} {local:%B}"
    audience = frozenset(made.people) if made.terms.is_private else None
    source = Source(minutes.source_ref(made), label, None, audience)
    draft = action.ActionDraft(text=task.text, owner=owner.id, due=_due_on(task, now))
    action.add_action(session, draft, owner, by, trigger, source)


def _starts_over(terms: Terms, began: datetime, now: datetime) -> list[datetime]:
    """Return when the meetings began that are over, holidays left out."""
    found = series.next_dates(terms, began, _MANY if terms.rule else 0)
    return list(takewhile(lambda starts_at: starts_at + _LASTED < now, found))


def _begin(
    session: Session, services: Services, slack: PracticeSlack, made: Series, planned: Meeting
) -> Meeting:
    """Post a meeting's agenda when it was due."""
    with clock.stopped_at(planned.post_at):
        due = meeting.take(session, planned.id, planned.post_at)
        sheet = meeting.compose(session, services.sources, due, planned.post_at)
        meeting.keep_parts(session, due.id, len(agenda_messages(sheet, services.lives)))
        place = _conversation(slack, made.terms.target), _stamp(planned.post_at)
        meeting.delivered(session, due.id, *place)
    return meeting.sheet_of(session, services.sources, due.id).meeting


def _add_points(session: Session, made: Series, told: story.Series, ago: int, at: datetime) -> None:
    for number, said in enumerate(each for each in told.points if each.ago == ago):
        trigger = f"demo:{made.id}:{ago}:{number}"
        point.add_point(session, made, _person(said.by), said.text, trigger, at)


def _talk(session: Session, made: Series, told: story.Series, ago: int, held: Meeting) -> None:
    """Let people write under an agenda, and mark discussed what was talked about."""
    for number, note in enumerate(said for said in told.notes if said.ago == ago):
        at = held.starts_at + timedelta(minutes=7 * number + 5)
        place = held.channel or "", held.ts or ""
        point.note(session, *place, _stamp(at), note.by, note.text, at)
    talked = {said.text for said in told.points if said.ago == ago and said.talked}
    at = held.starts_at + timedelta(minutes=30)
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


def _to_show(session: Session, slack: PracticeSlack, each: Series) -> list[Meeting]:
    _conversation(slack, each.terms.target)
    return [
        held
        for held in series.past(session, each, _MANY)
        if held.ts and held.channel in slack.workspace.conversations
    ]


def _show(session: Session, services: Services, held: Meeting) -> list[Shown]:
    """Return what is seen of a meeting: its agenda, what was said under it, and its minutes once it is closed.

    One that was closed is told as of then.
    """
    sheet = meeting.sheet_of(session, services.sources, held.id)
    with clock.stopped_at(sheet.meeting.closed_at or clock.now()):
        sheet = meeting.sheet_of(session, services.sources, held.id)
        return [*_agenda(services, sheet), *_thread(session, sheet.meeting)]


def _agenda(services: Services, sheet: Sheet) -> Iterator[Shown]:
    held = sheet.meeting
    first, *more = agenda_messages(sheet, services.lives)
    ts = held.ts or ""
    yield _shown(held, ts, first)
    for number, message in enumerate(more, 1):
        yield _shown(held, _later(ts, number), message, thread=ts)


def _thread(session: Session, held: Meeting) -> Iterator[Shown]:
    came, ts = minutes.minutes(session, held.id), held.ts or ""
    for said in (*came.notes, *came.decisions):
        if said.ts:
            words = f"Decision: {said.text}" if said.kind is PointKind.DECISION else said.text
            yield Shown(held.id, held.channel or "", said.ts, {"text": words}, said.author, ts)
    if held.closed_by and held.closed_at:
        message = minutes_message(came, closed_by=held.closed_by)
        yield _shown(held, _stamp(held.closed_at), message, thread=ts)


def _shown(held: Meeting, ts: str, message: Message, thread: str = "") -> Shown:
    return Shown(held.id, held.channel or "", ts, message.as_payload(), thread=thread)


def _post(slack: PracticeSlack, one: Shown) -> Post:
    is_ours = not one.author
    post = Post(
        one.channel,
        one.ts,
        slack.app.bot_user if is_ours else one.author,
        one.body["text"],
        bot_id=slack.app.bot_id if is_ours else "",
        app_id=slack.app.app_id if is_ours else "",
        team_id=slack.workspace.team.id,
        thread_ts=one.thread,
    )
    if is_ours:
        read_content(one.body, slack.chaos).fill(post)
    return post


def _conversation(slack: PracticeSlack, target: str) -> str:
    """Return the id of the channel or group message behind a series' target."""
    return target if target.startswith("C") else slack.workspace.group(target.split(",")).id


def _person(user_id: str) -> Person:
    return Person(user_id, user_id, Role.MANAGER, _UTC)


def _stamp(at: datetime) -> str:
    return f"{int(at.timestamp())}.000100"


def _later(ts: str, number: int) -> str:
    whole, _, part = ts.partition(".")
    return f"{whole}.{int(part) + number:06d}"
