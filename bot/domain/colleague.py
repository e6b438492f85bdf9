"""Colleagues: who leads whom and where people live, for what is done while they are not at the door."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot import clock
from bot.domain.person import MONITOR, Person
from bot.storage import colleague as colleagues
from bot.storage.colleague import KeptColleague
from bot.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Staff:
    """The organisation as the settings have it: managers and each team's lead by Slack id, and time zones.

    Where managers are named by e-mail too (`has_others`), whoever was seen to be one counts as well.
    """

    managers: tuple[str, ...]
    leads: Mapping[str, str]
    zones: Mapping[str, ZoneInfo]
    zone: ZoneInfo
    has_others: bool = False


def remember(session: Session, *people: Person) -> None:
    """Keep in which zone, team and role people are now; guests and monitors are not kept.

    All are kept in one order, so that two who have to do with each other cannot block each other.
    """
    for person in sorted(people, key=lambda one: one.id):
        if person.may(Role.MEMBER) and person.id != MONITOR:
            kept = KeptColleague(person.id, person.zone.key, person.team, person.role)
            colleagues.keep_colleague(session, kept, clock.now())


def is_known(session: Session, person: str) -> bool:
    """Return whether a person has been seen."""
    return colleagues.find_colleague(session, person) is not None


def zone_of(session: Session, person: str, staff: Staff) -> ZoneInfo:
    """Return the zone a person was last seen in, or else that of a team they lead, or the organisation's."""
    return zones_of(session, [person], staff)[person]


def zones_of(session: Session, people: Collection[str], staff: Staff) -> dict[str, ZoneInfo]:
    """Return the zones of several people, in one query."""
    seen = colleagues.zones_of(session, people)
    return {one: ZoneInfo(seen[one]) if one in seen else _usual_zone(one, staff) for one in people}


def _usual_zone(person: str, staff: Staff) -> ZoneInfo:
    led = (team for team, lead in staff.leads.items() if lead == person)
    return next((staff.zones[team] for team in led if team in staff.zones), staff.zone)


def bosses_of(session: Session, person: str, staff: Staff) -> list[str]:
    """Return to whom a person reports: the lead of their team first, then the managers; never the person."""
    kept = colleagues.find_colleague(session, person)
    lead = staff.leads.get(kept.team) if kept and kept.team else None
    others = colleagues.colleagues_with_role(session, Role.MANAGER) if staff.has_others else ()
    found = dict.fromkeys([*([lead] if lead else []), *staff.managers, *others])
    return [boss for boss in found if boss != person]
