// The line icons of the page, drawn as inline SVG on a 20 by 20 grid.
import { svg } from "./dom.js";

/** @type {Record<string, string>} */
const PATHS = {
  hash: "M4 7.5h12.5M3.5 12.5H16M8.5 3.5l-2 13M13.5 3.5l-2 13",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  home: "M3 9.5 10 3.5l7 6M5 8.5v8h3.5V12h3v4.5H15v-8",
  bolt: "M11 2.5 4.5 11.5h5l-1 6 6.5-9h-5z",
  dots: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  close: "m5 5 10 10M15 5 5 15",
  back: "M11.5 4.5 6 10l5.5 5.5M6.5 10H16",
  search: "M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM13 13l4 4",
  sun:
    "M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2" +
    "M4 4l1.4 1.4M14.6 14.6 16 16M16 4l-1.4 1.4M5.4 14.6 4 16",
  moon: "M16.5 12A7 7 0 1 1 8 3.5a5.5 5.5 0 0 0 8.5 8.5z",
  screen: "M3 4.5h14v9H3zM7.5 16.5h5M10 13.5v3",
  smile:
    "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM7 11.8c.8 1.2 1.8 1.8 3 1.8s2.2-.6 3-1.8" +
    "M7.5 8h.01M12.5 8h.01",
  thread: "M3.5 4h13v9.5H10L6.5 17v-3.5h-3z",
  send: "M3 10 17 3.5 12.5 17l-2.5-5.5z M10 11.5 17 3.5",
  menu: "M3.5 5.5h13M3.5 10h13M3.5 14.5h13",
  traffic: "M2.5 10.5h3.5l2-6 3.5 11 2-5h4",
  down: "m5.5 8 4.5 4.5L14.5 8",
  up: "m5.5 12 4.5-4.5 4.5 4.5",
  right: "m8 5.5 4.5 4.5L8 14.5",
  left: "m12 5.5-4.5 4.5 4.5 4.5",
  warning: "M10 3.5 17.5 16h-15zM10 8.5v3.5M10 14h.01",
  pause: "M7 4.5v11M13 4.5v11",
  play: "M6.5 4 15.5 10l-9 6z",
  trash: "M4 5.5h12M8 5.5V3.5h4v2M5.5 5.5l.7 11h7.6l.7-11M8.5 8.5v5M11.5 8.5v5",
  pin: "M7 3.5h6l-.8 5 2.3 2.5h-9L7.8 8.5zM10 11v6",
  eye: "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 7.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4z",
  check: "m4.5 10.5 3.5 3.5 7.5-8",
  plus: "M10 4v12M4 10h12",
  people:
    "M7.5 4.5a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4zM2.5 16c.3-2.7 2.3-4.3 5-4.3" +
    "s4.7 1.6 5 4.3M13 5a2.5 2.5 0 0 1 0 4.7M14.5 12c1.7.5 2.8 1.9 3 4",
  copy: "M7 7h9.5v9.5H7zM4 13H3.5V3.5H13V4",
  info: "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM10 9v5M10 6.3h.01",
  file: "M5 2.5h6.5l3.5 3.5v11.5H5zM11.5 2.5V6H15",
  sort: "m6.5 8 3.5-3.5L13.5 8M6.5 12l3.5 3.5 3.5-3.5",
  up_thumb:
    "M6.5 9 10 3c1.3 0 2 1 1.7 2.3L11 8.5h4c1 0 1.7.9 1.5 1.9l-1 5c-.2.7-.7 1.1-1.5 1.1H6.5z" +
    "M3.5 9h3v7.5h-3z",
  down_thumb:
    "M13.5 11 10 17c-1.3 0-2-1-1.7-2.3l.7-3.2H5c-1 0-1.7-.9-1.5-1.9l1-5" +
    "C4.7 3.9 5.2 3.5 6 3.5h7.5zM16.5 11h-3V3.5h3z",
};

/**
 * One icon; it says nothing to a screen reader, the control around it does.
 * @param {keyof typeof PATHS | string} name
 */
export function icon(name) {
  return svg(
    "svg",
    { class: `icon icon-${name}`, viewBox: "0 0 20 20", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] ?? PATHS.info }),
  );
}
