// The rows of a sheet, with the cells marked that findings are about.

import { columnName, count, element } from "./dom.js";

const MOST_ROWS = 500; // rows of a table that are shown: those with findings, then the first ones

export class SheetView {
  /** `pointed` gets the number of the finding whose cell was chosen. */
  constructor(place, { pointed }) {
    this.place = place;
    this.pointed = pointed;
    this.cells = new Map();
    this.onlyFound = false;
  }

  show(tables, findings) {
    this.cells.clear();
    const byCell = new Map();
    findings.forEach((finding, number) => {
      if (!finding.cell) return;
      const key = keyOf(finding.cell.sheet, finding.cell.row, finding.cell.column);
      byCell.set(key, [...(byCell.get(key) ?? []), { finding, number }]);
    });
    const box = element("input", { type: "checkbox", checked: this.onlyFound });
    box.addEventListener("change", () => {
      this.onlyFound = box.checked;
      wrapper.classList.toggle("only-found", box.checked);
    });
    const wrapper = element(
      "div",
      { className: this.onlyFound ? "sheets only-found" : "sheets" },
      findings.length ? element("label", { className: "only" }, box, " Only rows with findings") : null,
      tables.map((table) => this.table(table, byCell)),
    );
    this.place.replaceChildren(wrapper);
  }

  table(table, byCell) {
    const found = (row, column) => byCell.get(keyOf(table.sheet, row, column)) ?? [];
    const letters = element("tr", {}, element("td"), ...table.columns.map((_, at) => element("th", { scope: "col", textContent: columnName(at + 1) })));
    const titles = element("tr", {}, element("th", { scope: "row", textContent: table.headerRow ?? "" }));
    table.columns.forEach((column, at) => {
      const cell = element("th", { scope: "col", title: column.field ?? "" }, column.title);
      titles.append(this.marked(cell, found(table.headerRow, at + 1)));
    });
    const body = element("tbody");
    const shown = this.rowsOf(table, byCell);
    for (const row of shown) {
      const ofRow = found(row.row, null);
      const line = element("tr", {}, this.marked(element("th", { scope: "row", textContent: row.row }), ofRow));
      let any = ofRow.length > 0;
      table.columns.forEach((_, at) => {
        const here = found(row.row, at + 1);
        any ||= here.length > 0;
        line.append(this.marked(element("td", { textContent: row.cells[at] ?? "" }), here));
      });
      line.className = any ? "found" : "";
      body.append(line);
    }
    const name = table.sheet ? `Sheet ${table.sheet}` : "Rows";
    const layout = table.layout ? `, layout ${table.layout}` : "";
    const part = shown.length < table.rows.length ? `, ${shown.length} shown: those with findings first` : "";
    const caption = `${name}${layout}: ${count(table.rows.length, "row")}${table.more ? " or more" : ""}${part}`;
    return element(
      "div",
      { className: "grid", tabIndex: 0, role: "region", "aria-label": caption },
      element("table", {}, element("caption", { textContent: caption }), element("thead", {}, letters, titles), body),
    );
  }

  rowsOf(table, byCell) {
    if (table.rows.length <= MOST_ROWS) return table.rows;
    const found = new Set([...byCell.values()].flat().filter((one) => (one.finding.cell.sheet ?? null) === table.sheet).map((one) => one.finding.cell.row));
    const first = table.rows.filter((row) => found.has(row.row)).slice(0, MOST_ROWS);
    const others = table.rows.filter((row) => !found.has(row.row)).slice(0, MOST_ROWS - first.length);
    return [...first, ...others].sort((one, other) => one.row - other.row);
  }

  marked(cell, here) {
    if (!here.length) return cell;
    const worst = ["error", "warning", "info"].find((severity) => here.some((one) => one.finding.severity === severity));
    cell.classList.add("mark", worst);
    cell.tabIndex = 0;
    cell.setAttribute("aria-description", here.map((one) => one.finding.message).join(" "));
    const go = () => this.pointed(here[0].number);
    cell.addEventListener("click", go);
    cell.addEventListener("keydown", (event) => {
      if (event.key === "Enter") go();
    });
    for (const one of here) this.cells.set(one.number, cell);
    return cell;
  }

  /** Move to the cell of a finding. */
  reveal(number) {
    const cell = this.cells.get(number);
    if (!cell) return;
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "center", inline: "center" });
  }
}

function keyOf(sheet, row, column) {
  return JSON.stringify([sheet ?? null, row, column ?? null]);
}
