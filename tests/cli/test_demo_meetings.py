"""The demo's meetings: what was posted in the past knows nothing of what came later, also when it is shown again."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy.orm import Session

from bot import clock, settings
from bot.app import find_routers, open_services
from bot.blocks.kit import Message
from bot.blocks.plain import plain
from bot.cli.demo_meetings import (
    call_the_next,
    hold_meetings,
    read_shown,
    show_meetings,
    write_shown,
)
from bot.domain import meeting
from bot.slack.manifest import manifest
from bot.slack.router import combine
from bot.workspace import company
from bot.workspace.server import PracticeSlack
from bot.workspace.validator import check_message

ROUTERS = find_routers()
WEDNESDAY = datetime(2026, 11, 25, 11, tzinfo=UTC)
ENVIRON = {
    "SLACK_BOT_TOKEN": "xoxb-practice",
    "SLACK_APP_TOKEN": "xapp-practice",
    "SLACK_API_URL": "http://127.0.0.1:1/api/",
}


@pytest.fixture(autouse=True)
def now() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock on a Wednesday."""
    with freeze_time(WEDNESDAY, real_asyncio=True) as stopped:
        yield stopped


class Demo:
    """What the demo tells of meetings, start after start."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self._folder = folder
        self._environ = {**ENVIRON, "DATABASE_URL": database_url}
        page = yaml.safe_dump(company.settings_document(), allow_unicode=True)
        (folder / "app.yaml").write_text(page, "utf-8")
        self.late: list[timedelta] = []

    def start(self) -> dict[str, str]:
        """Start it, and return the agendas that stand in the practice Slack, by the beginnings of their texts."""
        services = open_services(settings.load(self._folder / "app.yaml", self._environ))
        slack = PracticeSlack(company.roster())
        slack.install(manifest(services.settings, combine(list(ROUTERS.values()))))
        slack.invite_app("general", "support", "cloud-engineering")
        kept = self._folder / "meetings.json"

        def hold(session: Session) -> None:
            held = hold_meetings(session, services, slack, clock.now())
            shown = show_meetings(session, services, slack, held or read_shown(kept))
            write_shown(kept, shown)
            call_the_next(session, clock.now())
            while (due := meeting.take_due(session, clock.now())) is not None:
                late = meeting.sheet_of(session, services.sources, due.id).late_by
                self.late += [late] if late else []

        services.database.write(hold)
        services.database.close()
        return {
            message.text.split(":")[0]: plain(Message(message.text, message.as_payload()["blocks"]))
            for conversation in slack.workspace.conversations.values()
            for message in conversation.messages.values()
            if message.text.startswith("Agenda for") and check_message(message.as_payload()) == []
        }


@pytest.fixture
def demo(database_url: str, tmp_path: Path) -> Demo:
    """A demo that has not begun."""
    return Demo(database_url, tmp_path)


def day(agenda: str) -> int:
    """Return on which day of November a meeting was held, negative in the months before."""
    found = re.search(r"(\d+) (September|October|November) 2026", agenda)
    assert found
    return int(found[1]) if found[2] == "November" else int(found[1]) - 31


def test_an_action_stands_in_an_agenda_as_it_stood_then(demo):
    """It is given in the last meeting, and overdue since."""
    shown = demo.start()
    support = [said for about, said in shown.items() if "Support weekly" in about]
    assert len(support) == 4
    with_actions = [said for said in support if "Bring the four macros" in said]
    assert len(with_actions) == 1
    assert "19 November" in with_actions[0]
    assert "due Mon 23 Nov" in with_actions[0]
    assert "verified" not in with_actions[0]
    assert not [said for said in shown.values() if "overdue" in said]


def test_a_point_is_carried_as_often_as_it_was_then(demo):
    """One time more each week."""
    shown = demo.start()
    carried = [
        re.findall(r"instead of four\n\| _<@U0BO> · carried (\d)×", said)
        for about, said in sorted(shown.items(), key=lambda each: day(each[0]))
        if "Support weekly" in about
    ]
    assert carried == [[], ["1"], ["2"], ["3"]]


def test_a_later_start_shows_the_past_as_it_was(now, demo):
    """A week later actions are overdue and points have been carried on; in what was posted before they are not."""
    before = demo.start()
    now.move_to(WEDNESDAY + timedelta(days=9))
    after = demo.start()
    assert {about: after[about] for about in before} == before


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 25, 20, 30, tzinfo=UTC),  # tomorrow's retrospective is out since 15:30
        datetime(2026, 11, 24, 9, 40, tzinfo=UTC),  # cloud engineering has just begun
        datetime(2026, 11, 26, 14, 10, tzinfo=UTC),  # the support weekly has begun
    ],
)
def test_nothing_is_posted_late(now, demo, at):
    """What was due before the demo began was posted then, whenever it begins."""
    now.move_to(at)
    shown = demo.start()
    assert demo.late == []
    assert not [said for said in shown.values() if "late: due" in said]
