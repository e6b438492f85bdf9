// Slack's mrkdwn as DOM nodes: every piece of text ends up in a text node, whatever it contains.
import { fragment, h } from "./dom.js";
import {
  broadcast,
  channelMention,
  dateLeaf,
  emojiLeaf,
  groupMention,
  link,
  userMention,
} from "./leaves.js";
import { emojiFor } from "./emoji.js";
import { store } from "./state.js";

/** @typedef {{verbatim?: boolean}} Options verbatim: leave bare addresses and #names alone */

const TAGS = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const EMOJI = /^:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/;
const BARE_LINK = /^https?:\/\/[^\s<>|"'`]+/i;
const CHANNEL_NAME = /^#([\p{Ll}\p{N}_-]{1,80})/u;

/** Undo Slack's three escapes. @param {string} text */
export function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/**
 * @param {string} text
 * @param {Options} [options]
 * @returns {DocumentFragment}
 */
export function renderMrkdwn(text, options = {}) {
  const out = document.createDocumentFragment();
  const parts = text.split("```");
  // An odd fence at the end opens nothing: put it back as it was typed.
  if (parts.length % 2 === 0) parts.push(`${parts.splice(-2, 1)[0]}\`\`\`${parts.pop()}`);
  parts.forEach((part, index) => {
    if (index % 2) out.append(part.trim() ? preformatted(part) : `\`\`\`${part}\`\`\``);
    else if (part) renderLines(out, trimAroundFence(part, index, parts.length), options);
  });
  return out;
}

/** A line break next to a preformatted block belongs to the block. */
function trimAroundFence(part, index, count) {
  let trimmed = part;
  if (index > 0) trimmed = trimmed.replace(/^\n/, "");
  if (index < count - 1) trimmed = trimmed.replace(/\n$/, "");
  return trimmed;
}

function preformatted(text) {
  return h("pre", { tabindex: "0" }, codeContent(text.replace(/^\n/, "").replace(/\n$/, "")));
}

/** Lines, with runs of quoted ones gathered; `>>>` quotes all that follows. */
function renderLines(out, text, options) {
  const lines = text.split("\n");
  /** @type {string[]} */ let quoted = [];
  let first = true;
  const closeQuote = () => {
    if (!quoted.length) return;
    const quote = h("blockquote", null);
    renderPlainLines(quote, quoted, options);
    out.append(quote);
    quoted = [];
    first = true;
  };
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    const rest = /^(?:>>>|&gt;&gt;&gt;) ?/.exec(line);
    const mark = /^(?:>|&gt;) ?/.exec(line);
    if (rest) {
      quoted.push(line.slice(rest[0].length), ...lines.slice(index + 1));
      break;
    } else if (mark) {
      quoted.push(line.slice(mark[0].length));
    } else {
      closeQuote();
      if (!first) out.append(h("br", null));
      first = false;
      renderInline(out, line, options);
    }
  }
  closeQuote();
}

function renderPlainLines(out, lines, options) {
  lines.forEach((line, index) => {
    if (index) out.append(h("br", null));
    renderInline(out, line, options);
  });
}

