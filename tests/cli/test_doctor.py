"""`python -m bot doctor`: what it finds, what it says would help, and what it leaves alone."""

import os
import re
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from freezegun import freeze_time
from sqlalchemy import make_url, text
from typer.testing import CliRunner, Result

import bot
from bot import clock
from bot.blocks.kit import Message
from bot.cli import app
from bot.domain import booking
from bot.domain.holiday import Holidays
from bot.domain.person import Person as Asker
from bot.domain.recurrence import Repeat, make_rule
from bot.domain.series import Terms
from bot.services import promise
from bot.storage import lease, schema
from bot.storage.courier import LEASE
from bot.storage.database import Database
from bot.vocabulary import Delivery, Role
from bot.workspace.roster import Channel, Roster
from tests.front_door import ANA, BO, CAST, DESK, LEA, PAGE, PARTNERS, FrontDoor
from tests.front_door import text as lines
from tests.lost import SECRET, lose
from tests.slack.slack_stage import SlackStandIn, refusal

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-practice", "SLACK_APP_TOKEN": "xapp-practice"}
UNSET = ("SLACK_SIGNING_SECRET", "SLACK_API_URL", "DATABASE_URL", "HTTP_PROXY", "HTTPS_PROXY")
HUSH = ("xoxb-practice", "xapp-practice", "xoxb-stolen", "xapp-stolen", "hush", SECRET)
CALENDAR = "https://calendar.example/hush/basic.ics"
OLD, VAULT = "C0OLD", "C0VAULT"
WIDE = Roster(
    CAST.team,
    people=CAST.people,
    channels=(
        *CAST.channels,
        Channel(OLD, "old", members=(ANA,), is_archived=True),
        Channel(VAULT, "vault", members=(ANA,), is_private=True),
    ),
)
UNHURRIED = PAGE.replace("1000}", "1000, lease_seconds: 600}")  # the courier stays in office


class Clinic:
    """A practice workspace with the bot in it, and a terminal beside it."""

    def __init__(self, door: FrontDoor, folder: Path, database_url: str) -> None:
        self.door = door
        self.page = folder / "app.yaml"
        self.environ: dict[str, str | None] = {
            **dict.fromkeys(UNSET),
            **TOKENS,
            "SLACK_API_URL": door.slack.api_url,
            "DATABASE_URL": database_url,
            "STEWARD_CONFIG": str(self.page),
            "COLUMNS": "80",
        }

    def doctor(self, *words: str, **environ: str | None) -> "Visit":
        """Ask the doctor, who never repeats a secret or a word of a message."""
        given = {**self.environ, **environ}
        return Visit(CliRunner().invoke(app, ["doctor", *words], env=given))

    def channels(self, named: str) -> None:
        """Name channels on the operator's page."""
        self.page.write_text(f"{UNHURRIED}channels: {{{named}}}\n", encoding="utf-8")

    def forbid(self, *scopes: str) -> None:
        """Take scopes away from the app."""
        granted = self.door.slack.app.manifest["oauth_config"]["scopes"]["bot"]
        granted[:] = [scope for scope in granted if scope not in scopes]

    def leave(self, channel: str) -> None:
        """Take the bot out of a channel."""
        workspace = self.door.slack.workspace
        workspace.leave(workspace.conversations[channel], self.door.slack.app.bot_user)

    def meet(self, target: str, title: str = "Support weekly") -> None:
        """Let the desk meet every week, by a calendar whose address is a secret; its agenda is posted to `target`."""
        now, zone = clock.now(), ZoneInfo("UTC")
        rule = make_rule(Repeat.WEEKLY, now.date() + timedelta(days=7), now.time(), zone)
        lead = timedelta(hours=1)
        people = (BO, LEA)
        terms = Terms("retro", title, target, people, zone, rule, CALENDAR, lead, Holidays())
        ana = Asker(ANA, "Ana", Role.MANAGER, zone)
        self.door.write(booking.create, terms, ana, title, now)

    def another_slack(self, **answers: Any) -> str:
        """Start a Slack that says what a test tells it to, and return its address."""
        slack = SlackStandIn()
        slack.answers |= {method.replace("_", "."): answer for method, answer in answers.items()}
        self.door.wait(slack.start())
        self.stand_in = slack
        return f"{slack.url}/api/"


