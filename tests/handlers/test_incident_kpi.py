"""KPIs of incidents from the front door: cards, what stands behind them, and what nobody may see."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time

from bot.domain import incident_work as work
from bot.domain.maintenance import MaintenanceDraft, announce
from bot.vocabulary import Effect, IncidentKind, Noticed
from tests.front_door import ANA, BO, CY, DEE, PAGE, PARTNERS, FrontDoor, Mode, text
from tests.helpdesk import HOUR, MONDAY_0930
from tests.incident_book import MANAGER, IncidentBook

DAY, MINUTE = 24 * HOUR, timedelta(minutes=1)
SLUGS = ("mttd", "mttr", "recurrence", "uptime")
OCTOBER = MONDAY_0930 - 40 * DAY


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True):
        yield


@pytest.fixture
def slack(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A practice workspace whose organisation runs two services."""
    page = f"{PAGE}\nservices: [api-gateway, dns]\n"
    with FrontDoor(database_url, tmp_path, mode=mode, page=page) as door:
        yield door


@pytest.fixture
def book(slack: FrontDoor) -> IncidentBook:
    """Where incidents are written down."""
    return IncidentBook(slack.services.database, MONDAY_0930)


def five(book: IncidentBook) -> None:
    """Write down five incidents, each noticed after 5 min, and some of every kind that does not count."""
    for number, minutes in enumerate((10, 20, 30, 40, 300)):
        noticed = Noticed.CUSTOMER if number % 2 else Noticed.MONITORING
        book.took(minutes, until=MONDAY_0930 - (number + 1) * DAY, noticed=noticed)
    book.took(600, kind=IncidentKind.DRILL)
    book.void(book.took(600))
    book.took(600, kind=IncidentKind.SECURITY, title="Keys leaked")
    book.add(started=MONDAY_0930 - 6 * DAY, detected=MONDAY_0930 - 6 * DAY, services=("dns",))
    book.add(started=MONDAY_0930 - DAY, resolved=MONDAY_0930 - HOUR, effect=Effect.COSMETIC)


def test_time_to_resolve(slack: FrontDoor, book: IncidentBook) -> None:
    """Of 10, 20, 30, 40 and 300 minutes: median 30, mean 80, p90 40 + 0.6 × 260 = 196 min; no arrow, all reasons."""
    five(book)
    seen = slack.command("/kpi mttr", by=BO)
    assert seen.is_private
    assert seen.text == "MTTR 30 min median in November 2026 so far, target 2 h, too close to call."
    assert seen.plain() == text("""
        # Mean time to resolve · November 2026 so far
        | *30 min median*   🟡 too close to call (2 h)
        | 5 incidents are too few to carry a trend; it takes 20
        | • *3 h 16 min* is what nine in ten stay under (p90)
        | • *80.0 %* resolved within target (4 of 5)
        | • from the impact to its mitigation: no incidents to tell it from
        | • *0* reopened before the last resolution
        | • *1 h 20 min* on average (mean)
        | • *1* still open, for 6 d
        | • Longest: *INC-005* Gateway down (5 h); *INC-004* Gateway down (40 min); *INC-003* Gateway down (30 min)
        ~ only 5 incidents resolved, too few to lean on (fewer than 20) · known for 5 of 6 · calendar hours, from the detection to the last resolution · counted on the day of the last resolution
        ~ Left out: 1 still open, 1 with detection unknown, 1 drill, 1 false alarm · from incident records, which begin on 17 November 2026, as of 23 November 2026, 09:30 UTC
        [Share here] [Why] [Trend] [Incidents]
    """)


def test_a_period_to_compare_with_that_is_asked_for(slack: FrontDoor, book: IncidentBook) -> None:
    """Both figures are told; that they are too few to tell luck from change, too."""
    five(book)
    book.took(50, until=OCTOBER)
    told = slack.command("/kpi mttr vs 2026-10", by=BO).plain()
    assert (
        "| In 1–23 October 2026: *50 min median* (1 incident resolved). "
        "5 incidents are too few to carry a trend; it takes 20\n"
    ) in told
    assert "In 1–23 September 2026: no data. " in (
        slack.command("/kpi mttr vs 2026-09", by=BO).plain()
    )


