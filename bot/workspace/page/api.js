// Talks to the workspace's server: plain requests, and a stream that comes back after a break.
import { store } from "./state.js";

/** A request the server refused or never answered; its message is for the person. */
export class RequestFailed extends Error {}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new RequestFailed("The workspace does not answer. Is it still running?");
  }
  const text = await response.text();
  const body = parsed(text);
  if (body === null || (!response.ok && body.ok !== false)) {
    const words = body?.error ?? text.slice(0, 200);
    throw new RequestFailed(
      words || `The workspace answered ${response.status} to ${path.split("?")[0]}.`,
    );
  }
  return body;
}

/** @returns {any} null when it is not JSON */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @param {string} name one of snapshot, messages, thread, home, views, traffic
 * @param {Record<string, string|number>} [query]
 */
export function get(name, query = {}) {
  const words = new URLSearchParams({ as: store.me, ...query });
  return request(`/page/${name}?${words}`, { headers: { Accept: "application/json" } });
}

/**
 * Do something as the acting person. The answer has `ok`; when it is false, `error` is a sentence.
 * @param {Record<string, any>} deed
 * @returns {Promise<Record<string, any>>}
 */
export async function act(deed) {
  const answer = await request("/page/act", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ as: store.me, ...deed }),
  });
  if (answer.ok === false && answer.error && !answer.errors) throw new RequestFailed(answer.error);
  return answer;
}

const FIRST_WAIT = 400;
const LONGEST_WAIT = 8000;

/** The server's news for one person; reconnects with growing pauses until closed. */
export class Stream {
  #person;
  #hear;
  #status;
  #wait = FIRST_WAIT;
  #closed = false;
  #timer = 0;
  /** @type {WebSocket|null} */ #socket = null;
  /** @type {(value?: unknown) => void} */ #settle = () => {};
  /** Resolves when the first try to connect has ended, well or not. */
  ready = new Promise((resolve) => {
    this.#settle = resolve;
  });

  /**
   * @param {string} person
   * @param {(news: any) => void} hear
   * @param {(online: boolean) => void} status
   */
  constructor(person, hear, status) {
    this.#person = person;
    this.#hear = hear;
    this.#status = status;
    this.#connect();
    window.addEventListener("online", this.#hurry);
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(
      `${scheme}://${location.host}/page/stream?as=${encodeURIComponent(this.#person)}`,
    );
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = FIRST_WAIT;
      this.#settle();
      if (!this.#closed) this.#status(true);
    };
    socket.onmessage = (event) => {
      if (!this.#closed) this.#hear(JSON.parse(event.data));
    };
    socket.onclose = () => {
      this.#settle();
      if (this.#closed) return;
      this.#status(false);
      this.#timer = window.setTimeout(
        () => this.#connect(),
        this.#wait * (0.8 + Math.random() * 0.4),
      );
      this.#wait = Math.min(this.#wait * 1.7, LONGEST_WAIT);
    };
  }

  #hurry = () => {
    if (this.#closed || this.#socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.#timer);
    this.#connect();
  };

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    window.removeEventListener("online", this.#hurry);
    this.#socket?.close();
  }
}
