// The usual ajv script: node ajv.mjs SCHEMA FILE|FOLDER
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";

const [schema, path] = process.argv.slice(2);
const ajv = new Ajv({ strict: false, allErrors: true });
const validate = ajv.compile(JSON.parse(readFileSync(schema, "utf8")));
const files = statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path];
let failed = 0;
for (const file of files) {
  const text = readFileSync(file, "utf8");
  const documents = file.endsWith(".jsonl") ? text.split("\n").filter(Boolean) : [text];
  for (const document of documents) {
    if (!validate(JSON.parse(document))) {
      failed += 1;
      console.log(file, ajv.errorsText(validate.errors));
    }
  }
}
process.exit(failed ? 1 : 0);
