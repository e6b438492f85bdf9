"""Settings: what `app.yaml` and the environment may say, and what is said of a mistake."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.duration import parse_duration
from bot.errors import Refused, SettingsWrong
from bot.settings import (
    Settings,
    UserGroup,
    load,
    problems_for_running,
    problems_with_incidents,
    problems_with_kpis,
)

SHIPPED = Path(__file__).parents[1] / "app.yaml"
TOKEN = "xoxb-1234567890-abcdefghij"

Read = Callable[..., Settings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a page with this text in this environment."""

    def read(text: str = "", environ: Mapping[str, str] | None = None) -> Settings:
        page = tmp_path / "app.yaml"
        page.write_text(text, encoding="utf-8")
        return load(page, environ or {})

    return read


def complaints(read: Read, text: str = "", environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsWrong) as wrong:
        read(text, environ)
    return wrong.value.sentences


def test_the_shipped_page_is_valid() -> None:
    """A fresh clone starts with it, in UTC and with the playbook's own targets."""
    shipped = load(SHIPPED, {})

    assert (shipped.slack.name, shipped.zone, shipped.kpis) == ("Steward", ZoneInfo("UTC"), {})
    assert (shipped.critical, shipped.database_url) == (
        ("urgent", "critical"),
        "sqlite:///steward.db",
    )


def test_every_example_on_the_shipped_page_is_valid(read: Read) -> None:
    """Whoever takes the # away has a page that works."""
    page = re.sub(r"(?m)^#  ", "  ", SHIPPED.read_text(encoding="utf-8")).replace(": []", ":")

    examples = read(page)

    assert examples.managers == ("U0MANAGER", "ana@example.com")
    assert examples.teams["emea"].members == UserGroup(usergroup="S0EMEA")
    assert examples.teams["emea"].zone == ZoneInfo("Europe/Berlin")
    assert examples.teams["cloud"].members == ("U0ALICE", "U0BOB")
    assert examples.channels.incidents == "C0INCIDENTS"
    assert (examples.kpis["csat"].target, examples.kpis["ticket_volume"].plan) == (92, 500)


def test_reads_the_environment(read: Read) -> None:
    """Addresses are made whole, empty variables count as unset, secrets are never shown."""
    found = read(
        environ={
            "SLACK_BOT_TOKEN": f" {TOKEN}\n",
            "SLACK_APP_TOKEN": "",
            "SLACK_API_URL": "http://127.0.0.1:8123/api",
            "DATABASE_URL": "postgres://steward:hush@db/steward",
            "PORT": "8080",
            "STEWARD_HOOK_TOKEN": "open sesame",
        }
    )

    assert found.steward_hook_token
    assert found.steward_hook_token.get_secret_value() == "open sesame"
    assert "sesame" not in repr(found)
    assert found.slack_bot_token
    assert found.slack_bot_token.get_secret_value() == TOKEN
    assert found.slack_app_token is None
    assert found.slack_api_url == "http://127.0.0.1:8123/api/"
    assert found.database_url == "postgresql://steward:hush@db/steward"
    assert found.port == 8080
    assert TOKEN not in repr(found)
    assert "hush" not in repr(found)


