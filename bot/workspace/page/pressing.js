// Controls one presses: buttons, the overflow menu, feedback and icon buttons.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { renderText, wordsOf } from "./mrkdwn.js";
import { askConfirm, openMenu } from "./popover.js";

/** @typedef {import("./control.js").Place} Place */
/** @typedef {import("./control.js").Json} Json */

export function makeButton(place) {
  const { element } = place;
  const style = { primary: " primary", danger: " danger" }[element.style] ?? "";
  const url = safeUrl(element.url);
  const node = h(
    url ? "a" : "button",
    {
      class: `button${style}`,
      "aria-label": element.accessibility_label ?? null,
      dir: "auto",
      ...(url
        ? { href: url, target: "_blank", rel: "noopener noreferrer", role: "link" }
        : { type: "button" }),
    },
    h("span", { class: "clip" }, renderText(element.text)),
  );
  node.addEventListener("click", (event) => press(place, { value: element.value }, node, event));
  return node;
}

/** An address a browser may follow, or nothing. */
const safeUrl = (url) => (/^(https?|mailto):/i.test(url ?? "") ? url : "");

function visit(url) {
  if (safeUrl(url)) window.open(url, "_blank", "noopener");
}

/** @param {Place} place @param {Json} value @param {HTMLElement} node @param {Event} [event] */
async function press({ surface, block, element }, value, node, event) {
  if (node.getAttribute("aria-busy")) return;
  if (element.confirm) {
    event?.preventDefault();
    if (!(await askConfirm(element.confirm))) return;
    visit(element.url);
  }
  await surface.send(block, element, value, node);
}

export function makeWorkflowButton({ element }) {
  return h(
    "button",
    {
      type: "button",
      class: "button",
      disabled: true,
      title: "Workflows do not run in a practice workspace.",
    },
    renderText(element.text),
  );
}

export function makeOverflow(place) {
  const { element } = place;
  const node = h(
    "button",
    {
      type: "button",
      class: "button overflow",
      "aria-haspopup": "menu",
      "aria-label": "More actions",
    },
    icon("dots"),
  );
  node.addEventListener("click", () =>
    openMenu(
      node,
      element.options.map((option) => ({
        label: renderText(option.text),
        detail: wordsOf(option.description),
        run: () => {
          visit(option.url);
          press(place, { selected_option: option }, node);
        },
      })),
      { label: "More actions", align: "end" },
    ),
  );
  return node;
}

export function makeFeedback(place) {
  const { element } = place;
  const one = (button, shape) => {
    const node = h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": button.accessibility_label || wordsOf(button.text),
        title: wordsOf(button.text),
        "aria-pressed": "false",
      },
      icon(shape),
    );
    node.addEventListener("click", () => {
      for (const other of group.children)
        other.setAttribute("aria-pressed", String(other === node));
      press(place, { value: button.value }, node);
    });
    return node;
  };
  const group = h(
    "span",
    { class: "feedback", role: "group", "aria-label": "Feedback" },
    one(element.positive_button, "up_thumb"),
    one(element.negative_button, "down_thumb"),
  );
  return group;
}

export function makeIconButton(place) {
  const { element } = place;
  const words = element.accessibility_label || wordsOf(element.text);
  const node = h(
    "button",
    { type: "button", class: "icon-button", "aria-label": words, title: wordsOf(element.text) },
    icon(element.icon ?? "info"),
  );
  node.addEventListener("click", () => press(place, { value: element.value }, node));
  return node;
}
