'use strict'
// What edits of records have in common on all platforms.
const { Literal } = require('./json')

function plainValue (value) {
  return value instanceof Literal ? Number(value.text) : value
}

/** Splits wire fields into the facts a version is made of and the fields that are simply laid over it. */
function splitFields (fields, facts, ids) {
  const known = {}
  const rest = {}
  if (ids.some(name => name in fields)) throw new RangeError('ids cannot be edited')
  for (const [name, value] of Object.entries(fields)) {
    if (facts[name] && typeof plainValue(value) !== 'object') known[facts[name]] = plainValue(value)
    else rest[name] = value
  }
  return { known, rest }
}

module.exports = { plainValue, splitFields }
