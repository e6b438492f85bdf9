"""Series are made and changed: what has been posted stays, what is still to come follows, and no point is lost."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain import booking
from bot.domain.meeting import not_delivered, sheet_of
from bot.domain.point import Point
from bot.domain.recurrence import Repeat
from bot.domain.schedule import coming
from bot.domain.series import Meeting, Series, find
from bot.domain.walltime import to_utc
from bot.errors import AlreadyDone, Forbidden, FormErrors, Refused
from bot.vocabulary import MeetingState, PointState, SeriesState
from tests.meetingroom import (
    ANA,
    BO,
    CY,
    DAY,
    HAL,
    HOUR,
    LEA,
    LOUNGE,
    MINUTE,
    ONE_ON_ONE,
    WEEK,
    MeetingRoom,
    calendar,
    event,
    terms,
    utc,
)

SUNDAY, MONDAY_0830, TUESDAY = (
    utc(f"2026-11-{moment}") for moment in ("22 12:00", "23 08:30", "24 12:00")
)
POST_1, POST_2, POST_3 = (utc(f"{day} 08:00") for day in ("2026-11-23", "2026-11-30", "2026-12-07"))


def late_by(room: MeetingRoom, series: Series, local: str) -> timedelta | None:
    """Return how late an agenda says that it is."""
    return room.read(sheet_of, room.sources, room.at(series, local).id).late_by


class TestMaking:
    """A new series."""

    @pytest.mark.parametrize(("by", "may"), [(ANA, True), (LEA, True), (BO, False), (CY, False)])
    def test_who_may(self, room, by, may):
        """Team leads and managers; a clear no for everybody else, and the same press may come again from them."""
        if may:
            assert room.book(SUNDAY, by=by).owner == by.id
            return
        with pytest.raises(
            Forbidden, match=r"^Only team leads and managers can schedule agendas\.$"
        ):
            room.book(SUNDAY, by=by)
        assert room.tick(POST_1) == []

    def test_the_same_form_twice_makes_one(self, room):
        """Slack delivers a press again."""
        room.write(booking.create, terms(), ANA, "press 1", SUNDAY)
        with pytest.raises(AlreadyDone):
            room.write(booking.create, terms(), ANA, "press 1", SUNDAY)
        assert len(room.tick(POST_1)) == 1

    def test_it_is_kept_as_it_was_agreed(self, room):
        """Every field comes back."""
        agreed = {
            "first": "2026-11-26",
            "at": "14:30",
            "zone": "America/New_York",
            "every": 2,
            "weekdays": (1, 3),
            "lead": 45,
            "holidays": "US, 2026-12-24..2026-12-31",
            "team": "emea",
            "attendees": ("U0BO", "U0LEA"),
        }
        series = room.book(SUNDAY, **agreed)
        assert series.terms == terms(**agreed)
        assert series.terms.when == "every 2 weeks on Tuesday and Thursday at 14:30, New York time"
        assert series.people == ("U0ANA", "U0BO", "U0LEA")
        assert series.state is SeriesState.ACTIVE

    def test_every_change_is_in_the_audit_log(self, room):
        """Who, from what, to what; what only failed is not."""
        series = room.book(SUNDAY)
        room.edit(series, SUNDAY, by=HAL, at="10:00")
        skipped = room.skip(series, SUNDAY, by=HAL)
        room.unskip(skipped, SUNDAY)
        room.postpone(series, utc("2026-11-24 10:00"), SUNDAY)
        room.pause(series, SUNDAY, by=HAL)
        with pytest.raises(Refused, match="It is paused already"):
            room.pause(series, SUNDAY)
        room.resume(series, SUNDAY)
        room.cancel(series, SUNDAY)
        nine = "Support weekly; support_team; C0DESK; every Monday at 09:00, UTC; 60 min before"
        assert room.changes(series) == [
            ("U0ANA", None, nine),
            ("U0HAL", nine, nine.replace("09:00", "10:00")),
            ("U0HAL", "2026-11-23T10:00", "skipped"),
            ("U0ANA", "skipped", "2026-11-23T10:00"),
            ("U0ANA", "2026-11-23T10:00:00+00:00", "2026-11-24T10:00:00+00:00"),
            ("U0HAL", "active", "paused"),
            ("U0ANA", "paused", "active"),
            ("U0ANA", "active", "cancelled"),
        ]


@pytest.mark.parametrize(
    ("agreed", "story"),
    [
        ({"zone": "Europe/Berlin"}, ["2026-11-23T09:00 planned"]),
        ({"first": "2026-11-25"}, ["2026-11-25T09:00 planned"]),
    ],
)
def test_a_series_that_was_edited_while_cancelled_goes_on_by_its_new_rule(room, agreed, story):
    """A form was still open; the meeting that was cancelled with the series is not what was agreed since."""
    series = room.book(SUNDAY)
    room.cancel(series, SUNDAY)
    edited = room.edit(series, SUNDAY, **agreed)
    room.resume(series, SUNDAY)
    assert room.story(series) == story
    [planned] = room.meetings(series)
    assert planned.starts_at == to_utc(planned.local, edited.terms.zone)


class TestPrivacy:
    """What was said between people."""

    @pytest.mark.parametrize(
        ("agreed", "field"),
        [
            ({}, "channel"),
            ({**ONE_ON_ONE, "target": "U0ANA,U0LEA", "attendees": ("U0LEA",)}, "people"),
            ({**ONE_ON_ONE, "attendees": ("U0BO", "U0LEA")}, "people"),
        ],
    )
    def test_others_do_not_come_into_a_one_on_one(self, room, agreed, field):
        """They would read its notes and points; before there are any they may."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        room.edit(series, SUNDAY, **agreed)
        said, met = (room.book(SUNDAY, **ONE_ON_ONE) for _ in range(2))
        room.add(said, "my salary", SUNDAY)
        room.post_now(met, SUNDAY)
        for series in (said, met):
            with pytest.raises(FormErrors) as refused:
                room.edit(series, SUNDAY, **agreed)
            assert list(refused.value.fields) == [field]
            room.edit(series, SUNDAY, **{**ONE_ON_ONE, "title": "Another title"})


