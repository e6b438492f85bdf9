"""What an incident needs in Slack beside its card: a channel of its own, who is to be in it, what it says of itself.

So does the file of its published analysis, which the outbox cannot carry.

What is needed follows from the incident as it stands, and is brought to the rows whenever it changes. Each step is
carried out alone, may fail alone, and does no harm when it is done twice. The name of a restricted incident's channel
gives nothing away, nor do its topic and purpose.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from bot.domain.incident import OPEN, Incident, who_sees
from bot.domain.severity import Severities
from bot.storage import incident_steps as rows
from bot.storage.incident_steps import Standing, Taken
from bot.vocabulary import IncidentState

__all__ = ["Standing", "Taken"]

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
LEASE = timedelta(minutes=2)  # longer than the longest step may take
MOST_TRIES = 12
_TO_READ = timedelta(days=1)
_SWEEP_AFTER = timedelta(seconds=30)
_LONGEST_REST = timedelta(minutes=15)
_LONGEST_NAME, _LONGEST_TOPIC = 80, 250  # slack-platform: 8.8
_BOOKMARKS = {"card": "Incident card", "rca": "Analysis"}
_UNCLOSED = (*OPEN, IncidentState.RESOLVED)
_SLACK_ID = re.compile(r"[UW][A-Z0-9]{2,}")

CHANNEL, ARCHIVE, UNARCHIVE = "channel", "archive", "unarchive"
TOPIC, PURPOSE, INVITE, REMOVE = "topic", "purpose", "invite", "remove"
BOOKMARK, PIN, HIDE, SWEEP = "bookmark", "pin", "hide", "sweep"
FILE, SHARED, UNSHARE, BLOT = "file", "shared", "unshare", "blot"
CARD, COPY = "card", "copy"
_NOT_IN_A_CHANNEL = (HIDE, SWEEP, FILE, SHARED, UNSHARE, BLOT)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say: who sees every restricted incident, and when a closed one's channel is archived."""

    watchers: tuple[str, ...] = ()
    archive_after: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Upload:
    """A text file as it is given to those who read a thread."""

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Errand:
    """One step as it is carried out: what kind, on what, and in which words.

    `channel` is where, "" while there is none. `since` is when the incident was declared: no channel of it is older.
    `is_again` says that an earlier try may have done it. `place` is where the message stands that is pointed to, or
    under which a file belongs; `upload` is that file, None where it is not to be given any more.
    """

    kind: str
    of: str
    channel: str
    text: str
    is_private: bool
    since: datetime
    is_again: bool
    place: tuple[str, str] | None = None
    upload: Upload | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A step was carried out; `channel` is the one that was opened, `file` the one that was shared."""

    channel: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """It may succeed another time, after `wait` seconds if Slack named them; `counts` says whether it was a try."""

    reason: str
    wait: float = 0.0
    counts: bool = True


@dataclass(frozen=True, slots=True)
class GivenUp:
    """It never will, for the reason that Slack gave."""

    reason: str


Outcome = Done | Later | GivenUp


# --- What is needed ---


def plan(
    session: Session,
    incident: Incident,
    severities: Severities,
    rules: Rules,
    now: datetime,
    *,
    is_new: bool = False,
) -> None:
    """Bring the steps to what an incident needs as it stands; what is done stays done."""
    standing = {} if is_new else rows.steps_of(session, incident.id)
    wanted = dict(_wanted(incident, severities, rules, standing, now))
    gone = [step for step in standing if step not in wanted and _is_void(step, standing[step])]
    if gone:
        rows.drop_steps(session, incident.id, gone)
    missing = {step: at for step, at in wanted.items() if step not in standing}
    rows.add_steps(session, incident.id, missing)


def pin(session: Session, incident_id: int, ts: str) -> None:
    """Let a message in an incident's own channel be pinned."""
    rows.add_steps(session, incident_id, {f"{PIN}:{ts}": AT_ONCE})


def bookmark(session: Session, incident: Incident, what: str) -> None:
    """Let an incident's channel point to the message with the key "incident:12:<what>", once that is in Slack.

    Where it pointed to another of its kind before, it does so no more.
    """
    if incident.channel:
        step = f"{BOOKMARK}:{what}"
        rows.drop_steps(session, incident.id, [step])
        rows.add_steps(session, incident.id, {step: AT_ONCE})


def post_card_again(session: Session, incident_id: int, *, is_copy: bool = False) -> None:
    """Let an incident's card be posted again that somebody has deleted, or its copy in the incident's own channel.

    Once: whoever deletes it a second time means it.
    """
    rows.add_steps(session, incident_id, {f"{CARD}:{COPY}" if is_copy else CARD: AT_ONCE})


def card_is_asked_for(session: Session, incident_id: int) -> None:
    """Forget that a card was posted again: somebody wants it where it stands now."""
    rows.drop_steps(session, incident_id, [CARD])


