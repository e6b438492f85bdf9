"""Alertmanager pushes over HTTP: incidents are opened, fed and ended by alerts, each once, and people own what they take.

The payloads are those of Alertmanager's webhook, version 4, as its documentation has them.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import clock
from bot.domain import incident_work as work
from bot.domain import timeline
from bot.domain.alert import read_push
from bot.domain.incident import HOUSE, Incident, find_incidents
from bot.domain.incident_request import Verb
from bot.errors import Refused
from bot.outgoing.alert import PATH, Overtaken, take_push
from bot.outgoing.incident_desk import Asked, do
from bot.outgoing.incident_room import restrict
from bot.storage.colleague import ColleagueRow
from bot.storage.incident import AlertRow, for_shown
from bot.vocabulary import Entry, IncidentState, Noticed
from tests.helpdesk import MONDAY_0930
from tests.incident_stage import ANA, BO, LEA, Ward, ward
from tests.overlap import overlap

TOKEN = "a-long-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PROBE: dict[str, Any] = {
    "status": "firing",
    "labels": {
        "alertname": "ProbeFailure",
        "instance": "api-gateway-1:9115",
        "job": "http_checks",
        "monitor": "master",
        "severity": "critical",
    },
    "annotations": {
        "description": "The instance has been down for over 5m.",
        "summary": "Probe failure: api-gateway",
    },
    "startsAt": "2026-11-23T09:21:45.828391234Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus.example.org:9090/graph?g0.expr=probe_success+%3D%3D+0&g0.tab=1",
    "fingerprint": "1a30ba71cca2921f",
}
SLOW: dict[str, Any] = {
    **deepcopy(PROBE),
    "labels": {"alertname": "SlowQueries", "service": "database", "severity": "warning"},
    "annotations": {"summary": "Queries are slow"},
    "startsAt": "2026-11-23T10:25:00+01:00",
    "fingerprint": "fbab788ec4c1018b",
}
LABELS = "instance=api-gateway-1:9115, job=http_checks, monitor=master, severity=critical"
NAME = f"Probe failure: api-gateway ({LABELS})"
ENDED = "2026-11-23T09:40:10.5Z"


def push(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a push as Alertmanager makes it of alerts."""
    return {
        "receiver": "steward",
        "status": "firing" if any(one["status"] == "firing" for one in alerts) else "resolved",
        "alerts": list(alerts),
        "groupLabels": {"alertname": "ProbeFailure"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://prometheus.example.org:9093",
        "version": "4",
        "groupKey": '{}/{severity="critical"}:{alertname="ProbeFailure"}',
        "truncatedAlerts": 0,
        **more,
    }


def second(minutes: float) -> int:
    """Return what somebody picks who means so many minutes after the clock stopped."""
    return int((MONDAY_0930 + timedelta(minutes=minutes)).timestamp())


def over(alert: dict[str, Any], at: str = ENDED) -> dict[str, Any]:
    """Return an alert as it is told of when it has ended."""
    return {**alert, "status": "resolved", "endsAt": at}


@pytest.fixture(autouse=True)
def now() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True) as clock:
        yield clock


class Monitor:
    """Alertmanager, as the bot meets it, and the incidents that come of it."""

    def __init__(self, desk: Ward) -> None:
        self.desk = desk

    def push(self, body: object, headers: dict[str, str] = BEARER) -> tuple[int, str]:
        """Push something."""
        (answer,) = self.push_at_once([body], headers)
        return answer

    def push_at_once(
        self, bodies: Sequence[object], headers: dict[str, str] = BEARER
    ) -> list[tuple[int, str]]:
        """Push several at the same moment."""
        return self.desk.door.wait(self.send(bodies, headers))

    async def send(
        self, bodies: Sequence[object], headers: dict[str, str] = BEARER
    ) -> list[tuple[int, str]]:
        """Push several, and return the answers."""
        web = self.desk.door.house.web
        assert web is not None
        url = f"http://127.0.0.1:{web.port}{PATH}"

        async def one(session: ClientSession, body: object) -> tuple[int, str]:
            sent = body if isinstance(body, str) else json.dumps(body)
            async with session.post(url, data=sent, headers=headers) as answer:
                return answer.status, await answer.text()

        async with ClientSession() as session:
            return list(await asyncio.gather(*(one(session, body) for body in bodies)))

    def incidents(self) -> list[Incident]:
        """Return every incident, the first first."""
        found = self.desk.door.services.database.read(find_incidents, HOUSE)
        return sorted(found, key=lambda one: one.id)

    def incident(self) -> Incident:
        """Return the only one."""
        (found,) = self.incidents()
        return found

    def lines(self, incident: Incident) -> list[str]:
        """Return what the alerts have written into a timeline."""
        read = self.desk.door.services.database.read
        lines = read(timeline.timeline, incident, HOUSE)
        return [line.text for line in lines if line.kind is Entry.ALERT]

    def alerts(self) -> list[tuple[str, bool, int]]:
        """Return what is kept of alerts: of which, whether it fires, and how often it was told of."""

        def look(session: Session) -> list[tuple[str, bool, int]]:
            rows = session.scalars(for_shown(select(AlertRow).order_by(AlertRow.id)))
            return [(row.fingerprint, row.is_firing, row.times) for row in rows]

        return self.desk.door.services.database.read(look)


