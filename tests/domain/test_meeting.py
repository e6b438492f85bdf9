"""Meetings: what is on an agenda, what stays in it, which one is being held, and agendas that never came to Slack."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from freezegun import freeze_time
from sqlalchemy.orm import Session

from bot.domain import meeting as meetings
from bot.domain.action import ActionDraft, add_action
from bot.domain.action_item import Source
from bot.domain.agenda import Live, Scene
from bot.domain.meeting import Sources, brief, compose, preview, sheet_of
from bot.domain.point import LASTS, current
from bot.domain.recurrence import Repeat
from bot.domain.series import Meeting, Series
from bot.errors import Refused
from bot.outgoing import agenda as outgoing
from bot.storage import template as templates
from bot.vocabulary import Kra, MeetingState, PointState
from tests.meetingroom import (
    AGENDAS,
    ANA,
    BO,
    DAY,
    DESK,
    HOUR,
    MINUTE,
    ONE_ON_ONE,
    WEEK,
    MeetingRoom,
    utc,
)

SUNDAY, DUE, START = (utc(f"2026-11-{moment}") for moment in ("22 12:00", "23 08:00", "23 09:00"))
NEXT_DUE = DUE + WEEK


def held_now(room: MeetingRoom, series: Series, now: datetime) -> int | None:
    """Return the local day of the meeting that is being held."""
    held = room.read(current, series.id, now)
    return held.local.day if held else None


class TestTheCurrentMeeting:
    """The one whose agenda is posted and which is not over."""

    @pytest.mark.parametrize(
        ("now", "day"),
        [
            (DUE - MINUTE, None),
            (DUE, 23),
            (START, 23),
            (START + LASTS - MINUTE, 23),
            (START + LASTS, None),
            (NEXT_DUE - MINUTE, None),
            (NEXT_DUE, 30),
        ],
    )
    def test_from_its_agenda_until_four_hours_after_its_start(self, room, now, day):
        """What is said then belongs to it; between two meetings it waits for the next."""
        series = room.book(SUNDAY)
        for due in (DUE, NEXT_DUE):
            if now >= due:
                room.tick(due)
        assert held_now(room, series, now) == day

    def test_not_after_it_was_closed(self, room):
        """Somebody has pressed the button: what is said now is for the next one."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        room.close(posted, START + HOUR)
        assert held_now(room, series, START + HOUR) is None

    def test_it_is_todays_while_tomorrows_agenda_stands_there_already(self, room):
        """A daily meeting whose agenda comes a day ahead: tomorrow's is posted when today's begins, and ends nothing."""
        daily = room.book(SUNDAY - 3 * DAY, first="2026-11-20", weekdays=range(7), lead=1440)
        posted = room.tick_through(SUNDAY - 3 * DAY, START, HOUR)
        assert posted[-1].local.day == 24
        assert held_now(room, daily, START) == 23
        assert held_now(room, daily, START + LASTS) == 24
        states = {each.local.day: each.state for each in room.meetings(daily)}
        assert (states[22], states[23]) == (MeetingState.CLOSED, MeetingState.POSTED)
        closed = room.close(posted[-2], START + HOUR)
        assert closed.meeting.state is MeetingState.CLOSED


class Weather:
    """Something live that is different each time."""

    def __init__(self) -> None:
        self.scenes: list[Scene] = []

    def tell(self, _: Session, scene: Scene) -> Sequence[str]:
        """Tell how often it was asked."""
        self.scenes.append(scene)
        return [f"Asked {len(self.scenes)}×"]


@pytest.fixture
def weather(room) -> Weather:
    """What stands in the place of the KPIs."""
    weather = Weather()
    room.sources = replace(room.sources, lives={"kpis": Live("Off target", weather.tell)})
    return weather


