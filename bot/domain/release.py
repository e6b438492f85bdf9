"""What of a closed pulse wave is published, once and together, so that nobody's answers follow from it.

A reader is granted everything but answers: who is in which cell, who took part, who answered which question, the
previous wave, and this file. What somebody adds, subtracts, bounds and counts out of the published figures then never
determines the favourable answers, promoters or detractors of fewer than k people. Two steps see to it. `grouping` leaves
out groups by counts alone, question by question, since people skip. `disclosure` tells the sums of the rest; where a
group answered as one, or nearly, as a few neighbouring numbers instead of one. No answer decides whether a figure is
shown. Everything is computed from these sums: shares, the overall satisfaction, the trend; so it adds nothing to them.

**Left out on purpose.** Means, distributions and the usual margin of an eNPS, which has the number of passives in it
(`score.widest_margin` has not). And an overall satisfaction that weighs people who skipped a statement like all others: with
answers of 5 people to one statement and of 4 of them to another, 2 favourable in each, it is 40 % or 50 % as the one
who skipped had answered. It is all favourable answers over all answers, which is the same where nobody skipped.

**What remains.** Who knows answers, as their own, can take them off: to somebody in a group of n, n − 1 are left, and
friends who tell each other count as one reader. Figures may make an answer likely without determining it: "4 or 5 of 5".
That everybody or nobody took part shows in the counts. What people write in comments, and what is known of them from
elsewhere (that they answer alike, or as in the wave before), no figures can hide. Sums over k people and more are told
exactly, and meant to be.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from bot.domain.disclosure import Plan, Reading, audit, tell
from bot.domain.grouping import EVERYBODY, check_limits
from bot.domain.layout import lay_out, lay_out_comments
from bot.errors import Refused
from bot.vocabulary import Band, Scale, Withheld

OVERALL, COMMENT = "*", "comment"  # in a question's place: all statements together; the comments


@dataclass(frozen=True, slots=True)
class Cell:
    """At least k people who were asked: how many, how many sent a form, their answers by question, their comments.

    Answers are in no order and not tied to each other: 1 to 5, or 0 to 10. Who skipped a question is not in its list.
    """

    invited: int
    answered: int
    answers: Mapping[str, Sequence[int]]
    comments: int = 0

    def is_possible(self) -> bool:
        """Return whether there are no more answers than people."""
        most = max([self.comments, *map(len, self.answers.values())])
        return most <= self.answered <= self.invited


@dataclass(frozen=True, slots=True)
class Wave:
    """A closed wave, as it was frozen when it opened: minimum group, cells, groups as numbers of cells, questions.

    The order of groups matters a little: where they cut across each other, the earlier are told more sharply.
    """

    k: int
    cells: tuple[Cell, ...]
    groups: Mapping[str, frozenset[int]]
    questions: Mapping[str, Scale]


@dataclass(frozen=True, slots=True)
class Participation:
    """How many people of a group were asked and how many sent a form; never secret."""

    group: str
    invited: int
    answered: int

    @property
    def percent(self) -> int:
        """The response rate in whole percent; 0 and 100 of nobody and everybody alone."""
        return _percent(self.answered, 0, self.invited)


@dataclass(frozen=True, slots=True)
class Figure:
    """What is told of a group and a question: favourable answers, or promoters less detractors, out of `answers`.

    The number is from `low` to `high`, both included; for most groups these are the same. `question` is OVERALL for the
    share of favourable answers to all statements (then `answers` counts answers, not people).
    """

    group: str
    question: str
    scale: Scale
    low: int
    high: int
    answers: int

    @property
    def percent(self) -> tuple[int, int]:
        """Lower and upper end in whole percent, halves up; for an eNPS its points, −100 to 100.

        An end of the scale is told only where it is one: 997 of 1,000 are 99 %, since 100 % would say that all agree.
        """
        low, high = (_percent(end, self._least, self.answers) for end in (self.low, self.high))
        return low, high

    @property
    def band(self) -> Band | None:
        """The word instead of a number, by the third of the scale in which the middle lies; None of an exact figure."""
        if self.low == self.high:
            return None
        middle = Fraction(self.low + self.high, 2 * self.answers)
        height = middle if self.scale is Scale.STATEMENT else (middle + 1) / 2
        return (Band.LOW, Band.MIXED, Band.HIGH)[min(int(3 * height), 2)]

    @property
    def is_word(self) -> bool:
        """Whether the word alone is told: all may have answered alike."""
        is_at_an_end = self.low == self._least or self.high == self.answers
        return self.low != self.high and is_at_an_end

    @property
    def _least(self) -> int:
        """The least that the number can be; the most is `answers`."""
        return -self.answers if self.scale is Scale.ENPS else 0


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is not told, and why. `beside` names what it cannot be told beside: groups, or the statements it sums up."""

    group: str
    question: str
    why: Withheld
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """What is published of a wave. Comments are shown, shuffled, for the groups named; the figures are complete."""

    k: int
    participation: tuple[Participation, ...]
    figures: tuple[Figure, ...]
    hidden: tuple[Hidden, ...]
    comments: tuple[str, ...]
    comments_hidden: tuple[Hidden, ...]

    def find(self, group: str, question: str) -> Figure | Hidden | None:
        """Return what is told of a group and a question, or why nothing is; None of what was not asked."""
        entries: tuple[Figure | Hidden, ...] = (*self.figures, *self.hidden)
        return next((e for e in entries if (e.group, e.question) == (group, question)), None)


