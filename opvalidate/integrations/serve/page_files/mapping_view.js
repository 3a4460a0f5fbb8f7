// A mapping by hand: which column of a sheet is which field of an opportunity.

import { button, download, element, select, words } from "./dom.js";

const MOST_VALUES = 40; // different values of a column that are mapped one by one
const LOCALES = [
  ["", "as AWS does: 2027-06-30, 12500.00"],
  ["en_US", "American: 6/30/2027, 12,500.00"],
  ["en_GB", "British: 30/06/2027, 12,500.00"],
  ["de_DE", "German: 30.06.2027, 12.500,00"],
  ["fr_FR", "French: 30/06/2027, 12 500,00"],
  ["es_ES", "Spanish: 30/06/2027, 12.500,00"],
];

export class MappingView {
  /** `use` gets the text of the mapping. */
  constructor(place, { use }) {
    this.place = place;
    this.use = use;
  }

  /** Show a proposal for a sheet; `fields` are those of a create request. */
  show(proposal, table, fields) {
    this.proposal = proposal;
    this.table = table;
    this.fields = fields;
    this.columns = proposal.columns.map((guess) => this.column(guess));
    this.constants = [
      ...proposal.constants.map((one) => this.constant(one.field, one.value)),
      ...proposal.missing.map((one) => this.constant(one.field, "")),
    ];
    this.locale = select(LOCALES.some(([name]) => name === (proposal.locale ?? "")) ? LOCALES : [...LOCALES, proposal.locale], { id: "locale" });
    this.locale.value = proposal.locale ?? "";
    const system = proposal.system ? `It looks like an export of ${proposal.system}. ` : "";
    this.place.replaceChildren(
      element("h3", { textContent: "Which column is which field?" }),
      element("p", { className: "soft", textContent: `${system}Read each line: a guess can be wrong.` }),
      element("ul", { className: "columns" }, this.columns.map((column) => column.item)),
      element("h3", { textContent: "The same for every row" }),
      element("p", { className: "soft", textContent: "What AWS requires and no column has." }),
      element("ul", { className: "columns" }, this.constants.map((constant) => constant.item)),
      element("p", { className: "field" }, label("Dates and numbers are written", "locale"), this.locale),
      element(
        "div",
        { className: "actions" },
        button("Check with this mapping", () => this.use(this.text()), { className: "button primary" }),
        button("Download the mapping", () => download("mapping.yaml", this.text(), "application/yaml")),
      ),
    );
  }

  /** One column: its field, what its amounts are divided by, and what its values mean. */
  column(guess) {
    const at = this.table.columns.findIndex((column) => column.title === guess.title);
    const seen = [...new Set(this.table.rows.map((row) => row.cells[at] ?? "").filter(Boolean))];
    const id = `column-${at}`;
    const chosen = this.fieldSelect(id, guess.field);
    const more = element("div", { className: "more" });
    const made = { title: guess.title, chosen, divide: null, values: [] };
    const refresh = () => {
      const field = chosen.value;
      const same = field === (guess.field ?? "");
      made.divide = field.endsWith(".Amount") ? this.divisor(id, same ? guess.divide : null) : null;
      const allowed = field ? this.allowed(field) : [];
      // of a guess only what it is about: the service reads other spellings itself, such as those of countries
      const about = (value) => !same || value in guess.values || guess.unknown.includes(value);
      const others = seen.filter((value) => !allowed.includes(value) && about(value));
      const few = allowed.length > 0 && others.length > 0 && seen.length <= MOST_VALUES;
      made.values = few ? others.map((value, number) => this.meaning(`${id}-${number}`, value, allowed, same ? guess.values[value] : "")) : [];
      more.replaceChildren(
        ...(made.divide ? [element("p", {}, label("The amounts are divided by", `${id}-divide`), made.divide)] : []),
        ...made.values.map((one) => one.item),
      );
    };
    chosen.addEventListener("change", refresh);
    refresh();
    const examples = guess.examples.length ? guess.examples.join(" · ") : "empty";
    made.item = element(
      "li",
      {},
      element("div", {}, label(guess.title, id), element("span", { className: "examples", textContent: examples })),
      element("div", {}, chosen, element("span", { className: "soft", textContent: guess.field ? guess.evidence : "" }), more),
    );
    return made;
  }

