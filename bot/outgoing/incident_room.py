"""The channels of incidents on their way: what was asked of Slack and came of it, and what people are told of that.

Each step is taken, carried out elsewhere, and settled here, in transactions of their own; nothing an incident needs to
be declared, worked on or resolved depends on any of them.
"""

from sqlalchemy.orm import Session

from bot.blocks import incident_room as blocks
from bot.domain import incident_steps as steps
from bot.domain import incident_work
from bot.domain.incident import HOUSE, Incident, duplicates_of, incident_of, related_to
from bot.domain.incident_steps import Done, Errand, GivenUp, Outcome, Taken
from bot.domain.incident_work import Work
from bot.outgoing import agenda, rca
from bot.outgoing import incident as outgoing
from bot.services import Services, forget_words, promise, promise_removal
from bot.storage import incident as rows
from bot.storage import outbox
from bot.storage.outbox import Place

# --- Steps ---


def is_any_due(session: Session, services: Services) -> bool:
    """Return whether anything is to be done in Slack."""
    return steps.is_any_due(session, services.now(session))


def take(session: Session, services: Services) -> tuple[Taken, Errand] | None:
    """Take one step that is due, and return it as it is to be carried out."""
    taken = steps.take_due(session, services.now(session))
    if taken is None:
        return None
    row = rows.find_row(session, taken.incident_id, HOUSE)
    if row is None:
        raise AssertionError("a step belongs to an incident")
    incident = incident_of(session, row)
    place = _pointed_to(session, incident, taken)
    return taken, steps.errand(incident, services.severities, taken, place)


def _pointed_to(session: Session, incident: Incident, taken: Taken) -> Place | None:
    kind, _, what = taken.step.partition(":")
    if kind not in (steps.BOOKMARK, steps.FILE):
        return None
    if what == "card" or kind == steps.FILE:
        return outgoing.card_at(incident)
    return outbox.place_of(session, f"{outgoing.card_key(incident.id)}:{what}")


def settle(
    session: Session, services: Services, taken: Taken, errand: Errand, outcome: Outcome
) -> None:
    """Write down what came of a step, and let happen what follows from it."""
    row = rows.locked_row(session, taken.incident_id, HOUSE)
    if row is None:
        raise AssertionError("a step belongs to an incident")
    if errand.kind == steps.CHANNEL and errand.is_private != row.is_restricted:
        _leave_other_kind(session, services, row, outcome)
        return
    ended = steps.settle(session, taken, outcome, services.now(session))
    match errand.kind, ended or outcome:
        case steps.CHANNEL, Done(channel) if ended and not row.channel:
            row.channel = channel
            session.flush()
            _opened(session, services, incident_of(session, row))
        case steps.CHANNEL, Done(channel) if channel != row.channel:  # nobody waits for it any more
            steps.leave(session, row.id, channel, None, services.now(session))
        case steps.CHANNEL, GivenUp(reason) if ended:
            _say_why_not(session, services, incident_of(session, row), reason)
        case steps.FILE, Done(file=file) if file:
            is_wanted = errand.is_private == row.is_restricted
            now = services.now(session)
            steps.shared(session, taken, file, now, is_wanted=is_wanted)
        case steps.CARD, Done() if ended:
            is_copy = errand.of == steps.COPY
            again = outgoing.post_copy_again if is_copy else outgoing.post_card_again
            again(session, services, incident_of(session, row))
        case steps.UNARCHIVE, Done() if ended:
            outgoing.plan(session, services, incident_of(session, row))
        case steps.UNARCHIVE, GivenUp() if ended:
            _open_another(session, services, row)


def _leave_other_kind(
    session: Session, services: Services, row: rows.IncidentRow, outcome: Outcome
) -> None:
    """Let a channel be archived that was asked for before the incident was restricted; the right one is still to come."""
    if isinstance(outcome, Done) and outcome.channel != row.channel:
        steps.leave(session, row.id, outcome.channel, None, services.now(session))


def _opened(session: Session, services: Services, incident: Incident) -> None:
    """Let an incident's new channel be filled, and say where it is."""
    channel = incident.channel or ""
    if incident.is_restricted:
        outgoing.post_card(session, services, incident)
        if steps.had_public_channel(session, incident.id):
            moved = f"{outgoing.card_key(incident.id)}:moved:{channel}"
            promise(session, channel, blocks.moved_message(incident), moved)
    else:
        outgoing.post_copy(session, services, incident)
        said = blocks.opened_message(incident)
        outgoing.tell(session, services, incident, said, f"room:{channel}")
    outgoing.plan(session, services, incident)


def _say_why_not(session: Session, services: Services, incident: Incident, reason: str) -> None:
    """Tell whoever has to know that an incident has to do without a channel."""
    message = blocks.no_room_message(incident, reason)
    for person in outgoing.who_hears(services, incident):
        promise(session, person, message, f"{outgoing.card_key(incident.id)}:no-room:{person}")


def _open_another(session: Session, services: Services, row: rows.IncidentRow) -> None:
    """Let an incident that goes on have a new channel: its old one is archived for good."""
    steps.start_over(session, row.id)
    row.channel = None
    if row.is_restricted:
        row.card_channel = row.card_ts = None
    session.flush()
    outgoing.plan(session, services, incident_of(session, row))


# --- Restricting ---


def restrict(session: Session, services: Services, work: Work, named: frozenset[str]) -> Incident:
    """Let only those it names know of an incident: what was said of it is taken out of Slack and forgotten here.

    Its card goes, with all that the bot has said and shared in the thread; its public channel, which no bot can make
    private, is emptied and archived, and a private one takes its place. Action items that came from it become theirs.
    With it go its duplicates, which tell of the same.
    """
    incident_work.must_restrict(work.incident, work.by)
    after = _restrict(session, services, work, named)
    for same in duplicates_of(session, after, HOUSE):
        if not same.is_restricted:
            of_it = work.on_duplicate(same)
            _restrict(session, services, of_it, named.union(after.responders))
    return after


def _restrict(session: Session, services: Services, work: Work, named: frozenset[str]) -> Incident:
    before = work.incident
    place = outgoing.card_at(before)
    incident_work.restrict(work, named)
    _take_back(session, before, place)
    steps.unshare(session, before.id)
    steps.start_over(session, before.id)
    steps.leave(session, before.id, before.channel, place, work.now)
    work.row.channel = None
    after = work.done()
    outgoing.keep_private(session, services, after, has_moved=True)
    outgoing.plan(session, services, after)
    for other in related_to(session, after, HOUSE):
        outgoing.refresh(session, services, other)  # their cards have named it
    rca.restricted(session, services, after)
    rca.name_no_more(session, services, before)
    agenda.forget_news(session, services.sources, before.label)
    return after


def _take_back(session: Session, before: Incident, place: Place | None) -> None:
    key = outgoing.card_key(before.id)
    promise_removal(session, key, at=place)
    for other in outbox.keys_under(session, key):
        promise_removal(session, other)
    forget_words(session, key)
