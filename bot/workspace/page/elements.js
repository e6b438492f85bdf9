// Block Kit's elements by type, each made by the module of its kind.
import {
  channelItems,
  conversationItems,
  externalSource,
  makeChoices,
  makeMultiSelect,
  makeSelect,
  optionItems,
  peopleItems,
} from "./choosing.js";
import { h } from "./dom.js";
import { picture } from "./picture.js";
import {
  makeButton,
  makeFeedback,
  makeIconButton,
  makeOverflow,
  makeWorkflowButton,
} from "./pressing.js";
import { store } from "./state.js";
import {
  makeDate,
  makeDateTime,
  makeFileInput,
  makeRichText,
  makeText,
  makeTime,
} from "./typing.js";

/** @typedef {import("./control.js").Place} Place */

/** @type {Record<string, (place: Place) => HTMLElement>} */
const MAKERS = {
  button: makeButton,
  workflow_button: makeWorkflowButton,
  overflow: makeOverflow,
  static_select: (place) => makeSelect(place, { items: optionItems(place.element) }),
  external_select: (place) => makeSelect(place, externalSource(place)),
  users_select: (place) => makeSelect(place, { items: peopleItems(), ids: true }),
  conversations_select: (place) =>
    makeSelect(place, { items: conversationItems(place.element), ids: true }),
  channels_select: (place) => makeSelect(place, { items: channelItems(), ids: true }),
  multi_static_select: (place) => makeMultiSelect(place, { items: optionItems(place.element) }),
  multi_external_select: (place) => makeMultiSelect(place, externalSource(place)),
  multi_users_select: (place) => makeMultiSelect(place, { items: peopleItems(), ids: true }),
  multi_conversations_select: (place) =>
    makeMultiSelect(place, { items: conversationItems(place.element), ids: true }),
  multi_channels_select: (place) => makeMultiSelect(place, { items: channelItems(), ids: true }),
  checkboxes: (place) => makeChoices(place, "checkbox"),
  radio_buttons: (place) => makeChoices(place, "radio"),
  datepicker: makeDate,
  timepicker: makeTime,
  datetimepicker: makeDateTime,
  plain_text_input: (place) => makeText(place, {}),
  number_input: (place) =>
    makeText(place, { inputmode: place.element.is_decimal_allowed ? "decimal" : "numeric" }),
  email_text_input: (place) => makeText(place, { type: "email" }),
  url_text_input: (place) => makeText(place, { type: "url" }),
  rich_text_input: makeRichText,
  file_input: makeFileInput,
  feedback_buttons: makeFeedback,
  icon_button: makeIconButton,
  image: (place) => picture(place.element, "thumb"),
};

/** @param {Place} place @returns {HTMLElement} */
export function renderElement(place) {
  const { element, block, surface } = place;
  const make = MAKERS[element?.type];
  if (!make) return h("span", { class: "unknown" }, `[${element?.type ?? "nothing"}]`);
  if (element.visible_to_user_ids && !element.visible_to_user_ids.includes(store.me))
    return h("span", { hidden: true });
  surface.form.meet(block.block_id, element);
  const node = make(place);
  if (element.action_id)
    Object.assign(node.dataset, { actionId: element.action_id, blockId: block.block_id });
  if (element.focus_on_load) node.dataset.focusOnLoad = "";
  return node;
}
