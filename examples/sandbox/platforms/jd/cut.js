'use strict'
// Records with the fields a caller asks for: JD's lists return what `field` or `optional_fields` names (8, 10.1).
const { Literal, write } = require('../../json')

/** The wire object with the wanted members only; names nobody knows are passed over. */
function pick (item, names) {
  if (!names) return item
  return Object.fromEntries(names.filter(name => item[name] !== undefined).map(name => [name, item[name]]))
}

/** A version's JSON. Callers page with one list of fields, so the last text is worth keeping; changes drop `bytes`. */
function rowText (version, render, names) {
  const key = `${render.name}:${names ?? ''}`
  if (version.bytes?.key !== key) version.bytes = { key, text: write(pick(render(version), names)) }
  return version.bytes.text
}

/** Rows as one piece of JSON. */
function rowsOf (versions, render, names) {
  return new Literal(`[${versions.map(version => rowText(version, render, names)).join(',')}]`)
}

module.exports = { pick, rowsOf }
