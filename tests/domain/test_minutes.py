"""What comes of meetings: closing one, what is carried over and how often, and what keeps coming up."""

from dataclasses import replace

import pytest

from bot.domain.minutes import last_minutes, minutes, minutes_for, said_often
from bot.domain.point import LASTS
from bot.errors import Refused
from bot.vocabulary import MeetingState, PointState
from tests.meetingroom import (
    ANA,
    BO,
    DESK,
    HAL,
    HOUR,
    LEA,
    LOUNGE,
    MINUTE,
    NOBODY,
    ONE_ON_ONE,
    WEEK,
    utc,
)

SUNDAY, DUE, START = (utc(f"2026-11-{moment}") for moment in ("22 12:00", "23 08:00", "23 09:00"))
GONE = r"^That meeting is not there any more\.$"


def texts(points):
    """Return what points say."""
    return [point.text for point in points]


class TestClosing:
    """The meeting is over, and what came of it is summed up."""

    def test_what_came_of_it(self, room):
        """Decisions, what was discussed, notes, and what waits, each in the order it was said."""
        series = room.book(SUNDAY)
        done, _ = room.add(series, "The rota", SUNDAY), room.add(series, "The budget", SUNDAY)
        (posted,) = room.tick(DUE)
        thread = room.stand(posted)
        for said in (
            "Bo swaps with Lea",
            "Decision: the rota starts in May",
            "Lunch is late",
            "Agreed: no rota in August",
        ):
            room.reply(thread, said, START)
        room.discuss(done, START)
        closed = room.close(posted, START + HOUR)
        assert texts(closed.decisions) == ["the rota starts in May", "no rota in August"]
        assert texts(closed.discussed) == ["The rota"]
        assert texts(closed.notes) == ["Bo swaps with Lea", "Lunch is late"]
        assert [(point.text, point.carried) for point in closed.carried] == [("The budget", 1)]
        assert (closed.meeting.state, closed.meeting.closed_by) == (MeetingState.CLOSED, ANA.id)
        assert closed == room.read(minutes, posted.id)

    def test_nothing_came_of_it(self, room):
        """That is said too."""
        room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        closed = room.close(posted, START)
        assert (closed.decisions, closed.discussed, closed.notes, closed.carried) == (
            (),
            (),
            (),
            (),
        )

    def test_twice(self, room):
        """The second press is told who was first, and carries nothing again."""
        series = room.book(SUNDAY)
        room.add(series, "The budget", SUNDAY)
        (posted,) = room.tick(DUE)
        room.close(posted, START, by=BO)
        with pytest.raises(Refused, match=r"^This meeting was closed already\.$"):
            room.close(posted, START, by=ANA)
        assert room.waiting(series) == ["The budget ×1"]

    def test_after_the_next_one_has_closed_it(self, room):
        """The sentence says so."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        room.tick(DUE + WEEK)
        with pytest.raises(Refused, match="closed already when the next agenda was posted"):
            room.close(posted, DUE + WEEK)
        assert room.meetings(series)[0].closed_by is None

    @pytest.mark.parametrize("state", ["planned", "skipped", "failed", "cancelled"])
    def test_what_was_never_held(self, room, state):
        """It cannot be closed, and the sentence says why."""
        series = room.book(SUNDAY)
        planned = room.next(series)
        match state:
            case "skipped":
                room.skip(series, SUNDAY)
            case "cancelled":
                room.cancel(series, SUNDAY)
            case "failed":
                from bot.domain.meeting import not_delivered

                room.tick(DUE)
                room.write(not_delivered, planned.id, MeetingState.FAILED, "why")
        with pytest.raises(Refused, match=f"This meeting cannot be closed: it is {state}"):
            room.close(planned, START)

    @pytest.mark.parametrize(
        ("by", "channel", "may"),
        [(ANA, "", True), (BO, NOBODY, True), (HAL, NOBODY, True), (LEA, DESK, True), (LEA, LOUNGE, False), (LEA, "", False)],
    )  # fmt: skip
    def test_who_may(self, room, by, channel, may):
        """Who takes part, who is where it stands, and managers; the same goes for reading its minutes."""
        room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        if may:
            assert room.read(minutes_for, posted.id, by, channel).meeting.id == posted.id
            assert room.close(posted, START, by=by, channel=channel).meeting.closed_by == by.id
            return
        for do in (lambda: room.close(posted, START, by=by, channel=channel), lambda: room.read(minutes_for, posted.id, by, channel)):  # fmt: skip
            with pytest.raises(Refused, match=GONE):
                do()

    @pytest.mark.parametrize("by", [HAL, LEA], ids=lambda by: by.name)
    def test_a_private_meeting(self, room, by):
        """For a manager who is not in it, it is not there; nor is one that is not."""
        room.book(SUNDAY, **ONE_ON_ONE)
        (posted,) = room.tick(DUE)
        room.stand(posted, "D0BOTH")
        for meeting in (posted, replace(posted, id=99)):
            for channel in (NOBODY, DESK, ""):
                with pytest.raises(Refused, match=GONE):
                    room.close(meeting, START, by=by, channel=channel)
                with pytest.raises(Refused, match=GONE):
                    room.read(minutes_for, meeting.id, by, channel)
        assert room.close(posted, START, by=BO, channel="D0BOTH").meeting.closed_by == BO.id

    def test_where_the_agenda_stood_before_the_series_moved(self, room):
        """Its button works for those who see it."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        room.stand(posted, DESK)
        room.edit(series, DUE, target=LOUNGE)
        assert room.close(posted, START, by=LEA, channel=DESK).meeting.closed_by == LEA.id

    def test_private_points_are_carried_and_not_told(self, room):
        """They count for the owner."""
        series = room.book(SUNDAY)
        room.add(series, "Secret", SUNDAY, by=ANA, private=True)
        (posted,) = room.tick(DUE)
        assert room.close(posted, START).carried == ()
        assert room.waiting(series) == ["Secret ×1"]


