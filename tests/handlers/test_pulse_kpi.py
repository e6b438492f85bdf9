"""KPIs of pulse surveys at the front door: what was published and no finer, how many answered beside it, and who may see what."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time

from bot.domain.pulse_roster import frame_of
from bot.storage import pulse as rows
from tests.front_door import ANA, FrontDoor, Mode, text
from tests.pulse_book import PulseBook
from tests.pulse_stage import CLOUDS, DESKS, MONDAY, TEAMS, PulseDoor, later

DAN = DESKS[0]
LED = TEAMS.replace("name: Desk,", f"name: Desk, lead: {CLOUDS[5]},")
LEAD = CLOUDS[5]
MIXED = ["55|9", "44|9", "42|7", "25|5", "22|3", "11|0"]
GLAD = ["55|9", "54|10", "42|8", "25|9", "32|6", "31|7"]
SUMMER, AUTUMN = datetime(2026, 10, 5, 12, tzinfo=UTC), MONDAY - timedelta(days=3)


@pytest.fixture(autouse=True)
def clock() -> Iterator[object]:
    """It is Monday noon."""
    with freeze_time(MONDAY, real_asyncio=True) as frozen:
        yield frozen


@pytest.fixture
def door(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[PulseDoor]:
    """A workspace with two teams, one of which somebody leads, in each mode of delivery."""
    with PulseDoor(database_url, tmp_path, page=LED, mode=mode) as opened:
        yield opened


@pytest.fixture
def book(door: PulseDoor) -> PulseBook:
    """Where past surveys are written down."""
    return PulseBook(door.services.database)


def ask(door: FrontDoor, words: str, by: str = ANA) -> str:
    """Return what somebody is shown."""
    return door.command(f"/kpi {words}", by=by).plain()


RATINGS = [
    "5431",
    "4432",
    "5555",
    "2234",
    "4154",
    "3345",
    "5525",
    "4444",
    "2313",
    "5452",
    "3544",
    "4533",
]


def test_from_the_first_question_to_the_card(door, clock):
    """Twelve answer, of whom the result says 61 to 64 %, since one number would tell on one of them; its middle counts.

    By hand: everybody has answered, so that there is no margin, and 64 % are below the target of 85 %.
    """
    door.start(remind="")
    clock.move_to(later(hours=14))
    door.advance()
    for person, given in zip((*DESKS, *CLOUDS), RATINGS, strict=True):
        values = {f"statement{place}": given[place] for place in range(3)}
        door.answer(person, **values, enps=str(2 * int(given[3])))
    assert "No pulse survey closed in November 2026 so far" in ask(door, "esat")
    clock.move_to(later(days=7, seconds=1))
    door.advance()
    seen = door.command("/kpi esat", by=DAN)
    assert seen.is_private
    assert seen.text == "Employee satisfaction 62.5 % (61 to 64 %, 12 of 12 answered) in November 2026 so far, target 85 %, off target."  # fmt: skip
    assert seen.plain() == text("""
        # Employee satisfaction · November 2026 so far
        | *62.5 % (61 to 64 %, 12 of 12 answered)*   🔴 off target (85 %)
        | no survey before it to compare with
        | • *100.0 %* of those who were asked answered (12 of 12)
        ~ 12 answers of 12 people asked · everybody answered, so that there is no margin · counted on the day on which the survey closed
        ~ Left out: earlier surveys of the same period, surveys that are still open, statements that somebody skipped, figures that would tell how a few people answered · as published by pulse #1 (Autumn pulse), closed on 30 November 2026, which asked Desk, Cloud, as of 30 November 2026, 12:00 UTC
        [Share here] [Why] [Trend] [By team]
    """)


def test_a_margin_where_somebody_did_not_answer(door, book):
    """By hand: of 12 answers half are favourable, of 13 people: Wilson with the finite population correction.

    The eNPS is 100·(5 − 4) ÷ 12, the widest margin 196·√((1 − 0.078²) ÷ 12)·√(1 ÷ 12) = 16.
    """
    book.close(AUTUMN, {"desk": MIXED, "cloud": [*GLAD, ""]}, name="Autumn pulse")
    satisfied, score = ask(door, "why esat"), ask(door, "why enps")
    named = "pulse #1 (Autumn pulse), closed on 20 November 2026"
    assert (
        f"*50 %* = as published: 50 % of 24 answers by 12 people of 13 asked, {named}" in satisfied
    )
    assert "12 answers of 13 people asked" in satisfied
    assert "95 % interval 41.9 to 58.1 %" in satisfied
    assert "Source: what pulse surveys published" in satisfied
    assert f"*+8* = as published: +8 ± 16 of 12 people of 13 asked, {named}" in score
    assert "95 % interval −8 to +24" in score
    assert "No target is set." in score


def test_the_same_margin_wherever_it_is_told(door, book):
    """By hand: −50 of 6 of 9 people is told of −49.5 too, and 196·√((1 − 0.495²) ÷ 6)·√(3 ÷ 8) = 42.6."""
    said = ["55|0", "22|0", "52|0", "25|0", "55|7", "22|9"]
    book.close(AUTUMN, {"desk": [*said[:3], ""], "cloud": [*said[3:], "", ""]}, grouping="none")
    assert "*−50* = as published: −50 ± 43 of 6 people of 9 asked" in ask(door, "why enps")
    assert "*−50* ± 43 eNPS" in door.command("/pulse result 1", by=ANA).plain()


class TestAgainstTheSurveyBefore:
    """A change is told only as it was published with the survey."""

    def test_the_same_people(self, door, book):
        """Whatever month the one before closed in."""
        book.close(SUMMER, {"desk": MIXED, "cloud": MIXED})
        book.close(AUTUMN, {"desk": MIXED, "cloud": GLAD})
        assert "up 25 points against pulse #1 of 5 October 2026 (−17)" in ask(door, "enps")
        assert "unchanged against pulse #1 of 5 October 2026 (50 %)" in ask(door, "esat")
        assert "*eNPS*   *+8 (12 of 12 answered)*" in ask(door, "")
        assert "up 25 points against pulse #1" in ask(door, "")

    def test_one_newcomer(self, door, book):
        """The difference may be what they said; of the team that is as it was, it is told."""
        book.close(SUMMER, {"desk": MIXED, "cloud": MIXED})
        book.close(AUTUMN, {"desk": MIXED, "cloud": GLAD}, newcomers={"cloud": 1})
        assert "group changed, no comparison with pulse #1" in ask(door, "enps")
        assert "group changed, no comparison" in ask(door, "")
        assert "unchanged against pulse #1" in ask(door, "enps team:desk")
        assert "group changed" in ask(door, "enps team:cloud")

    def test_one_that_asked_others(self, door, book):
        """People who were never asked before have no trend, and it is said why."""
        book.close(SUMMER, {"desk": MIXED, "cloud": MIXED})
        book.close(AUTUMN, {"cloud": GLAD})
        assert "for the survey before asked other teams" in ask(door, "enps team:cloud")
        shown = door.command("/pulse result 2", by=ANA).plain()
        assert "*+33* ± 0 eNPS · no comparison, for the last one asked other teams" in shown

    def test_another_than_the_one_before(self, door, book):
        """Whoever asks for another period is told why there is no change."""
        for at in (SUMMER, SUMMER + timedelta(days=20), AUTUMN):
            book.close(at, {"desk": MIXED, "cloud": GLAD})
        assert "no comparison with 5 October 2026: a survey" in ask(door, "esat vs 2026-10-05")
        assert "unchanged against pulse #2" in ask(door, "esat vs october")

    def test_the_trend_has_a_point_a_survey(self, door, book):
        """In the week and month in which it closed, with how many answered."""
        book.close(SUMMER, {"desk": MIXED, "cloud": [*MIXED, ""]})
        book.close(AUTUMN, {"desk": MIXED, "cloud": GLAD})
        shown = ask(door, "trend enps")
        assert "W41 −17 (12 of 13)  ·  W47 +8 (12 of 12)" in shown
        assert "Oct −17 (12 of 13)  ·  Nov 2026 +8 (12 of 12)" in shown


class TestOfATeam:
    """Leads and managers see what was told of a team, or why nothing was."""

    def test_its_group(self, door, book):
        """By its slug, for whoever leads; for nobody else, however they ask."""
        book.close(AUTUMN, {"desk": MIXED, "cloud": GLAD})
        shown = door.command("/kpi enps team:desk", by=LEAD)
        assert shown.text.startswith("eNPS −17 (6 of 6 answered) in November 2026 so far for Desk")
        for words in ("enps team:desk", "why enps team:desk", "trend enps team:desk", "teams enps"):
            assert "lead" in door.command(f"/kpi {words}", by=DAN).text
        assert "lead" in door.press_as(shown, "Share here", DAN)
        assert "lead" in door.press_as(shown, "By team", DAN)

    def test_its_role(self, door, book):
        """A survey that tells of roles says how to ask for them."""
        book.close(AUTUMN, {"desk": MIXED, "cloud": GLAD}, grouping="roles")
        shown = ask(door, "enps team:support_engineer")
        assert shown.startswith(
            "# Employee net promoter score · November 2026 so far · Support engineers\n| *−17"
        )
        asked = ask(door, "enps team:desk")
        assert "*No data.* Pulse #1 tells nothing of Desk: it tells of Support engineers (`team:support_engineer`), Cloud engineers (`team:cloud_engineer`)." in asked  # fmt: skip

    def test_too_few_answered(self, door, book):
        """The reason is said, and not how many there were: nobody is told that of fewer than the smallest group."""
        book.close(AUTUMN, {"desk": [*MIXED[:4], "", ""], "cloud": GLAD})
        shown = ask(door, "esat team:desk")
        assert "*No data.* Pulse #1 tells nothing of Desk: fewer than 5 answered." in shown
        assert "4 of 6" not in shown
        assert "66.7" not in shown

    def test_too_few_were_asked(self, door, book):
        """Nothing could be told of them from the start."""
        book.close(AUTUMN, {"desk": MIXED[:3], "cloud": [*GLAD, *MIXED]})
        shown = ask(door, "esat team:desk")
        assert "*No data.* Pulse #1 tells nothing of Desk: fewer than 5 people asked." in shown
        assert "Not told: Desk, fewer than 5 people" in ask(door, "teams esat")

    def test_nobody_in_particular(self, door, book):
        """A survey without groups tells of everybody; one that asks a team alone tells of that team."""
        book.close(AUTUMN, {"desk": MIXED, "cloud": GLAD}, grouping="none")
        shown = ask(door, "esat team:desk")
        assert "tells nothing of Desk: it tells of everybody together alone." in shown
        book.close(AUTUMN + timedelta(hours=1), {"desk": MIXED}, grouping="none")
        assert "*−17 (6 of 6 answered)*" in ask(door, "enps team:desk")
        assert "as published by pulse #1" in ask(door, "enps")

    def test_not_asked(self, door, book):
        """What others said is not told in its place."""
        book.close(AUTUMN, {"desk": MIXED})
        said = ask(door, "esat team:cloud")
        assert "No pulse survey closed in November 2026 so far and asked Cloud." in said

    def test_side_by_side(self, door, book):
        """Each with how many answered of how many, and the change that was published."""
        book.close(SUMMER, {"desk": MIXED, "cloud": MIXED})
        book.close(AUTUMN, {"desk": MIXED, "cloud": [*GLAD, ""]}, name="Autumn pulse")
        assert ask(door, "teams enps", LEAD) == text("""
            # By team: Employee net promoter score · November 2026 so far
            | Team  | eNPS | Status          | Answers  | Change
            | Desk  | −17  | ⚪ no target set | 6 of 6   | unchanged
            | Cloud | +33  | ⚪ no target set | 6 of 7   | –
            | All   | +8   | ⚪ no target set | 12 of 13 | –
            ~ Change against 5 October 2026 · as of 23 November 2026, 12:00 UTC
        """)

    def test_a_list_tells_of_everybody(self, door, book):
        """It is read by many, as agendas are: a team's figure is in neither."""
        book.close(AUTUMN, {"desk": MIXED, "cloud": GLAD})
        shown = ask(door, "team:desk", DAN)
        assert "*eNPS*   *+8 (12 of 12 answered)*" in shown
        assert "of all who were asked" in shown


