// What people have filled in: the state of one message, form or Home, in the shape Slack sends it.

/**
 * @typedef {Record<string, any>} Element
 * @typedef {Record<string, any>} Value what stands in state.values[block_id][action_id]
 */

/** The part of a value that is filled, by element type, and what it is when untouched. */
const SHAPES = {
  plain_text_input: ["value", null],
  email_text_input: ["value", null],
  url_text_input: ["value", null],
  number_input: ["value", null],
  static_select: ["selected_option", null],
  external_select: ["selected_option", null],
  radio_buttons: ["selected_option", null],
  users_select: ["selected_user", null],
  conversations_select: ["selected_conversation", null],
  channels_select: ["selected_channel", null],
  multi_static_select: ["selected_options", []],
  multi_external_select: ["selected_options", []],
  checkboxes: ["selected_options", []],
  multi_users_select: ["selected_users", []],
  multi_conversations_select: ["selected_conversations", []],
  multi_channels_select: ["selected_channels", []],
  datepicker: ["selected_date", null],
  timepicker: ["selected_time", null],
  datetimepicker: ["selected_date_time", null],
  rich_text_input: ["rich_text_value", null],
  file_input: ["files", []],
};

/** The initial_* property an element of each kind may carry. */
const INITIAL = {
  value: "initial_value",
  selected_option: "initial_option",
  selected_options: "initial_options",
  selected_user: "initial_user",
  selected_users: "initial_users",
  selected_conversation: "initial_conversation",
  selected_conversations: "initial_conversations",
  selected_channel: "initial_channel",
  selected_channels: "initial_channels",
  selected_date: "initial_date",
  selected_time: "initial_time",
  selected_date_time: "initial_date_time",
  rich_text_value: "initial_value",
};

/** Which key of a value this element fills, or undefined when it keeps no state. */
export function keyOf(type) {
  return SHAPES[type]?.[0];
}

/** @param {Element} element @param {string} here the conversation it is shown in */
function startingValue(element, here) {
  const [key, empty] = SHAPES[element.type];
  const preset = element[INITIAL[key]];
  const current = element.default_to_current_conversation && here;
  if (preset !== undefined && preset !== null) return preset;
  if (current && key === "selected_conversation") return here;
  if (current && key === "selected_conversations") return [here];
  return Array.isArray(empty) ? [] : empty;
}

/** The values of one surface; they outlive a redraw as long as their ids stay. */
export class FormState {
  /** @type {Map<string, Value>} keyed by block and action */ #values = new Map();
  /** @type {Set<string>} */ #drawn = new Set();
  #known;
  #here;

  /**
   * @param {Record<string, Record<string, Value>>} [known] values the server remembers
   * @param {string} [here] the conversation the surface was opened from
   */
  constructor(known = {}, here = "") {
    this.#known = known;
    this.#here = here;
  }

  /** Take what the server remembers for elements met from now on. */
  learn(known = {}) {
    this.#known = known;
  }

  #key(blockId, actionId) {
    return JSON.stringify([blockId, actionId]);
  }

  /**
   * Forget what is no longer drawn: call around drawing the surface.
   * @template T
   * @param {() => T} draw
   * @returns {T}
   */
  whileDrawing(draw) {
    this.#drawn = new Set();
    const node = draw();
    for (const key of this.#values.keys()) if (!this.#drawn.has(key)) this.#values.delete(key);
    return node;
  }

  /** An element is on the page: give it its value, an earlier one if there is one. */
  meet(blockId, element) {
    const shape = SHAPES[element.type];
    if (!shape) return;
    const key = this.#key(blockId, element.action_id);
    this.#drawn.add(key);
    if (this.#values.get(key)?.type === element.type) return;
    const value = { type: element.type, [shape[0]]: startingValue(element, this.#here) };
    const known = this.#known[blockId]?.[element.action_id];
    if (known?.type === element.type && known[shape[0]] !== null && known[shape[0]] !== undefined) {
      value[shape[0]] = known[shape[0]];
    }
    if (element.type === "timepicker" && element.timezone) value.timezone = element.timezone;
    this.#values.set(key, value);
  }

  /** @returns {any} */
  get(blockId, element) {
    return this.#values.get(this.#key(blockId, element.action_id))?.[keyOf(element.type)];
  }

  set(blockId, element, value) {
    const held = this.#values.get(this.#key(blockId, element.action_id));
    if (held) held[keyOf(element.type)] = value;
  }

  /** state.values, as Slack sends it. */
  values() {
    /** @type {Record<string, Record<string, Value>>} */
    const out = {};
    for (const [key, value] of this.#values) {
      const [blockId, actionId] = JSON.parse(key);
      (out[blockId] ??= {})[actionId] = { ...value };
    }
    return out;
  }
}

/** @type {Map<string, FormState>} what is filled in in each open view */
const viewForms = new Map();

/** The state of a view; it lives as long as the view is open. @param {Record<string, any>} view */
export function formOf(view, here = "") {
  let form = viewForms.get(view.id);
  if (!form) {
    form = new FormState({}, here);
    viewForms.set(view.id, form);
  }
  form.learn(view.state?.values);
  return form;
}

/** Forget the state of every view but these. @param {Iterable<string>} ids */
export function keepForms(ids) {
  const kept = new Set(ids);
  for (const id of viewForms.keys()) if (!kept.has(id)) viewForms.delete(id);
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/**
 * What Slack's own client would say about an input block, or "" when it is fine.
 * @param {Record<string, any>} block
 * @param {FormState} form
 */
export function complaint(block, form) {
  const element = block.element;
  const value = form.get(block.block_id, element);
  const empty =
    value === null ||
    value === undefined ||
    value === "" ||
    (Array.isArray(value) && !value.length);
  if (empty) return block.optional ? "" : "Please complete this required field.";
  switch (element.type) {
    case "plain_text_input":
      return lengthComplaint(element, value);
    case "number_input":
      return numberComplaint(element, value);
    case "email_text_input":
      return EMAIL.test(value) ? "" : "Please enter a valid email address.";
    case "url_text_input":
      return isUrl(value) ? "" : "Please enter a valid URL.";
    default:
      return "";
  }
}

function lengthComplaint(element, value) {
  const length = [...value].length;
  if (element.min_length && length < element.min_length) {
    return `Please enter at least ${element.min_length} characters.`;
  }
  if (element.max_length && length > element.max_length) {
    return `Please shorten this to ${element.max_length} characters; it has ${length}.`;
  }
  return "";
}

function numberComplaint(element, value) {
  const number = Number(value);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value.trim()) || !Number.isFinite(number))
    return "Please enter a number.";
  if (!element.is_decimal_allowed && !/^[+-]?\d+$/.test(value.trim()))
    return "Please enter a whole number.";
  if (element.min_value !== undefined && number < Number(element.min_value)) {
    return `Please enter a number that is ${element.min_value} or more.`;
  }
  if (element.max_value !== undefined && number > Number(element.max_value)) {
    return `Please enter a number that is ${element.max_value} or less.`;
  }
  return "";
}

function isUrl(value) {
  try {
    return /^https?:$/.test(new URL(value).protocol);
  } catch {
    return false;
  }
}
