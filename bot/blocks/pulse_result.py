"""What came of a pulse: the result for managers, a shorter one for those who were asked, and both as files."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from bot.blocks import kit, markdown
from bot.blocks.figures import show_moment, signed
from bot.blocks.kit import Block, Message
from bot.domain.csv_cell import csv_text
from bot.domain.grouping import EVERYBODY
from bot.domain.layout import COMMENT_PEOPLE, COMMENTS
from bot.domain.pulse import Wave
from bot.domain.pulse_answer import ENPS
from bot.domain.pulse_close import Result, Trend
from bot.domain.release import OVERALL, Figure, Hidden, Participation
from bot.domain.score import widest_margin
from bot.vocabulary import Scale, Withheld

CSV, MARKDOWN = "pulse.csv", "pulse.markdown"
_COMMENTS_SHOWN = 20
_UTC = ZoneInfo("UTC")
_LEFT: kit.Align = "left"
_RIGHT: kit.Align = "right"
_NOT_TOLD = "–"
_UNCOMPARED = {
    Withheld.GROUP_CHANGED: "group changed, no comparison",
    Withheld.ASKED_OTHERS: "no comparison, for the last one asked other teams, or grouped them otherwise",
    Withheld.WORD: "no comparison, for a word stands for the number",
}
_BESIDE = "beside the others it would single out a few people"
_EXPLAINED = "Share of answers 4 and 5. A word in the place of a number: nearly all in that group answered alike, and a number would tell how each of them did."
_SPAN_EXPLAINED = "A span, such as 63 to 64 %: the figure lies somewhere in it, ends included. Told exactly, it would give away what a word, or a figure that is not shown, keeps to itself."


def result_message(wave: Wave, result: Result) -> Message:
    """Return the result for managers: satisfaction and eNPS with the response rate beside them, groups, and comments."""
    blocks = [
        kit.header(f"{wave.terms.name}: result"),
        kit.section("\n".join(_headlines(wave, result))),
        *_group_table(wave, result),
        *_statements(result),
        *_comment_blocks(result),
        kit.context("\n".join(_notes(wave, result))),
        kit.actions([_file("CSV", CSV, wave), _file("Markdown", MARKDOWN, wave)]),
    ]
    return Message(_text(wave, result), blocks)


def short_message(wave: Wave, result: Result) -> Message:
    """Return what those who were asked are told: everybody's figures, and thanks."""
    lines = [
        "\n".join(_headlines(wave, result)),
        "Thank you for answering." if wave.answered else "",
    ]
    blocks = [
        kit.section(f"*{kit.literal(wave.terms.name)}* has closed. This is what came of it:"),
        kit.section("\n".join(filter(None, lines))),
        *_statements(result),
        *([kit.context(" ".join(notes))] if (notes := list(_short_notes(result))) else []),
        kit.context(f"Your answer stays without your name. No group of fewer than {wave.terms.least} is shown to anybody."),
    ]  # fmt: skip
    return Message(_text(wave, result), blocks)


def _short_notes(result: Result) -> Iterator[str]:
    """Yield what explains everybody's figures, where a word or a span stands among them."""
    own = [one for one in result.release.figures if one.group == EVERYBODY]
    if any(one.is_word for one in own):
        yield _EXPLAINED
    if _has_spans(own, result):
        yield _SPAN_EXPLAINED


def _has_spans(figures: Sequence[Figure], result: Result) -> bool:
    """Return whether a span is told, of a figure or of how everybody's moved."""
    moved = (one.change for one in result.trends if one.group == EVERYBODY)
    return any(not one.is_word and one.percent[0] != one.percent[1] for one in figures) or any(
        change is not None and change.low != change.high for change in moved
    )


def result_csv(wave: Wave, result: Result) -> str:
    """Return all that was published, a row a figure, for a spreadsheet.

    `value` is the figure as people are told it; `low` and `high` are its ends as numbers, in percent or points, and empty
    where a word is told.
    """
    head = ("group", "question", "invited", "answered", "answers", "low", "high", "value", "hidden")
    entries: tuple[Figure | Hidden, ...] = (*result.release.figures, *result.release.hidden)
    rows = [_csv_row(wave, result, entry) for entry in entries]
    return csv_text([head, *sorted(rows, key=lambda row: row[:2])])


