// rich_text: sections, lists, quotes and preformatted text, with every leaf Slack knows.
import { append, fragment, h } from "./dom.js";
import {
  broadcast,
  channelMention,
  colorLeaf,
  dateLeaf,
  emojiLeaf,
  groupMention,
  link,
  userMention,
} from "./leaves.js";
import { store } from "./state.js";

/** @typedef {Record<string, any>} Json */

const BULLETS = ["disc", "circle", "square"];
const NUMBERS = ["decimal", "lower-alpha", "lower-roman"];

/** @param {Json} block a rich_text block, or a cell shaped like one */
export function renderRichText(block) {
  return h("div", { class: "rich-text" }, (block.elements ?? []).map(renderPart));
}

/** @param {Json} part */
function renderPart(part) {
  switch (part.type) {
    case "rich_text_section":
      return h("div", { class: "rich-section", dir: "auto" }, leaves(part));
    case "rich_text_list":
      return renderList(part);
    case "rich_text_quote":
      return h("blockquote", { class: border(part), dir: "auto" }, leaves(part));
    case "rich_text_preformatted":
      return h("pre", { class: border(part), tabindex: "0" }, leaves(part));
    default:
      return renderLeaf(part);
  }
}

const border = (part) => (part.border ? "rich-border" : "");

function renderList(part) {
  const ordered = part.style === "ordered";
  const indent = Math.min(Math.max(part.indent ?? 0, 0), 8);
  const kinds = ordered ? NUMBERS : BULLETS;
  return h(
    ordered ? "ol" : "ul",
    {
      class: `rich-list ${border(part)}`,
      start: ordered && part.offset ? part.offset + 1 : null,
      style: { "--indent": indent, "list-style-type": kinds[indent % 3] },
    },
    (part.elements ?? []).map((item) => h("li", { dir: "auto" }, leaves(item))),
  );
}

/** The leaves of a section; a line break in a text leaf is a line break. */
function leaves(part) {
  return (part.elements ?? []).map(renderLeaf);
}

/** @param {Json} leaf @returns {Node} */
function renderLeaf(leaf) {
  const node = bareLeaf(leaf);
  return leaf.style ? styled(node, leaf.style) : node;
}

/** @param {Json} leaf @returns {Node} */
function bareLeaf(leaf) {
  switch (leaf.type) {
    case "text":
      return document.createTextNode(leaf.text ?? "");
    case "link":
      return link(leaf.url ?? "", leaf.text || leaf.url);
    case "user":
      return userMention(leaf.user_id);
    case "usergroup":
      return groupMention(leaf.usergroup_id);
    case "channel":
      return channelMention(leaf.channel_id);
    case "team":
      return h("span", { class: "mention" }, teamName(leaf.team_id));
    case "broadcast":
      return broadcast(leaf.range);
    case "emoji":
      return emojiLeaf(leaf.skin_tone ? `${leaf.name}::skin-tone-${leaf.skin_tone}` : leaf.name);
    case "color":
      return colorLeaf(leaf.value ?? "");
    case "date":
      return dateLeaf(Number(leaf.timestamp), leaf.format ?? "{date}", leaf.url, leaf.fallback);
    default:
      return fragment(leaf.text ?? leaf.fallback ?? `[${leaf.type}]`);
  }
}

const teamName = (id) => `@${id === store.workspace.id ? store.workspace.name : id}`;

const STYLE_TAGS = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

function styled(node, style) {
  let wrapped = node;
  for (const [name, tag] of Object.entries(STYLE_TAGS)) {
    if (style[name]) wrapped = append(h(tag, null), [wrapped]);
  }
  if (style.highlight || style.client_highlight) wrapped = append(h("mark", null), [wrapped]);
  return wrapped;
}

/** The words alone, for sorting a table by such a cell. @param {Json} cell */
export function richTextWords(cell) {
  return renderRichText(cell).textContent ?? "";
}
