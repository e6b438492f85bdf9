// Draws a pie chart as SVG, with a legend that says every value and share.
import { h, svg } from "./dom.js";

/** @typedef {import("./chart.js").Point} Point */

const words = (value) => value.toLocaleString("en-GB", { maximumFractionDigits: 4 });

const RADIUS = 84;

/** @param {Point[]} segments @param {string} title */
export function drawPie(segments, title) {
  const whole = segments.reduce((sum, one) => sum + one.value, 0) || 1;
  const share = (one) =>
    `${((one.value / whole) * 100).toLocaleString("en-GB", { maximumFractionDigits: 1 })} %`;
  const spoken = segments
    .map((one) => `${one.label} ${words(one.value)}, ${share(one)}`)
    .join("; ");
  const rows = segments.map((one, s) =>
    h(
      "li",
      { class: `s${s % 12}` },
      svg(
        "svg",
        { class: "swatch-svg", viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" },
        svg("rect", { x: 2, y: 2, width: 10, height: 10, class: "bar" }),
      ),
      h("span", { dir: "auto" }, one.label),
      h("strong", null, words(one.value)),
      h("span", { class: "dim" }, share(one)),
    ),
  );
  const light = (index) => rows.forEach((row, at) => row.classList.toggle("lit", at === index));
  let from = 0;
  const slices = segments.map((one, s) => {
    const to = from + one.value / whole;
    const node = svg(
      "path",
      {
        class: `slice s${s % 12}`,
        d: arc(from, to),
        onpointerenter: () => light(s),
        onpointerleave: () => light(-1),
      },
      svg("title", null, `${one.label}: ${words(one.value)} (${share(one)})`),
    );
    from = to;
    return node;
  });
  const size = RADIUS * 2 + 8;
  return h(
    "div",
    { class: "pie" },
    svg(
      "svg",
      {
        viewBox: `${-size / 2} ${-size / 2} ${size} ${size}`,
        width: size,
        height: size,
        role: "img",
        "aria-label": `Pie chart, ${title}. ${spoken}.`,
      },
      slices,
    ),
    h("ul", { class: "pie-legend" }, rows),
  );
}

/** A slice between two shares of the circle, starting at twelve o'clock. */
function arc(from, to) {
  const spot = (part) => {
    const angle = 2 * Math.PI * part - Math.PI / 2;
    return `${(RADIUS * Math.cos(angle)).toFixed(2)} ${(RADIUS * Math.sin(angle)).toFixed(2)}`;
  };
  if (to - from > 0.9999)
    return `M0 ${-RADIUS}A${RADIUS} ${RADIUS} 0 1 1 0 ${RADIUS}A${RADIUS} ${RADIUS} 0 1 1 0 ${-RADIUS}Z`;
  return `M0 0L${spot(from)}A${RADIUS} ${RADIUS} 0 ${to - from > 0.5 ? 1 : 0} 1 ${spot(to)}Z`;
}
