// The findings, opportunity by opportunity: what is wrong, what is right, and what can be done at once.

import { get } from "./api.js";
import { button, byId, columnName, count, element, fieldLabel, fieldPath, select } from "./dom.js";

const WORDS = { error: "Blocking", warning: "Please check", info: "Note" };
const MOST = 200; // findings that are shown at once

export class ReportView {
  /** `actions`: reveal(number), fix(finding), set(finding, value). */
  constructor(place, actions) {
    this.place = place;
    this.actions = actions;
    this.most = MOST;
  }

  /** `choices` gives the field of a finding: its values and its type; null where a value cannot be set. */
  show(report, choices) {
    this.report = report;
    this.choices = choices;
    const { summary } = report;
    if (!report.findings.length) {
      const checked = count(summary.documents, "opportunity", "opportunities");
      this.place.replaceChildren(
        element("div", { className: "card good" }, element("h3", { textContent: "Nothing found" }), element("p", { textContent: `${checked} checked: nothing that AWS would reject.` })),
      );
      return;
    }
    const groups = new Map();
    report.findings.slice(0, this.most).forEach((finding, number) => {
      const key = finding.documentIndex;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push({ finding, number });
    });
    const parts = [...groups.values()].map((found) => this.group(found));
    const rest = report.findings.length - this.most;
    if (rest > 0) {
      parts.push(
        button(`Show ${count(rest, "more finding")}`, () => {
          this.most += 1000;
          this.show(report, choices);
        }),
      );
    }
    this.place.replaceChildren(...parts);
  }

  group(found) {
    const [{ finding }] = found;
    const list = element("ol", { className: "findings" }, found.map((one) => this.item(one.finding, one.number)));
    const name = finding.opportunity ?? `Opportunity ${finding.documentIndex + 1}`;
    return element("section", { className: "card group" }, element("h3", { textContent: name }), list);
  }

  item(finding, number) {
    const tag = element("span", { className: `tag ${finding.severity}`, textContent: WORDS[finding.severity] });
    const place = button(placeOf(finding), () => this.actions.reveal(number), { className: "place" });
    place.hidden = !finding.line && !finding.cell;
    place.setAttribute("aria-label", `${placeOf(finding)}: show it`);
    const right = finding.fix?.description.includes(finding.suggestion) ? null : finding.suggestion;
    const title = element("h4", { textContent: titleOf(finding) });
    return element(
      "li",
      { className: `finding ${finding.severity}`, id: `finding-${number}`, tabIndex: -1 },
      element("div", { className: "line" }, tag, title, place),
      element("p", { textContent: finding.message }),
      right ? element("p", { className: "right" }, element("b", { textContent: "Right: " }), right) : null,
      this.doing(finding, number),
      this.why(finding),
    );
  }

  /** What can be done about a finding: its fix, and another value. */
  doing(finding, number) {
    const parts = [];
    if (finding.fix) {
      parts.push(button(finding.fix.description, () => this.actions.fix(finding), { className: "button small" }));
      if (!finding.fix.safe) parts.push(element("span", { className: "hint", textContent: "probably right: check the result" }));
    }
    const field = this.choices(finding);
    if (field) parts.push(this.chooser(finding, field, number));
    return parts.length ? element("div", { className: "doing" }, parts) : null;
  }

  chooser(finding, field, number) {
    const id = `value-${number}`;
    const listed = field.values.length > 0;
    const control = listed
      ? select([["", "Choose a value…"], ...field.values.map((value) => [value, value])], { id, className: "value" })
      : element("input", { id, className: "value", type: field.path?.endsWith("Date") ? "date" : "text", placeholder: "New value", autocomplete: "off", maxLength: field.maxLength ?? 10_000 });
    const use = button("Set", () => this.actions.set(finding, control.value), { className: "button small", disabled: true });
    use.setAttribute("aria-label", `Set ${titleOf(finding)}`);
    control.addEventListener("input", () => {
      use.disabled = control.value === "";
    });
    control.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && control.value !== "") this.actions.set(finding, control.value);
    });
    const label = element("label", { className: "visually-hidden", textContent: `New value of ${titleOf(finding)}` });
    label.htmlFor = id;
    return element("span", { className: "chooser" }, label, control, use);
  }

  /** The rule's rationale, fetched when it is opened. */
  why(finding) {
    const text = element("div", { className: "soft" });
    const details = element("details", {}, element("summary", { textContent: `Why? ${finding.name}` }), text);
    details.addEventListener("toggle", async () => {
      if (!details.open || text.childNodes.length) return;
      text.textContent = "…";
      try {
        const rule = await (await get(`rules/${encodeURIComponent(finding.name)}`)).json();
        text.replaceChildren(...explanation(rule));
      } catch (problem) {
        text.textContent = problem.message;
      }
    });
    return details;
  }

  /** Move to a finding in the list. */
  reveal(number) {
    const item = byId(`finding-${number}`);
    if (!item) return;
    for (const other of this.place.querySelectorAll(".current")) other.classList.remove("current");
    item.classList.add("current");
    item.scrollIntoView({ block: "center" });
    item.focus({ preventScroll: true });
  }
}

function explanation(rule) {
  const source = rule.source ?? {};
  const parts = [element("p", { textContent: rule.why ?? rule.message })];
  if (typeof source.url === "string" && source.url.startsWith("https://")) {
    parts.push(element("p", {}, element("a", { href: source.url, target: "_blank", rel: "noopener noreferrer", textContent: "Read AWS’s documentation" })));
  }
  return parts;
}

function titleOf(finding) {
  if (finding.cell?.header) return finding.cell.header;
  return fieldLabel(finding.pointer) || (finding.line ? "The text" : "The opportunity");
}

function placeOf(finding) {
  if (finding.cell) {
    const { sheet, row, column } = finding.cell;
    const name = column ? `${columnName(column)}${row}` : `row ${row}`;
    return sheet ? `${sheet} ${name}` : name;
  }
  return `line ${finding.line}`;
}

/** What a finding's field can have, from the service's list of fields; null for what cannot be set. */
export function choicesOf(finding, fields, tables) {
  if (finding.cell) {
    if (!finding.cell.column) return null;
    const table = tables.find((one) => one.sheet === (finding.cell.sheet ?? null) && one.headerRow !== finding.cell.row);
    const column = table?.columns[finding.cell.column - 1];
    return column?.field ? { values: column.values, maxLength: null, list: false } : null;
  }
  const path = fieldPath(finding.pointer);
  const field = fields.get(path);
  if (!field || field.type === "object") return null;
  if (field.type !== "array") return { ...field, list: false };
  const items = fields.get(`${path}[]`);
  return items && items.type === "string" ? { ...items, list: true } : null;
}