def release(wave: Wave) -> Release:
    """Return what may be published of a closed wave: question by question, everybody first, then groups in their order.

    Refused: too low a k, too many groups, a cell of fewer than k people; then nothing may be published at all.
    """
    _check(wave)
    told = {question: _tell_question(wave, question) for question in wave.questions}
    statements = [told[q] for q, scale in wave.questions.items() if scale is Scale.STATEMENT]
    entries = [_overall(entries) for entries in zip(*statements, strict=True)]
    entries += [entry for question in told.values() for entry in question]
    comments, silent = _comments(wave)
    return Release(
        wave.k,
        tuple(_participation(group, cells, wave) for group, cells in _groups(wave).items()),
        tuple(entry for entry in entries if isinstance(entry, Figure)),
        tuple(entry for entry in entries if isinstance(entry, Hidden)),
        comments,
        silent,
    )


def _check(wave: Wave) -> None:
    check_limits(wave.k, len(wave.groups))
    if any(cell.invited < wave.k for cell in wave.cells):
        raise Refused(f"Nothing was published: a cell has fewer than {wave.k} people.")
    if EVERYBODY in wave.groups or OVERALL in wave.questions:
        raise ValueError(f"{EVERYBODY!r} stands for everybody and for all statements")
    if not all(_groups(wave).values()):
        raise ValueError("a group without cells")
    if not all(cell.is_possible() for cell in wave.cells):
        raise ValueError("more answers than people in a cell")


def _groups(wave: Wave) -> dict[str, frozenset[int]]:
    """Return everybody and the declared groups, as numbers of cells."""
    return {EVERYBODY: frozenset(range(len(wave.cells))), **wave.groups}


def _participation(group: str, cells: frozenset[int], wave: Wave) -> Participation:
    invited = sum(wave.cells[number].invited for number in cells)
    return Participation(group, invited, sum(wave.cells[number].answered for number in cells))


def _tell_question(wave: Wave, question: str) -> list[Figure | Hidden]:
    """Return, for each group, the figure of a question or why there is none."""
    scale = wave.questions[question]
    answers = [cell.answers.get(question, ()) for cell in wave.cells]
    layout = lay_out(tuple(wave.groups.items()), tuple(map(len, answers)), wave.k)
    sizes = tuple(sum(len(answers[cell]) for cell in block) for block in layout.blocks)
    sums = [sum(_score(scale, a) for c in block for a in answers[c]) for block in layout.blocks]
    readings = _audited(Plan(scale, sizes, tuple(layout.told.values())), sums, wave.k)
    told: dict[str, Figure | Hidden] = {
        name: Figure(name, question, scale, reading.low, reading.high, sum(sizes[b] for b in group))
        for (name, group), reading in zip(layout.told.items(), readings, strict=True)
    }
    told |= {name: Hidden(name, question, *why) for name, why in layout.hidden.items()}
    return [told[name] for name in _groups(wave)]


