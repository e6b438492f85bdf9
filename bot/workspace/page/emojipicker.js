// A small grid of emoji to react with or to write.
import { h } from "./dom.js";
import { FAVOURITES, findEmoji } from "./emoji.js";
import { emojiLeaf } from "./leaves.js";
import { openPopover } from "./popover.js";

/**
 * @param {HTMLElement} anchor
 * @param {(name: string) => void} onPick
 */
export function openEmojiPicker(anchor, onPick) {
  const search = h("input", {
    type: "text",
    class: "picker-input",
    "aria-label": "Search emoji",
    placeholder: "Search emoji",
    autocomplete: "off",
  });
  const grid = h("div", { class: "emoji-grid", role: "group", "aria-label": "Emoji" });
  const draw = () => {
    const query = search.value.trim();
    const names = query ? findEmoji(query).map(([name]) => name) : FAVOURITES;
    grid.replaceChildren(
      ...names.map((name) =>
        h(
          "button",
          { type: "button", class: "emoji-choice", title: `:${name}:`, onclick: () => pick(name) },
          emojiLeaf(name),
        ),
      ),
    );
    if (!names.length) grid.append(h("p", { class: "picker-note" }, "No emoji of that name."));
  };
  const pick = (name) => {
    popover.close();
    onPick(name);
  };
  const popover = openPopover(anchor, h("div", { class: "emoji-picker" }, search, grid), {
    align: "end",
    label: "Emoji",
  });
  search.addEventListener("input", draw);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      grid.querySelector("button")?.click();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      grid.querySelector("button")?.focus();
    }
  });
  grid.addEventListener("keydown", (event) => {
    const all = [...grid.querySelectorAll("button")];
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 9, ArrowUp: -9 }[event.key];
    if (!by) return;
    event.preventDefault();
    (all[all.indexOf(document.activeElement) + by] ?? search).focus();
  });
  draw();
  popover.place();
  search.focus();
}