class TestPermissions:
    """Whose series it is."""

    CHANGES = {
        "edit": lambda room, series, by: room.edit(series, SUNDAY, by=by, title="Mine now"),
        "skip": lambda room, series, by: room.skip(series, SUNDAY, by=by),
        "postpone": lambda room, series, by: room.postpone(
            series, utc("2026-11-24 10:00"), SUNDAY, by=by
        ),
        "pause": lambda room, series, by: room.pause(series, SUNDAY, by=by),
        "cancel": lambda room, series, by: room.cancel(series, SUNDAY, by=by),
        "post now": lambda room, series, by: room.post_now(series, SUNDAY, by=by),
    }

    @pytest.mark.parametrize("change", CHANGES)
    def test_a_series_of_a_channel(self, room, change):
        """Its owner and every manager; another lead, a member and a guest are told whose it is."""
        series = room.book(SUNDAY)
        other_lead = replace(LEA, id="U0LOU")
        for person in (other_lead, BO, CY):
            with pytest.raises(Forbidden, match="Only its owner or a manager can change “Support"):
                self.CHANGES[change](room, series, person)
        assert room.story(series) == ["2026-11-23T09:00 planned"]
        assert len(room.changes(series)) == 1
        self.CHANGES[change](room, series, HAL)

    @pytest.mark.parametrize("change", CHANGES)
    def test_a_private_series(self, room, change):
        """Its owner alone: who takes part is told so."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        with pytest.raises(Forbidden, match="Only its owner can change “Ana and Bo”"):
            self.CHANGES[change](room, series, BO)
        self.CHANGES[change](room, series, ANA)

    @pytest.mark.parametrize("change", CHANGES)
    @pytest.mark.parametrize("person", [HAL, LEA, CY], ids=lambda person: person.name)
    def test_a_private_series_is_not_there_for_others(self, room, change, person):
        """A manager who is not in it reads the very sentence that stands for one that does not exist."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        with pytest.raises(Refused) as hidden:
            self.CHANGES[change](room, series, person)
        with pytest.raises(Refused) as missing:
            self.CHANGES[change](room, replace(series, id=99), person)
        assert hidden.value.sentence == missing.value.sentence.replace("#99", f"#{series.id}")
        assert "Ana and Bo" not in hidden.value.sentence
        assert type(hidden.value) is type(missing.value)


