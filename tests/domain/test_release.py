"""What a closed pulse publishes: figures, the reasons where there are none, the known attacks, the trend, comments."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.pulse_result import shown
from bot.domain.disclosure import find_leak
from bot.domain.release import (
    COMMENT,
    EVERYBODY,
    OVERALL,
    Cell,
    Change,
    Figure,
    Hidden,
    Participation,
    Release,
    Wave,
    compare,
    release,
)
from bot.errors import Refused
from bot.vocabulary import Band, Scale, Withheld

WELL, LOAD, ENPS = "well", "load", "enps"


def cell(invited: int, favourable: int, of: int, comments: int = 0) -> Cell:
    """Return a cell that answered one statement."""
    return Cell(invited, of, {WELL: [5] * favourable + [2] * (of - favourable)}, comments)


def publish(k: int, *cells: Cell, **groups: set[int]) -> Release:
    """Release a wave of one statement."""
    frozen = {name: frozenset(group) for name, group in groups.items()}
    return release(Wave(k, cells, frozen, {WELL: Scale.STATEMENT}))


def ends(published: Release, group: str, question: str = WELL) -> tuple[int, int] | None:
    """Return the lower and upper end of a figure; None where it is not told."""
    figure = published.find(group, question)
    return (figure.low, figure.high) if isinstance(figure, Figure) else None


def test_groups_and_everybody_are_told_exactly_where_nothing_follows():
    """Shares in whole percent, with the answers they are of."""
    published = publish(5, cell(9, 4, 8), cell(7, 3, 6), emea={0}, cloud={1})
    figure = published.find("emea", WELL)
    assert figure == Figure("emea", WELL, Scale.STATEMENT, 4, 4, 8)
    assert (figure.percent, figure.band) == ((50, 50), None)
    assert [ends(published, group) for group in (EVERYBODY, "cloud")] == [(7, 7), (3, 3)]
    assert published.hidden == ()
    assert [p.percent for p in published.participation] == [88, 89, 86]


def test_attack_by_complement():
    """B3.1: everybody's figure less those of three groups is the fourth, which has 4 answers; one more is not told."""
    cells = cell(6, 2, 4), cell(6, 3, 6), cell(9, 4, 9), cell(5, 3, 5)
    assert find_leak({0b0001: 4, 0b0011: 6, 0b0101: 9, 0b1001: 5}, 5) == {0b0001}
    published = publish(5, *cells, managers={0}, cloud={1}, support={2}, architects={3})
    assert published.find("managers", WELL) == Hidden("managers", WELL, Withheld.TOO_FEW)
    assert published.find("architects", WELL) == Hidden(
        "architects", WELL, Withheld.SUBTRACTION, ("cloud", "support")
    )
    assert ends(published, EVERYBODY) == (12, 12)
    assert ends(published, "support") == (4, 4)


def test_attack_by_one_missing_person():
    """B3.2: the whole team, and the same without the night shift, which is one answer."""
    assert find_leak({0b01: 1, 0b11: 7}, 5) == {0b01}
    published = publish(5, cell(5, 1, 1), cell(8, 3, 7), days={1})
    assert ends(published, EVERYBODY) == (4, 4)
    assert published.find("days", WELL) == Hidden("days", WELL, Withheld.SUBTRACTION, ())


def test_attack_by_a_figure_that_is_watched():
    """B3.3: a figure after five answers and after the sixth; as groups of one wave, only one of them is told."""
    assert find_leak({0b11: 5, 0b10: 1}, 5) == {0b10}
    published = publish(3, cell(5, 3, 5), cell(3, 1, 1), noon={0}, evening={0, 1})
    assert ends(published, EVERYBODY) == ends(published, "evening") == (4, 4)
    assert ends(published, "noon") is None


