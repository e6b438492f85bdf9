// Controls one chooses with: selects of one or several, checkboxes, radio buttons.
import { blockName, change, currentValue, naming, placeholderOf } from "./control.js";
import { h, spoken, uid } from "./dom.js";
import { icon } from "./icons.js";
import { bareWords, renderText, wordsOf } from "./mrkdwn.js";
import { openPicker } from "./picker.js";
import { avatar } from "./popover.js";
import { store } from "./state.js";
import { timeOf } from "./time.js";

/** @typedef {import("./control.js").Place} Place */
/** @typedef {import("./control.js").Json} Json */

/** @param {Json} element @returns {import("./picker.js").Item[]} */
export function optionItems(element) {
  if (!element.option_groups) return (element.options ?? []).map((option) => optionItem(option));
  return element.option_groups.flatMap((group) =>
    group.options.map((option) => optionItem(option, wordsOf(group.label))),
  );
}

function optionItem(option, group) {
  return {
    id: option.value ?? wordsOf(option.text),
    label: renderText(option.text),
    words: `${wordsOf(option.text)} ${wordsOf(option.description)}`,
    detail: option.description ? renderText(option.description) : null,
    group,
    data: option,
  };
}

export function externalSource({ surface, block, element }) {
  return {
    minLength: element.min_query_length ?? 3,
    load: async (typed) => optionItems(await surface.suggest(block, element, typed)),
  };
}

/** @returns {import("./picker.js").Item[]} */
export function peopleItems(filter = (_) => true) {
  return [...store.people.values()].filter(filter).map((person) => ({
    id: person.id,
    label: store.nameOf(person.id),
    words: `${store.nameOf(person.id)} ${person.real_name} ${person.name} ${person.title}`,
    detail: person.title || person.role,
    aside: timeOf(Date.now() / 1000, person.tz),
    face: () =>
      avatar({ name: store.nameOf(person.id), color: person.color, isApp: person.is_bot }, "small"),
    data: person.id,
  }));
}

/** @param {(one: import("./state.js").Conversation) => boolean} wanted */
function conversationsWhere(wanted) {
  return [...store.conversations.values()]
    .filter((one) => !one.archived && wanted(one))
    .map((one) => ({
      id: one.id,
      label: store.titleOf(one),
      words: `${store.titleOf(one)} ${bareWords(one.topic)}`,
      detail: bareWords(one.topic),
      data: one.id,
      face: () => icon(one.kind === "private" ? "lock" : one.kind === "dm" ? "people" : "hash"),
    }));
}

export const channelItems = () => conversationsWhere((one) => one.kind === "channel");

/** @param {Json} element its filter says which kinds are offered */
export function conversationItems(element) {
  const filter = element.filter ?? {};
  const kinds = { public: "channel", private: "private", im: "dm" };
  const included = filter.include?.map((name) => kinds[name]) ?? Object.values(kinds);
  return conversationsWhere(
    (one) =>
      included.includes(one.kind) &&
      !(filter.exclude_external_shared_channels && one.shared) &&
      !(filter.exclude_bot_users && one.kind === "dm" && store.people.get(one.with ?? "")?.is_bot),
  );
}

/** How a held value (an option or an id) is shown. */
function valueWords(held) {
  if (typeof held !== "string") return wordsOf(held.text);
  const conversation = store.conversations.get(held);
  return conversation ? store.titleOf(conversation) : store.nameOf(held);
}
const valueLabel = (held) => (typeof held === "string" ? valueWords(held) : renderText(held.text));
const valueId = (held) => (typeof held === "string" ? held : (held.value ?? wordsOf(held.text)));

/** @param {Place} place @param {{items?: any[], load?: any, minLength?: number, ids?: boolean}} source */
export function makeSelect(place, source) {
  const { element, block } = place;
  const shown = h("span", { class: "clip select-words", id: uid("value"), dir: "auto" });
  const trigger = h(
    "button",
    {
      type: "button",
      class: "select",
      role: "combobox",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      ...naming(place, "Choose an option"),
    },
    shown,
    icon("down"),
  );
  const clear = h(
    "button",
    {
      type: "button",
      class: "icon-button clear",
      "aria-label": "Clear",
      onclick: () => pick(null),
    },
    icon("close"),
  );
  const node = h("span", { class: "select-box" }, trigger, block.optional ? clear : null);
  const draw = () => {
    const held = currentValue(place);
    shown.replaceChildren(
      held ? toNode(valueLabel(held)) : placeholderOf(element, "Choose an option"),
    );
    trigger.classList.toggle("unset", !held);
    clear.hidden = !held;
    // The value belongs to the name, or a screen reader would say only the label.
    if (place.label) trigger.setAttribute("aria-labelledby", `${place.label} ${shown.id}`);
    else
      trigger.setAttribute(
        "aria-label",
        `${placeholderOf(element, blockName(place) || "Choose")}${held ? `: ${valueWords(held)}` : ""}`,
      );
  };
  const pick = async (item) => {
    if (await change(place, item?.data ?? null, trigger)) draw();
    trigger.focus();
  };
  trigger.addEventListener("click", () => {
    const held = currentValue(place);
    openPicker(trigger, {
      ...source,
      label: trigger.getAttribute("aria-label") ?? blockName(place) ?? "Options",
      chosen: new Set(held ? [valueId(held)] : []),
      onPick: (item) => pick(item),
    });
  });
  openOnArrows(trigger);
  draw();
  return node;
}