class TestTheSheet:
    """What is on an agenda."""

    def test_what_was_live_is_kept(self, room, weather):
        """Written again, it has the figures of when it was posted; a preview has those of now."""
        series = room.book(SUNDAY)
        assert room.read(preview, room.sources, series, SUNDAY).facts == {"kpis": ["Asked 1×"]}
        (posted,) = room.tick(DUE)
        assert room.write(compose, room.sources, posted, DUE).facts == {"kpis": ["Asked 2×"]}
        assert room.read(sheet_of, room.sources, posted.id).facts == {"kpis": ["Asked 2×"]}
        assert len(weather.scenes) == 2

    @pytest.mark.usefixtures("weather")
    def test_a_topic_that_nobody_tells_is_left_out(self, room):
        """Sections name what will be there one day."""
        series = room.book(SUNDAY)
        topics = {
            topic for part in room.sources.agendas["support_team"].sections for topic in part.topics
        }
        assert topics
        assert room.read(preview, room.sources, series, SUNDAY).facts.keys() == {"kpis"}

    def test_since_when_news_is_told(self, room, weather):
        """Since the last meeting that was held, whichever was skipped since; a week for the first one."""
        series = room.book(SUNDAY, team="emea")
        (first,) = room.tick(DUE)
        room.write(compose, room.sources, first, DUE)
        room.skip(series, START)
        (third,) = room.tick(DUE + 2 * WEEK)
        room.write(compose, room.sources, third, DUE + 2 * WEEK)
        assert [scene.since for scene in weather.scenes] == [DUE - WEEK, START]
        assert {(scene.team, scene.kras) for scene in weather.scenes} == {
            ("emea", room.sources.agendas["support_team"].kras)
        }

    @pytest.mark.usefixtures("weather")
    def test_a_preview_keeps_nothing(self, room):
        """It only looks."""
        series = room.book(SUNDAY)
        before = room.meetings(series)
        room.read(preview, room.sources, series, SUNDAY)
        assert room.meetings(series) == before

    def test_a_preview_of_nothing(self, room):
        """The sentence says why."""
        series = room.book(SUNDAY)
        room.cancel(series, SUNDAY)
        with pytest.raises(Refused, match="“Support weekly” has no next meeting to preview"):
            room.read(preview, room.sources, series, SUNDAY)

    def test_a_template_whose_file_is_gone(self, room):
        """The agenda is posted all the same: its points are worth it."""
        series = room.book(SUNDAY, template="no_such_file")
        room.add(series, "The new rota", SUNDAY)
        (posted,) = room.tick(DUE)
        sheet = room.write(compose, room.sources, posted, DUE)
        assert (sheet.agenda.name, sheet.agenda.sections) == ("Support weekly", ())
        assert [point.text for point in sheet.points] == ["The new rota"]

    def test_an_own_template_that_has_changed_since(self, room):
        """What is written again has the new words."""

        def own(session: Session, body: str) -> None:
            session.merge(
                templates.TemplateRow(
                    slug="ours", name="Ours", base="support_team", body=body, made_by=ANA.id, made_at=SUNDAY
                )
            )  # fmt: skip

        room.write(own, "First words")
        series = room.book(SUNDAY, template="ours")
        (posted,) = room.tick(DUE)
        assert series.terms.template == "ours"
        for words in ("First words", "Other words"):
            room.write(own, words)
            sheet = room.read(sheet_of, room.sources, posted.id)
            assert [part.title for part in sheet.agenda.sections] == [words]


class TestPoints:
    """Which points an agenda shows."""

    @staticmethod
    def shown(room: MeetingRoom, meeting: Meeting) -> list[tuple[str, str]]:
        """Return the points of an agenda with what stands beside them."""
        sheet = room.read(sheet_of, room.sources, meeting.id)
        return [
            (point.text, f"{point.state}{' new' if point.is_new else ''} ×{point.carried}")
            for point in sheet.points
        ]

    def test_before_and_after_it_is_posted(self, room):
        """What came after it is marked as new."""
        series = room.book(SUNDAY)
        room.add(series, "Before", SUNDAY)
        (posted,) = room.tick(DUE)
        room.add(series, "After", DUE + MINUTE)
        assert self.shown(room, posted) == [("Before", "open ×0"), ("After", "open new ×0")]

    def test_what_was_discussed_stays_where_it_was(self, room):
        """Ticked, in its place; what was dropped is gone."""
        series = room.book(SUNDAY)
        first, second, third = (room.add(series, text, SUNDAY) for text in ("One", "Two", "Three"))
        (posted,) = room.tick(DUE)
        room.discuss(second, START)
        room.settle(first, PointState.DROPPED, START)
        assert self.shown(room, posted) == [("Two", "discussed ×0"), ("Three", "open ×0")]
        room.settle(second, PointState.OPEN, START)
        assert self.shown(room, posted) == [("Two", "open ×0"), ("Three", "open ×0")]
        assert third.text == "Three"

    def test_the_oldest_stand_first(self, room):
        """Those that were carried over most."""
        series = room.book(SUNDAY)
        room.add(series, "Old", SUNDAY)
        (posted,) = room.tick(DUE)
        room.close(posted, START)
        room.add(series, "New", START + HOUR)
        (following,) = room.tick(NEXT_DUE)
        assert self.shown(room, following) == [("Old", "open ×1"), ("New", "open ×0")]

    def test_what_was_discussed_last_week_is_not_on_this_weeks(self, room):
        """It is done."""
        series = room.book(SUNDAY)
        said = room.add(series, "Last week", SUNDAY)
        (posted,) = room.tick(DUE)
        room.discuss(said, START)
        (following,) = room.tick(NEXT_DUE)
        assert self.shown(room, following) == []
        assert self.shown(room, posted) == [("Last week", "discussed ×0")]

    def test_another_series_knows_nothing_of_it(self, room):
        """In the same channel."""
        series, other = room.book(SUNDAY), room.book(SUNDAY, title="Another")
        room.add(series, "Ours", SUNDAY)
        posted = {each.series_id: each for each in room.tick(DUE)}
        assert self.shown(room, posted[series.id]) == [("Ours", "open ×0")]
        assert self.shown(room, posted[other.id]) == []


