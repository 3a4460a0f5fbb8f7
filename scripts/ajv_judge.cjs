// A judge for scripts/second_opinion.py: a schema as the first line of standard input, then a document a line;
// answers each with the places in the schema's allOf that the document breaks.
const { createRequire } = require('node:module')
const { resolve } = require('node:path')
const readline = require('node:readline')

const Ajv = createRequire(resolve(process.argv[2], 'index.js'))('ajv/dist/2020')
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false })
let validate
readline.createInterface({ input: process.stdin }).on('line', line => {
  const value = JSON.parse(line)
  if (!validate) {
    validate = ajv.compile(value)
    return
  }
  const broken = validate(value) ? [] : validate.errors.map(error => Number(error.schemaPath.split('/')[2]))
  process.stdout.write(JSON.stringify([...new Set(broken)].sort((a, b) => a - b)) + '\n')
})
