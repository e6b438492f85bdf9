"""The demo company's incidents: all that the product has to show is among them, on whatever day it is looked at."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from freezegun import freeze_time

from bot import settings
from bot.app import open_services
from bot.cli.demo_incidents import live_through
from bot.domain.incident import EVERYBODY, HOUSE, Incident, find_incidents, open_incidents
from bot.domain.rca import find_rcas
from bot.services import Services
from bot.storage.database import Database
from bot.vocabulary import IncidentKind, RcaState, Void
from bot.workspace import company

NOWS = [
    datetime(2026, 11, 25, 23, 30, tzinfo=UTC),
    datetime(2026, 3, 1, 0, 5, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 0, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC),
]


@pytest.fixture(params=NOWS, ids=[f"{now:%Y-%m-%d}" for now in NOWS])
def lived(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> list[Incident]:
    """Every incident of a demo that was first looked at on a day."""
    now: datetime = request.param
    page = tmp_path / "app.yaml"
    page.write_text(yaml.safe_dump(company.settings_document(), allow_unicode=True), "utf-8")
    with freeze_time(now):
        services = open_services(settings.load(page, {"DATABASE_URL": sqlite_url}))
        services.database.write(live_through, services, now.date(), now)
        services.database.write(live_through, services, now.date(), now)  # another start
    found = services.database.read(find_incidents, HOUSE)
    check_sight(services, services.database)
    check_analyses(services, found)
    services.database.close()
    return found


def check_sight(services: Services, database: Database) -> None:
    """The restricted one is for few."""
    seen = database.read(find_incidents, EVERYBODY)
    assert [each for each in seen if each.kind is IncidentKind.SECURITY] == []
    assert 1 <= len(database.read(open_incidents, EVERYBODY)) <= 6
    assert services.severities.all.keys() >= {each.severity for each in seen}


def check_analyses(services: Services, found: list[Incident]) -> None:
    """Most are reviewed, one is late, and of what was reviewed long ago it is known whether it came back."""
    rcas = list(services.database.read(find_rcas, found, HOUSE).values())
    states = [each.state for each in rcas]
    assert states.count(RcaState.REVIEWED) >= 20
    assert [each.incident.label for each in rcas if not each.summary]
    assert sum(bool(each.looks and each.looks[-1].answered_at) for each in rcas) >= 10
    assert all(each.root_cause and each.actions for each in rcas if each.state is RcaState.REVIEWED)


def test_there_is_some_of_everything(lived: list[Incident]) -> None:
    """Sixty and more over fourteen months, each in an order that can be."""
    real = [each for each in lived if each.counts]
    assert len(lived) >= 60
    assert lived[0].times.began - lived[-1].times.began > timedelta(days=400)
    assert sum(each.kind is IncidentKind.DRILL for each in lived) == 2
    assert sum(each.is_restricted for each in lived) == 1
    assert sum(each.void is Void.DUPLICATE for each in lived) == 2
    assert sum(each.void is Void.FALSE_ALARM for each in lived) == 1
    assert [each.label for each in real if each.reopens]
    assert sum(each.repeat_of is not None and each.repeat_is_confirmed for each in real) >= 10
    assert [each for each in real if each.repeat_of and not each.repeat_is_confirmed]
    assert sum(each.times.detected is None for each in real) == 2
    assert sum(each.times.started is None for each in real) >= 3
    for each in lived:
        assert each.times.wrong(each.times.declared + timedelta(days=500)) == {}, each.label
    assert overlaps(lived)


def overlaps(lived: list[Incident]) -> bool:
    """Return whether two incidents of one service were on at the same time: their union counts once."""
    spans = [
        (service, each.times.started, each.times.impact_ended)
        for each in lived
        for service in each.services
        if each.counts and each.times.started and each.times.impact_ended
    ]
    return any(
        one != other and one[0] == other[0] and one[1] <= other[1] < one[2]
        for one in spans
        for other in spans
    )
