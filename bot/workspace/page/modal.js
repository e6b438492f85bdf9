// Modals: a stack of up to three forms, one shown, with errors beside the fields that caused them.
import { act, get } from "./api.js";
import { renderBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { complaint, formOf, keepForms } from "./forms.js";
import { icon } from "./icons.js";
import { focusKey, restoreFocus } from "./messagelist.js";
import { renderPlain, wordsOf } from "./mrkdwn.js";
import { avatar, closePopover, toast } from "./popover.js";
import { store } from "./state.js";
import { Surface } from "./surface.js";

/** @typedef {Record<string, any>} View */

const TROUBLE = "We had some trouble connecting. Try again?";

export class Modals {
  /** @type {View[]} bottom first */ #stack = [];
  #drawn = "";
  #sending = false;

  constructor() {
    this.title = h("h2", { id: "modal-title", class: "modal-title", dir: "auto" });
    this.back = h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": "Back to the form before",
        onclick: () => this.close(),
      },
      icon("back"),
    );
    this.depth = h("span", { class: "modal-depth dim" });
    this.face = h("span", { class: "modal-face" });
    this.body = h("div", { class: "modal-body" });
    this.banner = h("p", { class: "modal-banner", role: "alert", hidden: true });
    this.closeButton = h("button", {
      type: "button",
      class: "button",
      id: "modal-close",
      onclick: () => this.close(),
    });
    this.submitButton = h("button", {
      type: "submit",
      class: "button primary",
      id: "modal-submit",
    });
    this.form = h(
      "form",
      { class: "modal-form", novalidate: true, autocomplete: "off" },
      h(
        "header",
        { class: "modal-head" },
        this.back,
        this.face,
        this.title,
        this.depth,
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            id: "modal-dismiss",
            "aria-label": "Close",
            onclick: () => this.close(true),
          },
          icon("close"),
        ),
      ),
      this.body,
      this.banner,
      h("footer", { class: "modal-foot" }, this.closeButton, this.submitButton),
    );
    this.dialog = h(
      "dialog",
      { class: "dialog modal", id: "modal", "aria-labelledby": "modal-title" },
      this.form,
    );
    document.body.append(this.dialog);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.dialog.addEventListener("keydown", (event) => this.#onKey(event));
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    // The browser may close a dialog by itself on a second Escape; the view goes with it.
    this.dialog.addEventListener("close", () => this.#stack.length && this.close(true));
  }

  get #top() {
    return this.#stack[this.#stack.length - 1];
  }

  /** Show what the server says is open. @param {View[]} stack */
  show(stack) {
    const before = this.#top?.id;
    this.#stack = stack;
    keepForms(stack.map((view) => view.id).concat(store.home?.id ?? []));
    const top = this.#top;
    if (!top) {
      this.#drawn = "";
      if (this.dialog.open) this.dialog.close();
      return;
    }
    const version = `${top.id} ${top.hash} ${stack.length}`;
    if (version === this.#drawn) return;
    this.#draw(top, before === top.id);
    this.#drawn = version;
  }

  /** @param {View} view @param {boolean} again whether the same view was shown already */
  #draw(view, again) {
    if (!again) closePopover();
    const held = again ? focusKey(this.body) : null;
    const scroll = again ? this.body.scrollTop : 0;
    this.surface = new Surface("modal", { view_id: view.id }, formOf(view, store.open));
    this.surface.touched = (blockId) => this.#setError(blockId, "");
    this.dialog.dataset.viewId = view.id;
    this.dialog.dataset.callbackId = view.callback_id ?? "";
    this.dialog.classList.toggle("stacked", this.#stack.length > 1);
    this.title.replaceChildren(renderPlain(wordsOf(view.title) || "Form"));
    this.face.replaceChildren(
      store.app
        ? avatar({ name: store.app.name, color: store.app.color, isApp: true }, "small")
        : "",
    );
    this.depth.textContent = this.#stack.length > 1 ? `${this.#stack.length} of 3` : "";
    this.back.hidden = this.#stack.length < 2;
    this.closeButton.textContent = wordsOf(view.close) || (view.submit ? "Cancel" : "Close");
    this.submitButton.hidden = !view.submit && !inputsOf(view.blocks).length;
    this.submitButton.textContent = wordsOf(view.submit) || "Submit";
    this.banner.hidden = true;
    this.#busy(false);
    this.body.replaceChildren(
      this.surface.form.whileDrawing(() => renderBlocks(view.blocks, this.surface)),
    );
    if (!this.dialog.open) this.dialog.showModal();
    this.body.scrollTop = scroll;
    if (held) restoreFocus(this.body, held);
    else if (!again) this.#focusFirst();
  }

  #focusFirst() {
    const wished = this.body.querySelector("[data-focus-on-load]");
    const first =
      wished ??
      this.body.querySelector(".input-block :is(input, textarea, button)") ??
      this.body.querySelector("button, a[href], input, textarea") ??
      this.closeButton;
    const target = first.matches("input, textarea, button, a")
      ? first
      : first.querySelector("input, textarea, button");
    target?.focus();
  }

  #onKey(event) {
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.form.requestSubmit();
    }
  }

  #busy(busy) {
    this.#sending = busy;
    this.submitButton.disabled = busy;
    this.submitButton.toggleAttribute("aria-busy", busy);
    this.form.setAttribute("aria-busy", String(busy));
  }

  async #submit() {
    const view = this.#top;
    if (!view || this.#sending || this.submitButton.hidden) return;
    const inputs = inputsOf(view.blocks);
    const errors = Object.fromEntries(
      inputs
        .map((block) => [block.block_id, complaint(block, this.surface.form)])
        .filter(([, sentence]) => sentence),
    );
    this.#showErrors(inputs, errors);
    if (Object.keys(errors).length) return;
    this.#busy(true);
    try {
      const answer = await act({
        do: "submit",
        view_id: view.id,
        state: this.surface.form.values(),
      });
      if (this.#top?.id !== view.id) return;
      if (answer.errors) this.#showErrors(inputs, answer.errors);
      else if (!store.online) this.show((await get("views")).stack);
    } catch (failure) {
      if (this.#top?.id === view.id) this.#say(failure.message || TROUBLE);
      else toast(failure.message);
    } finally {
      if (this.#top?.id === view.id) this.#busy(false);
    }
  }

  #say(sentence) {
    this.banner.textContent = sentence;
    this.banner.hidden = !sentence;
  }

  /** Each sentence beside its field, the focus on the first. */
  #showErrors(inputs, errors) {
    this.#say("");
    for (const block of inputs) this.#setError(block.block_id, errors[block.block_id] ?? "");
    const stray = Object.keys(errors).filter(
      (id) => !inputs.some((block) => block.block_id === id),
    );
    if (stray.length) this.#say(errors[stray[0]]);
    const first = this.body.querySelector(".input-block.invalid");
    const control = first?.querySelector(
      "input, textarea, button.select, button.select-add, button",
    );
    control?.focus();
    first?.scrollIntoView({ block: "nearest" });
  }

  #setError(blockId, sentence) {
    const node = [...this.body.querySelectorAll(".input-block")].find(
      (one) => one.dataset.input === blockId,
    );
    if (!node) return;
    node.classList.toggle("invalid", Boolean(sentence));
    const slot = node.querySelector(".field-error");
    if (slot && slot.textContent !== sentence) slot.textContent = sentence;
    for (const control of node.querySelectorAll(".field, .select, .select-add, .choices")) {
      if (sentence) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }

  /** Close the top view, or with `all` the whole stack. The page does not wait for the app. */
  async close(all = false) {
    const view = this.#top;
    if (!view) return;
    closePopover();
    this.show(all || view.clear_on_close ? [] : this.#stack.slice(0, -1));
    try {
      await act({ do: "close", view_id: view.id, all: all || undefined });
    } catch (failure) {
      toast(failure.message);
      this.show((await get("views")).stack);
    }
  }
}

/** The input blocks of a view, those inside containers too. @returns {Record<string, any>[]} */
function inputsOf(blocks) {
  return blocks.flatMap((block) => {
    if (block.type === "input") return [block];
    return block.child_blocks ? inputsOf(block.child_blocks) : [];
  });
}
