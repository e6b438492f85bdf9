"""The demo company, Fennmark Cloud: who works there, where they talk, and its page of settings.

It is made up, and so is every name in it. Exactly 24 people work there; a guest and a customer's engineer are met in its
channels beside them, and their titles say so.
"""

import unicodedata
from dataclasses import replace
from typing import NamedTuple

from bot.workspace.roster import Channel, Person, Roster, Team, Usergroup
from bot.workspace.ticket_lives import tickets
from bot.workspace.ticket_story import AMERICAS, APAC, EMEA, Desk

__all__ = ["ANA", "CUSTOMER", "GUEST", "roster", "settings_document", "tickets"]

TEAM = Team("T0FENNMARK", "Fennmark Cloud", "fennmark")
OTHER_TEAM = "T0QUILLMOOR"  # the workspace of a customer, in the shared channel
ANA, CUSTOMER, GUEST = "U0ANA", "U0PETRA", "U0CY"

_DOMAIN = "fennmark.example"
_SENIOR, _MANAGER = "Senior Tech Support Manager", "Reporting manager"
_CLOUD, _SUPPORT, _ARCHITECT = "Cloud engineer", "Support engineer", "Architect"
_ANA, _TOMASZ, _CAMILA = "Ana Ferreira", "Tomasz Zieliński", "Camila Duarte"
_PRIYA, _MARCUS = "Priya Raghavan", "Marcus Oyelaran"


class _Entry(NamedTuple):
    """One line of the company's directory."""

    id: str
    name: str
    shown: str
    manager: str
    role: str
    title: str
    zone: str


_STAFF = tuple(
    _Entry(*line)
    for line in (
        (ANA, _ANA, "Ana", "", _SENIOR, _SENIOR, "Europe/Lisbon"),
        ("U0TOMASZ", _TOMASZ, "Tomasz", _ANA, _MANAGER, "Support Manager, EMEA", "Europe/Warsaw"),
        ("U0CAMILA", _CAMILA, "Camila", _ANA, _MANAGER, "Support Manager, Americas", "America/Sao_Paulo"),
        ("U0PRIYA", _PRIYA, "Priya", _ANA, _MANAGER, "Support Manager, APAC", "Asia/Singapore"),
        ("U0MARCUS", _MARCUS, "Marcus", _ANA, _MANAGER, "Cloud Operations Manager", "Europe/London"),
        ("U0INGRID", "Ingrid Solheim", "Ingrid", _ANA, _ARCHITECT, "Principal Architect", "Europe/Oslo"),
        ("U0FARID", "Farid Rahmani", "Farid", _ANA, _ARCHITECT, "Network Architect", "America/New_York"),
        ("U0MINHANH", "Nguyễn Minh Anh", "Minh Anh", _ANA, _ARCHITECT, "Data Platform Architect", "Asia/Ho_Chi_Minh"),
        ("U0BO", "Bo Lindqvist", "Bo", _TOMASZ, _SUPPORT, "Senior Support Engineer, EMEA", "Europe/Stockholm"),
        ("U0AMIRA", "Amira Haddad", "Amira", _TOMASZ, _SUPPORT, "Support Engineer, EMEA", "Africa/Cairo"),
        ("U0JONAS", "Jonas Weidner", "Jonas", _TOMASZ, _SUPPORT, "Support Engineer, EMEA", "Europe/Berlin"),
        ("U0NIAMH", "Niamh Kavanagh", "Niamh", _TOMASZ, _SUPPORT, "Support Engineer, EMEA", "Europe/Dublin"),
        ("U0TANYA", "Tanya Brookes", "Tanya", _CAMILA, _SUPPORT, "Senior Support Engineer, Americas", "America/Chicago"),
        ("U0DIEGO", "Diego Salcedo", "Diego", _CAMILA, _SUPPORT, "Support Engineer, Americas", "America/Mexico_City"),
        ("U0LUC", "Luc Tremblay", "Luc", _CAMILA, _SUPPORT, "Support Engineer, Americas", "America/Toronto"),
        ("U0ANJALI", "Anjali Deshmukh", "Anjali", _PRIYA, _SUPPORT, "Senior Support Engineer, APAC", "Asia/Kolkata"),
        ("U0WENJIE", "Lim Wen Jie", "Wen Jie", _PRIYA, _SUPPORT, "Support Engineer, APAC", "Asia/Singapore"),
        ("U0KENTA", "Kenta Morisaki", "Kenta", _PRIYA, _SUPPORT, "Support Engineer, APAC", "Asia/Tokyo"),
        ("U0SOFIA", "Sofia Marchetti", "Sofia", _MARCUS, _CLOUD, "Senior Cloud Engineer, databases", "Europe/Rome"),
        ("U0KOFI", "Kofi Asante", "Kofi", _MARCUS, _CLOUD, "Cloud Engineer, networks", "Africa/Accra"),
        ("U0RACHEL", "Rachel Nakamura", "Rachel", _MARCUS, _CLOUD, "Senior Cloud Engineer, gateways", "America/Los_Angeles"),
        ("U0MATEUS", "Mateus Prado", "Mateus", _MARCUS, _CLOUD, "Cloud Engineer, backups", "America/Sao_Paulo"),
        ("U0HYEJIN", "Seo Hye-jin", "Hye-jin", _MARCUS, _CLOUD, "Cloud Engineer, storage", "Asia/Seoul"),
        ("U0LIAM", "Liam Fairweather", "Liam", _MARCUS, _CLOUD, "Cloud Engineer, compute", "Australia/Sydney"),
    )
)  # fmt: skip

