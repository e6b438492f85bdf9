// Where blocks stand (a message, a form, Home): its state, and how a press on it reaches the app.
import { act } from "./api.js";
import { FormState } from "./forms.js";
import { toast } from "./popover.js";

/** @typedef {Record<string, any>} Json */
/** @typedef {"message"|"modal"|"home"} Kind */

export class Surface {
  /** Called with a block_id when its element changes. @type {(blockId: string) => void} */
  touched = () => {};

  /**
   * @param {Kind} kind
   * @param {{channel: string, ts: string}|{view_id: string}} container
   * @param {FormState} form
   */
  constructor(kind, container, form = new FormState()) {
    this.kind = kind;
    this.container = container;
    this.form = form;
  }

  /** Whether a change in this block is sent at once. */
  dispatches(block) {
    return block.type !== "input" || block.dispatch_action === true;
  }

  /**
   * Send an action; the control shows that it is on its way, and a warning when it fails.
   * @param {Json} block @param {Json} element @param {Json} value @param {HTMLElement} control
   */
  async send(block, element, value, control) {
    control.setAttribute("aria-busy", "true");
    control.classList.remove("failed");
    try {
      await act({
        do: "action",
        container: this.container,
        block_id: block.block_id,
        action_id: element.action_id,
        value,
        state: this.form.values(),
      });
    } catch (failure) {
      control.classList.add("failed");
      toast(failure.message);
    } finally {
      control.removeAttribute("aria-busy");
    }
  }

  /** Ask the app for the options of an external select. @returns {Promise<Json>} */
  suggest(block, element, typed) {
    return act({
      do: "suggest",
      container: this.container,
      block_id: block.block_id,
      action_id: element.action_id,
      value: typed,
    });
  }
}
