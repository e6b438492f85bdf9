// The app's Home tab, and what is known about the app.
import { get } from "./api.js";
import { renderBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { formOf } from "./forms.js";
import { focusKey, restoreFocus } from "./messagelist.js";
import { avatar, toast } from "./popover.js";
import { store } from "./state.js";
import { Surface } from "./surface.js";

export class Home {
  #drawn = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
  }

  /** Open Home: the app hears of it and may publish before the answer comes. */
  async open() {
    this.#drawn = "";
    this.root.replaceChildren(h("p", { class: "empty", role: "status" }, "Opening Home …"));
    const asked = store.me;
    try {
      const { view } = await get("home");
      if (store.open === "home" && store.me === asked) this.show(view);
    } catch (failure) {
      this.root.replaceChildren(h("p", { class: "empty" }, failure.message));
      toast(failure.message);
    }
  }

  /** @param {Record<string, any>|null} view */
  show(view) {
    store.home = view;
    if (!view) {
      this.#drawn = "";
      this.root.replaceChildren(emptyHome());
      return;
    }
    const version = `${view.id} ${view.hash}`;
    if (version === this.#drawn) return;
    const again = this.#drawn.startsWith(`${view.id} `);
    const held = again ? focusKey(this.root) : null;
    const scroll = again ? this.root.scrollTop : 0;
    this.#drawn = version;
    const form = formOf(view);
    const surface = new Surface("home", { view_id: view.id }, form);
    const body = form.whileDrawing(() => renderBlocks(view.blocks ?? [], surface));
    this.root.replaceChildren(h("div", { class: "home-inner", data: { viewId: view.id } }, body));
    this.root.scrollTop = scroll;
    if (held) restoreFocus(this.root, held);
  }
}

function emptyHome() {
  const app = store.app;
  return h(
    "div",
    { class: "empty" },
    app ? avatar({ name: app.name, color: app.color, isApp: true }, "huge") : null,
    h("h2", null, `${app?.name ?? "The app"} has no Home for you yet`),
    h(
      "p",
      null,
      store.connected
        ? "It was told that you opened this page and has not published anything."
        : "The bot is not connected, so it could not be told that you opened this page.",
    ),
  );
}

/** What the app says about itself, and what one can type. @param {HTMLElement} root */
export function drawAbout(root) {
  const app = store.app;
  root.replaceChildren(
    h(
      "div",
      { class: "home-inner about" },
      app ? avatar({ name: app.name, color: app.color, isApp: true }, "huge") : null,
      h("h2", { dir: "auto" }, app?.name ?? "No app"),
      h("p", { dir: "auto" }, app?.description ?? "No app is installed in this workspace."),
      store.commands.length ? h("h3", null, "Commands") : null,
      h(
        "dl",
        { class: "command-list" },
        store.commands.map((one) => [
          h(
            "dt",
            null,
            h("code", null, one.command),
            one.usage_hint ? h("span", { class: "dim" }, ` ${one.usage_hint}`) : null,
          ),
          h("dd", null, one.description),
        ]),
      ),
      store.shortcuts.length ? h("h3", null, "Shortcuts") : null,
      h(
        "dl",
        { class: "command-list" },
        store.shortcuts.map((one) => [
          h(
            "dt",
            null,
            one.name,
            h("span", { class: "dim" }, one.type === "message" ? " on a message" : " anywhere"),
          ),
          h("dd", null, one.description),
        ]),
      ),
    ),
  );
}