class TestEditing:
    """A series is changed."""

    def test_a_new_time_before_todays_is_posted(self, room):
        """Today's moves with it."""
        series = room.book(SUNDAY)
        room.edit(series, utc("2026-11-23 07:00"), at="11:00")
        assert room.tick(POST_1) == []
        (posted,) = room.tick(utc("2026-11-23 10:00"))
        assert posted.starts_at == utc("2026-11-23 11:00")
        assert room.story(series) == ["2026-11-23T11:00 posted", "2026-11-30T11:00 planned"]

    def test_an_earlier_time_before_todays_is_posted(self, room):
        """When it begins in ten minutes, its agenda comes at once, and nobody is told that it is late."""
        series = room.book(SUNDAY)
        room.edit(series, utc("2026-11-23 07:00"), at="07:10")
        (posted,) = room.tick(utc("2026-11-23 07:00"))
        assert posted.starts_at == utc("2026-11-23 07:10")
        assert late_by(room, series, "2026-11-23T07:10") is None

    @pytest.mark.parametrize("at", ["11:00", "08:45"])
    def test_a_new_time_after_todays_was_posted(self, room, at):
        """Today is over for it: one agenda a day."""
        series = room.book(SUNDAY)
        room.tick(POST_1)
        room.edit(series, MONDAY_0830, at=at)
        assert room.tick(utc("2026-11-23 12:00")) == []
        assert room.story(series) == ["2026-11-23T09:00 posted", f"2026-11-30T{at} planned"]

    def test_a_new_time_after_todays_was_skipped(self, room):
        """A day that was skipped stays so."""
        series = room.book(SUNDAY)
        room.skip(series, utc("2026-11-23 07:00"))
        room.edit(series, utc("2026-11-23 07:01"), at="11:00")
        assert room.tick(utc("2026-11-23 12:00")) == []
        assert room.story(series) == ["2026-11-23T09:00 skipped", "2026-11-30T11:00 planned"]

    def test_another_weekday(self, room):
        """From this week on, where it is still to come, even though next Monday was skipped."""
        series = room.book(SUNDAY)
        room.tick(POST_1)
        room.skip(series, TUESDAY)
        room.edit(series, TUESDAY, first="2026-11-25")
        assert room.story(series) == [
            "2026-11-23T09:00 posted",
            "2026-11-25T09:00 planned",
            "2026-11-30T09:00 skipped",
        ]
        for now in ("2026-11-25 08:00", "2026-11-30 08:00", "2026-12-02 08:00"):
            room.tick(utc(now))
        assert room.story(series)[1:] == [
            "2026-11-25T09:00 posted",
            "2026-11-30T09:00 skipped",
            "2026-12-02T09:00 posted",
            "2026-12-09T09:00 planned",
        ]

    def test_another_zone(self, room):
        """Nine in New York."""
        series = room.book(SUNDAY, zone="Europe/Berlin")
        room.edit(series, SUNDAY, zone="America/New_York")
        assert room.next(series).starts_at == utc("2026-11-23 14:00")

    @pytest.mark.parametrize(
        "more",
        [{"title": "Desk weekly"}, {"attendees": ("U0LEA",)}, {"template": "retrospective"}, {"target": LOUNGE}, {"team": "emea"}],
        ids=lambda more: next(iter(more)),
    )  # fmt: skip
    def test_what_does_not_change_when(self, room, more):
        """The planned meeting is the very same, also where it was postponed."""
        series = room.book(SUNDAY)
        room.postpone(series, utc("2026-11-24 10:00"), SUNDAY)
        before = room.meetings(series)
        room.edit(series, SUNDAY, **more)
        assert room.meetings(series) == before

    def test_another_lead(self, room):
        """The same meeting, earlier."""
        series = room.book(SUNDAY)
        room.edit(series, SUNDAY, lead=120)
        assert room.tick(utc("2026-11-23 06:59")) == []
        assert len(room.tick(utc("2026-11-23 07:00"))) == 1

    def test_a_longer_lead_that_has_passed_already(self, room):
        """It is posted at once, and is not late."""
        series = room.book(SUNDAY)
        now = utc("2026-11-23 07:30")
        room.edit(series, now, lead=240)
        assert len(room.tick(now)) == 1
        assert late_by(room, series, "2026-11-23T09:00") is None

    @pytest.mark.parametrize(
        "more", [{"lead": 120}, {"holidays": "2026-12-24"}], ids=["lead", "holidays"]
    )
    def test_a_postponed_meeting_stays_postponed(self, room, more):
        """Whoever changes the lead or the holidays does not mean to move it back."""
        series = room.book(SUNDAY)
        room.postpone(series, utc("2026-12-01 10:00"), SUNDAY)
        room.edit(series, SUNDAY, **more)
        assert [
            (each.local.day, each.starts_at) for each in room.meetings(series) if each.is_moved
        ] == [(23, utc("2026-12-01 10:00"))]
        posted = room.tick_through(SUNDAY, utc("2026-12-08 12:00"), HOUR)
        lead = timedelta(minutes=more.get("lead", 60))
        assert [(each.starts_at, each.posted_at) for each in posted] == [
            (at, at - lead) for at in map(utc, ("2026-11-30 09:00", "2026-12-01 10:00", "2026-12-07 09:00"))
        ]  # fmt: skip

    @pytest.mark.parametrize("now", [SUNDAY, TUESDAY], ids=["before", "after"])
    def test_a_postponed_meeting_stays_when_the_rule_changes(self, room, now):
        """Before or after the day on which it would have been: it is held once that week, where it was moved."""
        series = room.book(SUNDAY)
        room.postpone(series, utc("2026-11-26 15:00"), SUNDAY)
        room.edit(series, now, at="10:00")
        posted = room.tick_through(now, utc("2026-12-08 12:00"), HOUR)
        assert [each.starts_at for each in posted] == [
            utc(at) for at in ("2026-11-26 15:00", "2026-11-30 10:00", "2026-12-07 10:00")
        ]

    def test_a_single_meeting_is_held_when_it_is_agreed(self, room):
        """Whoever edits its day means that very meeting, postponed or not."""
        series = room.book(SUNDAY, repeat=Repeat.ONCE)
        room.postpone(series, utc("2026-11-26 15:00"), SUNDAY)
        room.edit(series, SUNDAY, repeat=Repeat.ONCE, first="2026-11-30")
        assert [each.starts_at for each in room.meetings(series)] == [utc("2026-11-30 09:00")]

    def test_a_postponed_meeting_of_a_cancelled_series_comes_back_where_it_was_moved(self, room):
        """And not on its old day as well, by a rule that was changed meanwhile."""
        series = room.book(SUNDAY)
        room.postpone(series, utc("2026-11-26 15:00"), SUNDAY)
        room.cancel(series, SUNDAY)
        room.edit(series, SUNDAY, at="10:00")
        room.resume(series, SUNDAY)
        posted = room.tick_through(SUNDAY, utc("2026-12-02 12:00"), HOUR)
        assert [each.starts_at for each in posted] == [
            utc(at) for at in ("2026-11-26 15:00", "2026-11-30 10:00")
        ]

    @pytest.mark.parametrize(
        "more", [{"lead": 120}, {"at": "10:00"}, {"holidays": "2026-12-24"}], ids=str
    )
    def test_a_meeting_that_takes_place_after_all_still_does(self, room, more):
        """Two were skipped, and one of them was taken back: an edit forgets neither decision."""
        series = room.book(SUNDAY)
        skipped = room.skip(series, SUNDAY)
        room.skip(series, SUNDAY)
        room.unskip(skipped, SUNDAY)
        room.edit(series, SUNDAY, **more)
        posted = room.tick_through(SUNDAY, utc("2026-12-08 12:00"), HOUR)
        assert [each.local.day for each in posted] == [23, 7]

    def test_a_holiday_that_is_none_any_more(self, room):
        """Somebody had typed the wrong week."""
        series = room.book(SUNDAY, holidays="2026-11-30")
        room.tick(POST_1)
        room.edit(series, TUESDAY, holidays="2026-12-07")
        assert room.story(series)[1:] == ["2026-11-30T09:00 planned"]
        room.tick(POST_2)
        assert room.story(series)[1:] == [
            "2026-11-30T09:00 posted",
            "2026-12-07T09:00 skipped",
            "2026-12-14T09:00 planned",
        ]

    def test_a_new_holiday(self, room):
        """The planned meeting falls on it, and is not held."""
        series = room.book(SUNDAY)
        room.edit(series, SUNDAY, holidays="2026-11-23")
        assert room.tick(POST_1) == []
        assert room.story(series) == ["2026-11-23T09:00 skipped", "2026-11-30T09:00 planned"]

    def test_there_and_back_again(self, room):
        """As if nothing had been."""
        series = room.book(SUNDAY)
        before = [(each.local, each.starts_at, each.post_at) for each in room.meetings(series)]
        room.edit(series, SUNDAY, at="11:00")
        room.edit(series, SUNDAY)
        assert [
            (each.local, each.starts_at, each.post_at) for each in room.meetings(series)
        ] == before

    def test_from_a_rule_to_a_calendar_and_back(self, room):
        """Each says when as long as it is asked."""
        series = room.book(SUNDAY)
        thursdays = calendar(event("2026-11-26 15:00", rule="FREQ=WEEKLY"))
        followed = room.edit(series, SUNDAY, calendar=thursdays)
        assert followed.terms.when == "whenever its calendar says"
        assert room.story(series) == ["2026-11-26T15:00 planned"]
        without = calendar(event("2026-12-03 15:00", rule="FREQ=WEEKLY"))
        room.calendar_says(series, without, SUNDAY)
        room.edit(series, SUNDAY, first="2026-11-26", at="15:00")
        assert "2026-11-26T15:00 planned" in room.story(series)
        assert len(room.tick(utc("2026-11-26 14:00"))) == 1

    def test_another_title_is_another_meeting_of_the_calendar(self, room):
        """At once, and not when the calendar is asked again: an agenda might be due before."""
        sync, lunch = (
            event(start, uid=title).replace("SUMMARY:Support weekly", f"SUMMARY:{title}")
            for start, title in (("2026-11-26 08:00", "Sync"), ("2026-11-27 12:00", "Lunch"))
        )
        both = calendar(sync, lunch)
        series = room.book(SUNDAY, title="Sync", calendar=both)
        assert room.story(series) == ["2026-11-26T08:00 planned"]
        room.edit(series, SUNDAY, title="Lunch", calendar=both)
        assert room.story(series) == ["2026-11-27T12:00 planned"]

    def test_a_meeting_of_a_channel_becomes_a_one_on_one(self, room):
        """What is said from then on is for the two: its agenda in the channel is closed, and takes no more."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(POST_1)
        room.stand(posted)
        private = room.edit(series, MONDAY_0830, **ONE_ON_ONE)
        room.add(private, "A rise", MONDAY_0830 + MINUTE)
        sheet = room.read(sheet_of, room.sources, posted.id)
        assert sheet.is_closed
        assert sheet.points == ()

    def test_the_same_form_twice_changes_once(self, room):
        """Slack delivers a press again."""
        series = room.book(SUNDAY)
        room.write(booking.edit, series.id, terms(at="10:00"), ANA, "press 1", SUNDAY)
        with pytest.raises(AlreadyDone):
            room.write(booking.edit, series.id, terms(at="10:00"), ANA, "press 1", SUNDAY)
        assert len(room.changes(series)) == 2

    def test_what_is_said_back_is_what_will_happen(self, room):
        """The form's answer names the meetings that are planned: neither one that is over nor one that is skipped."""
        series = room.book(SUNDAY)
        room.tick(POST_1)
        eleven = room.edit(series, MONDAY_0830, at="11:00")
        assert room.read(coming, eleven, MONDAY_0830) == [
            utc(f"{day} 11:00") for day in ("2026-11-30", "2026-12-07", "2026-12-14")
        ]
        room.skip(series, TUESDAY)
        room.postpone(series, utc("2026-12-15 15:00"), TUESDAY)
        assert room.read(coming, eleven, TUESDAY) == [
            utc(at) for at in ("2026-12-14 11:00", "2026-12-15 15:00", "2026-12-21 11:00")
        ]

    def test_what_a_calendar_says_back(self, room):
        """The meeting that is planned, and those after it that are not called off."""
        off = event("2026-12-03 15:00", was="2026-12-03 15:00", cancelled=True, version=1)
        weekly = event("2026-11-26 15:00", rule="FREQ=WEEKLY")
        series = room.book(SUNDAY, calendar=calendar(weekly, off))
        assert room.read(coming, series, SUNDAY) == [
            utc("2026-11-26 15:00"),
            utc("2026-12-10 15:00"),
            utc("2026-12-17 15:00"),
        ]