def _audited(plan: Plan, sums: Sequence[int], k: int) -> tuple[Reading, ...]:
    """Return what is told of each group, after the audit."""
    if not plan.groups:
        return ()
    audit(plan, sums, k)
    return tell(plan, sums)


def _score(scale: Scale, answer: int) -> int:
    """Return what an answer adds: 1 if it is favourable or promotes, −1 if it detracts."""
    match scale:
        case Scale.STATEMENT:
            return int(answer >= 4)
        case Scale.ENPS:
            return (answer >= 9) - (answer <= 6)
        case _:
            assert_never(scale)


def _overall(entries: Sequence[Figure | Hidden]) -> Figure | Hidden:
    """Return a group's favourable answers to all statements, if each of its statements is told."""
    group = entries[0].group
    figures = [entry for entry in entries if isinstance(entry, Figure)]
    hidden = [entry for entry in entries if isinstance(entry, Hidden)]
    if not hidden:
        low, high = sum(f.low for f in figures), sum(f.high for f in figures)
        answers = sum(f.answers for f in figures)
        return Figure(group, OVERALL, Scale.STATEMENT, low, high, answers)
    if not figures and len({(one.why, one.beside) for one in hidden}) == 1:
        return Hidden(group, OVERALL, hidden[0].why, hidden[0].beside)
    return Hidden(group, OVERALL, Withheld.STATEMENT, tuple(one.question for one in hidden))


def _comments(wave: Wave) -> tuple[tuple[str, ...], tuple[Hidden, ...]]:
    """Return the groups whose comments are shown, and why others' are not."""
    people, written = [c.answered for c in wave.cells], [c.comments for c in wave.cells]
    shown, hidden = lay_out_comments(tuple(wave.groups.items()), people, written, wave.k)
    return shown, tuple(Hidden(name, COMMENT, *why) for name, why in hidden.items())


@dataclass(frozen=True, slots=True)
class Change:
    """By how much a share or an eNPS went up between two waves, in points of a percent: from `low` to `high`."""

    low: int
    high: int


def compare(
    before: Figure | Hidden | None,
    now: Figure | Hidden | None,
    were: frozenset[str],
    are: frozenset[str],
    k: int,
) -> Change | Withheld:
    """Return the trend of a figure against the last wave, given who was and who is in the group.

    Only if both are told, and nobody or at least k people came or went, `k` being the larger of what the two waves
    promised: else the change may be what one newcomer said.
    It is computed from what the audits of both waves let through, before that was rounded to percent, and tells no more.
    """
    if not isinstance(before, Figure) or not isinstance(now, Figure):
        return Withheld.NO_FIGURE
    if before.question != now.question:
        raise ValueError(f"{before.question} and {now.question} are different questions")
    if 0 < len(were ^ are) < k:
        return Withheld.GROUP_CHANGED
    return Change(
        _rounded(100 * (Fraction(now.low, now.answers) - Fraction(before.high, before.answers))),
        _rounded(100 * (Fraction(now.high, now.answers) - Fraction(before.low, before.answers))),
    )


def _percent(part: int, least: int, whole: int) -> int:
    """Return a part in whole percent of the whole, halves up; the least and the whole are rounded to by no other part."""
    lowest = 100 * least // whole
    if part in (least, whole):
        return lowest if part == least else 100
    return min(max(_rounded(Fraction(100 * part, whole)), lowest + 1), 99)


def _rounded(value: Fraction) -> int:
    """Return the nearest whole number, halves up."""
    return math.floor(value + Fraction(1, 2))
