// The keys that work everywhere on the page, and the list that tells of them.
import { focusable, h, isMac } from "./dom.js";
import { icon } from "./icons.js";

export const MOD = isMac ? "⌘" : "Ctrl";
const KEYS = [
  [`${MOD} + K`, "Jump to a channel or person"],
  ["Alt + ↑ / ↓", "The channel above or below"],
  ["Alt + Shift + ↑ / ↓", "The unread channel above or below"],
  ["F6", "The next part of the page (Shift + F6: the one before)"],
  ["/", "Write a command"],
  ["↑ in an empty composer", "What you sent last"],
  ["Tab or Enter", "Take the suggestion"],
  ["↑ / ↓ in the messages", "From message to message; Enter opens the thread, Tab its buttons"],
  ["Esc", "Close what is open"],
  [`${MOD} + Enter`, "Send a form"],
  [`${MOD} + /`, "This list"],
];
const REGIONS = ["top", "sidebar", "messages", "home", "composer", "thread", "inspector"];

/**
 * @param {{jump: () => void, step: (by: 1|-1, onlyUnread: boolean) => void,
 *   compose: () => void, closeSidebar: () => boolean}} page
 *   what the keys do; closeSidebar says whether it was open
 */
export function watchKeys(page) {
  document.addEventListener("keydown", (event) => {
    if (!document.querySelector("dialog[open]") && obey(event, page)) event.preventDefault();
  });
}

/** @param {KeyboardEvent} event @returns {boolean} whether the key is used up */
function obey(event, page) {
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const isArrow = event.key === "ArrowUp" || event.key === "ArrowDown";
  if (mod && event.key.toLowerCase() === "k") page.jump();
  else if (mod && event.key === "/") showKeys();
  else if (event.altKey && isArrow) page.step(event.key === "ArrowDown" ? 1 : -1, event.shiftKey);
  else if (event.key === "F6") nextRegion(event.shiftKey ? -1 : 1);
  else if (event.key === "Escape") return page.closeSidebar();
  else {
    // The slash itself is left to the composer, which has the focus when it arrives.
    if (event.key === "/" && !event.altKey && !isTyping(event.target)) page.compose();
    return false;
  }
  return true;
}

const isTyping = (target) =>
  target instanceof Element && target.matches("input, textarea, select, [contenteditable]");

/** F6: the focus goes from one part of the page to the next. */
function nextRegion(by) {
  const regions = REGIONS.map((id) => document.getElementById(id)).filter(
    (node) => node !== null && node.getClientRects().length > 0,
  );
  const here = regions.findIndex((node) => node.contains(document.activeElement));
  const region = regions[(here + by + regions.length) % regions.length];
  const stops = focusable(region);
  const wished = stops.find((node) => node.matches("[aria-current], textarea")) ?? stops[0];
  (region.matches("[tabindex='0']") ? region : (wished ?? region)).focus();
}

/** The list of keys, in a dialog. */
export function showKeys() {
  const close = h(
    "button",
    { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => dialog.close() },
    icon("close"),
  );
  const dialog = h(
    "dialog",
    { class: "dialog", "aria-labelledby": "keys-title" },
    h("div", { class: "dialog-head" }, h("h2", { id: "keys-title" }, "Keys"), close),
    h(
      "dl",
      { class: "keys dialog-body" },
      KEYS.map(([keys, words]) => [h("dt", null, h("kbd", null, keys)), h("dd", null, words)]),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
