"""`/maintenance` from the front door."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from freezegun import freeze_time

from bot.workspace.validator import check_message
from tests.front_door import ANA, BO, CY, LEA, PAGE, FrontDoor, Mode, Seen, text
from tests.helpdesk import HOUR, MONDAY_0930

SERVICES = "services: [api-gateway, dns]"
DAY = 24 * HOUR


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True):
        yield


@pytest.fixture
def slack(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A practice workspace whose organisation runs two services."""
    page = f"{PAGE}\n{SERVICES}\n"
    with FrontDoor(database_url, tmp_path, mode=mode, page=page) as door:
        yield door


def fill_in(slack: FrontDoor, by: str = LEA, **more: object) -> Seen:
    """Open the form and send it: the API, tomorrow at 9:30 for two hours."""
    form = slack.command("/maintenance announce", by=by)
    starts = int((MONDAY_0930 + DAY).timestamp())
    filled = {"service": "api-gateway", "starts": starts, "ends": starts + 7200, "reason": "New <!channel> kernel"}  # fmt: skip
    return slack.submit(form, **{**filled, **more})


def test_announcing_and_cancelling(slack: FrontDoor) -> None:
    """The form shows the list in its place; everybody sees it, and a lead takes it back."""
    seen = fill_in(slack)
    assert "✅ Announced #1: api-gateway, 24 November 2026, 09:30 UTC to" in seen.window()
    slack.wait(slack.slack.acts.close(LEA, seen.view["id"]))
    listed = slack.command("/maintenance", by=BO)
    assert listed.is_private
    assert listed.plain() == text("""
        # Maintenance
        | *#1 api-gateway* · 24 November 2026, 09:30 UTC to 24 November 2026, 11:30 UTC
        | New <!channel> kernel · announced by <@U0LEA>
        ~ What is announced here counts in no uptime. It is announced before it begins; what was down unannounced counts as down.
    """)
    assert check_message({"text": listed.text, "blocks": listed.message["blocks"]}) == []
    assert "<!channel>" not in str(listed.message)
    mine, anas = (slack.command("/maintenance list", by=who) for who in (LEA, ANA))
    gone = slack.press(mine, "Cancel")
    assert "#1, maintenance of api-gateway, is cancelled" in gone.plain()
    assert "No maintenance is announced." in gone.plain()
    assert slack.press(anas, "Cancel").text.startswith("No maintenance #1 is announced.")


def test_announcing_from_the_list(slack: FrontDoor) -> None:
    """The button opens the same form, for those who may."""
    listed = slack.command("/maintenance", by=LEA)
    form = slack.press(listed, "Announce")
    starts = int((MONDAY_0930 + DAY).timestamp())
    seen = slack.submit(form, service="dns", starts=starts, ends=starts + 60, reason="x")
    assert "✅ Announced #1: dns" in seen.window()


def test_cancelled_by_words_while_it_goes_on(slack: FrontDoor) -> None:
    """What has passed of it stays."""
    fill_in(slack, by=ANA)
    with freeze_time(MONDAY_0930 + DAY + HOUR, real_asyncio=True):
        assert "*going on now*" in slack.command("/maintenance", by=BO).plain()
        assert "ends now" in slack.command("/maintenance cancel #1", by=LEA).plain()
        said = slack.command("/maintenance cancel 1", by=LEA).text
    assert said == "Maintenance #1 is over, and figures rest on it; it stays."


def test_what_cannot_be_is_said_beside_its_field(slack: FrontDoor) -> None:
    """Nothing that was filled in is lost, and nothing is announced."""
    past = int((MONDAY_0930 - DAY).timestamp())
    seen = fill_in(slack, starts=past, ends=past - 60)
    assert set(seen.outcome.errors) == {"starts", "ends"}
    assert "No maintenance is announced." in slack.command("/maintenance", by=LEA).plain()


@pytest.mark.parametrize(
    ("typed", "by", "said"),
    [
        ("/maintenance announce", BO, "Only team leads and managers can announce maintenance."),
        ("/maintenance cancel 1", BO, "Only team leads and managers can cancel maintenance."),
        ("/maintenance", CY, "Only members of this workspace can see announced maintenance."),
        ("/maintenance cancel 9", LEA, "No maintenance #9 is announced."),
        ("/maintenance cancel", LEA, "is no number"),
        ("/maintenance dns", BO, "Only team leads and managers can announce maintenance."),
        ("/maintenance api gateway", LEA, "Did you mean `/maintenance api-gateway`?"),
        ("/maintenance anounce", LEA, "Did you mean `/maintenance announce`?"),
        ("/maintenance <!channel>", LEA, "/maintenance help"),
    ],
)
def test_a_refusal_says_what_would_have_worked(
    slack: FrontDoor, typed: str, by: str, said: str
) -> None:
    """One sentence, to the asker alone."""
    seen = slack.command(typed, by=by)
    assert seen.is_private
    assert said in seen.text


@pytest.mark.parametrize("typed", ["dns", " DNS ", "announce dns"])
def test_a_service_that_is_named_is_chosen(slack: FrontDoor, typed: str) -> None:
    """The form has it; the rest is asked."""
    form = slack.command(f"/maintenance {typed}", by=LEA)
    assert form.view["blocks"][0]["element"]["initial_option"]["value"] == "dns"
    starts = int((MONDAY_0930 + DAY).timestamp())
    seen = slack.submit(form, starts=starts, ends=starts + 60, reason="x")
    assert "✅ Announced #1: dns" in seen.window()


def test_the_same_form_delivered_twice_announces_once(slack: FrontDoor) -> None:
    """Slack sends things again."""
    slack.slack.chaos.duplicate()
    fill_in(slack)
    assert slack.command("/maintenance", by=BO).plain().count("| *#") == 1


def test_without_services_there_is_nothing_to_announce(
    mode: Mode, database_url: str, tmp_path: Path
) -> None:
    """The sentence says who lists them, and where."""
    with FrontDoor(database_url, tmp_path, mode=mode) as door:
        assert "`services` in `app.yaml`" in door.command("/maintenance announce", by=LEA).text


def test_more_services_than_a_menu_holds(mode: Mode, database_url: str, tmp_path: Path) -> None:
    """Then the service is typed."""
    names = ", ".join(f"s{number}" for number in range(150))
    with FrontDoor(
        database_url, tmp_path, mode=mode, page=f"{PAGE}\nservices: [{names}]\n"
    ) as door:
        assert "Announced #1: s149" in fill_in(door, service="s149").window()
        assert "service" in fill_in(door, service="s999").outcome.errors
        form = door.command("/maintenance s149", by=LEA)
        assert form.view["blocks"][0]["element"]["initial_value"] == "s149"
