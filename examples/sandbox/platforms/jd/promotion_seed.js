'use strict'
// Promotions and coupons as they are at the start (fact sheet 12).
const { Random, deriveSeed } = require('../../random')

const DAY_S = 86_400
const NOT_COMMITTED = -1
const INVALID = 0
const REFUSED = 1
const TO_REVIEW = 2
const APPROVED = 4
const RUNNING = 5
const PAUSED = 6
const SINGLE = 1
const TOTAL = 10
const SEEDED_PROMOTIONS = 45 // more than two pages of 20
const SEEDED_COUPONS = 12

function promotionSku (sku, promoFen, num = 1) {
  return { skuId: sku.id, priceFen: sku.price, promoFen, num, bindType: 1, seq: 1 }
}

function seedPromotion (shop, index) {
  const random = new Random(deriveSeed(shop.seed, 'promotion', index))
  const status = random.weighted([[RUNNING, 5], [APPROVED, 2], [PAUSED, 1], [TO_REVIEW, 1], [REFUSED, 1], [INVALID, 2]])
  const createTime = shop.bornAt - random.between(DAY_S, 20 * DAY_S)
  const begin = status === APPROVED ? shop.bornAt + DAY_S : createTime + 3600
  const ware = shop.seededWares.length > 0 ? random.pick(shop.seededWares) : null
  return {
    id: String(800_000_000 + shop.number * 100_000 + index), createTime, updateTime: createTime + 60, status, name: `限时优惠${index + 1}`, type: SINGLE, begin,
    end: status === INVALID ? shop.bornAt - 3600 : begin + 30 * DAY_S, bound: 0, member: 50, slogan: '', comment: '', favorMode: 0,
    skus: ware ? ware.skus.map(sku => promotionSku(sku, Math.max(1, Math.floor(sku.price * 0.9)))) : [], modes: [], set: null
  }
}

function seedPromotions (shop) {
  return Array.from({ length: SEEDED_PROMOTIONS }, (_, index) => seedPromotion(shop, index))
}

function seedCoupon (shop, index) {
  const random = new Random(deriveSeed(shop.seed, 'coupon', index))
  const createTime = shop.bornAt - random.between(DAY_S, 20 * DAY_S)
  const discount = random.pick([500, 1000, 2000])
  return {
    id: String(900_000_000 + shop.number * 100_000 + index), createTime, updateTime: createTime, status: random.weighted([['OPEN', 3], ['CLOSED', 1]]), name: `店铺券${index + 1}`,
    type: 1, bindType: 1, grantType: 3, num: 1000, discount, quota: discount * 10, validityType: 5, begin: createTime, end: createTime + 30 * DAY_S, set: null
  }
}

function seedCoupons (shop) {
  return Array.from({ length: SEEDED_COUPONS }, (_, index) => seedCoupon(shop, index))
}

module.exports = { seedPromotions, seedCoupons, NOT_COMMITTED, INVALID, REFUSED, TO_REVIEW, APPROVED, RUNNING, PAUSED, SINGLE, TOTAL }
