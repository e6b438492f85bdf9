// A list of messages that grows at its end: grouped by author, divided by day, followed by the eye.
import { fragment, h, spoken } from "./dom.js";
import { icon } from "./icons.js";
import { renderMessage } from "./message.js";
import { store } from "./state.js";
import { dayKey, dayTitle, secondsOf } from "./time.js";
import { Toolbar } from "./toolbar.js";

/** @typedef {import("./state.js").Message} Message */
/** @typedef {{message: Message, node: HTMLElement}} Entry */

const GROUP_SECONDS = 300;
const FIRST_DRAWN = 120;
const MOST_DRAWN = 300;
const DRAWN_MORE = 200;
const NEAR_BOTTOM = 80;

export class MessageList {
  /** @type {Entry[]} */ #entries = [];
  /** Older messages not drawn yet, oldest first. @type {Message[]} */ #waiting = [];
  #stuck = true;
  #unseen = 0;
  #newFrom = "";

  /**
   * @param {HTMLElement} root scrolls; the list makes its own children
   * @param {{thread: boolean, label: string, openThread: (message: Message) => void,
   *   leave: () => void}} place
   */
  constructor(root, place) {
    this.root = root;
    this.place = place;
    this.intro = h("div", { class: "list-intro" });
    this.earlier = h("button", {
      type: "button",
      class: "button earlier",
      hidden: true,
      onclick: () => this.#drawEarlier(),
    });
    this.log = h("div", {
      class: "log",
      role: "log",
      "aria-live": "polite",
      "aria-relevant": "additions",
      "aria-label": place.label,
    });
    this.pill = h("button", {
      type: "button",
      class: "new-pill",
      hidden: true,
      onclick: () => this.toEnd(),
    });
    const inner = h("div", { class: "list-inner" }, this.intro, this.earlier, this.log);
    root.replaceChildren(inner, this.pill);
    root.tabIndex = 0;
    root.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    root.addEventListener("keydown", (event) => this.#onKey(event));
    // Charts and pictures get their height late; whoever reads the end stays at the end.
    new ResizeObserver(() => this.#stuck && this.#toBottom()).observe(inner);
    new ResizeObserver(() => this.#stuck && this.#toBottom()).observe(root);
    this.toolbar = new Toolbar(this.log, (ts) => this.find(ts), place);
  }

  /** @param {string} ts */
  find(ts) {
    return this.#entries.find((entry) => entry.message.ts === ts)?.message;
  }

  /**
   * Show a conversation from its end.
   * @param {Message[]} messages oldest first
   * @param {{intro?: Node|null, unread?: number, label?: string}} [about]
   */
  load(messages, { intro = null, unread = 0, label } = {}) {
    this.log.setAttribute("aria-busy", "true");
    if (label) this.log.setAttribute("aria-label", label);
    this.#newFrom = unread > 0 ? (messages[Math.max(0, messages.length - unread)]?.ts ?? "") : "";
    const cut = Math.max(0, messages.length - Math.min(Math.max(FIRST_DRAWN, unread), MOST_DRAWN));
    this.#waiting = messages.slice(0, cut);
    this.#entries = messages.slice(cut).map((message) => this.#draw(message));
    this.intro.replaceChildren(...(intro ? [intro] : []));
    this.log.replaceChildren(...this.#entries.map((entry) => entry.node));
    this.#entries.forEach((_, index) => this.#relate(index));
    this.#showEarlier();
    this.#stuck = true;
    this.#seenAll();
    this.#toBottom();
    requestAnimationFrame(() => this.log.setAttribute("aria-busy", "false"));
  }

  /** Add a message, or draw one again that changed. @param {Message} message */
  upsert(message) {
    const at = this.#entries.findIndex((entry) => entry.message.ts === message.ts);
    if (at >= 0) return this.#redraw(at, message);
    const old = this.#waiting.findIndex((one) => one.ts === message.ts);
    if (old >= 0) {
      this.#waiting[old] = message;
      return undefined;
    }
    const entry = this.#draw(message);
    let place = this.#entries.length;
    while (place > 0 && this.#entries[place - 1].message.ts > message.ts) place -= 1;
    const next = this.#entries[place]?.node ?? null;
    this.#entries.splice(place, 0, entry);
    this.log.insertBefore(entry.node, next);
    this.#relate(place);
    this.#relate(place + 1);
    this.#arrived(message);
    return undefined;
  }

  /** @param {string} ts */
  remove(ts) {
    this.#waiting = this.#waiting.filter((one) => one.ts !== ts);
    const at = this.#entries.findIndex((entry) => entry.message.ts === ts);
    if (at < 0) return;
    const [gone] = this.#entries.splice(at, 1);
    const held = gone.node.contains(document.activeElement);
    this.toolbar.letGo(gone.node);
    gone.node.remove();
    this.#relate(at);
    if (held)
      (this.#entries[Math.max(0, at - 1)]?.node.querySelector(".message") ?? this.root).focus();
  }

  /** Every name again, after people or channels became known. */
  redrawAll() {
    this.#entries.forEach((entry, index) => this.#redraw(index, entry.message));
  }

  toEnd() {
    this.#stuck = true;
    this.#toBottom();
    this.#seenAll();
  }

  /** @returns {Entry} */
  #draw(message) {
    return { message, node: h("div", { class: "entry" }, renderMessage(message, this.place)) };
  }

  #redraw(at, message) {
    const entry = this.#entries[at];
    entry.message = message;
    const old = entry.node.querySelector(".message");
    const held = focusKey(old);
    this.toolbar.letGo(entry.node);
    const fresh = renderMessage(message, this.place);
    old?.replaceWith(fresh);
    this.#relate(at);
    if (held) restoreFocus(fresh, held);
  }

  /** Whether this message follows its neighbour closely, and what divides the two. */
  #relate(at) {
    const entry = this.#entries[at];
    if (!entry) return;
    const before = this.#entries[at - 1]?.message;
    const here = entry.message;
    const day = dayKey(secondsOf(here.ts), store.tz);
    const newDay = !before || dayKey(secondsOf(before.ts), store.tz) !== day;
    const isNew = here.ts === this.#newFrom;
    entry.node.querySelectorAll(".divider-line").forEach((line) => line.remove());
    if (isNew) entry.node.prepend(newLine());
    if (newDay && !this.place.thread) entry.node.prepend(dayLine(here.ts));
    if (this.place.thread && at === 1) entry.node.prepend(repliesLine());
    entry.node
      .querySelector(".message")
      ?.classList.toggle(
        "compact",
        !newDay && !isNew && this.#isSequel(before, here) && !(this.place.thread && at === 1),
      );
  }

  #isSequel(before, here) {
    if (here.ephemeral || before.ephemeral || here.pinned || here.subtype || before.subtype)
      return false;
    const sameAuthor = store.authorOf(before).key === store.authorOf(here).key;
    return sameAuthor && secondsOf(here.ts) - secondsOf(before.ts) < GROUP_SECONDS;
  }

  #arrived(message) {
    const mine = message.user === store.me;
    if (this.#stuck || mine) {
      this.toEnd();
      return;
    }
    this.#unseen += 1;
    this.pill.hidden = false;
    this.pill.replaceChildren(
      icon("down"),
      `${this.#unseen} new ${this.#unseen === 1 ? "message" : "messages"}`,
    );
  }

  #seenAll() {
    this.#unseen = 0;
    this.pill.hidden = true;
  }