@pytest.fixture
def monitor(database_url: str, tmp_path: Path) -> Iterator[Monitor]:
    """A workspace where incidents happen, and a monitor."""
    environ = {"STEWARD_HOOK_TOKEN": TOKEN}
    with ward(database_url, tmp_path, mode="http", environ=environ) as desk:
        yield Monitor(desk)


class TestOpening:
    """An alert that fires opens an incident."""

    def test_with_all_that_the_alert_says(self, monitor):
        """Title, service, severity, who noticed, when it was detected, and that it had started by then."""
        assert monitor.push(push(PROBE)) == (200, "1 new, 0 known, 0 ended, 0 ignored.")
        incident = monitor.incident()
        assert incident.label == "INC-001"
        assert incident.title == "Probe failure: api-gateway"
        assert incident.services == ("api-gateway",)
        assert incident.severity == "sev1"
        assert incident.noticed is Noticed.MONITORING
        began = datetime(2026, 11, 23, 9, 21, 45, 828391, tzinfo=UTC)
        assert (incident.times.fired, incident.times.detected) == (began, began)
        assert (incident.times.impact_began, incident.times.to_detect) == (began, None)
        assert (incident.declared_by, incident.source) == ("alertmanager", "alertmanager")
        assert monitor.lines(incident) == [
            f"firing: {NAME}\nThe instance has been down for over 5m.\n" + PROBE["generatorURL"]
        ]

    def test_two_with_the_same_words_are_told_apart(self, monitor, now):
        """By their labels, also where each comes in pushes of its own, and by the same ones in every push."""
        labels = {**PROBE["labels"], "instance": "api-gateway-2:9115"}
        other = {**PROBE, "labels": labels, "fingerprint": "2b"}
        names = [NAME, NAME.replace("api-gateway-1", "api-gateway-2")]
        monitor.push(push(PROBE))
        monitor.push(push(PROBE, other))
        now.tick(timedelta(hours=4))
        monitor.push(push(over(PROBE), other))
        monitor.push(push(over(other)))
        lines = [line.partition("\n")[0] for line in monitor.lines(monitor.incident())]
        assert sorted(lines) == sorted(
            [
                *(f"firing: {name}" for name in names),
                f"still firing (2 times): {names[1]}",
                *(f"ended: {name}" for name in names),
            ]
        )

    def test_its_card_and_channel_are_as_any_others(self, monitor):
        """And nobody is called by a name that Slack does not know."""
        monitor.push(push(PROBE))
        monitor.desk.tick(3)
        said = monitor.desk.said()
        assert any("Probe failure: api-gateway" in words for words in said)
        everything = json.dumps(monitor.desk.door.seen(ANA.id))
        assert "<@alertmanager>" not in everything
        assert "invite:alertmanager" not in monitor.desk.steps(monitor.incident())

    def test_the_monitor_is_no_colleague(self, monitor):
        """Nobody is reminded in its name."""
        monitor.push(push(PROBE))
        counted = select(func.count()).select_from(ColleagueRow)
        assert (
            monitor.desk.door.services.database.read(lambda session: session.scalar(counted)) == 0
        )

    def test_an_annotation_may_say_since_when_customers_suffer(self, monitor):
        """Then the time to detect is known; one that cannot be, here after the alert, is left out."""
        told = {**PROBE, "annotations": {"started_at": "2026-11-23T10:11:00+01:00"}}
        later = {
            **SLOW,
            "annotations": {"started_at": "2026-11-23T11:11:00+01:00", "summary": "Later"},
        }
        monitor.push(push(told))
        monitor.push(push(later))
        first, second = monitor.incidents()
        assert first.times.started == datetime(2026, 11, 23, 9, 11, tzinfo=UTC)
        assert first.times.to_detect == timedelta(minutes=10, seconds=45, microseconds=828391)
        assert second.times.started is None

    def test_whoever_resolves_is_asked_for_the_true_start(self, monitor):
        """The card says how much is known; from then on the time to detect is known too."""
        monitor.push(push(PROBE))
        monitor.desk.tick(3)
        door, made = monitor.desk.door, monitor.incident()
        assert "Since at the latest" in json.dumps(door.seen(ANA.id))
        form = door.command("/incident resolve 1", by=ANA.id)
        assert "Empty: impact is counted from its alert" in json.dumps(form.view)
        times = {"resolved": second(0), "started": second(-20)}
        assert door.submit(form, **times, owner=BO.id).outcome.errors == {}
        found = monitor.desk.now(made).times
        assert found.started == MONDAY_0930 - timedelta(minutes=20)
        assert found.to_detect == timedelta(minutes=11, seconds=45, microseconds=828391)
        monitor.desk.tick(3)
        assert "Since at the latest" not in json.dumps(door.seen(ANA.id)[-1])

    def test_times_of_an_alert_are_corrected_like_any_others(self, monitor):
        """A customer had called before; the alert's own moment stands in nobody's way, and may be confirmed."""
        monitor.push(push(PROBE))
        door, made = monitor.desk.door, monitor.incident()
        form = door.command("/incident times 1", by=ANA.id)
        assert "impact is counted from the alert" in json.dumps(form.view)
        early = {"detected": second(-15), "why": "A customer called"}
        assert door.submit(form, **early).outcome.errors == {}
        found = monitor.desk.now(made).times
        assert found.detected == found.began == MONDAY_0930 - timedelta(minutes=15)
        form = door.command("/incident times 1", by=ANA.id)
        assert door.submit(form, started=second(-15), why="It fell then").outcome.errors == {}
        assert monitor.desk.now(made).times.to_detect == timedelta()

    def test_one_that_joins_may_have_begun_before(self, monitor):
        """Start and detection follow it, unless somebody has said them; the log says why."""
        monitor.push(push(PROBE))
        earlier = {**SLOW, "startsAt": "2026-11-23T09:05:00Z"}
        said = {"started_at": "2026-11-23T09:02:00Z", "summary": "Queries are slow"}
        monitor.push(push(PROBE, {**earlier, "annotations": said}))
        made = monitor.incident()
        five_past = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
        assert (made.times.fired, made.times.detected) == (five_past, five_past)
        assert (made.times.began, made.times.to_detect) == (
            five_past - timedelta(minutes=3),
            timedelta(minutes=3),
        )
        log = monitor.desk.door.services.database.read(timeline.corrections, made, HOUSE)
        assert {(one.part, one.why) for one in log} == {
            ("started", "says an alert that joined it"),
            ("detected", "says an alert that joined it"),
        }

    def test_what_somebody_has_said_stays_when_another_joins(self, monitor):
        """The alert is kept as a sign, and neither detection nor start is changed."""
        monitor.push(push(PROBE))
        door = monitor.desk.door
        form = door.command("/incident times 1", by=ANA.id)
        door.submit(form, started=second(-7), detected=second(-6), why="The log says so")
        said = {"started_at": "2026-11-23T09:02:00Z", "summary": "Queries are slow"}
        monitor.push(push(PROBE, {**SLOW, "startsAt": "2026-11-23T09:05:00Z", "annotations": said}))
        found = monitor.incident().times
        assert (found.started, found.detected) == (
            MONDAY_0930 - timedelta(minutes=7),
            MONDAY_0930 - timedelta(minutes=6),
        )
        assert found.fired == datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
        assert found.began == found.started

    def test_what_an_alert_says_of_before_2000_is_not_known(self, monitor):
        """Go's zero is the year 1, and other clocks begin in 1970: either is when the push came."""
        said = {"annotations": {"started_at": "1999-12-31T23:00:00Z"}}
        monitor.push(push({**PROBE, **said, "startsAt": "1999-12-31T23:00:00Z"}))
        (found,) = monitor.incidents()
        assert (found.times.started, found.times.detected) == (None, MONDAY_0930)

    @pytest.mark.parametrize(
        ("label", "severity"),
        [
            *(("critical", "sev1"), ("page", "sev1"), ("error", "sev2"), ("Warning", "sev3")),
            *(("info", "sev4"), ("sev2", "sev2"), ("", "sev3"), ("banana", "sev3")),
        ],
    )
    def test_severities_as_people_write_them(self, monitor, label, severity):
        """One of the settings' own names, or what rules usually say."""
        monitor.push(push({**PROBE, "labels": {**PROBE["labels"], "severity": label}}))
        assert monitor.incident().severity == severity

    def test_a_title_is_made_of_what_there_is(self, monitor):
        """The summary, else the alert's name; cut to what a title may be."""
        monitor.push(push({**PROBE, "annotations": {}}))
        long = {**SLOW, "annotations": {"summary": "x " * 200}}
        monitor.push(push(long))
        assert [one.title[:12] for one in monitor.incidents()] == ["ProbeFailure", "x x x x x x "]
        assert len(monitor.incidents()[1].title) <= 150

    def test_alerts_of_one_push_are_one_incident(self, monitor):
        """The worst severity, every service, the earliest time; the group's own words."""
        monitor.push(push(SLOW, PROBE, commonAnnotations={"summary": "All of it is slow"}))
        incident = monitor.incident()
        assert incident.title == "All of it is slow"
        assert incident.services == ("api-gateway", "database")
        assert incident.severity == "sev1"
        assert len(monitor.lines(incident)) == 2

    def test_another_alert_of_the_group_joins(self, monitor):
        """As long as the incident is open."""
        monitor.push(push(PROBE))
        assert monitor.push(push(PROBE, SLOW))[1] == "1 new, 1 known, 0 ended, 0 ignored."
        assert monitor.incident().services == ("api-gateway",)
        assert len(monitor.alerts()) == 2

    def test_a_clock_that_is_ahead(self, monitor):
        """Nothing begins in the future."""
        monitor.push(push({**PROBE, "startsAt": "2026-11-23T09:45:00Z"}))
        assert monitor.incident().times.detected == MONDAY_0930

    def test_an_old_alertmanager_without_fingerprints(self, monitor):
        """Then its labels tell an alert from others."""
        old = {key: value for key, value in PROBE.items() if key != "fingerprint"}
        monitor.push(push(old))
        monitor.push(push(old))
        assert len(monitor.incidents()) == 1


