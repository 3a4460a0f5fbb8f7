// A text that can be edited, with its line numbers and the findings marked in it.

import { element } from "./dom.js";

const MOST = 400_000; // characters that are shown and can be edited

export class TextView {
  /** `changed` gets the text after an edit, `pointed` the number of the finding that the caret is in. */
  constructor(place, { changed, pointed }) {
    this.lines = element("pre", { className: "numbers", "aria-hidden": "true" });
    this.marks = element("pre", { className: "marks", "aria-hidden": "true" });
    this.area = element("textarea", {
      className: "text",
      spellcheck: false,
      autocapitalize: "off",
      autocomplete: "off",
      wrap: "off",
      "aria-label": "Text of the opportunities",
      oninput: () => {
        this.draw([]);
        changed(this.area.value);
      },
      onclick: () => {
        const at = this.area.selectionStart;
        const found = this.spans.find((span) => span.start <= at && at <= span.end);
        if (found && this.area.selectionEnd === at) pointed(found.number);
      },
    });
    this.note = element("p", { className: "soft", hidden: true });
    const sheet = element("div", { className: "paper" }, this.marks, this.area);
    this.scroll = element("div", { className: "editor", tabIndex: -1 }, this.lines, sheet);
    place.replaceChildren(this.note, this.scroll);
    this.spans = [];
  }

  show(text, findings) {
    const long = text.length > MOST;
    this.note.hidden = !long;
    this.note.textContent = "This text is long: its beginning is shown, and it cannot be edited here.";
    const shown = (long ? text.slice(0, MOST) : text).replaceAll("\r\n", "\n");
    this.area.readOnly = long;
    if (this.area.value !== shown) this.area.value = shown;
    this.draw(findings);
  }

  draw(findings) {
    const text = this.area.value;
    const lines = text.split("\n");
    this.lines.textContent = lines.map((_, number) => number + 1).join("\n");
    this.spans = spansOf(findings, lines);
    const pieces = [];
    let at = 0;
    for (const span of this.spans) {
      if (span.start < at) continue;
      pieces.push(text.slice(at, span.start));
      const marked = text.slice(span.start, span.end);
      pieces.push(element("mark", { className: span.severity, textContent: marked || "\u200b", "data-finding": span.number }));
      at = span.end;
    }
    this.marks.replaceChildren(...pieces, `${text.slice(at)}\n`);
  }

  /** Select what a finding is about, and scroll to it. */
  reveal(number) {
    const span = this.spans.find((one) => one.number === number);
    if (!span) return;
    this.area.focus({ preventScroll: true });
    this.area.setSelectionRange(span.start, Math.max(span.end, span.start));
    const mark = this.marks.querySelector(`[data-finding="${number}"]`) ?? this.marks;
    mark.scrollIntoView({ block: "center", inline: "nearest" });
  }
}

/** The places of findings as indexes of the text, in order; lines and columns count characters from 1. */
function spansOf(findings, lines) {
  const starts = [];
  let at = 0;
  for (const line of lines) {
    starts.push(at);
    at += line.length + 1;
  }
  const index = (line, column) => {
    const text = lines[line - 1];
    if (text === undefined) return null;
    const units = /[\ud800-\udbff]/.test(text) ? [...text].slice(0, column - 1).join("").length : column - 1;
    return starts[line - 1] + Math.min(units, text.length);
  };
  const spans = [];
  findings.forEach((finding, number) => {
    if (!finding.line || finding.cell) return;
    const start = index(finding.line, finding.column);
    const end = index(finding.endLine ?? finding.line, finding.endColumn ?? finding.column);
    if (start !== null) spans.push({ number, severity: finding.severity, start, end: Math.max(end ?? start, start) });
  });
  return spans.sort((one, other) => one.start - other.start || other.end - one.end);
}
