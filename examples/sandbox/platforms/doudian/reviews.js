'use strict'
// Reviews of products: what product.setOnline starts and time ends (fact sheet 2.10).

const OUTCOMES = { approve: [0, 3, 0], reject: [0, 4, 4] }
const IN_REVIEW = [0, 2, 2]

function statesOf ([status, checkStatus, draftStatus]) {
  return { status, checkStatus, draftStatus }
}

class Reviews {
  constructor ({ reviewMs, reviewOutcome }) {
    this.set({ ms: reviewMs, outcome: reviewOutcome })
    this.pending = [] // { shop, id, at, outcome, started }
  }

  /** How long the next reviews take and how they end. */
  set ({ ms = this.ms, outcome = this.outcome }) {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError('ms must not be negative')
    if (!OUTCOMES[outcome]) throw new RangeError(`unknown outcome: ${outcome}`)
    this.ms = ms
    this.outcome = outcome
  }

  read () {
    const pending = this.pending.map(({ shop, id, at, outcome }) => ({ shopId: shop.id, productId: id, at, outcome }))
    return { ms: this.ms, outcome: this.outcome, pending }
  }

  /** The state a product has from now on; its end is decided when it is due. */
  begin (shop, id, nowMs) {
    const started = { at: nowMs }
    this.pending.push({ shop, id, at: nowMs + this.ms, outcome: this.outcome, started })
    return { ...statesOf(IN_REVIEW), review: started }
  }

  /** Ends what is due; `end(shop, version, states, atMs)` stores it. A product that left review meanwhile stays as it is. */
  settle (nowMs, end) {
    if (this.pending.length === 0) return
    const due = this.pending.filter(one => one.at <= nowMs).sort((a, b) => a.at - b.at)
    if (due.length === 0) return
    this.pending = this.pending.filter(one => one.at > nowMs)
    for (const { shop, id, at, outcome, started } of due) {
      const version = shop.products.current(id)
      if (version.review === started && version.checkStatus === IN_REVIEW[1]) end(shop, version, statesOf(OUTCOMES[outcome]), at)
    }
  }
}

module.exports = { Reviews }
