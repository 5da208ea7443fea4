'use strict'
// A shop's orders and refunds as they are at the start. What they look like on the wire is in order_wire.js and
// refund_wire.js. An order's state is one of the words below; the platform tells it in four fields (fact sheet 17).
const { Random, deriveSeed } = require('../../random')
const { shanghaiText } = require('../../clock')

const DAY_S = 86400
const BURST_SIZE = 250 // orders sharing one update second: paging has to survive more rows than a page in one second
const ORDERS_PER_BURST = 5000

// by age of the last change: recent orders are on their way, old ones have ended
const FRESH_STATES = [['unpaid', 8], ['grouping', 8], ['risk', 3], ['toShip', 40], ['shipped', 28], ['cancelled', 6]]
const OLD_STATES = [['signed', 74], ['shipped', 10], ['cancelled', 12], ['toShip', 2]]
const NEXT_STATE = { unpaid: 'toShip', grouping: 'toShip', risk: 'toShip', toShip: 'shipped', shipped: 'signed' }
const DEALT = ['toShip', 'risk', 'shipped', 'signed', 'cancelled'] // these have a time of deal
const SENT = ['shipped', 'signed']
const REFUND_SHARE = 0.08
// after_sales_status by how far it came (17)
const REFUND_STATES = [[2, 30], [4, 8], [3, 6], [7, 10], [10, 34], [11, 8], [6, 4]]
const NEXT_REFUND = { 2: 4, 3: 7, 4: 10, 5: 10, 6: 11, 7: 4, 8: 5 }

// Six digits of the day, then fifteen; the factor has no common divisor with 10^9, so numbers never repeat.
function orderSn (createdAt, index) {
  const day = shanghaiText(createdAt).slice(2, 10).replaceAll('-', '')
  return `${day}-${String(100_000 + createdAt % 86_400).slice(0, 6)}${String((index * 314_159_269 + 271_828) % 1_000_000_000).padStart(9, '0')}`
}

function timesOf (random, state, createdAt, updateTime) {
  const life = updateTime - createdAt
  const paid = state === 'unpaid' ? 0 : createdAt + Math.min(random.between(5, 900), life)
  const confirmed = DEALT.includes(state) ? paid + Math.min(random.between(0, 600), updateTime - paid) : 0
  const sent = SENT.includes(state) ? confirmed + Math.floor((updateTime - confirmed) * random.next()) : 0
  return { payTime: paid, confirmTime: confirmed, shipTime: sent, signTime: state === 'signed' ? updateTime : 0 }
}

/** `createTime` is the axis of pdd.order.list.get: the time of deal, 0 as long as there was none. */
function newOrder (shop, index, createdAt, updateTime, state) {
  const random = new Random(deriveSeed(shop.seed, 'order', index))
  const times = timesOf(random, state, createdAt, updateTime)
  return {
    id: orderSn(createdAt, index), index, createdAt, createTime: times.confirmTime, updateTime, state, ...times,
    look: random.below(0xffffffff), extraDiscount: 0, remark: null, tag: null, shipment: null, afterSales: null, status: state, set: null
  }
}

/** All orders of a shop, with a few seconds made dense on purpose. */
function seedOrders (shop, count, now, historyDays) {
  const random = new Random(deriveSeed(shop.seed, 'orders'))
  const span = Math.floor(historyDays * DAY_S)
  const bursts = Math.max(1, Math.floor(count / ORDERS_PER_BURST))
  const burstSize = Math.min(BURST_SIZE, Math.floor(count / 4))
  const burstSeconds = Array.from({ length: bursts }, () => now - random.between(Math.min(3600, span), span))
  return Array.from({ length: count }, (_, index) => {
    const burst = Math.floor(index / burstSize)
    const updateTime = burst < bursts ? burstSeconds[burst] : now - random.between(30, span)
    const createdAt = updateTime - random.between(60, 6 * DAY_S)
    const state = random.weighted(now - updateTime < 3 * DAY_S ? FRESH_STATES : OLD_STATES)
    return newOrder(shop, index, createdAt, updateTime, state)
  })
}

/** A refund of an order: 1 refund only, 2 goods come back too (as the detail counts, 11). */
function newRefund (shop, order, random, createdAt, updateTime, status) {
  const type = [3, 7].includes(status) ? 2 : status === 2 ? 1 : random.pick([1, 1, 2])
  return {
    id: String(3_000_000_000 + shop.number * 50_000_000 + order.index), orderSn: order.id, createTime: createdAt, updateTime, type, status,
    order: { look: order.look, extraDiscount: order.extraDiscount }, // its amounts are those of the day it was asked for
    share: random.pick([100, 100, 50]), look: random.below(0xffffffff), set: null
  }
}

/** Refunds of some of the orders that were dealt, and the orders with them. Both were updated in the same second. */
function seedRefunds (shop, orders) {
  const random = new Random(deriveSeed(shop.seed, 'refunds'))
  const refunds = []
  const marked = orders.map(order => {
    if (!['toShip', ...SENT].includes(order.state) || !random.chance(REFUND_SHARE)) return order
    const createdAt = order.updateTime - random.between(0, Math.max(0, order.updateTime - order.confirmTime))
    const refund = newRefund(shop, order, random, createdAt, order.updateTime, random.weighted(REFUND_STATES))
    refunds.push(refund)
    return { ...order, afterSales: { type: refund.type, status: refund.status } }
  })
  return { refunds, orders: marked }
}

module.exports = { seedOrders, seedRefunds, newOrder, newRefund, NEXT_STATE, NEXT_REFUND, SENT }
