"""Scores of surveys: person first, then people; eNPS with its margin; how many of those asked answered."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.score import Enps, Favour, enps, favour, favour_by_statement, response_rate
from bot.domain.stats import Interval, nps_margin, wilson, wilson_among

SKIPPED = None
LIKERT = st.integers(1, 5) | st.none()
RATINGS = st.lists(st.integers(0, 10) | st.none(), max_size=60)
WAVES = st.integers(1, 5).flatmap(
    lambda asked: st.lists(st.lists(LIKERT, min_size=asked, max_size=asked), max_size=30)
)


class TestFavour:
    """ESAT and a statement's favourable share."""

    @pytest.mark.parametrize(
        ("people", "value"),
        [
            ([], None),
            ([[SKIPPED, SKIPPED]], None),
            ([[4], [5], [3], [1]], 50),
            ([[5, 5, 5, 5], [1, SKIPPED, SKIPPED, SKIPPED]], 50),  # not 80: each person weighs one
            ([[4, 3, 3], [5, 5, 5]], 200 / 3),
            ([[4, 4, 4, 4, 2], [4, 4, 4, SKIPPED, 2]], 77.5),
            ([[5], [4], [4], [4], [5], [4], [4], [3], [3], [1]], 70),
        ],
    )
    def test_person_first(self, people, value):
        """Everybody weighs the same, however many statements they answered."""
        assert favour(people, invited=20).value == (
            value if value is None else pytest.approx(value)
        )

    def test_the_three_formulas(self):
        """Of the three formulas in use this is the share of 4 and 5 (kpis.md A5): 70 %, not 78 % or 72.5 %."""
        ratings = [5, 5, 5, 4, 4, 4, 4, 3, 3, 2]
        assert favour([[each] for each in ratings], 10).value == 70
        assert sum(ratings) / 50 == pytest.approx(0.78)
        assert (sum(ratings) / 10 - 1) / 4 == pytest.approx(0.725)

    @given(WAVES)
    def test_is_exactly_the_mean_of_the_persons_shares(self, people):
        """No rounding stands between the answers and the value."""
        shares = [
            Fraction(sum(each in (4, 5) for each in said), len(said))
            for said in ([one for one in person if one is not None] for person in people)
            if said
        ]
        found = favour(people, invited=len(people))
        assert found.n == len(shares)
        assert Fraction(found.sixtieths, 60) == sum(shares)

    @given(WAVES, WAVES)
    def test_groups_are_pooled(self, one, other):
        """Adding two groups gives what all of their people give."""
        both = favour(one, len(one)) + favour(other, len(other))
        assert both == favour([*one, *other], len(one) + len(other))

    @given(WAVES, st.integers(0, 40))
    def test_the_interval_holds_what_is_told(self, people, absent):
        """It stays within 0 to 100, shrinks to the value where everybody answered, and tells no finer one than is told."""
        found = favour(people, len(people) + absent)
        if found.value is None:
            assert found.interval is None
            return
        assert 0 <= found.interval.low <= found.shown + 1e-9
        assert found.shown - 1e-9 <= found.interval.high <= 100
        assert abs(found.shown - found.value) <= 0.5 + 1e-9
        if found.n == found.invited:
            assert found.interval == Interval(*[pytest.approx(found.shown)] * 2)

    def test_by_statement(self):
        """Each statement counts those who answered it, and nobody who skipped it."""
        people = [[5, 1], [4, SKIPPED], [2, 4]]
        first, second = favour_by_statement(people, invited=4)
        assert (first.value, first.n) == (pytest.approx(200 / 3), 3)
        assert (second.value, second.n, second.response_rate) == (50, 2, 50)
        assert favour_by_statement([], invited=4) == ()

    @pytest.mark.parametrize(
        ("favourable", "n", "shown"),
        [(1, 3, 33), (2, 3, 67), (1, 8, 13), (3, 8, 38), (1, 40, 3), (49, 49, 100), (2, 60, 3.3), (1, 80, 1.3)],
    )  # fmt: skip
    def test_as_it_is_told(self, favourable, n, shown):
        """Whole percent below fifty people, else to a tenth; halves go up."""
        assert favour([[5]] * favourable + [[3]] * (n - favourable), n).shown == shown

    def test_nobody_to_tell_of(self):
        """Without answers there is nothing to show."""
        assert favour([], invited=0) == Favour(0, 0, 0)
        assert Favour(0, 0, 3).shown is None
        assert (Favour(0, 0, 3).response_rate, Favour(0, 0, 0).response_rate) == (0, None)

    @pytest.mark.parametrize(("n", "is_few"), [(0, False), (1, True), (19, True), (20, False)])
    def test_few(self, n, is_few):
        """Fewer than twenty are too few to lean on."""
        assert favour([[5]] * n, 30).is_few is is_few
        assert enps([9] * n, 30).is_few is is_few

    @pytest.mark.parametrize("people", [[[0]], [[6]], [[5] * 6], [[5], [5], [5]]])
    def test_what_cannot_be(self, people):
        """A rating that is not on the scale, six statements, and more people than were asked."""
        with pytest.raises(ValueError, match=r"scale|statements|people"):
            favour(people, invited=2)