def share_analysis(session: Session, incident_id: int, after: str) -> None:
    """Let the analysis be given as a file under an incident's card, after the message that stands there."""
    rows.add_steps(session, incident_id, {f"{FILE}:{after}": AT_ONCE})


def shared(session: Session, taken: Taken, file: str, now: datetime, *, is_wanted: bool) -> None:
    """Remember which file was shared; take it away again where nobody waits for it any more."""
    if is_wanted and taken.step in rows.steps_of(session, taken.incident_id):
        rows.keep_done(session, taken.incident_id, f"{SHARED}:{file}", now)
    else:
        rows.add_steps(session, taken.incident_id, {f"{UNSHARE}:{file}": AT_ONCE})


def unshare(session: Session, incident_id: int) -> None:
    """Let every file of an incident be deleted, and none that is on its way be shared."""
    files = [one for one in rows.steps_of(session, incident_id) if kind_of(one) in (FILE, SHARED)]
    rows.drop_steps(session, incident_id, files)
    gone = [of for kind, _, of in (one.partition(":") for one in files) if kind == SHARED]
    rows.add_steps(session, incident_id, {f"{UNSHARE}:{file}": AT_ONCE for file in gone})


def start_over(session: Session, incident_id: int) -> None:
    """Forget what was done in a channel that is no longer the incident's."""
    gone = [
        one for one in rows.steps_of(session, incident_id) if kind_of(one) not in _NOT_IN_A_CHANNEL
    ]
    rows.drop_steps(session, incident_id, gone)


def leave(
    session: Session,
    incident_id: int,
    channel: str | None,
    card: tuple[str, str] | None,
    now: datetime,
) -> None:
    """Let a public channel be emptied and archived, and what is left in a card's thread be deleted.

    What the outbox still knows is deleted from there meanwhile.
    """
    steps = {f"{HIDE}:{channel}": AT_ONCE} if channel else {}
    if card is not None:
        steps[f"{SWEEP}:{card[0]}:{card[1]}"] = now + _SWEEP_AFTER
    rows.add_steps(session, incident_id, steps)


def blot(session: Session, incident_id: int, card: tuple[str, str], words: str) -> None:
    """Let what we have said under an incident's card be deleted where it holds some words."""
    rows.add_steps(session, incident_id, {f"{BLOT}:{card[0]}:{card[1]}:{words}": AT_ONCE})


def had_public_channel(session: Session, incident_id: int) -> bool:
    """Return whether an incident left a public channel of its own behind."""
    return any(kind_of(step) == HIDE for step in rows.steps_of(session, incident_id))


def kind_of(step: str) -> str:
    """Return what kind of step it is."""
    return step.partition(":")[0]


def wants_channel(incident: Incident, severities: Severities) -> bool:
    """Return whether an incident has to have a channel of its own.

    What is written down or comes in afterwards gets none, unless nobody could see it otherwise.
    """
    if incident.void is not None:
        return False
    if incident.is_restricted:
        return incident.is_open or incident.source == "slack"
    is_live = incident.is_open and not incident.is_backdated
    return is_live and severities.of(incident.severity).own_channel


def _wanted(
    incident: Incident,
    severities: Severities,
    rules: Rules,
    standing: Mapping[str, Standing],
    now: datetime,
) -> Iterator[tuple[str, datetime]]:
    if not incident.channel:
        if wants_channel(incident, severities):
            yield CHANNEL, AT_ONCE
        return
    yield CHANNEL, AT_ONCE
    archived = standing.get(ARCHIVE)
    is_archived = archived is not None and archived.done_at is not None
    if (ends := _ends_at(incident, archived, rules, now)) is not None:
        yield ARCHIVE, ends
        if is_archived:
            return
    elif is_archived or UNARCHIVE in standing:
        yield UNARCHIVE, AT_ONCE
        if UNARCHIVE not in standing or standing[UNARCHIVE].done_at is None:
            return
    yield f"{TOPIC}:{_digest(topic(incident, severities))}", AT_ONCE
    yield f"{PURPOSE}:{_digest(purpose(incident))}", AT_ONCE
    if not incident.is_restricted and incident.card_ts:
        yield f"{BOOKMARK}:card", AT_ONCE
    members = members_of(incident, rules)
    yield from ((f"{INVITE}:{person}", AT_ONCE) for person in members)
    if incident.is_restricted:
        gone = _leaving(standing).difference(members)
        yield from ((f"{REMOVE}:{one}", AT_ONCE) for one in sorted(gone))


def _leaving(standing: Mapping[str, Standing]) -> set[str]:
    """Return who was let into a channel, or is being sent out of it."""
    been = (step.partition(":") for step in standing)
    return {who for kind, _, who in been if kind in (INVITE, REMOVE)}


