"""What people type after `/action`, however clumsily."""

import re
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errand import Errand, Verb, parse_errand, plain_text
from bot.errors import Refused

MONDAY = date(2026, 11, 23)
FRIDAY, NEXT_MONDAY = date(2026, 11, 27), date(2026, 11, 30)
BO, CY = "<@U0BO|bo>", "<@U0CY>"


def read(typed: str) -> Errand:
    """Read what was typed on a Monday."""
    return parse_errand(typed, MONDAY)


@pytest.mark.parametrize(
    "typed",
    [
        *("done 12", "12 done", "#12 done", "done #12", "done ACT-12", "act12 done", "Done: 12"),
        *("DONE 12.", "12 is done", "mark 12 as done", "mark #12 done", "finished 12", "✅ 12"),
        *("done action 12", "action #12 done", "done no 12", "set 12 to done!", "done 0012"),
    ],
)
def test_done_however_it_is_said(typed: str) -> None:
    """The number before or behind, with or without a sign and little words."""
    assert read(typed) == Errand(Verb.DONE, 12)


@pytest.mark.parametrize(
    ("typed", "errand"),
    [
        ("", Errand(Verb.MINE)),
        ("mine", Errand(Verb.MINE)),
        ("my actions", Errand(Verb.MINE)),
        ("list", Errand(Verb.MINE)),
        ("mine from 13", Errand(Verb.MINE, start=12)),
        ("overdue", Errand(Verb.OVERDUE)),
        ("late?", Errand(Verb.OVERDUE)),
        ("overdue from 13", Errand(Verb.OVERDUE, start=12)),
        ("all", Errand(Verb.ALL)),
        (f"all {BO}", Errand(Verb.ALL, owner="U0BO")),
        (f"all {BO} from 13", Errand(Verb.ALL, owner="U0BO", start=12)),
        (f"overdue of {BO}", Errand(Verb.OVERDUE, owner="U0BO")),
        (BO, Errand(Verb.ALL, owner="U0BO")),
        ("12", Errand(Verb.SHOW, 12)),
        ("#12", Errand(Verb.SHOW, 12)),
        ("ACT-12", Errand(Verb.SHOW, 12)),
        ("12?", Errand(Verb.SHOW, 12)),
        ("show 12", Errand(Verb.SHOW, 12)),
        ("help", Errand(Verb.HELP)),
        ("help add", Errand(Verb.HELP)),
        ("?", Errand(Verb.HELP)),
        ("verify 12", Errand(Verb.VERIFY, 12)),
        ("12 verified", Errand(Verb.VERIFY, 12)),
        ("reopen 12 the link is dead", Errand(Verb.REOPEN, 12, "the link is dead")),
        ("drop 12 not needed any more", Errand(Verb.DROP, 12, "not needed any more")),
        ("12 drop: 13 does it", Errand(Verb.DROP, 12, "13 does it")),
        ("cancel 12 reason: obsolete", Errand(Verb.DROP, 12, "obsolete")),
        ("drop 12", Errand(Verb.DROP, 12)),
        ("snooze 12", Errand(Verb.SNOOZE, 12, day=date(2026, 11, 24))),
        ("snooze 12 3d", Errand(Verb.SNOOZE, 12, day=date(2026, 11, 26))),
        ("snooze 12 for 3 days", Errand(Verb.SNOOZE, 12, day=date(2026, 11, 26))),
        ("12 snooze until friday", Errand(Verb.SNOOZE, 12, day=FRIDAY)),
        ("snooze #12 next week", Errand(Verb.SNOOZE, 12, day=NEXT_MONDAY)),
        ("snooze 12 off", Errand(Verb.SNOOZE, 12)),
        ("due 12 friday", Errand(Verb.DUE, 12, day=FRIDAY)),
        ("12 due by friday.", Errand(Verb.DUE, 12, day=FRIDAY)),
        ("postpone 12 to next week", Errand(Verb.DUE, 12, day=NEXT_MONDAY)),
        ("due 12 none", Errand(Verb.DUE, 12)),
        ("due 12 2026-12-04", Errand(Verb.DUE, 12, day=date(2026, 12, 4))),
        (f"give 12 {CY}", Errand(Verb.GIVE, 12, owner="U0CY")),
        (f"give 12 to {CY}", Errand(Verb.GIVE, 12, owner="U0CY")),
        (f"assign {CY} 12", Errand(Verb.GIVE, 12, owner="U0CY")),
        ("add", Errand(Verb.ADD)),
        ("add call the vendor", Errand(Verb.ADD, text="call the vendor")),
        ("new: call the vendor by friday", Errand(Verb.ADD, text="call the vendor", day=FRIDAY)),
        (f"add {BO} call the vendor by friday", Errand(Verb.ADD, text="call the vendor", owner="U0BO", day=FRIDAY)),
        (f"add {BO}: call the vendor", Errand(Verb.ADD, text="call the vendor", owner="U0BO")),
        (f"add {BO} to call the vendor", Errand(Verb.ADD, text="call the vendor", owner="U0BO")),
        (f"{BO} call the vendor", Errand(Verb.ADD, text="call the vendor", owner="U0BO")),
        (f"add call the vendor {BO} by friday", Errand(Verb.ADD, text="call the vendor", owner="U0BO", day=FRIDAY)),
        (f"add call the vendor by friday for {BO}", Errand(Verb.ADD, text="call the vendor", owner="U0BO", day=FRIDAY)),
        (f"add {BO} by friday", Errand(Verb.ADD, owner="U0BO", day=FRIDAY)),
        (f"add ask {CY} about it", Errand(Verb.ADD, text="ask @somebody about it")),
        ("add 12 new servers by friday", Errand(Verb.ADD, text="12 new servers", day=FRIDAY)),
        ("add Done is better than perfect", Errand(Verb.ADD, text="Done is better than perfect")),
    ],
)  # fmt: skip
def test_what_is_meant(typed: str, errand: Errand) -> None:
    """Verbs by their many names, people by mention, days by the end of the sentence."""
    assert read(typed) == errand


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("done", "Which action? For example `/action done 12`"),
        ("done it", "Which action?"),
        ("done 12 13", "One at a time, please: `/action done 12`."),
        ("done 12, 13 and 14", "One at a time"),
        ("done 12 and 13", "One at a time"),
        ("12 foo", "does not say what to do with #12. Try `/action done 12`"),
        ("dnoe 12", "Did you mean `/action done 12`?"),
        ("escalate 4", "I do not know “escalate”. `/action 4` shows that action"),
        ("overdeu", "Did you mean `/action overdue`?"),
        ("overdue nonsense", "I do not know “nonsense” there."),
        ("call the vendor by friday", "`/action add call the vendor by friday`"),
        ("xyzzy", "Try `/action`, `/action add`, `/action done 12` or `/action help`."),
        ("due 12", "Due when? For example `/action due 12 friday`"),
        ("due 12 soon", "“soon” is not a day I know"),
        ("snooze 12 yesterday", "is past"),
        ("give 12", "Give it to whom?"),
        ("give 12 @bo", "type @ and choose from the list"),
        ("add @bo call the vendor", "Slack does not know “@bo”."),
        (f"add {BO} and {CY} call the vendor", "An action has one owner."),
        ("add call the vendor by firday", "did you mean “friday”?"),
        ("add call the vendor by 2026-11-01", "Sun 1 Nov is past"),
        ("add " + "x" * 501, "under 500 characters"),
        ("x" * 3_001, "too long"),
        ("dnoe " + "x" * 2_000, "Did you mean `/action done xxx"),
    ],
)
def test_a_refusal_says_what_would_work(typed: str, said: str) -> None:
    """With an example that can be typed as it stands."""
    with pytest.raises(Refused) as refused:
        read(typed)
    assert said in refused.value.sentence
    assert len(refused.value.sentence) < 300


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("ask <@U0BO|bo> and <@U0CY>", "ask @bo and @somebody"),
        ("in <#C0DESK|desk> or <#C0SECRET|>", "in #desk or #a channel"),
        ("<!here> <!channel> <!everyone>", "@here @channel @everyone"),
        ("<!subteam^S0ALL|@all> <!subteam^S0ALL>", "@all @subteam"),
        ("<https://example.com|the page> <https://example.com>", "https://example.com https://example.com"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("a <b> c", "a <b> c"),
        ("two\nlines", "two lines"),
    ],
)  # fmt: skip
def test_markup_becomes_words(marked: str, plain: str) -> None:
    """Nothing in them is a mention any more."""
    assert plain_text(marked) == plain


@pytest.mark.parametrize(
    "errand",
    [
        Errand(Verb.MINE),
        Errand(Verb.MINE, start=12),
        Errand(Verb.ALL, owner="U0BO"),
        Errand(Verb.ALL, owner="U0BO", start=24),
        Errand(Verb.OVERDUE, start=12),
        Errand(Verb.SHOW, 12),
    ],
)
def test_a_button_says_it_so_that_it_is_read_again(errand: Errand) -> None:
    """The very same list or card."""
    assert read(errand.words()) == errand


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(["done", "12", "#", "add", BO, CY, "by", "friday", "from", "all", "give", "<", "is", "to", "13"]),
        max_size=7,
    ).map(" ".join)
)  # fmt: skip
def test_whatever_is_typed_ends_in_an_errand_or_a_sentence(typed: str) -> None:
    """Never in anything else."""
    with suppress(Refused):
        errand = read(typed)
        assert errand.number is None or 0 <= errand.number < 10**9
        assert not re.search("<@[UW][A-Z0-9]*[>|]", errand.text)
