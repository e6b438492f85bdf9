"""Walks every command, button, form, shortcut and menu as somebody whom a restricted incident does not name.

Nothing that the bot sends them, or anywhere they can read, holds a word of it; and what they are told about it is what
they are told about an incident that was never there. New handlers are walked without being named here.
"""

import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot import clock
from bot.app import find_help
from bot.blocks.health import INCIDENTS as INCIDENT_LETTER
from bot.domain import incident_work as work
from bot.domain.action import ActionDraft, add_action
from bot.domain.action_item import Source
from bot.domain.declaration import Declaration
from bot.domain.incident import HOUSE, Incident, find_incident
from bot.domain.incident_work import Work
from bot.domain.person import Person
from bot.domain.rca_work import FIELDS, Page, fingerprint
from bot.outgoing import incident as outgoing
from bot.outgoing import rca
from bot.slack.knock import Kind
from bot.slack.router import combine
from bot.vocabulary import IncidentKind, Role
from tests.front_door import ANA, BO, CAST, DESK, LEA, PAGE, ROUTERS, FrontDoor, Mode
from tests.lost import lose

WORD = "zyxwvut"
INCIDENTS = f"{PAGE}\nchannels: {{incidents: {DESK}}}\nservices: [api-gateway]\nincidents: {{restricted_to: [{ANA}]}}\n"
ROUTES, HELPS = combine(ROUTERS.values()), find_help()
ABSENT = 987


