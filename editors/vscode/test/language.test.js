"use strict";

// What the extension relies on: the server with the options that it passes.

const assert = require("node:assert");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { test } = require("node:test");
const { settingsArguments } = require("../lib/command");
const { Server } = require("./server");

const BAD = '{"Catalog": "AWS", "Customer": {}, "Project": {}, "LifeCycle": {"Stage": "prospect"}}';

async function served(settings, use, folder) {
  const server = new Server(["lsp", ...settingsArguments(settings, folder)]);
  try {
    const answer = await server.initialize();
    assert.strictEqual(answer.serverInfo.name, "opvalidate");
    await use(server);
  } finally {
    assert.strictEqual(await server.close(), 0);
  }
  assert.strictEqual(server.stderr, "");
}

test("an opportunity has diagnostics, and “fix all” has edits", async () => {
  await served({}, async (server) => {
    const uri = "file:///nowhere/a.json";
    const found = await server.open(uri, "json", BAD);
    assert.ok(found.some(({ code, source }) => code === "OPV104" && source === "opvalidate"));
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: BAD.length } };
    const [action] = await server.request("textDocument/codeAction", {
      textDocument: { uri },
      range,
      context: { diagnostics: [], only: ["source.fixAll.opvalidate"] },
    });
    assert.strictEqual(action.kind, "source.fixAll.opvalidate");
    assert.match(JSON.stringify(action.edit.changes[uri]), /P/);
  });
});

test("the settings are those of the server", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "opvalidate-"));
  const rule =
    "- id: ACME001\n  name: acme-title\n  severity: error\n  require: {Project.Title: filled}\n" +
    "  message: The title is missing.\n  why: ours\n  source: {evidence: advice}\n" +
    "  examples: {fail: [{Project.Title: null}], pass: [{}]}\n";
  fs.writeFileSync(path.join(folder, "acme.yaml"), rule);
  try {
    await served(
      { rules: ["acme.yaml"], operation: "create" },
      async (server) => {
        const uri = pathToFileURL(path.join(folder, "a.json")).href;
        const found = await server.open(uri, "json", BAD);
        assert.ok(found.some(({ code }) => code === "ACME001"));
        const pack = pathToFileURL(path.join(folder, "acme.yaml")).href;
        const problems = await server.open(pack, "yaml", rule.replace("Title: filled", "Titel: filled"));
        assert.match(problems[0].message, /did you mean Project.Title\?/);
      },
      folder,
    );
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test("a mapping is served", async () => {
  await served({}, async (server) => {
    const found = await server.open("file:///nowhere/m.yaml", "yaml", "columns:\n  Deal: Project.Titel\n");
    assert.match(found[0].message, /Project.Title/);
  });
});
