'use strict'
// Every write the platform accepted, in order, so that a test can prove that one was made at most once.

class WriteLog {
  constructor () {
    this.items = []
  }

  add (item) {
    this.items.push({ seq: this.items.length + 1, ...item })
  }

  /** Writes after the number `after`: `{ items, next }`, `next` being null at the end. */
  page (shopId, after, limit) {
    const found = this.items.filter(item => item.seq > after && (shopId === undefined || item.shopId === shopId))
    const items = found.slice(0, limit)
    return { items, next: found.length > limit ? items[items.length - 1].seq : null }
  }
}

module.exports = { WriteLog }