class TestSkipping:
    """The next meeting is left out."""

    def test_the_one_after_it_is_next(self, room):
        """And who skipped it is told."""
        series = room.book(SUNDAY)
        skipped = room.skip(series, SUNDAY, by=HAL)
        assert (skipped.local.day, skipped.state) == (23, MeetingState.SKIPPED)
        assert room.tick(POST_1) == []
        assert room.story(series) == ["2026-11-23T09:00 skipped", "2026-11-30T09:00 planned"]
        assert room.reasons(series) == {"2026-11-23T09:00": "skipped by <@U0HAL>"}

    def test_after_its_agenda_was_posted(self, room):
        """That meeting and not the one after it; its points wait and are not counted as carried, and it can be undone."""
        series = room.book(SUNDAY)
        room.add(series, "The budget", SUNDAY)
        (posted,) = room.tick(POST_1)
        skipped = room.skip(series, MONDAY_0830)
        assert skipped.id == posted.id
        assert room.story(series) == ["2026-11-23T09:00 skipped", "2026-11-30T09:00 planned"]
        room.unskip(skipped, MONDAY_0830)
        assert room.story(series) == ["2026-11-23T09:00 posted", "2026-11-30T09:00 planned"]
        room.skip(series, MONDAY_0830)
        assert len(room.tick(POST_2)) == 1
        assert room.waiting(series) == ["The budget"]

    def test_several_in_a_row(self, room):
        """Each press skips one more."""
        series = room.book(SUNDAY)
        assert [room.skip(series, SUNDAY).local.day for _ in range(3)] == [23, 30, 7]
        assert room.next(series).local.day == 14

    def test_it_can_be_taken_back(self, room):
        """Then both are posted, each once."""
        series = room.book(SUNDAY)
        room.unskip(room.skip(series, SUNDAY), SUNDAY)
        assert len(room.tick(POST_1)) == len(room.tick(POST_2)) == 1
        assert room.story(series) == [
            "2026-11-23T09:00 posted",
            "2026-11-30T09:00 posted",
            "2026-12-07T09:00 planned",
        ]
        assert room.reasons(series) == {}

    def test_skip_and_take_back_and_skip(self, room):
        """As often as somebody likes."""
        series = room.book(SUNDAY)
        for _ in range(3):
            skipped = room.skip(series, SUNDAY)
            assert skipped.local.day == 23
            room.unskip(skipped, SUNDAY)
        assert room.story(series) == ["2026-11-23T09:00 planned", "2026-11-30T09:00 planned"]

    def test_taken_back_when_its_agenda_was_due(self, room):
        """It comes at once; nobody has slept."""
        series = room.book(SUNDAY)
        skipped = room.skip(series, SUNDAY)
        now = utc("2026-11-23 08:40")
        room.unskip(skipped, now)
        assert len(room.tick(now)) == 1
        assert late_by(room, series, "2026-11-23T09:00") is None

    @pytest.mark.parametrize("now", ["2026-11-23 09:00", "2026-11-24 09:00"])
    def test_too_late_to_take_back(self, room, now):
        """It would have begun."""
        series = room.book(SUNDAY)
        skipped = room.skip(series, SUNDAY)
        with pytest.raises(Refused, match=r"^That cannot be taken back any more\.$"):
            room.unskip(skipped, utc(now))

    def test_taken_back_twice(self, room):
        """The second press finds nothing to do."""
        series = room.book(SUNDAY)
        skipped = room.skip(series, SUNDAY)
        room.unskip(skipped, SUNDAY)
        with pytest.raises(Refused, match="cannot be taken back"):
            room.unskip(skipped, SUNDAY)
        with pytest.raises(Refused, match="not there any more"):
            room.unskip(replace(skipped, id=99), SUNDAY)

    def test_taken_back_after_the_series_has_moved(self, room):
        """Nine o'clock is not when it meets any more."""
        series = room.book(SUNDAY)
        skipped = room.skip(series, SUNDAY)
        room.edit(series, SUNDAY, at="11:00")
        with pytest.raises(Refused, match="cannot be taken back"):
            room.unskip(skipped, SUNDAY)
        assert room.story(series) == ["2026-11-23T09:00 skipped", "2026-11-30T11:00 planned"]

    @pytest.mark.parametrize("turn", ["pause", "cancel"])
    def test_not_while_nothing_is_posted(self, room, turn):
        """The sentence says what would help."""
        series = room.book(SUNDAY)
        getattr(room, turn)(series, SUNDAY)
        state = {"pause": "paused", "cancel": "cancelled"}[turn]
        for act in (room.skip, lambda *_: room.postpone(series, utc("2026-11-24 10:00"), SUNDAY)):
            with pytest.raises(Refused, match=f"“Support weekly” is {state}; resume it first"):
                act(series, SUNDAY)