class TestAgain:
    """The same alert again makes no second incident."""

    def test_it_is_counted_and_in_the_timeline(self, monitor, now):
        """Alertmanager tells of what fires every few hours."""
        monitor.push(push(PROBE))
        now.tick(timedelta(hours=4))
        assert monitor.push(push(PROBE)) == (200, "0 new, 1 known, 0 ended, 0 ignored.")
        assert monitor.lines(monitor.incident())[1:] == [f"still firing (2 times): {NAME}"]
        assert monitor.alerts() == [(PROBE["fingerprint"], True, 2)]

    def test_the_same_push_once_more_says_nothing(self, monitor):
        """It tries again when it has heard no answer."""
        monitor.push(push(PROBE))
        monitor.push(push(PROBE))
        assert len(monitor.lines(monitor.incident())) == 1

    @pytest.mark.both_databases
    def test_pushes_at_the_same_moment_open_one(self, monitor):
        """Two Alertmanagers of a cluster may tell of the same."""
        both = push(PROBE, SLOW)
        turned = push(SLOW, PROBE)
        answers = monitor.push_at_once([both, turned, both, push(PROBE), push(SLOW), turned])
        assert {status for status, _ in answers} == {200}
        fired = [fingerprint for fingerprint, is_firing, _ in monitor.alerts() if is_firing]
        assert sorted(fired) == [PROBE["fingerprint"], SLOW["fingerprint"]]
        incidents = monitor.incidents()
        assert [one.number for one in incidents] == list(range(1, len(incidents) + 1))
        assert len(incidents) <= 2
        assert sum(len(monitor.lines(one)) for one in incidents) == 2

    def test_while_people_have_called_it_resolved(self, monitor, now):
        """They are told, in the channel too; no other incident is opened."""
        monitor.push(push(PROBE))
        monitor.desk.tick(2)
        severities = monitor.desk.door.services.severities
        monitor.desk.does(ANA, monitor.incident(), work.resolve, severities, {})
        now.tick(timedelta(hours=4))
        monitor.push(push(PROBE))
        monitor.desk.tick(2)
        assert len(monitor.incidents()) == 1
        assert any(
            "INC-001 is resolved, and “Probe failure: api-gateway” is still firing" in words
            for words in monitor.desk.said()
        )

    def test_one_that_ended_unheard_and_fires_anew(self, monitor, now):
        """Its end was lost, but it began after the incident was resolved: that is another one."""
        monitor.push(push(PROBE))
        severities = monitor.desk.door.services.severities
        monitor.desk.does(ANA, monitor.incident(), work.resolve, severities, {})
        now.tick(timedelta(days=1))
        monitor.push(push({**PROBE, "startsAt": "2026-11-24T09:20:00Z"}))
        assert [one.state for one in monitor.incidents()] == [
            IncidentState.RESOLVED,
            IncidentState.DETECTED,
        ]
        assert [is_firing for _, is_firing, _ in monitor.alerts()] == [False, True]

    def test_a_real_one_after_a_false_alarm(self, monitor, now):
        """That nothing was wrong a month ago, and that its end was lost, hides nothing now."""
        monitor.push(push(PROBE))
        monitor.desk.does(ANA, monitor.incident(), work.false_alarm)
        now.tick(timedelta(hours=4))
        assert monitor.push(push(PROBE))[1] == "0 new, 1 known, 0 ended, 0 ignored."
        now.tick(timedelta(days=30))
        later = {**PROBE, "startsAt": "2026-12-23T12:00:00Z"}
        assert monitor.push(push(later))[1] == "1 new, 0 known, 0 ended, 0 ignored."
        assert [one.is_open for one in monitor.incidents()] == [False, True]
        assert [is_firing for _, is_firing, _ in monitor.alerts()] == [False, True]

    def test_of_a_duplicate_it_belongs_to_the_original(self, monitor, now):
        """While that is open nothing new is opened, and others of the group join that; once it is over, it is another."""
        monitor.push(push(PROBE))
        original = monitor.desk.declare()
        monitor.desk.does(ANA, monitor.incidents()[0], work.mark_duplicate, original)
        now.tick(timedelta(hours=4))
        anew = {**PROBE, "startsAt": "2026-11-23T13:00:00Z"}
        assert monitor.push(push(anew, SLOW))[1] == "1 new, 1 known, 0 ended, 0 ignored."
        assert [line[:7] for line in monitor.lines(original)] == ["firing:"]
        severities = monitor.desk.door.services.severities
        monitor.desk.does(ANA, original, work.resolve, severities, {})
        now.tick(timedelta(days=30))
        later = {**PROBE, "startsAt": "2026-12-23T12:00:00Z"}
        assert monitor.push(push(later))[1] == "1 new, 0 known, 0 ended, 0 ignored."
        assert [one.is_open for one in monitor.incidents()] == [False, False, True]