def result_markdown(wave: Wave, result: Result) -> str:
    """Return the result as a document."""
    said = [f"# {markdown.escaped(wave.terms.name)}", "", f"{_dates(wave)}.", ""]
    said += [f"- {line.replace('*', '')}" for line in _headlines(wave, result)]
    columns, rows = _columns(result), _rows(wave, result)
    said += ["", "## Groups", "", *markdown.table(columns, rows)]
    said += [
        "",
        "## Statements",
        "",
        *(f"- S{place}: {markdown.escaped(text)}" for place, text in _numbered(result)),
    ]
    for group, comments in result.comments.items():
        said += ["", f"## Comments of {markdown.escaped(_name(result, group))}", ""]
        said += [f"- {markdown.paragraph(text)}" for text in comments]
    return "\n".join([*said, "", *_notes(wave, result), ""])


def shown(figure: Figure | Hidden | None) -> str:
    """Return a figure as it is told: a number or a span, a word where nearly all may have answered alike, or a dash."""
    if not isinstance(figure, Figure):
        return _NOT_TOLD
    if figure.is_word:
        return figure.band or _NOT_TOLD
    return _span(*figure.percent, figure.scale)


def _span(low: int, high: int, scale: Scale) -> str:
    ends = [signed(end) if scale is Scale.ENPS else str(end) for end in dict.fromkeys((low, high))]
    return " to ".join(ends) + ("" if scale is Scale.ENPS else " %")


def _headlines(wave: Wave, result: Result) -> Iterator[str]:
    overall = result.release.find(EVERYBODY, OVERALL)
    if overall is not None:
        yield (
            f"*{shown(overall)}* satisfied{_trend(wave, result, OVERALL)}"
            if isinstance(overall, Figure)
            else f"No satisfaction is shown: {why_hidden(overall.why, wave.terms.least)}"
        )
    score = result.release.find(EVERYBODY, ENPS)
    if isinstance(score, Figure):
        yield f"*{shown(score)}*{_margin(result, score)} eNPS{_trend(wave, result, ENPS)}"
    elif score is not None:
        yield f"No eNPS is shown: {why_hidden(score.why, wave.terms.least)}"
    everybody = _everybody(result)
    yield f"{everybody.answered:,} of {everybody.invited:,} answered ({everybody.percent} %)"


def _margin(result: Result, score: Figure) -> str:
    """Return the margin of everybody's eNPS; of a word or a span there is none."""
    low, high = score.percent
    if score.is_word or low != high:
        return ""
    return f" ± {widest_margin(low, score.answers, _everybody(result).invited):.0f}"


def _everybody(result: Result) -> Participation:
    return next(one for one in result.release.participation if one.group == EVERYBODY)


def _trend(wave: Wave, result: Result, question: str) -> str:
    found = next(
        (one for one in result.trends if (one.group, one.question) == (EVERYBODY, question)), None
    )
    last = "the last one" if wave.is_planned else "the last one of the same teams"
    return f" · {_trend_words(found, last)}" if found else ""


def _trend_words(trend: Trend, last: str) -> str:
    if trend.change is None:
        return _UNCOMPARED.get(trend.why or Withheld.NO_FIGURE, f"no comparison with {last}")
    low, high = trend.change.low, trend.change.high
    than = f"{last}, which asked other statements" if trend.asked_others else last
    if low != high:
        return f"between {signed(low)} and {signed(high)} against {than}"
    return f"as {than}" if not low else f"{signed(low)} against {than}"


def _group_table(wave: Wave, result: Result) -> Iterator[Block]:
    if len(result.release.participation) > 1:
        columns = _columns(result)
        yield kit.table(
            [columns, *_rows(wave, result)], align=[_LEFT, *[_RIGHT] * (len(columns) - 1)]
        )


def _columns(result: Result) -> tuple[str, ...]:
    statements = [f"S{place}" for place, _ in _numbered(result)]
    overall = ["Satisfied"] if statements else []
    score = ["eNPS"] if result.release.find(EVERYBODY, ENPS) is not None else []
    return ("Group", "Answered", *overall, *score, *statements)


def _rows(wave: Wave, result: Result) -> list[tuple[str, ...]]:
    return [
        (
            _name(result, each.group),
            _participation(each, wave.terms.least),
            *(shown(result.release.find(each.group, question)) for question in _asked(result)),
        )
        for each in result.release.participation
    ]


def _participation(part: Participation, least: int) -> str:
    """Return how many of a group answered; of fewer than are shown, no more than that."""
    if part.answered < least and part.group != EVERYBODY:
        return f"under {least} of {part.invited}"
    return f"{part.answered} of {part.invited} ({part.percent} %)"


def _asked(result: Result) -> list[str]:
    """Return the questions in the order of the columns."""
    overall = [OVERALL] if result.questions else []
    score = [ENPS] if result.release.find(EVERYBODY, ENPS) is not None else []
    return [*overall, *score, *result.questions]


def _statements(result: Result) -> Iterator[Block]:
    lines = [
        f"S{place}  {kit.escape(text)} · *{shown(result.release.find(EVERYBODY, slug))}*"
        for place, (slug, text) in enumerate(result.questions.items(), 1)
    ]
    if lines:
        yield kit.section("\n".join(lines))


