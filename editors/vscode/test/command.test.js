"use strict";

const assert = require("node:assert");
const { test } = require("node:test");
const { candidates, findCommand, findPython, install, installSteps, probe, settingsArguments } = require("../lib/command");

const PLACES = { setting: "", folders: ["/work"], isTrusted: true, storage: "/store", platform: "linux" };

test("the environments of the workspace come first, then PATH, then the extension's own", () => {
  assert.deepStrictEqual(candidates(PLACES), [
    "/work/.venv/bin/opvalidate",
    "/work/venv/bin/opvalidate",
    "opvalidate",
    "/store/environment/bin/opvalidate",
  ]);
});

test("programs of a workspace that is not trusted are not run", () => {
  assert.deepStrictEqual(candidates({ ...PLACES, isTrusted: false }), ["opvalidate", "/store/environment/bin/opvalidate"]);
});

test("a path in the settings is the only candidate", () => {
  assert.deepStrictEqual(candidates({ ...PLACES, setting: "/opt/opvalidate" }), ["/opt/opvalidate"]);
});

test("on Windows a program is in Scripts", () => {
  const found = candidates({ ...PLACES, folders: ["C:\\work"], storage: "C:\\store", platform: "win32" });
  assert.strictEqual(found[0], "C:\\work\\.venv\\Scripts\\opvalidate.exe");
  assert.strictEqual(found[3], "C:\\store\\environment\\Scripts\\opvalidate.exe");
});

test("the first usable command is taken, and what the others answer is said", async () => {
  const answers = { a: "missing", b: "needs pygls", c: "yes", d: "yes" };
  const asked = [];
  const found = await findCommand(["a", "b", "c", "d"], async (one) => (asked.push(one), answers[one]));
  assert.deepStrictEqual(found, { command: "c", answers: ["b: needs pygls"] });
  assert.deepStrictEqual(asked, ["a", "b", "c"]);
  assert.deepStrictEqual(await findCommand(["a", "b"], async (one) => answers[one]), {
    command: null,
    answers: ["b: needs pygls"],
  });
});

test("a program that does not exist is missing, one that cannot serve says why", async () => {
  assert.strictEqual(await probe("/nowhere/opvalidate"), "missing");
  assert.match(await probe("ls"), /lsp/); // ls: cannot access 'lsp'
});

test("settings become options; paths are relative to the workspace folder", () => {
  const settings = { operation: "submit", records: ["records"], rules: ["rules.yaml", "/etc/acme"], config: "" };
  assert.deepStrictEqual(settingsArguments(settings, "/work"), [
    ...["--operation", "submit"],
    ...["--record", "/work/records"],
    ...["--rules", "/work/rules.yaml", "--rules", "/etc/acme"],
  ]);
  assert.deepStrictEqual(settingsArguments({ operation: "", config: "a.toml" }, undefined), ["--config", "a.toml"]);
  assert.deepStrictEqual(settingsArguments({}, "/work"), []);
});

const versions = (known) => async (name) =>
  name in known ? { code: 0, stdout: known[name], stderr: "" } : { code: null, stdout: "", stderr: "not found" };

test("a Python that is too old is not used", async () => {
  assert.strictEqual(await findPython(["python3", "python"], versions({ python3: "3 9\n", python: "3 12\n" })), "python");
  assert.strictEqual(await findPython(["python3"], versions({ python3: "3 9\n" })), null);
  assert.strictEqual(await findPython(["python3"], versions({})), null);
});

test("opvalidate is installed in an environment of the extension", async () => {
  assert.deepStrictEqual(installSteps("python3", "/store", "linux"), [
    ["python3", ["-m", "venv", "/store/environment"]],
    [
      "/store/environment/bin/python",
      ["-m", "pip", "install", "--disable-pip-version-check", "--upgrade", "opvalidate[lsp]"],
    ],
  ]);
  const ran = [];
  const start = async (name, args) => (ran.push([name, ...args]), { code: 0, stdout: "3 12\n", stderr: "" });
  assert.strictEqual(await install("/store", () => {}, { start, platform: "linux" }), null);
  assert.strictEqual(ran.length, 3);
});

test("a failed installation says what failed", async () => {
  const log = [];
  const start = async (name, args) =>
    args.includes("venv")
      ? { code: 1, stdout: "", stderr: "warning\nno space left\n" }
      : { code: 0, stdout: "3 12\n", stderr: "" };
  assert.strictEqual(
    await install("/store", (text) => log.push(text), { start, platform: "linux" }),
    "python3 -m venv failed: no space left",
  );
  assert.match(log.join("\n"), /\$ python3 -m venv \/store\/environment/);
  const none = async () => ({ code: null, stdout: "", stderr: "" });
  assert.match(await install("/store", () => {}, { start: none }), /Python 3.10 or later was not found/);
});
