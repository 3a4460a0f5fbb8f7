// The page: takes a file or a text, has it checked, and shows input and report next to each other.

import { Problem, fieldsOf, post, useToken } from "./api.js";
import { button, byId, count, download, element, steps } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { MappingView } from "./mapping_view.js";
import { ReportView, choicesOf } from "./report_view.js";
import { SheetView } from "./sheet_view.js";
import { TextView } from "./text_view.js";

const SHEETS = /\.(csv|tsv|xlsx|xlsm|xls|ods)$/i;
const WORKBOOKS = /\.(xlsx|xlsm|xls|ods)$/i;
const PAUSE = 500; // milliseconds after the last key, until an edited text is checked

/** What is checked. `bytes` is the file as it is, so that parts without an edit stay as they are. */
const state = { name: "", bytes: null, mapping: null, record: null, report: null, tables: [], before: [], run: 0 };

const report = new ReportView(byId("report"), { reveal: (number) => source?.reveal(number), fix: applyFix, set: setValue });
const mapping = new MappingView(byId("mapping"), {
  use: async (text) => {
    state.mapping = text;
    await check();
    byId("findings").scrollIntoView(); // the button was far below
    byId("findings").focus({ preventScroll: true });
  },
});
let source = null;
let sourceKind = "";
let timer = 0;

// --- what is checked -----------------------------------------------------------------------------

function open(name, bytes) {
  Object.assign(state, { name, bytes, mapping: null, report: null, tables: [], before: [] });
  byId("name").textContent = name || "pasted text";
  byId("start").hidden = true;
  check();
}

/** Replace what is checked by an edited version; the one before can be had back. */
function change(bytes, name = state.name) {
  state.before.push({ bytes: state.bytes, name: state.name });
  Object.assign(state, { bytes, name });
  byId("name").textContent = name || "pasted text";
  return check();
}

function undo() {
  Object.assign(state, state.before.pop());
  byId("name").textContent = state.name || "pasted text";
  check();
}

function restart() {
  Object.assign(state, { name: "", bytes: null, mapping: null, report: null, tables: [], before: [], run: state.run + 1 });
  for (const id of ["source", "mapping"]) byId(id).hidden = true;
  for (const id of ["source", "mapping", "report", "input-actions", "report-actions"]) byId(id).replaceChildren();
  byId("start").hidden = false;
  byId("name").textContent = "or drop one on the page, or paste text below";
  byId("paste").value = "";
  byId("file").value = "";
  source = null;
  say("Nothing is checked yet.");
  fail(null);
  byId("paste").focus();
}

