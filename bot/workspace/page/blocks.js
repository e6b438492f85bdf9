// Block Kit's blocks as DOM nodes, each kind by its own small function.
import { renderChart } from "./chart.js";
import { h, uid } from "./dom.js";
import { renderElement } from "./elements.js";
import { icon } from "./icons.js";
import { link } from "./leaves.js";
import { renderMarkdown } from "./markdown.js";
import { renderText, wordsOf } from "./mrkdwn.js";
import { picture } from "./picture.js";
import { renderRichText } from "./richtext.js";
import { renderDataTable, renderTable } from "./tables.js";

/** @typedef {Record<string, any>} Json */
/** @typedef {import("./surface.js").Surface} Surface */

/** Text longer than this folds away behind "See more", unless the block says expand. */
const FOLD_AT = 700;
const FOLD_LINES = 14;

/** @type {Record<string, (block: Json, surface: Surface) => Node>} */
const MAKERS = {
  section,
  header,
  image,
  actions,
  context,
  input,
  container,
  card,
  carousel,
  alert,
  plan,
  divider: () => h("hr", { class: "block divider" }),
  rich_text: (block) => h("div", { class: "block text" }, renderRichText(block)),
  markdown: (block) => h("div", { class: "block text markdown" }, renderMarkdown(block.text ?? "")),
  table: (block) => h("div", { class: "block" }, renderTable(block)),
  data_table: (block) => h("div", { class: "block" }, renderDataTable(block)),
  data_visualization: (block) => h("div", { class: "block" }, renderChart(block)),
  context_actions: (block, surface) =>
    h(
      "div",
      { class: "block context-actions" },
      (block.elements ?? []).map((element) => renderElement({ block, element, surface })),
    ),
  task_card: (block) => h("div", { class: "block" }, taskCard(block)),
  video,
  file: (block) => h("div", { class: "block dim" }, `File ${block.external_id ?? ""}`),
};

/**
 * @param {Json[]} blocks
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
export function renderBlocks(blocks, surface) {
  return h(
    "div",
    { class: `blocks on-${surface.kind}` },
    blocks.map((block) => renderBlock(block, surface)),
  );
}

/** @param {Json} block @param {Surface} surface @returns {Node} */
function renderBlock(block, surface) {
  const make = MAKERS[block?.type];
  if (!make)
    return h(
      "div",
      { class: "block unknown" },
      `A block of type “${block?.type}” is not drawn here.`,
    );
  const node = make(block, surface);
  if (node instanceof HTMLElement && block.block_id) node.dataset.blockId = block.block_id;
  return node;
}

// ---- text

function section(block, surface) {
  const { text, fields, accessory } = block;
  const label = uid("section");
  return h(
    "div",
    {
      class: `block section${accessory ? ` with-${accessory.type === "image" ? "image" : "control"}` : ""}`,
    },
    h(
      "div",
      { class: "section-main", id: label },
      text
        ? folding(
            h("div", { class: "text", dir: "auto" }, renderText(text)),
            text.text,
            block.expand,
          )
        : null,
      fields
        ? h(
            "div",
            { class: "fields" },
            fields.map((field) =>
              h(
                "div",
                { class: "field-cell" },
                folding(h("div", { class: "text", dir: "auto" }, renderText(field)), field.text),
              ),
            ),
          )
        : null,
    ),
    accessory
      ? h("div", { class: "accessory" }, renderElement({ block, element: accessory, surface }))
      : null,
  );
}

/**
 * Fold long text away behind "See more".
 * @param {HTMLElement} node @param {string} text @param {boolean} [expanded]
 */
export function folding(node, text, expanded = false, limit = FOLD_AT, lines = FOLD_LINES) {
  if (expanded || ((text ?? "").length <= limit && (text ?? "").split("\n").length <= lines))
    return node;
  node.classList.add("folded");
  const more = h(
    "button",
    { type: "button", class: "link-button see-more", "aria-expanded": "false" },
    "See more",
  );
  more.addEventListener("click", () => {
    const open = node.classList.toggle("folded") === false;
    more.textContent = open ? "See less" : "See more";
    more.setAttribute("aria-expanded", String(open));
  });
  return h("div", { class: "folding" }, node, more);
}

function header(block) {
  const level = Math.min(Math.max(block.level ?? 1, 1), 4);
  return h(
    "div",
    {
      class: `block header level-${level}`,
      role: "heading",
      "aria-level": level + 1,
      dir: "auto",
    },
    renderText(block.text),
  );
}

function context(block) {
  return h(
    "div",
    { class: "block context" },
    (block.elements ?? []).map((element) =>
      element.type === "image"
        ? picture(element, "tiny")
        : folding(h("div", { class: "text", dir: "auto" }, renderText(element)), element.text),
    ),
  );
}

/** Alerts are drawn in colour and said in words. */
const ALERTS = {
  default: "Note",
  info: "Info",
  warning: "Warning",
  error: "Error",
  success: "Success",
};

function alert(block) {
  const level = ALERTS[block.level] ? block.level : "default";
  const shape = { warning: "warning", error: "warning", success: "check" }[level] ?? "info";
  return h(
    "div",
    { class: `block alert ${level}`, role: level === "error" ? "alert" : "note" },
    icon(shape),
    h(
      "div",
      { class: "text", dir: "auto" },
      h("strong", { class: "sr-only" }, `${ALERTS[level]}: `),
      renderText(block.text),
    ),
  );
}

// ---- pictures

