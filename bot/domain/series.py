"""Series of meetings as they stand: what they agree on, who may know of them, and finding one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain.holiday import Holidays, read_holidays
from bot.domain.person import Person
from bot.domain.recurrence import Rule, in_words, next_starts
from bot.domain.words import quoted, suggest
from bot.errors import Forbidden, Refused
from bot.storage import series as rows
from bot.storage.series import MeetingRow, SeriesRow
from bot.vocabulary import MeetingState, Role, SeriesState

LOCAL = "%Y-%m-%dT%H:%M"
MOST_HOLIDAYS = 400  # in a row, before a rule is taken to have no next meeting
_NONE_YET = "There is no series of meetings here yet. Make one with `/agenda schedule`."
FARTHEST = timedelta(days=5 * 366)  # a meeting beyond it was mistyped
_GRACE = timedelta(minutes=5)
_LIVE = (SeriesState.ACTIVE, SeriesState.PAUSED)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a series agrees on; `rule` is None where a calendar says when.

    `target` is a channel's id, or people's by commas. The agenda is posted `lead` before the meeting begins.
    """

    template: str
    title: str
    target: str
    attendees: tuple[str, ...]
    zone: ZoneInfo
    rule: Rule | None
    calendar_url: str | None
    lead: timedelta
    holidays: Holidays
    team: str | None = None

    @property
    def is_private(self) -> bool:
        """Whether it is posted to people, and nobody else is to know of it."""
        return not self.target.startswith(("C", "G"))

    @property
    def when(self) -> str:
        """The rule in words."""
        return in_words(self.rule) if self.rule else "whenever its calendar says"


@dataclass(frozen=True, slots=True)
class Series:
    """A series of meetings as it stands."""

    id: int
    owner: str
    terms: Terms
    state: SeriesState

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who takes part, the owner first."""
        return tuple(dict.fromkeys((self.owner, *self.terms.attendees)))

    def is_seen_by(self, person: Person, channel: str = "", *, is_here: bool = False) -> bool:
        """Return whether somebody may know of it, asking from a channel (`is_here`: where its agendas stand).

        A private one is known to its people alone, also where it met in a channel once.
        """
        if person.id in self.people:
            return True
        return not self.terms.is_private and (
            is_here or channel == self.terms.target or person.may(Role.MANAGER)
        )

    def may_be_changed_by(self, person: Person) -> bool:
        """Return whether somebody may change it: its owner, and managers where it is not private."""
        return person.id == self.owner or (not self.terms.is_private and person.may(Role.MANAGER))

    def must_be_changed_by(self, person: Person) -> None:
        """Raise `Forbidden` unless somebody may change it: its owner, and managers where it is not private.

        Who may not know of a private one is told that it is not there.
        """
        if self.may_be_changed_by(person):
            return
        if self.terms.is_private and person.id not in self.people:
            raise Refused(nothing_called(f"#{self.id}"))
        who = "its owner" if self.terms.is_private else "its owner or a manager"
        raise Forbidden(f"Only {who} can change “{self.terms.title}”.")

    def must_be_running(self) -> None:
        """Raise `Refused` while nothing of it is posted."""
        if self.state is not SeriesState.ACTIVE:
            raise Refused(f"“{self.terms.title}” is {self.state}; resume it first.")


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting of a series; `local` is where its rule puts it, `starts_at` when it is held."""

    id: int
    series_id: int
    local: datetime
    starts_at: datetime
    post_at: datetime
    state: MeetingState
    is_moved: bool = False
    reason: str | None = None
    channel: str | None = None
    ts: str | None = None
    posted_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    parts: int = 0  # how many messages its agenda takes

    @property
    def is_out(self) -> bool:
        """Whether its agenda was posted, as far as anybody knows."""
        return self.posted_at is not None

    @property
    def too_late_at(self) -> datetime:
        """When its agenda is of no use any more: once it begins, or a little later where it is posted then."""
        return self.starts_at + (_GRACE if self.post_at >= self.starts_at else timedelta(0))


@dataclass(frozen=True, slots=True)
class Listed:
    """A series with its next meeting, and why its calendar cannot be read, where that is so.

    Only its owner is told why in full: the reason may name what else is in their calendar.
    """

    series: Series
    next: Meeting | None
    calendar_error: str | None = None
    may_change: bool = True


# --- Finding ---


def find(session: Session, series_id: int) -> Series:
    """Return a series; `Refused` where there is none."""
    row = session.get(SeriesRow, series_id)
    if row is None:
        raise Refused(nothing_called(f"#{series_id}"))
    return series_of(row)


def find_seen(session: Session, series_id: int, person: Person, channel: str) -> Series:
    """Return a series that somebody may know of, asking from a channel; else `Refused` as where there is none."""
    person.must_be(Role.MEMBER, "see meetings")
    series = find(session, series_id)
    is_here = series_id in rows.posted_in(session, channel)
    if not series.is_seen_by(person, channel, is_here=is_here):
        raise Refused(nothing_called(f"#{series_id}"))
    return series


