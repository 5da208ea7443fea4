'use strict'
// Reviews of products: what product.setOnline, product.addV2 and product.editV2 start and time ends (fact sheet 2.10).
// Every review leaves a record, which product.auditList shows.

const OUTCOMES = ['approve', 'reject', 'ban']
const IN_REVIEW = 2
const REVIEWING = 0
const PASSED = 1
const REFUSED = 2
const REASONS = {
  reject: { 商品标题: ['标题与类目不符，请修改后重新提交'], 商品主图: ['主图含有违禁词'] },
  ban: { 商品封禁: ['发布禁限售商品'] }
}

function statesOf (status, checkStatus, draftStatus) {
  return { status, checkStatus, draftStatus }
}

/** status/check/draft when a review begins: what is live stays so while its new version is looked at. */
function beginning (live) {
  return live ? statesOf(0, 3, IN_REVIEW) : statesOf(0, IN_REVIEW, IN_REVIEW)
}

function ending (outcome, { live, toWarehouse }) {
  if (outcome === 'ban') return statesOf(1, 5, 0)
  if (outcome === 'reject') return live ? statesOf(0, 3, 4) : statesOf(0, 4, 4)
  return toWarehouse ? statesOf(1, 7, 0) : statesOf(0, 3, 0)
}

class Reviews {
  constructor ({ reviewMs, reviewOutcome }) {
    this.set({ ms: reviewMs, outcome: reviewOutcome, materialMs: reviewMs, materialOutcome: 'approve' })
    this.pending = [] // records that have not ended
    this.records = [] // { shop, id, title, startedAt, at, outcome, live, toWarehouse, state, reasons }, oldest first
  }

  /** How long the next reviews take and how they end; those of pictures apart. */
  set ({ ms = this.ms, outcome = this.outcome, materialMs = this.materialMs, materialOutcome = this.materialOutcome }) {
    for (const time of [ms, materialMs]) {
      if (!Number.isFinite(time) || time < 0) throw new RangeError('ms must not be negative')
    }
    if (!OUTCOMES.includes(outcome)) throw new RangeError(`unknown outcome: ${outcome}`)
    if (!['approve', 'reject'].includes(materialOutcome)) throw new RangeError(`unknown outcome: ${materialOutcome}`)
    Object.assign(this, { ms, outcome, materialMs, materialOutcome })
  }

  read () {
    const { ms, outcome, materialMs, materialOutcome } = this
    const pending = this.pending.map(one => ({ shopId: one.shop.id, productId: one.id, at: one.at, outcome: one.outcome }))
    return { ms, outcome, materialMs, materialOutcome, pending }
  }

  /** Of one shop, newest first. */
  of (shop) {
    return this.records.filter(record => record.shop === shop).reverse()
  }

  /** The state a product has from now on; its end is decided when it is due. `title` and `image` are those under review. */
  begin (shop, { id, title, image }, nowMs, { live = false, toWarehouse = false } = {}) {
    const record = { shop, id, title, image, startedAt: nowMs, at: nowMs + this.ms, outcome: this.outcome, live, toWarehouse, state: REVIEWING, reasons: {} }
    this.pending.push(record)
    this.records.push(record)
    return { ...beginning(live), review: record }
  }

  /** Ends what is due; `end(shop, version, states, atMs, approved)` stores it. A product that left review meanwhile stays as it is. */
  settle (nowMs, end) {
    if (this.pending.length === 0) return
    const due = this.pending.filter(one => one.at <= nowMs).sort((a, b) => a.at - b.at)
    if (due.length === 0) return
    this.pending = this.pending.filter(one => one.at > nowMs)
    for (const record of due) {
      const version = record.shop.products.current(record.id)
      record.state = record.outcome === 'approve' ? PASSED : REFUSED
      record.reasons = REASONS[record.outcome] ?? {}
      if (version.review === record && version.draftStatus === IN_REVIEW) end(record.shop, version, ending(record.outcome, record), record.at, record.outcome === 'approve')
    }
  }
}

module.exports = { Reviews }