def test_time_to_detect(slack: FrontDoor, book: IncidentBook) -> None:
    """Five of five minutes each, of six that were resolved; two of five were noticed by customers."""
    five(book)
    seen = slack.command("/kpi mttd", by=BO)
    assert seen.text == "MTTD 5 min median in November 2026 so far, no target set."
    for said in (
        "known for 5 of 6",
        "*40.0 %* noticed by a customer first (2 of 5)",
        "*5 min* on average (mean)",
        "1 with start or detection unknown",
    ):
        assert said in seen.plain()


def test_recurrence(slack: FrontDoor, book: IncidentBook) -> None:
    """Of four resolved one is a confirmed repeat and one a suspected one; of the rest no analysis says anything."""
    first = book.took(30, until=OCTOBER)
    again, perhaps, *_ = [book.took(30) for _ in range(4)]
    book.repeat(again, first)
    book.repeat(perhaps, first, confirmed=False)
    card = slack.command("/kpi recurrence", by=BO)
    assert card.text == "Recurrence 25.0 % in November 2026 so far, no target set."
    assert "*1* may repeat an earlier one; nobody has confirmed it" in card.plain()
    assert "*2* not classified" in card.plain()
    behind = slack.press(card, "Incidents").plain()
    assert f"*{again.label}* Gateway down · api-gateway · *confirmed repeat of INC-001*" in behind
    assert "*may repeat INC-001; not confirmed*" in behind
    assert behind.count("*not classified*") == 2
    assert "1 ÷ 4 (confirmed repeats ÷ incidents resolved)" in slack.press(card, "Why").plain()


def test_uptime_is_that_of_the_worst_service(slack: FrontDoor, book: IncidentBook) -> None:
    """In October (744 h, a budget of 44.64 min) DNS was down for 50 min: 99.88799 %, cut; the API for 30."""
    book.took(25, until=OCTOBER)
    book.took(45, until=OCTOBER, services=("dns",))
    book.took(600, until=OCTOBER, services=("dns",), effect=Effect.WORKAROUND)
    seen = slack.command("/kpi uptime october", by=BO)
    assert seen.text == "Uptime 99.887 % in October 2026, target 99.9 %, off target."
    assert seen.plain() == text("""
        # Uptime · October 2026
        | *99.887 %*   🔴 off target (99.9 %)
        | 2 incidents are too few to carry a trend; it takes 20
        | • *99.887 %* dns · 50 min down · 5.4 min over its budget
        | • *99.932 %* api-gateway · 30 min down · 14.6 min left of its budget
        | • Longest: *INC-002* Gateway down (50 min); *INC-001* Gateway down (30 min)
        ~ 2 incidents hurt customers · every second of the day, as the clock of the time zone has them · counted on the time itself, cut at the ends of the period
        ~ Left out: 1 harmless to customers · from incident records, which begin on 13 October 2026, as of 23 November 2026, 09:30 UTC
        [Share here] [Why] [Trend] [Incidents]
    """)


def test_the_budget_of_a_month_that_runs(slack: FrontDoor, book: IncidentBook) -> None:
    """537.5 h have passed, 32.25 min are their budget, 43.2 the month's; 30 are spent, and maintenance is in neither."""
    book.took(25)
    seen = slack.command("/kpi uptime", by=BO).plain()
    assert "budget so far: 2.2 min left; of the whole month: 13.2 min left" in seen
    assert "*100 %* dns · never down" in seen
    starts = MONDAY_0930 + DAY
    draft = MaintenanceDraft(service="api-gateway", starts=starts, ends=starts + 100 * HOUR, reason="Move")  # fmt: skip
    slack.write(announce, draft, MANAGER, ("api-gateway",), "maintenance", MONDAY_0930)
    assert "of the whole month: 7.2 min left" in slack.command("/kpi uptime", by=BO).plain()


def test_uptime_is_cut_and_never_rounded_up(slack: FrontDoor, book: IncidentBook) -> None:
    """22 min 46 s of October leave 99.948999 %: neither 99.949 nor 99.95."""
    ended = OCTOBER
    book.add(started=ended - timedelta(minutes=22, seconds=46), resolved=ended)
    assert "Uptime 99.948 %" in slack.command("/kpi uptime october", by=BO).text
    slack.command("/kpi target uptime 99.95", by=ANA)
    assert "target 99.95 %, off target" in slack.command("/kpi uptime october", by=BO).text


