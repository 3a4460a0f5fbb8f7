"use strict";

const path = require("node:path");
const { run } = require("./run");

const REQUIREMENT = "opvalidate[lsp]";
const OLDEST_PYTHON = [3, 10];

/** Returns where a virtual environment has a program. */
function inEnvironment(folder, name, platform) {
  return platform === "win32"
    ? path.win32.join(folder, "Scripts", `${name}.exe`)
    : path.posix.join(folder, "bin", name);
}

/**
 * Returns the commands that may be opvalidate, the best first. A path that the user has set is the only one.
 * Programs of a workspace that is not trusted are not run.
 */
function candidates({ setting, folders, isTrusted, storage, platform = process.platform }) {
  if (setting) {
    return [setting];
  }
  const environments = isTrusted ? folders.flatMap((one) => [`${one}/.venv`, `${one}/venv`]) : [];
  return [
    ...environments.map((one) => inEnvironment(one, "opvalidate", platform)),
    "opvalidate",
    inEnvironment(environmentIn(storage), "opvalidate", platform),
  ];
}

/** Returns the virtual environment that belongs to the extension. */
function environmentIn(storage) {
  return `${storage}/environment`;
}

/**
 * Says whether a command can serve an editor: "yes", "missing", or what it answers.
 * The server ends with its input, before anything was asked of it.
 */
async function probe(command) {
  const { code, stderr } = await run(command, ["lsp"]);
  if (code === null) {
    return "missing";
  }
  return code === 0 || code === 1 ? "yes" : stderr.trim() || `${command} ended with exit code ${code}`;
}

/** Returns the first usable command, and the answers of those that are there and not usable. */
async function findCommand(commands, ask = probe) {
  const answers = [];
  for (const command of commands) {
    const answer = await ask(command);
    if (answer === "yes") {
      return { command, answers };
    }
    if (answer !== "missing") {
      answers.push(`${command}: ${answer}`);
    }
  }
  return { command: null, answers };
}

/** Returns the options that the settings stand for, of the server and of `check`. */
function settingsArguments({ operation, records = [], rules = [], config }, folder) {
  const inFolder = (one) => (folder ? path.resolve(folder, one) : one);
  return [
    ...(operation ? ["--operation", operation] : []),
    ...(config ? ["--config", inFolder(config)] : []),
    ...records.flatMap((one) => ["--record", inFolder(one)]),
    ...rules.flatMap((one) => ["--rules", inFolder(one)]),
  ];
}

/** Returns a Python that is new enough, null if there is none. */
async function findPython(names = ["python3", "python", "py"], start = run) {
  for (const name of names) {
    const { code, stdout } = await start(name, ["-c", "import sys; print(*sys.version_info[:2])"]);
    const [major, minor] = stdout.trim().split(" ").map(Number);
    const isNew = major > OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]);
    if (code === 0 && isNew) {
      return name;
    }
  }
  return null;
}

/** Returns the programs that install opvalidate into the extension's own virtual environment. */
function installSteps(python, storage, platform = process.platform) {
  const folder = environmentIn(storage);
  const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--upgrade", REQUIREMENT];
  return [
    [python, ["-m", "venv", folder]],
    [inEnvironment(folder, "python", platform), pip],
  ];
}

/** Installs opvalidate; returns null, or what went wrong. */
async function install(storage, log, { start = run, platform = process.platform } = {}) {
  const python = await findPython(undefined, start);
  if (python === null) {
    return `Python ${OLDEST_PYTHON.join(".")} or later was not found: install it, or set opvalidate.path`;
  }
  for (const [command, args] of installSteps(python, storage, platform)) {
    log(`$ ${command} ${args.join(" ")}`);
    const { code, stdout, stderr } = await start(command, args);
    log(stdout + stderr);
    if (code !== 0) {
      return `${path.basename(command)} ${args.slice(0, 2).join(" ")} failed: ${lastLine(stderr)}`;
    }
  }
  return null;
}

function lastLine(text) {
  return text.trim().split("\n").pop();
}

module.exports = { candidates, findCommand, findPython, install, installSteps, probe, settingsArguments };