def test_whoever_is_overtaken_begins_again(postgresql_url, tmp_path):
    """While one push has not ended yet, another opens nothing of its own for the same alert, and leaves no number out."""
    environ = {"STEWARD_HOOK_TOKEN": TOKEN}
    with ward(postgresql_url, tmp_path, mode="http", environ=environ) as desk:
        services = desk.door.services
        pushed = read_push(push(PROBE))
        take = partial(take_push, services=services, push=pushed)
        first, second = overlap(services.database, take, take)
        assert first.result().opened == 1
        assert isinstance(second.exception(), Overtaken)
        monitor = Monitor(desk)
        assert monitor.push(push(PROBE, SLOW))[1] == "1 new, 1 known, 0 ended, 0 ignored."
        assert monitor.incident().label == "INC-001"


def duplicate(desk: Ward, one: Incident, of: Incident, press: str) -> Callable[[Session], Incident]:
    """Return the press of "It is this one"."""
    asked = Asked(Verb.SAME, one.id, of.id)
    return partial(do, services=desk.door.services, asked=asked, by=ANA, trigger=press)


@pytest.mark.parametrize("comes_first", ["push", "press"])
def test_somebody_presses_it_is_this_one_meanwhile(postgresql_url, tmp_path, now, comes_first):
    """The push wants the duplicate and its original, and so does the press: one waits for the other, and neither is ended."""
    environ = {"STEWARD_HOOK_TOKEN": TOKEN}
    with ward(postgresql_url, tmp_path, mode="http", environ=environ) as desk:
        monitor = Monitor(desk)
        original = desk.declare()
        monitor.push(push(PROBE))
        copy = monitor.incidents()[-1]
        desk.door.write(duplicate(desk, copy, original, "one"))
        now.tick(timedelta(minutes=5))
        pushed = read_push(push(PROBE, SLOW))
        both = [
            partial(take_push, services=desk.door.services, push=pushed),
            duplicate(desk, copy, original, "another"),
        ]
        if comes_first == "press":
            both.reverse()
        ends = overlap(desk.door.services.database, *both, after=r"FROM incident .*FOR UPDATE")
        told, pressed = ends if comes_first == "push" else reversed(ends)
        assert str(told.result()) == "1 new, 1 known, 0 ended, 0 ignored."
        assert isinstance(pressed.exception(), Refused)
        assert [line[:7] for line in monitor.lines(original)] == ["firing:"]


