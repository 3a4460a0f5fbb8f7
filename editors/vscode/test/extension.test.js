"use strict";

// extension.js with a stand-in for the editor: what it registers, when it starts the server, and what it shows.

const assert = require("node:assert");
const Module = require("node:module");
const { beforeEach, test } = require("node:test");
const manifest = require("../package.json");

let editor;
const disposable = { dispose() {} };

class Client {
  constructor(id, name, server, options) {
    Object.assign(this, { server, options, disposed: false });
    editor.clients.push(this);
  }
  onDidChangeState(listener) {
    this.listener = listener;
  }
  async start() {
    this.initializeResult = { serverInfo: { version: "9.9" } };
    this.listener({ newState: 2 });
  }
  async dispose() {
    this.disposed = true;
    this.listener({ newState: 1 });
  }
}

function standIn() {
  const status = { show() {} };
  const vscode = {
    StatusBarAlignment: { Right: 2 },
    ProgressLocation: { Notification: 15 },
    Uri: { file: (fsPath) => ({ fsPath }), from: (parts) => parts, parse: (text) => text },
    window: {
      activeTextEditor: undefined,
      createOutputChannel: () => ({
        appendLine: (line) => editor.log.push(line),
        show: () => (editor.isOutputShown = true),
        dispose() {},
      }),
      createStatusBarItem: () => status,
      showErrorMessage: async (text) => (editor.errors.push(text), editor.choice),
      showInformationMessage: (text) => editor.messages.push(text),
      showWarningMessage: async (text, ...choices) => (editor.warnings.push([text, ...choices]), editor.choice),
      showTextDocument: async (document) => editor.shown.push(document),
      showSaveDialog: async () => undefined,
      withProgress: (options, action) => action(),
    },
    languages: { createDiagnosticCollection: () => ({ clear() {}, delete() {}, set() {}, dispose() {} }) },
    commands: {
      registerCommand: (name, action) => (editor.commands.set(name, action), disposable),
      executeCommand: async (name, ...given) => editor.executed.push([name, ...given]),
    },
    workspace: {
      isTrusted: true,
      workspaceFolders: [{ uri: { fsPath: "/nowhere" } }],
      textDocuments: [],
      getConfiguration: () => ({ get: (name) => editor.settings[name] }),
      registerTextDocumentContentProvider: (scheme, provider) => ((editor.provider = provider), disposable),
      onDidChangeConfiguration: (listener) => ((editor.configured = listener), disposable),
      onDidOpenTextDocument: () => disposable,
      onDidGrantWorkspaceTrust: () => disposable,
      openTextDocument: async (uri) => uri,
      saveAll: async () => true,
    },
  };
  return { vscode, status };
}

const commandAnswers = { usable: "/opt/opvalidate" };

async function activated(settings) {
  const { vscode, status } = standIn();
  editor = {
    ...{ status, settings: { enable: true, path: "", records: [], rules: [], ...settings } },
    ...{ clients: [], commands: new Map(), errors: [], executed: [], log: [], messages: [], shown: [], warnings: [] },
  };
  const original = Module._load;
  Module._load = (name, ...more) => {
    if (name === "vscode") return vscode;
    if (name === "vscode-languageclient/node") return { LanguageClient: Client, State: { Stopped: 1, Running: 2 } };
    if (name === "./lib/command") {
      const real = original(name, ...more);
      const found = ({ length }) => length && { command: commandAnswers.usable, answers: commandAnswers.answers || [] };
      return { ...real, findCommand: async (commands) => ((editor.candidates = commands), found(commands)) };
    }
    return original(name, ...more);
  };
  const file = require.resolve("../extension");
  delete require.cache[file];
  const extension = require("../extension");
  Module._load = original;
  const context = { subscriptions: [], globalStorageUri: { fsPath: "/store" } };
  await extension.activate(context);
  return extension;
}

beforeEach(() => Object.assign(commandAnswers, { usable: "/opt/opvalidate", answers: [] }));

test("every command of the manifest is registered, and no other", async () => {
  await activated();
  const declared = manifest.contributes.commands.map(({ command }) => command);
  assert.deepStrictEqual([...editor.commands.keys()].sort(), declared.sort());
});

test("the server is started with the settings, and the status says so", async () => {
  await activated({ operation: "submit", rules: ["acme.yaml"] });
  const [client] = editor.clients;
  assert.deepStrictEqual(client.server, {
    command: "/opt/opvalidate",
    args: ["lsp", "--operation", "submit", "--rules", "/nowhere/acme.yaml"],
    options: { cwd: "/nowhere" },
  });
  const languages = new Set(client.options.documentSelector.map(({ language }) => language));
  const activating = manifest.activationEvents.filter((one) => one.startsWith("onLanguage:"));
  assert.deepStrictEqual([...languages].map((one) => `onLanguage:${one}`), activating);
  assert.strictEqual(editor.status.text, "$(check) opvalidate");
  assert.match(editor.status.tooltip, /opvalidate 9.9 is running/);
});

test("another setting starts the server again", async () => {
  const extension = await activated();
  editor.settings.operation = "update";
  await editor.configured({ affectsConfiguration: (name) => name === "opvalidate" });
  assert.deepStrictEqual(editor.clients.map(({ disposed }) => disposed), [true, false]);
  assert.deepStrictEqual(editor.clients[1].server.args, ["lsp", "--operation", "update"]);
  assert.strictEqual(editor.status.text, "$(check) opvalidate");
  await extension.deactivate();
  assert.strictEqual(editor.clients[1].disposed, true);
});

test("a server that stops by itself is shown", async () => {
  await activated();
  editor.clients[0].listener({ newState: 1 });
  assert.strictEqual(editor.status.text, "$(error) opvalidate");
});

test("without the command its installation is offered", async () => {
  commandAnswers.usable = null;
  await activated();
  assert.deepStrictEqual(editor.warnings, [["The opvalidate command was not found.", "Install", "Open Settings"]]);
  assert.strictEqual(editor.status.command, "opvalidate.install");
  await editor.commands.get("opvalidate.checkWorkspace")();
  assert.match(editor.errors[0], /Install the Command/);
});

test("an error leads to the output, which has all of it", async () => {
  commandAnswers.usable = null;
  await activated();
  editor.choice = "Show Output";
  await editor.commands.get("opvalidate.checkWorkspace")();
  assert.strictEqual(editor.isOutputShown, true);
});

test("a path in the settings that is not usable is named", async () => {
  Object.assign(commandAnswers, { usable: null, answers: ["/opt/other: needs pygls"] });
  await activated({ path: "/opt/other" });
  assert.deepStrictEqual(editor.warnings, [
    ["opvalidate.path is not usable: /opt/other: needs pygls", "Open Settings"],
  ]);
});

test("a disabled extension starts nothing", async () => {
  await activated({ enable: false });
  assert.deepStrictEqual(editor.clients, []);
  assert.match(editor.status.tooltip, /disabled/);
});

test("“fix all” asks for the server's own kind", async () => {
  await activated();
  await editor.commands.get("opvalidate.fixAll")();
  assert.deepStrictEqual(editor.executed, [
    ["editor.action.codeAction", { kind: "source.fixAll.opvalidate", apply: "first" }],
  ]);
});