def test_a_page_can_be_named_in_the_environment(tmp_path: Path) -> None:
    """STEWARD_CONFIG says where the page is."""
    page = tmp_path / "elsewhere.yaml"
    page.write_text("timezone: Asia/Tokyo")

    assert load(environ={"STEWARD_CONFIG": str(page)}).zone == ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("manager: []", "`manager` is not a setting; did you mean `managers`?"),
        ("slack: {colour: x}", "`slack.colour` is not a setting; did you mean `color`?"),
        (
            "channels: {xyz: C0A}",
            "`channels.xyz` is not a setting; known here: incidents, operators, managers.",
        ),
        (
            "holidays: {}",
            "`holidays` is not a setting; known here: slack, timezone, managers, teams, channels, kpis, critical, services, severities, incidents, delivery, retention.",
        ),
        (
            "delivery: {posts_per_second: 0}",
            "`delivery.posts_per_second` must be a number of posts a second from 0.1 to 1000, not `0`.",
        ),
        (
            "retention: {deliveries: never}",
            "`retention.deliveries` must be a number of days from 1 to 3650, not `never`.",
        ),
        ("slack: {color: blue}", '`slack.color` must be a colour such as "#2c3e50", not `blue`.'),
        (
            f"slack: {{name: {'x' * 36}}}",
            "`slack.name` must be at most 35 characters, which is Slack's limit; it has 36.",
        ),
        ("slack: {name: 7}", "`slack.name` must be text, not `7`."),
        ("slack: Steward", "`slack` must be a block of settings, not `Steward`."),
        (
            "timezone: Europe/Berln",
            "`timezone` is not a time zone that exists (`Europe/Berln`); did you mean `Europe/Berlin`?",
        ),
        ("timezone: Berlin", "did you mean `Europe/Berlin`?"),
        ("timezone: New York", "did you mean `America/New_York`?"),
        ("timezone: ../etc/passwd", "`timezone` is not a time zone that exists"),
        ("managers: U0A", "`managers` must be a list in square brackets, not `U0A`."),
        (
            "managers: [U0A, bob]",
            "`managers`, entry 2, must be a person's Slack id (U0123ABCD) or e-mail address, not `bob`.",
        ),
        ("managers: [ana@x.org, ANA@x.org]", "`managers` lists ana@x.org twice."),
        (
            "teams: {emea: {}}",
            "`teams.emea.role` is missing; it is one of reporting_manager, cloud_engineer,",
        ),
        (
            "teams: {emea: {role: boss}}",
            "`teams.emea.role` must be one of reporting_manager, cloud_engineer, support_engineer, architect, not `boss`.",
        ),
        (
            "teams: {EMEA: {role: architect}}",
            "`teams.EMEA` must be a short name in small letters, digits, _ and -, not `EMEA`.",
        ),
        (
            "teams: {a: {role: architect, lead: Lena}}",
            "`teams.a.lead` must be a person's Slack id such as U0123ABCD, not `Lena`.",
        ),
        (
            "teams: {a: {role: architect, members: [U0A, U0A]}}",
            "`teams.a.members` lists U0A twice.",
        ),
        (
            "teams: {a: {role: architect, members: [bo]}}",
            "`teams.a.members`, entry 1, must be a person's Slack id such as U0123ABCD, not `bo`.",
        ),
        (
            "teams: {a: {role: architect, members: {usergroup: a}}}",
            "`teams.a.members.usergroup` must be a user group's Slack id such as S0123ABCD, not `a`.",
        ),
        (
            "teams: {a: {role: architect, members: {group: S0A}}}",
            "`teams.a.members.usergroup` is missing.",
        ),
        (
            "teams: {a: {role: architect, timezone: Mars}}",
            "`teams.a.timezone` is not a time zone that exists",
        ),
        (
            "channels: {incidents: '#incidents'}",
            "`channels.incidents` must be a channel's Slack id such as C0123ABCD",
        ),
        ("kpis: {csat: 90}", "`kpis.csat` must be a block of settings, not `90`."),
        (
            "kpis: {csat: {target: yes, goal: 1}}",
            "`kpis.csat.goal` is not a setting; known here: target, plan.",
        ),
        (
            "kpis: {csat: {target: true}}",
            "`kpis.csat.target` must be a number or a duration such as 45m or 4 h, not `true`.",
        ),
        (
            "kpis: {csat: {plan: 1.5}}",
            "`kpis.csat.plan` must be a whole number of 0 or more, not `1.5`.",
        ),
        ("critical: urgent", "`critical` must be a list in square brackets, not `urgent`."),
        ("services: ['']", "`services`, entry 1, must not be empty."),
        ("port: 3000", "`port` belongs in the environment, as PORT."),
        ("SLACK_BOT_TOKEN: x", "`SLACK_BOT_TOKEN` belongs in the environment, as SLACK_BOT_TOKEN."),
        ("- slack", "the page must be `name: value` lines, not a list."),
        ("a: !!int many", "this is not YAML that can be read"),
    ],
)
def test_says_what_is_wrong_with_a_setting(read: Read, text: str, sentence: str) -> None:
    """The sentence names the file, the key and what would work."""
    assert any(
        found.startswith("app.yaml: ") and sentence in found for found in complaints(read, text)
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "slack:\n  name: [a",
            "app.yaml, line 2, column 11: this is not valid YAML (expected ',' or ']', but got '<stream end>').",
        ),
        (
            "slack:\n\tname: a",
            "app.yaml, line 2, column 1: this is not valid YAML (found character tab (indent with spaces) that",
        ),
        (
            "timezone: UTC\nslack: {}\ntimezone: UTC",
            "app.yaml, line 3: `timezone` is given twice in the same block; keep one.",
        ),
        (
            "kpis:\n  csat: {target: 1}\n  csat: {target: 2}",
            "app.yaml, line 3: `csat` is given twice in the same block; keep one.",
        ),
        (
            f"slack:\n  name: {TOKEN}",
            "app.yaml, line 2: there is what looks like a secret; secrets belong in the environment",
        ),
        (f"# {'0123456789abcdef' * 2}", "app.yaml, line 1: there is what looks like a secret"),
        (
            "services: ['postgresql://me:hush@db/x']",
            "app.yaml, line 1: there is what looks like a secret",
        ),
    ],
)
def test_says_where_the_page_is_wrong(read: Read, text: str, sentence: str) -> None:
    """Mistakes of the file itself come with their line."""
    assert any(found.startswith(sentence) for found in complaints(read, text))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "SLACK_API_URL",
            "slack.com/api",
            "SLACK_API_URL must be an address that begins with https:// or http://",
        ),
        ("SLACK_API_URL", "ftp://slack.com", "SLACK_API_URL must be an address"),
        ("SLACK_API_URL", "http://host:port/", "SLACK_API_URL must be an address"),
        (
            "DATABASE_URL",
            "mysql://me:hush@db/x",
            "DATABASE_URL must begin with sqlite:/// or postgresql://",
        ),
        ("PORT", "http", "PORT must be a port number from 1 to 65535, not `http`."),
        ("PORT", "70000", "PORT must be a port number from 1 to 65535, not `70000`."),
    ],
)
def test_says_what_is_wrong_with_the_environment(
    read: Read, name: str, value: str, sentence: str
) -> None:
    """The sentence names the variable."""
    (found,) = complaints(read, environ={name: value})

    assert found.startswith(sentence)
    assert "hush" not in found


