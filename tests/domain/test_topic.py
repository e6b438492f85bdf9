"""What keeps coming up: which texts are about the same, and in how many meetings."""

import pytest

from bot.domain.topic import repeated
from bot.workspace import meetings as story


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([], ()),
        ([(1, "Access requests take days")], ()),
        ([(1, "Access requests take days"), (1, "Access requests take days")], ()),
        (
            [(2, "Access requests take days"), (1, "Access requests took days")],
            (("Access requests take days", 2),),
        ),
        ([(2, "ACCESS REQUESTS"), (1, "access requests")], (("ACCESS REQUESTS", 2),)),
        (
            [(3, "Access requests again"), (2, "More access requests"), (1, "Access requests: slow")],
            (("Access requests again", 3),),
        ),
        ([(2, "The rota"), (1, "the rota!")], (("The rota", 2),)),
        ([(3, "Hiring"), (2, "Hiring"), (1, "hiring")], (("Hiring", 3),)),
        (
            [(3, "Blocker: onboarding"), (2, "Onboarding"), (1, "onboarding is slow")],
            (("Blocker: onboarding", 3),),
        ),
        ([(2, "夜勤の件"), (1, "夜勤の件")], (("夜勤の件", 2),)),
        ([(2, "夜勤"), (1, "夜勤。")], (("夜勤", 2),)),
        ([(2, "夜勤の件"), (1, "採用の件")], ()),
        ([(2, "Yes"), (1, "yes!")], ()),  # an answer is no subject
        ([(2, "An access request is open"), (1, "Access requests")], (("An access request is open", 2),)),
        ([(2, "The requests: access, and power"), (1, "We want access tonight. Requests go to IT")], ()),
        ([(2, "Blocker: network access"), (1, "Blocker: laptop missing")], ()),
        ([(2, "We still need more time"), (1, "They need some more time")], ()),
        ([(2, "one two six ten"), (1, "one two six ten")], (("one two six ten", 2),)),
        ([(2, "one two six ten"), (1, "one two six")], ()),
        (
            [(2, "Zugriffsrechte für Störungen fehlen"), (1, "Zugriffsrechte: Störungen!")],
            (("Zugriffsrechte für Störungen fehlen", 2),),
        ),
        (
            [(3, "disk space alerts"), (3, "access requests"), (2, "disk space alerts"), (2, "access requests"), (1, "access requests")],
            (("access requests", 3), ("disk space alerts", 2)),
        ),
    ],
)  # fmt: skip
def test_what_is_the_same(said, found):
    """Two telling words side by side, all of one's telling words in the other, or the very same words; in several meetings."""
    assert repeated(said) == found


def test_the_five_that_came_up_most():
    """The rest is noise."""
    said = [
        (meeting, f"subject{number} thing{number}")
        for number in range(8)
        for meeting in range(number + 2)
    ]
    assert [times for _, times in repeated(said)] == [9, 8, 7, 6, 5]


def test_in_the_one_on_one_of_the_demo():
    """Access requests come up again and again; two who speak of nights and of a rota speak of different things."""
    (told,) = (series for series in story.SERIES if series.title == "Ana and Camila")
    noted = sorted((*told.notes, *told.points), key=lambda said: said.ago)
    said = [(one.ago, one.text) for one in noted if one.ago]
    waiting = "Access requests for new people take two weeks"
    carried = [(ago, waiting) for ago in (1, 2, 3)]
    newest = "Access requests again: Diego waited for the console until Friday."
    assert repeated(said) == ((newest, 2),)
    assert repeated([*said, *carried]) == ((newest, 3),)
