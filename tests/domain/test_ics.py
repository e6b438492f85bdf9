"""Calendars: which meetings are held when, by what the calendar's owner did to them, and what is no calendar at all."""

from datetime import UTC, datetime
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest

from bot.domain.ics import Meeting, meetings, sift
from bot.errors import Refused

BERLIN = ZoneInfo("Europe/Berlin")
WEEKLY = """
    BEGIN:VEVENT
    UID:weekly
    SUMMARY:Support weekly
    DTSTART;TZID=Europe/Berlin:20261005T090000
    DTEND;TZID=Europe/Berlin:20261005T093000
    RRULE:FREQ=WEEKLY;BYDAY=MO
    EXDATE;TZID=Europe/Berlin:20261116T090000
    END:VEVENT
    BEGIN:VEVENT
    UID:weekly
    SUMMARY:Support weekly
    RECURRENCE-ID;TZID=Europe/Berlin:20261123T090000
    DTSTART;TZID=Europe/Berlin:20261124T110000
    DTEND;TZID=Europe/Berlin:20261124T113000
    END:VEVENT
    BEGIN:VEVENT
    UID:weekly
    SUMMARY:Support weekly
    RECURRENCE-ID;TZID=Europe/Berlin:20261130T090000
    DTSTART;TZID=Europe/Berlin:20261130T090000
    STATUS:CANCELLED
    END:VEVENT
"""
LUNCH = """
    BEGIN:VEVENT
    UID:lunch
    SUMMARY:Lunch\\, with Bo
    DTSTART:20261123T110000Z
    END:VEVENT
"""


def calendar(*parts: str) -> str:
    """Return a calendar's text, with the line ends of the format."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test"]
    lines += [line for part in parts for line in dedent(part).strip("\n").splitlines()]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def held(text: str, title: str = "Support weekly", since: str = "2026-10-18") -> list[Meeting]:
    """Return the meetings until Christmas."""
    after = datetime.fromisoformat(since).replace(tzinfo=UTC)
    return meetings(sift(text, title), after, datetime(2026, 12, 10, tzinfo=UTC), BERLIN)


def told(found: list[Meeting]) -> list[str]:
    """Return meetings as lines: where the series has them, when they are held in UTC, and whether they are."""
    return [
        f"{each.key:%m-%d %H:%M} at {each.starts_at:%m-%d %H:%M}{' cancelled' if each.is_cancelled else ''}"
        for each in found
    ]


def test_a_weekly_meeting_with_all_that_was_done_to_it():
    """One taken out, one moved to the next day, one cancelled, and the change of clocks on 25 October."""
    assert told(held(calendar(WEEKLY, LUNCH))) == [
        "10-19 09:00 at 10-19 07:00",
        "10-26 09:00 at 10-26 08:00",
        "11-02 09:00 at 11-02 08:00",
        "11-09 09:00 at 11-09 08:00",
        "11-23 09:00 at 11-24 10:00",
        "11-30 09:00 at 11-30 08:00 cancelled",
        "12-07 09:00 at 12-07 08:00",
    ]


def test_a_title_chooses_among_several_meetings():
    """However it is written; a calendar with one meeting needs no choice."""
    assert told(held(calendar(WEEKLY, LUNCH), " lunch, WITH bo")) == ["11-23 12:00 at 11-23 11:00"]
    assert told(held(calendar(LUNCH), "whatever")) == ["11-23 12:00 at 11-23 11:00"]
    with pytest.raises(Refused, match="title of one of them: “Lunch, with Bo”, “Support weekly”"):
        held(calendar(WEEKLY, LUNCH), "Retrospective")


def test_times_without_a_zone_are_the_series_own():
    """And a day without a time is no meeting."""
    floating = "BEGIN:VEVENT\nUID:1\nSUMMARY:A\nDTSTART:20261123T090000\nEND:VEVENT"
    whole_day = "BEGIN:VEVENT\nUID:2\nSUMMARY:A\nDTSTART;VALUE=DATE:20261124\nEND:VEVENT"
    assert told(held(calendar(floating, whole_day))) == ["11-23 09:00 at 11-23 08:00"]


def outlook(offset: str) -> str:
    """Return a calendar whose own description of Outlook's name for Berlin says `offset`."""
    return calendar(
        f"""
        BEGIN:VTIMEZONE
        TZID:W. Europe Standard Time
        BEGIN:STANDARD
        DTSTART:16010101T000000
        TZOFFSETFROM:{offset}
        TZOFFSETTO:{offset}
        END:STANDARD
        END:VTIMEZONE
        BEGIN:VEVENT
        UID:1
        SUMMARY:A
        DTSTART;TZID=W. Europe Standard Time:20261123T090000
        END:VEVENT
        """
    )


