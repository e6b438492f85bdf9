// The markdown block: headings, lists, tasks, tables, fenced code, quotes and rules as DOM nodes.
import { fragment, h } from "./dom.js";
import { emojiLeaf, link } from "./leaves.js";
import { emojiFor } from "./emoji.js";
import { unescape } from "./mrkdwn.js";

const FENCE = /^\s{0,3}(```+|~~~+)\s*([\w+#.-]*)/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const QUOTE = /^\s{0,3}(?:>|&gt;) ?/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** @param {string} text @returns {DocumentFragment} */
export function renderMarkdown(text) {
  return blocksOf(text.replace(/\r\n?/g, "\n").split("\n"));
}

/** @param {string[]} lines */
function blocksOf(lines) {
  const out = fragment();
  let at = 0;
  while (at < lines.length) {
    const [node, next] = blockAt(lines, at);
    if (node) out.append(node);
    at = next;
  }
  return out;
}

/** @returns {[Node|null, number]} the block that starts at a line, and the line after it */
function blockAt(lines, at) {
  const line = lines[at];
  if (!line.trim()) return [null, at + 1];
  const fence = FENCE.exec(line);
  if (fence) return fenced(lines, at, fence);
  const heading = HEADING.exec(line);
  if (heading) {
    const node = h("p", {
      class: "md-heading",
      role: "heading",
      "aria-level": heading[1].length + 1,
    });
    inline(node, heading[2]);
    return [node, at + 1];
  }
  if (RULE.test(line)) return [h("hr", null), at + 1];
  if (QUOTE.test(line)) return quote(lines, at);
  if (line.includes("|") && TABLE_RULE.test(lines[at + 1] ?? "")) return table(lines, at);
  if (ITEM.test(line)) return list(lines, at);
  return paragraph(lines, at);
}

/** @returns {[Node, number]} */
function fenced(lines, at, fence) {
  let end = at + 1;
  while (end < lines.length && !lines[end].trim().startsWith(fence[1])) end += 1;
  const code = unescape(lines.slice(at + 1, end).join("\n"));
  const node = h(
    "figure",
    { class: "md-code" },
    fence[2] ? h("figcaption", null, fence[2]) : null,
    h("pre", { tabindex: "0" }, h("code", null, code)),
  );
  return [node, end + 1];
}

/** @returns {[Node, number]} */
function quote(lines, at) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inside = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return [h("blockquote", null, blocksOf(inside)), end];
}

function cellsOf(line) {
  const bare = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  return bare.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** @returns {[Node, number]} */
function table(lines, at) {
  const head = cellsOf(lines[at]);
  const align = cellsOf(lines[at + 1]).map((rule) => {
    if (/^:-+:$/.test(rule)) return "center";
    return rule.endsWith(":") ? "right" : "left";
  });
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|") && lines[end].trim()) end += 1;
  const row = (tag, cells) =>
    h(
      "tr",
      null,
      head.map((_, column) => {
        const cell = h(tag, {
          scope: tag === "th" ? "col" : null,
          style: { "text-align": align[column] ?? "left" },
        });
        inline(cell, cells[column] ?? "");
        return cell;
      }),
    );
  const node = h(
    "div",
    { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "Table" },
    h(
      "table",
      { class: "grid-table" },
      h("thead", null, row("th", head)),
      h(
        "tbody",
        null,
        lines.slice(at + 2, end).map((line) => row("td", cellsOf(line))),
      ),
    ),
  );
  return [node, end];
}

/**
 * A list with its nested lists; an indented line without a marker continues the item.
 * @returns {[Node, number]}
 */
function list(lines, at) {
  const [, margin, marker] = /** @type {RegExpExecArray} */ (ITEM.exec(lines[at]));
  const depth = margin.length;
  const ordered = /\d/.test(marker);
  const node = h(ordered ? "ol" : "ul", { start: ordered ? Number.parseInt(marker, 10) : null });
  let end = at;
  while (end < lines.length) {
    const item = ITEM.exec(lines[end]);
    if (!item || item[1].length !== depth || /\d/.test(item[2]) !== ordered) break;
    const inside = [item[3]];
    end += 1;
    while (end < lines.length && belongs(lines, end, depth)) {
      inside.push(lines[end].slice(Math.min(depth + 2, lines[end].search(/\S|$/))));
      end += 1;
    }
    node.append(listItem(inside));
    while (end < lines.length && !lines[end].trim() && ITEM.test(lines[end + 1] ?? "")) end += 1;
  }
  return [node, end];
}

function belongs(lines, at, depth) {
  const line = lines[at];
  if (!line.trim()) return false;
  return line.search(/\S/) > depth;
}

function listItem(lines) {
  const task = /^\[([ xX])\]\s+(.*)$/.exec(lines[0]);
  const item = h("li", { class: task ? "md-task" : null, dir: "auto" });
  if (task) {
    const done = task[1] !== " ";
    item.append(
      h("input", {
        type: "checkbox",
        checked: done,
        disabled: true,
        "aria-label": done ? "Done" : "Not done",
      }),
    );
  }
  inline(item, task ? task[2] : lines[0]);
  if (lines.length > 1) item.append(blocksOf(lines.slice(1)));
  return item;
}

/** @returns {[Node, number]} */
function paragraph(lines, at) {
  const node = h("p", { dir: "auto" });
  let end = at;
  while (end < lines.length && lines[end].trim() && (end === at || !startsBlock(lines, end))) {
    if (end > at) node.append(h("br", null));
    inline(node, lines[end].trim());
    end += 1;
  }
  return [node, end];
}

function startsBlock(lines, at) {
  const line = lines[at];
  return (
    FENCE.test(line) || HEADING.test(line) || QUOTE.test(line) || ITEM.test(line) || RULE.test(line)
  );
}

const INLINE = new RegExp(
  [
    /(?<code>`+)(?<codeText>[^`]+?)\k<code>/,
    /!\[(?<alt>[^\]\n]*)\]\((?<src>[^)\s]+)[^)\n]*\)/,
    /\[(?<label>[^\]\n]+)\]\((?<href>[^)\s]+)[^)\n]*\)/,
    /<(?<auto>https?:\/\/[^>\s]+)>/,
    /(?<both>\*\*\*)(?=\S)(?<bothText>.+?)(?<=\S)\*\*\*/,
    /(?<bold>\*\*|__)(?=\S)(?<boldText>.+?)(?<=\S)\k<bold>/,
    /(?<em>\*|(?<![\p{L}\p{N}])_)(?=\S)(?<emText>[^*_\n]+?)(?<=\S)\k<em>/u,
    /~~(?=\S)(?<strike>.+?)(?<=\S)~~/,
    /:(?<emoji>[a-z0-9_+'-]+):/,
    /(?<bare>https?:\/\/[^\s<>)\]]+)/,
    /\\(?<escaped>[\\`*_{}[\]()#+\-.!~|>])/,
  ]
    .map((part) => part.source)
    .join("|"),
  "gu",
);

