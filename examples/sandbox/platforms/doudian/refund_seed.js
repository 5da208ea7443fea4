'use strict'
// After-sale cases as they are at the start and how they go on; what one looks like on the wire is in refund_wire.js
// (fact sheet 2.12; names and meanings of the fields: afterSale.List and afterSale.Detail of the official Go SDK).
const { Random, deriveSeed } = require('../../random')

const SHARE_OF_ORDERS = 0.09
const UNPAID = 1
const SHIPPED = [101, 3, 5]

// aftersale_type
const RETURN = 0
const REFUND_ONLY = 1
const BEFORE_SHIPPING = 2
const EXCHANGE = 3

// aftersale_status; 51 and 53 are left out, their meaning differs between sources
const ASKED = 6
const TO_RETURN = 7
const TO_SEND = 8
const RETURNED = 11
const DONE = 12
const SENT = 13
const EXCHANGED = 14
const REFUSED = 27
const CLOSED = 28
const REFUSED_TWICE = 29

const STATES = {
  [RETURN]: [[ASKED, 20], [TO_RETURN, 14], [RETURNED, 12], [DONE, 34], [REFUSED, 5], [REFUSED_TWICE, 4], [CLOSED, 11]],
  [REFUND_ONLY]: [[ASKED, 22], [DONE, 56], [REFUSED, 8], [CLOSED, 14]],
  [BEFORE_SHIPPING]: [[ASKED, 18], [DONE, 70], [CLOSED, 12]],
  [EXCHANGE]: [[ASKED, 20], [TO_RETURN, 15], [TO_SEND, 15], [SENT, 15], [EXCHANGED, 25], [CLOSED, 10]]
}
const NEXT = {
  [RETURN]: { [ASKED]: TO_RETURN, [TO_RETURN]: RETURNED, [RETURNED]: DONE, [REFUSED]: CLOSED, [REFUSED_TWICE]: CLOSED },
  [REFUND_ONLY]: { [ASKED]: DONE, [REFUSED]: CLOSED },
  [BEFORE_SHIPPING]: { [ASKED]: DONE },
  [EXCHANGE]: { [ASKED]: TO_RETURN, [TO_RETURN]: TO_SEND, [TO_SEND]: SENT, [SENT]: EXCHANGED }
}

// refund_status
const MONEY_WAITS = 1
const MONEY_GOES = 2
const MONEY_ARRIVED = 3
const NO_MONEY = 4

/** What became of the money when a case reaches `status`; of an exchange none is paid. */
function moneyOf (type, status) {
  if (type === EXCHANGE) return 0
  if (status === DONE) return MONEY_GOES
  return status === CLOSED ? NO_MONEY : MONEY_WAITS
}

function typeOf (order, random) {
  return SHIPPED.includes(order.status) ? random.weighted([[RETURN, 45], [REFUND_ONLY, 40], [EXCHANGE, 15]]) : BEFORE_SHIPPING
}

/** A case about the first line of an order. Ids have 19 digits and, like the order's, begin with its second of creation. */
function newRefund (shop, order, number, random, createTime, updateTime, status) {
  const type = typeOf(order, random)
  const reached = status ?? random.weighted(STATES[type])
  const money = moneyOf(type, reached)
  return {
    id: `7${String(createTime).padStart(10, '0')}${String((number * 7_654_321 + shop.number * 131 + 977) % 100_000_000).padStart(8, '0')}`,
    orderId: order.id, createTime, updateTime, type, status: reached, money: money === MONEY_GOES && random.chance(0.8) ? MONEY_ARRIVED : money,
    half: type !== EXCHANGE && random.chance(0.2), look: random.below(0xffffffff),
    order: { ...order, set: null, bytes: undefined }, // its amounts are those of the day it was asked for
    set: null
  }
}

/** What the order's line tells of its case. */
function lineInfo ({ type, status, money }) {
  return { after_sale_status: status, after_sale_type: type, refund_status: money }
}

function canBeAsked (order) {
  return order.payTime > 0 && order.status !== UNPAID && order.status !== 4 && !order.afterSale
}

/** Cases of some of the orders that were paid, and the orders with them. Both were updated in the same second. */
function seedRefunds (shop, orders) {
  const random = new Random(deriveSeed(shop.seed, 'refunds'))
  const refunds = []
  const marked = orders.map(order => {
    if (!canBeAsked(order) || !random.chance(SHARE_OF_ORDERS)) return order
    const createTime = order.payTime + Math.floor((order.updateTime - order.payTime) * random.next())
    const refund = newRefund(shop, order, refunds.length, random, createTime, order.updateTime)
    refunds.push(refund)
    return { ...order, afterSale: lineInfo(refund) }
  })
  return { refunds, orders: marked }
}

/** What happens next to a case, or null when it has ended. */
function nextStep ({ type, status, money }) {
  const next = NEXT[type][status]
  if (next !== undefined) return { status: next, money: moneyOf(type, next) }
  return money === MONEY_GOES ? { money: MONEY_ARRIVED } : null
}

module.exports = { seedRefunds, newRefund, lineInfo, canBeAsked, nextStep, ASKED, RETURNED, SENT, EXCHANGED, RETURN, REFUND_ONLY, BEFORE_SHIPPING, EXCHANGE }
