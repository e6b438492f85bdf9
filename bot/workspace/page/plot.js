// Draws a line, bar or area chart as SVG: scale, grid, names of the categories, and the series.
import { svg } from "./dom.js";

/** @typedef {import("./chart.js").Plot} Plot */

const HEIGHT = 240;
/** About as wide as a letter of the axis is. */
const LETTER = 6.4;

/**
 * A range with round ticks around the data. Bars and areas start at zero, because their size is
 * what is compared; a line far from zero is shown near, so that its movement can be seen.
 * @param {Plot} data
 */
export function scaleOf(data) {
  const known = data.series.flatMap((one) => one.values).filter((value) => value !== null);
  let low = Math.min(...known);
  let high = Math.max(...known);
  if (!known.length) [low, high] = [0, 1];
  const span = high - low;
  const near = data.kind === "line" && low > 0 && span < high * 0.6;
  const percent = data.yLabel.includes("%") && high <= 100 && low >= 0;
  if (near) {
    const margin = span ? span * 0.12 : Math.abs(high) * 0.05 || 1;
    low = Math.max(0, low - margin);
    high = percent ? Math.min(100, high + margin) : high + margin;
  } else {
    low = Math.min(0, low);
    high = Math.max(0, high);
    if (low === high) high = low + 1;
  }
  const step = roundStep((high - low) / 5);
  const ticks = [];
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  for (let tick = first; tick <= last; tick += 1) ticks.push(Number((tick * step).toPrecision(12)));
  return { low: ticks[0], high: ticks[ticks.length - 1], ticks };
}

function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  const round = [1, 2, 2.5, 5, 10].find((each) => lead <= each + 1e-9) ?? 10;
  return round * power;
}