class Visit:
    """What the doctor said."""

    def __init__(self, result: Result) -> None:
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        assert not any(secret in result.output for secret in HUSH)
        self.exit_code = result.exit_code
        self.errors = result.stderr
        self.shown = "\n".join(line.rstrip() for line in result.stdout.splitlines())
        self.words = " ".join(self.shown.split())  # however the lines were broken

    def said(self, *sentences: str) -> bool:
        """Return whether all of these are in it; the doctor's other words are shown where one is not."""
        missing = [sentence for sentence in sentences if sentence not in self.words]
        assert not missing, f"{missing} not in:\n{self.shown}"
        return True


@pytest.fixture
def clinic(database_url: str, tmp_path: Path) -> Iterator[Clinic]:
    """A healthy bot that sends, in a channel of its own."""
    (folder := tmp_path / "bot").mkdir()
    with FrontDoor(database_url, folder, page=UNHURRIED, roster=WIDE) as door:
        door.deliver()
        made = Clinic(door, folder, database_url)
        yield made
        if hasattr(made, "stand_in"):
            door.wait(made.stand_in.stop())


# --- All is well ---


@pytest.mark.both_databases
def test_everything_works(clinic):
    """Each thing that was looked at has a line, and the exit code is 0."""
    clinic.channels(f"operators: {DESK}")
    clinic.meet(DESK)
    clinic.door.deliver()

    visit = clinic.doctor()

    database = "SQLite, for one machine" if "sqlite" in clinic.environ["DATABASE_URL"] else "PostgreSQL"  # fmt: skip
    shown = re.sub(r"\d+ ms", "1 ms", re.sub(r"\S+ has been sending for .*", "(who)", visit.shown))
    assert shown == lines(f"""
        ✓ Database      {database}; answers in 1 ms
        ✓ Migrations    the tables are this version's
        ✓ Courier       (who)
        ✓ Outbox        0 waiting, 0 delivered
        ✓ Lost messages none
        ✓ Slack         Home, as @steward
        ✓ Clock         agrees with Slack's
        ✓ Socket Mode   Slack takes the app-level token
        ✓ Scopes        the app has all that it needs
        ✓ Channels      I am in the one that I post in

        Everything works.
    """)
    assert visit.exit_code == 0


def test_a_process_of_its_own_in_eighty_columns(clinic, tmp_path):
    """As an operator starts it: what is wrong stands out, no line is wider, and the exit code says it too."""
    clinic.channels(f"operators: {OLD}, incidents: {PARTNERS}")
    clinic.forbid("channels:history", "users:read")
    clinic.door.write(lose, "agenda:3:2026-11-25T10:00", OLD, "is_archived", clock.now())
    given = {name: value for name, value in clinic.environ.items() if value is not None}
    given |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(bot.__file__).parents[1])}

    done = subprocess.run(
        [sys.executable, "-m", "bot", "doctor"],
        cwd=tmp_path, env=given, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (1, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stdout.count("\n✗ ") == 3
    assert done.stdout.rstrip().endswith("5 of 12 need mending.")
    assert not any(secret in done.stdout for secret in HUSH)


# --- The database ---


def test_a_writer_keeps_nobody_waiting(clinic):
    """The doctor only reads, so that an import may run meanwhile."""
    with clinic.door.services.database.writing():
        assert clinic.doctor().exit_code == 0


def test_a_database_that_is_not_there_is_not_made(clinic, tmp_path):
    """Looking makes neither file nor folder."""
    visit = clinic.doctor(DATABASE_URL=f"sqlite:///{tmp_path}/new/steward.db")

    assert visit.exit_code == 1
    assert visit.said("✗ Database", "there is no file", "→ start `python -m bot run`, which makes")
    assert visit.said("✓ Slack Home, as @steward")
    assert not (tmp_path / "new").exists()


def test_tables_that_are_not_there_are_not_made(clinic, tmp_path):
    """That is for the bot itself."""
    path = tmp_path / "empty.db"
    path.touch()

    visit = clinic.doctor(DATABASE_URL=f"sqlite:///{path}")

    assert visit.exit_code == 1
    assert visit.said("✗ Migrations there are no tables yet → start `python -m bot run`")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda database: schema.downgrade(database, "-1"), "the tables are an older version's"),
        (lambda database: _call_revision(database, "9999"), "most likely a newer"),
    ],
    ids=["older", "newer"],
)
def test_the_tables_of_another_version(clinic, database, change, said):
    """They are left as they are."""
    change(database)
    before = _revision(database)

    visit = clinic.doctor("--retry")

    assert visit.exit_code == 1
    assert visit.said("✗ Migrations", said, "Nothing is tried again: the outbox cannot be read.")
    assert _revision(database) == before