/** One line: tokens, emphasis, emoji, and everything else as text. */
function renderInline(out, text, options) {
  /** Delimiters known to have no closing partner further on, so that none is looked for twice. */
  const hopeless = new Set();
  let plain = "";
  const flush = () => {
    if (plain) out.append(unescape(plain));
    plain = "";
  };
  let at = 0;
  while (at < text.length) {
    const piece = readPiece(text, at, options, hopeless);
    if (piece) {
      flush();
      out.append(piece.node);
      at = piece.end;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
}

/** @returns {{node: Node, end: number}|null} what starts at this place, if anything does */
function readPiece(text, at, options, hopeless) {
  switch (text[at]) {
    case "<":
      return readToken(text, at);
    case "`":
      return readCode(text, at, hopeless);
    case "*":
    case "_":
    case "~":
      return readEmphasis(text, at, options, hopeless);
    case ":":
      return readEmoji(text, at);
    case "h":
    case "H":
      return options.verbatim ? null : readBareLink(text, at);
    case "#":
      return options.verbatim ? null : readChannelName(text, at);
    default:
      return null;
  }
}

function readToken(text, at) {
  const end = text.indexOf(">", at + 1);
  if (end < 0) return null;
  const node = token(text.slice(at + 1, end));
  return node && { node, end: end + 1 };
}

/** What stands between < and >. @param {string} inside @returns {Node|null} */
function token(inside) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : unescape(inside.slice(bar + 1));
  if (/^@[UWB]\w+$/.test(target)) return userMention(target.slice(1), label);
  if (/^#[CGD]\w+$/.test(target)) return channelMention(target.slice(1), label);
  if (/^!(here|channel|everyone)$/.test(target)) return broadcast(target.slice(1));
  if (target.startsWith("!subteam^")) return groupMention(target.slice(9), label);
  if (target.startsWith("!date^")) return dateToken(target, label);
  if (target.startsWith("!")) return document.createTextNode(label || `<${inside}>`);
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) {
    const url = unescape(target);
    return link(url, label ? inlineLabel(label) : url.replace(/^mailto:/, ""));
  }
  return null;
}

function inlineLabel(label) {
  return renderPlain(label);
}

function dateToken(target, fallback) {
  const [, seconds, pattern, url] = target.split("^");
  return dateLeaf(
    Number(seconds),
    unescape(pattern ?? ""),
    url ? unescape(url) : undefined,
    fallback,
  );
}

function readCode(text, at, hopeless) {
  if (hopeless.has("`")) return null;
  const end = text.indexOf("`", at + 1);
  if (end < 0) hopeless.add("`");
  if (end <= at + 1) return null;
  return { node: h("code", null, codeContent(text.slice(at + 1, end))), end: end + 1 };
}

/** Code keeps its tokens (a link stays a link) and nothing else. */
function codeContent(text) {
  const out = document.createDocumentFragment();
  for (const part of text.split(/(<[^<>\n]+>)/)) {
    const node = part.startsWith("<") && part.endsWith(">") ? token(part.slice(1, -1)) : null;
    if (node) out.append(node);
    else if (part) out.append(unescape(part));
  }
  return out;
}

function readEmphasis(text, at, options, hopeless) {
  const mark = text[at];
  if (hopeless.has(mark) || !opens(text, at)) return null;
  const end = closing(text, at + 1, mark);
  if (end < 0) {
    hopeless.add(mark);
    return null;
  }
  if (end === at + 1) return null;
  const node = h(TAGS[mark], null);
  renderInline(node, text.slice(at + 1, end), options);
  return { node, end: end + 1 };
}

function opens(text, at) {
  const before = text[at - 1];
  const after = text[at + 1];
  return (
    after !== undefined &&
    !/[\s\u200b]/.test(after) &&
    after !== text[at] &&
    !(before && WORD.test(before)) &&
    before !== text[at]
  );
}

/** Where the emphasis ends, stepping over tokens and code. */
function closing(text, from, mark) {
  for (let at = from; at < text.length; at += 1) {
    const here = text[at];
    if (here === "<" || here === "`") {
      const end = text.indexOf(here === "<" ? ">" : "`", at + 1);
      if (end > 0) at = end;
    } else if (here === mark) {
      const after = text[at + 1];
      const closes = !/\s/.test(text[at - 1]) && !(after && WORD.test(after)) && after !== mark;
      if (closes && at > from) return at;
    }
  }
  return -1;
}

function readEmoji(text, at) {
  const match = EMOJI.exec(text.slice(at, at + 64));
  if (!match || !emojiFor(match[1])) return null;
  return { node: emojiLeaf(match[1]), end: at + match[0].length };
}

function readBareLink(text, at) {
  if (at > 0 && WORD.test(text[at - 1])) return null;
  const match = BARE_LINK.exec(text.slice(at, at + 2000));
  if (!match) return null;
  const found = withoutTail(match[0].replace(/(?:&gt;|&lt;).*$/, ""));
  const url = unescape(found);
  return { node: link(url, url), end: at + found.length };
}

/** What ends a sentence does not end an address; a bracket does only when it was opened in it. */
function withoutTail(address) {
  const bare = address.replace(/[.,;:!?*_~\]]+$/, "");
  const unopened = bare.endsWith(")") && bare.split("(").length < bare.split(")").length;
  return unopened ? withoutTail(bare.slice(0, -1)) : bare;
}

function readChannelName(text, at) {
  if (at > 0 && /[\p{L}\p{N}&#/]/u.test(text[at - 1])) return null;
  const match = CHANNEL_NAME.exec(text.slice(at, at + 82));
  if (!match) return null;
  const found = [...store.conversations.values()].find(
    (one) => one.kind !== "dm" && one.name === match[1],
  );
  return found ? { node: channelMention(found.id), end: at + match[0].length } : null;
}

/**
 * plain_text: no markup at all, emoji shortcodes unless told otherwise.
 * @param {string} text
 */
export function renderPlain(text, { emoji = true } = {}) {
  const out = document.createDocumentFragment();
  for (const part of emoji ? text.split(/(:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:)/) : [text]) {
    const name =
      part.length > 2 && part.startsWith(":") && part.endsWith(":") ? part.slice(1, -1) : "";
    if (name && emojiFor(name)) out.append(emojiLeaf(name));
    else if (part) out.append(part);
  }
  return out;
}

/**
 * A text object of Block Kit, of either kind.
 * @param {{type: string, text: string, emoji?: boolean, verbatim?: boolean}|string|null|undefined} object
 */
export function renderText(object) {
  if (!object) return fragment();
  if (typeof object === "string") return renderPlain(object);
  if (object.type === "mrkdwn")
    return renderMrkdwn(object.text ?? "", { verbatim: object.verbatim });
  return renderPlain(object.text ?? "", { emoji: object.emoji !== false });
}

/** What a piece of mrkdwn says, without its markup. @param {string} text */
export function bareWords(text) {
  return renderMrkdwn(text ?? "").textContent ?? "";
}

/** A text object's words without any markup, for labels and titles. */
export function wordsOf(object) {
  if (!object) return "";
  return (renderText(object).textContent ?? "").trim();
}