class TestPostNow:
    """Somebody does not want to wait."""

    def test_the_next_agenda_comes_at_once(self, room):
        """Once: it is not posted again when it was due, and the one after it is."""
        series = room.book(SUNDAY)
        posted = room.post_now(series, SUNDAY)
        assert (posted.local.day, posted.posted_at) == (23, SUNDAY)
        assert room.read(sheet_of, room.sources, posted.id).late_by is None
        assert room.tick(DUE) == []
        assert [each.local.day for each in room.tick(NEXT_DUE)] == [30]

    def test_twice_posts_two_meetings(self, room):
        """The second press is about the one that is next then."""
        series = room.book(SUNDAY)
        assert [room.post_now(series, SUNDAY).local.day for _ in range(2)] == [23, 30]

    def test_todays_meeting_is_not_ended_by_next_weeks_agenda(self, room):
        """It is posted while this one is being held."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        room.post_now(series, START + MINUTE)
        assert room.at(series, "2026-11-23T09:00").state is MeetingState.POSTED
        assert held_now(room, series, START + MINUTE) == 23
        room.close(posted, START + HOUR)

    def test_one_that_slack_did_not_take_is_posted_again(self, room):
        """The bot was invited meanwhile; neither the week after nor a third is touched."""
        series = room.book(SUNDAY)
        (failed,) = room.tick(DUE)
        room.write(meetings.not_delivered, failed.id, MeetingState.FAILED, "not_in_channel")
        assert room.story(series) == ["2026-11-23T09:00 failed", "2026-11-30T09:00 planned"]
        again = room.post_now(series, DUE + 10 * MINUTE)
        assert (again.id, again.state, again.reason) == (failed.id, MeetingState.POSTED, None)
        assert room.read(sheet_of, room.sources, again.id).late_by is None
        assert room.story(series) == ["2026-11-23T09:00 posted", "2026-11-30T09:00 planned"]

    def test_one_that_failed_and_has_begun_is_over(self, room):
        """The next one is posted in its stead."""
        series = room.book(SUNDAY)
        (failed,) = room.tick(DUE)
        room.write(meetings.not_delivered, failed.id, MeetingState.FAILED, "not_in_channel")
        assert room.post_now(series, START).local.day == 30
        assert room.story(series)[0] == "2026-11-23T09:00 failed"

    def test_nothing_to_post(self, room):
        """The sentence says so."""
        once = room.book(SUNDAY, repeat=Repeat.ONCE)
        room.tick(DUE)
        with pytest.raises(Refused, match="“Support weekly” has no next meeting to post an agenda"):
            room.post_now(once, DUE)

    @pytest.mark.parametrize("turn", ["pause", "cancel"])
    def test_not_while_nothing_is_posted(self, room, turn):
        """The sentence says what would help."""
        series = room.book(SUNDAY)
        getattr(room, turn)(series, SUNDAY)
        with pytest.raises(Refused, match=r"“Support weekly” is \w+; resume it first"):
            room.post_now(series, SUNDAY)


class TestDelivery:
    """What is kept of how an agenda fared in Slack."""

    @pytest.mark.parametrize("state", [MeetingState.FAILED, MeetingState.SKIPPED])
    def test_one_that_never_came(self, room, state):
        """It is told whose it was, and the history has it; its points wait."""
        series = room.book(SUNDAY)
        room.add(series, "The new rota", SUNDAY)
        (posted,) = room.tick(DUE)
        lost = room.write(meetings.not_delivered, posted.id, state, "why")
        assert (lost.id, lost.series_id) == (posted.id, series.id)
        assert room.story(series)[0] == f"2026-11-23T09:00 {state}"
        assert room.reasons(series) == {"2026-11-23T09:00": "why"}
        assert room.waiting(series) == ["The new rota"]
        assert room.tick(DUE) == []

    def test_one_that_stands_there_already_is_not_lost(self, room):
        """A late failure of something else changes nothing."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        room.stand(posted)
        lost = room.write(meetings.not_delivered, posted.id, MeetingState.FAILED, "why")
        assert lost is None
        assert room.story(series)[0] == "2026-11-23T09:00 posted"

    def test_one_that_failed_and_came_after_all(self, room):
        """An operator has tried it again: it is posted like any other, and can be closed."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        room.write(meetings.not_delivered, posted.id, MeetingState.FAILED, "not_in_channel")
        room.stand(posted)
        assert (room.story(series)[0], room.reasons(series)) == ("2026-11-23T09:00 posted", {})
        assert held_now(room, series, START) == 23
        room.close(posted, START)

    @pytest.mark.parametrize(
        "do", [lambda room: room.stand, lambda room: lambda lost: room.write(meetings.not_delivered, lost.id, MeetingState.FAILED, "x")],
        ids=["delivered", "not delivered"],
    )  # fmt: skip
    def test_a_meeting_that_is_not_there(self, room, do):
        """It was forgotten with its plan; nothing goes wrong."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        do(room)(replace(posted, id=99))
        assert room.story(series)[0] == "2026-11-23T09:00 posted"

    def test_one_that_cannot_be_composed_waits_a_minute(self, room):
        """It is left as it was, and lets the others through."""
        broken, fine = room.book(SUNDAY), room.book(SUNDAY, title="Another", template="cloud_team")
        trouble = [True]

        def tell(session: Session, scene: Scene) -> Sequence[str]:  # noqa: ARG001
            if trouble and Kra.CUSTOMER_SUPPORT in scene.kras:
                raise ValueError("no figures")
            return ["fine"]

        sources = Sources(room.sources.counting, AGENDAS, {"kpis": Live("Figures", tell)})
        assert room.write(outgoing.post_due, sources, DUE).state is MeetingState.PLANNED
        assert room.story(broken) == ["2026-11-23T09:00 planned"]
        assert room.write(outgoing.post_due, sources, DUE).series_id == fine.id
        assert room.write(outgoing.post_due, sources, DUE) is None
        trouble.clear()
        assert room.write(outgoing.post_due, sources, DUE + MINUTE).series_id == broken.id


