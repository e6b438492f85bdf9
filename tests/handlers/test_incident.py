"""`/incident` from the front door: what people type, press and fill in, and what stands in the channel afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from bot.domain.incident import HOUSE, Incident, find_incident, find_incidents
from bot.workspace.outcome import Outcome
from bot.workspace.roster import Channel, Roster
from bot.workspace.validator import check_message
from tests.front_door import ANA, BO, CAST, CY, LEA, PAGE, FrontDoor, Seen, text

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
INC = "C0INCIDENTS"
ROSTER = Roster(
    CAST.team,
    people=CAST.people,
    channels=(*CAST.channels, Channel(INC, "incidents", members=(ANA, BO, LEA, CY))),
)
SERVICES = "services: [api-gateway, database, dns]\n"
WITH_CHANNEL = f"{PAGE}{SERVICES}channels: {{incidents: {INC}}}\n"
DECLARED = {
    "title": "API gateway down",
    "services": ["api-gateway"],
    "customers": "many",
    "effect": "down",
    "began": "now",
    "noticed": "monitoring",
}


@pytest.fixture(autouse=True)
def frozen() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock at noon in UTC on a Monday."""
    with freeze_time(NOON, real_asyncio=True) as clock:
        yield clock


def at(minutes: float) -> datetime:
    """Return an instant so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def epoch(minutes: float) -> int:
    """Return it as Slack's pickers do."""
    return int(at(minutes).timestamp())


@pytest.fixture(params=["socket", "http"])
def slack(request, database_url, tmp_path) -> Iterator[FrontDoor]:
    """A practice workspace whose incidents have a channel, once over Socket Mode and once over signed HTTP."""
    with open_door(database_url, tmp_path, mode=request.param) as door:
        yield door


@pytest.fixture
def door(database_url, tmp_path) -> Iterator[FrontDoor]:
    """The same over Socket Mode alone, for what has nothing to do with the mode."""
    with open_door(database_url, tmp_path) as door:
        yield door


def open_door(database_url: str, tmp_path: Any, page: str = WITH_CHANNEL, **how: Any) -> FrontDoor:
    """Return a front door that is still closed; the bot is in the channel for incidents once it is open."""

    class Opened(FrontDoor):
        def __enter__(self) -> FrontDoor:
            super().__enter__()
            self.slack.invite_app(INC)
            return self

    return Opened(database_url, tmp_path, page=page, roster=ROSTER, **how)


def declare(slack: FrontDoor, by: str = BO, **values: Any) -> Seen:
    """Let somebody declare an incident, and let its card be posted."""
    seen = slack.submit(slack.command("/incident", by=by), **{**DECLARED, **values})
    slack.deliver()
    return seen


def cards(slack: FrontDoor, by: str = BO, channel: str = INC) -> list[Seen]:
    """Return what the bot says in the channel, as somebody sees it."""
    shown = [{**one, "channel": channel} for one in slack.seen(by, channel) if one.get("blocks")]
    return [Seen(Outcome(messages=[one]), by) for one in shown]


def card(slack: FrontDoor, by: str = BO) -> Seen:
    """Return the only card there is."""
    (found,) = cards(slack, by)
    assert check_message({"text": found.text, "blocks": found.message["blocks"]}) == []
    return found


def thread(slack: FrontDoor, by: str = BO) -> list[str]:
    """Return what was said under the first card."""
    first = slack.seen(by, INC)[0]["ts"]
    conversation = slack.slack.workspace.conversations[INC]
    return [one.text for one in conversation.thread_seen_by(by, first)][1:]


def incidents(slack: FrontDoor) -> list[Incident]:
    """Return every incident, the newest first."""
    return slack.services.database.read(find_incidents, HOUSE)


def incident(slack: FrontDoor, number: int = 1) -> Incident:
    """Return an incident as it stands."""
    return slack.services.database.read(find_incident, number, HOUSE)


def test_an_incident_from_declaring_to_resolving(slack, frozen):
    """Declared in ten seconds, taken, told of, resolved; everybody follows it on one card."""
    seen = declare(slack)
    assert seen.window() == text("""
        | 🔴 *INC-001* is written down as SEV1 critical: API gateway down
        ~ Its card is in <#C0INCIDENTS>; `/incident INC-001` shows it anywhere.
        ---
        | Nothing like it was declared in the last 90 days.
        [Take lead]
    """)
    assert card(slack).plain() == text(f"""
        # 🔴 INC-001 API gateway down
        | *State*
        | Detected
        | *Severity*
        | SEV1 critical
        | *Affected*
        | api-gateway
        | *Impact*
        | Many customers, down or data at risk
        | *Lead*
        | nobody yet
        ~ Since 23 November 2026, 12:00 UTC Noticed by monitoring Declared by <@{BO}>
        [Take lead] [Update] [Change severity] [Times] [Resolve] [Timeline] [More]
    """)
    frozen.tick(timedelta(minutes=4))
    slack.press(card(slack), "Take lead", by=LEA)
    slack.deliver()
    assert f"| <@{LEA}>" in card(slack).plain()
    assert "~ Next update due 23 November 2026, 12:34 UTC" in card(slack).plain()

    frozen.tick(timedelta(minutes=6))
    slack.submit(slack.press(card(slack), "Update", by=LEA), text="We <!here> fail over")
    slack.deliver()
    assert thread(slack) == ["INC-001: We &lt;!here&gt; fail over"]
    assert f"| *Last update* 23 November 2026, 12:10 UTC by <@{LEA}>" in card(slack).plain()
    assert "| > We <!here> fail over" in card(slack).plain()

    frozen.tick(timedelta(minutes=50))
    form = slack.press(card(slack), "Resolve", by=LEA)
    assert slack.submit(form).outcome.views == []
    slack.deliver()
    assert incident(slack).times.resolved == at(60)
    assert "resolved 23 November 2026, 13:00 UTC" in card(slack).plain()
    assert card(slack).plain().endswith("[Reopen] [Times] [Timeline] [Close] [More]")
    assert thread(slack)[-1] == f"🟢 INC-001 is resolved. <@{LEA}> analyses the root cause."