_VISITORS = (
    Person(
        GUEST,
        "cy.barlow",
        real_name="Cy Barlow",
        display_name="Cy",
        title="Technical writer (guest account, not one of the 24)",
        tz="Europe/London",
        email="cy.barlow@writers.example",
        is_restricted=True,
        role="Guest",
    ),
    Person(
        CUSTOMER,
        "petra.vanhoutte",
        real_name="Petra Vanhoutte",
        display_name="Petra",
        title="Platform lead at Quillmoor Foods (another workspace, not one of the 24)",
        tz="Europe/Brussels",
        email="petra.vanhoutte@quillmoor.example",
        team_id=OTHER_TEAM,
        role="Customer",
    ),
)

_EVERYBODY = tuple(entry.id for entry in _STAFF)


def _led_by(manager: str, role: str) -> tuple[str, ...]:
    return tuple(entry.id for entry in _STAFF if (entry.manager, entry.role) == (manager, role))


_LEADS = _led_by(_ANA, _MANAGER)
_ARCHITECTS = _led_by(_ANA, _ARCHITECT)
_CLOUD_ENGINEERS = _led_by(_MARCUS, _CLOUD)
_ON_DESK = {
    EMEA: _led_by(_TOMASZ, _SUPPORT),
    AMERICAS: _led_by(_CAMILA, _SUPPORT),
    APAC: _led_by(_PRIYA, _SUPPORT),
}
_SUPPORT_ENGINEERS = tuple(person for desk in _ON_DESK.values() for person in desk)
_OPERATORS = (ANA, "U0MARCUS", "U0RACHEL", "U0SOFIA")

_CHANNELS = (
    Channel("C0GENERAL", "general", members=_EVERYBODY, topic="Company news; everybody is here"),
    Channel(
        "C0SUPPORT",
        "support",
        members=(ANA, *_LEADS, *_SUPPORT_ENGINEERS, *_CLOUD_ENGINEERS, GUEST),
        topic="The support desks of all regions · ask the numbers with /kpi",
    ),
    Channel(
        "C0INCIDENTS",
        "incidents",
        members=_EVERYBODY,
        topic="One thread an incident · drills are marked as drills",
    ),
    Channel(
        "C0CLOUD",
        "cloud-engineering",
        members=(ANA, "U0MARCUS", *_CLOUD_ENGINEERS, *_ARCHITECTS),
        topic="Regions, nodes, networks, maintenance windows",
    ),
    Channel(
        "C0ARCHITECTURE",
        "architecture",
        members=(ANA, "U0MARCUS", *_ARCHITECTS, "U0RACHEL", "U0SOFIA"),
        topic="Designs before they are built",
    ),
    Channel(
        "C0KNOWLEDGE",
        "knowledge-base",
        members=(ANA, *_LEADS, *_SUPPORT_ENGINEERS, GUEST),
        topic="New and changed articles · link them to your tickets",
    ),
    Channel(
        "C0MANAGERS",
        "managers",
        is_private=True,
        members=(ANA, *_LEADS),
        topic="Senior and reporting managers",
    ),
    Channel(
        "C0OPERATORS",
        "operators",
        members=_OPERATORS,
        topic="What the bots of this workspace have to say about themselves",
    ),
    Channel(
        "C0QUILLMOOR",
        "shared-quillmoor-foods",
        members=(ANA, "U0TOMASZ", "U0BO", "U0JONAS", "U0TANYA", CUSTOMER),
        topic="Fennmark Cloud and Quillmoor Foods",
        is_ext_shared=True,
    ),
    Channel("C0RANDOM", "random", members=_EVERYBODY, topic="Coffee, cats and cables"),
    Channel(
        "C0RELEASE7",
        "release-7",
        members=(ANA, "U0MARCUS", *_CLOUD_ENGINEERS),
        topic="Release 7.0: done, and learnt from",
        is_archived=True,
    ),
)

