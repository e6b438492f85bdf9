// The table and data_table blocks: aligned, scrollable, and the second one sorted and paged.
import { h, spoken } from "./dom.js";
import { icon } from "./icons.js";
import { renderRichText, richTextWords } from "./richtext.js";

/** @typedef {Record<string, any>} Json */

/** @param {Json|null} cell */
function cellContent(cell) {
  if (!cell) return null;
  switch (cell.type) {
    case "rich_text":
      return renderRichText(cell);
    case "raw_number":
      return cell.text ?? numberWords(cell.value);
    default:
      return cell.text ?? "";
  }
}

const numberWords = (value) =>
  typeof value === "number"
    ? value.toLocaleString("en-GB", { maximumFractionDigits: 6 })
    : String(value ?? "");

function cellWords(cell) {
  if (!cell) return "";
  return cell.type === "rich_text" ? richTextWords(cell) : String(cell.text ?? cell.value ?? "");
}

function makeCell(tag, cell, settings, scope) {
  const align = settings?.align ?? (cell?.type === "raw_number" ? "right" : "left");
  return h(
    tag,
    {
      scope: scope ?? null,
      dir: "auto",
      class: `align-${align}${settings?.is_wrapped === false ? " nowrap" : ""}`,
    },
    cellContent(cell),
  );
}

const scrollBox = (label, ...children) =>
  h(
    "div",
    { class: "table-scroll", tabindex: "0", role: "group", "aria-label": label },
    ...children,
  );

/** A table block; Slack shows its first row as the header. @param {Json} block */
export function renderTable(block) {
  const [head = [], ...rows] = block.rows ?? [];
  const settings = block.column_settings ?? [];
  const width = Math.max(head.length, ...rows.map((row) => row.length), 0);
  const columns = [...Array(width).keys()];
  return scrollBox(
    "Table",
    h(
      "table",
      { class: "grid-table" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          columns.map((c) => makeCell("th", head[c], settings[c], "col")),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((row) =>
          h(
            "tr",
            null,
            columns.map((c) => makeCell("td", row[c], settings[c])),
          ),
        ),
      ),
    ),
  );
}

const PAGE_SIZE = 5;

/** A data_table block: caption, sortable columns, pages. @param {Json} block */
export function renderDataTable(block) {
  const [head = [], ...rows] = block.rows ?? [];
  const size = block.page_size ?? PAGE_SIZE;
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const headerColumn = block.row_header_column_index ?? 0;
  let page = 0;
  let sorted = { column: -1, down: false };
  let order = rows;

  const body = h("tbody", null);
  const where = h("span", { class: "pager-words", role: "status" });
  const step = (words, shape, by) =>
    h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": words,
        onclick: () => {
          page += by;
          draw();
        },
      },
      icon(shape),
    );
  const back = step("Previous page", "left", -1);
  const forward = step("Next page", "right", 1);
  const headers = head.map((cell, column) =>
    h(
      "th",
      { scope: "col", "aria-sort": "none", class: isNumeric(rows, column) ? "align-right" : "" },
      h(
        "button",
        { type: "button", class: "sort", onclick: () => sortBy(column) },
        cellWords(cell),
        icon("sort"),
      ),
    ),
  );

  const sortBy = (column) => {
    sorted = { column, down: sorted.column === column && !sorted.down };
    const sign = sorted.down ? -1 : 1;
    const compare = isNumeric(rows, column)
      ? (a, b) => a[column].value - b[column].value
      : (a, b) =>
          cellWords(a[column]).localeCompare(cellWords(b[column]), undefined, { numeric: true });
    order = [...rows].sort((a, b) => sign * compare(a, b));
    page = 0;
    draw();
  };
  const draw = () => {
    body.replaceChildren(
      ...order.slice(page * size, (page + 1) * size).map((row) =>
        h(
          "tr",
          null,
          head.map((_, c) =>
            c === headerColumn ? makeCell("th", row[c], null, "row") : makeCell("td", row[c], null),
          ),
        ),
      ),
    );
    headers.forEach((header, column) =>
      header.setAttribute(
        "aria-sort",
        column !== sorted.column ? "none" : sorted.down ? "descending" : "ascending",
      ),
    );
    where.textContent = `${page * size + 1}–${Math.min((page + 1) * size, rows.length)} of ${rows.length}`;
    back.disabled = page === 0;
    forward.disabled = page >= pages - 1;
  };
  draw();
  const caption = block.caption?.text ?? block.caption ?? "Table";
  return h(
    "div",
    { class: "data-table" },
    scrollBox(
      caption,
      h(
        "table",
        { class: "grid-table" },
        h("caption", { dir: "auto" }, caption),
        h("thead", null, h("tr", null, headers)),
        body,
      ),
    ),
    pages > 1 ? h("div", { class: "pager" }, back, where, forward) : spoken(where),
  );
}

/** A column sorts as numbers only when every cell is one. */
function isNumeric(rows, column) {
  return rows.length > 0 && rows.every((row) => row[column]?.type === "raw_number");
}