def _revision(database: Database) -> str:
    with database.reading() as session:
        return str(session.scalar(text("SELECT version_num FROM alembic_version")))


def _call_revision(database: Database, name: str) -> None:
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :name"), {"name": name})


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("{folder}/page.txt", "is no database, or a broken one"),
        ("{folder}", "may not be opened"),
    ],
    ids=["text", "folder"],
)
def test_a_file_that_is_no_database(clinic, tmp_path, address, said):
    """What it is, and where to look."""
    (tmp_path / "page.txt").write_text("# no database\n" * 100, encoding="utf-8")

    visit = clinic.doctor(DATABASE_URL=f"sqlite:///{address.format(folder=tmp_path)}")

    assert visit.exit_code == 1
    assert visit.said("✗ Database", said, "DATABASE_URL")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"database": "nothing"}, "the server has no such database → create it"),
        ({"username": "nobody"}, "refuses the user or the password"),
        ({"host": "127.0.0.1", "port": 1, "query": {}}, "cannot be reached → look whether it runs"),
        ({"host": "hush.invalid", "query": {}}, "cannot be reached → look whether it runs"),
    ],
    ids=["database", "user", "port", "host"],
)
def test_a_server_that_does_not_let_us_in(clinic, postgresql_url, change, said):
    """Never with its name, the user's or the password."""
    url = make_url(postgresql_url).set(password="hush", **change)

    visit = clinic.doctor(DATABASE_URL=url.render_as_string(hide_password=False))

    assert visit.exit_code == 1
    assert visit.said("✗ Database", said)
    assert "nobody" not in visit.words


@pytest.mark.parametrize("is_mute", [False, True], ids=["refuses", "mute"])
def test_a_server_that_refuses_the_password_or_says_nothing(clinic, is_mute):
    """The password is not printed, and nobody waits for long."""
    with listening(b"" if is_mute else _error("28P01", "password authentication failed")) as port:
        address = f"postgresql://me:hush@127.0.0.1:{port}/x?connect_timeout=1"
        visit = clinic.doctor(DATABASE_URL=address)

    said = "cannot be reached" if is_mute else "refuses the user or the password"
    assert visit.exit_code == 1
    assert visit.said("✗ Database", said, "look at DATABASE_URL")


def _error(code: str, words: str) -> bytes:
    """Return how PostgreSQL says no."""
    fields = b"".join(part.encode() + b"\0" for part in ("SFATAL", f"C{code}", f"M{words}")) + b"\0"
    return b"E" + struct.pack("!I", len(fields) + 4) + fields


@contextmanager
def listening(reply: bytes) -> Iterator[int]:
    """Listen as a database does, and answer whoever calls; without a reply say nothing."""
    server = socket.create_server(("127.0.0.1", 0))
    callers: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                caller, _ = server.accept()
                callers.append(caller)
                if len(caller.recv(1024)) == 8:  # it asks for encryption first
                    caller.sendall(b"N")
                    caller.recv(1024)
                if reply:
                    caller.sendall(reply)
                    caller.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    thread.join()
    for each in (server, *callers):
        each.close()