class TestOfSomeTeams:
    """A survey that asked some teams does not speak for the company, and it is said that it is left out."""

    def test_after_one_of_all(self, door, book):
        """The card, its why, the list and the teams side by side stay with the survey of all."""
        book.close(AUTUMN - timedelta(days=1), {"desk": MIXED, "cloud": GLAD}, name="All of us")
        book.close(AUTUMN, {"desk": GLAD}, name="New phones")
        left_out = "pulse #2 (New phones), which asked Desk alone"
        for words in ("enps", "esat", "why enps", "teams enps"):
            assert left_out in ask(door, words)
        assert "as published by pulse #1 (All of us)" in ask(door, "enps")
        assert "*eNPS*   *+8 (12 of 12 answered)*" in ask(door, "")
        assert "Desk  | −17  |" in ask(door, "teams enps")
        assert "*+33 (6 of 6 answered)*" in ask(door, "enps team:desk")
        assert "New phones" not in ask(door, "enps team:cloud")

    def test_and_none_of_all(self, door, book):
        """There is no figure then, and no empty table."""
        book.close(AUTUMN, {"desk": GLAD}, name="New phones")
        said = "No pulse survey that asked all teams closed in November 2026 so far. Left out: pulse #1 (New phones), which asked Desk alone."  # fmt: skip
        assert f"*No data.* {said}" in ask(door, "esat")
        assert said in ask(door, "teams esat")

    @pytest.mark.parametrize("teams", [["desk"], ["desk", "cloud"]])
    def test_is_known_from_its_opening(self, door, teams):
        """Whatever teams there are later."""
        door.start(teams=teams)
        frame = door.services.database.read(lambda session: frame_of(rows.find_wave(session, 1)))
        assert frame.asks_all is (len(teams) == 2)


