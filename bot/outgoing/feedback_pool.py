"""What a pool of feedback sends: its digest to the managers, and to each of them why that is not posted.

The words of a digest lie in the outbox until it has ended, in whatever way, and for `_TRIED_FOR` at most. If it does not
get there, it is made again from what is still sealed; so that nothing is left for an operator to try again.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.blocks import feedback_pool as blocks
from bot.blocks.kit import Message
from bot.domain import feedback_pool as pool
from bot.domain.feedback_pool import Digest
from bot.services import Receipt, Services, forget_words, promise
from bot.storage import colleague as colleagues
from bot.storage import feedback as rows
from bot.storage import outbox
from bot.storage.outbox import PARENT
from bot.vocabulary import SETTLED, Delivery, Priority, Role

DIGEST, HELD = "feedback-digest", "feedback-held"
"""The first words of the keys of what is sent."""
_TRIED_FOR = timedelta(hours=6)
_PATIENCE = timedelta(hours=1)


def is_due(session: Session, services: Services, late: timedelta = timedelta()) -> bool:
    """Return whether it is time for a digest, if enough have written, and has been for so long."""
    return pool.is_due(session, services.now(session) - late)


def digest_due(
    session: Session, services: Services, *, can_post: bool, names: Iterable[str] = ()
) -> None:
    """Open a pool where none is open, and promise the digest of the one whose time has come, if enough have written.

    Unless Slack takes it (`can_post`) every pool stays sealed, however many have written. Texts lose the people's
    `names` where they are mentioned.
    """
    now, zone = services.now(session), services.settings.zone
    pool.ensure_open(session, services.vault, now, zone)
    readers = _readers(session, services)
    if not can_post or not readers:
        return
    digest = pool.release_due(session, services.vault, now, zone, names)
    if digest is not None:
        for to in readers:
            _promise_digest(session, services, digest, to)


def tell_held(session: Session, services: Services, channel: str, code: str) -> None:
    """Tell the managers, once a week, that a digest stays sealed, since nothing can be posted in their channel, and why."""
    message = blocks.held_message(channel, code, services.settings.file)
    week = pool.next_due(services.now(session), services.settings.zone)
    _tell_managers(session, services, message, f"{HELD}:{week:%Y%m%d}")


def digest_settled(session: Session, services: Services, receipt: Receipt) -> None:
    """Forget what a digest said that has ended; once all of it has, forget what is sealed, or let it be made again.

    It has arrived where one of its readers has all of it.
    """
    number, release, *_ = receipt.key.removeprefix(f"{DIGEST}:").split(":")
    ends = outbox.ends_under(session, f"{DIGEST}:{number}:{release}")
    forget_words(session, receipt.key)
    by_reader: dict[str, set[Delivery]] = defaultdict(set)
    for key, (state, _) in ends.items():
        by_reader[key.rpartition(":")[0]].add(state)
    states = set[Delivery]().union(*by_reader.values())
    if states - SETTLED:
        return
    if {Delivery.SENT} in by_reader.values():
        pool.arrived(session, int(number), release)
    elif pool.wait_again(session, int(number), release, receipt.at, services.settings.zone):
        channel, page = services.settings.channels.managers, services.settings.file
        is_doubtful = bool(states & {Delivery.SENT, Delivery.UNCERTAIN})
        code = next((error for _, error in ends.values() if error and error != PARENT), "")
        message = blocks.lost_message(channel, code, page, may_be_there=is_doubtful)
        _tell_managers(session, services, message, f"{HELD}:{number}:{release}")


def to_sweep(session: Session, services: Services) -> list[int]:
    """Return the pools whose traces are to be taken off the disk: once their digest is posted, or does not get there."""
    latest = services.now(session) - _PATIENCE
    return [
        row.id
        for row in rows.unswept_pools(session)
        if row.released_at is not None
        and (row.released_at <= latest or not outbox.has_words(session, f"{DIGEST}:{row.id}"))
    ]


def _promise_digest(session: Session, services: Services, digest: Digest, to: str) -> None:
    until = services.now(session) + _TRIED_FOR
    first = f"{DIGEST}:{digest.pool}:{digest.release}:{to}:1"
    for number, message in enumerate(blocks.digest_messages(digest), 1):
        promise(
            session,
            to,
            message,
            f"{first.removesuffix('1')}{number}",
            priority=Priority.SCHEDULED,
            until=until,
            in_thread_of=first if number > 1 else None,
        )


def _tell_managers(session: Session, services: Services, message: Message, key: str) -> None:
    for manager in _managers(session, services):
        promise(session, manager, message, f"{key}:{manager}")


def _readers(session: Session, services: Services) -> list[str]:
    """Return where the digest goes: the managers' channel, or else each manager."""
    channel = services.settings.channels.managers
    return [channel] if channel is not None else _managers(session, services)


def _managers(session: Session, services: Services) -> list[str]:
    staff = services.staff
    others = colleagues.colleagues_with_role(session, Role.MANAGER) if staff.has_others else ()
    return list(dict.fromkeys((*staff.managers, *others)))
