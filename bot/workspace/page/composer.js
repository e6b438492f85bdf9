// Where one writes: slash commands completed with their hints, names completed, the last inputs recalled.
import { act, RequestFailed } from "./api.js";
import { h, uid } from "./dom.js";
import { openEmojiPicker } from "./emojipicker.js";
import { icon } from "./icons.js";
import { openMenu, toast } from "./popover.js";
import { store } from "./state.js";
import { suggest } from "./suggestions.js";

/** @typedef {import("./suggestions.js").Suggestion} Suggestion */

const REMEMBERED = 60;
const TALLEST = 240;

/** What was sent lately, newest last, by person. @type {Map<string, string[]>} */
const sent = new Map();
/** What is half written, by person and conversation. @type {Map<string, string>} */
const drafts = new Map();

export class Composer {
  #place = "";
  #thread = "";
  /** @type {Suggestion[]} */ #offers = [];
  #active = 0;
  /** Where the completed word starts. */ #from = 0;
  #dismissed = "";
  #recalled = -1;

  /** @param {HTMLElement} root @param {{id: string, onSent: () => void}} options */
  constructor(root, options) {
    this.options = options;
    const listId = uid("offers");
    this.input = h("textarea", {
      id: options.id,
      class: "composer-input",
      rows: 1,
      dir: "auto",
      spellcheck: "true",
      autocomplete: "off",
      "aria-autocomplete": "list",
      "aria-controls": listId,
      "aria-haspopup": "listbox",
    });
    this.offersBox = h("div", {
      class: "offers",
      id: listId,
      role: "listbox",
      "aria-label": "Suggestions",
      hidden: true,
    });
    this.hint = h("p", { class: "command-hint", hidden: true, "aria-live": "polite" });
    this.error = h("p", { class: "composer-error", role: "alert", hidden: true });
    this.sendButton = h(
      "button",
      { type: "submit", class: "send", "aria-label": "Send", title: "Send (Enter)" },
      icon("send"),
    );
    const tool = (words, shape, run) =>
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": words,
          title: words,
          onclick: (event) => run(event.currentTarget),
        },
        icon(shape),
      );
    this.shortcuts = tool("Shortcuts", "bolt", (anchor) => this.#openShortcuts(anchor));
    this.shortcuts.setAttribute("aria-haspopup", "menu");
    this.form = h(
      "form",
      { class: "composer" },
      this.offersBox,
      this.error,
      this.hint,
      h(
        "div",
        { class: "composer-box" },
        this.input,
        h(
          "div",
          { class: "composer-tools" },
          this.shortcuts,
          tool("Emoji", "smile", (anchor) =>
            openEmojiPicker(anchor, (name) => this.#insert(`:${name}: `)),
          ),
          h("span", { class: "composer-keys" }, "Enter sends, Shift + Enter makes a new line"),
          this.sendButton,
        ),
      ),
    );
    root.replaceChildren(this.form);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.input.addEventListener("input", () => this.#onInput());
    this.input.addEventListener("click", () => this.#suggest());
    this.input.addEventListener("keydown", (event) => this.#onKey(event));
    this.input.addEventListener("blur", () => this.#offer([]));
  }

  /** Write somewhere else from now on. @param {string} channel @param {string} title @param {string} [thread] */
  open(channel, title, thread = "") {
    this.#place = channel;
    this.#thread = thread;
    const words = thread ? "Reply in thread" : `Message ${title}`;
    this.input.setAttribute("aria-label", words);
    this.input.placeholder = thread ? "Reply …" : `${words}, or type / for a command`;
    this.shortcuts.hidden = Boolean(thread);
    this.#set(drafts.get(this.#key) ?? "");
    this.#fail("");
    this.#recalled = -1;
  }

  get #key() {
    return `${store.me} ${this.#place} ${this.#thread}`;
  }

  focus() {
    this.input.focus();
  }

  #set(text) {
    this.input.value = text;
    this.#grow();
    this.#offer([]);
    this.#showHint();
    this.#ready();
  }

  #insert(text) {
    const { selectionStart: start, selectionEnd: end, value } = this.input;
    this.input.value = value.slice(0, start) + text + value.slice(end);
    this.input.setSelectionRange(start + text.length, start + text.length);
    this.input.focus();
    this.#onInput();
  }

  #grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight + 2, TALLEST)}px`;
  }

  #ready() {
    this.sendButton.toggleAttribute("data-ready", Boolean(this.input.value.trim()));
  }

  #onInput() {
    if (this.input.value) drafts.set(this.#key, this.input.value);
    else drafts.delete(this.#key);
    this.#recalled = -1;
    this.#dismissed = "";
    this.#fail("");
    this.#grow();
    this.#ready();
    this.#suggest();
    this.#showHint();
  }

  #fail(words) {
    this.error.textContent = words;
    this.error.hidden = !words;
  }

  // ---- keys

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing) return;
    if (this.#offers.length && this.#onOfferKey(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "ArrowUp" && !event.altKey && this.#mayRecall()) {
      event.preventDefault();
      this.#recall(1);
    } else if (event.key === "ArrowDown" && !event.altKey && this.#recalled >= 0) {
      event.preventDefault();
      this.#recall(-1);
    }
  }

  /** @returns {boolean} whether the key was for the list of suggestions */
  #onOfferKey(event) {
    const count = this.#offers.length;
    switch (event.key) {
      case "ArrowDown":
        this.#mark((this.#active + 1) % count);
        return true;
      case "ArrowUp":
        this.#mark((this.#active - 1 + count) % count);
        return true;
      case "Tab":
        this.#take(this.#offers[this.#active]);
        return true;
      case "Escape":
        this.#dismissed = this.input.value;
        this.#offer([]);
        return true;
      case "Enter": {
        if (event.shiftKey) return false;
        const offer = this.#offers[this.#active];
        const whole = this.input.value.slice(this.#from, this.input.selectionStart);
        // The whole command stands there already: Enter sends it.
        if (offer.insert.trim() === whole.trim()) return false;
        this.#take(offer);
        return true;
      }
      default:
        return false;
    }
  }

  #mayRecall() {
    const history = sent.get(store.me) ?? [];
    if (!history.length) return false;
    if (this.#recalled >= 0) return true;
    return !this.input.value;
  }

  #recall(step) {
    const history = sent.get(store.me) ?? [];
    const next = this.#recalled + step;
    if (next >= history.length) return;
    this.#set(next < 0 ? "" : history[history.length - 1 - next]);
    this.#recalled = next;
    this.#dismissed = this.input.value;
    this.input.setSelectionRange(this.input.value.length, this.input.value.length);
  }

  // ---- completing

  #suggest() {
    const before = this.input.value.slice(0, this.input.selectionStart);
    if (this.input.value === this.#dismissed && this.#dismissed) return this.#offer([]);
    const { from, label, offers } = suggest(before, Boolean(this.#thread));
    this.#from = from;
    return this.#offer(offers, label);
  }

  /** @param {Suggestion[]} offers */
  #offer(offers, label = "Suggestions") {
    this.#offers = offers;
    this.offersBox.hidden = !offers.length;
    this.offersBox.setAttribute("aria-label", label);
    this.offersBox.replaceChildren(
      ...offers.map((offer, index) =>
        h(
          "div",
          {
            class: "offer",
            role: "option",
            id: `${this.offersBox.id}-${index}`,
            "aria-selected": "false",
            onmousedown: (event) => event.preventDefault(),
            onclick: () => this.#take(offer),
            onpointermove: () => this.#active !== index && this.#mark(index),
          },
          offer.face,
          h("span", { class: "offer-label" }, offer.label),
          offer.hint ? h("span", { class: "offer-hint" }, offer.hint) : null,
          offer.detail ? h("span", { class: "offer-detail", dir: "auto" }, offer.detail) : null,
        ),
      ),
    );
    this.#mark(0);
  }

  #mark(index) {
    this.#active = index;
    [...this.offersBox.children].forEach((node, at) => {
      node.setAttribute("aria-selected", String(at === index));
      if (at === index) node.scrollIntoView({ block: "nearest" });
    });
    if (this.#offers.length)
      this.input.setAttribute("aria-activedescendant", `${this.offersBox.id}-${index}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {Suggestion} offer */
  #take(offer) {
    const caret = this.input.selectionStart;
    const rest = this.input.value.slice(caret);
    const written = `${offer.insert.trimEnd()} `;
    this.input.value = this.input.value.slice(0, this.#from) + written + rest.replace(/^ /, "");
    const at = this.#from + written.length;
    this.input.setSelectionRange(at, at);
    this.#onInput();
    this.input.focus();
  }

  /** While a command's text is typed, its usage stays in sight. */
  #showHint() {
    const match = /^(\/\S+)(\s|$)/.exec(this.input.value);
    const command = match && store.commands.find((one) => one.command === match[1]);
    const inThread = this.#thread && this.input.value.startsWith("/");
    this.hint.hidden = !(inThread || (command && match[2]));
    if (inThread) this.hint.textContent = "Slash commands cannot be used in threads.";
    else if (command) {
      this.hint.replaceChildren(
        h("code", null, command.command),
        ` ${command.usage_hint ?? ""} `,
        h("span", { class: "dim" }, command.description ?? ""),
      );
    }
  }

  // ---- sending

  async send() {
    const text = this.input.value;
    if (!text.trim()) return;
    const isCommand = /^\/\S/.test(text);
    if (isCommand && this.#thread) {
      this.#fail("Slash commands cannot be used in threads. Type it in the conversation itself.");
      return;
    }
    remember(text);
    const [key, channel, thread] = [this.#key, this.#place, this.#thread];
    const deed = isCommand
      ? { do: "command", channel, text: text.trim() }
      : { do: "say", channel, text, ...(thread ? { thread_ts: thread } : {}) };
    drafts.delete(key);
    this.#set("");
    this.#recalled = -1;
    this.options.onSent();
    this.form.setAttribute("aria-busy", "true");
    try {
      await act(deed);
    } catch (failure) {
      if (!(failure instanceof RequestFailed)) throw failure;
      this.#giveBack(key, text, failure.message);
    } finally {
      this.form.removeAttribute("aria-busy");
    }
  }

  /** What could not be sent stays with the person, as Slack leaves it in the composer. */
  #giveBack(key, text, words) {
    if (!drafts.has(key)) drafts.set(key, text);
    if (key !== this.#key) {
      toast(words);
      return;
    }
    if (!this.input.value) this.#set(text);
    this.#dismissed = text;
    this.#fail(words);
  }

  #openShortcuts(anchor) {
    const global = store.shortcuts.filter((one) => one.type === "global");
    const items = global.map((one) => ({
      label: one.name,
      detail: one.description,
      icon: "bolt",
      run: () => runShortcut(one),
    }));
    const commands = store.commands.slice(0, 20).map((one) => ({
      label: one.command,
      detail: one.description,
      run: () => {
        this.#set(`${one.command} `);
        this.focus();
      },
    }));
    openMenu(
      anchor,
      [
        global.length ? "Shortcuts" : "This app has no shortcuts.",
        ...items,
        commands.length ? "Commands" : null,
        ...commands,
      ],
      { label: "Shortcuts", side: "above" },
    );
  }
}

async function runShortcut(one) {
  try {
    await act({ do: "shortcut", callback_id: one.callback_id });
  } catch (failure) {
    toast(failure.message);
  }
}

function remember(text) {
  const history = sent.get(store.me) ?? [];
  if (history[history.length - 1] !== text) history.push(text);
  sent.set(store.me, history.slice(-REMEMBERED));
}