class TestPostponing:
    """The next meeting is held at another time."""

    def test_to_a_time_before_the_following_one(self, room):
        """Once, there; the others stay where they are."""
        series = room.book(SUNDAY)
        moved = room.postpone(series, utc("2026-11-25 14:00"), SUNDAY)
        assert (moved.local.day, moved.starts_at) == (23, utc("2026-11-25 14:00"))
        assert self.posted(room, series) == [
            ("2026-11-25 14:00", "2026-11-25 13:00"),
            ("2026-11-30 09:00", "2026-11-30 08:00"),
            ("2026-12-07 09:00", "2026-12-07 08:00"),
        ]

    def test_past_the_following_one(self, room):
        """That one is held first, and neither is lost or doubled."""
        series = room.book(SUNDAY)
        room.postpone(series, utc("2026-12-02 14:00"), SUNDAY)
        assert room.next(series).starts_at == utc("2026-11-30 09:00")
        assert self.posted(room, series) == [
            ("2026-11-30 09:00", "2026-11-30 08:00"),
            ("2026-12-02 14:00", "2026-12-02 13:00"),
            ("2026-12-07 09:00", "2026-12-07 08:00"),
        ]

    def test_past_several(self, room):
        """Two weeks and a day."""
        series = room.book(SUNDAY)
        room.postpone(series, utc("2026-12-08 09:00"), SUNDAY)
        assert [at for at, _ in self.posted(room, series)] == [
            "2026-11-30 09:00",
            "2026-12-07 09:00",
            "2026-12-08 09:00",
        ]
        assert room.next(series).starts_at == utc("2026-12-14 09:00")

    def test_to_an_earlier_time(self, room):
        """The form lets one choose any that is still to come."""
        series = room.book(SUNDAY)
        room.postpone(series, utc("2026-11-22 17:00"), SUNDAY)
        assert self.posted(room, series)[0] == ("2026-11-22 17:00", "2026-11-22 16:00")
        assert len(room.story(series)) == 4

    def test_twice(self, room):
        """The one that is next is moved again."""
        series = room.book(SUNDAY)
        room.postpone(series, utc("2026-11-24 09:00"), SUNDAY)
        room.postpone(series, utc("2026-11-25 09:00"), SUNDAY)
        assert [at for at, _ in self.posted(room, series)] == [
            "2026-11-25 09:00",
            "2026-11-30 09:00",
            "2026-12-07 09:00",
        ]

    @pytest.mark.parametrize("to", ["2026-11-30 09:00", "2026-12-07 09:00"])
    def test_not_to_the_time_of_another_one(self, room, to):
        """Two agendas at the same minute, for the same people, are one too many."""
        series = room.book(SUNDAY)
        with pytest.raises(Refused, match=rf"It meets then already.*/agenda skip #{series.id} "):
            room.postpone(series, utc(to), SUNDAY)
        room.postpone(series, utc("2026-11-24 09:00"), SUNDAY)  # the following one is planned now
        with pytest.raises(Refused, match="It meets then already"):
            room.postpone(series, utc(to), SUNDAY)

    def test_not_to_the_time_of_another_one_in_its_calendar(self, room):
        """Its calendar has it, and nobody has planned it yet."""
        weekly = calendar(event("2026-11-26 15:00", rule="FREQ=WEEKLY"))
        series = room.book(SUNDAY, calendar=weekly)
        with pytest.raises(Refused, match="It meets then already"):
            room.postpone(series, utc("2026-12-10 15:00"), SUNDAY)
        room.postpone(series, utc("2026-12-10 14:00"), SUNDAY)

    def test_back_and_to_where_one_is_left_out(self, room):
        """Nobody meets there then."""
        series = room.book(SUNDAY, holidays="2026-12-07")
        skipped = room.skip(series, SUNDAY)
        room.skip(series, SUNDAY)
        room.unskip(skipped, SUNDAY)
        for to in ("2026-11-24 09:00", "2026-11-23 09:00", "2026-11-30 09:00", "2026-12-07 09:00"):
            assert room.postpone(series, utc(to), SUNDAY).starts_at == utc(to)

    def test_to_within_its_lead(self, room):
        """In half an hour: the agenda comes at once, and is not late."""
        series = room.book(SUNDAY)
        now = utc("2026-11-23 07:30")
        room.postpone(series, utc("2026-11-23 08:00"), now)
        assert len(room.tick(now)) == 1
        assert late_by(room, series, "2026-11-23T09:00") is None

    @pytest.mark.parametrize("to", [SUNDAY, SUNDAY - MINUTE])
    def test_not_to_a_time_that_has_passed(self, room, to):
        """The sentence says so, and nothing has changed."""
        series = room.book(SUNDAY)
        with pytest.raises(Refused, match="That time has passed"):
            room.postpone(series, to, SUNDAY)
        assert room.next(series).starts_at == utc("2026-11-23 09:00")

    def test_after_its_agenda_was_posted(self, room):
        """The same meeting, later that day; no second agenda comes, and those after it stay."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(POST_1)
        moved = room.postpone(series, utc("2026-11-23 15:00"), MONDAY_0830)
        assert (moved.id, moved.state, moved.is_moved) == (posted.id, MeetingState.POSTED, True)
        assert moved.starts_at == utc("2026-11-23 15:00")
        assert self.posted(room, series)[1:] == [
            ("2026-11-30 09:00", "2026-11-30 08:00"),
            ("2026-12-07 09:00", "2026-12-07 08:00"),
        ]
        assert late_by(room, series, "2026-11-23T09:00") is None

    def test_after_it_has_begun(self, room):
        """Then the next one is meant."""
        series = room.book(SUNDAY)
        room.tick(POST_1)
        moved = room.postpone(series, utc("2026-12-01 09:00"), utc("2026-11-23 09:00"))
        assert moved.local.day == 30

    @pytest.mark.parametrize("act", ["postpone", "skip"])
    def test_after_slack_would_not_take_its_agenda(self, room, act):
        """It is that meeting which is meant; where it is held later, its agenda is tried again."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(POST_1)
        room.write(not_delivered, posted.id, MeetingState.FAILED, "not_in_channel")
        if act == "skip":
            skipped = room.skip(series, MONDAY_0830)
            assert (skipped.id, skipped.is_out) == (posted.id, False)
            assert room.tick(MONDAY_0830) == []
            room.unskip(skipped, MONDAY_0830)
            assert [each.id for each in room.tick(MONDAY_0830)] == [posted.id]
        else:
            room.postpone(series, utc("2026-11-23 15:00"), MONDAY_0830)
            assert room.tick(MONDAY_0830) == []
            assert [each.id for each in room.tick(utc("2026-11-23 14:00"))] == [posted.id]
        assert room.next(series).local.day == 30

    def test_a_postponed_meeting_can_be_skipped_and_taken_back(self, room):
        """To where it was moved."""
        series = room.book(SUNDAY)
        room.postpone(series, utc("2026-11-25 14:00"), SUNDAY)
        room.unskip(room.skip(series, SUNDAY), SUNDAY)
        assert self.posted(room, series)[0] == ("2026-11-25 14:00", "2026-11-25 13:00")

    def test_across_a_change_of_the_clocks(self, room):
        """The ones after it keep their local time."""
        series = room.book(utc("2026-10-18 12:00"), first="2026-10-19", zone="Europe/Berlin")
        room.postpone(series, utc("2026-10-27 14:00"), utc("2026-10-18 12:00"))
        posted = room.tick_through(utc("2026-10-18 12:00"), utc("2026-11-03 12:00"), HOUR)
        assert [each.starts_at for each in posted] == [
            utc("2026-10-26 08:00"),
            utc("2026-10-27 14:00"),
            utc("2026-11-02 08:00"),
        ]

    @staticmethod
    def posted(room: MeetingRoom, series: Series) -> list[tuple[str, str]]:
        """Let three weeks pass, and return when meetings were held and their agendas posted."""
        room.tick_through(SUNDAY, SUNDAY + 17 * DAY, HOUR)
        held = sorted(
            (each for each in room.meetings(series) if each.posted_at),
            key=lambda each: each.starts_at,
        )
        return [
            (f"{each.starts_at:%Y-%m-%d %H:%M}", f"{each.posted_at:%Y-%m-%d %H:%M}")
            for each in held
        ]