class TestEnps:
    """The employee net promoter score."""

    @pytest.mark.parametrize(
        ("ratings", "score"),
        [
            ([], None),
            ([SKIPPED], None),
            ([9, 10], 100),
            ([0, 6], -100),
            ([7, 8], 0),
            ([9, 6], 0),
            ([9, 7, 7, 7, 7, 7, 7, 7], 13),
            ([6, 7, 7, 7, 7, 7, 7, 7], -13),
            ([9, 9, 9, 9, 9, 8, 8, 7, 6, 0], 30),
        ],
    )
    def test_score(self, ratings, score):
        """Promoters are 9 and 10, detractors 0 to 6; passives count below the line. It is a whole number."""
        assert enps(ratings, invited=12).value == score

    def test_margin_among_few(self):
        """Where 10 of 12 answered the margin is ±48 without and ±21 with the finite population correction (reference B1)."""
        found = enps([9, 9, 9, 9, 10, 8, 8, 7, 6, 0], invited=12)
        assert round(nps_margin(found.promoters, found.detractors, found.n)) == 48
        assert round(found.margin) == 21
        assert (round(found.interval.low), round(found.interval.high)) == (9, 51)
        assert round(found.widest_margin) == 25

    @pytest.mark.parametrize(
        ("p", "d", "n", "margin"),
        [(0.75, 0.05, 20, 24), (0.75, 0.05, 100, 11), (0.75, 0.05, 400, 5.5), (0.5, 0.2, 30, 28), (0.5, 0.2, 100, 15)],
    )  # fmt: skip
    def test_margins_of_the_reference(self, p, d, n, margin):
        """What kpis.md A0.3 has computed."""
        assert nps_margin(round(p * n), round(d * n), n) == pytest.approx(margin, abs=0.6)

    def test_what_a_margin_gives_away(self):
        """Value, n and margin of ten answers are those of one count of promoters alone; with the widest they are not."""
        same = [Enps(5 - less, 3 + 2 * less, 2 - less, invited=12) for less in range(3)]
        assert [each.value for each in same] == [30] * 3
        assert len({round(each.margin) for each in same}) == 3
        assert len({each.widest_margin for each in same}) == 1

    def test_everybody_answered(self):
        """There is no sampling error left."""
        assert enps([9, 9, 0], invited=3).margin == 0
        assert enps([9], invited=1).interval == Interval(100, 100)

    @pytest.mark.parametrize("rating", [0, 7, 10])
    def test_all_alike_says_nothing_of_the_others(self, rating):
        """Three of twelve who agree are no proof that nobody differs, so there is no margin of nought."""
        assert enps([rating] * 3, invited=12).margin is None
        assert enps([rating] * 3, invited=12).interval is None
        assert enps([rating] * 3, invited=3).margin == 0

    @given(RATINGS, st.integers(0, 50))
    def test_what_always_holds(self, ratings, absent):
        """The score is within its bounds, its margin never negative, and everybody is counted once."""
        found = enps(ratings, len(ratings) + absent)
        assert found.n == sum(each is not None for each in ratings)
        assert found.value is None or -100 <= found.value <= 100
        assert found.margin is None or found.margin >= 0
        if found.interval:
            assert -100 <= found.interval.low <= found.interval.high <= 100
            assert found.interval.low - 0.5 <= found.value <= found.interval.high + 0.5

    @given(RATINGS, st.integers(0, 50))
    def test_the_widest_margin(self, ratings, absent):
        """It is never narrower than the true one, and the same for all answers that are told as the same score."""
        found = enps(ratings, len(ratings) + absent)
        if found.value is None:
            assert found.widest_margin is None
            return
        assert found.widest_margin >= (found.margin or 0) - 1e-9
        fewer = min(found.promoters, found.detractors)
        calmer = Enps(
            found.promoters - fewer,
            found.passives + 2 * fewer,
            found.detractors - fewer,
            found.invited,
        )
        assert calmer.widest_margin == found.widest_margin

    @given(RATINGS)
    def test_turned_round(self, ratings):
        """Promoters and detractors exchanged give the score with the other sign."""
        found = enps(ratings, len(ratings))
        turned = Enps(found.detractors, found.passives, found.promoters, found.invited)
        assert (turned.value or 0) == -(found.value or 0)
        assert turned.margin == found.margin

    @given(RATINGS, RATINGS)
    def test_counts_are_pooled(self, one, other):
        """Adding two groups gives what all of their people give, not the mean of two scores."""
        both = enps(one, len(one)) + enps(other, len(other))
        assert both == enps([*one, *other], len(one) + len(other))

    @pytest.mark.parametrize(("ratings", "invited"), [([11], 3), ([-1], 3), ([9, 9], 1)])
    def test_what_cannot_be(self, ratings, invited):
        """A rating that is not on the scale, and more answers than people."""
        with pytest.raises(ValueError, match=r"scale|people"):
            enps(ratings, invited)


class TestAmongFew:
    """Intervals that know how many people there are."""

    @given(st.integers(1, 60), st.data())
    def test_narrower_than_without(self, n, data):
        """Knowing that there are not countless many never widens it, and of many it changes nothing."""
        hits = data.draw(st.integers(0, n))
        among = wilson_among(hits, n, n + data.draw(st.integers(0, 60)))
        plain, of_many = wilson(hits, n), wilson_among(hits, n, 10**9)
        assert plain.low - 1e-9 <= among.low <= among.high <= plain.high + 1e-9
        assert of_many.low == pytest.approx(plain.low, abs=1e-4)
        assert of_many.high == pytest.approx(plain.high, abs=1e-4)

    def test_nothing_to_tell(self):
        """None without data; more answers than people are a mistake."""
        assert wilson_among(0, 0, 12) is None
        with pytest.raises(ValueError, match="13 answers of 12 people"):
            wilson_among(1, 13, 12)
        with pytest.raises(ValueError, match="13 answers of 12 people"):
            nps_margin(1, 1, 13, 12)


@pytest.mark.parametrize(
    ("answered", "invited", "rate"), [(0, 0, None), (0, 5, 0), (7, 12, 58.333), (12, 12, 100)]
)
def test_response_rate(answered, invited, rate):
    """Those who answered ÷ those who were invited."""
    assert response_rate(answered, invited) == (
        rate if rate is None else pytest.approx(rate, abs=0.001)
    )
