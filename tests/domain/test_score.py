"""What a published score can be leaned on: how many answered, the margin of an eNPS, intervals among few."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.release import Figure
from bot.domain.score import response_rate, widest_margin
from bot.domain.stats import nps_margin, wilson, wilson_among
from bot.vocabulary import Scale


class TestMargin:
    """The 95 % margin of an eNPS."""

    def test_among_few(self):
        """Where 10 of 12 answered it is ±48 without and ±21 with the finite population correction (reference B1)."""
        assert round(nps_margin(5, 2, 10)) == 48
        assert round(nps_margin(5, 2, 10, 12)) == 21
        assert round(widest_margin(30, 10, 12)) == 25

    @pytest.mark.parametrize(
        ("p", "d", "n", "margin"),
        [(0.75, 0.05, 20, 24), (0.75, 0.05, 100, 11), (0.75, 0.05, 400, 5.5), (0.5, 0.2, 30, 28), (0.5, 0.2, 100, 15)],
    )  # fmt: skip
    def test_margins_of_the_reference(self, p, d, n, margin):
        """What kpis.md A0.3 has computed."""
        assert nps_margin(round(p * n), round(d * n), n) == pytest.approx(margin, abs=0.6)

    def test_what_the_usual_one_gives_away(self):
        """Points, answers and margin of ten answers are those of one count of promoters alone; with the widest they are not."""
        same = [(5 - less, 2 - less) for less in range(3)]
        assert len({round(nps_margin(*each, 10, 12)) for each in same}) == 3
        told = {figure(promoters - detractors, 10).percent for promoters, detractors in same}
        assert told == {(30, 30)}

    def test_everybody_answered(self):
        """There is no sampling error left."""
        assert widest_margin(20, 25, 40) == pytest.approx(23.9, abs=0.1)
        assert widest_margin(20, 25, 25) == 0

    @given(st.integers(1, 60), st.integers(0, 50), st.data())
    def test_the_widest(self, answers, absent, data):
        """It is never narrower than that of any answers whose score is told as these points."""
        promoters = data.draw(st.integers(0, answers))
        detractors = data.draw(st.integers(0, answers - promoters))
        points, _ = figure(promoters - detractors, answers).percent
        usual = nps_margin(promoters, detractors, answers, answers + absent)
        assert widest_margin(points, answers, answers + absent) >= usual - 1e-9


def figure(score: int, answers: int) -> Figure:
    """Return an eNPS that is told exactly."""
    return Figure("*", "enps", Scale.ENPS, score, score, answers)


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