def test_it_becomes_a_duplicate_before_the_push_has_locked_it(postgresql_url, tmp_path, now):
    """The push begins again, and what is new joins the original."""
    environ = {"STEWARD_HOOK_TOKEN": TOKEN}
    with ward(postgresql_url, tmp_path, mode="http", environ=environ) as desk:
        monitor = Monitor(desk)
        original = desk.declare()
        monitor.push(push(PROBE))
        copy = monitor.incidents()[-1]
        now.tick(timedelta(minutes=5))
        take = partial(take_push, services=desk.door.services, push=read_push(push(PROBE, SLOW)))
        first, second = overlap(
            desk.door.services.database, duplicate(desk, copy, original, "one"), take
        )
        assert first.result().duplicate_of == original.id
        assert isinstance(second.exception(), Overtaken)
        assert monitor.push(push(PROBE, SLOW))[1] == "1 new, 1 known, 0 ended, 0 ignored."
        assert [line[:7] for line in monitor.lines(original)] == ["firing:"]


@pytest.mark.both_databases
def test_pushes_and_presses_at_the_same_moment(monitor, now):
    """Whoever comes first, every push is taken, and whoever presses is told how it stands."""
    desk = monitor.desk
    original = desk.declare()
    monitor.push(push(PROBE))
    copy = monitor.incidents()[-1]
    services = desk.door.services

    async def press(number: int) -> bool:
        try:
            await services.write(duplicate(desk, copy, original, str(number)))
        except Refused:
            return False
        return True

    for minute in range(5):
        now.tick(timedelta(minutes=2))
        slow = {**SLOW, "fingerprint": f"slow{minute}"}
        pushing = [monitor.send([push(PROBE, slow)]), monitor.send([push(slow, PROBE)])]
        pressing = [press(2 * minute), press(2 * minute + 1)]
        done = desk.door.wait_all([*pushing, *pressing])
        assert [status for answers in done[:2] for status, _ in answers] == [200, 200]
        assert done[2:].count(True) == (minute == 0)
    assert [one.is_open for one in monitor.incidents()] == [True, False]