def _comment_blocks(result: Result) -> Iterator[Block]:
    comments = result.comments.get(EVERYBODY, ())
    if comments:
        yield kit.section(f"*{len(comments)} comments*, shuffled")
        for text in comments[:_COMMENTS_SHOWN]:
            yield kit.rich_text(text, style="quote")
        if len(comments) > _COMMENTS_SHOWN:
            yield kit.context(f"… and {len(comments) - _COMMENTS_SHOWN} more, in the files")


def _notes(wave: Wave, result: Result) -> Iterator[str]:
    yield _EXPLAINED
    if _has_spans(result.release.figures, result):
        yield _SPAN_EXPLAINED
    for why, names in _by_reason(wave, result).items():
        yield f"{_NOT_TOLD} or missing: {kit.escape(', '.join(names))}, {why}."
    silent = {one.group for one in result.release.comments_hidden}
    least = max(wave.terms.least, COMMENT_PEOPLE)
    rule = f"comments come from at least {least} people and {COMMENTS} comments, and never so that the rest would be fewer"
    if wave.terms.asks_comment and EVERYBODY in silent:
        yield f"No comments are shown, and those there were are destroyed: {rule}."
    elif wave.terms.asks_comment and silent:
        whose = ", ".join(_name(result, one.group) for one in result.release.comments_hidden)
        yield f"No comments by themselves of {kit.escape(whose)}: {rule}."


def _by_reason(wave: Wave, result: Result) -> dict[str, list[str]]:
    """Return why something is not told, with the groups it is so for."""
    reasons: dict[str, list[str]] = {}
    for name, found in result.left_out.items():
        why = why_left_out(found, wave.terms.least)
        reasons.setdefault(why, []).append(name)
    places = {slug: f"S{place}" for place, slug in enumerate(result.questions, 1)}
    asked = len(places) + (result.release.find(EVERYBODY, ENPS) is not None)
    untold: dict[tuple[str, Withheld], list[str]] = {}
    for hidden in result.release.hidden:
        if hidden.question != OVERALL:
            place = places.get(hidden.question, "eNPS")
            untold.setdefault((hidden.group, hidden.why), []).append(place)
    for (group, why), which in untold.items():
        part = "" if len(which) == asked else f" ({', '.join(which)})"
        reasons.setdefault(why_hidden(why, wave.terms.least), []).append(
            _name(result, group) + part
        )
    return reasons


def why_hidden(why: Withheld, least: int) -> str:
    """Return why a figure is not told."""
    match why:
        case Withheld.TOO_FEW:
            return f"fewer than {least} answered"
        case Withheld.SUBTRACTION:
            return _BESIDE
        case Withheld.WORD:
            return "nearly all answered alike, so that a word is told and no number"
        case _:
            return "one of its statements is not told"


def why_left_out(why: Withheld, least: int) -> str:
    """Return why nothing of a group could be told from the start."""
    return f"fewer than {least} people asked" if why is Withheld.TOO_FEW else _BESIDE


def _csv_row(wave: Wave, result: Result, entry: Figure | Hidden) -> tuple[str | int, ...]:
    part = next(one for one in result.release.participation if one.group == entry.group)
    question = {OVERALL: "all statements", ENPS: "eNPS"}.get(entry.question) or result.questions[
        entry.question
    ]
    start = (_name(result, entry.group), question, str(part.invited))
    is_few = entry.group != EVERYBODY and part.answered < result.release.k
    answered = f"under {result.release.k}" if is_few else str(part.answered)
    if isinstance(entry, Hidden):
        return (*start, answered, "", "", "", "", why_hidden(entry.why, wave.terms.least))
    low, high = ("", "") if entry.is_word else entry.percent
    return (*start, answered, entry.answers, low, high, shown(entry), "")


def _name(result: Result, group: str) -> str:
    return "Everybody" if group == EVERYBODY else result.names[group]


def _numbered(result: Result) -> list[tuple[int, str]]:
    return list(enumerate(result.questions.values(), 1))


def _file(text: str, action: str, wave: Wave) -> Block:
    return kit.button(text, f"{action}:{wave.id}", value=str(wave.id))


def _text(wave: Wave, result: Result) -> str:
    said: Sequence[str] = [line.replace("*", "") for line in _headlines(wave, result)]
    return f"{kit.escape(wave.terms.name)}: {', '.join(said)}."


def _dates(wave: Wave) -> str:
    return f"Pulse {wave.number}, open {show_moment(wave.opens_at, _UTC)} to {show_moment(wave.closes_at, _UTC)}"
