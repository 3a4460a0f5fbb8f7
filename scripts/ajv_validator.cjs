// A validator for scripts/second_opinion.py. It reads a schema from the first line of standard input, and a document
// from each of the following lines; for each document it prints the indexes in the schema's allOf that it violates.
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
