// Search and filters. The report is whole without them: all of it is in the page already.
(() => {
  "use strict";
  const form = document.getElementById("filters");
  const text = (...elements) => elements.map((element) => element.textContent).join(" ");
  const items = [...document.querySelectorAll("#opportunities .finding")].map((element) => ({
    element,
    severity: element.dataset.severity,
    text: [
      element.dataset.field,
      text(element.closest("article").querySelector("header"), ...element.querySelectorAll("p")),
    ].join(" ").toLowerCase(),
  }));
  const articles = [...document.querySelectorAll("#opportunities article")];
  const status = document.getElementById("status");
  const none = document.getElementById("none");
  const search = form.elements.search;

  const apply = () => {
    // words in any order; in quotation marks, as they stand
    const words = [...search.value.toLowerCase().matchAll(/"([^"]+)"|[^\s"]+/g)].map((found) => found[1] ?? found[0]);
    const severities = new Set(new FormData(form).getAll("severity"));
    let shown = 0;
    for (const { element, severity, text } of items) {
      const fits = severities.has(severity) && words.every((word) => text.includes(word));
      element.hidden = !fits;
      shown += fits;
    }
    for (const article of articles) article.hidden = !article.querySelector(".finding:not([hidden])");
    const number = new Intl.NumberFormat("en");
    status.textContent = `${number.format(shown)} of ${number.format(items.length)} findings shown`;
    none.hidden = shown > 0;
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  document.addEventListener("click", (event) => {
    const pick = event.target.closest("button[data-search]");
    if (!pick) return;
    search.value = `"${pick.dataset.search}"`;
    apply();
    document.getElementById("opportunities").scrollIntoView();
    search.focus({ preventScroll: true });
  });
  // what a row of a table counts can be looked at: its name becomes a button
  for (const cell of document.querySelectorAll("th[data-search]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.search = cell.dataset.search;
    button.title = "Show these findings";
    button.append(...cell.childNodes);
    cell.append(button);
  }
  form.hidden = false;
  apply();
})();