class TestEnding:
    """An incident that nobody leads ends with its alerts."""

    def test_it_is_resolved_when_its_alert_has_ended(self, monitor, now):
        """At the time that the alert says."""
        monitor.push(push(PROBE))
        now.tick(timedelta(minutes=15))
        assert monitor.push(push(over(PROBE)))[1] == "0 new, 0 known, 1 ended, 0 ignored."
        incident = monitor.incident()
        assert incident.state is IncidentState.RESOLVED
        assert incident.times.resolved == datetime(2026, 11, 23, 9, 40, 10, 500_000, tzinfo=UTC)
        assert monitor.alerts() == [(PROBE["fingerprint"], False, 1)]
        monitor.desk.tick(2)
        assert any("INC-001 resolved" in words for words in monitor.desk.said())

    def test_not_before_all_of_them_have(self, monitor, now):
        """One that fires keeps it open."""
        monitor.push(push(PROBE, SLOW))
        now.tick(timedelta(minutes=15))
        monitor.push(push(over(PROBE), SLOW))
        assert monitor.incident().is_open
        now.tick(timedelta(minutes=15))
        monitor.push(push(over(SLOW, "2026-11-23T09:50:00Z")))
        assert monitor.incident().times.resolved == datetime(2026, 11, 23, 9, 50, tzinfo=UTC)

    def test_one_that_somebody_leads_is_theirs_to_end(self, monitor, now):
        """They are told in its thread."""
        monitor.push(push(PROBE))
        severities = monitor.desk.door.services.severities
        monitor.desk.does(LEA, monitor.incident(), work.take_lead, severities)
        monitor.desk.tick(2)
        now.tick(timedelta(minutes=15))
        monitor.push(push(over(PROBE)))
        monitor.push(push(over(PROBE)))
        monitor.desk.tick(2)
        assert monitor.incident().is_open
        assert f"ended: {NAME}" in monitor.lines(monitor.incident())
        told = [
            words for words in monitor.desk.said() if "All alerts of INC-001 have ended" in words
        ]
        assert len(told) == 1
        assert told[0].startswith(f"<@{LEA.id}>")

    def test_what_people_said_of_later_times_stands(self, monitor, now):
        """It was mitigated after the alert ended: then it is resolved now."""
        monitor.push(push(PROBE))
        now.tick(timedelta(minutes=15))
        monitor.desk.does(BO, monitor.incident(), work.mitigate)
        monitor.push(push(over(PROBE)))
        assert monitor.incident().times.resolved == clock.now()

    def test_an_end_that_nobody_began_is_ignored(self, monitor):
        """The bot was away when it fired."""
        assert monitor.push(push(over(PROBE))) == (200, "0 new, 0 known, 0 ended, 1 ignored.")
        assert monitor.incidents() == []

    def test_a_firing_that_was_overtaken_by_its_end_is_ignored(self, monitor, now):
        """A second Alertmanager is late; a minute later the same would be news."""
        monitor.push(push(PROBE))
        now.tick(timedelta(minutes=15))
        monitor.push(push(over(PROBE)))
        now.tick(timedelta(seconds=30))
        assert monitor.push(push(PROBE))[1] == "0 new, 0 known, 0 ended, 1 ignored."
        now.tick(timedelta(minutes=5))
        assert monitor.push(push(PROBE))[1] == "1 new, 0 known, 0 ended, 0 ignored."

    def test_when_it_comes_back_it_may_be_a_repeat(self, monitor, now):
        """A new incident points to the last one; people confirm it."""
        monitor.push(push(PROBE))
        now.tick(timedelta(minutes=15))
        monitor.push(push(over(PROBE)))
        now.tick(timedelta(days=10))
        monitor.push(push({**PROBE, "startsAt": "2026-12-03T09:00:00Z"}))
        first, second = monitor.incidents()
        assert second.repeat_of == first.id
        assert not second.repeat_is_confirmed
        assert second.label == "INC-002"

    def test_long_after_it_is_none(self, monitor, now):
        """As `repeat_days` says."""
        monitor.push(push(PROBE))
        now.tick(timedelta(minutes=15))
        monitor.push(push(over(PROBE)))
        now.tick(timedelta(days=91))
        monitor.push(push({**PROBE, "startsAt": "2027-02-22T09:00:00Z"}))
        assert monitor.incidents()[1].repeat_of is None


