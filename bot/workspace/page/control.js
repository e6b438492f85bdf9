// What all controls of Block Kit share: where they stand, what they hold, how a change is sent.
import { keyOf } from "./forms.js";
import { wordsOf } from "./mrkdwn.js";
import { askConfirm } from "./popover.js";

/** @typedef {Record<string, any>} Json */
/** @typedef {import("./surface.js").Surface} Surface */
/**
 * @typedef {{block: Json, element: Json, surface: Surface, label?: string, hint?: string}} Place
 *   an element where it stands; label and hint are ids of what names and describes it
 */

export const blockName = (place) =>
  wordsOf(place.block.label) || wordsOf(place.block.text).slice(0, 80);
export const placeholderOf = (element, otherwise) => wordsOf(element.placeholder) || otherwise;
export const currentValue = ({ surface, block, element }) =>
  surface.form.get(block.block_id, element);

/** Names and descriptions for a screen reader. @param {Place} place */
export function naming(place, otherwise) {
  return {
    "aria-labelledby": place.label ?? null,
    "aria-label": place.label ? null : placeholderOf(place.element, blockName(place) || otherwise),
    "aria-describedby": place.hint ?? null,
    "aria-required": place.block.type === "input" && !place.block.optional ? "true" : null,
  };
}

/**
 * Take over a new value and send it where this block sends at once.
 * @param {Place} place @param {any} value @param {HTMLElement} control
 * @returns {Promise<boolean>} false when the person said no in the confirm dialog
 */
export async function change(place, value, control) {
  const { surface, block, element } = place;
  const sends = surface.dispatches(block);
  if (sends && element.confirm && !(await askConfirm(element.confirm))) return false;
  surface.form.set(block.block_id, element, value);
  surface.touched(block.block_id);
  if (sends) surface.send(block, element, { [keyOf(element.type)]: value }, control);
  return true;
}
