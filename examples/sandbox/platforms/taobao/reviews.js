'use strict'
// Reviews of published items: approved, they go on sale; rejected, they stay down with a reason; banned, they are
// taken off for a violation. The sheet has no call that tells; messages do (7.4), and where the item is then listed.
const { ON_SALE, NEVER_LISTED, VIOLATION, DELETED } = require('./item_seed')

const OUTCOMES = {
  approve: { state: ON_SALE, reason: null },
  reject: { state: NEVER_LISTED, reason: '审核不通过：主图含有违禁词，请修改后重新提交' },
  ban: { state: VIOLATION, reason: '违规下架：发布禁限售商品' }
}

class Reviews {
  constructor ({ reviewMs, reviewOutcome }) {
    this.set({ ms: reviewMs, outcome: reviewOutcome })
    this.pending = [] // { shop, id, at, outcome }
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

  isPending (shop, id) {
    return this.pending.some(one => one.shop === shop && one.id === id)
  }

  begin (shop, id, nowMs) {
    this.pending.push({ shop, id, at: nowMs + this.ms, outcome: this.outcome })
  }

  /** Ends what is due; `end(shop, version, changes, outcome, atMs)` stores it. An item that was deleted meanwhile stays deleted. */
  settle (nowMs, end) {
    if (this.pending.length === 0) return
    const due = this.pending.filter(one => one.at <= nowMs).sort((a, b) => a.at - b.at)
    if (due.length === 0) return
    this.pending = this.pending.filter(one => one.at > nowMs)
    for (const { shop, id, at, outcome } of due) {
      const version = shop.items.current(id)
      if (version.state !== DELETED) end(shop, version, OUTCOMES[outcome], outcome, at)
    }
  }
}

module.exports = { Reviews }
