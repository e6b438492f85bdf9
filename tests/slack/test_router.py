"""A wrong handler stops start-up with a sentence that names its file."""

from collections.abc import Callable

import pytest

from bot.errors import PluginWrong
from bot.slack.knock import Kind, plain_words, read_knock
from bot.slack.router import Router, combine


async def fine(ack: object) -> None:
    """Do nothing, rightly."""


async def greedy(ack: object, say: object, respond: object) -> None:
    """Ask for what there is not."""


async def misplaced(view: object) -> None:
    """Ask for a form where there is none."""


async def sweeping(**everything: object) -> None:
    """Ask for anything."""


def blocking(ack: object) -> None:
    """Not be async."""


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (
            lambda r: r.action("x")(greedy),
            r"test_router\.py: the handler greedy of action 'x' asks for say, respond; it can have ack,",
        ),
        (lambda r: r.command("/x", description="x")(misplaced), "asks for view"),
        (lambda r: r.event("team_join")(sweeping), "asks for everything"),
        (lambda r: r.view("x")(blocking), "must be an `async def`"),
        (lambda r: r.command("x", description="x"), "'x' is no slash command"),
        (lambda r: r.command("/KPI", description="x"), "'/KPI' is no slash command"),
        (
            lambda r: r.command("/x", description=""),
            "the description of /x must have 1 to 2000 characters, not 0",
        ),
        (
            lambda r: r.shortcut("x", name="n" * 25, description="x"),
            "name of shortcut x must have 1 to 24",
        ),
        (
            lambda r: r.shortcut("x", name="n", description="d" * 151),
            "1 to 150 characters, not 151",
        ),
        (lambda r: r.action("a:b"), "what follows a colon"),
        (lambda r: r.event("message"), r"message\.im"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_registration_is_refused(register: Callable[[Router], object], words: str) -> None:
    """The sentence says what is wrong and where."""
    with pytest.raises(PluginWrong, match=words):
        register(Router())


def test_two_files_cannot_handle_the_same() -> None:
    """The sentence names both files."""
    one, other = Router(), Router()
    one.view("form")(fine)
    other.view("form")(_from("handlers.other"))

    with pytest.raises(
        PluginWrong,
        match=r"handlers/other\.py: the view 'form' is already handled in test_router\.py",
    ):
        combine([one, other])


def test_an_event_may_be_heard_in_several_files() -> None:
    """Each of them once, however often a router is taken over."""
    one, other = Router(), Router()
    one.event("team_join", scopes=["users:read"])(fine)
    other.event("team_join")(_from("handlers.other"))

    whole = combine([one, other, one])

    knock = read_knock({"type": "event_callback", "event": {"type": "team_join"}})
    files = [handler.file for handler in whole.find(knock)]
    assert len(files) == len(set(files)) == 2
    assert whole.names(Kind.EVENT) == ["team_join"]
    assert whole.scopes == {"users:read"}


def test_one_word_may_mean_several_kinds() -> None:
    """A command, a form and a button can share a name, and one function can serve several."""
    router = Router()
    router.view("kpi")(router.action("kpi")(router.action("kpi.why")(fine)))

    whole = combine([router, Router()])

    assert whole.names(Kind.ACTION) == ["kpi", "kpi.why"]
    assert whole.names(Kind.VIEW) == ["kpi"]


def _from(module: str) -> Callable[..., object]:
    async def function(ack: object) -> None:
        """Do nothing, elsewhere."""

    function.__module__ = module
    return function


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("", ""),
        ("  csat\u00a0 last \t month\n", "csat last month"),
        ("\u201cno\u201d \u2018no\u2019 \u00abno\u00bb", '"no" \'no\' "no"'),
        ("2026\u201110\u201101\u20142026-10-15", "2026-10-01-2026-10-15"),
        ("&lt;!channel&gt; &amp;amp; &quot;", "<!channel> &amp; &quot;"),
        ("a\u200bb\u202ec\ufeff\x00d", "abcd"),
        ("\U0001f469\u200d\U0001f4bb شبكة", "\U0001f469\u200d\U0001f4bb شبكة"),
        ("'; DROP TABLE ticket; --", "'; DROP TABLE ticket; --"),
    ],
)
def test_words_are_what_a_person_meant(typed: str, plain: str) -> None:
    """What phones and desks put in the place of plain characters is undone; everything else stays."""
    assert plain_words(typed) == plain


def test_a_payload_without_a_key_of_its_own_gets_one() -> None:
    """The same content has the same trigger, other content another."""
    pressed = {"type": "block_actions", "actions": [{"action_id": "x", "action_ts": "1.0"}]}
    again = {"actions": [{"action_id": "x", "action_ts": "1.0"}], "type": "block_actions"}
    later = {"type": "block_actions", "actions": [{"action_id": "x", "action_ts": "2.0"}]}

    assert read_knock(pressed).trigger == read_knock(again).trigger != read_knock(later).trigger


@pytest.mark.parametrize(
    ("body", "user", "team"),
    [
        (
            {"type": "shortcut", "user": {"id": "U1", "team_id": "T1"}, "team": {"id": "T2"}},
            "U1",
            "T1",
        ),
        ({"type": "shortcut", "user": {"id": "U1"}, "team": {"id": "T2"}}, "U1", "T2"),
        ({"command": "/x", "user_id": "U1", "team_id": "T1"}, "U1", "T1"),
        (
            {"type": "event_callback", "event": {"user": "U1", "user_team": "T3", "team": "T1"}},
            "U1",
            "T3",
        ),
        ({"type": "event_callback", "event": {"user": {"id": "U1", "team_id": "T4"}}}, "U1", "T4"),
        ({"type": "event_callback", "team_id": "T1", "event": {}}, "", ""),
    ],
)
def test_a_knock_says_who_and_from_which_workspace(
    body: dict[str, object], user: str, team: str
) -> None:
    """The person's own workspace counts, not the one where they stand."""
    knock = read_knock(body)

    assert (knock.user, knock.user_team) == (user, team)
