"""`app.yaml` and the environment, read once into one frozen, checked `Settings`.

Whatever is wrong is told at once, one plain sentence each. Secrets come from the environment alone, and no sentence
ever repeats one.
"""

import difflib
import math
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    SecretStr,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from bot.app_yaml import read_page, show, without_secrets
from bot.errors import Refused, SettingsWrong

TeamRole = Literal["reporting_manager", "cloud_engineer", "support_engineer", "architect"]

_USER_ID = r"[UW][A-Z0-9]{2,}"
_SHORTEST_SECRET = 32
_E_MAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"


# What a single value may be. A check's words complete a sentence that begins with the key: "`managers` lists U0A twice".


def _nearest(word: str, choices: Iterable[str]) -> str | None:
    by_lower = {choice.lower(): choice for choice in choices}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None


def _shaped(pattern: str, want: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {want}, not {show(text)}")
        return text

    return AfterValidator(check)


def _at_most(limit: int) -> AfterValidator:
    def check(text: str) -> str:
        if not text.strip():
            raise ValueError("must not be empty")
        if len(text) > limit:
            raise ValueError(
                f"must be at most {limit} characters, which is Slack's limit; it has {len(text)}"
            )
        return text.strip()

    return AfterValidator(check)


def _without_repeats(items: tuple[str, ...]) -> tuple[str, ...]:
    for index, item in enumerate(items):
        if item in items[:index]:
            raise ValueError(f"lists {item} twice")
    return items


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = _nearest_zone(name)
        hint = f"did you mean `{near}`?" if near else "use a name such as `Europe/Berlin` or `UTC`"
        raise ValueError(f"is not a time zone that exists ({show(name)}); {hint}") from None
    return name


def _nearest_zone(name: str) -> str | None:
    by_spelling: dict[str, str] = {}
    for zone in sorted(available_timezones()):
        by_spelling.setdefault(zone, zone)
        by_spelling.setdefault(zone.rsplit("/", 1)[-1], zone)  # people write the city alone
    near = _nearest(name.strip().replace(" ", "_"), by_spelling)
    return by_spelling[near] if near else None


def _check_manager(text: str) -> str:
    if re.fullmatch(_E_MAIL, text):
        return text.lower()
    if re.fullmatch(_USER_ID, text):
        return text
    raise ValueError(f"must be a person's Slack id (U0123ABCD) or e-mail address, not {show(text)}")


def _check_target(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"must be a number or a duration such as 45m or 4 h, not {show(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("is too large a number")
    return value


def _check_plan(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"must be a whole number of 0 or more, not {show(value)}")
    return value


def _number_from(least: float, most: float, unit: str) -> BeforeValidator:
    def check(value: object) -> object:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:  # type: ignore[operator]
            raise ValueError(
                f"must be a number of {unit} from {least:g} to {most:g}, not {show(value)}"
            )
        return value

    return BeforeValidator(check)


def _check_api_url(url: str) -> str:
    want = "must be an address that begins with https:// or http://, such as https://slack.com/api/"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or re.search(r"\s", url):
        raise ValueError(want)
    return url if url.endswith("/") else url + "/"


def _check_database_url(url: str) -> str:
    if not re.fullmatch(r"(sqlite(\+\w+)?:///|postgres(ql)?(\+\w+)?://).+", url):
        raise ValueError(
            "must begin with sqlite:/// or postgresql://, such as sqlite:///steward.db"
        )
    # Hosting companies hand out postgres://, which SQLAlchemy no longer knows.
    return re.sub(r"^postgres(?=[:+])", "postgresql", url)


def _check_secret(secret: SecretStr | None) -> SecretStr | None:
    if secret is not None and len(secret.get_secret_value()) < _SHORTEST_SECRET:
        raise ValueError(f"must have at least {_SHORTEST_SECRET} characters from chance")
    return secret


def _check_port(value: object) -> object:
    if not re.fullmatch(r"\d{1,5}", str(value)) or int(str(value)) > 65535:
        raise ValueError(f"must be a port number from 1 to 65535, not {show(value)}")
    return value


UserId = Annotated[str, _shaped(_USER_ID, "a person's Slack id such as U0123ABCD")]
GroupId = Annotated[str, _shaped(r"S[A-Z0-9]{2,}", "a user group's Slack id such as S0123ABCD")]
ChannelId = Annotated[
    str,
    _shaped(r"[CG][A-Z0-9]{2,}", "a channel's Slack id such as C0123ABCD (its details show it)"),
]
Slug = Annotated[
    str, _shaped(r"[a-z][a-z0-9_-]{0,39}", "a short name in small letters, digits, _ and -")
]
Zone = Annotated[str, AfterValidator(_check_zone)]
Colour = Annotated[str, _shaped(r"#([0-9a-fA-F]{3}){1,2}", 'a colour such as "#2c3e50"')]
Word = Annotated[str, _at_most(75)]


# The page and the environment, part by part.


class _Part(BaseModel):
    """A block of settings: frozen, no unknown keys; a key with nothing after it counts as left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty(cls, values: object) -> object:
        if values is None:
            return {}
        if not isinstance(values, Mapping):
            return values
        return {
            key: value
            for key, value in values.items()
            if value is not None or key not in cls.model_fields
        }


class SlackIdentity(_Part):
    """How the bot presents itself in Slack; the manifest is made from this."""

    name: Annotated[str, _at_most(35)] = "Steward"
    description: Annotated[str, _at_most(140)] = "The support playbook in Slack"
    color: Colour = "#2c3e50"


class UserGroup(_Part):
    """A team's members, as a Slack user group says."""

    usergroup: GroupId


def _list_or_group(value: object) -> str:
    return "(group)" if isinstance(value, Mapping | UserGroup) else "(list)"


class Team(_Part):
    """A team of the playbook: what its people are, who leads it and who is in it."""

    role: TeamRole
    name: Word | None = None
    lead: UserId | None = None
    members: Annotated[
        Annotated[tuple[UserId, ...], AfterValidator(_without_repeats), Tag("(list)")]
        | Annotated[UserGroup, Tag("(group)")],
        Discriminator(_list_or_group),
    ] = ()
    timezone: Zone | None = None

    @property
    def zone(self) -> ZoneInfo | None:
        """The team's own time zone, if it has one."""
        return ZoneInfo(self.timezone) if self.timezone else None


class Channels(_Part):
    """Where the bot posts on its own."""

    incidents: ChannelId | None = None
    operators: ChannelId | None = None
    managers: ChannelId | None = None


class KpiSettings(_Part):
    """What the operator sets about one KPI; a manager's change in Slack wins over it.

    `target` is kept as written: only the KPI knows its unit (see `problems_with_kpis`).
    """

    target: Annotated[str | float | int | None, BeforeValidator(_check_target)] = None
    plan: Annotated[int | None, BeforeValidator(_check_plan)] = None


class Delivery(_Part):
    """How fast the bot posts on its own, and how soon another machine takes over from one that is gone."""

    posts_per_second: Annotated[float, _number_from(0.1, 1000, "posts a second")] = 3.0
    lease_seconds: Annotated[float, _number_from(0.5, 600, "seconds")] = 6.0


class Severity(_Part):
    """How bad an incident is, and what follows from it; without a number nothing of the kind is asked for.

    `update_minutes`: how often those concerned are told. `rca_workdays`: until when, counted from the resolution, its
    root cause analysis is due. `own_channel`: whether it gets a channel of its own.
    """

    name: Word | None = None
    update_minutes: Annotated[float | None, _number_from(1, 10_080, "minutes")] = None
    acknowledge_minutes: Annotated[float | None, _number_from(1, 10_080, "minutes")] = None
    rca_workdays: Annotated[float | None, _number_from(1, 90, "working days")] = None
    own_channel: bool = False


_SEVERITIES = {
    "sev1": Severity(name="SEV1 critical", update_minutes=30, acknowledge_minutes=5, rca_workdays=3, own_channel=True),
    "sev2": Severity(name="SEV2 high", update_minutes=60, acknowledge_minutes=15, rca_workdays=5),
    "sev3": Severity(name="SEV3 medium", update_minutes=240, acknowledge_minutes=60),
    "sev4": Severity(name="SEV4 low"),
}  # fmt: skip
_MATRIX = {
    "all": {"down": "sev1", "degraded": "sev1", "workaround": "sev2", "cosmetic": "sev4"},
    "many": {"down": "sev1", "degraded": "sev2", "workaround": "sev3", "cosmetic": "sev4"},
    "one": {"down": "sev2", "degraded": "sev3", "workaround": "sev3", "cosmetic": "sev4"},
    "none": {"down": "sev3", "degraded": "sev4", "workaround": "sev4", "cosmetic": "sev4"},
}  # customers affected × effect (incidents.md D5)


class Incidents(_Part):
    """How incidents are judged and who sees the restricted ones.

    `matrix`: customers affected × effect → severity. `restricted_to`: the managers who see every restricted incident.
    `repeat_days`: how far back the same cause makes a repeat. `trend_from`: how many incidents a trend needs.
    """

    matrix: Annotated[
        Mapping[
            Literal["all", "many", "one", "none"],
            Mapping[Literal["down", "degraded", "workaround", "cosmetic"], Slug],
        ],
        AfterValidator(MappingProxyType),
    ] = Field(default_factory=lambda: _MATRIX, validate_default=True)
    restricted_to: Annotated[tuple[UserId, ...], AfterValidator(_without_repeats)] = ()
    repeat_days: Annotated[float, _number_from(1, 730, "days")] = 90
    trend_from: Annotated[float, _number_from(2, 1000, "incidents")] = 20
    archive_days: Annotated[float, _number_from(1, 365, "days")] = 7


class Retention(_Part):
    """For how many days the bot keeps what it no longer needs."""

    deliveries: Annotated[float, _number_from(1, 3650, "days")] = 30
    answers: Annotated[float, _number_from(1, 3650, "days")] = 90
    feedback: Annotated[float, _number_from(1, 3650, "days")] = 365


class Page(_Part):
    """`app.yaml`, the operator's page."""

    slack: SlackIdentity = SlackIdentity()
    timezone: Zone = "UTC"
    managers: Annotated[
        tuple[Annotated[str, AfterValidator(_check_manager)], ...], AfterValidator(_without_repeats)
    ] = ()
    teams: Annotated[Mapping[Slug, Team], AfterValidator(MappingProxyType)] = Field(
        default_factory=dict, validate_default=True
    )
    channels: Channels = Channels()
    kpis: Annotated[Mapping[str, KpiSettings], AfterValidator(MappingProxyType)] = Field(
        default_factory=dict, validate_default=True
    )
    critical: Annotated[
        tuple[Annotated[str, AfterValidator(str.lower), _at_most(75)], ...],
        AfterValidator(_without_repeats),
    ] = ("urgent", "critical")
    services: Annotated[tuple[Word, ...], AfterValidator(_without_repeats)] = ()
    severities: Annotated[Mapping[Slug, Severity], AfterValidator(MappingProxyType)] = Field(
        default_factory=lambda: _SEVERITIES, validate_default=True
    )
    incidents: Incidents = Field(default_factory=Incidents)
    delivery: Delivery = Delivery()
    retention: Retention = Retention()

    @property
    def team_names(self) -> dict[str, str]:
        """What each team is called, by its short name."""
        return {slug: team.name or slug for slug, team in self.teams.items()}

    def team_of(self, people: Iterable[str]) -> str | None:
        """Return the short name of the first team that one of these people leads, or else is listed in."""
        known = set(people)
        led = (slug for slug, team in self.teams.items() if team.lead in known)
        lists = {
            slug: team.members
            for slug, team in self.teams.items()
            if not isinstance(team.members, UserGroup)
        }
        listed = (slug for slug, members in lists.items() if known & set(members))
        return next(led, None) or next(listed, None)

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone, which decides what a day is."""
        return ZoneInfo(self.timezone)


class Settings(Page):
    """Everything the operator decides: `app.yaml`, and the environment for secrets and addresses."""

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    steward_hook_token: SecretStr | None = None
    steward_secret: Annotated[SecretStr | None, AfterValidator(_check_secret)] = None
    slack_api_url: Annotated[str, AfterValidator(_check_api_url)] = "https://slack.com/api/"
    database_url: Annotated[str, AfterValidator(_check_database_url)] = Field(
        default="sqlite:///steward.db",
        repr=False,  # it may hold a password
    )
    host: str = "0.0.0.0"  # noqa: S104 (in a container, Slack's requests arrive from outside)
    port: Annotated[int, BeforeValidator(_check_port)] = 3000
    _file: str = PrivateAttr(default="app.yaml")

    def model_post_init(self, context: Any) -> None:
        """Keep the name of the operator's page, which sentences about it begin with."""
        self._file = context or self._file

    @property
    def file(self) -> str:
        """The name of the file that holds the operator's page."""
        return self._file


_ENVIRONMENT = {
    field: field.upper() for field in Settings.model_fields if field not in Page.model_fields
}

# Where unknown keys are looked up; `*` stands for a name that the operator chooses.
_PARTS: dict[tuple[str, ...], type[_Part]] = {
    (): Page,
    ("slack",): SlackIdentity,
    ("channels",): Channels,
    ("delivery",): Delivery,
    ("retention",): Retention,
    ("teams", "*"): Team,
    ("teams", "*", "members"): UserGroup,
    ("kpis", "*"): KpiSettings,
    ("severities", "*"): Severity,
    ("incidents",): Incidents,
}


# Reading.


def load(
    path: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    further: Iterable[Callable[[Settings], Iterable[str]]] = (),
) -> Settings:
    """Read and check everything; raise `SettingsWrong` with a sentence for each mistake.

    Without `path`, STEWARD_CONFIG says where `app.yaml` is; without that it is in the current folder. `further` checks
    see what is sound, so that their sentences come together with those about the rest.
    """
    path = path or Path(environ.get("STEWARD_CONFIG", "").strip() or "app.yaml")
    page, sentences = _page(path)
    given = {field: environ.get(name, "").strip() for field, name in _ENVIRONMENT.items()}
    settings, wrong = _checked(
        {**page, **{field: text for field, text in given.items() if text}}, path.name
    )
    sentences += wrong
    sentences += [sentence for check in further for sentence in check(settings)]
    if sentences:
        raise SettingsWrong(sentences)
    return settings


def _checked(values: dict[str, Any], file: str) -> tuple[Settings, list[str]]:
    """Return the settings without what is wrong in them, and one sentence for everything that is."""
    try:
        return Settings.model_validate(values, context=file), []
    except ValidationError as wrong:
        details = wrong.errors(include_url=False, include_input=True)
    sound = _without(values, [error["loc"] for error in details])
    settings = Settings.model_validate(sound, context=file)
    return settings, [_sentence(error, file) for error in details]


def _without(values: dict[str, Any], places: Iterable[tuple[int | str, ...]]) -> dict[str, Any]:
    """Leave out the settings at these places: one KPI's alone, of every other block the whole.

    Who is picked out of the managers goes with them: nobody can say whether it is one.
    """
    sound = dict(values)
    for block, *inner in places:
        if block == "kpis" and inner:
            sound["kpis"] = _but(sound["kpis"], inner[0])
        else:
            sound.pop(str(block), None)
    if (
        "managers" not in sound
        and "managers" in values
        and isinstance(sound.get("incidents"), Mapping)
    ):
        sound["incidents"] = _but(sound["incidents"], "restricted_to")
    return sound


def _but(block: Mapping[Any, Any], key: object) -> dict[Any, Any]:
    return {one: value for one, value in block.items() if one != key}


def _page(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Return what `app.yaml` sets, without what belongs in the environment, and what is wrong with it so far."""
    page, sentences = read_page(path)
    misplaced = [key for key in page if str(key).lower() in _ENVIRONMENT]
    sentences += [
        f"{path.name}: `{key}` belongs in the environment, as {key.upper()}." for key in misplaced
    ]
    return {key: value for key, value in page.items() if key not in misplaced}, sentences


def problems_for_running(settings: Settings) -> list[str]:
    """Return what is still missing or mixed up to connect to Slack, one sentence each.

    With both an app-level token and a signing secret the bot uses Socket Mode, so that is no problem.
    """
    problems = [
        *_token_problems("SLACK_BOT_TOKEN", settings.slack_bot_token, "xoxb-", "bot token"),
        *_token_problems("SLACK_APP_TOKEN", settings.slack_app_token, "xapp-", "app-level token"),
    ]
    if settings.slack_bot_token is None:
        problems.append(
            "SLACK_BOT_TOKEN is missing: set it to the bot token (xoxb-…) that installing the app gives."
        )
    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        problems.append(
            "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both missing: set the first (xapp-…) to use "
            "Socket Mode, or the second to receive Slack's requests over HTTP."
        )
    secret = settings.slack_signing_secret
    if secret and secret.get_secret_value().startswith(("xox", "xapp-")):
        problems.append(
            "SLACK_SIGNING_SECRET holds a token; it needs the app's signing secret (32 hex digits)."
        )
    return problems


def problems_with_kpis(
    settings: Settings, kpis: Mapping[str, Callable[[str], object]], planned: Collection[str] = ()
) -> list[str]:
    """Return what is wrong with `kpis:` on the operator's page, one sentence each.

    `kpis` gives, for every KPI there is, the function that reads a target in its unit and raises `Refused`;
    `planned` names those that have a plan instead of a target.
    """
    problems: list[str] = []
    for slug, chosen in settings.kpis.items():
        if slug not in kpis:
            problems.append(f"`kpis.{slug}` is not a KPI; {_stopped(_hint(slug, kpis))}")
        elif (chosen.target if slug in planned else chosen.plan) is not None:
            wrong, right = ("target", "plan") if slug in planned else ("plan", "target")
            problems.append(f"`kpis.{slug}.{wrong}` cannot be set; this KPI has a `{right}`.")
        elif chosen.target is not None:
            problems += _target_problems(slug, str(chosen.target), kpis[slug])
    return [without_secrets(f"{settings.file}: {problem}") for problem in problems]


def problems_with_incidents(settings: Settings) -> list[str]:
    """Return what in `severities:` and `incidents:` does not fit together, one sentence each."""
    problems = [] if settings.severities else ["`severities` must name at least one."]
    problems += [
        f"`incidents.matrix.{customers}.{effect}` names no severity; {_stopped(_hint(severity, settings.severities))}"
        for customers, row in settings.incidents.matrix.items()
        for effect, severity in row.items()
        if severity not in settings.severities
    ]
    problems += [
        f"`incidents.restricted_to` names {one}, who would hear of restricted incidents and not see them: "
        "list their Slack id in `managers` too."
        for one in settings.incidents.restricted_to
        if one not in settings.managers
    ]
    return [f"{settings.file}: {problem}" for problem in problems]


def _target_problems(slug: str, target: str, read: Callable[[str], object]) -> list[str]:
    try:
        read(target)
    except Refused as refused:
        return [f"`kpis.{slug}.target`: {refused.sentence}"]
    return []


def _token_problems(name: str, token: SecretStr | None, prefix: str, kind: str) -> Iterator[str]:
    if token is None or token.get_secret_value().startswith((prefix, f"xoxe.{prefix}")):
        return
    begins = re.match(r"(xox[a-z]|xapp)-", token.get_secret_value())
    holds = f" and yours begins with {begins[0]}" if begins else ""
    yield f"{name} must hold the {kind}, which begins with {prefix}{holds}."


# Pydantic's findings as sentences.


def _sentence(error: ErrorDetails, file: str) -> str:
    """Return one finding in plain words."""
    path = [part for part in error["loc"] if part not in ("(list)", "(group)", "[key]")]
    predicate = _stopped(_predicate(error, path))
    name = _ENVIRONMENT.get(str(path[0]))
    return without_secrets(f"{name or f'{file}: {_place(path)}'} {predicate}")


def _stopped(sentence: str) -> str:
    return sentence if sentence.endswith("?") else sentence + "."


def _place(path: list[int | str]) -> str:
    if len(path) > 1 and isinstance(path[-1], int):
        return f"`{'.'.join(map(str, path[:-1]))}`, entry {path[-1] + 1},"
    return f"`{'.'.join(map(str, path))}`"


def _predicate(error: ErrorDetails, path: list[int | str]) -> str:
    shown = show(error["input"])
    match error["type"]:
        case "value_error":
            return str(error["ctx"]["error"])
        case "extra_forbidden" | "invalid_key":
            return f"is not a setting; {_hint(str(path[-1]), _keys_beside(path))}"
        case "missing":
            return f"is missing{_choices_of(path)}"
        case "literal_error":
            return f"must be one of {_choices(error)}, not {shown}"
        case "string_type":
            return f"must be text, not {shown}"
        case "tuple_type":
            return f"must be a list in square brackets, not {shown}"
        case "model_type" | "mapping_type" | "dict_type" | "model_attributes_type":
            return f"must be a block of settings, not {shown}"
    return f"cannot be used as it is: {shown}"


def _choices(error: ErrorDetails) -> str:
    """Return the words that would have done, as a list in a sentence."""
    return str(error["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")


def _choices_of(path: list[int | str]) -> str:
    return f"; it is one of {', '.join(get_args(TeamRole))}" if path[-1] == "role" else ""


def _keys_beside(path: list[int | str]) -> list[str]:
    """Return the keys that are known in the block where `path` ends."""
    block = tuple(
        "*" if place == 1 and path[0] in ("teams", "kpis", "severities") else str(part)
        for place, part in enumerate(path)
    )
    return list(_PARTS[block[:-1]].model_fields)


def _hint(word: str, choices: Iterable[str]) -> str:
    choices = list(choices)
    near = _nearest(word, choices)
    return f"did you mean `{near}`?" if near else f"known here: {', '.join(choices)}"
