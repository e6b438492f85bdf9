"""What a pulse sends: the question, reminders and result to each person, its progress to its owner.

One promise a person through the courier. No message follows from an answer.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy.orm import Session

from bot.blocks import pulse as blocks
from bot.blocks import pulse_manager, pulse_result
from bot.blocks.kit import Message
from bot.blocks.notice import notice
from bot.domain import pulse_call, pulse_close, pulse_plan
from bot.domain.person import Person
from bot.domain.pulse import Wave, find, recent
from bot.domain.pulse_call import RESULT, Page, What, call_key, what_for
from bot.domain.pulse_close import Result
from bot.domain.pulse_progress import Progress, keep_told, progress_of, standing
from bot.domain.pulse_roster import Obstacle, keep_obstacle
from bot.errors import Refused
from bot.services import Receipt, Services, promise, promise_all, promise_edit, withdraw
from bot.settings import UserGroup
from bot.storage import outbox
from bot.storage.pulse import unswept
from bot.vocabulary import Delivery, Priority, WaveState

_PAGE = 100
_LONGEST_WHAT = 150  # of a key's signs
_MOST_WAITING, _SECONDS_AHEAD = 400, 3.0
"""So many messages wait for the courier at most, or so many seconds' worth: a reminder is written shortly before it leaves."""


def call_some(session: Session, services: Services) -> bool:
    """Promise the messages of the next page of people whose time has come; return whether there may be more."""
    most = max(_MOST_WAITING, _SECONDS_AHEAD * services.settings.delivery.posts_per_second)
    now = services.now(session)
    if outbox.count_waiting(session, "pulse", now) > most:
        return False
    page = pulse_call.next_page(session, services.vault, now, _PAGE)
    if page is None:
        return False
    tell_page(session, page)
    return True


def tell_page(session: Session, page: Page) -> None:
    """Promise what the people of a page are told."""
    if page.people:
        message = _message(session, page.wave, page.what)
        to = {call_key(page.wave.id, page.number, person): person for person in page.people}
        promise_all(session, to, message, priority=Priority.BULK, until=page.until)


def close_one(
    session: Session, services: Services, names: Iterable[str] = (), late: timedelta = timedelta()
) -> bool:
    """Close the next wave that has been due for so long and promise its result; return whether there may be another.

    Comments lose the people's `names` where they are mentioned.
    """
    now = services.now(session)
    closed = pulse_close.close_due(session, services.vault, now, names, late)
    if closed is None:
        return False
    to = services.settings.channels.managers or closed.owner
    message = _result_message(session, closed, pulse_result.result_message)
    promise(session, to, message, f"pulse-result:{closed.id}", priority=Priority.SCHEDULED)
    promise_edit(session, _progress_key(closed), pulse_manager.over_message(closed))
    return True


def settled(session: Session, receipt: Receipt) -> None:
    """Let follow what does when a message to somebody who is called has ended, or the one to the managers.

    A reminder is erased: whoever is reminded has not answered, so who was is known here only until it has ended, however
    it ends; that nobody is reminded twice is known from how far the call has come. Whoever else was not reached by the
    evening is called again. What was given up can be tried again by managers while the survey is open, and leaves when
    they say so; a question of a survey that is over is erased instead, or trying again would ask it. The owner hears of a
    result that Slack would not take.
    """
    kind, number, *rest = receipt.key.split(":")
    wave = find(session, int(number))
    match kind, receipt.state:
        case "pulse", _ if what_for(int(rest[0])) == "remind":
            outbox.erase(session, receipt.key)
        case "pulse", Delivery.EXPIRED:
            _call_again(session, wave, int(rest[0]), rest[1], receipt.at)
        case "pulse", Delivery.FAILED | Delivery.UNCERTAIN:
            _keep_to_try_again(session, wave, int(rest[0]), receipt.key)
        case "pulse-result", Delivery.FAILED:
            sentence = f"I could not post the result of pulse {wave.number} where it belongs ({receipt.error}). `/pulse result {wave.id}` shows it."
            promise(session, wave.owner, notice(sentence), f"pulse-news:{wave.id}")


def _keep_to_try_again(session: Session, wave: Wave, number: int, key: str) -> None:
    """Keep what was given up as long as it is of use: a result for ever, a question until the survey is over."""
    if number == RESULT:
        outbox.prolong(session, key, None)
    elif wave.state is WaveState.OPEN:
        outbox.prolong(session, key, wave.closes_at)
    else:
        outbox.erase(session, key)


