// The smallest pieces of a message (mentions, links, dates, emoji), shared by every kind of text.
import { fragment, h } from "./dom.js";
import { emojiFor } from "./emoji.js";
import { store } from "./state.js";
import { fillDateTokens, fullDate } from "./time.js";

const SAFE_LINK = /^(https?:|mailto:|tel:|slack:)/i;
/** Where inline pictures may come from: nothing is loaded from outside this machine. */
const LOCAL_PICTURE = /^(data:image\/|blob:|https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\/)/i;

/** @param {string} url */
export function isLocalPicture(url) {
  return LOCAL_PICTURE.test(url) || (url.startsWith("/") && !url.startsWith("//"));
}

/** A link, or plain words when its address is not one a browser should follow. */
export function link(url, ...children) {
  if (!SAFE_LINK.test(url)) return h("span", { class: "dead-link", title: url }, ...children);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** @param {string} id @param {string} [label] */
export function userMention(id, label) {
  const known = store.people.has(id) || id === store.app?.user;
  const name = known ? store.nameOf(id) : label || id;
  const mine = id === store.me ? " mention-me" : "";
  return h(
    "button",
    { type: "button", class: `mention${mine}`, data: { person: id } },
    h("bdi", null, `@${name}`),
  );
}

/** @param {string} id @param {string} [label] */
export function channelMention(id, label) {
  const found = store.conversations.get(id);
  if (!found)
    return h("span", { class: "mention" }, h("bdi", null, `#${label || "private channel"}`));
  return h(
    "a",
    { class: "mention", href: `#/${store.me}/${id}`, data: { channel: id } },
    h("bdi", null, store.titleOf(found)),
  );
}

/** @param {string} id @param {string} [label] */
export function groupMention(id, label) {
  const handle = store.usergroups.get(id)?.handle ?? label?.replace(/^@/, "") ?? id;
  return h("span", { class: "mention", title: store.usergroups.get(id)?.name }, `@${handle}`);
}

/** @param {string} range here, channel or everyone */
export function broadcast(range) {
  return h("span", { class: "mention mention-me" }, `@${range}`);
}

/** @param {number} seconds @param {string} pattern @param {string} [url] @param {string} [fallback] */
export function dateLeaf(seconds, pattern, url, fallback) {
  if (!Number.isFinite(seconds)) return fragment(fallback);
  const words = fillDateTokens(seconds, pattern, store.tz);
  const time = h(
    "time",
    { datetime: new Date(seconds * 1000).toISOString(), title: fullDate(seconds, store.tz) },
    words || fallback,
  );
  return url ? link(url, time) : time;
}

/** @param {string} name an emoji's shortcode without colons */
export function emojiLeaf(name) {
  const found = emojiFor(name);
  if (!found) return document.createTextNode(`:${name}:`);
  const words = name.replace(/[_-]+/g, " ").trim() || name;
  return h("span", { class: "emoji", role: "img", "aria-label": words, title: `:${name}:` }, found);
}

/** @param {string} color as a person wrote it, "#36a64f" */
export function colorLeaf(color) {
  const swatch = /^#[0-9a-f]{3,8}$/i.test(color)
    ? h("span", { class: "swatch", style: { background: color } })
    : null;
  return h("span", { class: "color-leaf" }, color, swatch);
}
