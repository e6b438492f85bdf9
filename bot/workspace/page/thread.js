// The right-hand pane: one thread with its own composer.
import { get } from "./api.js";
import { Composer } from "./composer.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { MessageList } from "./messagelist.js";
import { store } from "./state.js";

/** @typedef {import("./state.js").Message} Message */

export class ThreadPane {
  #channel = "";
  #ts = "";
  #turn = 0;

  /** @param {HTMLElement} root @param {() => void} onClose */
  constructor(root, onClose) {
    this.root = root;
    this.where = h("span", { class: "dim clip" });
    const scroller = h("div", { class: "messages", id: "thread-messages" });
    const composer = h("div", { class: "composer-dock" });
    root.replaceChildren(
      h(
        "header",
        { class: "pane-head" },
        h("h2", null, icon("thread"), "Thread"),
        this.where,
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            id: "thread-close",
            "aria-label": "Close the thread",
            onclick: onClose,
          },
          icon("close"),
        ),
      ),
      scroller,
      composer,
    );
    this.list = new MessageList(scroller, {
      thread: true,
      label: "Thread",
      openThread: () => {},
      leave: () => this.composer.focus(),
    });
    this.composer = new Composer(composer, {
      id: "thread-composer-input",
      onSent: () => this.list.toEnd(),
    });
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !this.composer.input.value)
        onClose();
    });
  }

  get isOpen() {
    return !this.root.hidden;
  }

  /** @param {string} channel @param {string} ts */
  async open(channel, ts) {
    if (this.isOpen && this.#channel === channel && this.#ts === ts) return;
    this.#turn += 1;
    const turn = this.#turn;
    [this.#channel, this.#ts] = [channel, ts];
    const conversation = store.conversations.get(channel);
    this.root.hidden = false;
    this.where.textContent = conversation ? store.titleOf(conversation) : "";
    this.composer.open(channel, "", ts);
    this.list.load([]);
    await this.refresh(turn);
    this.composer.focus();
  }

  async refresh(turn = this.#turn) {
    if (!this.isOpen) return;
    try {
      const { messages } = await get("thread", { channel: this.#channel, ts: this.#ts });
      if (turn !== this.#turn) return;
      this.list.load(messages, { label: "Thread", intro: messages.length ? null : gone() });
    } catch (failure) {
      if (turn === this.#turn)
        this.list.load([], { intro: h("p", { class: "empty" }, failure.message) });
    }
  }

  close() {
    this.#turn += 1;
    this.#ts = "";
    this.list.load([]);
    this.root.hidden = true;
  }

  /** @param {"message"|"message_changed"|"message_deleted"} type @param {Message} message */
  hear(type, message) {
    const here =
      message.channel === this.#channel &&
      (message.ts === this.#ts || message.thread_ts === this.#ts);
    if (!this.isOpen || !here) return;
    if (type === "message_deleted") this.list.remove(message.ts);
    else this.list.upsert(message);
  }
}

const gone = () => h("p", { class: "empty" }, "This thread is not there any more.");