def test_attack_by_successive_waves():
    """B3.3: one person came since the last wave; what changed may be what they said, and is not compared."""
    before, now = (
        Figure("emea", WELL, Scale.STATEMENT, low, low, n) for low, n in ((4, 5), (4, 6))
    )
    team = frozenset("abcde")
    assert compare(before, now, team, team | {"f"}, 5) is Withheld.GROUP_CHANGED
    assert compare(before, now, team, team - {"a"} | {"f"}, 5) is Withheld.GROUP_CHANGED
    assert compare(before, now, team, team, 5) == Change(-13, -13)
    assert compare(before, now, team, team | set("fghij"), 5) == Change(-13, -13)


def test_attack_on_two_extra_people_which_no_pair_of_figures_gives_away():
    """B3: three groups apart and a total with two more people."""
    assert find_leak({0b0001: 2, 0b0011: 6, 0b0101: 6, 0b1001: 6}, 5) == {0b0001}
    cells = cell(5, 1, 2), cell(6, 3, 6), cell(6, 3, 6), cell(6, 3, 6)
    assert len(publish(5, *cells, a={1}, b={2}, c={3}).figures) == 2 * 3


def test_crossing_groups_that_pass_the_rank_test_and_fall_to_bounds():
    """Two teams by two roles of 4 answers each: 6 and 1 of 8, 5 and 2 of 8 have one solution, though no sum tells it."""
    grid = {0b00101 | 16: 4, 0b01001 | 16: 4, 0b00110 | 16: 4, 0b01010 | 16: 4}
    assert find_leak(grid, 5) is None
    solutions = [
        (a, b, c, d)
        for a, b, c, d in product(range(5), repeat=4)
        if (a + b, c + d, a + c, b + d) == (6, 1, 5, 2)
    ]
    assert solutions == [(4, 2, 1, 0)]
    cells = [cell(5, favourable, 4) for favourable in solutions[0]]
    published = publish(5, *cells, emea={0, 1}, apac={2, 3}, desk={0, 2}, cloud={1, 3})
    assert [ends(published, group) for group in ("emea", "apac")] == [(6, 6), (0, 1)]
    assert [ends(published, group) for group in ("desk", "cloud")] == [None, None]


@pytest.mark.parametrize(
    ("favourable", "told", "band"),
    [
        (0, (0, 1), Band.LOW),
        (1, (0, 1), Band.LOW),
        (2, (2, 2), None),
        (3, (3, 3), None),
        (4, (4, 5), Band.HIGH),
        (5, (4, 5), Band.HIGH),
    ],
)
def test_extremes(favourable: int, told: tuple[int, int], band: Band | None):
    """0 % and 100 % would tell what each of them said; so both are told as one with their neighbour."""
    published = publish(5, cell(5, favourable, 5), cell(9, 4, 9), five={0})
    figure = published.find("five", WELL)
    assert ((figure.low, figure.high), figure.band) == (told, band)


