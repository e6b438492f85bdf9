"""Mentions are taken out of comments whole, as far as names are known; other words stay as they were typed."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.mention import Mentions
from bot.domain.naming import called

NAMES = ("Bo Larsson", "Bo Will", "Seo Hye-jin", "Renée Ünal", "किरण कुमार", "Conor O'Brien", "Ana María Ruiz", "佐藤 健", "Bo L.", "J. R. Nilsson")  # fmt: skip
KNOWN = Mentions(NAMES)
SIGNS = [chr(each) for each in range(0x11000) if unicodedata.normalize("NFKC", chr(each)) == "@"]
_PIECES = st.one_of(
    st.sampled_from([*SIGNS, "<", ">", "|", " ", ", ", "\n", ".", "'s ", "<@U0BO>", "<!here>", "<#C1|x>", "mailto:", "\u200b", "\u00a0"]),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES).map(str.lower),
    st.sampled_from(NAMES).map(lambda name: unicodedata.normalize("NFD", name)),
    st.text(max_size=5),
)  # fmt: skip
_TEXTS = st.lists(_PIECES, max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ask @Bo Larsson, he knows.", "Ask (somebody), he knows."),
        ("\N{FULLWIDTH COMMERCIAL AT}bo larsson's notes", "(somebody)'s notes"),
        ("\N{SMALL COMMERCIAL AT}Bo Will do it, @Bo will not", "(somebody) do it, (somebody) not"),
        ("@J. R. Nilsson says", "(somebody) says"),
        ("@Larsson, Bo says", "(somebody) says"),
        ("@Bo Nilsson is not known", "(somebody) Nilsson is not known"),
        ("@ Bo\u00a0Larsson and @\u200bBo Larsson", "(somebody) and (somebody)"),
        ("@renee unal. @Rene\u0301e U\u0308nal!", "(somebody). (somebody)!"),
        ("@किरण कुमार अच्छा है", "(somebody) अच्छा है"),
        ("@O\N{RIGHT SINGLE QUOTATION MARK}Brien’s and @Bo L. too", "(somebody)’s and (somebody). too"),
        ("Ask anna@corp, thanks@Bo Larsson", "Ask (somebody), (somebody)"),
        ("@Ana M. Ruiz and @Ana R. know", "(somebody) and (somebody). know"),
        ("@\"Bo Larsson\" or @(Bo Larsson)", "(somebody)\" or (somebody))"),
        ("@here @channel @@desk-team", "(somebody) (somebody) @(somebody)"),
        ("<@U0BO|Bo Larsson> in <#C0DESK|desk>, <!subteam^S1|@desk>", "(somebody) in (somebody), (somebody)"),
        ("<@<@U0BO>U0CY>", "(somebody)U0CY>"),
        ("Write to bo.larsson@example.com.", "Write to (an address)."),
        ("<mailto:bo@example.com|Bo> has it", "(an address) has it"),
        ("2 @ 3 is < 4 @ 5; a<b; <!\n>", "2 @ 3 is < 4 @ 5; a<b; <!\n>"),
        ("Bo Larsson without a sign", "Bo Larsson without a sign"),
    ],
)  # fmt: skip
def test_what_is_left(text, left):
    """Of a name that nobody knows the first word goes; an address names a person too."""
    assert KNOWN.taken_out(text) == left


@given(_TEXTS)
@example("@" * 500)
@example("Bo@Bo@Bo Larsson")
def test_nothing_is_left_that_tells(text):
    """Neither what Slack would notify on, nor the name of somebody after a sign of @, however it is written."""
    left = unicodedata.normalize("NFKC", KNOWN.taken_out(text))
    assert not re.search(r"<[@#!][^>\n]*>", left)
    assert not re.search(r"(?:(?<!\w)|^)@[^\W_]", left)
    small = folded(left)
    assert not [name for name in NAMES if f"@{folded(name)}" in small]


@given(st.lists(st.text(min_size=1, max_size=12), max_size=4), st.sampled_from(SIGNS), _TEXTS)
def test_whatever_people_are_called(said, sign, text):
    """The name that a directory gives, typed after an @, goes whole."""
    names = [name for each in said if (name := called(each))]
    for name in names:
        left = Mentions(names).taken_out(f"so {sign}{name} ; {text}")
        assert left.startswith("so (somebody)")
        rest = re.sub(r"^['’]s ", "", left.removeprefix("so (somebody)")).partition(";")[0]
        assert not any(sign.isalnum() for sign in rest), (name, left)


@given(st.text().filter(lambda text: not {*text} & {*SIGNS, "<"}))
def test_other_words_stay(text):
    """As they were typed, to the last sign."""
    assert KNOWN.taken_out(text) == text


def folded(text: str) -> str:
    """Return a text without case, and without marks on letters."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("’", "'")
    return "".join(sign for sign in plain if unicodedata.category(sign) not in ("Mn", "Cf"))
