'use strict'
// The documented limits of methods (fact sheet 7, figures of 2026), as data: [calls, seconds] per shop and per
// application. The limits of the whole platform are out of one client's reach and are not played.

const OUTSIDE_THE_CLOUD = [1, 10] // pdd.open.decrypt.batch

const LIMITS = {
  'pdd.mall.info.get': { shop: [450, 1] },
  'pdd.goods.list.get': { shop: [1000, 60] },
  'pdd.goods.detail.get': { shop: [3000, 60] },
  'pdd.goods.commit.detail.get': { shop: [5000, 60] },
  'pdd.goods.add': { shop: [20, 1], app: [2400, 10] },
  'pdd.goods.image.upload': { shop: [3000, 60], app: [5100, 10] },
  'pdd.goods.sku.price.update': { app: [1200, 10] },
  'pdd.goods.cats.get': { app: [3000, 60] },
  'pdd.goods.spec.id.get': { shop: [3600, 60] },
  'pdd.order.list.get': { shop: [10000, 60] },
  'pdd.order.number.list.increment.get': { shop: [3000, 60] },
  'pdd.order.information.get': { shop: [30000, 60] },
  'pdd.order.status.get': { shop: [3000, 60] },
  'pdd.refund.list.increment.get': { shop: [100, 10], app: [500, 1] },
  'pdd.promotion.goods.coupon.list.get': { shop: [3000, 60] },
  'pdd.promotion.merchant.coupon.list.get': { shop: [3000, 60] },
  'pdd.open.decrypt.batch': { app: OUTSIDE_THE_CLOUD }
}

/** Counts calls in windows that begin with their first call. */
class MethodLimits {
  constructor (clock) {
    this.clock = clock
    this.windows = new Map()
  }

  take (key, [calls, seconds]) {
    const now = this.clock.elapsed()
    const window = this.windows.get(key)
    if (!window || now - window.began >= seconds * 1000) {
      this.windows.set(key, { began: now, calls: 1 })
      return true
    }
    window.calls++
    return window.calls <= calls
  }

  /** False when the method has had its calls from this app or for this shop. */
  admit (method, appKey, shopId) {
    const { shop, app } = LIMITS[method] ?? {}
    if (app && !this.take(`${method}/${appKey}`, app)) return false
    return !shop || shopId === undefined || this.take(`${method}/${appKey}/${shopId}`, shop)
  }
}

module.exports = { LIMITS, MethodLimits }
