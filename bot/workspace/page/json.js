// JSON laid out for reading, with keys, strings and numbers told apart.
import { h, uid } from "./dom.js";
import { icon } from "./icons.js";

const TOKEN =
  /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
/** Beyond this many characters colouring costs more than it helps. */
const COLOURED_UP_TO = 60000;

/** @param {unknown} value */
export function jsonNode(value) {
  const text = JSON.stringify(value, null, 2) ?? "";
  const pre = h("pre", { class: "json", tabindex: "0" });
  if (text.length > COLOURED_UP_TO) {
    pre.textContent = text;
    return pre;
  }
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    const at = match.index ?? 0;
    if (at > from) pre.append(text.slice(from, at));
    const kind = match[1]
      ? match[2]
        ? "json-key"
        : "json-string"
      : match[3]
        ? "json-word"
        : "json-number";
    pre.append(
      h("span", { class: kind }, match[1] ?? match[0]),
      match[1] && match[2] ? match[2] : "",
    );
    from = at + match[0].length;
  }
  pre.append(text.slice(from));
  return pre;
}

/** A dialog with some JSON in it. @param {string} title @param {unknown} value */
export function showJson(title, value) {
  const id = uid("json");
  const dialog = h(
    "dialog",
    { class: "dialog json-dialog", "aria-labelledby": id },
    h(
      "div",
      { class: "dialog-head" },
      h("h2", { id }, title),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Close",
          onclick: () => dialog.close(),
        },
        icon("close"),
      ),
    ),
    h("div", { class: "dialog-body" }, jsonNode(value)),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
