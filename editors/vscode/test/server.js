"use strict";

// The real server, and a client for it that needs no package. OPVALIDATE_COMMAND is a JSON list: the command.

const { spawn } = require("node:child_process");
const [command, ...first] = JSON.parse(process.env.OPVALIDATE_COMMAND || '["opvalidate"]');

/** Runs the real command as `run` does: the first argument, `opvalidate`, is replaced. */
function real(run) {
  return (name, args, options) => (name === "opvalidate" ? run(command, [...first, ...args], options) : run(name, args, options));
}

/** A language server that a test talks to. */
class Server {
  constructor(args) {
    this.process = spawn(command, [...first, ...args]);
    this.waiting = new Map();
    this.diagnostics = new Map();
    this.number = 0;
    this.stderr = "";
    let buffer = Buffer.alloc(0);
    this.process.stderr.on("data", (data) => (this.stderr += data));
    this.process.stdout.on("data", (data) => {
      buffer = Buffer.concat([buffer, data]);
      for (;;) {
        const end = buffer.indexOf("\r\n\r\n");
        const length = end < 0 ? NaN : Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, end))[1]);
        if (!(buffer.length >= end + 4 + length)) {
          return;
        }
        this.receive(JSON.parse(buffer.subarray(end + 4, end + 4 + length)));
        buffer = buffer.subarray(end + 4 + length);
      }
    });
  }

  receive(message) {
    if (message.method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = message.params;
      this.diagnostics.get(uri)?.(diagnostics);
    } else if (message.id !== undefined && message.method === undefined) {
      this.waiting.get(message.id)(message);
    }
  }

  send(message) {
    const content = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.process.stdin.write(`Content-Length: ${content.length}\r\n\r\n`);
    this.process.stdin.write(content);
  }

  request(method, params) {
    const id = ++this.number;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result)));
      this.send({ id, method, params });
    });
  }

  async initialize() {
    const answer = await this.request("initialize", { processId: null, rootUri: null, capabilities: {} });
    this.send({ method: "initialized", params: {} });
    return answer;
  }

  /** Opens a text; resolves to its first diagnostics. */
  open(uri, languageId, text) {
    return new Promise((resolve) => {
      this.diagnostics.set(uri, resolve);
      this.send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId, version: 1, text } } });
    });
  }

  async close() {
    await this.request("shutdown", null);
    this.send({ method: "exit", params: null });
    return new Promise((resolve) => this.process.on("close", resolve));
  }
}

module.exports = { Server, real };