def test_a_restricted_one_goes_on_in_private(monitor, now):
    """Its alerts feed it, nothing is said elsewhere, and what recurs does not point to it."""
    monitor.push(push(PROBE))
    monitor.desk.tick(2)
    incident = monitor.desk.act(ANA, monitor.incident(), restrict, frozenset())
    monitor.desk.tick(4)
    now.tick(timedelta(hours=4))
    status, said = monitor.push(push(PROBE))
    assert (status, said) == (200, "0 new, 1 known, 0 ended, 0 ignored.")
    monitor.push(push(over(PROBE, "2026-11-23T13:20:00Z")))
    monitor.desk.tick(2)
    assert monitor.desk.now(incident).state is IncidentState.RESOLVED
    assert monitor.desk.said(by=BO.id) == []
    now.tick(timedelta(hours=1))
    monitor.push(push({**PROBE, "startsAt": "2026-11-23T14:20:00Z"}))
    assert monitor.incidents()[1].repeat_of is None


def test_what_is_new_in_a_restricted_ones_group_opens_one_of_its_own(monitor):
    """Whoever is on call sees it, and the restricted one's readers are not told of more than is theirs."""
    monitor.push(push(PROBE))
    secret = monitor.desk.act(ANA, monitor.incident(), restrict, frozenset())
    assert monitor.push(push(PROBE, SLOW)) == (200, "1 new, 1 known, 0 ended, 0 ignored.")
    new = next(one for one in monitor.incidents() if one.id != secret.id)
    assert not new.is_restricted
    assert new.label != secret.label
    monitor.desk.tick(2)
    assert any(new.label in words for words in monitor.desk.said())


