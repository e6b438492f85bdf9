// Things that float over the page: popovers, menus, confirm dialogs, toasts.
import { fold, h, spoken, uid } from "./dom.js";
import { icon } from "./icons.js";
import { wordsOf, renderText } from "./mrkdwn.js";

/** @typedef {{close: (refocus?: boolean) => void, place: () => void, node: HTMLElement}} Popover */

/** @type {Popover|null} only one floats at a time */
let current = null;

/** Close whatever floats. */
export function closePopover() {
  current?.close(false);
}

/**
 * Float `content` beside `anchor` until Escape, a press elsewhere, or close().
 * @param {HTMLElement} anchor
 * @param {HTMLElement} content
 * @param {{side?: "below"|"above", align?: "start"|"end", wide?: boolean, label?: string,
 *   onClose?: () => void}} [options] a label makes it a small dialog
 * @returns {Popover}
 */
export function openPopover(anchor, content, options = {}) {
  closePopover();
  const named = options.label ? { role: "dialog", "aria-label": options.label } : {};
  const node = h("div", { class: "popover", popover: "manual", ...named }, content);
  // Inside a modal dialog everything outside of it is inert, so it has to float inside.
  (anchor.closest("dialog") ?? document.body).append(node);
  node.showPopover?.();
  const place = () => placeBeside(anchor, node, options);
  const onKey = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    popover.close();
  };
  const onPress = (event) => {
    if (!node.contains(event.target) && !anchor.contains(event.target)) popover.close(false);
  };
  const onScroll = (event) => {
    if (!node.contains(event.target)) place();
  };
  const popover = {
    node,
    place,
    close(refocus = true) {
      if (current !== popover) return;
      current = null;
      document.removeEventListener("keydown", onKey, true);
      document.removeEventListener("pointerdown", onPress, true);
      window.removeEventListener("resize", place);
      document.removeEventListener("scroll", onScroll, true);
      node.remove();
      anchor.setAttribute("aria-expanded", "false");
      options.onClose?.();
      if (refocus) anchor.focus();
    },
  };
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("pointerdown", onPress, true);
  window.addEventListener("resize", place);
  document.addEventListener("scroll", onScroll, true);
  anchor.setAttribute("aria-expanded", "true");
  current = popover;
  place();
  return popover;
}

const GAP = 4;
const EDGE = 8;