class TestCarrying:
    """How many meetings a point has sat through without being talked about."""

    def test_closed_unclosed_skipped_and_missed_meetings(self, room):
        """Only those that were held count, whether somebody closed them or the next agenda did."""
        series = room.book(SUNDAY, holidays="2026-12-28")
        room.add(series, "The budget", SUNDAY)
        (first,) = room.tick(DUE)
        room.close(first, START)
        assert room.waiting(series) == ["The budget ×1"]
        room.tick(DUE + WEEK)  # nobody closes this one
        assert room.waiting(series) == ["The budget ×1"]
        room.tick(DUE + 2 * WEEK)
        assert room.waiting(series) == ["The budget ×2"]
        room.skip(series, START + 2 * WEEK)  # the one of week three
        room.tick(DUE + 4 * WEEK)  # that of week two is closed by it
        assert room.waiting(series) == ["The budget ×3"]
        room.tick(START + 7 * WEEK)  # nobody ran: a holiday, and two that were missed
        assert room.waiting(series) == ["The budget ×3"]
        assert [line.split()[1] for line in room.story(series)] == [
            *("posted", "posted", "posted", "skipped", "posted"),
            *("skipped", "skipped", "skipped", "planned"),
        ]

    def test_a_postponed_meeting_counts_when_it_is_held(self, room):
        """Once."""
        series = room.book(SUNDAY)
        room.add(series, "The budget", SUNDAY)
        room.postpone(series, START + 30 * HOUR, SUNDAY)
        (posted,) = room.tick(START + 29 * HOUR)
        assert room.waiting(series) == ["The budget"]
        room.close(posted, START + 31 * HOUR)
        room.tick(DUE + WEEK)
        assert room.waiting(series) == ["The budget ×1"]

    def test_what_was_said_in_the_meeting_is_carried(self, room):
        """It was on the agenda, and nobody got to it."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        room.add(series, "In it", START + MINUTE)
        room.close(posted, START + HOUR)
        assert room.waiting(series) == ["In it ×1"]

    @pytest.mark.parametrize("closes", ["the next agenda", "somebody"])
    def test_what_was_said_after_it_is_not(self, room, closes):
        """A point of Thursday was never on Monday's agenda, even where that is closed on Friday."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        room.add(series, "Just in time", START + LASTS)
        room.add(series, "Thursday's", START + LASTS + MINUTE)
        if closes == "somebody":
            room.close(posted, DUE + 4 * 24 * HOUR)
        else:
            room.tick(DUE + WEEK)
        assert room.waiting(series) == ["Just in time ×1", "Thursday's"]

    def test_what_was_dropped_or_discussed_is_not(self, room):
        """It is done, and opened again it goes on from where it was."""
        series = room.book(SUNDAY)
        said = room.add(series, "The budget", SUNDAY)
        (first,) = room.tick(DUE)
        room.close(first, START + HOUR)
        room.settle(said, PointState.DROPPED, START + HOUR)
        (second,) = room.tick(DUE + WEEK)
        room.close(second, START + WEEK)
        room.settle(said, PointState.OPEN, START + WEEK)
        assert room.waiting(series) == ["The budget ×1"]

    def test_an_early_agenda_and_the_one_before_it(self, room):
        """Two stand there at once; each counts when it is over, and not twice."""
        series = room.book(SUNDAY)
        room.add(series, "The budget", SUNDAY)
        room.tick(DUE)
        room.post_now(series, START)
        assert room.waiting(series) == ["The budget"]
        room.tick(DUE + 2 * WEEK)
        assert room.waiting(series) == ["The budget ×2"]


class TestLastMinutes:
    """What the brief looks back on."""

    def test_the_newest_first_and_not_the_meeting_itself(self, room):
        """Held ones, as many as are asked for."""
        series = room.book(SUNDAY)
        for week in range(5):
            room.tick(DUE + week * WEEK)
        *_, last = [each for each in room.meetings(series) if each.posted_at]
        found = room.read(last_minutes, series, last, 3)
        assert [each.meeting.local.day for each in found] == [14, 7, 30]


class TestSaidOften:
    """What keeps coming up in one series."""

    def test_in_a_series(self, room):
        """Points that were discussed, notes and decisions, of this series alone."""
        series, other = room.book(SUNDAY), room.book(SUNDAY, title="Another")
        for week in range(2):
            room.add(series, "Access requests take days", DUE + week * WEEK - HOUR)
            for posted in room.tick(DUE + week * WEEK):
                thread = room.stand(posted)
                room.reply(thread, f"Printer broken {'again' * week}", START + week * WEEK)
        assert room.read(said_often, series.id) == (("Printer broken again", 2),)
        for row in room.points(series)[:1]:
            assert row.meeting_id is None  # an open point has not been talked about
        assert room.read(said_often, other.id) == (("Printer broken again", 2),)

    def test_what_is_carried_over_again_and_again(self, room):
        """It came up in every meeting that it was carried over, one with what was noted in them; once is not often."""
        series = room.book(SUNDAY)
        room.add(series, "Access requests take two weeks", SUNDAY)
        for week in range(3):
            if week == 2:
                room.add(series, "The budget", DUE + week * WEEK - HOUR)
            (posted,) = room.tick(DUE + week * WEEK)
            thread = room.stand(posted)
            if week == 1:
                room.reply(thread, "Access requests again", START + week * WEEK)
            room.close(posted, START + week * WEEK + HOUR)
        assert room.waiting(series) == ["Access requests take two weeks ×3", "The budget ×1"]
        assert room.read(said_often, series.id) == (("Access requests again", 3),)
