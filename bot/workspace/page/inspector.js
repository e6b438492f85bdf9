// The drawer that shows what workspace and app say to each other, in both directions.
import { get } from "./api.js";
import { debounce, h, matches, spoken } from "./dom.js";
import { icon } from "./icons.js";
import { jsonNode } from "./json.js";
import { toast } from "./popover.js";
import { store } from "./state.js";
import { preciseTime } from "./time.js";

/**
 * @typedef {{number: number, at: string, direction: "to_app"|"from_app", kind: string, name: string,
 *   summary: string, payload: any, status: string|number|null, ms: number|null}} Entry
 */

const KEPT = 1500;
const GOOD = /^(?:|ok|(?:2\d\d )?(?:ok|ack))$/i;

export class Inspector {
  /** @type {Entry[]} */ #entries = [];
  /** @type {Map<number, HTMLElement>} */ #rows = new Map();
  #last = 0;
  #paused = false;
  #chosen = 0;

  /** @param {HTMLElement} root @param {() => void} onClose */
  constructor(root, onClose) {
    this.root = root;
    this.filter = h("input", {
      type: "search",
      class: "field",
      id: "inspector-filter",
      placeholder: "Filter by text",
      "aria-label": "Filter the traffic by text",
    });
    this.kind = h(
      "select",
      { class: "field", id: "inspector-kind", "aria-label": "Filter the traffic by kind" },
      h("option", { value: "" }, "Everything"),
    );
    this.pause = h("button", {
      type: "button",
      class: "icon-button",
      id: "inspector-pause",
      "aria-pressed": "false",
      onclick: () => this.#togglePause(),
    });
    this.list = h("div", {
      class: "traffic-list",
      id: "inspector-list",
      role: "listbox",
      "aria-label": "Traffic",
      tabindex: "0",
    });
    this.detail = h("div", {
      class: "traffic-detail",
      id: "inspector-detail",
      "aria-live": "polite",
    });
    this.count = h("span", { class: "dim traffic-count" });
    root.replaceChildren(
      h(
        "header",
        { class: "pane-head" },
        h("h2", null, icon("traffic"), "Traffic"),
        this.filter,
        this.kind,
        this.count,
        this.pause,
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            id: "inspector-clear",
            "aria-label": "Clear",
            title: "Clear",
            onclick: () => this.#clear(),
          },
          icon("trash"),
        ),
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": "Close the inspector",
            onclick: onClose,
          },
          icon("close"),
        ),
      ),
      h("div", { class: "traffic-panes" }, this.list, this.detail),
    );
    const soon = debounce(() => this.#draw(), 120);
    this.filter.addEventListener("input", soon);
    this.kind.addEventListener("change", () => this.#draw());
    this.list.addEventListener("keydown", (event) => this.#onKey(event));
    this.list.addEventListener("click", (event) => {
      const row = /** @type {Element} */ (event.target).closest(".traffic-row");
      if (row) this.#choose(Number(row.dataset.number));
    });
    this.#drawPause();
    this.#draw();
  }

  get isOpen() {
    return !this.root.hidden;
  }

  /** Fetch what happened before the page listened. */
  async catchUp() {
    try {
      const { entries } = await get("traffic", { after: this.#last });
      for (const entry of entries) this.#keep(entry);
      this.#draw();
    } catch (failure) {
      toast(failure.message);
    }
  }

  /** @param {Entry} entry */
  add(entry) {
    if (this.#paused || !this.#keep(entry) || !this.isOpen) return;
    this.list.querySelector(".empty")?.remove();
    if (!this.#passes(entry)) return;
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 60;
    this.list.append(this.#row(entry));
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
    this.#countUp();
  }

  /** @returns {boolean} whether it is new */
  #keep(entry) {
    if (entry.number <= this.#last) return false;
    this.#last = entry.number;
    this.#entries.push(entry);
    this.#offerKind(entry.kind);
    while (this.#entries.length > KEPT) {
      const old = this.#entries.shift();
      if (!old) break;
      this.#rows.get(old.number)?.remove();
      this.#rows.delete(old.number);
    }
    return true;
  }

  #offerKind(kind) {
    const wanted = [
      ["to_app", "To the app"],
      ["from_app", "From the app"],
      [`kind:${kind}`, kind],
    ];
    for (const [value, words] of wanted) {
      if (kind && ![...this.kind.options].some((option) => option.value === value)) {
        this.kind.append(h("option", { value }, words));
      }
    }
  }

  #passes(entry) {
    const kind = this.kind.value;
    if (kind && kind !== entry.direction && kind !== `kind:${entry.kind}`) return false;
    const query = this.filter.value.trim();
    if (!query) return true;
    return matches(
      `${entry.kind} ${entry.name} ${entry.summary ?? ""} ${entry.status ?? ""} ${JSON.stringify(entry.payload)}`,
      query,
    );
  }

  #draw() {
    if (!this.isOpen) return;
    this.#rows.clear();
    const shown = this.#entries.filter((entry) => this.#passes(entry));
    this.list.replaceChildren(...shown.map((entry) => this.#row(entry)));
    if (!shown.length)
      this.list.append(
        h(
          "p",
          { class: "empty" },
          this.#entries.length
            ? "Nothing passes this filter."
            : "Nothing has been said yet. Type a command and watch it here.",
        ),
      );
    this.list.scrollTop = this.list.scrollHeight;
    if (!this.#chosen)
      this.detail.replaceChildren(
        h("p", { class: "empty" }, "Choose a line to read what was sent."),
      );
    this.#countUp();
  }

  #countUp() {
    const shown = this.list.querySelectorAll(".traffic-row").length;
    this.count.textContent =
      shown === this.#entries.length ? `${shown}` : `${shown} of ${this.#entries.length}`;
  }

  #row(entry) {
    const status = String(entry.status ?? "");
    const row = h(
      "div",
      {
        class: `traffic-row ${entry.direction}${GOOD.test(status) ? "" : " bad"}`,
        role: "option",
        id: `traffic-${entry.number}`,
        "aria-selected": String(entry.number === this.#chosen),
        data: { number: entry.number, kind: entry.kind, name: entry.name },
      },
      h("span", { class: "traffic-time" }, preciseTime(entry.at, store.tz)),
      h(
        "span",
        {
          class: "traffic-way",
          title: entry.direction === "to_app" ? "To the app" : "From the app",
        },
        entry.direction === "to_app" ? "→" : "←",
        spoken(entry.direction === "to_app" ? "to the app" : "from the app"),
      ),
      h("span", { class: "traffic-kind" }, entry.kind),
      h("span", { class: "traffic-name clip" }, entry.name),
      h("span", { class: "traffic-summary clip", dir: "auto" }, entry.summary ?? ""),
      h("span", { class: "traffic-status clip", title: status }, status),
      h(
        "span",
        { class: "traffic-ms" },
        entry.ms === null || entry.ms === undefined ? "" : `${Math.round(entry.ms)} ms`,
      ),
    );
    this.#rows.set(entry.number, row);
    return row;
  }

  #choose(number) {
    const entry = this.#entries.find((one) => one.number === number);
    if (!entry) return;
    this.#rows.get(this.#chosen)?.setAttribute("aria-selected", "false");
    this.#chosen = number;
    const row = this.#rows.get(number);
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
    this.list.setAttribute("aria-activedescendant", `traffic-${number}`);
    this.root.classList.add("detailed");
    this.detail.replaceChildren(
      h(
        "div",
        { class: "traffic-title" },
        h(
          "button",
          {
            type: "button",
            class: "icon-button traffic-back",
            "aria-label": "Back to the list",
            onclick: () => this.root.classList.remove("detailed"),
          },
          icon("back"),
        ),
        h(
          "strong",
          null,
          entry.direction === "to_app" ? "To the app" : "From the app",
          ": ",
          entry.kind,
          " ",
          entry.name,
        ),
        h(
          "span",
          { class: "dim" },
          [entry.status, entry.ms === null ? "" : `${entry.ms} ms`].filter(Boolean).join(" · "),
        ),
      ),
      jsonNode(entry.payload),
    );
  }

  #onKey(event) {
    const rows = [...this.list.querySelectorAll(".traffic-row")];
    const at = rows.findIndex((row) => Number(row.dataset.number) === this.#chosen);
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? rows.length - 1 : at - 1,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (to === undefined || event.altKey || !rows[to]) return;
    event.preventDefault();
    this.#choose(Number(rows[to].dataset.number));
  }

  #togglePause() {
    this.#paused = !this.#paused;
    this.#drawPause();
    if (!this.#paused) this.catchUp();
  }

  #drawPause() {
    const words = this.#paused ? "Continue" : "Pause";
    this.pause.replaceChildren(icon(this.#paused ? "play" : "pause"));
    this.pause.setAttribute("aria-label", words);
    this.pause.setAttribute("aria-pressed", String(this.#paused));
    this.pause.title = words;
  }

  #clear() {
    this.#entries = [];
    this.#chosen = 0;
    this.root.classList.remove("detailed");
    this.#draw();
  }
}
