"""The demo company's feedback: each level has some, and the digest of the past stands among the managers at every start."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from freezegun import freeze_time

from bot import settings
from bot.app import find_routers, open_services
from bot.cli.demo_feedback import show_digest, tell_each_other
from bot.slack.manifest import manifest
from bot.slack.router import combine
from bot.storage import ballot
from bot.storage import feedback as rows
from bot.vocabulary import FeedbackLevel
from bot.workspace import company
from bot.workspace.feedback_story import POSTED, SEALED, TOMASZ
from bot.workspace.server import PracticeSlack

ROUTERS = find_routers()
MONDAY, SUNDAY = datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 29, 23, tzinfo=UTC)


@pytest.mark.parametrize("now", [MONDAY, SUNDAY])
def test_each_level_has_some(sqlite_url: str, tmp_path: Path, now: datetime) -> None:
    """Whatever day it is; a later start adds nothing, and shows the digest anew."""
    page = tmp_path / "app.yaml"
    page.write_text(yaml.safe_dump(company.settings_document(), allow_unicode=True), "utf-8")
    environ = {"DATABASE_URL": sqlite_url, "STEWARD_SECRET": "a secret of the tests, long enough"}
    with freeze_time(now):
        services = open_services(settings.load(page, environ))
        slack = PracticeSlack(company.roster())
        slack.install(manifest(services.settings, combine(ROUTERS.values())))
        slack.invite_app("managers")
        for _ in range(2):
            services.database.write(tell_each_other, services, now.date())
        show_digest(services, slack, now.date())
        [digest] = slack.seen(company.ANA, "C0MANAGERS")
        with services.database.reading() as session:
            theirs = rows.rows_of(session, TOMASZ)
            mine = rows.rows_of(session, company.ANA)
            pool = rows.open_pool(session)
            assert pool is not None
            waiting = ballot.participants(session, services.vault, pool.ballot)
            said = [(row.giver, row.level, row.reply_to) for row in mine]
    services.database.close()
    assert len(waiting) == 3
    assert "2 concerns" in digest["text"]
    assert datetime.fromtimestamp(float(digest["ts"]), UTC).weekday() == 0
    assert float(digest["ts"]) < now.timestamp()
    assert [row.reply_to for row in theirs if row.reply_to] == [1]
    assert {level for _, level, _ in said} == {FeedbackLevel.NOTE, FeedbackLevel.TWO}


def test_nobody_writes_who_reads() -> None:
    """None of those who wrote to the leadership is in the channel in which it is posted."""
    [channel] = [one for one in company.roster().channels if one.id == "C0MANAGERS"]
    assert not {who for who, _, _ in (*POSTED, *SEALED)} & {*channel.members}
