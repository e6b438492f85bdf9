"""The question whether an incident came back, and what was answered."""

from bot.blocks import kit
from bot.blocks.kit import Block, Message
from bot.blocks.rca_news import open_button
from bot.domain.incident import Incident
from bot.domain.rca_look import Question

GONE, CAME = "rca.gone", "rca.came"

_MOST = 60


def question_message(question: Question) -> Message:
    """Ask whether an incident came back: no, or as which one."""
    incident, days = question.rca.incident, question.look.days
    sentence = (
        f"{days} days ago the last action for {incident.label} “{kit.literal(incident.title)}” was done. "
        "Has it come back?"
    )
    blocks = [kit.section(sentence)]
    told = _repeats(question)
    if told:
        blocks.append(kit.section(told))
    blocks.append(kit.actions(_answers(question)))
    if not question.later:
        blocks.append(
            kit.context(
                "No later incident is known. If it came back, declare it with `/incident` first, or open the analysis."
            )
        )
    return Message(" ".join(part for part in (sentence, told) if part), blocks)


def answered_message(incident: Incident, returned_as: Incident | None) -> Message:
    """Return what is left of a question that was answered."""
    if returned_as is None:
        sentence = f"Thank you: {incident.label} has not come back."
    else:
        sentence = f"Thank you: {incident.label} came back as {returned_as.label}. It counts as a repeat now."
    return Message(sentence, [kit.section(sentence), kit.actions([open_button(incident)])])


def _answers(question: Question) -> list[Block]:
    place = f"{question.rca.incident.id}:{question.look.days}"
    known = {each.id for each in question.repeats}
    first = [*question.repeats, *(each for each in question.later if each.id not in known)]
    options = [
        kit.option(
            f"{each.label} {each.title}", str(each.id), description=f"{each.times.began:%d %b %Y}"
        )
        for each in first[:_MOST]
    ]
    no = kit.button("No, it has not", f"{GONE}:{place}", value=place, style="primary")
    if not options:
        return [no, open_button(question.rca.incident)]
    sure = kit.confirm(
        "It came back?", "Both then have the same cause, and the later one counts as a repeat."
    )
    menu = kit.static_select(f"{CAME}:{place}", options, placeholder="Yes, it was …", confirm=sure)
    return [no, menu, open_button(question.rca.incident)]


def _repeats(question: Question) -> str:
    lines = [
        f"{each.label} “{kit.literal(each.title)}” "
        f"{'has' if each.repeat_is_confirmed else 'may have'} the same cause."
        for each in question.repeats[:5]
    ]
    return " ".join(lines)