/** @param {Node} out @param {string} text */
function inline(out, text) {
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    const node = inlineNode(match.groups ?? {});
    if (!node) continue;
    const at = match.index ?? 0;
    if (at > from) out.appendChild(document.createTextNode(unescape(text.slice(from, at))));
    out.appendChild(node);
    from = at + match[0].length;
  }
  if (from < text.length) out.appendChild(document.createTextNode(unescape(text.slice(from))));
}

/** @param {Record<string, string|undefined>} found @returns {Node|null} */
function inlineNode(found) {
  if (found.codeText !== undefined) return h("code", null, unescape(found.codeText.trim()));
  if (found.src !== undefined) return link(unescape(found.src), found.alt || found.src);
  if (found.href !== undefined) return wrap(link(unescape(found.href)), found.label ?? "");
  if (found.auto !== undefined) return link(unescape(found.auto), found.auto);
  if (found.bothText !== undefined) return h("strong", null, wrap(h("em", null), found.bothText));
  if (found.boldText !== undefined) return wrap(h("strong", null), found.boldText);
  if (found.emText !== undefined) return wrap(h("em", null), found.emText);
  if (found.strike !== undefined) return wrap(h("s", null), found.strike);
  if (found.emoji !== undefined) return emojiFor(found.emoji) ? emojiLeaf(found.emoji) : null;
  if (found.bare !== undefined) return link(unescape(found.bare), unescape(found.bare));
  return document.createTextNode(found.escaped ?? "");
}

function wrap(node, text) {
  inline(node, text);
  return node;
}
