'use strict'
// What is really there, whatever the answers said: the same field names as on the wire, ids as strings.
const { Literal } = require('./json')

function plain (value) {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Literal) return Number.isSafeInteger(Number(value.text)) ? Number(value.text) : value.text
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return plain(Object.fromEntries(value))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}

/** One page of `entries` (`{ id, wire() }` in order of id) after the id `after`: `{ items, next }`, `next` being null at the end. */
function truthPage (entries, after, limit) {
  const start = after ? entries.findIndex(entry => entry.id > after) : 0
  const page = start < 0 ? [] : entries.slice(start, start + limit)
  const more = start >= 0 && start + limit < entries.length
  return { items: page.map(entry => plain(entry.wire())), next: more ? page[page.length - 1].id : null }
}

function countBy (versions, key) {
  const counts = {}
  for (const version of versions) counts[version[key]] = (counts[version[key]] ?? 0) + 1
  return counts
}

/** Counts of one shelf. */
function shelfSummary (shelf) {
  const versions = [...shelf.records.values()].map(record => record.current)
  const lastUpdate = versions.reduce((latest, version) => Math.max(latest, version.updateTime), 0)
  return { count: versions.length, byStatus: countBy(versions, 'status'), lastUpdateTime: lastUpdate }
}

module.exports = { plain, truthPage, shelfSummary }