def test_everything_wrong_is_told_at_once_and_no_secret_with_it(read: Read) -> None:
    """One start shows every mistake, of the page and of the environment."""
    page = f"manager: []\nslack: {{name: {TOKEN}{TOKEN}, color: 1}}\n{TOKEN}: x\ntimezone: Mars\n"

    found = complaints(read, page, {"PORT": TOKEN, "DATABASE_URL": "mysql://me:hush@db/x"})

    assert len(found) >= 8
    assert not any(TOKEN in sentence or "hush" in sentence for sentence in found)
    assert all(sentence.endswith((".", "?")) for sentence in found)


def test_a_page_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    """Missing, a folder, or not text: the sentence says which file."""
    (tmp_path / "latin.yaml").write_bytes(b"slack: {name: \xe9}")

    for path, reason in (
        (tmp_path / "nowhere.yaml", "there is no such file"),
        (tmp_path, "the file cannot be read"),
        (tmp_path / "latin.yaml", "the file is not UTF-8 text"),
    ):
        with pytest.raises(SettingsWrong, match=re.escape(f"{path}: {reason}")):
            load(path, {})


def test_names_are_text_and_an_empty_key_is_left_out(read: Read) -> None:
    """YAML 1.1 would read `no` as false, 1:30 as 90 and a byte order mark as part of the first name."""
    page = "\ufeffslack:\nservices: [no, on]\nkpis: {no: {target: 1:30}, csat: }\nteams:\n"

    found = read(page)

    assert found.services == ("no", "on")
    assert (found.kpis["no"].target, found.kpis["csat"].target) == ("1:30", None)
    assert (found.slack.name, found.teams) == ("Steward", {})


