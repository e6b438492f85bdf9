// The left side: channels, direct messages and the app's Home, with what is unread.
import { h, spoken } from "./dom.js";
import { icon } from "./icons.js";
import { appBadge, avatar } from "./popover.js";
import { store } from "./state.js";

/** @typedef {import("./state.js").Conversation} Conversation */

export class Sidebar {
  /** @type {Map<string, HTMLElement>} */ #links = new Map();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    root.addEventListener("keydown", (event) => this.#onKey(event));
  }

  draw() {
    this.#links.clear();
    const held = this.root.contains(document.activeElement)
      ? document.activeElement?.dataset.channel
      : null;
    const scroll = this.root.scrollTop;
    const all = [...store.conversations.values()];
    const channels = all.filter((one) => one.kind !== "dm").sort(byName);
    const direct = all.filter((one) => one.kind === "dm").sort(appFirst);
    const near = channels.filter((one) => one.member && !one.archived);
    const far = channels.filter((one) => !one.member || one.archived);
    this.root.replaceChildren(
      ...(store.app?.home ? [section("Apps", [this.#homeLink()])] : []),
      section(
        "Channels",
        near.map((one) => this.#link(one)),
        "You are in no channel yet.",
      ),
      ...(far.length
        ? [
            more(
              far.map((one) => this.#link(one)),
              far.some((one) => one.id === store.open),
            ),
          ]
        : []),
      section(
        "Direct messages",
        direct.map((one) => this.#link(one)),
        "Nobody has written to you yet.",
      ),
    );
    this.root.scrollTop = scroll;
    if (held) this.#links.get(held)?.focus();
    this.mark();
  }

  /** Which link is the open one. */
  mark() {
    for (const [id, link] of this.#links) {
      if (id === store.open || (id === "home" && store.open === "about"))
        link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.#links.get(store.open)?.scrollIntoView({ block: "nearest" });
  }

  /** One conversation's marks changed. @param {Conversation} one */
  update(one) {
    const old = this.#links.get(one.id);
    if (!old) return;
    const focused = document.activeElement === old;
    const fresh = this.#link(one);
    old.replaceWith(fresh);
    if (focused) fresh.focus();
    this.mark();
  }

  /** The ids in the order they are shown; for stepping through them. */
  get order() {
    return [...this.root.querySelectorAll("a[data-channel]")]
      .filter((link) => link.getClientRects().length || !link.closest("details:not([open])"))
      .map((link) => link.dataset.channel ?? "");
  }

  #homeLink() {
    const app = /** @type {import("./state.js").App} */ (store.app);
    const link = h(
      "a",
      { class: "side-link app-home", href: `#/${store.me}/home`, data: { channel: "home" } },
      avatar({ name: app.name, color: app.color, isApp: true }, "small"),
      h("span", { class: "clip" }, h("bdi", null, app.name), spoken(", ")),
      h("span", { class: "side-kind" }, icon("home"), "Home"),
    );
    this.#links.set("home", link);
    return link;
  }

  /** @param {Conversation} one */
  #link(one) {
    const busy = one.unread > 0 && one.id !== store.open;
    const badge = busy && (one.mention || one.kind === "dm");
    const link = h(
      "a",
      {
        class: `side-link${busy ? " unread" : ""}${one.archived || !one.member ? " quiet" : ""}`,
        href: `#/${store.me}/${one.id}`,
        data: { channel: one.id, name: one.name || store.titleOf(one) },
      },
      symbol(one),
      h(
        "span",
        { class: "clip" },
        h("bdi", null, one.kind === "dm" ? store.titleOf(one) : one.name),
      ),
      one.kind === "dm" && one.with === store.app?.user ? appBadge() : null,
      one.shared
        ? h("span", { class: "side-kind", title: "Shared with another workspace" }, "shared")
        : null,
      one.archived ? h("span", { class: "side-kind" }, "archived") : null,
      badge
        ? h("span", { class: "badge", "aria-hidden": "true" }, one.unread > 99 ? "99+" : one.unread)
        : null,
      busy ? spoken(`, ${one.unread} unread${one.mention ? ", mentions you" : ""}`) : null,
    );
    this.#links.set(one.id, link);
    return link;
  }

  #onKey(event) {
    if (event.altKey || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    const links = [...this.root.querySelectorAll("a[data-channel], summary")].filter(
      (one) => one.getClientRects().length,
    );
    const at = links.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    links[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  }
}

function symbol(one) {
  if (one.kind !== "dm") return icon(one.kind === "private" ? "lock" : "hash");
  const author = store.authorOf({ user: one.with ?? "" });
  return avatar(author, "small");
}

const byName = (a, b) => a.name.localeCompare(b.name);

function appFirst(a, b) {
  const rank = (one) => (one.with === store.app?.user ? 0 : 1);
  return rank(a) - rank(b) || store.titleOf(a).localeCompare(store.titleOf(b));
}

function section(title, links, empty = "") {
  return h(
    "section",
    { class: "side-section" },
    h("h2", null, title),
    links.length
      ? h(
          "ul",
          null,
          links.map((link) => h("li", null, link)),
        )
      : h("p", { class: "side-empty" }, empty),
  );
}

function more(links, open) {
  return h(
    "details",
    { class: "side-section side-more", open },
    h(
      "summary",
      null,
      icon("right"),
      `${links.length} more ${links.length === 1 ? "channel" : "channels"}`,
    ),
    h(
      "ul",
      null,
      links.map((link) => h("li", null, link)),
    ),
  );
}