@pytest.mark.parametrize("slug", SLUGS)
def test_an_empty_month_says_none(slack: FrontDoor, book: IncidentBook, slug: str) -> None:
    """Neither nought nor a division by it; and before the first incident, how to begin."""
    fresh = slack.command(f"/kpi {slug}", by=BO).plain()
    assert "*No data.*" in fresh
    assert "`/incident` declares one" in fresh
    book.took(30, until=OCTOBER)
    plain = slack.command(f"/kpi {slug}", by=BO).plain()
    assert (
        "*100 %*" if slug == "uptime" else "*No data.* There are no incidents resolved"
    ) in plain
    assert "no incidents, and so no trend" in plain
    assert "*No data.*" in slack.command(f"/kpi {slug} august", by=BO).plain()


def test_nothing_known_of_what_there_is(slack: FrontDoor, book: IncidentBook) -> None:
    """An incident was resolved, but nobody knows when it was detected."""
    book.add(started=MONDAY_0930 - DAY, resolved=MONDAY_0930 - HOUR)
    plain = slack.command("/kpi mttr", by=BO).plain()
    assert (
        "Of 1 incident resolved in November 2026 so far none can be told: detection unknown."
        in plain
    )
    assert "known for 0 of 1" in plain


def test_enough_incidents_carry_a_trend(slack: FrontDoor, book: IncidentBook) -> None:
    """Twenty in November of an hour each, twenty in October of half an hour."""
    for number in range(20):
        book.took(60, until=MONDAY_0930 - number * HOUR)
        book.took(30, until=MONDAY_0930 - 35 * DAY - number * HOUR)
    seen = slack.command("/kpi mttr", by=BO)
    assert "up 30 min against 1–23 October 2026 (30 min)" in seen.plain()
    assert "too few" not in seen.plain()
    assert (
        "data_visualization" not in seen.kinds()
    )  # in one week there are twenty, in the rest none
    trend = slack.press(seen, "Trend").plain()
    assert "Oct 2026 30 min (20)" in trend
    assert "*By month, median*" in trend
    assert "fewer than 20 incidents are listed and not drawn" in trend
    few = slack.command("/kpi mttr vs 2026-09", by=BO).plain()
    assert "0 incidents in 1–23 September 2026 are too few to compare with" in few


def test_the_list_is_exactly_what_stands_behind_the_figure(
    slack: FrontDoor, book: IncidentBook
) -> None:
    """Those counted with what each gave, the greatest first, and those left out with the reason; for the asker alone."""
    five(book)
    seen = slack.press(slack.command("/kpi mttr", by=BO), "Incidents")
    assert seen.is_private
    assert (
        seen.text == "Behind MTTR · November 2026 so far: 30 min: 5 incidents counted, 4 left out."
    )
    assert seen.plain() == text("""
        # Behind MTTR · November 2026 so far
        ~ *30 min: 5 incidents counted, 4 left out*
        ~ *Counted*
        | • *INC-005* Gateway down · api-gateway · *5 h* · written down afterwards
        | • *INC-004* Gateway down · api-gateway · *40 min* · written down afterwards
        | • *INC-003* Gateway down · api-gateway · *30 min* · written down afterwards
        | • *INC-002* Gateway down · api-gateway · *20 min* · written down afterwards
        | • *INC-001* Gateway down · api-gateway · *10 min* · written down afterwards
        ~ *Left out*
        | • *INC-007* Gateway down · dns · *still open* · written down afterwards
        | • *INC-008* Gateway down · api-gateway · *detection unknown* · written down afterwards
        | • *DRILL-001* Gateway down · api-gateway · *drill* · written down afterwards
        | • *INC-006* Gateway down · api-gateway · *false alarm* · written down afterwards
        ~ as of 23 November 2026, 09:30 UTC
    """)


