"""What the demo company has when somebody tries it, by what is stored: surveys that have closed, an open one, feedback."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from freezegun import freeze_time
from sqlalchemy import select

from bot import settings
from bot.app import open_services
from bot.cli.demo_feedback import tell_each_other
from bot.cli.demo_pulses import ask_around
from bot.domain import pulse, pulse_answer, pulse_close
from bot.domain.grouping import EVERYBODY
from bot.domain.release import OVERALL, Figure
from bot.storage import ballot
from bot.storage import feedback as pieces
from bot.storage import pulse as rows
from bot.storage.feedback import FeedbackPoolRow, FeedbackRow
from bot.vocabulary import FeedbackLevel, WaveState
from bot.workspace import company

MONDAY, NEW_YEAR = datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2027, 1, 1, 3, tzinfo=UTC)
SUNDAY = MONDAY + timedelta(days=6, hours=14)


@pytest.mark.parametrize("now", [MONDAY, SUNDAY, NEW_YEAR])
def test_three_closed_surveys_an_open_one_and_feedback_of_each_level(
    sqlite_url: str, tmp_path: Path, now: datetime
) -> None:
    """Whatever day it is; a second start adds nothing, and whoever tries the demo can answer the open survey."""
    page = tmp_path / "app.yaml"
    page.write_text(yaml.safe_dump(company.settings_document(), allow_unicode=True), "utf-8")
    environ = {"DATABASE_URL": sqlite_url, "STEWARD_SECRET": "a secret of the tests, long enough"}
    with freeze_time(now):
        services = open_services(settings.load(page, environ))
        for _ in range(2):
            services.database.write(ask_around, services, now.date(), now)
            services.database.write(tell_each_other, services, now.date())
        with services.database.reading() as session:
            states = [wave.state for wave in pulse.recent(session)]
            closed = pulse_close.closed_between(session, now - timedelta(days=90), now)
            kept = [len(rows.answers(session, one.wave.id)) for one in closed]
            [open_wave] = pulse.recent(session, WaveState.OPEN)
            look = pulse_answer.look(session, services.vault, open_wave.id, company.ANA, now)
            row = rows.find_wave(session, open_wave.id)
            assert row is not None and row.ballot is not None  # noqa: PT018 (for the types)
            sealed = ballot.participants(session, services.vault, row.ballot)
            levels = Counter(session.scalars(select(FeedbackRow.level)))
            answers = session.scalars(select(FeedbackRow).where(FeedbackRow.reply_to.is_not(None)))
            replies = len(answers.all())
            past = session.scalars(select(FeedbackPoolRow).where(FeedbackPoolRow.released_at < now))
            digests = len(past.all())
            pool = pieces.open_pool(session)
            assert pool is not None
            waiting = ballot.participants(session, services.vault, pool.ballot)
    services.database.close()

    assert states == [WaveState.OPEN, *3 * [WaveState.CLOSED]]
    assert [one.wave.answered for one in closed] == kept
    assert all(isinstance(one.result.release.find(EVERYBODY, OVERALL), Figure) for one in closed)
    assert all(one.result.comments[EVERYBODY] for one in closed)
    assert not look.is_answered
    assert 5 <= len(sealed) < 24
    assert levels[FeedbackLevel.NOTE] >= 1
    assert levels[FeedbackLevel.TWO] > replies >= 1
    assert (digests, len(waiting)) == (1, 3)