def _call_again(session: Session, wave: Wave, number: int, person: str, now: datetime) -> None:
    """Promise somebody's message anew for when they work next."""
    turn = pulse_call.next_turn(session, wave, number, person, now)
    if turn is not None:
        key = call_key(wave.id, number, person)
        withdraw(session, key)
        message = _message(session, wave, what_for(number))
        promise(
            session, person, message, key, due=turn.at, until=turn.until, priority=Priority.BULK
        )


def kept(session: Session) -> list[str]:
    """Return with what the keys begin of messages that are kept while a survey is open.

    By them its asking is counted, and where that is told is edited.
    """
    waves = recent(session, WaveState.OPEN)
    return [key for wave in waves for key in (f"pulse:{wave.id}", _progress_key(wave))]


def to_sweep(session: Session) -> list[int]:
    """Return the surveys that are over and of which something may be left on the disk.

    Not those of which a reminder is still being sent: its row is erased when that has ended.
    """
    return [wave for wave in unswept(session) if not _is_reminding(session, wave)]


def _is_reminding(session: Session, wave: int) -> bool:
    numbers = (key.split(":")[2] for key in outbox.keys_under(session, f"pulse:{wave}"))
    return any(what_for(int(number)) == "remind" for number in numbers)


def cancel(session: Session, number: int, by: Person, trigger: str, now: datetime) -> Wave:
    """End a survey unread, and say so where its progress stood."""
    cancelled = pulse_plan.cancel(session, number, by, trigger, now)
    for key in outbox.keys_under(session, f"pulse:{cancelled.id}"):  # those are being sent just now
        outbox.prolong(session, key, now)  # where that fails, it is not tried again
    promise_edit(session, _progress_key(cancelled), pulse_manager.over_message(cancelled))
    return cancelled


def tell_stuck(session: Session, services: Services, wave: Wave, obstacle: Obstacle) -> None:
    """Tell the owner of a survey that it cannot open yet, why, and what would work; of each obstacle once."""
    if keep_obstacle(session, wave.id, obstacle):
        message = pulse_manager.stuck_message(wave, why_stuck(services, obstacle))
        what = ":".join((obstacle.code, *obstacle.teams))[:_LONGEST_WHAT]
        promise(session, wave.owner, message, f"pulse-stuck:{wave.id}:{what}")


def why_stuck(services: Services, obstacle: Obstacle) -> str:
    """Return why a survey cannot open yet, and what would work."""
    teams, names = services.settings.teams, services.settings.team_names
    members = ((slug, teams[slug].members) for slug in obstacle.teams if slug in teams)
    groups = [(names[slug], of.usergroup) for slug, of in members if isinstance(of, UserGroup)]
    return pulse_manager.obstacle_words(obstacle.code, groups, services.settings.file)


def tell_opened(session: Session, services: Services, wave: Wave) -> None:
    """Tell the owner that a wave has opened and how far it has come, or that it found too few people."""
    now = services.now(session)
    if wave.state is WaveState.CANCELLED:
        message = pulse_manager.status_message(standing(session, services.vault, wave.id, now))
    else:
        message = pulse_manager.progress_message(wave, progress_of(session, wave, now))
    promise(session, wave.owner, message, _progress_key(wave))


def tell_progress(session: Session, wave: Wave, progress: Progress) -> None:
    """Bring the owner's message up to date with how far the asking of a wave has come."""
    if keep_told(session, wave, progress):
        message = pulse_manager.progress_message(wave, progress)
        promise_edit(session, _progress_key(wave), message, priority=Priority.BULK)


def _message(session: Session, wave: Wave, what: What) -> Message:
    """Return what people are told."""
    match what:
        case "ask":
            return blocks.ask_message(wave)
        case "remind":
            return blocks.reminder_message(wave)
        case "result":
            return _result_message(session, wave, pulse_result.short_message)
        case _:
            assert_never(what)


def _result_message(
    session: Session, wave: Wave, show: Callable[[Wave, Result], Message]
) -> Message:
    """Return what is told of a closed wave, in one of two lengths; that nothing can be told is said too."""
    try:
        return show(*pulse_close.result_of(session, wave.id))
    except Refused as refused:
        return notice(refused.sentence)


def _progress_key(wave: Wave) -> str:
    return f"pulse-progress:{wave.id}"