const toNode = (child) => (typeof child === "string" ? document.createTextNode(child) : child);

function openOnArrows(trigger) {
  trigger.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    trigger.click();
  });
}

/** @param {Place} place @param {{items?: any[], load?: any, minLength?: number, ids?: boolean}} source */
export function makeMultiSelect(place, source) {
  const { element } = place;
  const chips = h("span", { class: "chips" });
  const trigger = h("button", {
    type: "button",
    class: "select-add",
    role: "combobox",
    "aria-haspopup": "listbox",
    "aria-expanded": "false",
    id: uid("add"),
    ...naming(place, "Choose options"),
  });
  if (place.label) trigger.setAttribute("aria-labelledby", `${place.label} ${trigger.id}`);
  const node = h(
    "span",
    { class: "multi-select", role: "group", "aria-labelledby": place.label ?? null },
    chips,
    trigger,
    icon("down"),
  );
  const draw = () => {
    const held = currentValue(place) ?? [];
    chips.replaceChildren(
      ...held.map((one) =>
        h(
          "span",
          { class: "chip" },
          h("span", { class: "clip", dir: "auto" }, valueLabel(one)),
          h(
            "button",
            {
              type: "button",
              class: "chip-remove",
              "aria-label": `Remove ${valueWords(one)}`,
              onclick: () => take(held.filter((other) => other !== one)),
            },
            icon("close"),
          ),
        ),
      ),
    );
    trigger.replaceChildren(
      held.length ? spoken("Add more") : placeholderOf(element, "Choose options"),
    );
  };
  const take = async (values) => {
    if (await change(place, values, trigger)) draw();
  };
  const open = () => {
    const held = currentValue(place) ?? [];
    /** Options picked in earlier searches are not in the list any more, but stay chosen. */
    const known = new Map(held.map((one) => [valueId(one), one]));
    openPicker(
      trigger.parentElement ?? trigger,
      {
        ...source,
        multiple: true,
        limit: element.max_selected_items,
        label: blockName(place) || "Options",
        chosen: new Set(known.keys()),
        onPick: (item, chosen) => {
          if (item) known.set(item.id, item.data);
          take([...chosen].map((id) => known.get(id)));
        },
      },
      { onClose: () => trigger.focus() },
    );
  };
  trigger.addEventListener("click", open);
  node.addEventListener("click", (event) => {
    if (event.target === node || event.target === chips) open();
  });
  openOnArrows(trigger);
  draw();
  return node;
}

/** @param {Place} place @param {"checkbox"|"radio"} type */
export function makeChoices(place, type) {
  const { element } = place;
  const name = uid("choice");
  const many = type === "checkbox";
  const held = () => {
    const value = currentValue(place);
    return (many ? (value ?? []) : value ? [value] : []).map(valueId);
  };
  const node = h("div", {
    class: "choices",
    role: many ? "group" : "radiogroup",
    ...naming(place, "Options"),
  });
  if (many) node.removeAttribute("aria-required");
  const inputs = element.options.map((option) => {
    const input = h("input", { type, name, checked: held().includes(valueId(option)) });
    input.addEventListener("change", async () => {
      const ticked = element.options.filter((_, index) => inputs[index].checked);
      const kept = await change(place, many ? ticked : option, node);
      if (!kept)
        element.options.forEach((one, index) => {
          inputs[index].checked = held().includes(valueId(one));
        });
    });
    node.append(
      h(
        "label",
        { class: "choice" },
        input,
        h(
          "span",
          { class: "choice-words", dir: "auto" },
          h("span", null, renderText(option.text)),
          option.description
            ? h("span", { class: "choice-detail" }, renderText(option.description))
            : null,
        ),
      ),
    );
    return input;
  });
  return node;
}
