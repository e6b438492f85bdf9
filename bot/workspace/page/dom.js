// Builds DOM nodes: whatever is given as a child becomes a text node, never markup.

/** @typedef {any} Child a node, text, nothing, or an array of these */

const SVG = "http://www.w3.org/2000/svg";
const AS_PROPERTY = new Set([
  "value",
  "checked",
  "disabled",
  "hidden",
  "tabIndex",
  "indeterminate",
]);
let counter = 0;

/** An id that no other element has. */
export function uid(prefix = "id") {
  counter += 1;
  return `${prefix}-${counter}`;
}

/**
 * Make an element: h("p", {class: "hint", onclick: close}, "words", child).
 * @param {string} tag
 * @param {Record<string, any>} [props] attributes; on* are listeners, data and style are objects
 * @param {...Child} children
 * @returns {HTMLElement & Record<string, any>}
 */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props ?? {})) setProp(node, key, value);
  append(node, children);
  return node;
}

/**
 * Make an SVG element.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {SVGElement & Record<string, any>}
 */
export function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, String(value));
  }
  append(node, children);
  return node;
}

function setProp(node, key, value) {
  if (value === undefined || value === null) return;
  if (key === "data") Object.assign(node.dataset, value);
  else if (key === "style")
    for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
  else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
  else if (AS_PROPERTY.has(key)) node[key] = value;
  else if (value === true) node.setAttribute(key, "");
  else if (value !== false) node.setAttribute(key, String(value));
}

/** @param {Node} node @param {Child[]} children */
export function append(node, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(node, child);
    else if (child instanceof Node) node.appendChild(child);
    else if (child !== null && child !== undefined && child !== false && child !== "") {
      node.appendChild(document.createTextNode(String(child)));
    }
  }
  return node;
}

/** @param {...Child} children @returns {DocumentFragment} */
export function fragment(...children) {
  return /** @type {DocumentFragment} */ (append(document.createDocumentFragment(), children));
}

/** Replace what is in a node. @param {Element} node @param {...Child} children */
export function fill(node, ...children) {
  node.replaceChildren(fragment(children));
}

/** Words only a screen reader says. @param {...Child} children */
export function spoken(...children) {
  return h("span", { class: "sr-only" }, ...children);
}

/** Text folded for searching: no case, no accents. @param {string} text */
export function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Whether every word of the query is somewhere in the text. */
export function matches(text, query) {
  const folded = fold(text);
  return fold(query)
    .split(/\s+/)
    .every((word) => folded.includes(word));
}

/** Call `run` once, `delay` ms after the last call; `.flush()` runs a waiting call now. */
export function debounce(run, delay) {
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      timer = 0;
      run();
    }, delay);
  };
  later.flush = () => {
    if (!timer) return;
    clearTimeout(timer);
    timer = 0;
    run();
  };
  later.cancel = () => {
    clearTimeout(timer);
    timer = 0;
  };
  return later;
}

/** Elements inside `root` that Tab reaches, in order. @param {Element} root */
export function focusable(root) {
  const all = root.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex='-1'])",
  );
  return [...all].filter(
    (node) => !node.disabled && node.tabIndex >= 0 && node.getClientRects().length > 0,
  );
}

export const isMac = /mac|iphone|ipad/i.test(navigator.platform || navigator.userAgent);
