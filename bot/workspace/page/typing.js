// Controls one types into: text, numbers, addresses, days and times.
import { change, currentValue, naming } from "./control.js";
import { debounce, h } from "./dom.js";
import { icon } from "./icons.js";
import { wordsOf } from "./mrkdwn.js";
import { richTextWords } from "./richtext.js";
import { store } from "./state.js";
import { instantOf, wallClock } from "./time.js";

/** @typedef {import("./control.js").Place} Place */

const DATE_PAUSE = 700;

/** A native picker; what is typed into it arrives a part at a time, so sending waits for a pause. */
function makeMoment(place, type, words, toInput, fromInput) {
  const node = h("input", {
    type,
    class: "field moment",
    value: toInput(currentValue(place)),
    ...naming(place, words),
  });
  const settle = debounce(
    async () => {
      const value = node.value ? fromInput(node.value) : null;
      if (value === currentValue(place)) return;
      if (!(await change(place, value, node))) node.value = toInput(currentValue(place));
    },
    place.surface.dispatches(place.block) ? DATE_PAUSE : 0,
  );
  node.addEventListener("change", settle);
  node.addEventListener("blur", () => settle.flush());
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter") settle.flush();
  });
  return node;
}

export const makeDate = (place) =>
  makeMoment(
    place,
    "date",
    "Date",
    (value) => value ?? "",
    (text) => text,
  );

export const makeTime = (place) =>
  makeMoment(
    place,
    "time",
    "Time",
    (value) => value ?? "",
    (text) => text.slice(0, 5),
  );

/** Slack keeps an instant; the person sees their own wall clock. */
export const makeDateTime = (place) =>
  makeMoment(
    place,
    "datetime-local",
    "Date and time",
    (value) => (value ? wallClock(value, store.tz) : ""),
    (text) => instantOf(text, store.tz),
  );

const TYPING_PAUSE = 400;

/** @param {Place} place @param {Record<string, string>} attributes */
export function makeText(place, attributes) {
  const { element, surface, block } = place;
  const node = h(element.multiline ? "textarea" : "input", {
    class: "field",
    dir: "auto",
    rows: element.multiline ? 4 : null,
    autocomplete: "off",
    ...(element.multiline ? {} : { type: "text" }),
    ...attributes,
    value: currentValue(place) ?? "",
    placeholder: wordsOf(element.placeholder) || null,
    ...naming(place, "Text"),
  });
  const counter = element.max_length
    ? h("span", { class: "counter", "aria-hidden": "true" })
    : null;
  const count = () => {
    if (!counter) return;
    const left = element.max_length - [...node.value].length;
    counter.textContent = left <= Math.max(20, element.max_length * 0.1) ? String(left) : "";
    counter.classList.toggle("over", left < 0);
  };
  const when = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const send = () => change(place, node.value || null, node);
  const sendSoon = debounce(send, TYPING_PAUSE);
  node.addEventListener("input", () => {
    surface.form.set(block.block_id, element, node.value || null);
    surface.touched(block.block_id);
    count();
    if (surface.dispatches(block) && when.includes("on_character_entered")) sendSoon();
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || element.multiline) return;
    if (!surface.dispatches(block) || !when.includes("on_enter_pressed")) return;
    event.preventDefault();
    sendSoon.cancel();
    send();
  });
  count();
  return counter ? h("span", { class: "counted" }, node, counter) : node;
}

/** Rich text is typed as plain lines here; it is sent in Slack's shape. */
export function makeRichText(place) {
  const held = currentValue(place);
  const node = h("textarea", {
    class: "field",
    dir: "auto",
    rows: place.element.min_lines ?? 4,
    value: held ? richTextWords(held) : "",
    placeholder: wordsOf(place.element.placeholder) || null,
    ...naming(place, "Text"),
  });
  node.addEventListener("input", () => {
    const section = { type: "rich_text_section", elements: [{ type: "text", text: node.value }] };
    place.surface.form.set(
      place.block.block_id,
      place.element,
      node.value ? { type: "rich_text", elements: [section] } : null,
    );
    place.surface.touched(place.block.block_id);
  });
  return node;
}

export function makeFileInput() {
  return h(
    "p",
    { class: "hint" },
    icon("file"),
    " Files cannot be attached in a practice workspace.",
  );
}