class TestPausing:
    """Nothing is posted until somebody resumes it."""

    def test_shorter_than_the_interval(self, room):
        """Nothing has been missed, and the next one comes."""
        series = room.book(SUNDAY)
        room.pause(series, SUNDAY)
        room.resume(series, SUNDAY + HOUR)
        assert len(room.tick(POST_1)) == 1
        assert room.reasons(series) == {}

    def test_over_one_meeting(self, room):
        """It is recorded as skipped."""
        series = room.book(SUNDAY)
        room.pause(series, SUNDAY)
        assert room.tick(POST_1) == room.tick(TUESDAY) == []
        room.resume(series, TUESDAY)
        assert room.story(series) == ["2026-11-23T09:00 skipped", "2026-11-30T09:00 planned"]
        assert room.reasons(series) == {"2026-11-23T09:00": "the series was paused"}

    @pytest.mark.parametrize("follows", ["rule", "calendar"])
    def test_over_several(self, room, follows):
        """Each is recorded, with the true reason, and the next one comes on time."""
        said = calendar(event("2026-11-23 09:00", rule="FREQ=WEEKLY"))
        series = room.book(SUNDAY, calendar=said if follows == "calendar" else None)
        room.pause(series, SUNDAY)
        room.resume(series, utc("2026-12-10 12:00"))
        assert room.tick(utc("2026-12-10 12:00")) == []
        assert room.story(series) == [
            "2026-11-23T09:00 skipped",
            "2026-11-30T09:00 skipped",
            "2026-12-07T09:00 skipped",
            "2026-12-14T09:00 planned",
        ]
        assert set(room.reasons(series).values()) == {"the series was paused"}
        assert len(room.tick(utc("2026-12-14 08:00"))) == 1

    def test_until_after_an_agenda_was_due(self, room):
        """It comes at once, and does not say that it is late: nobody wanted it before."""
        series = room.book(SUNDAY)
        room.pause(series, SUNDAY)
        now = utc("2026-11-23 08:40")
        room.resume(series, now)
        assert len(room.tick(now)) == 1
        assert late_by(room, series, "2026-11-23T09:00") is None

    def test_a_series_that_is_changed_meanwhile(self, room):
        """It goes on with what was changed."""
        series = room.book(SUNDAY)
        room.pause(series, SUNDAY)
        room.edit(series, TUESDAY, at="11:00")
        assert room.tick(utc("2026-11-30 10:30")) == []
        room.resume(series, utc("2026-12-01 12:00"))
        assert room.next(series).starts_at == utc("2026-12-07 11:00")

    def test_a_postponed_meeting_waits(self, room):
        """It is still to come when the series goes on."""
        series = room.book(SUNDAY)
        room.postpone(series, utc("2026-12-02 14:00"), SUNDAY)
        room.pause(series, SUNDAY)
        room.resume(series, utc("2026-12-01 12:00"))
        assert [each.local.day for each in room.tick(utc("2026-12-02 13:00"))] == [23]
        assert len(room.tick(POST_3)) == 1

    def test_twice(self, room):
        """Each time the sentence says how it is."""
        series = room.book(SUNDAY)
        with pytest.raises(Refused, match=r"^It is running already\.$"):
            room.resume(series, SUNDAY)
        room.pause(series, SUNDAY)
        with pytest.raises(Refused, match=r"^It is paused already\.$"):
            room.pause(series, SUNDAY)

    def test_a_series_that_is_over(self, room):
        """It has no next meeting, and resuming it makes none up."""
        once = room.book(SUNDAY, repeat=Repeat.ONCE)
        room.tick(POST_1)
        room.pause(once, TUESDAY)
        room.resume(once, TUESDAY)
        assert room.story(once) == ["2026-11-23T09:00 posted"]


