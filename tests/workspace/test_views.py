"""Modals and Home: triggers, stacks, what is filled in, what the app answers."""

from datetime import timedelta
from typing import Any

import pytest
from freezegun import freeze_time
from slack_sdk.web.async_client import AsyncWebClient
from workspace_stage import (
    ANA,
    BO,
    DESK,
    Connect,
    bolt,
    button,
    field,
    manifest,
    modal,
    real_client,
    refusal_of,
)

from bot.workspace.outcome import FORM_TROUBLE
from bot.workspace.server import PracticeSlack

Payload = dict[str, Any]
HOME = {"type": "home", "blocks": [button("refresh")]}


def trigger(slack: PracticeSlack, user: str = ANA, view: str = "") -> str:
    """Return a fresh trigger id."""
    return slack.parts.passes.mint_trigger(user, DESK, view)


@pytest.mark.asyncio
async def test_a_trigger_is_good_once_and_for_three_seconds(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """Spent, late and made-up triggers are told apart."""
    with freeze_time("2026-11-23 09:30:00", real_asyncio=True) as frozen:
        first, late = trigger(slack), trigger(slack)
        await client.views_open(trigger_id=first, view=modal())
        assert await refusal_of(client.views_open(trigger_id=first, view=modal())) == (
            "exchanged_trigger_id"
        )
        frozen.tick(timedelta(seconds=3.1))
        assert await refusal_of(client.views_open(trigger_id=late, view=modal())) == (
            "expired_trigger_id"
        )
    assert await refusal_of(client.views_open(trigger_id="1.2.abc", view=modal())) == (
        "invalid_trigger_id"
    )


@pytest.mark.asyncio
async def test_a_modal_comes_back_completed(slack: PracticeSlack, client: AsyncWebClient) -> None:
    """The view has ids, a hash and the full state, untouched fields included."""
    tick = {"type": "checkboxes", "action_id": "it", "options": [_option("a"), _option("b")]}
    start = {"type": "plain_text_input", "action_id": "it", "initial_value": "old"}
    view = modal(field("title"), field("note", start), field("ticks", tick, optional=True))
    opened = (await client.views_open(trigger_id=trigger(slack), view=view))["view"]
    assert opened["id"] == opened["root_view_id"]
    assert opened["previous_view_id"] is None
    assert opened["state"]["values"] == {
        "title": {"it": {"type": "plain_text_input", "value": None}},
        "note": {"it": {"type": "plain_text_input", "value": "old"}},
        "ticks": {"it": {"type": "checkboxes", "selected_options": []}},
    }


@pytest.mark.asyncio
async def test_a_select_may_start_where_the_person_stood(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """A form opened from a channel knows that channel; one opened from nowhere does not."""
    chooser = {
        "type": "conversations_select",
        "action_id": "it",
        "default_to_current_conversation": True,
    }
    view = modal(field("where", chooser))
    opened = await client.views_open(trigger_id=trigger(slack), view=view)
    elsewhere = slack.parts.passes.mint_trigger(BO)
    other = await client.views_open(trigger_id=elsewhere, view=view)
    values = [v["view"]["state"]["values"]["where"]["it"] for v in (opened, other)]
    assert [said["selected_conversation"] for said in values] == [DESK, None]


@pytest.mark.asyncio
async def test_the_stack_holds_three(slack: PracticeSlack, client: AsyncWebClient) -> None:
    """Pushing needs a trigger from inside the modal, and stops at three."""
    assert await refusal_of(client.views_push(trigger_id=trigger(slack), view=modal())) == (
        "not_found"
    )
    root = (await client.views_open(trigger_id=trigger(slack), view=modal()))["view"]["id"]
    for _ in range(2):
        await client.views_push(trigger_id=trigger(slack, view=root), view=modal())
    fourth = client.views_push(trigger_id=trigger(slack, view=root), view=modal())
    assert await refusal_of(fourth) == "push_limit_reached"
    stack = slack.parts.views.stack(ANA)
    assert [view["previous_view_id"] for view in stack] == [None, stack[0]["id"], stack[1]["id"]]


@pytest.mark.asyncio
async def test_hash_and_external_id_guard_updates(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """An old hash is refused; a view is found by the app's own name for it, which must be free."""
    opened = await client.views_open(trigger_id=trigger(slack), view=modal(external_id="mine"))
    old = opened["view"]["hash"]
    await client.views_update(external_id="mine", view=modal(external_id="mine"), hash=old)
    stale = client.views_update(external_id="mine", view=modal(), hash=old)
    assert await refusal_of(stale) == "hash_conflict"
    taken = client.views_open(trigger_id=trigger(slack, BO), view=modal(external_id="mine"))
    assert await refusal_of(taken) == "duplicate_external_id"
    assert await refusal_of(client.views_update(view_id="V0", view=modal())) == "not_found"


@pytest.mark.asyncio
async def test_what_was_typed_survives_an_update(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """Values stay where block and action keep their ids, and go where they do not."""
    view = modal(field("title"), field("note"))
    opened = (await client.views_open(trigger_id=trigger(slack), view=view))["view"]["id"]
    where = {"view_id": opened}
    await slack.acts.act(ANA, where, "title", "it", {"value": "kept"})
    await slack.acts.act(ANA, where, "note", "it", {"value": "lost"})
    changed = modal(field("title"), field("other"))
    updated = await client.views_update(view_id=opened, view=changed)
    values = updated["view"]["state"]["values"]
    assert values["title"]["it"]["value"] == "kept"
    assert values["other"]["it"]["value"] is None


@pytest.mark.asyncio
async def test_a_form_from_command_to_answer(slack: PracticeSlack, connect: Connect) -> None:
    """A command opens a form; a wrong answer comes back beside its field; a right one closes it."""
    app, sent = bolt(slack), []

    @app.command("/kpi")
    async def open_form(ack: Any, command: Payload, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=command["trigger_id"], view=modal())
        await ack()

    @app.view("form")
    async def submit(ack: Any, view: Payload) -> None:
        title = view["state"]["values"]["title"]["it"]["value"]
        sent.append(title)
        if title == "bad":
            await ack(response_action="errors", errors={"title": "Say it better."})
        else:
            await ack()

    await connect(app)
    opened = await slack.acts.command(ANA, DESK, "/kpi new")
    form = opened.views[-1]["id"]
    empty = await slack.acts.submit(ANA, form)
    bad = await slack.acts.submit(ANA, form, {"title": "bad"})
    good = await slack.acts.submit(ANA, form, {"title": "good"})

    assert empty.errors == {"title": "Please complete this required field."}
    assert (bad.ok, bad.errors) == (False, {"title": "Say it better."})
    assert [v["id"] for v in bad.views] == [form]
    assert (good.ok, good.views) == (True, [])
    assert sent == ["bad", "good"]  # the empty one never left the client


@pytest.mark.asyncio
async def test_what_a_form_may_be_answered_with(slack: PracticeSlack, connect: Connect) -> None:
    """Update, push and clear move the stack; anything else leaves the form open with Slack's words."""
    app = bolt(slack)
    answers: dict[str, Payload] = {
        "update": {"response_action": "update", "view": modal(field("more"))},
        "push": {"response_action": "push", "view": modal(field("title"))},
        "clear": {"response_action": "clear"},
        "section": {"response_action": "errors", "errors": {"nowhere": "x"}},
        "text": {"text": "thanks"},
        "invalid": {"response_action": "update", "view": {"type": "modal", "blocks": []}},
    }

    @app.view("form")
    async def submit(ack: Any, view: Payload) -> None:
        await ack(**answers[view["state"]["values"]["title"]["it"]["value"]])

    await connect(app)
    opened = await real_client(slack).views_open(trigger_id=trigger(slack), view=modal())
    form = opened["view"]["id"]
    for trouble in ("section", "text", "invalid"):
        assert (await slack.acts.submit(ANA, form, {"title": trouble})).error == FORM_TROUBLE
    pushed = await slack.acts.submit(ANA, form, {"title": "push"})
    second = pushed.views[-1]["id"]
    updated = await slack.acts.submit(ANA, second, {"title": "update"})
    await slack.acts.close(ANA, second)
    cleared = await slack.acts.submit(ANA, form, {"title": "clear"})

    assert len(pushed.views) == 2
    assert updated.views[-1]["blocks"][0]["block_id"] == "more"
    assert cleared.views == []


@pytest.mark.asyncio
async def test_a_form_nobody_answers_stays_open(slack: PracticeSlack) -> None:
    """Nobody is connected: the person reads Slack's words and keeps the form."""
    opened = await real_client(slack).views_open(trigger_id=trigger(slack), view=modal())
    outcome = await slack.acts.submit(ANA, opened["view"]["id"], {"title": "x"})
    assert outcome.error == FORM_TROUBLE
    assert len(outcome.views) == 1


@pytest.mark.asyncio
async def test_closing_is_told_when_asked(slack: PracticeSlack, connect: Connect) -> None:
    """Cancel tells of one view; the corner tells of the root, cleared, without what was typed."""
    app, closed = bolt(slack), []

    @app.view_closed("form")
    async def note(ack: Any, body: Payload) -> None:
        closed.append((body["view"]["id"], body["is_cleared"], body["view"]["state"]["values"]))
        await ack()

    await connect(app)
    client = real_client(slack)
    view = modal(notify_on_close=True)
    root = (await client.views_open(trigger_id=trigger(slack), view=view))["view"]["id"]
    pushed = await client.views_push(trigger_id=trigger(slack, view=root), view=view)
    top = pushed["view"]["id"]
    await slack.acts.close(ANA, top)
    await client.views_push(trigger_id=trigger(slack, view=root), view=modal())
    await slack.acts.close(ANA, slack.parts.views.stack(ANA)[-1]["id"], whole_stack=True)

    assert closed == [(top, False, {}), (root, True, {})]
    assert slack.parts.views.stack(ANA) == []


@pytest.mark.asyncio
async def test_home_is_published_when_opened(slack: PracticeSlack, connect: Connect) -> None:
    """Opening Home tells the app, which publishes; pressing there tells it again with the state."""
    app, pressed = bolt(slack), []

    @app.event("app_home_opened")
    async def opened(event: Payload, client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view=HOME)

    @app.action("refresh")
    async def refresh(ack: Any, body: Payload) -> None:
        pressed.append((body["container"]["type"], body["actions"][0]["value"]))
        await ack()

    await connect(app)
    outcome = await slack.acts.open_home(ANA)
    assert outcome.home is not None
    assert (await slack.acts.press(ANA, outcome.home, "refresh")).ok
    assert pressed == [("view", "1")]


@pytest.mark.asyncio
async def test_home_may_be_off(slack: PracticeSlack) -> None:
    """Without the tab nothing is published."""
    slack.install(manifest(app_home={"home_tab_enabled": False}))
    published = real_client(slack).views_publish(user_id=ANA, view=HOME)
    assert await refusal_of(published) == "not_enabled"


@pytest.mark.asyncio
async def test_wrong_views_are_refused(slack: PracticeSlack, client: AsyncWebClient) -> None:
    """A home view is no modal, a title has its limit, and a refusal spends no trigger."""
    kept = trigger(slack)
    wrong = modal(title={"type": "plain_text", "text": "x" * 25})
    assert await refusal_of(client.views_open(trigger_id=kept, view=HOME)) == "invalid_arguments"
    assert await refusal_of(client.views_open(trigger_id=kept, view=wrong)) == "invalid_arguments"
    large = modal(private_metadata="x" * 260_000)
    assert await refusal_of(client.views_open(trigger_id=kept, view=large)) == "view_too_large"
    await client.views_open(trigger_id=kept, view=modal())


@pytest.mark.asyncio
async def test_response_urls_of_a_form(slack: PracticeSlack, connect: Connect) -> None:
    """A form that asks for a conversation with response_url_enabled hands out an address for it."""
    app, urls = bolt(slack), []

    @app.view("form")
    async def submit(ack: Any, body: Payload) -> None:
        urls.extend(body["response_urls"])
        await ack()

    await connect(app)
    chooser = {
        "type": "conversations_select",
        "action_id": "it",
        "response_url_enabled": True,
    }
    view = modal(field("where", chooser))
    opened = await real_client(slack).views_open(trigger_id=trigger(slack), view=view)
    await slack.acts.submit(ANA, opened["view"]["id"], {"where": DESK})
    assert [(u["block_id"], u["channel_id"]) for u in urls] == [("where", DESK)]


def _option(value: str) -> Payload:
    return {"text": {"type": "plain_text", "text": value.upper()}, "value": value}