  divisor(id, value) {
    return element("input", { id: `${id}-divide`, type: "number", min: "0", step: "any", value: value ?? 1, title: "12 for yearly amounts: AWS expects monthly ones" });
  }

  meaning(id, value, allowed, meant) {
    const chosen = select([["", "as it is"], ...allowed.map((one) => [one, one])], { id });
    chosen.value = meant && allowed.includes(meant) ? meant : "";
    return { value, chosen, item: element("p", {}, label(value, id), chosen) };
  }

  constant(field, value) {
    const id = `constant-${field}`;
    const allowed = this.allowed(field);
    const control = allowed.length
      ? select([["", "choose…"], ...allowed.map((one) => [one, one])], { id })
      : element("input", { id, autocomplete: "off" });
    control.value = value;
    return { field, control, item: element("li", {}, element("div", {}, label(words(field.replaceAll(".", " › ").replaceAll("[0]", " 1")), id)), element("div", {}, control)) };
  }

  allowed(field) {
    const path = field.replaceAll(/\[\d+\]/g, "[]");
    const known = this.fields.get(`${path}[]`) ?? this.fields.get(path);
    return known ? known.values : [];
  }

  /** All fields that a cell can have, by their first part. */
  fieldSelect(id, value) {
    const made = element("select", { id }, element("option", { value: "", textContent: "not used" }));
    const groups = new Map();
    for (const field of this.fields.values()) {
      if (field.type === "object" || field.path.endsWith("[]")) continue;
      if (field.type === "array" && this.fields.get(`${field.path}[]`)?.type === "object") continue;
      const [first, ...rest] = field.path.replaceAll("[]", "[0]").split(".");
      const group = rest.length ? first.replace("[0]", "") : "Opportunity";
      if (!groups.has(group)) groups.set(group, element("optgroup", { label: words(group) }));
      const text = words([first, ...rest].join(" › ").replaceAll("[0]", ""));
      groups.get(group).append(element("option", { value: [first, ...rest].join("."), textContent: `${text}${field.required ? " (required)" : ""}` }));
    }
    made.append(...groups.values());
    made.value = value ?? "";
    return made;
  }

  /** The mapping as YAML; texts are quoted as JSON is, which every YAML reader reads. */
  text() {
    const lines = [];
    const key = this.columns.find((column) => column.chosen.value === "PartnerOpportunityIdentifier");
    if (key) lines.push(`key: ${quoted(key.title)}`);
    if (this.locale.value) lines.push(`locale: ${this.locale.value}`);
    lines.push("columns:");
    for (const column of this.columns) {
      const field = column.chosen.value;
      const values = column.values.filter((one) => one.chosen.value);
      const divide = column.divide && Number(column.divide.value) > 0 && Number(column.divide.value) !== 1 ? column.divide.value : null;
      if (!field || (!values.length && !divide)) {
        lines.push(`  ${quoted(column.title)}: ${field ? quoted(field) : "null"}`);
        continue;
      }
      lines.push(`  ${quoted(column.title)}:`, `    field: ${quoted(field)}`);
      if (divide) lines.push(`    divide: ${divide}`);
      if (values.length) lines.push("    values:", ...values.map((one) => `      ${quoted(one.value)}: ${quoted(one.chosen.value)}`));
    }
    const mapped = new Set(this.columns.map((column) => column.chosen.value));
    const constants = this.constants.filter((one) => one.control.value && !mapped.has(one.field));
    if (constants.length) lines.push("constants:");
    for (const one of constants) {
      const list = this.fields.get(one.field)?.type === "array";
      lines.push(`  ${quoted(one.field)}: ${list ? `[${quoted(one.control.value)}]` : quoted(one.control.value)}`);
    }
    return `${lines.join("\n")}\n`;
  }
}

function label(text, id) {
  const made = element("label", { textContent: text });
  made.htmlFor = id;
  return made;
}

function quoted(text) {
  return JSON.stringify(text);
}

