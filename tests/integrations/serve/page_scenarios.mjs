// What people do on the page, in Chromium. Run by test_serve_page.py: prints a line of JSON for each scenario.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { modules, browser: executablePath, address, guarded, token, workbook, bad, sheet, crm } = JSON.parse(process.argv[2]);
const require = createRequire(`${modules}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const scenarios = [];
const scenario = (name, run, options = {}) => scenarios.push({ name, run, options });
const PHONE = { viewport: { width: 390, height: 844 } };

/** Wait for a report, and return what the live region says of it. */
async function status(page, words) {
  await page.waitForFunction((expected) => document.getElementById("status").textContent.includes(expected), words);
  await page.waitForFunction(() => !document.body.classList.contains("busy"));
  return page.textContent("#status");
}

async function take(page, name, path) {
  await page.setInputFiles("#file", { name, mimeType: "application/octet-stream", buffer: readFileSync(path) });
}

async function saved(page, text) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`button:text-is("${text}")`)]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

const finding = (page, title) => page.locator(".finding", { has: page.locator(`h4:text-is("${title}")`) });

scenario("a file is checked and its findings are marked in the text", async (page) => {
  await take(page, "bad.json", bad);
  assert.equal(await status(page, "checked:"), "1 opportunity checked: 7 blocking.");
  const marked = await page.locator(".marks mark.error").allTextContents();
  assert.equal(marked.length, 7);
  assert.equal(marked[1], '"Industry": "Manufacture"');
});

scenario("a finding is reached with the keyboard, and its place in the text is selected", async (page) => {
  await take(page, "bad.json", bad);
  await status(page, "7 blocking");
  await finding(page, "Customer › Account › Industry").locator(".place").focus();
  await page.keyboard.press("Enter");
  const selected = await page.evaluate(() => {
    const area = document.activeElement;
    return area.value.slice(area.selectionStart, area.selectionEnd);
  });
  assert.equal(selected, '"Industry": "Manufacture"');
});

scenario("a value from a picklist changes that value and nothing else", async (page) => {
  await take(page, "bad.json", bad);
  await status(page, "7 blocking");
  const industry = finding(page, "Customer › Account › Industry");
  await industry.locator("select").selectOption("Aerospace");
  await industry.locator('button:text-is("Set")').click();
  await status(page, "6 blocking");
  const fixed = await saved(page, "Download fixed file");
  assert.equal(fixed.name, "bad-fixed.json");
  assert.equal(fixed.text, readFileSync(bad, "utf8").replace('"Manufacture"', '"Aerospace"'));
});

scenario("a field that is missing is filled in", async (page) => {
  await take(page, "bad.json", bad);
  await status(page, "7 blocking");
  await finding(page, "Customer › Account › Website URL").locator("input").fill("https://www.anycompany-logistics.com");
  await page.keyboard.press("Enter");
  await status(page, "6 blocking");
  assert.match(await page.inputValue("textarea.text"), /"WebsiteUrl": "https:\/\/www.anycompany-logistics.com"/);
});

scenario("safe fixes are applied with one click, and can be undone", async (page) => {
  await take(page, "bad.json", bad);
  await status(page, "7 blocking");
  await page.click('button:text-is("Apply 1 safe fix")');
  await status(page, "6 blocking");
  assert.match(await page.inputValue("textarea.text"), /"StateOrRegion": "Washington"/);
  await page.click('button:text-is("Undo")');
  await status(page, "7 blocking");
  assert.equal(await page.inputValue("textarea.text"), readFileSync(bad, "utf8"));
});

scenario("one fix is applied, also one that is not safe", async (page) => {
  await take(page, "bad.json", bad);
  await status(page, "7 blocking");
  await page.click('button:text-is("Change the value to Manufacturing")');
  await status(page, "6 blocking");
  assert.match(await page.inputValue("textarea.text"), /"Industry": "Manufacturing"/);
});

scenario("a file is dropped on the page", async (page) => {
  const files = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "dropped.json", { type: "application/json" }));
    return transfer;
  }, readFileSync(bad, "utf8"));
  await page.dispatchEvent("main", "dragover", { dataTransfer: files });
  assert.equal(await page.evaluate(() => document.body.classList.contains("dragging")), true);
  await page.dispatchEvent("main", "drop", { dataTransfer: files });
  await status(page, "7 blocking");
  assert.equal(await page.textContent("#name"), "dropped.json");
  assert.equal(await page.evaluate(() => document.body.classList.contains("dragging")), false);
});

scenario("an update is compared with its record", async (page) => {
  const record = { ...JSON.parse(readFileSync(bad, "utf8")), Id: "O1234567", LastModifiedDate: "2026-01-01T00:00:00Z" };
  const { Catalog, ClientToken, Id, Origin, ...rest } = record;
  const update = { Catalog, Identifier: Id, ...rest };
  delete update.Marketing;
  await page.fill("#paste", JSON.stringify(update, null, 1));
  await status(page, "checked:");
  await page.setInputFiles("#record", { name: "record.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(record)) });
  await page.locator("summary", { hasText: "update-drops-field" }).first().waitFor();
});

scenario("a text is pasted, and checked again when it is edited", async (page) => {
  await page.fill("#paste", "Catalog: AWS\nProject: {Title: One}\nCustomer: {}\n");
  await status(page, "checked:");
  const before = await page.locator(".finding").count();
  await page.fill("textarea.text", "Catalog: AWS\nProject: {Title: One}\nCustomer: {}\nStrange: one\n");
  await page.waitForFunction((number) => document.querySelectorAll(".finding").length > number, before);
  assert.equal(await finding(page, "Strange").count(), 1);
});

scenario("operation and day are chosen", async (page) => {
  await take(page, "bad.json", bad);
  await status(page, "7 blocking");
  await page.fill("#today", "2020-01-01");
  await status(page, "6 blocking");
  await page.selectOption("#operation", "update");
  await status(page, "1 opportunity checked: ");
  await finding(page, "Identifier").waitFor();
  assert.equal(await page.isVisible("#record"), true);
});

scenario("the cells of a sheet are marked, and a value of the layout is chosen", async (page) => {
  await take(page, "pipeline.csv", sheet);
  await status(page, "4 blocking");
  assert.deepEqual(await page.locator("td.mark").allTextContents(), ["2139", "USA", "1.250,00", "2027-12-31"]);
  await finding(page, "Country").locator(".place").click();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "USA");
  await finding(page, "Country").locator("select").selectOption("Germany");
  await finding(page, "Country").locator('button:text-is("Set")').click();
  await page.waitForSelector('td:text-is("Germany")');
  await status(page, "blocking");
  const fixed = await saved(page, "Download fixed file");
  assert.equal(fixed.text, readFileSync(sheet, "utf8").replace("USA", "Germany"));
});

scenario("a workbook is read, and written as CSV once it is edited", async (page) => {
  await take(page, "pipeline.xlsx", workbook);
  await status(page, "checked:");
  await finding(page, "Country").locator("select").selectOption("United States");
  await finding(page, "Country").locator('button:text-is("Set")').click();
  await page.waitForSelector('#name:text-is("pipeline.csv")');
  await status(page, "checked:");
  const fixed = await saved(page, "Download fixed file");
  assert.equal(fixed.name, "pipeline-fixed.csv");
  assert.match(fixed.text, /AnyCompany Foods,Consumer Goods,United States,/);
});

scenario("the columns of an unknown sheet are mapped by hand", async (page) => {
  await take(page, "hubspot.csv", crm);
  await status(page, "not known");
  const chosen = await page.locator("#mapping").getByLabel("Deal Stage", { exact: true }).inputValue();
  assert.equal(chosen, "LifeCycle.Stage");
  await page.getByLabel("Deal owner", { exact: true }).selectOption("");
  for (const [label, value] of [
    ["Primary Needs From AWS", "Co-Sell - Deal Support"],
    ["Project › Delivery Models", "SaaS or PaaS"],
    ["Project › Sales Activities", "Customer has shown interest in solution"],
    ["Marketing › Source", "None"],
  ]) {
    await page.getByLabel(label, { exact: true }).selectOption(value);
  }
  const mapping = await saved(page, "Download the mapping");
  assert.match(mapping.text, /"Deal Stage":\n {4}field: "LifeCycle.Stage"\n {4}values:\n {6}"Qualified To Buy": "Qualified"/);
  await page.click('button:text-is("Check with this mapping")');
  assert.equal(await status(page, "checked:"), "3 opportunities checked: nothing found.");
  assert.equal(await page.isVisible("#mapping"), false);
  await page.waitForFunction(() => document.activeElement.id === "findings" && scrollY < innerHeight);
  await page.click('button:text-is("Change mapping")');
  assert.equal(await page.getByLabel("Marketing › Source", { exact: true }).inputValue(), "None");
  const requests = await saved(page, "Download as JSON");
  assert.equal(requests.name, "hubspot.jsonl");
  const amounts = requests.text.trim().split("\n").map((line) => JSON.parse(line).Project.ExpectedCustomerSpend[0].Amount);
  assert.deepEqual(amounts, ["14500.00", "8000.00", "5000.00"]);
});

scenario("a text that looks like HTML stays a text", async (page) => {
  const hostile = readFileSync(bad, "utf8").replace('"Manufacture"', '"<img src=x onerror=alert(1)>"');
  await page.fill("#paste", hostile);
  await status(page, "checked:");
  assert.match(await page.textContent("#report"), /<img src=x/);
  assert.equal(await page.locator("#main img").count(), 0);
});

scenario("a rule is explained where its finding is", async (page) => {
  await take(page, "bad.json", bad);
  await status(page, "7 blocking");
  const url = finding(page, "Customer › Account › Website URL");
  await url.locator("summary").click();
  await page.waitForFunction(() => document.querySelector("details[open] p")?.textContent.includes("finds the customer in its own CRM"));
  assert.equal(await url.locator('a[href^="https://docs.aws.amazon.com/"]').count(), 1);
});

scenario("a token is asked for where the service requires one", async (page) => {
  await page.goto(guarded);
  await take(page, "bad.json", bad);
  await page.waitForSelector("#access:visible");
  assert.match(await page.textContent("#alert"), /bearer token is required/);
  await page.fill("#token", token);
  await page.keyboard.press("Enter");
  await status(page, "7 blocking");
  assert.equal(await page.isVisible("#alert"), false);
}, { refused: true });

scenario("on a phone nothing is wider than the screen", async (page) => {
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.equal(await wide(), 0);
  for (const [id, words] of [["#example-json", "checked:"], ["#example-sheet", "checked:"], ["#example-crm", "not known"]]) {
    await page.click(id);
    await status(page, words);
    assert.equal(await wide(), 0, id);
    await page.click('button:text-is("Start again")');
  }
}, { context: PHONE });

for (const [name, context] of [["light", {}], ["dark", { colorScheme: "dark" }], ["on a phone", PHONE]]) {
  scenario(`no accessibility rule is violated (${name})`, async (page) => {
    await page.evaluate(axe);
    const violations = async (where) => {
      const found = await page.evaluate(() => window.axe.run(document));
      assert.deepEqual(found.violations.map((one) => `${where}: ${one.id}: ${one.nodes[0].html}`), []);
    };
    await violations("start");
    for (const [id, words] of [["#example-json", "checked:"], ["#example-sheet", "checked:"], ["#example-crm", "not known"]]) {
      await page.click(id);
      await status(page, words);
      await violations(id);
      await page.click('button:text-is("Start again")');
    }
  }, { context });
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
for (const { name, run, options } of scenarios) {
  const context = await browser.newContext({ acceptDownloads: true, ...options.context });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !(options.refused && message.text().includes("401"))) wrong.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (![address, guarded, "blob:"].some((start) => url.startsWith(start))) wrong.push(`a request to ${url}`);
  });
  let error = null;
  try {
    await page.goto(address);
    await run(page);
    assert.deepEqual(wrong, []);
  } catch (failure) {
    error = failure.message;
  }
  console.log(JSON.stringify({ name, error }));
  await context.close();
}
await browser.close();
