'use strict'
// Audits of wares and promotions: what a write starts and time ends (fact sheet 8, 9.4, 12).

const OUTCOMES = ['approve', 'reject', 'ban']

class Reviews {
  constructor ({ reviewMs, reviewOutcome }) {
    this.reason = null
    this.set({ ms: reviewMs, outcome: reviewOutcome })
    this.pending = [] // { shop, shelf, id, at, outcome, reason, started, end }
  }

  /** How long the next audits take, how they end, and with which words. */
  set ({ ms = this.ms, outcome = this.outcome, reason = this.reason }) {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError('ms must not be negative')
    if (!OUTCOMES.includes(outcome)) throw new RangeError(`unknown outcome: ${outcome}`)
    this.ms = ms
    this.outcome = outcome
    this.reason = reason
  }

  read () {
    const pending = this.pending.map(({ shop, id, at, outcome }) => ({ shopId: shop.id, id, at, outcome }))
    return { ms: this.ms, outcome: this.outcome, reason: this.reason, pending }
  }

  /**
   * Starts an audit of a record and answers its mark, which the version has to carry as `review`: a record that lost
   * the mark meanwhile is left alone. `end(version, outcome, reason, second)` answers what the record is then.
   */
  begin (shop, shelf, id, nowMs, end) {
    const started = { at: nowMs }
    this.pending.push({ shop, shelf, id, at: nowMs + this.ms, outcome: this.outcome, reason: this.reason, started, end })
    return started
  }

  /** Ends what is due; `store(shop, shelf, version)` keeps it. */
  settle (nowMs, store) {
    const due = this.pending.filter(one => one.at <= nowMs).sort((a, b) => a.at - b.at)
    if (due.length === 0) return
    this.pending = this.pending.filter(one => one.at > nowMs)
    for (const { shop, shelf, id, at, outcome, reason, started, end } of due) {
      const version = shelf.current(id)
      if (version.review !== started) continue
      const second = Math.floor(at / 1000)
      const updateTime = Math.max(version.updateTime, second)
      store(shop, shelf, { ...version, ...end(version, outcome, reason, second), review: null, updateTime, bytes: undefined })
    }
  }
}

module.exports = { Reviews }
