"""A root cause analysis as a file and as a thread: everything in it, nothing that could be read as something else."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.rca import rca_markdown, thread_messages
from bot.domain.incident import Affected, Incident
from bot.domain.incident_times import Times
from bot.domain.rca import Look, Rca
from bot.vocabulary import CauseClass, IncidentKind, RcaState
from bot.workspace.validator import check_message
from tests.front_door import text

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
INCIDENT = Incident(
    1,
    IncidentKind.REAL,
    7,
    "API gateway down",
    "sev1",
    Times(
        NOON,
        NOON - timedelta(minutes=12),
        NOON,
        resolved=NOON + timedelta(minutes=83),
    ),
    "U0BO",
    (Affected("api-gateway", None, None),),
)
RCA = Rca(
    INCIDENT,
    RcaState.REVIEWED,
    "U0BO",
    date(2026, 11, 26),
    summary="It broke.\n# not a heading",
    factors=("Renewal was manual", "No alert"),
    cause_class=CauseClass.PROCESS,
    root_cause="The renewal was manual.",
    no_repeat=True,
    no_action="It is replaced.",
    reviewed_by="U0ANA",
    looks=(Look(30, date(2026, 12, 24), 1, NOON, NOON, "U0BO", came_back=False),),
)


def test_the_file_has_every_section() -> None:
    """With names where they are known."""
    assert rca_markdown(RCA, "SEV1", {"U0BO": "Bo Chen"}) == text("""
        # INC-007: API gateway down

        Root cause analysis. Reviewed.

        - Severity: SEV1
        - Affected: api-gateway
        - Owner: Bo Chen
        - Due: 2026-11-26
        - Reviewed by: U0ANA
        - Started: 2026-11-23 11:48 UTC
        - Detected: 2026-11-23 12:00 UTC
        - Declared: 2026-11-23 12:00 UTC
        - Taken: not known
        - Mitigated: not known
        - Resolved: 2026-11-23 13:23 UTC
        - Time to detect: 12 min
        - Time to resolve: 1 h 23 min

        ## Summary

        It broke.
        \\# not a heading

        ## Impact

        (nothing was written)

        ## Detection

        (nothing was written)

        ## Contributing factors

        - Renewal was manual
        - No alert

        ## Root cause

        The renewal was manual.

        ## Kind of cause

        Process

        ## Repeat

        It repeats nothing.

        ## What went well

        (nothing was written)

        ## What went badly

        (nothing was written)

        ## Where we were lucky

        (nothing was written)

        ## Action plan

        No action is needed: It is replaced.

        ## Did it work?

        - After 30 days (2026-12-24): it has not come back
    """) + "\n"  # fmt: skip


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=3_000)


@given(words, words, st.lists(st.text(min_size=1, max_size=200), max_size=40))
def test_whatever_was_written_slack_takes_its_thread(
    summary: str, lucky: str, factors: list[str]
) -> None:
    """Any words, however many."""
    written = replace(RCA, summary=summary, lucky=lucky, factors=tuple(factors))
    for message in thread_messages(written):
        assert check_message({"text": message.text, "blocks": message.blocks}) == []