class TestWhatIsSaidAfterwards:
    """An agenda of a meeting that is over."""

    def test_a_point_after_it_was_closed_waits_for_the_next_one(self, room):
        """It is not on the agenda of this one, whoever writes that again."""
        series = room.book(SUNDAY)
        room.add(series, "before", SUNDAY)
        (posted,) = room.tick(DUE)
        room.close(posted, START)
        room.add(series, "after", START + MINUTE)
        shown = room.read(sheet_of, room.sources, posted.id).points
        assert [each.text for each in shown] == ["before"]


class TestOverdueActions:
    """What the people of a meeting have overdue."""

    def test_what_is_private_is_told_to_its_people_and_in_no_channel(self, room):
        """Everybody in the meeting may see it, and others read the channel."""
        open_to_all, of_two = room.book(SUNDAY), room.book(SUNDAY, **ONE_ON_ONE)
        secret = Source("series:99", "Ana and Bo", None, frozenset({ANA.id, BO.id}))
        draft = ActionDraft(text="Ask for a rise", owner=BO.id, due=SUNDAY.date())
        with freeze_time(SUNDAY):
            room.write(add_action, draft, BO, ANA, room.trigger(), secret)
        with freeze_time(DUE):
            posted = {each.series_id: each for each in room.tick(DUE)}
            shown = {
                series.id: room.read(sheet_of, room.sources, posted[series.id].id).actions
                for series in (open_to_all, of_two)
            }
        assert shown[open_to_all.id] == ()
        assert [item.text for item in shown[of_two.id]] == ["Ask for a rise"]


