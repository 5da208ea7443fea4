'use strict'
// Refund applications before shipment and services after it, as they are at the start (fact sheet 11). Both belong to
// orders of the shop and are drawn from them.
const { Random, deriveSeed } = require('../../random')
const { LOCKED, CANCELED, SHIPPED, FINISHED } = require('./order_seed')
const { factsOf } = require('./order_facts')
const words = require('./words')

// refund applications (11): the states that a seeded one may have
const TO_REVIEW = 0
const AGREED = 1
const REFUSED = 2
const WITHDRAWN = 11

// services
const S_REVIEW = 10001
const S_BUYER = 10002
const S_GOODS = 10005
const S_DONE = 10010
const S_CANCELLED = 10011
const RETURN = 10
const EXCHANGE = 20
const REPAIR = 30

const REFUND_ORDERS = [LOCKED, CANCELED]
const SERVICE_ORDERS = [SHIPPED, FINISHED]
const SERVICE_SHARE = 0.06
const EXPECT_NAMES = { [RETURN]: '退货', [EXCHANGE]: '换货', [REPAIR]: '维修' }

function seedRefund (shop, order) {
  const random = new Random(deriveSeed(shop.seed, 'refund', order.index))
  const { amounts } = factsOf(order, shop)
  const status = order.status === LOCKED ? TO_REVIEW : random.weighted([[AGREED, 6], [3, 6], [REFUSED, 1], [WITHDRAWN, 1]])
  const at = Math.min(order.payTime + random.between(60, 7200), order.updateTime)
  return {
    id: String(500_000_000 + shop.number * 10_000_000 + order.index), orderId: order.id, createTime: at, updateTime: order.updateTime, status,
    checkTime: status === TO_REVIEW ? 0 : order.updateTime, fen: amounts.pay, reason: random.pick(words.refundReasons), checkUser: '', checkRemark: '', set: null
  }
}

/** One for each paid order that is locked or was cancelled. */
function seedRefunds (shop) {
  return shop.seededOrders.filter(order => REFUND_ORDERS.includes(order.status) && order.payTime).map(order => seedRefund(shop, order))
}

/** A service that the buyer of an order asks for at that second. */
function newService (shop, order, id, at) {
  const random = new Random(deriveSeed(shop.seed, 'service', order.index))
  const { lines, amounts } = factsOf(order, shop)
  const [{ sku, ware }] = lines
  return {
    id, orderId: order.id, createTime: at, updateTime: at, status: S_REVIEW, expect: random.weighted([[RETURN, 7], [EXCHANGE, 2], [REPAIR, 1]]),
    skuId: sku.id, skuName: ware.title, fen: Math.min(sku.price, amounts.pay), reason: random.pick(words.refundReasons), set: null
  }
}

function seedService (shop, order) {
  const random = new Random(deriveSeed(shop.seed, 'service state', order.index))
  const status = random.weighted([[S_REVIEW, 3], [S_BUYER, 1], [S_GOODS, 2], [S_DONE, 8], [S_CANCELLED, 2]])
  const id = String(700_000_000 + shop.number * 10_000_000 + order.index)
  return { ...newService(shop, order, id, Math.max(order.shipTime, order.createTime)), updateTime: order.updateTime, status }
}

function seedServices (shop) {
  const random = new Random(deriveSeed(shop.seed, 'services'))
  return shop.seededOrders.filter(order => SERVICE_ORDERS.includes(order.status) && random.chance(SERVICE_SHARE)).map(order => seedService(shop, order))
}

module.exports = { seedRefunds, seedServices, newService, EXPECT_NAMES, RETURN, TO_REVIEW, AGREED, REFUSED, S_DONE }
