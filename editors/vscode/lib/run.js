"use strict";

const { spawn } = require("node:child_process");

/** Runs a program without a shell; resolves to its exit code (null if it cannot be started) and output. */
function run(command, args, { cwd, input = "" } = {}) {
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    const child = spawn(command, args, { cwd, windowsHide: true });
    child.on("error", (error) => resolve({ code: null, stdout, stderr: error.message }));
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.stdin.on("error", () => {}); // it may end before it has read its input
    child.stdin.end(input);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

module.exports = { run };
