"""Two machines, or two people, at the same meeting at the same moment: PostgreSQL, where writers do not queue."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import booking, meeting, minutes, point
from bot.domain.agenda import Agenda, Live, Scene, keep_own
from bot.domain.meeting import Sources
from bot.domain.person import Person
from bot.domain.point import Point
from bot.domain.series import Meeting
from bot.errors import FormErrors
from bot.outgoing import agenda as outgoing
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow
from bot.vocabulary import PointState
from tests.meetingroom import AGENDAS, ANA, BO, DESK, HAL, MINUTE, MeetingRoom, terms, utc
from tests.overlap import overlap

SUNDAY, POST_1 = utc("2026-11-22 12:00"), utc("2026-11-23 08:00")
HELD = utc("2026-11-23 09:30")
LOCKS_MEETING = r"FROM meeting.*FOR (NO KEY )?UPDATE"
LOCKS_POINT = r"FROM point.*FOR (NO KEY )?UPDATE"


@pytest.fixture
def room(postgresql_url: str) -> Iterator[MeetingRoom]:
    """The meeting room on PostgreSQL."""
    database = Database(postgresql_url)
    yield MeetingRoom(database)
    database.close()


def words(room: MeetingRoom, held: Meeting) -> str:
    """Return what the agenda of a meeting will say, as it stands in the outbox."""
    found = select(OutboxRow.body).where(OutboxRow.key == f"agenda:{held.id}")
    with room.database.reading() as session:
        return json.dumps(json.loads(session.scalars(found).one()), ensure_ascii=False)


def posted(room: MeetingRoom) -> Meeting:
    """Post what is due at `POST_1`."""
    found = room.write(outgoing.post_due, room.sources, POST_1)
    assert found is not None
    return found


def test_a_series_is_edited_while_its_agenda_is_posted(room: MeetingRoom) -> None:
    """What follows is planned by the new rule alone."""
    series = room.book(SUNDAY)
    one, other = overlap(
        room.database,
        lambda session: meeting.take_due(session, POST_1),
        lambda session: booking.edit(
            session, series.id, terms(at="15:00"), ANA, "edit", POST_1 + MINUTE
        ),
        after=LOCKS_MEETING,
    )
    one.result()
    other.result()
    assert room.story(series) == ["2026-11-23T09:00 posted", "2026-11-30T15:00 planned"]


def test_a_meeting_is_skipped_while_its_agenda_is_posted(room: MeetingRoom) -> None:
    """It is the one that was meant, and not the one after it."""
    series = room.book(SUNDAY)
    one, other = overlap(
        room.database,
        lambda session: meeting.take_due(session, POST_1),
        lambda session: booking.skip(session, series.id, ANA, POST_1),
        after=LOCKS_MEETING,
    )
    one.result()
    other.result()
    assert room.story(series) == ["2026-11-23T09:00 skipped", "2026-11-30T09:00 planned"]


def test_an_agenda_cannot_be_composed_while_another_machine_posts_one(room: MeetingRoom) -> None:
    """It is put off itself; the one after it is on time."""
    broken, other, fine = (room.book(SUNDAY, title=title) for title in ("Broken", "Other", "Fine"))

    def fail(session: Session, scene: Scene) -> list[str]:  # noqa: ARG001
        raise ValueError("no figures")

    sources = Sources(room.sources.counting, AGENDAS, {"kpis": Live("Figures", fail)})
    one, two = overlap(
        room.database,
        lambda session: outgoing.post_due(session, sources, POST_1),
        lambda session: outgoing.post_due(session, room.sources, POST_1),
        after=LOCKS_MEETING,
    )
    assert [each.result().series_id for each in (one, two)] == [broken.id, other.id]  # type: ignore[union-attr]
    assert [each.series_id for each in room.tick(POST_1)] == [fine.id]
    assert [each.series_id for each in room.tick(POST_1 + MINUTE)] == [broken.id]


def test_two_templates_get_the_same_name_at_once(room: MeetingRoom) -> None:
    """The second is told beside the field, as it would have been a moment later."""
    base = AGENDAS["support_team"]

    def make(session: Session, by: Person) -> Agenda:
        return keep_own(session, AGENDAS, base, "Ours", "News", by, SUNDAY, is_new=True)

    one, other = overlap(
        room.database, lambda session: make(session, ANA), lambda session: make(session, HAL)
    )
    assert one.result().made_by == ANA.id
    with pytest.raises(FormErrors, match="name: There is a template with this name"):
        other.result()


def test_two_points_are_discussed_at_once(room: MeetingRoom) -> None:
    """The agenda shows both."""
    series = room.book(SUNDAY)
    rota, tools = (room.add(series, text, SUNDAY) for text in ("the rota", "the tools"))
    held = posted(room)

    def discuss(session: Session, said: Point, by: Person) -> None:
        _, shown = point.settle(session, said.id, by, HELD, PointState.DISCUSSED, DESK)
        assert shown is not None
        outgoing.rewrite(session, room.sources, shown.id)

    one, other = overlap(
        room.database,
        lambda session: discuss(session, rota, ANA),
        lambda session: discuss(session, tools, HAL),
    )
    one.result()
    other.result()
    assert "~the rota~" in words(room, held)
    assert "~the tools~" in words(room, held)


def test_two_points_are_added_at_once(room: MeetingRoom) -> None:
    """The agenda shows both."""
    series = room.book(SUNDAY)
    held = posted(room)

    def add(session: Session, text: str, by: Person) -> None:
        said = point.add_point(session, series, by, text, f"press of {by.id}", HELD)
        outgoing.tell_point(session, room.sources, held, said, HELD)

    one, other = overlap(
        room.database,
        lambda session: add(session, "the rota", ANA),
        lambda session: add(session, "the tools", BO),
    )
    one.result()
    other.result()
    assert "the rota" in words(room, held)
    assert "the tools" in words(room, held)


def test_a_point_is_discussed_while_its_meeting_is_closed(room: MeetingRoom) -> None:
    """Both are done, in either order; nobody is told that something went wrong."""
    series = room.book(SUNDAY)
    rota = room.add(series, "the rota", SUNDAY)
    held = posted(room)
    one, other = overlap(
        room.database,
        lambda session: point.settle(session, rota.id, BO, HELD, PointState.DISCUSSED, DESK),
        lambda session: minutes.close_meeting(session, held.id, ANA, HELD, DESK),
        after=LOCKS_POINT,
    )
    one.result()
    assert other.result().carried == ()


def test_it_is_closed_while_a_point_is_discussed(room: MeetingRoom) -> None:
    """The other way round."""
    series = room.book(SUNDAY)
    rota = room.add(series, "the rota", SUNDAY)
    held = posted(room)
    one, other = overlap(
        room.database,
        lambda session: minutes.close_meeting(session, held.id, ANA, HELD, DESK),
        lambda session: point.settle(session, rota.id, BO, HELD, PointState.DISCUSSED, DESK),
        after=LOCKS_MEETING,
    )
    one.result()
    other.result()
    assert room.waiting(series) == []