@given(st.sampled_from(Scale), st.integers(3, 2_000), st.data())
def test_an_end_of_the_scale_is_told_where_it_is_one(scale: Scale, answers: int, data):
    """No rounding makes all of a group out of nearly all; and where it may be all, a word stands for the number."""
    least = -answers if scale is Scale.ENPS else 0
    low = data.draw(st.integers(least, answers) | st.sampled_from([least + 1, answers - 1]))
    high = min(low + data.draw(st.sampled_from([0, 0, 1, 2])), answers)
    figure = Figure("emea", WELL, scale, low, high, answers)
    ends_ = {100 * least // answers: least, 100: answers}
    for told, exact in zip(figure.percent, (low, high), strict=True):
        assert (told in ends_) == (exact in ends_.values())
        assert ends_.get(told, exact) == exact
        assert abs(told - 100 * exact / answers) < 1
    assert figure.is_word == (low < high and (low == least or high == answers))


@pytest.mark.parametrize(
    ("favourable", "of", "told"),
    [(997, 1000, "99 %"), (3, 1000, "1 %"), (299, 300, "high"), (1, 300, "low"), (298, 300, "99 %")],
)  # fmt: skip
def test_nearly_all_of_many(favourable: int, of: int, told: str):
    """What reads as unanimous would be one of the numbers that a word stands for."""
    figure = publish(5, cell(of, favourable, of)).find(EVERYBODY, WELL)
    assert shown(figure) == told
    assert Participation(EVERYBODY, 1000, 999).percent == 99
    assert Participation(EVERYBODY, 1000, 1).percent == 1


def test_total_does_not_tell_that_all_teams_are_unanimous():
    """15 of 15 beside three teams with 4 or 5 of 5 would; 14 would not, since one might be anywhere."""
    teams = {"a": {0}, "b": {1}, "c": {2}}
    everyone = [publish(5, *(cell(5, n, 5) for n in sums), **teams) for sums in SUMS_OF_THREE]
    assert [ends(one, EVERYBODY) for one in everyone] == [(14, 15), (14, 15), (13, 13), (12, 12)]
    assert {ends(one, "a") for one in everyone} == {(4, 5)}


SUMS_OF_THREE = [(5, 5, 5), (5, 4, 5), (4, 4, 5), (4, 4, 4)]


def test_complement_that_answered_as_one_is_not_told():
    """A team without a name beside one that has: 9 of 10 less 4 of 5 would be 5 of 5."""
    published = publish(5, cell(5, 3, 5), cell(5, 5, 5), a={0})
    assert ends(published, "a") == (3, 3)
    assert ends(published, EVERYBODY) == (7, 8)


def test_team_that_lies_across_others_is_told_as_its_pieces_allow():
    """Teams come first and stay sharp; a role has one step of play for each nearly unanimous piece."""
    cells = [cell(6, n, 6) for n in (6, 3, 6, 2)]
    published = publish(5, *cells, emea={0, 1}, apac={2, 3}, desk={0, 2}, cloud={1, 3})
    told = {group: ends(published, group) for group in (EVERYBODY, "emea", "desk", "cloud")}
    assert told == {EVERYBODY: (16, 17), "emea": (8, 9), "desk": (10, 12), "cloud": (5, 5)}


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([10] * 6, (4, 6)),
        ([10] * 5 + [8], (4, 6)),  # nobody of them detracts, if it were told
        ([10] * 5 + [0], (4, 6)),
        ([10] * 4 + [9, 7], (4, 6)),
        ([10] * 4 + [7, 0], (3, 3)),
        ([7] * 6, (0, 0)),  # or as many promoters as detractors
        ([0, 6, 3, 3, 5, 6], (-6, -4)),
    ],
)
def test_enps_keeps_the_last_two_steps_open(answers: list[int], told: tuple[int, int]):
    """Promoters less detractors; at five of six nobody could have detracted."""
    cells = Cell(6, 6, {ENPS: answers}), Cell(9, 9, {ENPS: [0, 10, 8] * 3})
    published = release(Wave(5, cells, {"six": frozenset({0})}, {ENPS: Scale.ENPS}))
    assert ends(published, "six", ENPS) == told


def test_enps_is_told_in_points():
    """From -100 to 100, or by the third of that in which the middle lies."""
    assert Figure("emea", ENPS, Scale.ENPS, 5, 5, 25).percent == (20, 20)
    assert Figure("emea", ENPS, Scale.ENPS, -5, -5, 25).percent == (-20, -20)
    assert Figure("emea", ENPS, Scale.ENPS, -6, -4, 6).band is Band.LOW


@pytest.mark.parametrize(
    ("ratings", "points"),
    [
        ([7, 8, 7, 8, 7], 0),
        ([9, 6, 9, 6, 8], 0),
        ([9, 7, 7, 7, 7, 7, 7, 7], 13),
        ([6, 7, 7, 7, 7, 7, 7, 7], -12),  # halves up
        ([9, 9, 9, 9, 9, 8, 8, 7, 6, 0], 30),
    ],
)
def test_enps_of_ratings(ratings: list[int], points: int):
    """Promoters are 9 and 10, detractors 0 to 6; passives count below the line (kpis.md A2)."""
    cells = (Cell(12, len(ratings), {ENPS: ratings}),)
    figure = release(Wave(5, cells, {}, {ENPS: Scale.ENPS})).find(EVERYBODY, ENPS)
    assert figure.percent == (points, points)