def hold(session: Session, series_id: int) -> Series:
    """Return a series, and keep others from changing it, its meetings and its points until this transaction ends.

    `Refused` where there is none.
    """
    row = rows.locked_series(session, series_id)
    if row is None:
        raise Refused(nothing_called(f"#{series_id}"))
    return series_of(row)


def seen_by(
    session: Session, person: Person, channel: str, states: Sequence[SeriesState] = _LIVE
) -> list[Series]:
    """Return the series that somebody may know of, by number."""
    person.must_be(Role.MEMBER, "see meetings")
    found = [series_of(row) for row in rows.all_series(session, states)]
    here = rows.posted_in(session, channel)
    return [
        series for series in found if series.is_seen_by(person, channel, is_here=series.id in here)
    ]


def listed(session: Session, person: Person, channel: str, now: datetime) -> list[Listed]:
    """Return what somebody may know of, the series of this channel first, each with its next meeting.

    That is the next one that has not begun, whether or not its agenda is out.
    """
    seen = seen_by(session, person, channel)
    errors, following = rows.calendar_errors(session), rows.next_meetings(session, now)
    others = dict.fromkeys(errors, "Its calendar cannot be read.")
    return [
        Listed(
            series,
            meeting_of(following[series.id]) if series.id in following else None,
            (errors if person.id == series.owner else others).get(series.id),
            series.may_be_changed_by(person),
        )
        for series in sorted(seen, key=lambda series: series.terms.target != channel)
    ]


def between(session: Session, one: str, other: str) -> Series | None:
    """Return the private series in which two people meet alone, the first by number; None where there is none."""
    found = (series_of(row) for row in rows.all_series(session, _LIVE))
    alone = (each for each in found if each.terms.is_private and {*each.people} == {one, other})
    return next(alone, None)


def mine(session: Session, person: Person, now: datetime, most: int = 5) -> list[Listed]:
    """Return the next meetings that somebody takes part in, the soonest first."""
    if not person.may(Role.MEMBER):
        return []
    found = [each for each in listed(session, person, "", now) if person.id in each.series.people]
    coming = [(each.next.starts_at, each) for each in found if each.next is not None]
    return [each for _, each in sorted(coming, key=lambda pair: pair[0])[:most]]


def choices(session: Session, person: Person, channel: str, text: str) -> list[Series]:
    """Return the series that `text` may mean: the one it names, or all of this channel, or all that are known."""
    if text:
        return [pick(session, person, channel, text)]
    seen = seen_by(session, person, channel)
    if not seen:
        raise Refused(_NONE_YET)
    return _of_channel(session, seen, channel) or seen


def pick(
    session: Session, person: Person, channel: str, text: str, *, gone: bool = False
) -> Series:
    """Return the series that `text` names by number or title, or the only one of this channel where it names none.

    `Refused` reads the same for a series that is not there and for one that this person may not know of.
    """
    states = (*_LIVE, SeriesState.CANCELLED) if gone else _LIVE
    seen = seen_by(session, person, channel, states)
    wanted = text.strip().strip("#“”\"'").casefold()
    if not wanted:
        return _only(_of_channel(session, seen, channel) or seen)
    for series in seen:
        if wanted in (str(series.id), series.terms.title.casefold()):
            return series
    matching = [series for series in seen if wanted in series.terms.title.casefold()]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise Refused(f"{quoted(text)} could be {_choices(matching)}. Use the number.")
    raise Refused(nothing_called(text, seen))


def _of_channel(session: Session, seen: Sequence[Series], channel: str) -> list[Series]:
    here = rows.posted_in(session, channel)
    return [series for series in seen if series.terms.target == channel or series.id in here]


def _only(found: Sequence[Series]) -> Series:
    if not found:
        raise Refused(_NONE_YET)
    if len(found) > 1:
        raise Refused(f"Which one? {_choices(found)}. Use the number.")
    return found[0]


def _choices(found: Iterable[Series]) -> str:
    return ", ".join(f"#{series.id} {series.terms.title}" for series in found)


def nothing_called(text: str, seen: Sequence[Series] = ()) -> str:
    """Return the sentence for a series that is not there, or that somebody may not know of."""
    near = suggest(text, [series.terms.title for series in seen])
    hint = f" Did you mean “{near}”?" if near else " `/agenda list` shows what there is."
    return f"No series of meetings is called {quoted(text)}.{hint}"