def test_a_long_list_has_pages(slack: FrontDoor, book: IncidentBook) -> None:
    """Twenty a page, in the place of the one before; each incident once."""
    for minutes in range(1, 46):
        book.took(minutes)
    card = slack.command("/kpi mttr", by=BO)
    first = slack.press(card, "Incidents")
    second = slack.press(first, "20 more")
    third = slack.press(second, "5 more")
    shown = [line for page in (first, second, third) for line in page.plain().splitlines() if "• " in line]  # fmt: skip
    assert len(shown) == len(set(shown)) == 45
    assert "[Earlier ones]" in third.plain()
    assert slack.press(third, "Earlier ones").plain() == second.plain()
    assert slack.press(card, "Incidents").plain() == first.plain()


def test_nothing_anybody_sees_knows_of_a_restricted_incident(
    slack: FrontDoor, book: IncidentBook
) -> None:
    """Card, why, trend and list are the same with it as without, also for a manager; a link to it leads nowhere."""
    five(book)
    first = book.took(30, until=OCTOBER)
    again = book.took(7)
    book.repeat(again, first)
    book.does(first, work.restrict, [])

    def everything() -> list[str]:
        seen = []
        for slug in SLUGS:
            for who in (BO, ANA):
                card = slack.command(f"/kpi {slug}", by=who)
                pages = [card, *(slack.press(card, name) for name in ("Why", "Trend", "Incidents"))]
                seen += [f"{each.text}\n{each.plain()}" for each in pages]
        return [*seen, slack.command("/kpi", by=BO).plain()]

    before = everything()
    book.took(900, kind=IncidentKind.SECURITY, title="Keys leaked", services=("dns",))
    book.add("Keys again", started=MONDAY_0930 - DAY, kind=IncidentKind.SECURITY)
    assert everything() == before
    assert not any(word in page for page in before for word in ("SEC-", "Keys", "INC-009"))


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("typed", ["{} team:emea", "teams {}"])
def test_incidents_belong_to_no_team(slack: FrontDoor, slug: str, typed: str) -> None:
    """A sentence, with what would work."""
    said = slack.command(f"/kpi {typed.format(slug)}", by=BO).text
    assert "Incidents belong to services, not to teams" in said
    assert f"`/kpi {slug}`" in said


def test_a_teams_list_tells_them_for_all(slack: FrontDoor, book: IncidentBook) -> None:
    """And says so."""
    book.took(30)
    plain = slack.command("/kpi team:emea", by=BO).plain()
    assert "| *MTTR*   *30 min median*  [Open]\n| 🟡 too close to call (2 h)  ·  too few for a trend  ·  for the whole organisation" in plain  # fmt: skip
    opened = slack.press(slack.command("/kpi team:emea", by=BO), "Open")
    assert opened.is_private


def test_why_tells_the_clock_and_what_was_left_out(slack: FrontDoor, book: IncidentBook) -> None:
    """Definition, formula, clock, exclusions with their numbers, coverage and the target's origin."""
    five(book)
    plain = slack.command("/kpi why mttr", by=BO).plain()
    for said in (
        "*30 min* = the median of 5 incidents resolved; mean 1 h 20 min, p90 3 h 16 min",
        "median of (last resolved − detected)",
        "from the detection to the last resolution",
        "open incidents, those whose detection is unknown, drills",
        "In November 2026 so far: 1 still open, 1 with detection unknown, 1 drill, 1 false alarm",
        "known for 5 of 6",
        "2 h, the default (playbook 2.3)",
    ):
        assert said in plain


def test_a_target_moves_the_share_at_once(slack: FrontDoor, book: IncidentBook) -> None:
    """Nothing has to be counted anew."""
    five(book)
    slack.command("/kpi target mttr 25 min", by=ANA)
    assert "*40.0 %* resolved within target (2 of 5)" in slack.command("/kpi mttr", by=BO).plain()


def test_strangers_are_told_no(slack: FrontDoor, book: IncidentBook) -> None:
    """A guest, and a person of another workspace pressing a shared card's button."""
    five(book)
    only = "Only members of this workspace can see Mean time to resolve."
    assert slack.command("/kpi mttr", by=CY).text == only
    shared = slack.press(slack.command("/kpi mttr", by=BO, channel=PARTNERS), "Share here")
    assert slack.press(shared, "Incidents", by=DEE).text == only