def test_the_share_of_4_and_5():
    """Of the three formulas in use this is the first (kpis.md A5): 70 %, not 78 % or 72.5 %."""
    ratings = [5, 5, 5, 4, 4, 4, 4, 3, 3, 2]
    cells = (Cell(10, 10, {WELL: ratings}),)
    figure = release(Wave(5, cells, {}, {WELL: Scale.STATEMENT})).find(EVERYBODY, OVERALL)
    assert figure.percent == (70, 70)
    assert sum(ratings) / 50 == pytest.approx(0.78)
    assert (sum(ratings) / 10 - 1) / 4 == pytest.approx(0.725)


def test_each_question_counts_its_own_answers():
    """Who skipped a statement counts for the others; the overall figure needs all of them."""
    one, two = [5, 5, 2, 2, 2], [5, 2, 2, 2]
    cells = (
        Cell(5, 5, {WELL: one, LOAD: two}),
        Cell(9, 9, {WELL: [5, 2, 4] * 3, LOAD: [4] * 3 + one}),
    )
    questions = {WELL: Scale.STATEMENT, LOAD: Scale.STATEMENT}
    published = release(Wave(5, cells, {"five": frozenset({0})}, questions))
    assert ends(published, "five", WELL) == (2, 2)
    assert published.find("five", LOAD) == Hidden("five", LOAD, Withheld.TOO_FEW)
    assert published.find("five", OVERALL) == Hidden("five", OVERALL, Withheld.STATEMENT, (LOAD,))
    assert ends(published, EVERYBODY, OVERALL) == (8 + 6, 8 + 6)
    assert published.find(EVERYBODY, OVERALL).answers == 14 + 12


def test_overall_is_person_first_where_nobody_skipped():
    """The mean of each person's share, then of people, is all favourable answers over all answers."""
    people = [(5, 2), (4, 4), (1, 5), (2, 2), (5, 5), (3, 4)]
    by_person = sum(((a >= 4) + (b >= 4)) / 2 for a, b in people) / len(people)
    cells = [Cell(6, 6, {WELL: [a for a, _ in people], LOAD: [b for _, b in people]})]
    questions = {WELL: Scale.STATEMENT, LOAD: Scale.STATEMENT}
    figure = release(Wave(5, tuple(cells), {}, questions)).find(EVERYBODY, OVERALL)
    assert figure.low == figure.high
    assert figure.low / figure.answers == pytest.approx(by_person)


def test_overall_by_person_would_tell_who_skipped():
    """Five answered one statement, four of them another, 2 favourable in each: why it is not weighed by person."""

    def by_person(skipper: int) -> float:
        fours = [(1, 1), (1 - skipper, 1), (0, 0), (0, 0)]
        return (sum(a + b for a, b in fours) / 2 + skipper) / 5

    assert (by_person(0), by_person(1)) == (0.4, 0.5)


def test_wave_that_too_few_answered_tells_nothing_but_that():
    """Four of twelve."""
    published = publish(5, cell(6, 1, 3), cell(6, 1, 1), a={0})
    assert published.figures == ()
    assert {one.why for one in published.hidden} == {Withheld.TOO_FEW}
    assert [p.answered for p in published.participation] == [4, 3]


def test_group_that_nobody_answered_in_takes_nobody_with_it():
    """Nought answers single nobody out."""
    published = publish(5, cell(6, 0, 0), cell(6, 3, 6), a={0}, b={1})
    assert published.find("a", WELL) == Hidden("a", WELL, Withheld.TOO_FEW)
    assert ends(published, "b") == ends(published, EVERYBODY) == (3, 3)


def test_choice_looks_at_no_answer():
    """Whatever was answered, the same figures are told and hidden."""
    groups = {"a": {0}, "b": {1}, "c": {2}}
    shapes = {
        tuple(
            (one.group, one.question, isinstance(one, Hidden))
            for one in (*published.figures, *published.hidden)
        )
        for x in range(5)
        for y in range(6)
        for published in [publish(5, cell(5, x, 4), cell(6, y, 5), cell(7, x + y % 3, 7), **groups)]
    }
    assert len(shapes) == 1


