'use strict'
// Versions of goods that wait for review, fact sheet 9.5: what starts one, and what time makes of it.
const { ON_SALE, OFF_SALE } = require('./goods_seed')
const words = require('./words')

const EDITING = 0
const WAITING = 1
const APPROVED = 2
const REJECTED = 3
const OUTCOMES = ['approve', 'reject', 'ban']

function repriced (version, { prices, market }) {
  const wished = new Map(prices.map(one => [one.id, one]))
  const skus = version.skus.map(sku => ({ ...sku, ...wished.get(sku.id) }))
  return { skus, marketPrice: market }
}

/** A SKU's quantity in an edit is a difference (9.3); a new SKU's is its stock. */
function edited (version, { goods }) {
  const known = new Map(version.skus.map(sku => [sku.id, sku]))
  const skus = goods.skus.map(sku => (known.has(sku.id) ? { ...sku, quantity: Math.max(0, known.get(sku.id).quantity + sku.quantity) } : sku))
  return { ...goods, skus }
}

/** The goods after their review ended well. */
function approved (version, payload) {
  if (payload.prices) return { ...repriced(version, payload), ...(payload.list && !version.banned ? { status: ON_SALE } : {}) }
  if (payload.goods) {
    const list = !version.shown || (payload.list && !version.banned)
    return { ...edited(version, payload), shown: true, ...(list ? { status: ON_SALE } : {}) }
  }
  return { shown: true, status: ON_SALE }
}

class Commits {
  constructor ({ reviewMs, reviewOutcome }) {
    this.set({ ms: reviewMs, outcome: reviewOutcome })
    this.byId = new Map()
    this.pending = []
  }

  /** How long the next reviews take and how they end. */
  set ({ ms = this.ms, outcome = this.outcome }) {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError('ms must not be negative')
    if (!OUTCOMES.includes(outcome)) throw new RangeError(`unknown outcome: ${outcome}`)
    this.ms = ms
    this.outcome = outcome
  }

  read () {
    const pending = this.pending.map(({ shop, goodsId, id, at, outcome }) => ({ shopId: shop.id, productId: goodsId, commitId: id, at, outcome }))
    return { ms: this.ms, outcome: this.outcome, pending }
  }

  get (id) {
    return this.byId.get(id)
  }

  /** Of one shop, oldest first. */
  of (shop) {
    return [...this.byId.values()].filter(commit => commit.shop === shop)
  }

  latestOf (shop, goodsId) {
    return this.of(shop).findLast(commit => commit.goodsId === goodsId)
  }

  /** A draft: nothing happens to it until it is submitted. `payload` is `{ goods, list }`, `{ prices, market, list }` or `{}`. */
  draft (shop, goodsId, payload, nowMs) {
    const id = String(8_000_000_000 + this.byId.size)
    const commit = { id, shop, goodsId, payload, state: EDITING, comment: '', submitTime: Math.floor(nowMs / 1000), checkedTime: 0 }
    this.byId.set(id, commit)
    return commit
  }

  submit (shop, goodsId, payload, nowMs) {
    return this.begin(this.draft(shop, goodsId, payload, nowMs), nowMs)
  }

  begin (commit, nowMs) {
    commit.state = WAITING
    commit.submitTime = Math.floor(nowMs / 1000)
    commit.at = nowMs + this.ms
    commit.outcome = this.outcome
    this.pending.push(commit)
    return commit
  }

  /** Ends what is due; `end(shop, version, changes, atMs)` stores the goods. */
  settle (nowMs, end) {
    if (!this.pending.some(commit => commit.at <= nowMs)) return
    const due = this.pending.filter(commit => commit.at <= nowMs).sort((a, b) => a.at - b.at)
    this.pending = this.pending.filter(commit => commit.at > nowMs)
    for (const commit of due) this.finish(commit, end)
  }

  finish (commit, end) {
    const version = commit.shop.goods.current(commit.goodsId)
    commit.checkedTime = Math.floor(commit.at / 1000)
    if (commit.outcome === 'approve') {
      commit.state = APPROVED
      return end(commit.shop, version, approved(version, commit.payload), commit.at)
    }
    commit.state = REJECTED
    commit.comment = commit.outcome === 'ban' ? words.violation : words.rejections[Number(commit.id) % words.rejections.length]
    // How a ban looks is not in the sheet: here the goods stay off sale for good, with the reason in the commit.
    if (commit.outcome === 'ban') end(commit.shop, version, { shown: true, banned: true, status: OFF_SALE }, commit.at)
  }
}

module.exports = { Commits, EDITING, WAITING, APPROVED, REJECTED }