/** Beside the anchor on the wished side, or on the other one when that has more room. */
function placeBeside(anchor, node, { side = "below", align = "start", wide = false }) {
  const at = anchor.getBoundingClientRect();
  if (wide) node.style.minWidth = `${Math.min(at.width, innerWidth - 2 * EDGE)}px`;
  const roomBelow = innerHeight - at.bottom - GAP - EDGE;
  const roomAbove = at.top - GAP - EDGE;
  node.style.maxHeight = "none";
  const height = node.offsetHeight;
  const above =
    side === "above"
      ? roomAbove >= Math.min(height, roomBelow)
      : roomBelow < height && roomAbove > roomBelow;
  node.style.maxHeight = `${Math.max(120, above ? roomAbove : roomBelow)}px`;
  const shown = Math.min(height, Math.max(120, above ? roomAbove : roomBelow));
  const left = align === "end" ? at.right - node.offsetWidth : at.left;
  node.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - node.offsetWidth - EDGE))}px`;
  node.style.top = `${Math.max(EDGE, above ? at.top - GAP - shown : at.bottom + GAP)}px`;
}

/**
 * @typedef {{label: import("./dom.js").Child, words?: string, detail?: string, icon?: string,
 *   danger?: boolean, checked?: boolean, run: () => void}} MenuItem
 */

/**
 * A menu of actions, walked with the arrow keys and by first letters.
 * @param {HTMLElement} anchor
 * @param {(MenuItem|string|null)[]} items a string is a heading
 * @param {{label: string, side?: "below"|"above", align?: "start"|"end", onClose?: () => void}} options
 */
export function openMenu(anchor, items, options) {
  const menu = h("div", { class: "menu", role: "menu", "aria-label": options.label });
  for (const item of items) if (item) menu.append(menuEntry(item));
  const popover = openPopover(anchor, menu, { ...options, label: "" });
  menu.addEventListener("keydown", (event) => walkMenu(event, menu, popover));
  menu.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest(".menu-item");
    if (!button) return;
    popover.close();
    button.run();
  });
  menu.querySelector(".menu-item")?.focus();
  return popover;
}

function menuEntry(item) {
  if (typeof item === "string")
    return h("div", { class: "menu-heading", role: "presentation" }, item);
  const entry = h(
    "button",
    {
      type: "button",
      class: `menu-item${item.danger ? " danger" : ""}`,
      tabindex: "-1",
      role: item.checked === undefined ? "menuitem" : "menuitemradio",
      "aria-checked": item.checked === undefined ? null : String(item.checked),
    },
    item.icon ? icon(item.icon) : null,
    h(
      "span",
      { class: "menu-words" },
      h("span", { class: "menu-label" }, item.label),
      item.detail ? h("span", { class: "menu-detail" }, item.detail) : null,
    ),
    item.checked ? icon("check") : null,
  );
  entry.run = item.run;
  return entry;
}

function walkMenu(event, menu, popover) {
  const entries = [...menu.querySelectorAll(".menu-item")];
  const at = entries.indexOf(document.activeElement);
  const go = (index) => {
    event.preventDefault();
    entries[(index + entries.length) % entries.length]?.focus();
  };
  if (event.key === "ArrowDown") go(at + 1);
  else if (event.key === "ArrowUp") go(at - 1);
  else if (event.key === "Home") go(0);
  else if (event.key === "End") go(entries.length - 1);
  else if (event.key === "Tab") popover.close();
  else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== " ") {
    const letter = fold(event.key);
    const ordered = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
    ordered.find((entry) => fold(entry.textContent ?? "").startsWith(letter))?.focus();
  }
}

/**
 * Ask before an action, in the words of a confirm object.
 * @param {Record<string, any>} confirm
 * @returns {Promise<boolean>}
 */
export function askConfirm(confirm) {
  const title = uid("confirm");
  const yes = h(
    "button",
    {
      type: "submit",
      class: `button ${confirm.style === "danger" ? "danger" : "primary"}`,
      value: "yes",
    },
    wordsOf(confirm.confirm) || "Yes",
  );
  const no = h(
    "button",
    { type: "submit", class: "button", value: "no" },
    wordsOf(confirm.deny) || "Cancel",
  );
  const dialog = h(
    "dialog",
    { class: "dialog confirm", "aria-labelledby": title },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: title, dir: "auto" }, wordsOf(confirm.title) || "Are you sure?"),
      h("div", { class: "dialog-body text", dir: "auto" }, renderText(confirm.text)),
      h("div", { class: "dialog-foot" }, no, yes),
    ),
  );
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    // Escape leaves the value of an earlier press behind; there was none, but say it.
    dialog.addEventListener("cancel", () => (dialog.returnValue = "no"));
    document.body.append(dialog);
    dialog.showModal();
    // What cannot be undone is not one thoughtless Enter away.
    (confirm.style === "danger" ? no : yes).focus();
  });
}

const TOAST_SECONDS = 9;

/**
 * A sentence in the corner that goes by itself.
 * @param {string} text
 * @param {"error"|"info"} [kind]
 */
export function toast(text, kind = "error") {
  const region = document.getElementById("toasts");
  if (!region) return;
  // A modal dialog is above the page: the region is lifted into the top layer to be seen there.
  region.hidePopover?.();
  region.showPopover?.();
  const close = () => {
    node.remove();
    if (!region.childElementCount) region.hidePopover?.();
  };
  const node = h(
    "div",
    { class: `toast ${kind}`, role: kind === "error" ? "alert" : "status" },
    icon(kind === "error" ? "warning" : "info"),
    h("span", { class: "toast-text", dir: "auto" }, text),
    h(
      "button",
      { type: "button", class: "icon-button", "aria-label": "Dismiss", onclick: close },
      icon("close"),
    ),
  );
  while (region.childElementCount >= 4) region.firstElementChild?.remove();
  region.append(node);
  setTimeout(close, TOAST_SECONDS * 1000);
}

/** A round avatar with initials. @param {{name: string, color: string, isApp?: boolean}} author */
export function avatar(author, size = "") {
  return h("span", {
    class: `avatar ${size}${author.isApp ? " app" : ""}`,
    "aria-hidden": "true",
    style: { background: author.color || "#6b7280", color: inkOn(author.color) },
    // Drawn by the style sheet: initials are a picture, not words of the page.
    data: { initials: initials(author.name) },
  });
}

function initials(name) {
  const words = name.normalize("NFC").match(/[\p{L}\p{N}]+/gu) ?? ["?"];
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return picked.map((word) => [...word][0].toUpperCase()).join("");
}

/** Black or white, whichever is easier to read on a colour. @param {string} [color] */
function inkOn(color) {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color ?? "");
  if (!match) return "#fff";
  const [r, g, b] = match.slice(1).map((part) => {
    const share = Number.parseInt(part, 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.36 ? "#17191c" : "#fff";
}

/** "APP", beside the name of whoever is not a person. */
export function appBadge() {
  return h("span", { class: "badge-app" }, "APP", spoken(" (app)"));
}