def _ends_at(
    incident: Incident, archived: Standing | None, rules: Rules, now: datetime
) -> datetime | None:
    """Return when a channel is archived, not before it could be read; None while the incident goes on."""
    if incident.times.closed is not None:
        return max(incident.times.closed + rules.archive_after, now + _TO_READ)
    if incident.void is None:
        return None
    return (archived and archived.next_at) or now + rules.archive_after


def _is_void(step: str, standing: Standing) -> bool:
    """Return whether a step that is not wanted any more is forgotten; what cannot be taken back is remembered."""
    kind = kind_of(step)
    if kind in (TOPIC, PURPOSE, ARCHIVE, UNARCHIVE, INVITE, REMOVE):
        return True
    return kind == CHANNEL and standing.next_at is not None


def members_of(incident: Incident, rules: Rules) -> list[str]:
    """Return who belongs into an incident's channel; of a restricted one, whoever may know of it."""
    concerned = (incident.lead, *incident.responders, incident.comms, incident.declared_by)
    people = who_sees(incident, rules.watchers) or concerned
    return sorted({one for one in people if one and is_account(one)})


def is_account(person: str | None) -> bool:
    """Return whether somebody has an account in Slack; a monitor has none."""
    return person is not None and _SLACK_ID.fullmatch(person) is not None


# --- In which words ---


def channel_name(incident: Incident) -> str:
    """Return what an incident's channel is called: `inc-007-api-gateway-down`, of a restricted one `sec-003` only."""
    name = incident.label.lower()
    if incident.is_restricted:
        return name
    words = re.sub(r"[^a-z0-9]+", "-", incident.title.casefold()).strip("-")
    return f"{name}-{words}"[:_LONGEST_NAME].strip("-_")


def topic(incident: Incident, severities: Severities) -> str:
    """Return a channel's topic: how bad it is and how far it has come."""
    state = incident.void.value.replace("_", " ") if incident.void else incident.state.value
    parts = [incident.label, severities.of(incident.severity).name, state]
    return _harmless(" · ".join(parts if incident.is_restricted else [*parts, incident.title]))


def purpose(incident: Incident) -> str:
    """Return what a channel is for."""
    what = incident.label if incident.is_restricted else f"{incident.label}: {incident.title}"
    return _harmless(f"Work on {what}")


def _harmless(text: str) -> str:
    """Return a text for a topic: Slack takes no markup there, and nobody is to be called by one."""
    shown = text.replace("<", "(").replace(">", ")").replace("@", "@\u200b")
    return shown if len(shown) <= _LONGEST_TOPIC else shown[: _LONGEST_TOPIC - 1] + "…"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def errand(
    incident: Incident,
    severities: Severities,
    taken: Taken,
    place: tuple[str, str] | None = None,
) -> Errand:
    """Return a step as it is to be carried out now; `place` is where the message stands that a bookmark points to."""
    kind, _, of = taken.step.partition(":")
    words = {
        CHANNEL: channel_name(incident),
        TOPIC: topic(incident, severities),
        PURPOSE: purpose(incident),
        BOOKMARK: _BOOKMARKS.get(of.partition(":")[0], incident.label),
    }
    return Errand(
        kind,
        of,
        incident.channel or "",
        words.get(kind, ""),
        incident.is_restricted,
        incident.times.declared,
        taken.tries > 1,
        place,
    )


# --- Carrying out ---


def is_any_due(session: Session, now: datetime) -> bool:
    """Return whether anything is to be done."""
    return rows.is_any_due(session, now)


def take_due(session: Session, now: datetime) -> Taken | None:
    """Take one step that is due; it is nobody else's for a while."""
    return rows.take_due(session, now, now + LEASE)


def settle(session: Session, taken: Taken, outcome: Outcome, now: datetime) -> Outcome | None:
    """Write down how a step ended and return it; None where it is no longer whose took it.

    What has been tried too often is given up.
    """
    if isinstance(outcome, Later) and outcome.counts and taken.tries >= MOST_TRIES:
        outcome = GivenUp(outcome.reason)
    match outcome:
        case Done():
            is_ours = rows.settle_done(session, taken, now)
        case Later():
            rest = max(timedelta(seconds=outcome.wait), _rest(taken.tries))
            is_ours = rows.settle_later(
                session, taken, now + rest, outcome.reason, counts=outcome.counts
            )
        case GivenUp():
            is_ours = rows.settle_given_up(session, taken, outcome.reason)
    return outcome if is_ours else None


def try_again(session: Session) -> int:
    """Let what was given up be tried once more for every incident that is not closed, and return how much that is."""
    return rows.rearm(session, AT_ONCE, _UNCLOSED)


def given_up(session: Session) -> Mapping[str, int]:
    """Return how many steps of incidents that are not closed were given up, by the reason that Slack gave."""
    return rows.given_up(session, _UNCLOSED)


def _rest(tries: int) -> timedelta:
    return min(timedelta(seconds=5 * 2.0 ** min(tries - 1, 10)), _LONGEST_REST)
