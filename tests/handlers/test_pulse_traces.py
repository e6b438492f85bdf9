"""What the bot writes when somebody answers a pulse at its door: the sealed box, and not a word anywhere else."""

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from bot.logs import set_up
from tests.front_door import Mode
from tests.pulse_stage import ANSWER, DESKS, MONDAY, PulseDoor, code_in, later
from tests.storage.everything_stored import ServerWatcher, Watcher, watching

DAN, EVE, FAY = DESKS[:3]
COMMENT = "The zebra crossing needs paint."


@pytest.fixture(autouse=True)
def clock() -> Iterator[FrozenDateTimeFactory]:
    """It is Monday noon in Madrid."""
    with freeze_time(MONDAY, real_asyncio=True) as frozen:
        yield frozen


@pytest.fixture
def door(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[PulseDoor]:
    """A workspace in which people have been asked, in each mode of delivery."""
    with PulseDoor(database_url, tmp_path, mode=mode) as opened:
        opened.start(remind="1")
        opened.tick()
        yield opened


@pytest.fixture
def watcher(door: PulseDoor) -> Iterator[Watcher]:
    """Somebody who has everything stored."""
    yield from watching(door.services.database)


@pytest.mark.both_databases
def test_only_the_box_is_written(door, watcher):
    """No claim, message, audit line or colleague: for an answer, a second press, a change, a withdrawal, or a mistake."""
    codes = {}

    def answer(person: str) -> None:
        codes[person] = code_in(door.answer(person, **ANSWER, comment=COMMENT))

    def use(person: str, how: str, **values: object) -> None:
        shown = door.press(door.asked(person), "Answer", by=person)
        door.submit(door.press(shown, how), receipt=codes[person], **values)

    boxes: set[str] = {"ballot_box"}
    for act, written in (
        (lambda: door.press(door.asked(DAN), "How is my answer kept?", by=DAN), set()),
        (lambda: door.press(door.asked(DAN), "Answer", by=DAN), set()),
        (lambda: answer(DAN), boxes),
        (lambda: answer(EVE), boxes),
        (lambda: door.press(door.asked(DAN), "Answer", by=DAN), set()),
        (lambda: use(DAN, "Change it", **ANSWER), boxes),
        (lambda: use(EVE, "Withdraw it"), boxes),
        (lambda: door.submit(door.press(door.asked(FAY), "Answer", by=FAY)), set()),
    ):
        watcher.changed_rows()
        act()
        change = watcher.changed_rows()
        assert change.tables == written
        assert not any(word in change.log for word in traces(codes))

    door.tick()  # what jobs and the courier do next follows from none of it
    later = watcher.changed_rows()
    assert not any(word.decode() in repr(later.new) for word in traces(codes))


def traces(codes: dict[str, str]) -> list[bytes]:
    """Return what would tell who has answered what."""
    texts = (*DESKS, *codes.values(), COMMENT, "[5,4,2,9]", '"statement0"')
    return [text.encode() for text in texts]


def reminders(door: PulseDoor, clock: FrozenDateTimeFactory) -> list[bytes]:
    """Let two people answer and the rest be reminded, on Tuesday at ten in Madrid; return what their rows are known by."""
    for person in (DAN, EVE):
        door.answer(person)
    clock.move_to(later(days=1, hours=-3))
    door.wait(door.house.clockwork.wake("pulses"))
    return [f"pulse:1:1:{person}".encode() for person in DESKS[2:]]


@pytest.mark.both_databases
def test_whom_a_reminder_reached_is_in_no_row(door, watcher, clock):
    """While the survey is open, whoever has answered stands in the same rows as whoever has not."""
    promised = reminders(door, clock)
    assert rows_by_person(watcher, DESKS[2]) - rows_by_person(watcher, DAN)
    door.deliver()
    assert all("still open" in door.asked(person).plain() for person in DESKS[2:])
    assert len(promised) == 4
    assert not any("still open" in door.asked(person).plain() for person in (DAN, EVE))
    every = [rows_by_person(watcher, person) for person in DESKS[:-1]]  # the calls end at the last
    assert every == [{"pulse_seat": 1, "outbox": 1}] * len(every)


@pytest.mark.both_databases
def test_the_disk_does_not_know_who_was_reminded_once_it_has_closed(door, watcher, clock):
    """Neither in pages that are free nor in what a server knows of its tables for planning."""
    promised = reminders(door, clock)
    if isinstance(watcher, ServerWatcher):
        watcher.ask("ANALYZE")
    assert watcher.holds(promised) == promised, "what is there must be found"
    door.deliver()
    clock.move_to(later(days=7, seconds=1))
    door.advance()
    assert watcher.holds(promised) == []


def rows_by_person(watcher: Watcher, person: str) -> Counter[str]:
    """Return how many rows of each table name somebody."""
    return Counter(table for table, row in watcher.rows() if person in repr(row))


def test_the_log_says_nothing_of_it(door, capfd):
    """At the level at which the bot runs, and of our own lines at the finest; also where a receipt is refused."""
    root, ours = logging.getLogger(), logging.getLogger("bot")
    before = root.level, root.handlers[:]
    set_up()
    ours.setLevel(logging.DEBUG)
    try:
        thanks = door.answer(DAN, **ANSWER, comment=COMMENT)
        again = door.press(door.asked(DAN), "Answer", by=DAN)
        door.submit(door.press(again, "Withdraw it"), receipt="no receipt")
        logging.getLogger("bot.handlers").debug("this is written")
    finally:
        ours.setLevel(logging.NOTSET)
        root.handlers[:] = before[1]
        root.setLevel(before[0])
    told = capfd.readouterr().err
    assert "this is written" in told
    assert not any(word.decode() in told for word in traces({DAN: code_in(thanks)}))
