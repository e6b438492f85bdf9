// One message as people see it: author, time, content, reactions, and the way into its thread.
import { act } from "./api.js";
import { folding, renderBlocks } from "./blocks.js";
import { h, spoken } from "./dom.js";
import { FormState } from "./forms.js";
import { icon } from "./icons.js";
import { emojiLeaf, isLocalPicture, link } from "./leaves.js";
import { renderMrkdwn, renderPlain } from "./mrkdwn.js";
import { picture } from "./picture.js";
import { appBadge, avatar, toast } from "./popover.js";
import { store } from "./state.js";
import { Surface } from "./surface.js";
import { dayTitle, fullDate, secondsOf, timeOf } from "./time.js";

/** @typedef {import("./state.js").Message} Message */

/** Messages that tell what happened rather than what somebody said. */
const SYSTEM = {
  channel_join: "joined the channel",
  channel_leave: "left the channel",
  channel_topic: "set the topic",
  channel_purpose: "set the purpose",
  channel_name: "renamed the channel",
  channel_archive: "archived the channel",
  channel_unarchive: "unarchived the channel",
  pinned_item: "pinned a message",
  group_join: "joined the channel",
};
const FOLD_AT = 3000;
const FOLD_LINES = 40;

/** What was ticked and picked in each message, by conversation and ts. @type {Map<string, FormState>} */
const forms = new Map();

/** Another person acts now: their choices are their own. */
export function forgetChoices() {
  forms.clear();
}

function surfaceOf(message) {
  const key = `${message.channel} ${message.ts}`;
  if (!forms.has(key)) forms.set(key, new FormState({}, message.channel));
  return new Surface("message", { channel: message.channel, ts: message.ts }, forms.get(key));
}

/**
 * @param {Message} message
 * @param {{thread: boolean, openThread: (message: Message) => void}} place
 */
export function renderMessage(message, place) {
  const author = store.authorOf(message);
  const system = message.subtype in SYSTEM;
  const seconds = secondsOf(message.ts);
  const kind = `${message.ephemeral ? " ephemeral" : ""}${system ? " system" : ""}`;
  const node = h(
    "div",
    {
      class: `message${kind}`,
      role: "article",
      tabindex: "-1",
      "aria-label": `${author.name}, ${timeOf(seconds, store.tz)}${message.ephemeral ? ", only visible to you" : ""}`,
      data: { ts: message.ts, channel: message.channel, author: author.key },
    },
    h(
      "div",
      { class: "gutter" },
      face(author),
      h(
        "time",
        { class: "gutter-time", title: fullDate(seconds, store.tz), "aria-hidden": "true" },
        timeOf(seconds, store.tz),
      ),
    ),
    h(
      "div",
      { class: "message-main" },
      message.ephemeral
        ? h("div", { class: "message-note" }, icon("eye"), "Only visible to you")
        : null,
      message.pinned ? h("div", { class: "message-note pinned" }, icon("pin"), "Pinned") : null,
      head(author, seconds),
      h("div", { class: "message-body" }, body(message, system, place)),
      reactions(message),
      place.thread ? null : threadLink(message, place),
    ),
  );
  return node;
}

function face(author) {
  if (!author.person) return avatar(author);
  return h(
    "button",
    {
      type: "button",
      class: "face",
      tabindex: "-1",
      "aria-label": `About ${author.name}`,
      data: { person: author.person.id },
    },
    avatar(author),
  );
}

function head(author, seconds) {
  return h(
    "div",
    { class: "message-head" },
    h(
      "span",
      { class: "author", data: author.person ? { person: author.person.id } : {} },
      h("bdi", null, author.name),
    ),
    author.isApp ? appBadge() : null,
    author.person?.foreign ? h("span", { class: "badge-quiet" }, "other workspace") : null,
    author.person?.is_guest ? h("span", { class: "badge-quiet" }, "guest") : null,
    h(
      "time",
      { datetime: new Date(seconds * 1000).toISOString(), title: fullDate(seconds, store.tz) },
      timeOf(seconds, store.tz),
    ),
  );
}

function edited(message) {
  if (!message.edited) return null;
  const at = secondsOf(message.edited.ts);
  return h(
    "span",
    { class: "edited", title: `Edited ${dayTitle(at, store.tz)}, ${timeOf(at, store.tz)}` },
    " (edited)",
  );
}

/** @returns {import("./dom.js").Child} */
function body(message, system, place) {
  const surface = surfaceOf(message);
  const draw = () => {
    const main = message.blocks?.length
      ? renderBlocks(message.blocks, surface)
      : message.text
        ? words(message, system)
        : null;
    return h(
      "div",
      null,
      main,
      message.blocks?.length ? edited(message) : null,
      (message.attachments ?? []).map((one) => attachment(one, surface)),
      (message.files ?? []).map(file),
    );
  };
  const drawn = surface.form.whileDrawing(draw);
  if (message.subtype === "thread_broadcast" && !place.thread)
    drawn.prepend(h("div", { class: "message-note" }, icon("thread"), "Replied to a thread"));
  return drawn;
}

