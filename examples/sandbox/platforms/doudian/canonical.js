'use strict'
// Canonical param_json, fact sheet 2.6: keys sorted recursively by their UTF-8 bytes, arrays in order, compact,
// number literals verbatim. The server signs the bytes it received; this form is what they should have been.
const { parse, write } = require('../../json')

function byBytes (a, b) {
  return Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0]))
}

function sorted (value) {
  if (Array.isArray(value)) return value.map(sorted)
  if (!(value instanceof Map)) return value
  return new Map([...value].sort(byBytes).map(([key, member]) => [key, sorted(member)]))
}

/** The canonical text of a parsed value. */
function canonicalOf (value) {
  return write(sorted(value))
}

/** The canonical text of a JSON text. Throws SyntaxError. */
function canonical (text) {
  return canonicalOf(parse(text))
}

module.exports = { canonical, canonicalOf }