  #toBottom() {
    this.root.scrollTop = this.root.scrollHeight;
  }

  #onScroll() {
    this.#stuck =
      this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < NEAR_BOTTOM;
    if (this.#stuck) this.#seenAll();
  }

  #showEarlier() {
    this.earlier.hidden = !this.#waiting.length;
    this.intro.hidden = this.#waiting.length > 0;
    this.earlier.textContent = `Show earlier messages (${this.#waiting.length.toLocaleString("en-GB")})`;
  }

  #drawEarlier() {
    const more = this.#waiting.splice(-DRAWN_MORE).map((message) => this.#draw(message));
    const fromEnd = this.root.scrollHeight - this.root.scrollTop;
    this.#stuck = false;
    this.#entries.unshift(...more);
    this.log.prepend(fragment(more.map((entry) => entry.node)));
    for (let at = 0; at <= more.length; at += 1) this.#relate(at);
    this.#showEarlier();
    this.root.scrollTop = this.root.scrollHeight - fromEnd;
  }

  /** Arrow keys walk from message to message; Tab goes into the one that has the focus. */
  #onKey(event) {
    const target = /** @type {Element} */ (event.target);
    const here = target.classList.contains("message") ? target : null;
    if (target !== this.root && !here) return;
    if (event.key === "Escape") this.place.leave();
    const rows = this.#entries.map((entry) => entry.node.querySelector(".message"));
    const at = here ? rows.indexOf(here) : rows.length;
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined && !event.altKey && rows[to]) {
      event.preventDefault();
      rows[to].focus();
      rows[to].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && here && !this.place.thread) {
      const message = this.find(here.dataset.ts);
      if (message && !message.ephemeral) this.place.openThread(message);
    }
  }
}

function dayLine(ts) {
  return h(
    "div",
    { class: "divider-line day" },
    h("span", null, dayTitle(secondsOf(ts), store.tz)),
  );
}

function newLine() {
  return h("div", { class: "divider-line new" }, h("span", null, "New", spoken(" messages")));
}

function repliesLine() {
  return h("div", { class: "divider-line replies" }, h("span", null, "Replies"));
}

/** Which control has the focus, so that it can have it again after a redraw. */
function focusKey(root) {
  const active = /** @type {any} */ (document.activeElement);
  if (!root?.contains(active)) return null;
  const holder = active.closest("[data-action-id]");
  const caret =
    "selectionStart" in active && active.selectionStart !== null
      ? [active.selectionStart, active.selectionEnd]
      : null;
  return { action: holder?.dataset.actionId, block: holder?.dataset.blockId, caret };
}

/** @param {Element} root @param {{action?: string, block?: string, caret: number[]|null}} held */
export function restoreFocus(root, held) {
  const holder = held.action
    ? [...root.querySelectorAll("[data-action-id]")].find(
        (node) => node.dataset.actionId === held.action && node.dataset.blockId === held.block,
      )
    : null;
  const target = holder?.matches("button, a, input, textarea")
    ? holder
    : holder?.querySelector("button, a, input, textarea");
  if (!target) {
    if (root.matches("[tabindex]")) root.focus({ preventScroll: true });
    return;
  }
  target.focus({ preventScroll: true });
  if (held.caret && /^(text|search|url|tel|password|textarea)$/.test(target.type ?? ""))
    target.setSelectionRange(...held.caret);
}

export { focusKey };
