"""One figure and the parts that it is made of, whatever they were read from."""

from dataclasses import dataclass

from bot.domain.kpi import Kind, Measure
from bot.domain.stats import FEW, Interval, wilson
from bot.storage.lanes import Durations


@dataclass(frozen=True, slots=True)
class Parts:
    """What a figure is made of; sums of these are pooled figures."""

    numerator: int = 0
    denominator: int = 0
    durations: int = 0  # packed buckets

    def __add__(self, other: "Parts") -> "Parts":
        return Parts(
            self.numerator + other.numerator,
            self.denominator + other.denominator,
            self.durations + other.durations,
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its parts, in the unit of its kind: percent, seconds or count; `value` is None without data.

    `records` is how many stand behind it, where the denominator counts something else. What a survey has published has
    no parts: the denominator is how many answered, `among` how many were asked, and `span` the whole of what was told
    where that was more than one number, `value` being its middle.
    """

    value: float | None
    numerator: int
    denominator: int
    interval: Interval | None = None
    p90: float | None = None
    mean: float | None = None
    records: int | None = None
    among: int | None = None
    span: Interval | None = None

    @property
    def n(self) -> int:
        """How many were counted."""
        return self.denominator if self.records is None else self.records

    @property
    def is_few(self) -> bool:
        """Whether there is something, but too little to lean on; not where everybody has answered."""
        return 0 < self.n < FEW and self.n != self.among


def figure_of(measure: Measure, parts: Parts) -> Figure:
    """Return the figure that parts make."""
    n = parts.denominator
    if measure.kind is Kind.COUNT:
        return Figure(float(n), n, n)
    if n == 0:
        return Figure(None, 0, 0)
    if measure.kind is Kind.SHARE:
        return Figure(100 * parts.numerator / n, parts.numerator, n, wilson(parts.numerator, n))
    durations = Durations(parts.durations)
    between = durations.median_interval()
    return Figure(
        durations.quantile(0.5),
        parts.numerator,
        n,
        Interval(*between) if between else None,
        p90=durations.quantile(0.9),
        mean=parts.numerator / n,
    )