def test_priorities_are_compared_in_small_letters(read: Read) -> None:
    """`Urgent` in the page is `urgent` in a ticket."""
    assert read("critical: [Urgent, P1]").critical == ("urgent", "p1")


def test_somebody_may_be_in_two_teams(read: Read) -> None:
    """An architect may lend a hand in support."""
    found = read(
        "teams: {a: {role: architect, members: [U0A]}, b: {role: support_engineer, members: [U0A]}}"
    )

    assert list(found.teams) == ["a", "b"]


def test_what_settings_hold_cannot_be_changed(read: Read) -> None:
    """Everybody in the house shares them."""
    found = read("teams: {a: {role: architect}}")

    with pytest.raises(ValueError, match="frozen"):
        found.port = 1
    with pytest.raises(TypeError):
        found.teams["b"] = found.teams["a"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("environ", "sentences"),
    [
        ({"SLACK_BOT_TOKEN": TOKEN, "SLACK_APP_TOKEN": "xapp-1"}, []),
        ({"SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": "0123"}, []),
        (
            {"SLACK_BOT_TOKEN": TOKEN, "SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": "0123"},
            [],
        ),
        (
            {},
            [
                "SLACK_BOT_TOKEN is missing",
                "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both missing",
            ],
        ),
        (
            {"SLACK_BOT_TOKEN": "xapp-1", "SLACK_APP_TOKEN": TOKEN},
            [
                "SLACK_BOT_TOKEN must hold the bot token, which begins with xoxb- and yours begins with xapp-.",
                "SLACK_APP_TOKEN must hold the app-level token, which begins with xapp- and yours begins with xoxb-.",
            ],
        ),
        (
            {"SLACK_BOT_TOKEN": "hush", "SLACK_SIGNING_SECRET": TOKEN},
            ["SLACK_BOT_TOKEN must hold", "SLACK_SIGNING_SECRET holds a token"],
        ),
    ],
)
def test_says_what_is_missing_to_run(
    read: Read, environ: dict[str, str], sentences: list[str]
) -> None:
    """Socket Mode needs an app-level token, HTTP a signing secret; with both, Socket Mode wins."""
    found = problems_for_running(read(environ=environ))

    assert len(found) == len(sentences)
    assert all(one.startswith(other) for one, other in zip(found, sentences, strict=True))
    assert not any(TOKEN in sentence or "hush" in sentence for sentence in found)


def test_checks_targets_against_the_kpis_there_are(read: Read) -> None:
    """Unknown KPIs, wrong units, and a plan where a target belongs."""
    page = "kpis: {cast: {target: 1}, csat: {plan: 3}, frt: {target: 90}, rt: {target: 4 h}, volume: {target: 5}}"

    found = problems_with_kpis(
        read(page),
        {"csat": a_percentage, "frt": parse_duration, "rt": parse_duration, "volume": a_percentage},
        {"volume"},
    )

    assert found == [
        "app.yaml: `kpis.cast` is not a KPI; did you mean `csat`?",
        "app.yaml: `kpis.csat.plan` cannot be set; this KPI has a `target`.",
        "app.yaml: `kpis.frt.target`: “90” has no unit: did you mean 90 min or 90 h?",
        "app.yaml: `kpis.volume.target` cannot be set; this KPI has a `plan`.",
    ]


def test_severities_and_matrix_fit_together(read: Read) -> None:
    """The matrix names severities that there are; without a block the defaults count."""
    assert list(read().severities) == ["sev1", "sev2", "sev3", "sev4"]
    assert problems_with_incidents(read()) == []
    own = read(
        "severities: {major: {update_minutes: 15}}\nincidents: {matrix: {all: {down: mayor}}}"
    )
    assert problems_with_incidents(own) == [
        "app.yaml: `incidents.matrix.all.down` names no severity; did you mean `major`?"
    ]