function image(block) {
  const title = block.title ? h("figcaption", { dir: "auto" }, renderText(block.title)) : null;
  return h("figure", { class: "block image" }, title, picture(block, "big"));
}

function video(block) {
  return h(
    "div",
    { class: "block video" },
    icon("play"),
    link(block.video_url ?? "", wordsOf(block.title) || "Video"),
    block.description ? h("div", { class: "dim" }, renderText(block.description)) : null,
  );
}

// ---- controls

function actions(block, surface) {
  return h(
    "div",
    { class: "block actions" },
    (block.elements ?? []).map((element) => renderElement({ block, element, surface })),
  );
}

function input(block, surface) {
  const label = uid("label");
  const hint = block.hint ? uid("hint") : undefined;
  const error = uid("error");
  const control = renderElement({
    block,
    element: block.element,
    surface,
    label,
    hint: hint ? `${error} ${hint}` : error,
  });
  const target = control.matches("input, textarea")
    ? control
    : control.querySelector("input, textarea, button");
  const single =
    target &&
    /^(INPUT|TEXTAREA)$/.test(target.tagName) &&
    !/^(checkbox|radio)$/.test(target.type ?? "");
  if (single) target.id = uid("control");
  return h(
    "div",
    { class: "block input-block", data: { input: block.block_id } },
    h(
      single ? "label" : "div",
      { class: "label", id: label, for: single ? target.id : null, dir: "auto" },
      renderText(block.label),
      block.optional
        ? h("span", { class: "optional" }, " (optional)")
        : h("span", { class: "required", "aria-hidden": "true" }, " *"),
    ),
    control,
    h("p", { class: "field-error", id: error, role: "alert" }),
    block.hint ? h("p", { class: "hint", id: hint, dir: "auto" }, renderText(block.hint)) : null,
  );
}

// ---- boxes

const WIDTHS = new Set(["narrow", "standard", "wide", "full"]);

function container(block, surface) {
  const titles = h(
    "div",
    { class: "container-titles" },
    h(
      "div",
      { class: "container-title", dir: "auto", role: "heading", "aria-level": "3" },
      block.rich_text_title ? renderRichText(block.rich_text_title) : renderText(block.title),
    ),
    block.subtitle ? h("div", { class: "dim", dir: "auto" }, renderText(block.subtitle)) : null,
  );
  const face = block.icon ? picture(block.icon, "tiny") : null;
  const body = h(
    "div",
    { class: "container-body" },
    (block.child_blocks ?? []).map((child) => renderBlock(child, surface)),
  );
  const width = `block container ${WIDTHS.has(block.width) ? block.width : "standard"}`;
  if (!block.is_collapsible) {
    return h(
      "section",
      { class: `${width}${block.has_header_divider ? " divided" : ""}` },
      h("div", { class: "container-head" }, face, titles),
      body,
    );
  }
  return h(
    "details",
    { class: width, open: !block.default_collapsed },
    h("summary", { class: "container-head" }, icon("right"), face, titles),
    body,
  );
}

function card(block, surface) {
  const side = block.icon
    ? picture(block.icon, "tiny")
    : block.slack_icon
      ? icon(block.slack_icon.name)
      : null;
  const words = (name) =>
    block[name] ? h("div", { class: `card-${name}`, dir: "auto" }, renderText(block[name])) : null;
  return h(
    "article",
    { class: "block card" },
    block.hero_image ? h("div", { class: "card-hero" }, picture(block.hero_image, "big")) : null,
    h("div", { class: "card-head" }, side, h("div", null, words("title"), words("subtitle"))),
    words("body"),
    words("subtext"),
    block.actions?.length
      ? h(
          "div",
          { class: "actions" },
          block.actions.map((element) => renderElement({ block, element, surface })),
        )
      : null,
  );
}

function carousel(block, surface) {
  const track = h(
    "div",
    {
      class: "carousel-track",
      tabindex: "0",
      role: "group",
      "aria-label": "Cards, scroll sideways",
    },
    (block.elements ?? []).map((element) =>
      renderBlock({ ...element, block_id: element.block_id ?? block.block_id }, surface),
    ),
  );
  const step = (words, shape, sign) =>
    h(
      "button",
      {
        type: "button",
        class: "icon-button carousel-step",
        "aria-label": words,
        onclick: () => track.scrollBy({ left: sign * track.clientWidth * 0.8, behavior: "smooth" }),
      },
      icon(shape),
    );
  return h(
    "div",
    { class: "block carousel" },
    step("Earlier cards", "left", -1),
    track,
    step("Later cards", "right", 1),
  );
}

// ---- progress of a task

const STATUS = { pending: "○", in_progress: "◔", complete: "✓", error: "!" };

function plan(block) {
  return h(
    "div",
    { class: "block plan" },
    h("div", { class: "plan-title", dir: "auto" }, wordsOf(block.title)),
    (block.tasks ?? []).map(taskCard),
  );
}

function taskCard(task) {
  const status = STATUS[task.status] ? task.status : "pending";
  return h(
    "div",
    { class: `task ${status}` },
    h(
      "span",
      { class: "task-status", role: "img", "aria-label": status.replace("_", " ") },
      STATUS[status],
    ),
    h(
      "div",
      { dir: "auto" },
      h("div", null, wordsOf(task.title)),
      task.details ? renderRichText(task.details) : null,
      task.output ? renderRichText(task.output) : null,
      (task.sources ?? []).map((source) =>
        h("div", null, link(source.url ?? "", source.text || source.url)),
      ),
    ),
  );
}