def test_the_clocks_of_database_and_machine(clinic, postgresql_url):
    """A server's clock decides what is due, so that a machine which is wrong about the time should know."""
    with freeze_time(clock.now() + timedelta(minutes=20, seconds=10), real_asyncio=True):
        visit = clinic.doctor(DATABASE_URL=postgresql_url)

    assert visit.exit_code == 1
    assert visit.said("! Database its clock and this machine's are 20 min apart → set both by NTP")


# --- Who sends, and what was lost ---


@pytest.mark.both_databases
def test_nobody_sends(clinic):
    """A bot that stopped is told from one that never was."""
    clinic.door.wait(clinic.door.house.courier.stop())
    gone = clinic.doctor()
    clinic.door.write(lease.take, LEASE, "laptop:7:cafe", timedelta(minutes=-20))
    dead = clinic.doctor()

    assert gone.exit_code == dead.exit_code == 1
    assert gone.said(
        "✗ Courier nobody has been sending for", "→ start `python -m bot run`, or look"
    )
    assert dead.said("nobody has been sending for 20 min; the last was laptop:7:cafe")


def test_nobody_has_ever_sent(clinic, sqlite_files, tmp_path):
    """A database that was only filled."""
    (folder := tmp_path / "new").mkdir()
    visit = clinic.doctor(DATABASE_URL=sqlite_files.copy(folder))

    assert visit.exit_code == 1
    assert visit.said("✗ Courier no bot has ever run on this database → start `python -m bot run`")


@pytest.mark.both_databases
def test_lost_messages_are_told_with_their_reasons_and_tried_again(clinic):
    """What each needs, never what it says; `--retry` lets the bot that runs try again."""
    door = clinic.door
    door.write(lose, "agenda:3:1", PARTNERS, "not_in_channel", clock.now() - timedelta(hours=1))
    unsure = ("action:7", BO, "missing_scope", clock.now(), Delivery.UNCERTAIN)
    door.write(lose, *unsure)
    door.write(lose, f"incident:1:own:{DESK}", DESK, "not_in_channel", clock.now())

    visit = clinic.doctor("--retry")

    assert visit.exit_code == 1
    assert visit.said(
        "! Lost messages 2 could not be delivered, 1 may or may not have arrived → below is what each",
        "2 to U0BO: it may have arrived, and I could not look: the app lacks a scope → `python",
        "1 to C0PARTNERS: I am not in the channel → type `/invite @Steward` there",
        "1 attempt · agenda",
        "3 an incident’s message: I am not in the channel",
        "1 attempt · incident",
        "3 messages are tried again by the bot that runs; `python -m bot doctor` says how it went.",
    )
    door.slack.invite_app(PARTNERS)
    door.deliver()
    assert [message["text"] for message in door.seen(ANA, PARTNERS)] == [SECRET]
    assert clinic.doctor("--retry").said("There is nothing to try again.", "✓ Lost messages none")


def test_of_many_lost_messages_the_newest_are_shown(clinic):
    """And how many there are."""
    start = clock.now() - timedelta(hours=1)
    for number in range(20):
        at = start + timedelta(minutes=number)
        clinic.door.write(lose, f"test:{number}", DESK, "is_archived", at)

    visit = clinic.doctor()

    assert visit.said("20 could not be delivered", "20 to C0DESK", "test … and 5 more.")
    assert " 6 to C0DESK" in " ".join(visit.words.split())
    assert " 5 to C0DESK" not in " ".join(visit.words.split())


def test_what_is_late_is_told(clinic):
    """With what waits and what is under way."""
    due = clock.now() - timedelta(minutes=30)
    clinic.door.write(promise, DESK, Message(SECRET), "test:1", due=due)

    visit = clinic.doctor()

    assert visit.exit_code == 1
    assert visit.said("! Outbox 1 waiting, 0 delivered; the oldest is 30 min late →")


