"""What the courier has learned of Slack: how fast it may go, whether it must wait, and whether it may do anything.

It lives in the memory of the one courier; the next one learns anew.
"""

import logging
from collections.abc import Callable

from bot.slack.pace import Pace, Spacing, steady
from bot.slack.verdict import DELETE, EDIT, POST, Course, Verdict

log = logging.getLogger(__name__)

# Fifty a minute are allowed of either, and of deletions, which go with the edits (slack-platform: 8.2).
_EDITS_PER_SECOND, _EDITS_AT_ONCE = 0.8, 10
_LOOKS_PER_SECOND, _LOOKS_AT_ONCE = 0.7, 20
_USUAL_PAUSE = 5.0  # when Slack says "too fast" and not for how long
_STOPPED_SECONDS = 60.0
_BEARABLE, _LONGEST_PAUSE = 2, 60.0  # waves of failures without a success between them


class Patience:
    """How many posts, edits and looks may go now.

    `stopped_by` is Slack's word for why it takes nothing until the operator has mended it, "" while all is well.
    """

    def __init__(
        self,
        posts_per_second: float,
        spacing_seconds: float,
        clock: Callable[[], float] = steady,
    ) -> None:
        now = clock()
        self._clock = clock
        self.stopped_by = ""
        self.posts = Pace(posts_per_second, posts_per_second, now)
        self.edits = Pace(_EDITS_PER_SECOND, _EDITS_AT_ONCE, now)
        self.looks = Pace(_LOOKS_PER_SECOND, _LOOKS_AT_ONCE, now)
        self.spacing = Spacing(spacing_seconds)
        self._spacing_seconds = spacing_seconds
        self._waves, self._last_wave_at = 0, now

    @property
    def is_tried(self) -> bool:
        """Return whether things are so bad that one call at a time should find out whether they are better."""
        return bool(self.stopped_by) or self._waves > _BEARABLE

    def begin(self) -> None:
        """Begin as if the courier before had used up everything a moment ago."""
        now = self._clock()
        if self._spacing_seconds > 0:
            self.posts.start_empty(now)
            self.posts.pause(now, self._spacing_seconds)

    def note_answer(self, method: str) -> None:
        """Remember that Slack did as it was asked, or said why it never will."""
        self._waves = 0
        if self.stopped_by and method in (POST, EDIT, DELETE):
            log.info("Slack takes messages again")
            self.stopped_by = ""

    def learn(self, verdict: Verdict, method: str, asked_at: float) -> None:
        """Slow down, wait or stop after a call that was begun at an instant and failed."""
        if verdict.course is Course.STOP:
            self._stop(verdict.reason)
        elif verdict.is_too_fast:
            self._slow_down(method, verdict.wait or _USUAL_PAUSE, asked_at)
        elif verdict.course in (Course.LATER, Course.LOOK):
            self._note_failure(asked_at, verdict.wait)
        else:
            self.note_answer(method)

    def _stop(self, reason: str) -> None:
        if not self.stopped_by:
            log.error("Slack takes nothing from the bot (%s): the operator has to mend it", reason)
        self.stopped_by = reason
        self._pause(_STOPPED_SECONDS)

    def _slow_down(self, method: str, seconds: float, asked_at: float) -> None:
        pace = {POST: self.posts, EDIT: self.edits, DELETE: self.edits}.get(method, self.looks)
        now = self._clock()
        if pace.slow_down(now, seconds, asked_at):
            rates = (pace.full_rate, pace.rate(now))
            log.info("%s: wait %.0f s, then %.2f → %.2f a second", method, seconds, *rates)

    def _note_failure(self, asked_at: float, wait: float) -> None:
        """Count a wave of failures, once however many calls it met, and wait ever longer from the third on."""
        if asked_at < self._last_wave_at:
            return
        self._waves, self._last_wave_at = self._waves + 1, self._clock()
        unbearable = self._waves - _BEARABLE - 1
        if unbearable >= 0:
            wait = max(wait, min(2.0 ** min(unbearable, 10), _LONGEST_PAUSE))
        self._pause(wait)

    def _pause(self, seconds: float) -> None:
        now = self._clock()
        self.posts.pause(now, seconds)
        self.edits.pause(now, seconds)
