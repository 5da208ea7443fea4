'use strict'
// `fields` is a comma list, and only what is listed comes back (fact sheet 5).

/** The set of wanted names; `trade.tid` and `orders.title` are asked for by their first part within the record. */
function wantedFields (params, record) {
  const names = params.required('fields').split(',').map(name => name.trim()).filter(Boolean)
  return new Set(names.map(name => name.replace(`${record}.`, '').split('.')[0]))
}

/** A record with the wanted members only; absent values are not members. */
function pick (wire, wanted) {
  const out = {}
  for (const name in wire) {
    if (wanted.has(name) && wire[name] !== undefined && wire[name] !== null) out[name] = wire[name]
  }
  return out
}

module.exports = { wantedFields, pick }