_GROUPS = {
    EMEA: Usergroup("S0EMEA", "support-emea", "Support EMEA", _ON_DESK[EMEA]),
    AMERICAS: Usergroup("S0AMERICAS", "support-americas", "Support Americas", _ON_DESK[AMERICAS]),
    APAC: Usergroup("S0APAC", "support-apac", "Support APAC", _ON_DESK[APAC]),
}


def roster() -> Roster:
    """Return the workspace as it is when it opens."""
    people = (*map(_employee, _STAFF), *_VISITORS)
    return Roster(TEAM, people, _CHANNELS, tuple(_GROUPS.values()))


def staff() -> list[tuple[str, str, str]]:
    """Return everybody's Slack id, team and time zone, each in the first team that lists them, or else that they lead."""
    teams = {
        **{desk.team: people for desk, people in _ON_DESK.items()},
        "cloud": _CLOUD_ENGINEERS,
        "architects": (*_ARCHITECTS, ANA),
        "leads": _LEADS,
    }
    zones = {entry.id: entry.zone for entry in _STAFF}
    return [(person, team, zones[person]) for team, people in teams.items() for person in people]


def settings_document() -> dict[str, object]:
    """Return the company's `app.yaml` as plain data."""
    return {
        "slack": {"name": "Steward", "description": "The support playbook in Slack"},
        "timezone": "UTC",
        "managers": [ANA],
        "teams": {
            EMEA.team: _support_team(EMEA, "U0TOMASZ"),
            AMERICAS.team: _support_team(AMERICAS, "U0CAMILA"),
            APAC.team: _support_team(APAC, "U0PRIYA"),
            "cloud": _team("cloud_engineer", "Cloud engineering", "U0MARCUS", _CLOUD_ENGINEERS),
            "architects": _team("architect", "Architecture", ANA, _ARCHITECTS),
            "leads": _team("reporting_manager", "Reporting managers", ANA, _LEADS),
        },
        "channels": {
            "incidents": "C0INCIDENTS",
            "operators": "C0OPERATORS",
            "managers": "C0MANAGERS",
        },
        "kpis": {"ticket_volume": {"plan": 850}},
        "services": ["api-gateway", "compute", "storage", "database", "dns", "console"],
        "incidents": {"restricted_to": [ANA]},
    }


def _employee(entry: _Entry) -> Person:
    handle = _plain(entry.name).lower().replace(" ", ".")
    person = Person(
        entry.id,
        handle,
        real_name=entry.name,
        display_name=entry.shown,
        title=entry.title,
        tz=entry.zone,
        email=f"{handle}@{_DOMAIN}",
        manager=entry.manager,
        role=entry.role,
    )
    return replace(person, is_admin=True) if entry.id == ANA else person


def _plain(name: str) -> str:
    """Return a name without its accents."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


def _support_team(desk: Desk, lead: str) -> dict[str, object]:
    group = _GROUPS[desk]
    return {
        "role": "support_engineer",
        "name": group.name,
        "lead": lead,
        "members": {"usergroup": group.id},
        "timezone": desk.zone.key,
    }


def _team(role: str, name: str, lead: str, members: tuple[str, ...]) -> dict[str, object]:
    return {"role": role, "name": name, "lead": lead, "members": list(members)}