def test_before_the_first_survey(door):
    """It says how to begin."""
    shown = ask(door, "enps", DAN)
    assert "*No data.* No pulse survey closed in November 2026 so far" in shown
    assert "Managers start one with `/pulse start`." in shown


def test_a_survey_that_did_not_ask(door, book):
    """Without the eNPS in it, the one before it is the last; and the other way round."""
    book.close(AUTUMN, {"desk": MIXED, "cloud": GLAD})
    book.close(AUTUMN + timedelta(days=1), {"desk": ["55"] * 6, "cloud": ["22"] * 6})
    assert "as published by pulse #1" in ask(door, "enps")
    assert "as published by pulse #2" in ask(door, "esat")
    book.close(AUTUMN + timedelta(days=2), {"desk": ["|9"] * 6, "cloud": ["|2"] * 6}, statements=0)
    assert "as published by pulse #3" in ask(door, "enps")
    assert "as published by pulse #2" in ask(door, "esat")


@pytest.mark.parametrize(("typed", "shown"), [("-5", "−5"), ("20", "+20"), ("0", "0")])
def test_a_target_for_the_score(door, book, typed, shown):
    """Signed, from -100 to 100; +8 ± 16 is too close to call beside each of these."""
    book.close(AUTUMN, {"desk": MIXED, "cloud": [*GLAD, ""]})
    changed = door.command(f"/kpi target enps {typed}", by=ANA)
    assert f"the target is now {shown}" in changed.text
    assert f"🟡 too close to call ({shown})" in ask(door, "enps")
    assert "the target is now none" in door.press(changed, "Back to none").text


def test_what_cannot_be_a_target_for_the_score(door):
    """A sentence says what would."""
    assert "a score from -100 to 100" in door.command("/kpi target enps 120", by=ANA).text
