"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { after, before, test } = require("node:test");
const { run } = require("../lib/run");
const { checkFolder, explainRule, listRules, newOpportunity } = require("../lib/tasks");
const { real } = require("./server");

const start = real(run);
let folder;

before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "opvalidate-"))));
after(() => fs.rmSync(folder, { recursive: true }));

test("a new opportunity is written, and an existing file is not changed", async () => {
  const file = path.join(folder, "opportunity.json");
  await newOpportunity("opvalidate", file, start);
  const text = fs.readFileSync(file, "utf8");
  assert.strictEqual(JSON.parse(text).Catalog, "AWS");
  await assert.rejects(newOpportunity("opvalidate", file, start), /exists/);
  assert.strictEqual(fs.readFileSync(file, "utf8"), text);
});

test("the findings of a folder have the ranges of an editor", async () => {
  const file = path.join(folder, "bad.json");
  fs.writeFileSync(file, '{"Catalog": "AWS",\n "Customer": {}, "Project": {}, "LifeCycle": {"Stage": "Prospekt"}}\n');
  const { files, summary } = await checkFolder("opvalidate", folder, { operation: "create" }, start);
  const found = files.get(file).find(({ code }) => code === "OPV104");
  assert.deepStrictEqual(found.start, [1, 46]);
  assert.deepStrictEqual(found.end, [1, 65]);
  assert.strictEqual(found.severity, 0);
  assert.match(found.message, /try: Prospect/);
  assert.match(summary, /^2 documents checked, 2 with errors$/);
});

test("a folder without documents is said, not an error", async () => {
  const empty = fs.mkdtempSync(path.join(folder, "empty-"));
  fs.writeFileSync(path.join(empty, "package.json"), '{"name": "x"}');
  const { files, summary } = await checkFolder("opvalidate", empty, {}, start);
  assert.strictEqual(files.size, 0);
  assert.strictEqual(summary, "0 documents checked, 0 with errors");
});

test("a broken configuration is reported with its place", async () => {
  const broken = fs.mkdtempSync(path.join(folder, "broken-"));
  fs.writeFileSync(path.join(broken, "opvalidate.toml"), 'operatoin = "submit"\n');
  fs.writeFileSync(path.join(broken, "a.json"), "{}");
  const answer = await checkFolder("opvalidate", broken, {}, start).then(
    ({ summary }) => summary,
    (error) => error.message,
  );
  assert.match(answer, /opvalidate\.toml:1:1: .*operation/);
});

test("a rule is explained, by id or name", async () => {
  assert.match(await explainRule("opvalidate", "OPV201", {}, folder, start), /website-url-required/);
  await assert.rejects(explainRule("opvalidate", "website-url-requird", {}, folder, start), /website-url-required/);
});

test("every rule can be chosen", async () => {
  const rules = await listRules("opvalidate", {}, folder, start);
  const chosen = rules.find(({ label }) => label === "OPV201");
  assert.strictEqual(chosen.description, "website-url-required");
  assert.ok(rules.length > 150);
});
