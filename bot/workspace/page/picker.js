// A list one searches by typing and picks from: behind every select, the person switcher and jumping.
import { debounce, fold, h, matches, spoken, uid } from "./dom.js";
import { icon } from "./icons.js";
import { openPopover } from "./popover.js";

/**
 * @typedef {{id: string, label: import("./dom.js").Child, words: string, detail?: import("./dom.js").Child,
 *   aside?: import("./dom.js").Child, face?: () => Node, group?: string, data?: any}} Item
 * @typedef {{label: string, placeholder?: string, empty?: string, items?: Item[],
 *   load?: (query: string) => Promise<Item[]>, minLength?: number, multiple?: boolean,
 *   chosen?: Set<string>, limit?: number, clearable?: boolean,
 *   onPick: (item: Item|null, chosen: Set<string>) => void}} PickerOptions
 */

const SHOWN_AT_MOST = 200;
const LOAD_DELAY = 200;

/**
 * The list itself: a search field over a listbox. `done` is called when picking is over.
 * @param {PickerOptions} options
 * @param {() => void} done
 */
function makePicker(options, done) {
  const listId = uid("list");
  const chosen = options.chosen ?? new Set();
  /** @type {Item[]} */ let items = options.items ?? [];
  /** @type {Item[]} */ let shown = [];
  let active = 0;
  let question = 0;

  const input = h("input", {
    type: "text",
    class: "picker-input",
    role: "combobox",
    "aria-expanded": "true",
    autocomplete: "off",
    spellcheck: "false",
    "aria-controls": listId,
    "aria-autocomplete": "list",
    "aria-label": options.label,
    placeholder: options.placeholder ?? "Search",
  });
  const listbox = h("div", {
    class: "picker-list",
    id: listId,
    role: "listbox",
    "aria-label": options.label,
    "aria-multiselectable": options.multiple ? "true" : null,
  });
  const note = h("p", { class: "picker-note", role: "status" });
  const node = h(
    "div",
    { class: "picker" },
    h("div", { class: "picker-search" }, icon("search"), input),
    listbox,
    note,
  );

  const show = () => {
    const query = input.value.trim();
    const hits = options.load
      ? items
      : bestFirst(
          items.filter((item) => matches(item.words, query)),
          query,
        );
    shown = hits.slice(0, SHOWN_AT_MOST);
    active = Math.max(
      0,
      shown.findIndex((item) => !query && chosen.has(item.id)),
    );
    listbox.replaceChildren(...entries());
    note.textContent = noteFor(query, hits.length);
    mark();
  };

  const noteFor = (query, count) => {
    const least = options.minLength ?? 0;
    if (options.load && query.length < least) {
      return `Type at least ${least} ${least === 1 ? "letter" : "letters"}.`;
    }
    if (!count)
      return query ? `Nothing matches “${query}”.` : (options.empty ?? "Nothing to choose from.");
    if (count > SHOWN_AT_MOST) return `${count - SHOWN_AT_MOST} more. Type to narrow them down.`;
    return "";
  };

  const entries = () => {
    const nodes = [];
    let group;
    shown.forEach((item, index) => {
      if (item.group !== group) {
        group = item.group;
        if (group) nodes.push(h("div", { class: "picker-group", role: "presentation" }, group));
      }
      nodes.push(entry(item, index));
    });
    return nodes;
  };

  const entry = (item, index) =>
    h(
      "div",
      {
        class: "picker-item",
        role: "option",
        id: `${listId}-${index}`,
        "aria-selected": String(chosen.has(item.id)),
        data: { id: item.id },
        onpointermove: () => {
          if (active !== index) {
            active = index;
            mark();
          }
        },
        // Keeps the caret in the search field while the mouse picks.
        onmousedown: (event) => event.preventDefault(),
        onclick: () => pick(item),
      },
      item.face?.(),
      h(
        "span",
        { class: "picker-words" },
        h("span", { class: "picker-label", dir: "auto" }, item.label),
        item.detail ? h("span", { class: "picker-detail", dir: "auto" }, item.detail) : null,
      ),
      item.aside ? h("span", { class: "picker-aside" }, item.aside) : null,
      chosen.has(item.id) ? icon("check") : null,
    );

  const mark = () => {
    listbox.querySelectorAll(".active").forEach((one) => one.classList.remove("active"));
    const here = listbox.querySelector(`#${listId}-${active}`);
    here?.classList.add("active");
    here?.scrollIntoView({ block: "nearest" });
    if (here) input.setAttribute("aria-activedescendant", here.id);
    else input.removeAttribute("aria-activedescendant");
  };

  const pick = (item) => {
    if (!options.multiple) {
      done();
      options.onPick(item, new Set([item.id]));
      return;
    }
    if (chosen.has(item.id)) chosen.delete(item.id);
    else if (options.limit && chosen.size >= options.limit) {
      note.textContent = `At most ${options.limit} can be chosen.`;
      return;
    } else chosen.add(item.id);
    options.onPick(item, chosen);
    const kept = active;
    show();
    active = kept;
    mark();
  };

  const load = async () => {
    const query = input.value.trim();
    question += 1;
    const mine = question;
    if (query.length < (options.minLength ?? 0)) {
      items = [];
      show();
      return;
    }
    note.textContent = "Loading …";
    try {
      const found = await /** @type {Function} */ (options.load)(query);
      if (mine === question) items = found;
      else return;
      show();
    } catch (failure) {
      if (mine === question) note.textContent = failure.message;
    }
  };
  const loadSoon = debounce(load, LOAD_DELAY);

  input.addEventListener("input", () => (options.load ? loadSoon() : show()));
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (steps[event.key] && shown.length) {
      event.preventDefault();
      const next = active + steps[event.key];
      const single = Math.abs(steps[event.key]) === 1;
      active = single
        ? (next + shown.length) % shown.length
        : Math.max(0, Math.min(next, shown.length - 1));
      mark();
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (shown[active]) pick(shown[active]);
    } else if (event.key === "Tab") {
      done();
    }
  });

  if (options.load) load();
  else show();
  return { node, input };
}

/** Within their groups, those that start as typed come first. @param {Item[]} items @param {string} query */
function bestFirst(items, query) {
  if (!query) return items;
  const wanted = fold(query);
  const groups = [...new Set(items.map((item) => item.group))];
  const rank = (item) => {
    const words = fold(item.words).replace(/^[#@/]/, "");
    return words.startsWith(wanted) ? 0 : words.includes(` ${wanted}`) ? 1 : 2;
  };
  return items
    .map((item, index) => ({ item, index, group: groups.indexOf(item.group), rank: rank(item) }))
    .sort((a, b) => a.group - b.group || a.rank - b.rank || a.index - b.index)
    .map(({ item }) => item);
}

/**
 * Float a picker beside a control.
 * @param {HTMLElement} anchor
 * @param {PickerOptions} options
 * @param {Parameters<typeof openPopover>[2]} [where]
 */
export function openPicker(anchor, options, where = {}) {
  const picker = makePicker(options, () => popover.close());
  const popover = openPopover(anchor, picker.node, { wide: true, label: options.label, ...where });
  popover.place();
  picker.input.focus();
  return popover;
}

/** A picker in the middle of the page. @param {PickerOptions} options */
export function openPickerDialog(options) {
  const picker = makePicker(options, () => dialog.close());
  const dialog = h(
    "dialog",
    { class: "dialog jump", "aria-label": options.label },
    spoken(options.label),
    picker.node,
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  picker.input.focus();
}
