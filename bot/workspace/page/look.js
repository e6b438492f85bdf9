// Light, dark or as the system: one button that goes through the three and remembers.
import { icon } from "./icons.js";

const THEMES = [
  ["system", "screen", "Theme: as the system"],
  ["light", "sun", "Theme: light"],
  ["dark", "moon", "Theme: dark"],
];
const root = document.documentElement;

/** @param {HTMLElement} button */
export function watchTheme(button) {
  button.addEventListener("click", () => {
    choose(THEMES[(current() + 1) % THEMES.length][0]);
    draw(button);
  });
  draw(button);
}

const current = () =>
  Math.max(
    0,
    THEMES.findIndex(([name]) => name === root.dataset.theme),
  );

function choose(name) {
  root.dataset.theme = name;
  try {
    localStorage.setItem("practice.theme", name);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

function draw(button) {
  const [, shape, words] = THEMES[current()];
  button.replaceChildren(icon(shape));
  button.setAttribute("aria-label", words);
  button.title = words;
}
