"""Meetings of a calendar (RFC 5545): each occurrence of its events, whatever was moved, cancelled or taken out.

A calendar's secret address mostly gives all of somebody's meetings, and a large one takes seconds to expand; so the
events are sifted by their title as text, before a library reads the few that are left.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import recurring_ical_events  # type: ignore[import-untyped]  # it has no types
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from bot.domain.walltime import to_utc
from bot.domain.words import quoted
from bot.errors import Refused

_EVENT = re.compile(
    r"^BEGIN:VEVENT\r?\n.*?^END:VEVENT\r?\n?", re.MULTILINE | re.DOTALL | re.IGNORECASE
)
_TITLE = re.compile(r"^SUMMARY(?:;[^:\n]*)?:(.*?)\r?$", re.MULTILINE | re.IGNORECASE)
_WITHIN_A_DAY = re.compile(
    r"^(?:RRULE|EXRULE)[:;].*(?:FREQ=(?:SECONDLY|MINUTELY|HOURLY)|INTERVAL=0+(?:;|$|\r))",
    re.MULTILINE | re.IGNORECASE,
)
_ZONE = re.compile(
    r"^BEGIN:VTIMEZONE\r?\n.*?^END:VTIMEZONE\r?\n?", re.MULTILINE | re.DOTALL | re.IGNORECASE
)
_ZONE_NAME = re.compile(r"^TZID:(.*?)\r?$", re.MULTILINE | re.IGNORECASE)
_FOLD = re.compile(r"\r?\n[ \t]")
_MOST_EVENTS = 200  # of one title, a series' exceptions among them; they take a tenth of a second
_SHOWN = 6
_ADDRESS = "Use the calendar's secret address in iCal format; it ends in .ics."


@dataclass(frozen=True, slots=True)
class Meeting:
    """One occurrence: `key` is the naive local time at which its series has it, wherever it was moved."""

    key: datetime
    starts_at: datetime  # UTC; when it really is
    title: str
    is_cancelled: bool


def sift(text: str, title: str) -> str:
    """Return a calendar with only the meetings called `title`, or all of them where they are all called the same.

    `Refused` when the text is no calendar, or holds several meetings of which none has that title.
    """
    plain = _FOLD.sub("", text)
    if "BEGIN:VCALENDAR" not in plain.upper():
        raise Refused(f"What is behind this address is no calendar. {_ADDRESS}")
    if "END:VCALENDAR" not in plain.upper():  # its meetings would look deleted
        raise Refused("This calendar breaks off in the middle. Try again in a moment.")
    events = [found[0] for found in _EVENT.finditer(plain)]
    if not events:
        raise Refused("This calendar is empty.")
    chosen = _of_title(events, title)
    if any(_WITHIN_A_DAY.search(event) for event in chosen):
        raise Refused("This meeting repeats within the day; a meeting repeats daily or less often.")
    if len(chosen) > _MOST_EVENTS:
        raise Refused(
            f"This calendar has {len(chosen):,} separate meetings of that title, which is too many to follow."
        )
    rest = _ZONE.sub(_unless_known, _EVENT.sub("", plain))
    return re.sub("(?i)END:VCALENDAR", lambda _: "".join(chosen) + "END:VCALENDAR", rest)


def meetings(text: str, after: datetime, before: datetime, zone: ZoneInfo) -> list[Meeting]:
    """Return, in order, the meetings of a sifted calendar that start from `after` up to, not including, `before`.

    Times without a zone are read in `zone`; days without a time are no meetings. `Refused` when it cannot be read.
    """
    try:
        calendar = icalendar.Calendar.from_ical(text)
        found = recurring_ical_events.of(calendar, skip_bad_series=True).between(after, before)
        known = [
            _meeting(event, zone) for event in found if isinstance(event["DTSTART"].dt, datetime)
        ]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        raise Refused(f"This calendar cannot be read. {_ADDRESS}") from None
    inside = [meeting for meeting in known if after <= meeting.starts_at < before]
    return sorted(_one_a_key(inside), key=lambda meeting: (meeting.starts_at, meeting.key))


def _unless_known(zone: re.Match[str]) -> str:
    """Drop a calendar's own words about a zone that everybody knows.

    The library remembers them, and would read the next calendar's times by this one's mistakes.
    """
    name = _ZONE_NAME.search(zone[0])
    known = name is not None and (name[1] in WINDOWS_TO_OLSON or name[1] in available_timezones())
    return "" if known else zone[0]


def _of_title(events: Collection[str], title: str) -> list[str]:
    titles = {_title(event) for event in events}
    if len(titles) == 1:
        return list(events)
    wanted = [event for event in events if _plain(_title(event)) == _plain(title)]
    if not wanted:
        some = ", ".join(quoted(each) for each in sorted(titles)[:_SHOWN])
        more = ", …" if len(titles) > _SHOWN else ""
        raise Refused(
            f"This calendar holds several meetings. Give this series the title of one of them: {some}{more}"
        )
    return wanted


def _title(event: str) -> str:
    found = _TITLE.search(event)
    return re.sub(r"\\(.)", r"\1", found[1]).strip() if found else ""


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _one_a_key(found: Iterable[Meeting]) -> Iterable[Meeting]:
    """Keep one meeting for each place of a series: of two that stand at one time, the one that is held."""
    best: dict[datetime, Meeting] = {}
    for meeting in sorted(found, key=lambda meeting: meeting.is_cancelled):
        best.setdefault(meeting.key, meeting)
    return best.values()


def _meeting(event: Any, zone: ZoneInfo) -> Meeting:
    starts_at = _utc(event["DTSTART"].dt, zone)
    place = _original(event, zone) or starts_at
    return Meeting(
        place.astimezone(zone).replace(tzinfo=None),
        starts_at,
        str(event.get("SUMMARY", "")),
        str(event.get("STATUS", "")).upper() == "CANCELLED",
    )


def _original(event: Any, zone: ZoneInfo) -> datetime | None:
    """Return when the series has a meeting that was moved alone; all those after one that share its name have none."""
    place = event.get("RECURRENCE-ID")
    is_alone = place is not None and place.params.get("RANGE") != "THISANDFUTURE"
    return _utc(place.dt, zone) if is_alone and isinstance(place.dt, datetime) else None


def _utc(moment: datetime, zone: ZoneInfo) -> datetime:
    return to_utc(moment, zone) if moment.tzinfo is None else moment.astimezone(UTC)
