"""How bad an incident is: customers affected × effect, and what follows from it (incidents.md D5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.vocabulary import Customers, Effect


@dataclass(frozen=True, slots=True)
class Severity:
    """One severity and what follows from it; None where nothing of the kind is asked for.

    `rank` is 0 for the worst. `rca_workdays` counts from the resolution.
    """

    slug: str
    name: str
    rank: int
    update_every: timedelta | None = None
    acknowledge_within: timedelta | None = None
    rca_workdays: int | None = None
    own_channel: bool = False

    @property
    def needs_rca(self) -> bool:
        """Whether its root cause has to be analysed."""
        return self.rca_workdays is not None


@dataclass(frozen=True, slots=True)
class Severities:
    """Every severity there is, the worst first, and which follows from whom it touches and how."""

    all: Mapping[str, Severity]
    matrix: Mapping[Customers, Mapping[Effect, str]]

    def of(self, slug: str) -> Severity:
        """Return a severity; one that the settings no longer have asks for nothing."""
        return self.all.get(slug) or Severity(slug, slug, len(self.all))

    def judged(self, customers: Customers, effect: Effect) -> Severity:
        """Return what the matrix says; where it leaves something out, the worst, to be argued about later."""
        found = self.all.get(self.matrix.get(customers, {}).get(effect, ""))
        return found or next(iter(self.all.values()))