class TestCancelling:
    """A series ends, and may be brought back."""

    @pytest.mark.parametrize("follows", ["rule", "calendar"])
    def test_cancelled_by_mistake(self, room, follows):
        """Resumed a minute later, its next meeting takes place as if nothing had been."""
        said = calendar(event("2026-11-23 09:00", rule="FREQ=WEEKLY"))
        series = room.book(SUNDAY, calendar=said if follows == "calendar" else None)
        room.cancel(series, SUNDAY)
        assert room.reasons(series) == {"2026-11-23T09:00": "the series was cancelled by <@U0ANA>"}
        room.resume(series, SUNDAY + MINUTE)
        assert room.reasons(series) == {}
        assert len(room.tick(POST_1)) == len(room.tick(POST_2)) == 1
        assert room.story(series)[:2] == ["2026-11-23T09:00 posted", "2026-11-30T09:00 posted"]

    def test_a_cancelled_series_posts_nothing(self, room):
        """Its planned meeting is cancelled with it."""
        series = room.book(SUNDAY)
        room.cancel(series, SUNDAY)
        assert room.tick(utc("2027-01-01 12:00")) == []
        assert room.story(series) == ["2026-11-23T09:00 cancelled"]

    def test_another_lead_while_it_was_cancelled(self, room):
        """Its next agenda comes by the new one."""
        series = room.book(SUNDAY)
        room.cancel(series, SUNDAY)
        room.edit(series, SUNDAY, lead=0)
        room.resume(series, SUNDAY + MINUTE)
        assert room.tick(POST_1) == []
        assert [each.starts_at for each in room.tick(utc("2026-11-23 09:00"))] == [
            utc("2026-11-23 09:00")
        ]

    def test_brought_back_after_months(self, room):
        """It goes on with its next meeting; nothing pretends that the ones between were missed."""
        series = room.book(SUNDAY)
        room.cancel(series, SUNDAY)
        room.resume(series, utc("2027-03-03 12:00"))
        assert room.tick(utc("2027-03-03 12:00")) == []
        assert room.story(series) == ["2026-11-23T09:00 cancelled", "2027-03-08T09:00 planned"]

    def test_a_postponed_meeting_comes_back_where_it_was(self, room):
        """With the ones beside it."""
        series = room.book(SUNDAY)
        room.postpone(series, utc("2026-12-02 14:00"), SUNDAY)
        room.cancel(series, SUNDAY)
        room.resume(series, SUNDAY + MINUTE)
        posted = room.tick_through(SUNDAY, utc("2026-12-08 12:00"), HOUR)
        assert [each.starts_at for each in posted] == [
            utc("2026-11-30 09:00"),
            utc("2026-12-02 14:00"),
            utc("2026-12-07 09:00"),
        ]

    def test_what_its_calendar_had_cancelled_stays_cancelled(self, room):
        """Only what went with the series comes back with it."""
        weekly = event("2026-11-23 09:00", rule="FREQ=WEEKLY")
        gone = event("2026-11-23 09:00", was="2026-11-23 09:00", cancelled=True, version=1)
        series = room.book(SUNDAY, calendar=calendar(weekly))
        room.calendar_says(series, calendar(weekly, gone), SUNDAY)
        room.cancel(series, SUNDAY)
        room.resume(series, SUNDAY + MINUTE)
        assert room.story(series) == ["2026-11-23T09:00 cancelled", "2026-11-30T09:00 planned"]

    def test_a_paused_series_can_be_cancelled_and_brought_back(self, room):
        """It runs then."""
        series = room.book(SUNDAY)
        room.pause(series, SUNDAY)
        room.cancel(series, SUNDAY)
        assert room.resume(series, SUNDAY).state is SeriesState.ACTIVE
        assert len(room.tick(POST_1)) == 1