def test_who_sees_restricted_incidents_is_a_manager(read: Read) -> None:
    """By the same Slack id, or they would hear of them and not see them; told with everything else, and never guessed."""
    fits = "managers: [U0ANA, U0BO]\nincidents: {restricted_to: [U0BO]}"
    assert problems_with_incidents(read(fits)) == []
    others = "managers: [bo@example.com]\nincidents: {restricted_to: [U0BO, U0CY], matrix: {all: {down: sev9}}}"
    hear = "would hear of restricted incidents and not see them: list their Slack id in `managers` too."
    assert problems_with_incidents(read(others)) == [
        "app.yaml: `incidents.matrix.all.down` names no severity; did you mean `sev4`?",
        f"app.yaml: `incidents.restricted_to` names U0BO, who {hear}",
        f"app.yaml: `incidents.restricted_to` names U0CY, who {hear}",
    ]


def test_who_is_picked_out_of_misspelt_managers_is_not_judged(tmp_path: Path) -> None:
    """What is wrong with the managers is told alone; the sentence about who is none of them would be a guess."""
    page = tmp_path / "page.yaml"
    page.write_text("managers: [U0ANA, bo]\nincidents: {restricted_to: [U0ANA], archive_days: 3}")
    with pytest.raises(SettingsWrong) as wrong:
        load(page, {}, further=[problems_with_incidents])
    assert len(wrong.value.sentences) == 1
    assert "`managers`, entry 2," in wrong.value.sentences[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "severities: {sev1: {update: 30}}",
            "app.yaml: `severities.sev1.update` is not a setting; did you mean `update_minutes`?",
        ),
        (
            "incidents: {matrix: {few: {down: sev1}}}",
            "app.yaml: `incidents.matrix.few` must be one of all, many, one, none, not `few`.",
        ),
        (
            "incidents: {restricted_to: [ana@example.com]}",
            "app.yaml: `incidents.restricted_to`, entry 1, must be a person's Slack id such as U0123ABCD, not `ana@example.com`.",
        ),
    ],
)
def test_says_what_is_wrong_with_severities(read: Read, text: str, sentence: str) -> None:
    """One plain sentence each."""
    assert complaints(read, text) == [sentence]


def test_what_further_checks_find_is_told_with_the_rest(tmp_path: Path) -> None:
    """They see what is sound, by the page's own name, and repeat no secret."""
    page = tmp_path / "k.yaml"
    page.write_text(
        f"timezone: Mars\nkpis: {{csat: {{target: {TOKEN}}}, frt: {{aim: 1}}, rt: {{target: 90}}}}\n"
    )

    def with_kpis(found: Settings) -> list[str]:
        return problems_with_kpis(found, {"csat": a_percentage, "rt": parse_duration})

    with pytest.raises(SettingsWrong) as wrong:
        load(page, {"PORT": "many"}, [with_kpis, problems_for_running])

    told = wrong.value.sentences
    assert len(told) == 8
    assert "k.yaml: `kpis.csat.target`: (hidden) is no percentage." in told
    assert "k.yaml: `kpis.rt.target`: “90” has no unit: did you mean 90 min or 90 h?" in told
    assert any(sentence.startswith("SLACK_BOT_TOKEN is missing") for sentence in told)
    assert not any(TOKEN in sentence for sentence in told)


def a_percentage(text: str) -> float:
    if not text.isdecimal():
        raise Refused(f"{text} is no percentage.")
    return float(text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=200)
    | st.text("slack: {}[]\n-#&*!|>'\"%@`?,0~<managerstimezonekpis", max_size=60)
)
def test_any_page_is_read_or_refused(read: Read, text: str) -> None:
    """Nothing that stands in the file raises anything else."""
    try:
        read(text.encode("utf-8", "ignore").decode())
    except SettingsWrong as wrong:
        found = wrong.sentences
    else:
        return
    assert found
    assert all(sentence.endswith((".", "?")) for sentence in found)


def test_whose_team_it_is(read: Read) -> None:
    """The team that somebody leads comes before one that lists them; a user group's members only Slack knows."""
    found = read(
        "teams:\n"
        "  a: {role: architect, members: [U0A, U0B]}\n"
        "  b: {role: support_engineer, lead: U0A}\n"
        "  c: {role: support_engineer, members: {usergroup: S0C}}"
    )
    assert found.team_of(["U0A"]) == "b"
    assert found.team_of(["U0X", "U0B"]) == "a"
    assert found.team_of(["U0X"]) is None