# --- Slack ---


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            refusal("token_revoked"),
            "✗ Slack SLACK_BOT_TOKEN does not work: it was revoked; install",
        ),
        (refusal("account_inactive"), "SLACK_BOT_TOKEN does not work: the app was removed"),
        (refusal("internal_error"), "! Slack does not say who I am (internal_error) → look again"),
        (lambda _: web.Response(text="It works!"), "✗ Slack cannot be reached from here"),
    ],
    ids=["revoked", "removed", "error", "no Slack"],
)
def test_slack_does_not_know_the_bot(clinic, answer, said):
    """Slack's own word for it is told; what needs Slack is not looked at."""
    visit = clinic.doctor(SLACK_API_URL=clinic.another_slack(auth_test=answer))

    assert visit.exit_code == 1
    assert visit.said(said, "✓ Database")
    assert "Channels" not in visit.words


def test_slack_is_out_of_reach(clinic):
    """And where to look."""
    visit = clinic.doctor(SLACK_API_URL="http://127.0.0.1:1/api/")

    assert visit.exit_code == 1
    assert visit.said("✗ Slack cannot be reached from here → look at the network, and at SLACK_API")


def test_tokens_that_slack_does_not_know(clinic):
    """Neither is printed."""
    bot_token = clinic.doctor(SLACK_BOT_TOKEN="xoxb-stolen")
    app_token = clinic.doctor(SLACK_APP_TOKEN="xapp-stolen")

    assert bot_token.exit_code == app_token.exit_code == 1
    assert bot_token.said("✗ Slack SLACK_BOT_TOKEN does not work: Slack does not know it")
    assert app_token.said("✓ Slack", "✗ Socket Mode SLACK_APP_TOKEN does not work: Slack does not")


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        (
            timedelta(minutes=10, seconds=10),
            "! Clock this machine's and Slack's are 10 min apart → set the clock",
        ),
        (timedelta(seconds=1), "✓ Clock agrees with Slack's"),
    ],
    ids=["apart", "together"],
)
def test_the_clocks_of_slack_and_machine(clinic, apart, said):
    """Slack's requests are refused by a machine that is far from the time."""

    def answer(_: Any) -> web.Response:
        date = format_datetime(datetime.now(UTC) + apart, usegmt=True)
        known = {"ok": True, "team": "Ours", "user": "steward"}
        return web.json_response(known, headers={"Date": date, "X-OAuth-Scopes": ""})

    visit = clinic.doctor(SLACK_API_URL=clinic.another_slack(auth_test=answer))

    assert visit.said(said, "Slack does not say what the token may do")


def test_missing_scopes_are_named_with_the_fix(clinic):
    """All that the handlers and the courier need."""
    clinic.forbid("reactions:read", "users:read")

    visit = clinic.doctor()

    assert visit.exit_code == 1
    assert visit.said(
        "✗ Scopes the app lacks reactions:read, users:read → `python -m bot manifest` prints the "
        "manifest that has it; update the app with it and install it again"
    )


def test_where_it_may_not_read_matters_where_it_writes(clinic):
    """Without the scope nobody can tell whether a message arrived whose sending broke off."""
    clinic.channels(f"operators: {DESK}")
    clinic.forbid("groups:history", "mpim:history")
    assert clinic.doctor().said("✓ Scopes the app has all that it needs")

    clinic.door.slack.invite_app(VAULT)
    clinic.meet(VAULT)
    clinic.meet(f"{ANA},{BO}", "One on one")
    visit = clinic.doctor()

    assert visit.exit_code == 1
    assert visit.said(
        "! History the app lacks groups:history, mpim:history, so I cannot read in private channels "
        "and group messages: a message of which nobody knows whether it arrived stays uncertain",
        "→ `python -m bot manifest` prints the manifest",
    )
    assert "✗ Scopes" not in visit.words


# --- Channels ---


