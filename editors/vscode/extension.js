"use strict";

const path = require("node:path");
const vscode = require("vscode");
const { LanguageClient, State } = require("vscode-languageclient/node");
const { candidates, findCommand, install, settingsArguments } = require("./lib/command");
const { checkFolder, explainRule, listRules, newOpportunity } = require("./lib/tasks");

const LANGUAGES = ["json", "jsonc", "jsonl", "yaml"];
const FIX_ALL = "source.fixAll.opvalidate";
const SCHEME = "opvalidate-rule";

/** The server of one window, and what its commands need. */
class Extension {
  constructor(context) {
    this.context = context;
    this.output = vscode.window.createOutputChannel("opvalidate");
    this.diagnostics = vscode.languages.createDiagnosticCollection("opvalidate workspace");
    this.status = vscode.window.createStatusBarItem(vscode.StatusBarAlignment.Right);
    this.explanations = new Map();
    this.command = null;
    this.client = null;
    this.starting = Promise.resolve();
    context.subscriptions.push(this.output, this.diagnostics, this.status);
  }

  register() {
    const commands = {
      checkWorkspace: () => this.checkWorkspace(),
      fixAll: () => this.fixAll(),
      explainRule: (rule) => this.explainRule(rule),
      newOpportunity: () => this.newOpportunity(),
      install: () => this.install(),
      restart: () => this.restart(),
      showOutput: () => this.output.show(),
    };
    for (const [name, action] of Object.entries(commands)) {
      const guarded = (...given) => this.reported(() => action(...given));
      this.context.subscriptions.push(vscode.commands.registerCommand(`opvalidate.${name}`, guarded));
    }
    this.context.subscriptions.push(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
        provideTextDocumentContent: (uri) => this.explanations.get(uri.path) || "",
      }),
      vscode.workspace.onDidChangeConfiguration(
        (event) => event.affectsConfiguration("opvalidate") && this.restart(),
      ),
      vscode.workspace.onDidOpenTextDocument((document) => this.diagnostics.delete(document.uri)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.restart()),
    );
  }

  settings() {
    const all = vscode.workspace.getConfiguration("opvalidate");
    return Object.fromEntries(
      ["enable", "path", "operation", "records", "rules", "config"].map((name) => [name, all.get(name)]),
    );
  }

  folders() {
    return (vscode.workspace.workspaceFolders || []).map((one) => one.uri.fsPath);
  }

  /** Starts the server again, one start after the other. */
  restart() {
    this.starting = this.starting.then(async () => {
      await this.stop();
      await this.reported(() => this.start());
    });
    return this.starting;
  }

  async start() {
    const settings = this.settings();
    if (!settings.enable) {
      this.show("circle-slash", "opvalidate is disabled by opvalidate.enable");
      return;
    }
    this.show("loading~spin", "opvalidate is starting");
    const { command, answers } = await findCommand(
      candidates({
        setting: settings.path,
        folders: this.folders(),
        isTrusted: vscode.workspace.isTrusted,
        storage: this.context.globalStorageUri.fsPath,
      }),
    );
    answers.forEach((answer) => this.output.appendLine(answer));
    this.command = command;
    if (command === null) {
      this.show("warning", "opvalidate was not found: click to install it", "opvalidate.install");
      this.offerInstallation(settings.path, answers);
      return;
    }
    const args = ["lsp", ...settingsArguments(settings, this.folders()[0])];
    this.output.appendLine(`$ ${command} ${args.join(" ")}`);
    this.client = new LanguageClient(
      "opvalidate",
      "opvalidate",
      { command, args, options: { cwd: this.folders()[0] } },
      {
        documentSelector: LANGUAGES.flatMap((language) =>
          ["file", "untitled"].map((scheme) => ({ language, scheme })),
        ),
        outputChannel: this.output,
      },
    );
    const client = this.client;
    client.onDidChangeState(({ newState }) => {
      if (this.client !== client) {
        return; // it was stopped on purpose
      }
      if (newState === State.Running) {
        const { version } = client.initializeResult?.serverInfo || {};
        this.show("check", `opvalidate ${version || ""} is running (${command})`);
      } else if (newState === State.Stopped) {
        this.show("error", "opvalidate has stopped: click for its output", "opvalidate.showOutput");
      }
    });
    await client.start();
  }

  async stop() {
    const client = this.client;
    this.client = null;
    await client?.dispose();
  }

  show(icon, tooltip, command = "opvalidate.showOutput") {
    Object.assign(this.status, { text: `$(${icon}) opvalidate`, tooltip, command });
    this.status.show();
  }

  /** Runs an action; an error is shown, and does not reject. */
  async reported(action) {
    try {
      return await action();
    } catch (error) {
      this.output.appendLine(String(error.message || error));
      const problem = `opvalidate: ${String(error.message || error).split("\n")[0]}`;
      vscode.window.showErrorMessage(problem, "Show Output").then((choice) => choice && this.output.show());
      return undefined;
    }
  }

  async offerInstallation(setting, answers) {
    const problem = setting
      ? `opvalidate.path is not usable: ${answers[0] || `${setting} was not found`}`
      : "The opvalidate command was not found.";
    const choices = setting ? ["Open Settings"] : ["Install", "Open Settings"];
    const choice = await vscode.window.showWarningMessage(problem, ...choices);
    if (choice === "Install") {
      await vscode.commands.executeCommand("opvalidate.install");
    } else if (choice === "Open Settings") {
      await vscode.commands.executeCommand("workbench.action.openSettings", "opvalidate.path");
    }
  }

  // --- commands ----------------------------------------------------------------------------------

  async install() {
    const location = vscode.ProgressLocation.Notification;
    const title = "Installing opvalidate in a virtual environment of its own";
    const problem = await vscode.window.withProgress({ location, title }, () =>
      install(this.context.globalStorageUri.fsPath, (text) => this.output.appendLine(text.trimEnd())),
    );
    if (problem) {
      throw new Error(problem);
    }
    await this.restart();
  }

  usable() {
    if (this.command === null) {
      throw new Error("the command was not found: run “opvalidate: Install the Command”");
    }
    return this.command;
  }

  async checkWorkspace() {
    const command = this.usable();
    if (!this.folders().length) {
      throw new Error("open a folder first");
    }
    await vscode.workspace.saveAll(false);
    this.diagnostics.clear();
    const open = new Set(vscode.workspace.textDocuments.map((one) => one.uri.fsPath));
    for (const folder of this.folders()) {
      const { files, summary } = await checkFolder(command, folder, this.settings());
      for (const [file, found] of files) {
        if (!open.has(file) || !this.isServed(file)) {
          this.diagnostics.set(vscode.Uri.file(file), found.map(toDiagnostic));
        }
      }
      vscode.window.showInformationMessage(`opvalidate: ${path.basename(folder)}: ${summary}`);
    }
    await vscode.commands.executeCommand("workbench.actions.view.problems");
  }

  /** Whether the server shows the findings of a file while it is open. */
  isServed(file) {
    return this.client !== null && /\.(json|jsonc|jsonl|ya?ml)$/i.test(file);
  }

  async fixAll() {
    await vscode.commands.executeCommand("editor.action.codeAction", { kind: FIX_ALL, apply: "first" });
  }

  async explainRule(given) {
    const command = this.usable();
    const rule = typeof given === "string" ? given : this.ruleAtCursor() || (await this.chosenRule());
    if (!rule) {
      return;
    }
    const text = await explainRule(command, rule, this.settings(), this.folders()[0]);
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `${rule}.txt` });
    this.explanations.set(uri.path, text);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  ruleAtCursor() {
    const editor = vscode.window.activeTextEditor;
    if (!editor) {
      return undefined;
    }
    const found = vscode.languages
      .getDiagnostics(editor.document.uri)
      .find((one) => one.source === "opvalidate" && one.range.contains(editor.selection.active));
    return found && String(found.code?.value ?? found.code);
  }

  async chosenRule() {
    const rules = await listRules(this.usable(), this.settings(), this.folders()[0]);
    const chosen = await vscode.window.showQuickPick(rules, {
      placeHolder: "The rule to explain",
      matchOnDescription: true,
      matchOnDetail: true,
    });
    return chosen?.label;
  }

  async newOpportunity() {
    const command = this.usable();
    const folder = this.folders()[0];
    const uri = await vscode.window.showSaveDialog({
      title: "New opportunity",
      filters: { Opportunity: ["json", "yaml"] },
      defaultUri: folder ? vscode.Uri.file(path.join(folder, "opportunity.json")) : undefined,
    });
    if (uri) {
      await newOpportunity(command, uri.fsPath);
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    }
  }
}

function toDiagnostic({ start, end, severity, message, code, help }) {
  const diagnostic = new vscode.Diagnostic(new vscode.Range(...start, ...end), message, severity);
  diagnostic.source = "opvalidate";
  diagnostic.code = help ? { value: code, target: vscode.Uri.parse(help) } : code;
  return diagnostic;
}

let extension;

async function activate(context) {
  extension = new Extension(context);
  extension.register();
  await extension.restart();
}

function deactivate() {
  return extension?.stop();
}

module.exports = { activate, deactivate };