/** A pasted text that looks like a sheet gets the name of one: nothing else says what it is. */
function nameOf(text) {
  const [first] = text.trimStart().split("\n", 1);
  if (/^[[{]/.test(first) || /^["']?[\w-]+["']?:(\s|$)/.test(first)) return "";
  if (first.split("\t").length > 2) return "pasted.tsv";
  return Math.max(...[",", ";", "|"].map((mark) => first.split(mark).length)) > 2 ? "pasted.csv" : "";
}

const isSheet = () => SHEETS.test(state.name);
const parts = (more = {}) => ({ file: { blob: new Blob([state.bytes]), name: state.name || "file" }, mapping: state.mapping, record: state.record, ...more });
const settings = () => ({ operation: byId("operation").value, today: byId("today").value });

// --- the check -------------------------------------------------------------------------------------

async function check() {
  if (!state.bytes) return;
  clearTimeout(timer);
  state.run += 1;
  const { run } = state;
  document.body.classList.add("busy");
  try {
    const [checked, sheet] = await Promise.all([
      post("check", { ...settings(), format: "json" }, parts()).then((answer) => answer.json()),
      isSheet() ? post("sheet", {}, parts({ record: null })).then((answer) => answer.json()) : { tables: [], proposal: null },
    ]);
    const fields = await fieldsOf(fieldsFor(checked));
    if (run !== state.run) return;
    Object.assign(state, { report: checked, tables: sheet.tables });
    fail(null);
    show(sheet.proposal, fields);
  } catch (problem) {
    if (run === state.run) fail(problem);
  } finally {
    if (run === state.run) document.body.classList.remove("busy");
  }
}

function fieldsFor(checked) {
  const [found] = Object.keys(checked.summary.operations);
  return ["create", "update", "submit", "record"].includes(found) ? found : "create";
}

function show(proposal, fields) {
  const findings = proposal ? [] : state.report.findings;
  showSource(findings);
  byId("mapping").hidden = !proposal;
  if (proposal) mapping.show(proposal, state.tables[0], fields);
  if (proposal) byId("report").replaceChildren(element("p", { className: "card", textContent: "opvalidate does not know these columns. Read the field proposed for each one, correct it, then choose “Check with this mapping” below the list." }));
  else report.show(state.report, (finding) => choicesOf(finding, fields, state.tables));
  showActions(proposal);
  byId("record-field").hidden = byId("operation").value !== "update" && !state.report.summary.operations.update;
  say(proposal ? "The columns of this sheet are not known: check the proposed fields." : sentence(state.report.summary));
  byId("today").value ||= state.report.today;
  byId("about").textContent = `opvalidate ${state.report.tool.version}, with ${state.report.today} as today`;
}

function showSource(findings) {
  const kind = isSheet() ? "sheet" : "text";
  byId("source").hidden = false;
  if (!source || sourceKind !== kind) {
    sourceKind = kind;
    const pointed = (number) => report.reveal(number);
    source = kind === "sheet" ? new SheetView(byId("source"), { pointed }) : new TextView(byId("source"), { pointed, changed: typed });
  }
  if (kind === "sheet") source.show(state.tables, findings);
  else source.show(new TextDecoder(encoding(state.bytes)).decode(state.bytes), findings);
}

function encoding(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
}

/** Check an edited text when its author pauses. */
function typed(text) {
  clearTimeout(timer);
  timer = setTimeout(() => change(new TextEncoder().encode(text)), PAUSE);
}

function sentence(summary) {
  const found = ["error", "warning", "info"].filter((severity) => summary[severity]);
  const checked = count(summary.documents, "opportunity", "opportunities");
  if (!found.length) return `${checked} checked: nothing found.`;
  const words = { error: "blocking", warning: "to check", info: summary.info === 1 ? "note" : "notes" };
  const numbers = found.map((severity) => `${summary[severity].toLocaleString("en")} ${words[severity]}`).join(", ");
  return `${checked} checked: ${numbers}.`;
}

function showActions(proposal) {
  const findings = proposal ? [] : state.report.findings;
  const safe = findings.filter((finding) => finding.fix?.safe).length;
  const all = findings.filter((finding) => finding.fix).length;
  byId("report-actions").replaceChildren(
    ...(safe ? [button(`Apply ${count(safe, "safe fix", "safe fixes")}`, () => applyAll(false), { className: "button primary" })] : []),
    ...(all > safe ? [button(`Apply all ${all.toLocaleString("en")} fixes`, () => applyAll(true), { title: "Also those that are probably, but not certainly, what is meant" })] : []),
    ...(proposal ? [] : [button("Save report", saveReport)]),
  );
  const edited = state.before.length > 0;
  byId("input-actions").replaceChildren(
    ...(edited ? [button("Undo", undo), button("Download fixed file", () => download(fixedName(), state.bytes), { className: "button primary" })] : []),
    ...(isSheet() && !proposal ? [button("Download as JSON", convert, { title: "The requests of the API, one in a line" })] : []),
    ...(state.mapping && !proposal ? [button("Change mapping", changeMapping)] : []),
    button("Start again", restart),
  );
}

// --- what can be done ----------------------------------------------------------------------------------

async function applyAll(unsafe) {
  await attempt(async () => {
    const answer = await post("fix", { ...settings(), unsafe: unsafe ? "true" : "" }, parts());
    await change(new Uint8Array(await answer.arrayBuffer()), csvName());
  });
}

function applyFix(finding) {
  return edit({ ...placeOf(finding), rule: finding.rule });
}

function setValue(finding, text) {
  const place = placeOf(finding);
  if (finding.cell) return edit({ ...place, value: text });
  return fieldsOf(fieldsFor(state.report)).then((fields) => {
    const field = choicesOf(finding, fields, state.tables);
    const value = { integer: Number, number: Number, boolean: (given) => given === "true" }[field.type]?.(text) ?? text;
    const inList = field.list && !/^\d+$/.test(steps(finding.pointer).at(-1));
    return edit({ ...place, value: inList ? [value] : value });
  });
}

function placeOf(finding) {
  if (!finding.cell) return { document: finding.documentIndex, pointer: finding.pointer };
  const { sheet, row, column } = finding.cell;
  return { sheet, row, column, pointer: finding.pointer };
}

async function edit(one) {
  await attempt(async () => {
    const answer = await post("fix", settings(), parts({ edits: JSON.stringify([one]) }));
    await change(new Uint8Array(await answer.arrayBuffer()), csvName());
    byId("findings").focus({ preventScroll: true });
  });
}

async function saveReport() {
  await attempt(async () => {
    const answer = await post("check", { ...settings(), format: "html" }, parts());
    download("report.html", await answer.arrayBuffer(), "text/html");
  });
}

async function convert() {
  await attempt(async () => {
    const answer = await post("convert", { to: "documents", format: "jsonl" }, parts({ record: null }));
    const notes = Number(answer.headers.get("Opvalidate-Notes") ?? 0);
    download(`${baseName()}.jsonl`, await answer.arrayBuffer(), "application/x-ndjson");
    say(notes ? `Converted; ${count(notes, "thing")} could not be converted: see the findings.` : "Converted.");
  });
}

/** Show the mapping again, with what was chosen. */
function changeMapping() {
  byId("mapping").hidden = false;
  byId("mapping").scrollIntoView();
  byId("mapping").querySelector("select").focus({ preventScroll: true });
}

/** A workbook is never changed: its rows are written as CSV. */
function csvName() {
  return WORKBOOKS.test(state.name) ? `${baseName()}.csv` : state.name;
}

const baseName = () => state.name.replace(/\.\w+$/, "") || "opportunities";
const ending = () => /\.\w+$/.exec(state.name)?.[0] ?? (/^\s*[[{]/.test(new TextDecoder().decode(state.bytes.slice(0, 100))) ? ".json" : ".yaml");
const fixedName = () => `${baseName()}-fixed${ending()}`;

// --- messages --------------------------------------------------------------------------------------

function say(text) {
  byId("status").textContent = text;
}

function fail(problem) {
  const alert = byId("alert");
  alert.hidden = !problem;
  alert.textContent = problem ? problem.message : "";
  if (problem?.status === 401) {
    byId("access").hidden = false;
    byId("token").focus();
  }
  if (problem && !(problem instanceof Problem)) console.error(problem);
}

async function attempt(action) {
  try {
    await action();
  } catch (problem) {
    fail(problem);
  }
}

// --- where it begins ------------------------------------------------------------------------------------------

async function take(file) {
  if (file) open(file.name, new Uint8Array(await file.arrayBuffer()));
}

byId("file").addEventListener("change", (event) => take(event.target.files[0]));
byId("record").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  state.record = file ? new Uint8Array(await file.arrayBuffer()) : null;
  check();
});
for (const id of ["operation", "today"]) byId(id).addEventListener("change", check);
byId("operation").addEventListener("change", () => {
  byId("record-field").hidden = byId("operation").value !== "update";
});
byId("paste").addEventListener("input", () => {
  clearTimeout(timer);
  const text = byId("paste").value;
  timer = setTimeout(() => text.trim() && open(nameOf(text), new TextEncoder().encode(text)), PAUSE);
});
byId("access").addEventListener("submit", (event) => {
  event.preventDefault();
  useToken(byId("token").value.trim());
  byId("access").hidden = true;
  check();
});
for (const [id, example] of Object.entries(EXAMPLES)) {
  byId(id).addEventListener("click", () => open(example.name, new TextEncoder().encode(example.text)));
}
for (const name of ["dragover", "dragenter"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    document.body.classList.add("dragging");
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dragging");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  const [file] = event.dataTransfer.files;
  const text = event.dataTransfer.getData("text/plain");
  if (file) take(file);
  else if (text.trim()) open(nameOf(text), new TextEncoder().encode(text));
});