def test_channels_in_which_the_bot_cannot_post(clinic):
    """Each with what it is for, the very words that invite the bot, and what chooses another channel."""
    clinic.channels(f"incidents: {PARTNERS}, operators: {OLD}, managers: C0GONE")
    clinic.door.slack.invite_app(VAULT)
    clinic.meet(VAULT)
    clinic.meet(DESK, "Stand-up")
    clinic.leave(VAULT)

    visit = clinic.doctor()

    assert visit.exit_code == 1
    assert visit.said(
        "✗ Channel C0PARTNERS (incidents in app.yaml): I am not in it → type `/invite @Steward` there, or choose another in app.yaml",
        "✗ Channel C0OLD (operators in app.yaml): it is archived, and nothing can be posted there → unarchive it, or choose another in app.yaml",
        "✗ Channel C0GONE (managers in app.yaml): I am not in it, or it is gone → type `/invite",
        "✗ Channel C0VAULT (agenda #1): I am not in it, or it is gone → type `/invite @Steward` there, or choose another with `/agenda edit #1`",
        "4 of 13 need mending.",
    )
    assert DESK not in visit.words


def test_a_series_that_was_cancelled_needs_no_channel(clinic):
    """Nobody will post there."""
    clinic.meet(PARTNERS)
    assert clinic.doctor().exit_code == 1
    ana = Asker(ANA, "Ana", Role.MANAGER, ZoneInfo("UTC"))
    clinic.door.write(booking.cancel, 1, ana, clock.now())
    assert clinic.doctor().exit_code == 0


def test_channels_are_asked_for_one_by_one_where_they_cannot_be_listed(clinic):
    """A Slack-compatible server need not know every method."""
    clinic.channels(f"operators: {DESK}, incidents: {PARTNERS}")
    clinic.door.slack.chaos.forget_methods("users.conversations")

    visit = clinic.doctor()

    assert visit.said("✗ Channel C0PARTNERS (incidents in app.yaml): I am not in it")
    assert "C0DESK" not in visit.words


def test_of_many_channels_the_first_are_looked_at(clinic):
    """Slack would not answer more calls at once, and the bot has calls to make too."""
    for number in range(30):
        clinic.meet(f"C0NEW{number}", f"Meeting {number}")

    visit = clinic.doctor()

    assert visit.words.count("✗ Channel ") == 20
    assert visit.said("! Channels 10 more were not looked at → mend these first")


def test_a_slack_too_busy_to_answer(clinic):
    """What it does not say is not guessed."""
    clinic.channels(f"incidents: {PARTNERS}")
    clinic.door.slack.chaos.rate_limit("conversations.info")

    visit = clinic.doctor()

    assert visit.said(
        "! Channel C0PARTNERS (incidents in app.yaml): Slack does not say (ratelimited)"
    )


# --- Settings ---


def test_a_page_that_is_wrong_is_told_in_its_sentences(clinic):
    """As every command does, with exit code 2; nothing is looked at."""
    clinic.page.write_text("timezone: Mars\nchannels: {operators: desk}\n", encoding="utf-8")

    visit = clinic.doctor()

    assert (visit.exit_code, visit.shown) == (2, "")
    assert "app.yaml: `timezone` is not a time zone" in visit.errors
    assert "app.yaml: `channels.operators`" in visit.errors


def test_secrets_that_are_missing(clinic):
    """The bot would not start, so the exit code is 2; what can be looked at without them is."""
    visit = clinic.doctor(SLACK_BOT_TOKEN=None, SLACK_APP_TOKEN=None)

    assert visit.exit_code == 2
    assert visit.said(
        "✗ Settings SLACK_BOT_TOKEN is missing → set it to the bot token (xoxb-…)",
        "✗ Settings SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both missing → set the first",
        "✓ Database",
    )
    assert "Slack " not in visit.shown.replace("Slack's", "")


def test_a_secret_in_the_wrong_place(clinic):
    """Its value is not repeated."""
    visit = clinic.doctor(SLACK_BOT_TOKEN="xapp-stolen")

    assert visit.exit_code == 2
    assert visit.said("SLACK_BOT_TOKEN must hold the bot token, which begins with xoxb- and yours")
