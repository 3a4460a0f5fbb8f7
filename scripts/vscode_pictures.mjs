// The pictures of the extension's README, taken in VS Code's own workbench: code-server runs it in a browser.
//
//   npm install code-server playwright-core                   (in a folder of its own; MODULES is its node_modules)
//   make vscode
//   node scripts/vscode_pictures.mjs MODULES [CHROMIUM]
//
// It fails if the extension does not show what the pictures are of.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [modules, executablePath = "/usr/bin/chromium"] = process.argv.slice(2);
const { chromium } = createRequire(`${resolve(modules)}/`)("playwright-core");
const root = resolve(import.meta.dirname, "..");
const images = join(root, "editors", "vscode", "images");
const port = 18080;

const PACK = `- id: ACME001
  name: acme-expansion-title
  severity: warning
  when: {OpportunityType: {enum: [Expansion]}}
  require: {Project.Title: {pattern: "EXP-.+"}}
  message: The title of an expansion must start with EXP-.
  why: Our reports group opportunities by the start of their title.
  source: {evidence: advice}
  examples:
    fail:
      - {OpportunityType: Expansion, Project.Title: Cold}
    pass:
      - {OpportunityType: Expansion, Project.Title: EXP-Cold}
`;

const SETTINGS = {
  "opvalidate.path": join(root, ".venv", "bin", "opvalidate"),
  "editor.minimap.enabled": false,
  "files.exclude": { ".venv": true },
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "window.commandCenter": false,
  "workbench.activityBar.location": "hidden",
  "workbench.colorTheme": "Default Light Modern",
  "workbench.layoutControl.enabled": false,
  "workbench.startupEditor": "none",
};

/** Make the workspace and the settings, and start the workbench; returns how to stop it. */
async function start(folder) {
  mkdirSync(join(folder, "opportunities"));
  mkdirSync(join(folder, "user", "User"), { recursive: true });
  copyFileSync(join(root, "examples", "bad.json"), join(folder, "opportunities", "deal.json"));
  writeFileSync(join(folder, "opportunities", "acme.yaml"), PACK);
  writeFileSync(join(folder, "user", "User", "settings.json"), JSON.stringify(SETTINGS));
  const entry = [join(modules, "code-server", "out", "node", "entry.js"), "--user-data-dir", join(folder, "user")];
  const extension = ["--extensions-dir", join(folder, "extensions"), "--install-extension"];
  const installed = spawnSync("node", [...entry, ...extension, join(root, "dist", "opvalidate-0.1.0.vsix")]);
  assert.equal(installed.status, 0, String(installed.stderr));
  const address = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check"];
  const server = spawn("node", [...entry, "--extensions-dir", join(folder, "extensions"), ...address]);
  await new Promise((ready) => server.stdout.on("data", (text) => /listening/.test(text) && ready()));
  return () => server.kill();
}

async function take(page, name) {
  await page.waitForTimeout(500); // the end of an animation
  await page.screenshot({ path: join(images, name) });
}

async function open(page, name) {
  await page.dblclick(`.explorer-folders-view .monaco-list-row:has-text("${name}")`);
  await page.waitForSelector(`.tab.active:has-text("${name}")`);
}

async function command(page, title) {
  await page.keyboard.press("F1");
  await page.waitForSelector(".quick-input-widget:visible input");
  await page.keyboard.type(title);
  await page.waitForSelector(`.quick-input-list .monaco-list-row.focused:has-text("${title}")`);
  await page.keyboard.press("Enter");
}

async function goTo(page, place) {
  await page.keyboard.press("Control+g");
  await page.waitForSelector(".quick-input-widget:visible input");
  await page.keyboard.type(place);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".quick-input-widget", { state: "hidden" });
}

async function pictures(page, folder) {
  await page.goto(`http://127.0.0.1:${port}/?folder=${join(folder, "opportunities")}`);
  await page.waitForSelector(".explorer-folders-view .monaco-list-row");
  await open(page, "deal.json");
  await page.waitForSelector(".squiggly-error");
  await goTo(page, "14:22");
  await page.keyboard.press("Control+.");
  await page.waitForSelector('.action-widget :text("Change the value to Manufacturing")');
  await take(page, "quick-fix.png");
  await page.keyboard.press("Escape");
  await command(page, "opvalidate: Fix All");
  await page.waitForSelector('.view-line:has-text("Washington")');
  await command(page, "opvalidate: Check Workspace");
  await page.waitForSelector('.markers-panel :text("WebsiteUrl is required")');
  await page.waitForSelector('.notification-toast :text("1 document checked, 1 with errors")');
  await page.keyboard.press("Escape");
  await command(page, "Notifications: Clear All Notifications");
  await take(page, "problems.png");
  await command(page, "View: Hide Panel");
  await open(page, "acme.yaml");
  await page.waitForSelector('.view-line:has-text("✓")');
  await page.hover('.view-line:has-text("OpportunityType") >> nth=0', { position: { x: 160, y: 8 } });
  await page.waitForSelector('.monaco-hover:visible :text("OpportunityType")');
  await take(page, "rule-pack.png");
}

const folder = mkdtempSync(join(tmpdir(), "opvalidate-vscode-"));
const stop = await start(folder);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  mkdirSync(images, { recursive: true });
  await pictures(await browser.newPage({ viewport: { width: 900, height: 540 } }), folder);
} finally {
  await browser.close();
  stop();
  rmSync(folder, { recursive: true, force: true });
}