def must_not_be_out(session: Session, series: Series, now: datetime) -> None:
    """Raise `Refused` while the agenda of a meeting is out that has not begun: the one after it is not meant."""
    posted = rows.meetings_of(session, series.id, [MeetingState.POSTED], 100)
    coming = next((meeting_of(row) for row in posted if row.starts_at > now), None)
    if coming is not None:
        local = coming.starts_at.astimezone(series.terms.zone)
        raise Refused(
            f"The agenda of “{series.terms.title}” for {local.day} {local:%B %Y} is out already. "
            f"`/agenda postpone #{series.id}` moves that meeting, `/agenda skip #{series.id}` leaves it out."
        )


def next_to_be_held(session: Session, series: Series, now: datetime) -> Meeting | None:
    """Return the next meeting that may still be moved or left out, be its agenda out or not."""
    row = rows.next_to_be_held(session, series.id, now)
    return meeting_of(row) if row else None


def upcoming(session: Session, series: Series, most: int = 1) -> list[Meeting]:
    """Return the planned meetings of a series, the next one first."""
    found = rows.meetings_of(session, series.id, [MeetingState.PLANNED], most)
    return [meeting_of(row) for row in found]


def past(session: Session, series: Series, most: int = 10) -> list[Meeting]:
    """Return the meetings of a series that have been dealt with, the newest first."""
    states = [state for state in MeetingState if state is not MeetingState.PLANNED]
    found = rows.meetings_of(session, series.id, states, most, newest=True)
    return [meeting_of(row) for row in found]


def places_in_use(session: Session) -> dict[str, list[int]]:
    """Return where agendas are posted, channels and people by commas, each with the numbers of its series."""
    places: dict[str, list[int]] = {}
    for row in rows.all_series(session, [SeriesState.ACTIVE]):
        places.setdefault(row.target, []).append(row.id)
    return places


def next_dates(terms: Terms, now: datetime, count: int = 3) -> list[datetime]:
    """Return when the next meetings by rule begin, holidays left out, in UTC."""
    if terms.rule is None:
        return []
    found = islice(next_starts(terms.rule, now), count + MOST_HOLIDAYS)
    held = (at for local, at in found if terms.holidays.name_on(local.date()) is None)
    return list(islice(held, count))


def starts_later(terms: Terms, now: datetime, *, is_new: bool) -> datetime | None:
    """Return when a series begins, where that is after the first day that somebody gave; else None.

    That day may be none of its weekdays, a holiday, or over for today. One that has begun does not begin again.
    """
    if terms.rule is None or not (is_new or terms.rule.first > local_time(now, terms.zone).date()):
        return None
    first = next(iter(next_dates(terms, now, 1)), None)
    if first is None or local_time(first, terms.zone).date() <= terms.rule.first:
        return None
    return first


# --- Rows and what they mean ---


def series_of(row: SeriesRow) -> Series:
    """Return what a row means."""
    zone = ZoneInfo(row.zone)
    at = time.fromisoformat(row.at_time)
    terms = Terms(
        row.template,
        row.title,
        row.target,
        _people(row.attendees),
        zone,
        Rule(row.first_on, at, zone, row.rrule) if row.rrule else None,
        row.calendar_url,
        timedelta(minutes=row.lead_minutes),
        read_holidays(row.holidays),
        row.team,
    )
    return Series(row.id, row.owner, terms, SeriesState(row.state))


def meeting_of(row: MeetingRow) -> Meeting:
    """Return what a row means."""
    return Meeting(
        row.id,
        row.series_id,
        read_local(row.local),
        row.starts_at,
        row.post_at,
        MeetingState(row.state),
        row.is_moved,
        row.reason,
        row.channel,
        row.ts,
        row.posted_at,
        row.closed_at,
        row.closed_by,
        row.parts,
    )


def describe(terms: Terms) -> str:
    """Return what a series agrees on in a line, as the audit log keeps it."""
    lead = int(terms.lead.total_seconds() // 60)
    parts = [terms.title, terms.template, terms.target, terms.when, f"{lead} min before"]
    holidays = terms.holidays.as_text()
    return "; ".join(part for part in (*parts, holidays and f"not on {holidays}") if part)


def write_terms(row: SeriesRow, terms: Terms) -> None:
    """Keep what a series agrees on."""
    rule = terms.rule
    row.template, row.title, row.target = terms.template, terms.title, terms.target
    row.attendees, row.team = ",".join(terms.attendees), terms.team
    row.zone = terms.zone.key
    row.first_on = rule.first if rule else date(2000, 1, 1)
    row.at_time = rule.at.strftime("%H:%M") if rule else "00:00"
    row.rrule = rule.rrule if rule else None
    row.calendar_url = terms.calendar_url
    row.lead_minutes = int(terms.lead.total_seconds() // 60)
    row.holidays = terms.holidays.as_text()


def _people(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def local_time(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return what a clock on the wall shows at an instant, naive."""
    return instant.astimezone(zone).replace(tzinfo=None)


def read_local(local: str) -> datetime:
    """Return a local time as rows keep it."""
    return datetime.strptime(local, LOCAL)  # noqa: DTZ007 (local by design)