export function drawPlot(data, width, label) {
  const { low, high, ticks } = scaleOf(data);
  const tickWords = ticks.map(tickLabel);
  const left = Math.max(26, Math.max(...tickWords.map((text) => text.length)) * LETTER + 12);
  const top = data.yLabel ? 26 : 12;
  const bottom = data.xLabel ? 42 : 26;
  const right = 14;
  const inner = width - left - right;
  const base = HEIGHT - bottom;
  const count = Math.max(1, data.categories.length);
  const banded = data.kind === "bar" || count === 1;
  const center = (index) =>
    left + (banded ? (index + 0.5) * (inner / count) : (index * inner) / (count - 1));
  const y = (value) => base - ((value - low) / (high - low)) * (base - top);
  const guide = svg("line", {
    class: "chart-guide",
    x1: 0,
    x2: 0,
    y1: top,
    y2: base,
    visibility: "hidden",
  });
  const dots = svg("g", { class: "chart-dots" });
  const box = { left, right: width - right, top, base, center, y, inner, count, low, high };
  const node = svg(
    "svg",
    { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": label },
    ticks.map((tick, index) => gridLine(box, tick, tickWords[index])),
    categoryLabels(data.categories, box),
    data.yLabel ? svg("text", { class: "chart-axis", x: 4, y: 12 }, data.yLabel) : null,
    data.xLabel
      ? svg(
          "text",
          {
            class: "chart-axis",
            x: (left + width - right) / 2,
            y: HEIGHT - 4,
            "text-anchor": "middle",
          },
          data.xLabel,
        )
      : null,
    guide,
    data.kind === "bar" ? bars(data, box) : data.series.map((one, s) => strokes(data, one, s, box)),
    dots,
  );
  const mark = (index) => {
    guide.setAttribute("visibility", index < 0 ? "hidden" : "visible");
    dots.replaceChildren();
    if (index < 0) return;
    guide.setAttribute("x1", String(center(index)));
    guide.setAttribute("x2", String(center(index)));
    if (data.kind === "bar") return;
    data.series.forEach((one, s) => {
      const value = one.values[index];
      if (value !== null)
        dots.append(
          svg("circle", {
            cx: center(index),
            cy: y(value),
            r: 4.5,
            class: `dot s${s % 12}${one.reference ? " reference" : ""}`,
          }),
        );
    });
  };
  const nearest = (x) => {
    const exact = banded ? (x - left) / (inner / count) - 0.5 : ((x - left) / inner) * (count - 1);
    return Math.max(0, Math.min(count - 1, Math.round(exact)));
  };
  return { node, width, center, nearest, mark };
}

/** Short enough for an axis: 12,500 stays, 1,250,000 becomes 1.25M. */
function tickLabel(value) {
  if (Math.abs(value) < 100000) return value.toLocaleString("en-GB", { maximumFractionDigits: 6 });
  return value.toLocaleString("en-GB", { notation: "compact", maximumFractionDigits: 2 });
}

function gridLine(box, tick, text) {
  const at = box.y(tick);
  const zero = tick === 0 && box.low < 0 ? " zero" : "";
  return svg(
    "g",
    { class: `chart-grid${zero}` },
    svg("line", { x1: box.left, x2: box.right, y1: at, y2: at }),
    svg("text", { x: box.left - 7, y: at + 4, "text-anchor": "end" }, text),
  );
}

/** As many category names as fit side by side, always with the last one. */
function categoryLabels(categories, box) {
  const longest = Math.max(...categories.map((text) => [...text].length), 1);
  const fits = Math.max(1, Math.floor(box.inner / (Math.min(longest, 14) * LETTER + 12)));
  const every = Math.ceil(categories.length / fits);
  const last = categories.length - 1;
  return svg(
    "g",
    { class: "chart-categories" },
    categories.map((text, index) => {
      if ((last - index) % every) return null;
      const short = [...text].length > 14 ? `${[...text].slice(0, 13).join("")}…` : text;
      const half = ([...short].length * LETTER) / 2;
      const x = Math.min(Math.max(box.center(index), half), box.right + 14 - half);
      return svg(
        "text",
        { x, y: box.base + 17, "text-anchor": "middle" },
        svg("title", null, text),
        short,
      );
    }),
  );
}

/** @param {Plot} data */
function bars(data, box) {
  const band = box.inner / box.count;
  const group = Math.min(band * 0.76, 56 * data.series.length);
  const each = group / Math.max(1, data.series.length);
  const zero = box.y(Math.max(box.low, Math.min(0, box.high)));
  return svg(
    "g",
    null,
    data.series.map((one, s) =>
      one.values.map((value, index) => {
        if (value === null) return null;
        const x = box.center(index) - group / 2 + s * each;
        const top = Math.min(box.y(value), zero);
        const height = Math.max(1, Math.abs(box.y(value) - zero));
        return svg("rect", {
          x: x + 1,
          y: top,
          width: Math.max(1, each - 2),
          height,
          rx: Math.min(2, each / 4),
          class: `bar s${s % 12}${one.reference ? " reference" : ""}`,
        });
      }),
    ),
  );
}

function strokes(data, one, s, box) {
  const runs = runsOf(one.values);
  const path = (run) =>
    run
      .map(
        ([index, value], at) =>
          `${at ? "L" : "M"}${box.center(index).toFixed(1)} ${box.y(value).toFixed(1)}`,
      )
      .join("");
  const floor = box.y(Math.max(box.low, Math.min(0, box.high)));
  const fill = (run) =>
    `${path(run)}L${box.center(run[run.length - 1][0]).toFixed(1)} ${floor}L${box.center(run[0][0]).toFixed(1)} ${floor}Z`;
  const dashed = one.reference ? " reference" : "";
  return svg(
    "g",
    { class: `s${s % 12}` },
    data.kind === "area" && !one.reference
      ? runs.map((run) => svg("path", { class: "area", d: fill(run) }))
      : null,
    runs.map((run) => svg("path", { class: `stroke${dashed}`, d: path(run) })),
    one.reference && box.count > 1
      ? null
      : runs
          .flat()
          .map(([index, value]) =>
            svg("circle", { class: "dot", cx: box.center(index), cy: box.y(value), r: 3 }),
          ),
  );
}

/** Unbroken runs of known values, as [index, value]. */
function runsOf(values) {
  /** @type {[number, number][][]} */ const runs = [];
  let open = false;
  values.forEach((value, index) => {
    if (value === null) open = false;
    else if (open) runs[runs.length - 1].push([index, value]);
    else {
      runs.push([[index, value]]);
      open = true;
    }
  });
  return runs;
}
