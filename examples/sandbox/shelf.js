'use strict'
// A shop's records of one kind, kept sorted by their times, so that a page is a slice.
//
// A record has versions. `current` is the truth; `listed` is what lists show, which may lag behind (late rows).
// A version is `{ id, createTime, updateTime, … }`, never changed in place, with its wire bytes rendered once.

function compare (axis) {
  return (a, b) => a[axis] - b[axis] || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/** The first index of `rows` whose entry is not before `probe`. */
function lowerBound (rows, probe, order) {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (order(rows[middle], probe) < 0) low = middle + 1
    else high = middle
  }
  return low
}

class Axis {
  constructor (name, rows) {
    this.name = name
    this.order = compare(name)
    this.rows = rows.slice().sort(this.order)
  }

  add (version) {
    this.rows.splice(lowerBound(this.rows, version, this.order), 0, version)
  }

  remove (version) {
    const at = lowerBound(this.rows, version, this.order)
    if (this.rows[at] === version) this.rows.splice(at, 1)
  }

  /** Index range of entries with from ≤ time ≤ to. */
  range (from, to) {
    const low = from === undefined ? 0 : lowerBound(this.rows, { [this.name]: from, id: '' }, this.order)
    const high = to === undefined ? this.rows.length : lowerBound(this.rows, { [this.name]: to + 1, id: '' }, this.order)
    return [low, Math.max(low, high)]
  }
}

const REMEMBERED_QUERIES = 64

class Shelf {
  /** `render(version)` gives the JSON text of a version. */
  constructor (versions, render) {
    this.render = render
    this.records = new Map(versions.map(version => [version.id, { current: version, listed: version }]))
    this.axes = { createTime: new Axis('createTime', versions), updateTime: new Axis('updateTime', versions) }
    this.late = [] // { at, version }, in order of `at`
    this.turns = 0
    this.answers = new Map()
    this.ids = null
  }

  get size () {
    return this.records.size
  }

  current (id) {
    return this.records.get(id)?.current
  }

  /** The record's bytes after a comma, as a list needs it: half as many pieces to put together. */
  withComma (version) {
    version.bytes ??= Buffer.from(`,${this.render(version)}`)
    return version.bytes
  }

  bytes (version) {
    return this.withComma(version).subarray(1)
  }

  /** Pieces of the rows' JSON, to stand between brackets. */
  pieces (rows) {
    return rows.map((row, place) => (place === 0 ? this.bytes(row) : this.withComma(row)))
  }

  /** Adds or replaces a record; lists show it from `visibleAt` on (unix ms), details at once. */
  put (version, visibleAt, now) {
    version.turn = ++this.turns
    const record = this.records.get(version.id)
    if (record) record.current = version
    else {
      this.records.set(version.id, { current: version, listed: null })
      this.ids = null
    }
    if (visibleAt <= now) return this.list(version)
    const at = this.late.findIndex(entry => entry.at > visibleAt)
    this.late.splice(at < 0 ? this.late.length : at, 0, { at: visibleAt, version })
  }

  list (version) {
    const record = this.records.get(version.id)
    if (record.listed?.turn > version.turn) return // a newer one was not late and is listed already
    for (const axis of Object.values(this.axes)) {
      if (record.listed) axis.remove(record.listed)
      axis.add(version)
    }
    record.listed = version
    this.answers.clear()
  }

  /** Lets lists catch up with everything that is due. */
  settle (now) {
    while (this.late.length > 0 && this.late[0].at <= now) this.list(this.late.shift().version)
  }

  /**
   * What a list query selects: `{ rows, low, high }`, ascending by `sortBy`.
   * `bounds` is `{ createTime: [from, to], updateTime: [from, to] }`, both ends included and optional;
   * `filter` is a predicate or null, and `key` names bounds and filter so that further pages need no second scan.
   */
  select (sortBy, bounds, filter, key) {
    const other = sortBy === 'createTime' ? 'updateTime' : 'createTime'
    const [low, high] = this.axes[sortBy].range(...(bounds[sortBy] ?? []))
    if (!filter && !bounds[other]) return { rows: this.axes[sortBy].rows, low, high }
    const known = this.answers.get(key)
    if (known) return known
    const answer = this.scan(sortBy, bounds, filter)
    if (this.answers.size >= REMEMBERED_QUERIES) this.answers.clear()
    this.answers.set(key, answer)
    return answer
  }

  scan (sortBy, bounds, filter) {
    const [from = -Infinity, to = Infinity] = bounds[sortBy === 'createTime' ? 'updateTime' : 'createTime'] ?? []
    const other = sortBy === 'createTime' ? 'updateTime' : 'createTime'
    const [low, high] = this.axes[sortBy].range(...(bounds[sortBy] ?? []))
    const rows = []
    for (let i = low; i < high; i++) {
      const row = this.axes[sortBy].rows[i]
      if (row[other] >= from && row[other] <= to && (!filter || filter(row))) rows.push(row)
    }
    return { rows, low: 0, high: rows.length }
  }

  /** All ids in order; ids have equal length, so text order is number order. */
  sortedIds () {
    this.ids ??= [...this.records.keys()].sort()
    return this.ids
  }
}

/** The `count` rows of a selection from position `start`, ascending or descending. */
function slice ({ rows, low, high }, start, count, ascending) {
  if (ascending) return rows.slice(Math.min(low + start, high), Math.min(low + start + count, high))
  const last = high - start
  return rows.slice(Math.max(last - count, low), Math.max(last, low)).reverse()
}

module.exports = { Shelf, slice, lowerBound }
