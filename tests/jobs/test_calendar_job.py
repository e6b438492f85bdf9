"""Calendars are read again: each as if it were the only one, and never against what a person has decided meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from freezegun import freeze_time

from bot.storage.series import CalendarRow
from tests.front_door import FrontDoor
from tests.meetingroom import MINUTE, MeetingRoom, calendar, event, utc

SUNDAY = utc("2026-11-22 12:00")
LATER = timedelta(minutes=16)
NINE, TEN = (calendar(event(f"2026-11-23T{at}:00", rule="FREQ=WEEKLY")) for at in ("09", "10"))
ODD = event("2026-11-23T09:00").replace("SEQUENCE:0", "RECURRENCE-ID:00010101T000000Z")


@contextmanager
def address(say: Callable[[], str]) -> Iterator[str]:
    """Serve what `say` says."""

    class Reader(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(say().encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Reader)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/meeting.ics"
    server.shutdown()
    server.server_close()


def test_it_was_given_another_address_while_it_was_read(slack: FrontDoor) -> None:
    """What the old one says counts no more."""
    room = MeetingRoom(slack.services.database)

    def say() -> str:
        other = {"calendar": TEN, "calendar_url": "https://calendar.example/b"}
        room.edit(series, SUNDAY + MINUTE, repeat=None, **other)
        return NINE

    with freeze_time(SUNDAY, real_asyncio=True) as clock, address(say) as url:
        series = room.book(SUNDAY, calendar=NINE, calendar_url=url)
        clock.tick(LATER)
        slack.tick("calendars")
    assert room.story(series) == ["2026-11-23T10:00 planned"]
    with room.database.reading() as session:
        assert session.get_one(CalendarRow, series.id).text == TEN


def test_one_that_cannot_be_read_keeps_no_other_from_being_read(slack: FrontDoor) -> None:
    """Whatever is wrong with it; its owner, and nobody else, is told what."""
    room = MeetingRoom(slack.services.database)
    with (
        freeze_time(SUNDAY, real_asyncio=True) as clock,
        address(lambda: calendar(ODD)) as odd,
        address(lambda: TEN) as fine,
    ):
        broken = room.book(SUNDAY, calendar=NINE, calendar_url=odd, zone="America/New_York")
        moved = room.book(SUNDAY, calendar=NINE, calendar_url=fine)
        clock.tick(LATER)
        slack.tick("calendars")
    assert room.story(broken) == ["2026-11-23T04:00 planned"]
    assert room.story(moved) == ["2026-11-23T09:00 cancelled", "2026-11-23T10:00 planned"]
