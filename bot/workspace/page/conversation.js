// The middle of the page: one conversation with its head, its messages and its composer.
import { act, get } from "./api.js";
import { Composer } from "./composer.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { MessageList } from "./messagelist.js";
import { renderMrkdwn } from "./mrkdwn.js";
import { showMembers, showProfile } from "./people.js";
import { appBadge, avatar, toast } from "./popover.js";
import { store } from "./state.js";

/** @typedef {import("./state.js").Conversation} Conversation */
/** @typedef {import("./state.js").Message} Message */

/** Whether it stands in a thread and not in the conversation itself. @param {Message} message */
function isReply(message) {
  return (
    Boolean(message.thread_ts) &&
    message.thread_ts !== message.ts &&
    message.subtype !== "thread_broadcast"
  );
}

export class ConversationPane {
  #turn = 0;
  /** News that came while the conversation was being fetched. @type {(() => void)[]|null} */ #early =
    null;

  /**
   * @param {{head: HTMLElement, messages: HTMLElement, composer: HTMLElement, footNote: HTMLElement}} parts
   * @param {{openThread: (message: Message) => void, switchTo: (person: string) => void}} go
   */
  constructor(parts, go) {
    this.parts = parts;
    this.go = go;
    this.list = new MessageList(parts.messages, {
      thread: false,
      label: "Messages",
      openThread: go.openThread,
      leave: () => this.composer.focus(),
    });
    this.composer = new Composer(parts.composer, {
      id: "composer-input",
      onSent: () => this.list.toEnd(),
    });
  }

  /** @param {Conversation} one @param {{focus?: boolean}} [how] */
  async open(one, { focus = true } = {}) {
    this.#turn += 1;
    const turn = this.#turn;
    this.#early = [];
    const unread = one.unread;
    this.drawHead(one);
    this.#drawFoot(one);
    this.composer.open(one.id, store.titleOf(one));
    if (focus && !matchMedia("(pointer: coarse)").matches) this.composer.focus();
    try {
      const { messages } = await get("messages", { channel: one.id });
      if (turn !== this.#turn) return;
      this.list.load(messages, {
        intro: beginning(one, !messages.length),
        unread,
        label: `Messages in ${store.titleOf(one)}`,
      });
      const early = this.#early ?? [];
      this.#early = null;
      early.forEach((run) => run());
      this.read(one.id);
    } catch (failure) {
      if (turn !== this.#turn) return;
      this.#early = null;
      this.list.load([], { intro: h("p", { class: "empty" }, failure.message) });
    }
  }

  /** Fetch again what may have been missed. @param {Conversation} one */
  async refresh(one) {
    const turn = this.#turn;
    const { messages } = await get("messages", { channel: one.id });
    if (turn !== this.#turn) return;
    this.list.load(messages, { intro: beginning(one), label: `Messages in ${store.titleOf(one)}` });
    this.read(one.id);
  }

  /** @param {"message"|"message_changed"|"message_deleted"} type @param {Message} message */
  hear(type, message) {
    if (this.#early) {
      this.#early.push(() => this.hear(type, message));
      return;
    }
    if (type === "message_deleted") this.list.remove(message.ts);
    else if (!isReply(message)) this.list.upsert(message);
  }

  /** What is on the screen counts as read. */
  async read(channel) {
    if (document.hidden || store.open !== channel) return;
    store.setUnread(channel, 0, false);
    try {
      await act({ do: "read", channel });
    } catch {
      // A mark that comes back later does no harm.
    }
  }

  /** @param {Conversation} one */
  drawHead(one) {
    const withApp = one.kind === "dm" && one.with === store.app?.user;
    const people = one.members.filter((id) => store.people.has(id));
    const members = h(
      "button",
      {
        type: "button",
        class: "button members",
        "aria-haspopup": "listbox",
        "aria-label": `${people.length} members`,
        onclick: () =>
          showMembers(members, people, (id) => showProfile(members, id, this.go.switchTo)),
      },
      icon("people"),
      people.length,
    );
    fill(
      this.parts.head,
      h(
        "div",
        { class: "place-words" },
        h(
          "h1",
          { id: "place-title", dir: "auto" },
          one.kind === "dm"
            ? avatar(store.authorOf({ user: one.with ?? "" }), "small")
            : icon(one.kind === "private" ? "lock" : "hash"),
          h("bdi", { class: "clip" }, one.kind === "dm" ? store.titleOf(one) : one.name),
          withApp ? appBadge() : null,
        ),
        one.topic
          ? h("p", { class: "topic clip", dir: "auto", title: one.topic }, renderMrkdwn(one.topic))
          : null,
      ),
      one.shared ? h("span", { class: "badge-quiet" }, "shared with another workspace") : null,
      withApp ? appTabs("messages") : one.kind === "dm" ? "" : members,
    );
  }

  #drawFoot(one) {
    const [note, composer] = [this.parts.footNote, this.parts.composer];
    const outside = !one.member && one.kind !== "dm";
    note.hidden = !outside && !one.archived;
    composer.hidden = outside || one.archived;
    if (one.archived)
      note.replaceChildren(h("p", null, "This channel is archived. Nobody can write in it."));
    else if (outside) {
      note.replaceChildren(
        h("p", null, `${store.nameOf(store.me)} is not in ${store.titleOf(one)}.`),
        h(
          "button",
          { type: "button", class: "button primary", onclick: () => this.#join(one) },
          `Join ${store.titleOf(one)}`,
        ),
      );
    }
  }

  async #join(one) {
    try {
      await act({ do: "join", channel: one.id });
      one.member = true;
      this.#drawFoot(one);
      this.composer.focus();
    } catch (failure) {
      toast(failure.message);
    }
  }

  /** Members, topic or archive state may be different now. @param {Conversation} one */
  update(one) {
    this.drawHead(one);
    this.#drawFoot(one);
  }
}

/** Home, Messages, About: the app's three places. @param {"home"|"messages"|"about"} open */
export function appTabs(open) {
  const direct = store.appConversation;
  const tab = (name, words, id) =>
    h(
      "a",
      {
        class: "tab",
        href: `#/${store.me}/${id}`,
        "aria-current": open === name ? "page" : null,
      },
      words,
    );
  return h(
    "nav",
    { class: "tabs", "aria-label": store.app?.name ?? "App" },
    store.app?.home ? tab("home", "Home", "home") : null,
    direct ? tab("messages", "Messages", direct.id) : null,
    tab("about", "About", "about"),
  );
}

/** What stands above the first message. @param {Conversation} one @param {boolean} [isEmpty] */
function beginning(one, isEmpty = false) {
  const withApp = one.kind === "dm" && one.with === store.app?.user;
  const title = store.titleOf(one);
  if (withApp) {
    return h(
      "div",
      { class: "beginning" },
      avatar(store.authorOf({ user: one.with ?? "" }), "huge"),
      h("h2", { dir: "auto" }, title),
      h(
        "p",
        null,
        `This is the beginning of your conversation with ${title}. Only you see it. Type / to see what it can do.`,
      ),
    );
  }
  return h(
    "div",
    { class: "beginning" },
    h("h2", { dir: "auto" }, title),
    h(
      "p",
      { dir: "auto" },
      one.kind === "dm"
        ? `This is the beginning of your conversation with ${title}.`
        : `This is the very beginning of ${title}. `,
      one.topic ? ["Its topic: ", renderMrkdwn(one.topic), " "] : null,
      isEmpty && one.member
        ? "Nobody has written here yet: write something, or type / for a command."
        : null,
    ),
  );
}