@pytest.fixture
def door(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A workspace with an incidents channel, in which a restricted incident has happened, in both modes of delivery."""
    with FrontDoor(database_url, tmp_path, mode=mode, page=INCIDENTS, rate_limits=False) as front:
        yield front


@pytest.fixture
def secret(door: FrontDoor) -> Incident:
    """SEC-001, which names Ana and Lea; every word that anybody wrote about it can be recognised."""
    return happen(door)


def happen(door: FrontDoor) -> Incident:
    """Let it happen: it has a channel, an analysis, an action, and a message that was lost, and is open again."""
    zone = door.services.settings.zone
    ana = Person(ANA, "Ana", Role.MANAGER, zone)
    now = clock.now()
    for number in range(76):  # so that its id is like no other number
        drill = Declaration("Fire", severity="sev4", kind=IncidentKind.DRILL)
        door.write(outgoing.declare, door.services, drill, ana, f"drill {number}", now)
    said = Declaration(
        f"{WORD} title",
        ("api-gateway",),
        severity="sev1",
        kind=IncidentKind.SECURITY,
        named=frozenset({LEA}),
    )
    made = door.write(outgoing.declare, door.services, said, ana, "secret", now)

    def carry_out(session: Any) -> Incident:
        for number, words in enumerate(("note", "update")):
            each = Work(session, made.id, ana, HOUSE, f"secret {number}", now)
            write = work.note if words == "note" else work.tell
            more = () if words == "note" else (door.services.severities,)
            write(each, f"{WORD} {words}", *more)
        doing = (Work(session, made.id, ana, HOUSE, f"act {number}", now) for number in count())
        severities = door.services.severities
        work.take_lead(next(doing), severities)
        ended = work.resolve(next(doing), severities, {})
        rca.appoint(session, door.services, ended, ana, ana)
        said = dict.fromkeys(FIELDS[Page.HAPPENED], f"{WORD} analysis")
        seen = fingerprint(dict.fromkeys(FIELDS[Page.HAPPENED]))
        written = (Page.HAPPENED, said, seen, ana, "secret page")
        assert rca.save(session, door.services, made.id, *written)
        return work.reopen(next(doing), now, severities)

    lived = door.write(carry_out)
    draft = ActionDraft(text=f"{WORD} action", owner=ANA)
    source = Source(f"incident:{made.id}", f"{made.label} {WORD}", None, frozenset({ANA, LEA}))
    door.write(add_action, draft, ana, ana, "secret action", source)
    door.tick("incident rooms")
    lived = door.services.database.read(find_incident, lived.id, HOUSE)
    assert lived.channel is not None
    for key, to in ((f"own:{lived.channel}:update:1", lived.channel), (f"rca:due:{LEA}", LEA)):
        door.write(lose, f"incident:{lived.id}:{key}", to, "not_in_channel", now)
    return lived


def values(incident_id: int, number: int) -> list[str]:
    """Return what a button, menu or form might carry to mean an incident."""
    return [
        str(incident_id),
        f"SEC-{number:03d}",
        f"incident:{incident_id}",
        f"{incident_id}:1",
        f"{incident_id}|1",
        json.dumps({"incident": incident_id, "id": incident_id}),
    ]


def commands(number: int) -> list[str]:
    """Return everything that somebody might type."""
    label = f"sec-{number}"
    words = [
        *("", "help", "list", "all", "open", "mine", "overdue", "history", "preview", "templates"),
        *(label, f"#{number}", str(number), f"{label} resolve", f"timeline {label}", f"export {label}"),
        *(f"rca {label}", f"show {label}", f"update {label}", "incident", "incident q4", "incident this month"),
        *(f"incident {label}", "list restricted", "late", WORD[:5], f"{WORD[:5]} title"),
        *("mttr", "mttd", "uptime", "recurrence", "why mttr", "trend uptime", "teams mttr"),
    ]  # fmt: skip
    examples = [typed for each in HELPS.values() for typed, _ in each.examples]
    typed = [f"{name} {word}".strip() for name in ROUTES.commands for word in words]
    return [*typed, *(example for example in examples if example.startswith("/"))]


def interaction(person: str, **more: Any) -> dict[str, Any]:
    """Return a payload that Slack would send for a person."""
    return {
        "team": {"id": CAST.team.id},
        "user": {"id": person, "team_id": CAST.team.id},
        "trigger_id": "1.2.abc",
        **more,
    }


def elements(name: str, value: str) -> list[dict[str, Any]]:
    """Return a press of every kind of element with an action id."""
    option = {"text": {"type": "plain_text", "text": "x"}, "value": value}
    return [
        {"type": "button", "action_id": name, "block_id": "b", "value": value, "action_ts": "1.1"},
        {"type": "button", "action_id": f"{name}:{value}"[:255], "block_id": "b", "value": value, "action_ts": "1.1"},
        {"type": "overflow", "action_id": name, "block_id": "b", "selected_option": option, "action_ts": "1.1"},
        {"type": "users_select", "action_id": name, "block_id": value, "selected_user": BO, "action_ts": "1.1"},
    ]  # fmt: skip


def presses(person: str, value: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return every press, submitted form and menu question that somebody could forge."""
    message = {"type": "message", "channel_id": DESK, "message_ts": "1.1"}
    for name in ROUTES.names(Kind.ACTION):
        for element in elements(name, value):
            yield "interactive", interaction(
                person, type="block_actions", container=message, channel={"id": DESK}, actions=[element]
            )  # fmt: skip
    for name in ROUTES.names(Kind.VIEW):
        view = {
            "id": "V1", "hash": "1", "type": "modal", "callback_id": name, "private_metadata": value,
            "state": {"values": {}}, "blocks": [], "title": {"type": "plain_text", "text": "x"},
        }  # fmt: skip
        yield "interactive", interaction(person, type="view_submission", view=view)
    for name in ROUTES.names(Kind.OPTIONS):
        yield "interactive", interaction(
            person, type="block_suggestion", action_id=name, block_id=value, value=WORD[:3],
            container=message, channel={"id": DESK},
        )  # fmt: skip


# --- What those who may see it are shown ---


def shown_in(said: object) -> Iterator[dict[str, Any]]:
    """Return every element and form that is somewhere in what the bot said."""
    if isinstance(said, dict):
        if "action_id" in said or (said.get("type") == "modal" and said.get("callback_id")):
            yield said
        for part in said.values():
            yield from shown_in(part)
    elif isinstance(said, list):
        for part in said:
            yield from shown_in(part)


def pressed(element: dict[str, Any]) -> dict[str, Any]:
    """Return an element as it is when somebody has touched it."""
    found = {**element, "block_id": element.get("block_id", "b"), "action_ts": "1.1"}
    if element.get("options"):
        found["selected_option"] = element["options"][0]
        found["selected_options"] = element["options"][:1]
    match element.get("type"):
        case "users_select":
            found["selected_user"] = LEA
        case "multi_users_select":
            found["selected_users"] = [LEA]
        case "datetimepicker":
            found["selected_date_time"] = int(clock.now().timestamp()) - 60
        case "datepicker":
            found["selected_date"] = f"{clock.now().date()}"
        case "plain_text_input":
            found["value"] = element.get("initial_value") or "words"
    return found


def touch(person: str, thing: dict[str, Any], number: int) -> dict[str, Any]:
    """Return what Slack sends when somebody presses an element, or sends a form as it stands."""
    trigger = {
        "trigger_id": f"{number}.{person}.{thing.get('action_id', thing.get('callback_id'))}"
    }
    if thing.get("type") == "modal":
        inputs = [block for block in thing["blocks"] if block["type"] == "input"]
        filled = {block["block_id"]: {"x": pressed(block["element"])} for block in inputs}
        view = {**thing, "id": f"V{number}{person}", "hash": "1", "state": {"values": filled}}
        return interaction(person, type="view_submission", view=view, **trigger)
    message = {"type": "message", "channel_id": DESK, "message_ts": "1.1", "is_ephemeral": True}
    more = {"container": message, "channel": {"id": DESK}, "actions": [pressed(thing)]}
    return interaction(person, type="block_actions", **more, **trigger)


def kind_of(thing: dict[str, Any]) -> str:
    """Return what tells an element or form from the others, whatever it carries."""
    name = thing.get("action_id") or f"{thing.get('callback_id')} {thing.get('title')}"
    return re.sub(r"\d+", "N", str(name))


def everything_shown(door: FrontDoor, secret: Incident) -> dict[str, dict[str, Any]]:
    """Return one of every button, menu and form that leads on from what Ana is shown of it."""
    door.command(f"/incident {secret.label}", by=ANA)
    door.wait(door.slack.acts.open_home(ANA))
    found: dict[str, dict[str, Any]] = {}
    for number in range(300):
        entries = [entry.payload for entry in door.slack.traffic.entries]
        known = {kind_of(thing): thing for thing in shown_in(entries) if carries(thing, secret.id)}
        fresh = [kind for kind in known if kind not in found]
        if not fresh:
            return found
        found[fresh[0]] = known[fresh[0]]
        door.wait(door.slack.acts.deliver("interactive", touch(ANA, known[fresh[0]], number)))
    raise AssertionError("there is no end to it")


def carries(thing: dict[str, Any], incident_id: int) -> bool:
    """Return whether an element or form says which incident it is about."""
    said = json.dumps(
        [
            thing.get(part)
            for part in ("value", "private_metadata", "action_id", "block_id", "options")
        ]
    )
    return re.search(rf"(?<!\d){incident_id}(?!\d)", said) is not None


def about(thing: dict[str, Any], incident_id: int, other: int) -> dict[str, Any]:
    """Return the same element or form about another incident."""
    text = re.sub(rf"(?<![\d.]){incident_id}(?![\d.])", str(other), json.dumps(thing))
    found: dict[str, Any] = json.loads(text)
    return found


def forge(door: FrontDoor, person: str, value: str) -> list[str]:
    """Send all of it, and return what the bot answered: in its acknowledgements, and otherwise."""
    before, told = last(door), []
    for number, (kind, payload) in enumerate(presses(person, value)):
        answer = door.wait(
            door.slack.acts.deliver(kind, {**payload, "trigger_id": f"{number}.{value}.{person}"})
        )
        told.append(json.dumps(answer.body, ensure_ascii=False, sort_keys=True))
    return [*told, *sent(door, before)]


def sent(door: FrontDoor, after: int) -> list[str]:
    """Return everything that the bot has said since then, whichever way, but into the incident's own room."""
    return [
        f"{entry.name} {json.dumps(entry.payload, ensure_ascii=False)}"
        for entry in door.slack.traffic.after(after)
        if entry.direction == "from_app"
        and not entry.name.startswith("users.")  # asked, not said
        and not is_hidden(door, entry.payload)
    ]


def is_hidden(door: FrontDoor, payload: dict[str, Any]) -> bool:
    """Return whether something was said where the person who is not named cannot look."""
    asked = payload.get("request") or {}
    place = door.slack.workspace.conversations.get(str(asked.get("channel", "")))
    return place is not None and not door.slack.workspace.can_see(BO, place)


def last(door: FrontDoor) -> int:
    """Return the number of the last exchange."""
    return door.slack.traffic.entries[-1].number if door.slack.traffic.entries else 0


def test_nobody_else_learns_a_word_of_it(door: FrontDoor, secret: Incident) -> None:
    """By typing, pressing, submitting, choosing, opening Home, or waiting for what the bot says by itself."""
    for text in commands(secret.number):
        before = last(door)
        seen = door.command(text, by=BO)
        assert seen.outcome.error is None, (text, seen.outcome.error)
        assert leaks(sent(door, before)) == [], text
    for value in values(secret.id, secret.number):
        assert leaks(forge(door, BO, value)) == [], value
    before = last(door)
    door.wait(door.slack.acts.open_home(BO))
    door.tick()
    assert leaks(sent(door, before)) == []


def leaks(told: list[str]) -> list[str]:
    """Return what holds a word of it; nobody types a whole one."""
    return [each for each in told if WORD in each]


def test_a_manager_whom_nobody_lists_learns_no_more(
    mode: Mode, database_url: str, tmp_path: Path
) -> None:
    """Not from what was lost on its way there either, nor from what the bot says of itself."""
    page = re.sub(r"(?m)^managers: .*$", f"managers: [{ANA}, {BO}]", INCIDENTS)
    assert BO in page
    with FrontDoor(database_url, tmp_path, mode=mode, page=page, rate_limits=False) as door:
        secret = happen(door)
        seen = door.command("/playbook deliveries", by=BO)
        assert INCIDENT_LETTER in seen.plain()
        for typed in ("/playbook deliveries", *commands(secret.number)):
            before = last(door)
            door.command(typed, by=BO)
            told = sent(door, before)
            assert leaks(told) == [], typed
            assert [each for each in told if str(secret.channel) in each] == [], typed


def test_what_is_forbidden_reads_as_what_is_not_there(door: FrontDoor, secret: Incident) -> None:
    """Whatever is forged about it, the answer is the one about a number that was never used."""

    def answers(incident_id: int, number: int) -> list[str]:
        told = [said for value in values(incident_id, number) for said in forge(door, BO, value)]
        return [_without_numbers(said) for said in told]

    about_it, about_nothing = answers(secret.id, secret.number), answers(ABSENT, ABSENT)
    assert [pair for pair in zip(about_it, about_nothing, strict=True) if pair[0] != pair[1]] == []


def _without_numbers(said: str) -> str:
    """Return what was said without ids, times and numbers, which differ between any two."""
    return re.sub(r"reference [0-9a-f]{6}|[A-Z]0[A-Z0-9]+|/hooks/[^\"]*|\d+", "…", said)


def test_whatever_those_who_see_it_can_press_tells_others_nothing(
    door: FrontDoor, secret: Incident
) -> None:
    """Every button and form that Ana is shown, forged by Bo: refused as about an incident that was never there."""
    things = everything_shown(door, secret)
    assert len(things) > 10
    before = door.services.database.read(find_incident, secret.id, HOUSE)
    for number, (kind, thing) in enumerate(things.items()):
        told = []
        for other in (secret.id, ABSENT):
            start = last(door)
            payload = touch(BO, about(thing, secret.id, other), 1000 * other + number)
            answer = door.wait(door.slack.acts.deliver("interactive", payload))
            said = [json.dumps(answer.body, sort_keys=True), *sent(door, start)]
            assert leaks(said) == [], kind
            told.append([_without_numbers(each) for each in said])
        assert told[0] == told[1], kind
    assert door.services.database.read(find_incident, secret.id, HOUSE) == before
