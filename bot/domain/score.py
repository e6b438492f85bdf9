"""How much a published score can be leaned on: how many of those asked have answered, and the margin of an eNPS.

Both are computed from what is told alone, so that they tell nothing beyond it.
"""

from bot.domain.stats import nps_margin


def response_rate(answered: int, invited: int) -> float | None:
    """Return how many of those invited in the frozen roster answered, in percent (surveys-and-privacy.md B1); None of nobody."""
    return 100 * answered / invited if invited else None


def widest_margin(points: int, answers: int, people: int) -> float:
    """Return the widest 95 % margin in points that any answers have whose eNPS is told as these `points`.

    Of at least one answer, given by so many `people` asked. For a given p − d the variance is greatest where nobody is
    passive: 1 − (p−d)². The usual margin (kpis.md A0.3) has the number of passives in it: of up to fifteen answers, as
    long as somebody has not answered, it would give away how many promote and detract.
    """
    nearest = max(0.0, abs(points) - 0.5) / 100  # to nought, of all that are told as these points
    most, least = answers * (1 + nearest) / 2, answers * (1 - nearest) / 2
    return nps_margin(most, least, answers, people)
