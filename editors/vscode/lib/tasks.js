"use strict";

const path = require("node:path");
const { settingsArguments } = require("./command");
const { run } = require("./run");

const SEVERITIES = { error: 0, warning: 1, info: 2 };

/**
 * Checks the files of a folder. Returns the findings by file, with positions that count from 0, and a sentence.
 * Throws an Error with what opvalidate says if it cannot check.
 */
async function checkFolder(command, folder, settings, start = run) {
  const args = ["check", "--format", "json", "--no-progress", ...settingsArguments(settings, folder), "."];
  const { code, stdout, stderr } = await start(command, args, { cwd: folder });
  let report;
  try {
    report = JSON.parse(stdout);
  } catch {
    throw new Error(stderr.trim() || `opvalidate ended with exit code ${code}`);
  }
  const files = new Map();
  for (const finding of report.findings) {
    const file = path.resolve(folder, finding.file);
    if (file === path.resolve(folder)) {
      continue; // there are no documents: the summary says so
    }
    files.set(file, [...(files.get(file) || []), diagnosticOf(finding)]);
  }
  const { documents, documentsFailed } = report.summary;
  const counted = `${documents} document${documents === 1 ? "" : "s"} checked, ${documentsFailed} with errors`;
  return { files, summary: code === 2 ? `${counted}. ${stderr.trim()}` : counted };
}

function diagnosticOf(finding) {
  const { rule, name, severity, message, suggestion, help } = finding;
  const line = (finding.line || 1) - 1;
  const column = (finding.column || 1) - 1;
  return {
    start: [line, column],
    end: [(finding.endLine || line + 1) - 1, (finding.endColumn || column + 2) - 1],
    severity: SEVERITIES[severity],
    message: suggestion ? `${message}\ntry: ${suggestion}` : message,
    code: rule,
    name,
    help: help && help.startsWith("https://") ? help : null,
  };
}

/** Returns the documentation of a rule. Throws an Error with a suggestion for a rule that does not exist. */
async function explainRule(command, rule, settings, folder, start = run) {
  const rules = settingsArguments({ rules: settings.rules, config: settings.config }, folder);
  const { code, stdout, stderr } = await start(command, ["explain", ...rules, rule], { cwd: folder });
  if (code !== 0) {
    throw new Error(stderr.trim());
  }
  return stdout;
}

/** Returns the id, the name and the severity of every rule, for a list to choose from. */
async function listRules(command, settings, folder, start = run) {
  const rules = settingsArguments({ rules: settings.rules, config: settings.config }, folder);
  const { code, stdout, stderr } = await start(command, ["rules", "list", "--format", "json", ...rules], {
    cwd: folder,
  });
  if (code !== 0) {
    throw new Error(stderr.trim());
  }
  return JSON.parse(stdout).map(({ id, name, message }) => ({ label: id, description: name, detail: message }));
}

/** Writes the template of an opportunity. Throws an Error if the file exists already. */
async function newOpportunity(command, file, start = run) {
  const { code, stderr } = await start(command, ["init", file]);
  if (code !== 0) {
    throw new Error(stderr.trim());
  }
}

module.exports = { checkFolder, explainRule, listRules, newOpportunity };
