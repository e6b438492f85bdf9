"""The demo company's surveys: three have closed, and one is open whose people have been asked in their hours."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from freezegun import freeze_time
from sqlalchemy import func, select

from bot import settings
from bot.app import open_services
from bot.cli.demo_pulses import ask_around
from bot.domain import consult, pulse
from bot.domain.consult import Desk
from bot.domain.period import parse_period
from bot.domain.pulse_progress import standing
from bot.domain.question import Question, Verb
from bot.storage import outbox
from bot.storage.outbox import OutboxRow
from bot.vocabulary import WaveState
from bot.workspace import company

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
OPEN, CLOSED = WaveState.OPEN, WaveState.CLOSED


@pytest.mark.parametrize("hours", [1, 9, 37, 100, 5 * 24 + 12, 6 * 24 + 23])
def test_one_is_open(sqlite_url: str, tmp_path: Path, hours: int) -> None:
    """Whatever day and hour it is; who is not at work before Monday waits for it, and nobody is reminded at the start."""
    now = MONDAY + timedelta(hours=hours)
    page = tmp_path / "app.yaml"
    page.write_text(yaml.safe_dump(company.settings_document(), allow_unicode=True), "utf-8")
    environ = {"DATABASE_URL": sqlite_url, "STEWARD_SECRET": "a secret of the tests, long enough"}
    with freeze_time(now):
        services = open_services(settings.load(page, environ))
        for _ in range(2):  # a later start adds nothing
            services.database.write(ask_around, services, now.date(), now)
        with services.database.reading() as session:
            waves = pulse.recent(session)
            stands = standing(session, services.vault, waves[0].id, now)
            promised = outbox.keys_under(session, "pulse")
            useful = select(func.count()).where(OutboxRow.key.in_(promised), OutboxRow.until > now)
            assert session.scalar(useful) == len(promised)
    services.database.close()
    assert [wave.state for wave in waves] == [OPEN, CLOSED, CLOSED, CLOSED]
    assert stands.progress is not None
    assert stands.answered
    assert stands.progress.waiting + stands.progress.later == len(company.staff())
    assert stands.progress.waiting > stands.progress.later
    assert f"pulse:{waves[0].id}:0:{company.ANA}" in promised
    assert len(promised) == stands.progress.waiting


@pytest.mark.parametrize("slug", ["employee_satisfaction", "enps"])
def test_they_speak_for_the_company(sqlite_url: str, tmp_path: Path, slug: str) -> None:
    """All teams were asked, so that there is a figure, how it moved, and nothing left out."""
    page = tmp_path / "app.yaml"
    page.write_text(yaml.safe_dump(company.settings_document(), allow_unicode=True), "utf-8")
    environ = {"DATABASE_URL": sqlite_url, "STEWARD_SECRET": "a secret of the tests, long enough"}
    now = MONDAY + timedelta(hours=9)
    with freeze_time(now):
        services = open_services(settings.load(page, environ))
        services.database.write(ask_around, services, now.date(), now)
        desk = Desk(services.counting, services.settings.teams, now)
        question = Question(Verb.SHOW, services.kpis[slug], parse_period("this month", now.date()))
        shown = services.database.read(consult.card, desk, question).snapshot
    services.database.close()
    assert shown.figure.value is not None
    assert (shown.survey.number, shown.survey.before, shown.parts) == ("#3", "#2", ())
    assert shown.survey.change is not None