def test_one_calendars_wrong_zone_does_not_move_anothers_meetings():
    """The library keeps what it was told of a zone; what everybody knows it is not told at all."""
    assert told(held(outlook("+0500"))) == ["11-23 09:00 at 11-23 08:00"]
    assert told(held(outlook("+0100"))) == ["11-23 09:00 at 11-23 08:00"]


def test_a_zone_of_its_own_is_read():
    """What nobody else knows must be in the calendar."""
    own = outlook("+0500").replace("W. Europe Standard Time", "Customized Time Zone 1")
    assert told(held(own)) == ["11-23 05:00 at 11-23 04:00"]


def test_all_meetings_after_a_change_keep_apart():
    """“This and following” gives many meetings one name; each has its own place all the same."""
    later = """
        BEGIN:VEVENT
        UID:weekly
        SUMMARY:Support weekly
        RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261102T090000
        DTSTART;TZID=Europe/Berlin:20261102T103000
        DTEND;TZID=Europe/Berlin:20261102T110000
        END:VEVENT
    """
    plain = WEEKLY.split("BEGIN:VEVENT")[1]
    found = told(held(calendar("BEGIN:VEVENT" + dedent(plain), later), since="2026-10-30"))
    assert found == [
        "11-02 10:30 at 11-02 09:30",
        "11-09 10:30 at 11-09 09:30",
        "11-23 10:30 at 11-23 09:30",  # the 16th was taken out
        "11-30 10:30 at 11-30 09:30",
        "12-07 10:30 at 12-07 09:30",
    ]


def test_of_two_at_one_time_the_one_that_is_held_is_kept():
    """A cancelled copy of a meeting hides nothing."""
    events = [
        f"BEGIN:VEVENT\nUID:{uid}\nSUMMARY:A\nDTSTART:20261123T080000Z\n{status}\nEND:VEVENT"
        for uid, status in (("a", "STATUS:CANCELLED"), ("b", "STATUS:CONFIRMED"))
    ]
    assert told(held(calendar(*events))) == ["11-23 09:00 at 11-23 08:00"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no calendar"),
        ("<html><body>Please sign in</body></html>", "secret address in iCal format"),
        (calendar(), "This calendar is empty."),
        (calendar(WEEKLY)[:-40], "breaks off in the middle"),
        (calendar(WEEKLY).replace("FREQ=WEEKLY;BYDAY=MO", "FREQ=SECONDLY"), "within the day"),
        (calendar(WEEKLY).replace("FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=0"), "within the day"),
        (calendar(*[LUNCH] * 201), "201 separate meetings"),
    ],
)
def test_what_is_no_calendar_or_too_much_is_refused(text, said):
    """A login page, half a download, a rule that never ends."""
    with pytest.raises(Refused, match=said):
        sift(text, "Support weekly")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART:yesterday", []),
        ("DTSTART;TZID=Europe/Atlantis:20261123T090000", ["11-23 09:00 at 11-23 08:00"]),
        ("DTSTART:20261123T090000Z\nRRULE:nonsense", ["11-23 10:00 at 11-23 09:00"]),
    ],
)
def test_nonsense_inside_does_no_harm(lines, expected):
    """A time that is none is left out, a zone that nobody knows is the series', a rule that is none repeats nothing."""
    event = f"BEGIN:VEVENT\nUID:1\nSUMMARY:A\n{lines}\nEND:VEVENT"
    assert told(held(calendar(event))) == expected