def test_comments_are_shown_of_enough_people_and_enough_comments():
    """Five people and three comments; and never so that the rest has fewer."""
    groups = {"a": {0}, "b": {1}, "c": {2}}
    both = publish(5, cell(6, 3, 6, 3), cell(6, 3, 6, 4), cell(6, 3, 5, 0), **groups)
    assert both.comments == (EVERYBODY, "a", "b")
    assert both.comments_hidden == (Hidden("c", COMMENT, Withheld.TOO_FEW_COMMENTS),)
    one_left = publish(5, cell(6, 3, 6, 3), cell(6, 3, 6, 4), cell(6, 3, 5, 1), **groups)
    assert one_left.comments == (EVERYBODY, "b")
    assert one_left.comments_hidden == (
        Hidden("a", COMMENT, Withheld.SUBTRACTION, ("b",)),
        Hidden("c", COMMENT, Withheld.TOO_FEW_COMMENTS),
    )
    few = publish(3, cell(3, 1, 3, 3), cell(6, 3, 6, 4), a={0}, b={1})
    assert few.comments == (EVERYBODY,)
    assert publish(3, cell(6, 3, 6, 2), a={0}).comments == ()


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), min_size=1, max_size=6),
    st.dictionaries(st.sampled_from("abcd"), st.sets(st.integers(0, 5), min_size=1), max_size=4),
)
def test_comments_that_lists_have_in_common_or_not_come_from_enough_people(cells, groups):
    """Whichever lists somebody compares: three comments by five people, or none."""
    cells = [cell(9, 0, people, min(people, comments)) for people, comments in cells]
    groups = {name: cut for name, group in groups.items() if (cut := group & {*range(len(cells))})}
    shown = [name for name in publish(3, *cells, **groups).comments if name != EVERYBODY]
    for inside in product([True, False], repeat=len(shown)):
        where = [
            cells[number]
            for number in range(len(cells))
            if all((number in groups[g]) == i for g, i in zip(shown, inside, strict=True))
        ]
        comments, people = sum(c.comments for c in where), sum(c.answered for c in where)
        is_told = EVERYBODY in publish(3, *cells, **groups).comments
        assert not is_told or comments == 0 or (comments >= 3 and people >= 5)


def test_no_trend_without_two_figures():
    """Nor of two different questions."""
    team, figure = frozenset("abcde"), Figure("emea", WELL, Scale.STATEMENT, 2, 2, 5)
    assert compare(None, figure, team, team, 5) is Withheld.NO_FIGURE
    hidden = Hidden("emea", WELL, Withheld.TOO_FEW)
    assert compare(figure, hidden, team, team, 5) is Withheld.NO_FIGURE
    high = Figure("emea", WELL, Scale.STATEMENT, 4, 5, 5)
    assert compare(figure, high, team, team, 5) == Change(40, 60)
    with pytest.raises(ValueError, match="different questions"):
        compare(figure, Figure("emea", LOAD, Scale.STATEMENT, 2, 2, 5), team, team, 5)


def test_refused_is_what_cannot_be_audited():
    """A clear refusal, and nothing is published."""
    with pytest.raises(Refused, match="at least 3"):
        publish(2, cell(6, 3, 6))
    with pytest.raises(Refused, match="a cell has fewer than 5 people"):
        publish(5, cell(6, 3, 6), cell(4, 2, 4))
    with pytest.raises(Refused, match="13 groups are to be reported; at most 12"):
        publish(5, cell(6, 3, 6), **{f"g{n}": {0} for n in range(13)})
    with pytest.raises(Refused, match="at most 20 can be checked"):
        find_leak(dict.fromkeys(range(1, 22), 2), 5)


def test_wave_that_cannot_be_is_a_mistake():
    """More answers than people, a name that is taken, a group of nobody."""
    with pytest.raises(ValueError, match="more answers"):
        publish(5, cell(6, 3, 7))
    with pytest.raises(ValueError, match="stands for everybody"):
        publish(5, cell(6, 3, 6), **{EVERYBODY: {0}})
    with pytest.raises(ValueError, match="without cells"):
        publish(5, cell(6, 3, 6), a=set())