class TestTheBrief:
    """What the owner of a one-on-one reads before it."""

    @staticmethod
    def meet(room: MeetingRoom, due: datetime, *notes: str) -> Meeting:
        """Hold a meeting in which this is said."""
        (posted,) = room.tick(due)
        thread = room.stand(posted)
        for said in notes:
            room.reply(thread, said, due + HOUR)
        room.close(posted, due + 2 * HOUR)
        return posted

    def test_what_is_in_it(self, room, weather):
        """Open points, the private ones too; the last three meetings, the newest first; what came up again; figures."""
        room.sources = replace(
            room.sources, lives={**room.sources.lives, "standing": Live("Figures", weather.tell)}
        )
        series = room.book(SUNDAY - 3 * WEEK, first="2026-11-02", **ONE_ON_ONE)
        for week, said in enumerate(
            ("Too far back", "Access requests take days", "A quiet week", "Access requests still take days"), -3
        ):  # fmt: skip
            self.meet(room, DUE + week * WEEK, said)
        room.add(series, "A rise", START, by=BO)
        room.add(series, "Bo's exam", START, by=ANA, private=True)
        (posted,) = room.tick(NEXT_DUE)
        shown = room.read(brief, room.sources, posted, NEXT_DUE)
        assert [(point.text, point.is_private) for point in shown.points] == [
            ("A rise", False),
            ("Bo's exam", True),
        ]
        assert [[note.text for note in each.notes] for each in shown.before] == [
            ["Access requests still take days"],
            ["A quiet week"],
            ["Access requests take days"],
        ]
        assert shown.repeated == (("Access requests still take days", 2),)
        assert list(shown.facts) == ["standing"]
        assert weather.scenes[-1].since == START
        assert weather.scenes[-1].kras == room.sources.agendas["manager_one_on_one"].kras

    def test_the_first_one(self, room):
        """There is nothing yet, and nothing goes wrong."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        (posted,) = room.tick(DUE)
        shown = room.read(brief, room.sources, posted, DUE)
        assert (shown.series, shown.points, shown.before) == (series, (), ())
        assert (shown.repeated, shown.facts) == ((), {})

    def test_nothing_private_comes_back_through_what_was_said(self, room):
        """A private point that was discussed is in nobody's minutes, the brief's neither."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        for week in range(3):
            said = room.add(
                series, "Worried about the exam", DUE + week * WEEK - HOUR, by=ANA, private=True
            )
            (posted,) = room.tick(DUE + week * WEEK)
            room.settle(said, PointState.DISCUSSED, START + week * WEEK)
            room.close(posted, START + week * WEEK + HOUR)
        (posted,) = room.tick(DUE + 3 * WEEK)
        shown = room.read(brief, room.sources, posted, DUE + 3 * WEEK)
        assert (shown.points, shown.repeated) == ((), ())
        assert all(not each.discussed + each.carried + each.notes for each in shown.before)

    def test_minutes_of_a_skipped_meeting_are_not_among_them(self, room):
        """Only what was held."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        self.meet(room, DUE, "Something")
        room.skip(series, START)
        (posted,) = room.tick(DUE + 2 * WEEK)
        shown = room.read(brief, room.sources, posted, DUE + 2 * WEEK)
        assert [each.meeting.local.day for each in shown.before] == [23]


def test_where_an_agenda_stands_is_kept(room):
    """By it replies find their meeting."""
    series = room.book(SUNDAY)
    (posted,) = room.tick(DUE)
    ts = room.stand(posted)
    kept = room.at(series, "2026-11-23T09:00")
    assert (kept.channel, kept.ts) == (DESK, ts)


def test_how_many_messages_it_takes_is_kept(room):
    """So that it can be written again."""
    (posted,) = [room.book(SUNDAY)] and room.tick(DUE)
    room.write(meetings.keep_parts, posted.id, 3)
    assert room.read(sheet_of, room.sources, posted.id).meeting.parts == 3


@pytest.mark.parametrize("late", [timedelta(minutes=2), timedelta(minutes=2, seconds=1)])
def test_a_note_for_what_is_late(room, late):
    """From two minutes on."""
    room.book(SUNDAY)
    (posted,) = room.tick(DUE + late)
    sheet = room.read(sheet_of, room.sources, posted.id)
    assert sheet.late_by == (late if late > timedelta(minutes=2) else None)
