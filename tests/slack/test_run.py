"""`python -m bot run` and `manifest`, as an operator types them."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from aiohttp import ClientSession
from slack_stage import SlackStandIn, refusal
from typer.testing import CliRunner, Result

import bot
from bot.cli import app

SETTINGS_FROM_ENVIRON = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_API_URL",
    "DATABASE_URL",
)

pytestmark = pytest.mark.asyncio


class Terminal:
    """A folder with an `app.yaml`, an environment, and what is typed there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(
                Path(bot.__file__).parents[1]
            ),  # this bot, not another that is installed
            "HOST": "127.0.0.1",
            "PORT": "0",
        }
        self.started: list[asyncio.subprocess.Process] = []
        self.page("managers: [U0ANA]\n")

    def page(self, text: str) -> None:
        """Write the operator's page."""
        (self.folder / "app.yaml").write_text(text, encoding="utf-8")

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        """Start a command."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *words,
            cwd=self.folder, env=self.environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self.started.append(process)
        return process

    def invoke(self, *words: str, **environ: str) -> Result:
        """Run a command that comes to its end by itself in this process."""
        unset = dict.fromkeys(SETTINGS_FROM_ENVIRON)
        page = {"STEWARD_CONFIG": str(self.folder / "app.yaml")}
        return CliRunner().invoke(app, words, env={**unset, **page, **environ})

    async def type(self, *words: str) -> tuple[int | None, str, str]:
        """Run a command to its end."""
        process = await self.start(*words)
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()


@pytest_asyncio.fixture
async def terminal(tmp_path: Path) -> AsyncIterator[Terminal]:
    """A terminal in a folder of its own."""
    made = Terminal(tmp_path)
    yield made
    for process in made.started:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.mark.parametrize(
    ("page", "environ", "sentences"),
    [
        ("", {}, ["SLACK_BOT_TOKEN is missing", "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET"]),
        (
            "manager: [U0ANA]\ntimezone: Europe/Berln\n",
            {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"},
            ["`managers`", "`Europe/Berlin`"],
        ),
        (
            "kpis: {csta: {target: 90}, csat: {target: 1 h}}\n",
            {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"},
            ["did you mean `csat`", "`kpis.csat.target`"],
        ),
        (
            "manager: [U0ANA]\nkpis: {csta: {target: 90}, rt: {aim: 1}, csat: {target: 1 h}}\n",
            {"PORT": "many"},
            [
                *("`managers`", "PORT must be", "`kpis.rt.aim`", "did you mean `csat`"),
                *("`kpis.csat.target`", "SLACK_BOT_TOKEN is missing", "SLACK_SIGNING_SECRET"),
            ],
        ),
    ],
    ids=["tokens", "page", "kpis", "everything"],
)
async def test_what_is_wrong_is_said_at_once(
    terminal: Terminal, page: str, environ: dict[str, str], sentences: list[str]
) -> None:
    """One sentence each, exit code 2, no traceback."""
    terminal.page(page)

    result = terminal.invoke("run", **environ)

    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == len(sentences)
    assert all(sentence in result.stderr for sentence in sentences)


@pytest.mark.parametrize(
    "words",
    [("run",), ("manifest",), ("kpi",), ("import", "tickets", __file__)],
    ids=lambda w: w[0],
)
async def test_every_command_checks_the_kpis_on_the_page_by_its_name(
    terminal: Terminal, words: tuple[str, ...]
) -> None:
    """Whatever the page is called."""
    page = terminal.folder / "k.yaml"
    page.write_text("timezone: Mars\nkpis: {csta: {target: 90}}\n", encoding="utf-8")

    result = terminal.invoke(*words, STEWARD_CONFIG=str(page))

    assert result.exit_code == 2
    assert "k.yaml: `timezone` is not" in result.stderr
    assert "k.yaml: `kpis.csta` is not a KPI; did you mean `csat`?" in result.stderr
    assert "app.yaml" not in result.stderr


async def test_ctrl_c_while_modules_are_imported_is_quiet(terminal: Terminal) -> None:
    """The first second is spent importing; here the first of those modules is interrupted."""
    (terminal.folder / "typer.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n", encoding="utf-8"
    )

    assert await terminal.type("run") == (130, "", "")


async def test_a_database_that_cannot_be_used_is_said(terminal: Terminal) -> None:
    """No traceback, and no password of the address."""
    (terminal.folder / "folder").mkdir()
    terminal.environ |= {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "DATABASE_URL": "sqlite:///folder",
    }

    code, _, err = await terminal.type("run")

    assert code == 2
    assert err.endswith("The database cannot be used (OperationalError): look at DATABASE_URL.\n")


async def test_a_token_that_slack_does_not_know_is_said(
    terminal: Terminal, slack: SlackStandIn
) -> None:
    """The bot does not start, and does not print the token."""
    slack.answers["auth.test"] = refusal("invalid_auth")
    terminal.environ |= {
        "SLACK_BOT_TOKEN": "xoxb-1-secret",
        "SLACK_SIGNING_SECRET": "s" * 32,
        "SLACK_API_URL": slack.url + "/api",
    }

    code, _, err = await terminal.type("run")

    assert code == 2
    assert "SLACK_BOT_TOKEN does not work" in err
    assert "Traceback" not in err
    assert "secret" not in err


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
async def test_it_runs_until_it_is_told_to_stop(
    terminal: Terminal, slack: SlackStandIn, name: str
) -> None:
    """It prepares the database, listens, answers, and leaves cleanly; an OAuth app's environment does not confuse it."""
    terminal.environ |= {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "s" * 32,
        "SLACK_API_URL": slack.url + "/api",
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "x",
        "HTTP_PROXY": "http://127.0.0.1:1",
    }
    process = await terminal.start("run")
    assert process.stderr is not None
    while b"listening on" not in (line := await process.stderr.readline()):
        assert line, "it ended before it listened"
    port = int(line.decode().rsplit(":", 1)[-1])

    async with (
        ClientSession() as browser,
        browser.get(f"http://127.0.0.1:{port}/healthz") as answer,
    ):
        assert answer.status == 200
    process.send_signal(getattr(signal, name))
    _, err = await process.communicate()

    assert process.returncode == 0
    assert b"Traceback" not in err
    assert (terminal.folder / "steward.db").exists()


async def test_the_manifest_is_printed_as_yaml(terminal: Terminal) -> None:
    """What is printed is the manifest; the link that creates the app stands above it as a comment."""
    result = terminal.invoke("manifest")

    assert result.exit_code == 0
    assert result.stdout.startswith("# Create the app in one click: https://api.slack.com/apps?")
    printed = yaml.safe_load(result.stdout)
    assert printed["settings"]["socket_mode_enabled"] is True
    assert "/kpi" in [command["command"] for command in printed["features"]["slash_commands"]]

    url = "https://steward.example/slack/events"
    printed = yaml.safe_load(terminal.invoke("manifest", "--url", url).stdout)
    assert printed["settings"]["interactivity"]["request_url"] == url
