// data_visualization: line, bar, area and pie charts drawn as SVG, with the same numbers as a table.
import { h, svg } from "./dom.js";
import { drawPie } from "./pie.js";
import { drawPlot } from "./plot.js";

/**
 * @typedef {{label: string, value: number}} Point
 * @typedef {{name: string, values: (number|null)[], reference: boolean}} Series
 *   `reference` is a target or plan: drawn dashed, so that it is never taken for what happened
 * @typedef {{kind: "line"|"bar"|"area", categories: string[], series: Series[],
 *   xLabel: string, yLabel: string}} Plot
 */

const NARROWEST = 260;
const WIDEST = 640;
const REFERENCE = /\b(target|goal|plan|planned|threshold|budget|limit|baseline)\b/i;

const words = (value) =>
  value === null ? "–" : value.toLocaleString("en-GB", { maximumFractionDigits: 4 });

/** @param {Record<string, any>} block @returns {HTMLElement} */
export function renderChart(block) {
  const title = typeof block.title === "string" ? block.title : (block.title?.text ?? "Chart");
  const chart = block.chart ?? {};
  const body =
    chart.type === "pie"
      ? drawPie(chart.segments ?? [], title)
      : plot(readPlot(chart, block), title);
  return h(
    "figure",
    { class: `chart chart-${chart.type}` },
    h("figcaption", { class: "chart-title", dir: "auto" }, title),
    body,
  );
}

/** @returns {Plot} */
function readPlot(chart, block) {
  const axis = chart.axis_config ?? block.axis_config ?? {};
  const series = chart.series ?? [];
  const categories = axis.categories ?? (series[0]?.data ?? []).map((point) => point.label);
  return {
    kind: chart.type,
    categories,
    xLabel: axis.x_label ?? "",
    yLabel: axis.y_label ?? "",
    series: series.map((one, index) => ({
      name: one.name,
      reference: index > 0 && REFERENCE.test(one.name),
      values: categories.map((category, at) => {
        const point = one.data.find((each) => each.label === category) ?? one.data[at];
        return typeof point?.value === "number" ? point.value : null;
      }),
    })),
  };
}

// ---- line, bar, area

/** @param {Plot} data @param {string} title */
function plot(data, title) {
  const tip = h("div", { class: "chart-tip", hidden: true });
  const live = h("span", { class: "sr-only", role: "status" });
  const stage = h("div", { class: "chart-stage" });
  let at = -1;
  /** @type {ReturnType<typeof drawPlot>|null} */ let drawn = null;

  const point = (index, aloud) => {
    at = index;
    if (!drawn) return;
    drawn.mark(index);
    tip.hidden = index < 0;
    if (index < 0) return;
    tip.replaceChildren(...tipLines(data, index));
    const x = drawn.center(index);
    const room = stage.clientWidth;
    tip.style.left = `${Math.max(0, Math.min(x + 12, room - tip.offsetWidth))}px`;
    if (x + 12 + tip.offsetWidth > room)
      tip.style.left = `${Math.max(0, x - 12 - tip.offsetWidth)}px`;
    if (aloud) live.textContent = sentence(data, index);
  };
  const draw = () => {
    const width = Math.max(NARROWEST, Math.min(WIDEST, Math.floor(stage.clientWidth) || 520));
    if (drawn?.width === width) return;
    drawn = drawPlot(data, width, summary(data, title));
    stage.replaceChildren(drawn.node, tip);
    if (at >= 0) point(at, false);
  };
  stage.tabIndex = 0;
  stage.setAttribute("role", "group");
  stage.setAttribute("aria-label", `${title}. Use the arrow keys to read the points.`);
  stage.addEventListener("pointermove", (event) => {
    const x = event.clientX - stage.getBoundingClientRect().left;
    point(drawn ? drawn.nearest(x) : -1, false);
  });
  stage.addEventListener("pointerleave", () => point(-1, false));
  stage.addEventListener("blur", () => point(-1, false));
  stage.addEventListener("keydown", (event) => {
    const last = data.categories.length - 1;
    const to = {
      ArrowRight: Math.min(at + 1, last),
      ArrowLeft: Math.max(at - 1, 0),
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    point(to, true);
  });
  draw();
  new ResizeObserver(draw).observe(stage);
  return h("div", null, legend(data), stage, live, numbers(data, title));
}

function tipLines(data, index) {
  return [
    h("div", { class: "chart-tip-title" }, data.categories[index]),
    ...data.series.map((one, s) =>
      h(
        "div",
        { class: `chart-tip-line s${s % 12}` },
        swatch(data.kind, one),
        h("span", null, one.name),
        h("strong", null, words(one.values[index])),
      ),
    ),
  ];
}

const sentence = (data, index) =>
  `${data.categories[index]}: ${data.series.map((one) => `${one.name} ${words(one.values[index])}`).join(", ")}`;

/** What the picture says, in one sentence for those who do not see it. */
function summary(data, title) {
  const kind = { line: "Line chart", bar: "Bar chart", area: "Area chart" }[data.kind] ?? "Chart";
  const last = data.categories.length - 1;
  const each = data.series.map((one) => {
    const known = one.values.filter((value) => value !== null);
    return `${one.name}: ${words(one.values[0])} to ${words(one.values[last])}, lowest ${words(Math.min(...known))}, highest ${words(Math.max(...known))}`;
  });
  return `${kind}, ${title}. ${data.categories[0]} to ${data.categories[last]}. ${each.join(". ")}.`;
}

function swatch(kind, one) {
  const flat = kind === "bar";
  const shape = flat
    ? svg("rect", {
        x: 2,
        y: 2,
        width: 10,
        height: 10,
        class: one.reference ? "bar reference" : "bar",
      })
    : svg("path", { d: "M0 7H14", class: one.reference ? "stroke reference" : "stroke" });
  return svg(
    "svg",
    { class: "swatch-svg", viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" },
    shape,
  );
}

function legend(data) {
  if (data.series.length < 2 && data.kind !== "pie") return null;
  return h(
    "ul",
    { class: "chart-legend" },
    data.series.map((one, s) =>
      h(
        "li",
        { class: `s${s % 12}` },
        swatch(data.kind, one),
        h("span", { dir: "auto" }, one.name),
      ),
    ),
  );
}

/** The same numbers as a table, for those who would rather read. */
function numbers(data, title) {
  return h(
    "details",
    { class: "chart-numbers" },
    h("summary", null, "Numbers"),
    h(
      "div",
      { class: "table-scroll", tabindex: "0", role: "group", "aria-label": `${title}, numbers` },
      h(
        "table",
        { class: "grid-table" },
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            h("th", { scope: "col" }, data.xLabel || ""),
            data.series.map((one) => h("th", { scope: "col", class: "align-right" }, one.name)),
          ),
        ),
        h(
          "tbody",
          null,
          data.categories.map((category, index) =>
            h(
              "tr",
              null,
              h("th", { scope: "row" }, category),
              data.series.map((one) => h("td", { class: "align-right" }, words(one.values[index]))),
            ),
          ),
        ),
      ),
    ),
  );
}