class TestNothingIsLost:
    """Points belong to the series."""

    def test_through_everything(self, room):
        """Skipped, postponed, paused, cancelled, edited: what was not discussed waits."""
        series = room.book(SUNDAY)
        room.add(series, "The new rota", SUNDAY)
        room.add(series, "Ana's worry", SUNDAY, by=ANA, private=True)
        skipped = room.skip(series, SUNDAY)
        room.unskip(skipped, SUNDAY)
        room.postpone(series, utc("2026-12-02 14:00"), SUNDAY)
        room.edit(series, SUNDAY, at="11:00")
        room.pause(series, SUNDAY)
        room.resume(series, utc("2026-12-10 12:00"))
        room.cancel(series, utc("2026-12-10 12:00"))
        room.resume(series, utc("2026-12-10 12:00"))
        assert room.waiting(series) == ["The new rota", "Ana's worry"]


# Whatever people do, in whatever order.

ACTS = st.sampled_from(
    [
        *("nothing", "skip", "unskip", "postpone", "pause", "resume", "cancel", "edit"),
        *("post now", "add", "discuss", "close"),
    ]
)
WAITS = st.sampled_from([MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY, WEEK, 2 * WEEK])
AGREED = [
    {},
    {"at": "11:00"},
    {"lead": 0},
    {"lead": 2880, "weekdays": (0, 1, 3)},
    {"first": "2026-10-24", "at": "02:30", "zone": "Europe/Berlin", "weekdays": range(7)},
    {"holidays": "2026-11-30..2026-12-10"},
    {"first": "2026-11-26"},
    {"repeat": Repeat.MONTHLY_BY_DATE, "first": "2026-11-30"},
    {"at": "23:30", "zone": "America/Santiago"},
]
WAS_POSTED = (MeetingState.POSTED, MeetingState.CLOSED)


class Story:
    """One series and all that happens to it."""

    def __init__(self, room: MeetingRoom, agreed: dict[str, Any], now: datetime) -> None:
        self.room, self.now = room, now
        self.series = room.book(now, **agreed)
        self.skipped: list[Meeting] = []
        self.points: list[Point] = []
        self.posted: set[int] = set()
        self.closed: set[int] = set()

    def do(self, act: str, number: int) -> None:
        """Do one thing; a `Refused` says that it cannot be done now."""
        room, series, now = self.room, self.series, self.now
        match act:
            case "skip":
                self.skipped.append(room.skip(series, now))
            case "unskip" if self.skipped:
                room.unskip(self.skipped[number % len(self.skipped)], now)
            case "postpone":
                room.postpone(series, now + (number + 1) * 2 * DAY + HOUR, now)
            case "pause":
                room.pause(series, now)
            case "resume":
                room.resume(series, now)
            case "cancel":
                room.cancel(series, now)
            case "edit":
                self.series = room.edit(series, now, **AGREED[number % len(AGREED)])
            case "post now":
                room.post_now(series, now)
            case "close" if self.posted:
                room.close(replace(self.room.meetings(series)[0], id=max(self.posted)), now)
            case "add":
                private = number % 3 == 0
                said = room.add(series, f"Point {number}", now, by=ANA, private=private)
                self.points.append(said)
            case "discuss" if self.points:
                room.settle(self.points[number % len(self.points)], PointState.DISCUSSED, now)

    def check(self) -> None:
        """Assert what holds at any time."""
        rows = self.room.rows(self.series)
        locals_ = [row.local for row in rows]
        assert len(locals_) == len(set(locals_))
        posted = {row.id for row in rows if row.posted_at}  # some of them are left out since
        closed = {row.id for row in rows if row.state == MeetingState.CLOSED}
        assert self.posted <= posted, "a posted meeting stays posted"
        assert self.closed <= closed, "a closed meeting stays closed"
        self.posted, self.closed = posted, closed
        days = Counter(row.local[:10] for row in rows if row.id in posted and not row.is_moved)
        assert set(days.values()) <= {1}, (
            "a series meets once a day, unless somebody moves it there"
        )
        for row in rows:
            if row.state == MeetingState.PLANNED and not row.is_moved:
                local, zone = datetime.fromisoformat(row.local), self.series.terms.zone
                assert row.starts_at == to_utc(local, zone)
        kept = [(row.id, row.text) for row in self.room.points(self.series)]
        assert kept == [(said.id, said.text) for said in self.points], "no point is lost"

    def end(self) -> None:
        """Assert that a series that runs has something to come, and let it rest."""
        self.room.tick(self.now)
        series = self.room.read(find, self.series.id)
        if series.state is SeriesState.ACTIVE:
            coming_next = self.room.next(series)
            assert coming_next is not None
            assert coming_next.starts_at > self.now
        if series.state is not SeriesState.CANCELLED:
            self.room.cancel(series, self.now)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.sampled_from(AGREED),
    st.lists(st.tuples(WAITS, ACTS, st.integers(0, 8)), min_size=10, max_size=14),
)
def test_whatever_people_do(room, agreed, steps):
    """A meeting is there once, what was posted stays so, no day is doubled, no point is lost, and a series goes on."""
    story = Story(room, agreed, utc("2026-10-20 12:00"))
    for wait, act, number in steps:
        story.now += wait
        room.tick(story.now)
        with suppress(Refused):
            story.do(act, number)
        story.check()
    story.end()
