"""Lists of action items, each for those who will read it.

`readers` are all of them: what one of them may not see is left out. None stands for anybody, as in a public channel.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from bot import clock
from bot.domain.action_item import ActionItem, Deed, deeds, item_of
from bot.domain.person import Person
from bot.storage import action as actions
from bot.storage.action import Readers
from bot.vocabulary import ActionState, Role

_CHASED = (ActionState.OPEN, ActionState.DONE)


@dataclass(frozen=True, slots=True)
class Mine:
    """What one person has to do with: their own actions that are open, done ones that wait, and what they verify."""

    open: tuple[ActionItem, ...]
    waiting: tuple[ActionItem, ...]
    to_verify: tuple[ActionItem, ...]


def find_actions(session: Session, numbers: Collection[int], by: Person) -> list[ActionItem]:
    """Return those of some actions that a person may see."""
    by.must_be(Role.MEMBER, "see action items")
    return _items(session, {by.id}, numbers=numbers)


def mine(session: Session, by: Person) -> Mine:
    """Return everything that is on a person's plate."""
    by.must_be(Role.MEMBER, "have action items")
    own = _items(session, {by.id}, states=_CHASED, owners=[by.id])
    asked = _items(session, {by.id}, states=[ActionState.DONE], verifier=by.id)
    return Mine(
        tuple(item for item in own if item.state is ActionState.OPEN),
        tuple(item for item in own if item.state is ActionState.DONE and item.verifier != by.id),
        tuple(item for item in asked if Deed.VERIFY in deeds(item, by)),
    )


def everybody(session: Session, by: Person, owner: str | None = None) -> list[ActionItem]:
    """Return what is not finished, of everybody or of one person; for leads and managers, and for oneself."""
    by.must_be(Role.MEMBER if owner == by.id else Role.LEAD, "see other people's action items")
    owners = None if owner is None else [owner]
    return _items(session, {by.id}, states=_CHASED, owners=owners)


def overdue(session: Session, by: Person, owner: str | None = None) -> list[ActionItem]:
    """Return what is overdue: of everybody for leads and managers, one's own for the rest."""
    by.must_be(Role.MEMBER, "see action items")
    if owner not in (None, by.id):
        by.must_be(Role.LEAD, "see other people's action items")
    owners = [owner] if owner else None if by.may(Role.LEAD) else [by.id]
    return _overdue(session, {by.id}, owners)


def overdue_for(session: Session, owners: Collection[str], readers: Readers) -> list[ActionItem]:
    """Return what is overdue of these people, as far as all readers may see it."""
    return _overdue(session, readers, owners)


def open_for(session: Session, owners: Collection[str], readers: Readers) -> list[ActionItem]:
    """Return what these people have open or not verified, as far as all readers may see it."""
    return _items(session, readers, states=_CHASED, owners=owners)


def for_source(
    session: Session, ref: str, readers: Readers, *, unfinished: bool = True
) -> list[ActionItem]:
    """Return what comes from a source, as far as all readers may see it: what is not finished, or everything."""
    return _items(session, readers, states=_CHASED if unfinished else (), source=ref)


def for_sources(
    session: Session, refs: Collection[str], readers: Readers
) -> dict[str, list[ActionItem]]:
    """Return everything that comes from several sources, by the source, as far as all readers may see it."""
    found: dict[str, list[ActionItem]] = {ref: [] for ref in refs}
    wanted = sorted(refs)
    for start in range(0, len(wanted), _SOURCES_AT_ONCE):
        some = wanted[start : start + _SOURCES_AT_ONCE]
        for item in _items(session, readers, sources=some):
            found[item.source.ref].append(item)
    return found


_SOURCES_AT_ONCE = 100


def _overdue(
    session: Session, readers: Readers, owners: Collection[str] | None
) -> list[ActionItem]:
    latest = clock.now().date() + timedelta(days=1)  # east of Greenwich it may be tomorrow already
    found = _items(session, readers, states=[ActionState.OPEN], owners=owners, due_until=latest)
    return [item for item in found if item.is_overdue]


def _items(
    session: Session,
    readers: Readers,
    *,
    states: Sequence[ActionState] = (),
    owners: Collection[str] | None = None,
    numbers: Collection[int] | None = None,
    source: str | None = None,
    sources: Collection[str] | None = None,
    verifier: str | None = None,
    due_until: date | None = None,
) -> list[ActionItem]:
    found = actions.find_rows(
        session,
        readers,
        states=states,
        owners=owners,
        numbers=numbers,
        source=source,
        sources=sources,
        verifier=verifier,
        due_until=due_until,
    )
    return [item_of(row, zone) for row, zone in found]