class TestRefusing:
    """What is not Alertmanager's changes nothing, and is told why."""

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ("{", "the body is not JSON"),
            ([], "I expect a JSON object"),
            ({}, "version"),
            (push(PROBE, version="1"), "version"),
            (push(), "alerts"),
            (push({**PROBE, "status": "perhaps"}), "alerts.0.status"),
            (push({**PROBE, "startsAt": "yesterday"}), "alerts.0.startsAt"),
            (push({**PROBE, "startsAt": "2026-11-23T09:21:45"}), "alerts.0.startsAt"),
            (push({**PROBE, "labels": ["critical"]}), "alerts.0.labels"),
            (push(PROBE, {**SLOW, "fingerprint": "x" * 201}), "alerts.1.fingerprint"),
            (push(PROBE, groupKey=None), "groupKey"),
        ],
    )
    def test_garbage(self, monitor, body, said):
        """400, with a sentence; nothing is written, not even what is right beside it."""
        status, sentence = monitor.push(body)
        assert status == 400
        assert said in sentence
        assert monitor.incidents() == []
        assert monitor.alerts() == []

    @pytest.mark.both_databases
    def test_what_no_database_keeps_is_left_out(self, monitor):
        """Refusing it would have it sent again for ever."""
        odd = {
            **PROBE,
            "labels": {**PROBE["labels"], "na\0me": "\ud83d"},
            "annotations": {
                "summary": " \0 ",
                "description": "half a\0 sign \ud83d\ude00 \ude00 here",
            },
            "fingerprint": "1a30\0ba71",
            "generatorURL": "http://prometheus\0.example.org",
        }
        assert monitor.push(push(odd))[0] == 200
        assert monitor.incident().title == "ProbeFailure"
        assert monitor.lines(monitor.incident()) == [
            f"firing: ProbeFailure ({LABELS})\nhalf a sign 😀 here\nhttp://prometheus.example.org"
        ]
        assert monitor.alerts() == [("1a30ba71", True, 1)]

    def test_without_the_token(self, monitor):
        """Nobody else opens incidents."""
        assert monitor.push(push(PROBE), {})[0] == 401
        assert monitor.incidents() == []

    def test_words_are_words(self, monitor):
        """What a label says calls nobody."""
        loud = {**PROBE, "annotations": {"summary": "<!channel> <@U0ANA> *down* & out"}}
        monitor.push(push(loud))
        monitor.desk.tick(3)
        marked = [*monitor.desk.said(), *monitor.desk.said(monitor.desk.room().id, BO.id)]
        for message in monitor.desk.door.seen(ANA.id):
            marked += re.findall(r'"type": "mrkdwn", "text": "([^"]*)"', json.dumps(message))
        assert any("out" in words for words in marked)
        assert not any("<!channel>" in words or "<@U0ANA>" in words for words in marked)
