// What the page knows: the workspace as the acting person sees it, and who wants to hear of changes.

/**
 * @typedef {{id: string, name: string, display_name: string, real_name: string, title: string,
 *   role: string, tz: string, is_bot: boolean, is_guest: boolean, foreign: boolean,
 *   color: string}} Person
 * @typedef {{id: string, name: string, kind: "channel"|"private"|"dm", with: string|null,
 *   topic: string, member: boolean, members: string[], unread: number, mention: boolean,
 *   archived: boolean, shared: boolean}} Conversation
 * @typedef {{id: string, name: string, user: string, color: string, home: boolean,
 *   description: string}} App
 * @typedef {{command: string, description: string, usage_hint: string}} Command
 * @typedef {{name: string, type: "global"|"message", callback_id: string,
 *   description: string}} Shortcut
 * @typedef {Record<string, any>} Message
 * @typedef {{name: string, color: string, isApp: boolean, person: Person|null, key: string}} Author
 */

class Store {
  me = "";
  workspace = { id: "", name: "" };
  /** @type {Map<string, Person>} */ people = new Map();
  /** @type {Map<string, Conversation>} */ conversations = new Map();
  /** @type {Map<string, {handle: string, name: string}>} */ usergroups = new Map();
  /** @type {App|null} */ app = null;
  /** @type {Command[]} */ commands = [];
  /** @type {Shortcut[]} */ shortcuts = [];
  connected = false;
  socketMode = true;
  /** Whether the page itself hears the workspace; null until it has tried. @type {boolean|null} */ online =
    null;
  /** The Home view last shown. @type {Record<string, any>|null} */ home = null;
  /** The open conversation's id, or "home". */ open = "";
  /** @type {Map<string, Set<Function>>} */ #listeners = new Map();

  /** @param {string} name @param {(detail: any) => void} listener */
  on(name, listener) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name)?.add(listener);
  }

  /** @param {string} name @param {any} [detail] */
  emit(name, detail) {
    for (const listener of this.#listeners.get(name) ?? []) listener(detail);
  }

  /** Take over a snapshot. @param {any} snapshot */
  take(snapshot) {
    this.me = snapshot.me;
    this.workspace = snapshot.workspace;
    this.people = new Map(snapshot.people.map((person) => [person.id, person]));
    this.conversations = new Map(snapshot.conversations.map((one) => [one.id, one]));
    this.usergroups = new Map((snapshot.usergroups ?? []).map((group) => [group.id, group]));
    this.app = snapshot.app;
    this.commands = snapshot.commands ?? [];
    this.shortcuts = snapshot.shortcuts ?? [];
    this.connected = snapshot.connected;
    this.socketMode = snapshot.socket_mode;
    this.emit("snapshot");
  }

  /** The time zone every time on the page is shown in. */
  get tz() {
    return this.people.get(this.me)?.tz || "UTC";
  }

  /** @param {string} id */
  nameOf(id) {
    const person = this.people.get(id);
    if (person) return person.display_name || person.real_name || person.name;
    if (id === this.app?.user) return this.app.name;
    return id === "USLACKBOT" ? "Slackbot" : id;
  }

  /** The people one can act as. */
  get cast() {
    return [...this.people.values()].filter((person) => !person.is_bot);
  }

  /** How a conversation is called in a sentence: "#support", "Ana". @param {Conversation} one */
  titleOf(one) {
    if (one.kind !== "dm") return `#${one.name}`;
    return one.with ? this.nameOf(one.with) : one.name || "Direct message";
  }

  /** @param {Message} message @returns {Author} */
  authorOf(message) {
    const person = this.people.get(message.user) ?? null;
    const fromApp =
      Boolean(this.app) && (message.user === this.app?.user || (!message.user && message.bot_id));
    if (fromApp && this.app) {
      const name = message.username || this.app.name;
      return { name, color: this.app.color, isApp: true, person: null, key: `app:${name}` };
    }
    if (person) {
      return {
        name: this.nameOf(person.id),
        color: person.color,
        isApp: person.is_bot,
        person,
        key: person.id,
      };
    }
    const id = message.user || message.bot_id || "";
    const name = message.username || this.nameOf(id) || "Unknown";
    return {
      name,
      color: "#6b7280",
      isApp: id === "USLACKBOT" || Boolean(message.bot_id),
      person: null,
      key: id,
    };
  }

  /** The DM with the app, if this person has one. */
  get appConversation() {
    const user = this.app?.user;
    return [...this.conversations.values()].find((one) => one.kind === "dm" && one.with === user);
  }

  setUnread(channel, unread, mention) {
    const one = this.conversations.get(channel);
    if (!one || (one.unread === unread && one.mention === mention)) return;
    one.unread = unread;
    one.mention = mention;
    this.emit("unread", one);
  }
}

export const store = new Store();
