// The small bar on the message under the pointer: react, reply, and "…" with the app's shortcuts.
import { act } from "./api.js";
import { h } from "./dom.js";
import { openEmojiPicker } from "./emojipicker.js";
import { icon } from "./icons.js";
import { showJson } from "./json.js";
import { react } from "./message.js";
import { openMenu, toast } from "./popover.js";
import { store } from "./state.js";

/** @typedef {import("./state.js").Message} Message */

export class Toolbar {
  /**
   * @param {HTMLElement} log
   * @param {(ts: string) => Message|undefined} find
   * @param {{thread: boolean, openThread: (message: Message) => void}} place
   */
  constructor(log, find, place) {
    this.find = find;
    this.place = place;
    const tool = (words, shape, run) =>
      h(
        "button",
        {
          type: "button",
          class: "tool",
          "aria-label": words,
          title: words,
          onclick: (event) => this.#run(run, event.currentTarget),
        },
        icon(shape),
      );
    this.reactTool = tool("Add reaction", "smile", (message, anchor) =>
      openEmojiPicker(anchor, (name) => react(message, name)),
    );
    this.replyTool = tool("Reply in thread", "thread", (message) => place.openThread(message));
    this.moreTool = tool("More actions", "dots", (message, anchor) => this.#menu(message, anchor));
    this.moreTool.setAttribute("aria-haspopup", "menu");
    this.node = h(
      "div",
      { class: "toolbar-rail" },
      h(
        "div",
        { class: "toolbar", role: "toolbar", "aria-label": "Message actions" },
        this.reactTool,
        this.replyTool,
        this.moreTool,
      ),
    );
    log.addEventListener("pointerover", (event) => this.#goTo(event.target));
    log.addEventListener("focusin", (event) => this.#goTo(event.target));
  }

  /** Leave a node that is about to go. @param {Element} node */
  letGo(node) {
    if (node.contains(this.node)) this.node.remove();
  }

  #goTo(target) {
    const row = /** @type {Element} */ (target).closest(".message");
    if (!row || row.contains(this.node)) return;
    // While its menu is open the bar stays where it was opened.
    if (this.node.querySelector("[aria-expanded='true']")) return;
    const message = this.find(row.dataset.ts);
    if (!message || message.subtype === "tombstone") return;
    this.reactTool.hidden = message.ephemeral;
    this.replyTool.hidden = message.ephemeral || this.place.thread;
    row.append(this.node);
  }

  #run(run, anchor) {
    const message = this.find(this.node.closest(".message")?.dataset.ts);
    if (message) run(message, anchor);
  }

  #menu(message, anchor) {
    const shortcuts = message.ephemeral
      ? []
      : store.shortcuts.filter((one) => one.type === "message");
    openMenu(
      anchor,
      [
        shortcuts.length ? (store.app?.name ?? "Shortcuts") : null,
        ...shortcuts.map((one) => ({
          label: one.name,
          detail: one.description,
          icon: "bolt",
          run: () => this.#shortcut(one, message),
        })),
        "Message",
        { label: "Copy text", icon: "copy", run: () => copy(message.text ?? "") },
        { label: "Copy time stamp", icon: "copy", run: () => copy(message.ts) },
        { label: "Show as JSON", icon: "file", run: () => showJson("Message", message) },
      ],
      { label: "Message actions", align: "end" },
    );
  }

  async #shortcut(one, message) {
    try {
      await act({
        do: "message_shortcut",
        callback_id: one.callback_id,
        channel: message.channel,
        ts: message.ts,
      });
    } catch (failure) {
      toast(failure.message);
    }
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.", "info");
  } catch {
    toast("This browser does not let the page copy.");
  }
}