function words(message, system) {
  const text = system && !message.text ? SYSTEM[message.subtype] : message.text;
  const node = h(
    "div",
    { class: `text${message.subtype === "tombstone" ? " dim" : ""}`, dir: "auto" },
    renderMrkdwn(text),
    edited(message),
  );
  return folding(node, text, false, FOLD_AT, FOLD_LINES);
}

/** A legacy attachment: a coloured bar beside text, fields or blocks. */
function attachment(one, surface) {
  const color = /^[0-9a-f]{6}$/i.test(one.color ?? "") ? `#${one.color}` : one.color;
  const named = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" }[color] ?? color;
  const title = one.title && (one.title_link ? link(one.title_link, one.title) : one.title);
  return h(
    "div",
    { class: "attachment-box" },
    one.pretext ? h("div", { class: "text", dir: "auto" }, renderMrkdwn(one.pretext)) : null,
    h(
      "div",
      { class: "attachment", style: named ? { "border-inline-start-color": named } : {} },
      one.author_name ? h("div", { class: "dim", dir: "auto" }, one.author_name) : null,
      title ? h("div", { class: "attachment-title", dir: "auto" }, title) : null,
      one.blocks?.length ? renderBlocks(one.blocks, surface) : null,
      !one.blocks?.length && (one.text || one.fallback)
        ? h("div", { class: "text", dir: "auto" }, renderMrkdwn(one.text || one.fallback))
        : null,
      one.fields?.length
        ? h(
            "div",
            { class: "fields" },
            one.fields.map((field) =>
              h(
                "div",
                { class: "field-cell", dir: "auto" },
                h("strong", null, field.title),
                h("div", null, renderMrkdwn(field.value ?? "")),
              ),
            ),
          )
        : null,
      one.image_url
        ? picture({ image_url: one.image_url, alt_text: one.fallback ?? one.title ?? "" }, "big")
        : null,
      one.footer ? h("div", { class: "dim", dir: "auto" }, renderPlain(one.footer)) : null,
    ),
  );
}

function file(one) {
  const url = `/page/file/${encodeURIComponent(one.id)}`;
  const name = one.title || one.name || one.id;
  const shown = /^image\//.test(one.mimetype ?? "") && isLocalPicture(url);
  return h(
    "div",
    { class: "file" },
    h(
      "a",
      {
        class: "file-name",
        href: url,
        target: "_blank",
        rel: "noopener",
        download: shown ? null : one.name,
      },
      icon("file"),
      h("span", { class: "clip", dir: "auto" }, name),
      h("span", { class: "dim" }, sizeWords(one.size)),
    ),
    shown
      ? h("img", { class: "picture big", src: url, alt: one.alt_txt || name, loading: "lazy" })
      : null,
  );
}

function sizeWords(bytes) {
  if (!bytes) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return h(
    "div",
    { class: "reactions", role: "group", "aria-label": "Reactions" },
    message.reactions.map((one) => {
      const mine = one.users.includes(store.me);
      const who = one.users.map((id) => store.nameOf(id)).join(", ");
      return h(
        "button",
        {
          type: "button",
          class: "reaction",
          "aria-pressed": String(mine),
          title: `${who} reacted with :${one.name}:`,
          data: { reaction: one.name },
          onclick: () => react(message, one.name, mine),
        },
        emojiLeaf(one.name),
        h("span", { class: "reaction-count" }, one.count ?? one.users.length),
      );
    }),
  );
}

/** @param {Message} message @param {string} name @param {boolean} [undo] */
export async function react(message, name, undo = false) {
  try {
    await act({ do: undo ? "unreact" : "react", channel: message.channel, ts: message.ts, name });
  } catch (failure) {
    toast(failure.message);
  }
}

function threadLink(message, place) {
  const count = message.reply_count ?? 0;
  if (!count) return null;
  const faces = (message.reply_users ?? [])
    .slice(0, 4)
    .map((user) => avatar(store.authorOf({ user, bot_id: "" }), "tiny"));
  const last = secondsOf(message.latest_reply ?? message.ts);
  return h(
    "button",
    { type: "button", class: "thread-link", onclick: () => place.openThread(message) },
    h("span", { class: "thread-faces" }, faces),
    h("span", { class: "thread-count" }, `${count} ${count === 1 ? "reply" : "replies"}`),
    message.latest_reply
      ? h("span", { class: "dim" }, `${spokenDay(last)} ${timeOf(last, store.tz)}`)
      : null,
    spoken(", open the thread"),
  );
}

const spokenDay = (seconds) =>
  `Last reply ${dayTitle(seconds, store.tz)
    .toLowerCase()
    .replace(/^\w+day, /, "")},`;
