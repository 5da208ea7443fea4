'use strict'
// A shop's orders as they are at the start (fact sheet 10).
const { Random, deriveSeed } = require('../../random')
const { LONG_ID_EVERY } = require('./ware_seed')

const DAY_S = 86_400
const BURST_SIZE = 250 // orders sharing one update second: paging has to survive more rows than a page in one second
const ORDERS_PER_BURST = 5000

const NOT_PAY = 'NOT_PAY'
const TO_SHIP = 'WAIT_SELLER_STOCK_OUT'
const SHIPPED = 'WAIT_GOODS_RECEIVE_CONFIRM'
const FINISHED = 'FINISHED_L'
const CANCELED = 'TRADE_CANCELED'
const LOCKED = 'LOCKED'
const PAUSED = 'POP_ORDER_PAUSE'
const SHIPPED_STATES = [SHIPPED, FINISHED]

// by age of the last change: recent orders are on their way, old ones have ended
const FRESH_STATES = [[NOT_PAY, 12], [TO_SHIP, 42], [SHIPPED, 26], [CANCELED, 10], [LOCKED, 6], [PAUSED, 4]]
const OLD_STATES = [[FINISHED, 74], [SHIPPED, 10], [CANCELED, 14], [TO_SHIP, 2]]
const NEXT_STATE = { [NOT_PAY]: TO_SHIP, [PAUSED]: TO_SHIP, [TO_SHIP]: SHIPPED, [SHIPPED]: FINISHED, [LOCKED]: CANCELED }

/** 12 digits as seen; now and then one beyond 2^53, see ware_seed.js. */
function orderId (shop, index) {
  const digits = String((index * 3_141_593 + 271_828) % 1_000_000_000).padStart(9, '0')
  const number = String(shop.number % 100).padStart(2, '0')
  return index % LONG_ID_EVERY === 11 ? `9007199${number}${digits}` : `3${number}${digits}`
}

function newOrder (shop, index, createTime, updateTime, state) {
  const random = new Random(deriveSeed(shop.seed, 'order', index))
  const life = updateTime - createTime
  const paid = state !== NOT_PAY && (state !== CANCELED || random.chance(0.3))
  const payTime = paid ? createTime + Math.min(random.between(5, 900), life) : 0
  const shipTime = SHIPPED_STATES.includes(state) ? payTime + Math.floor((updateTime - payTime) * random.next()) : 0
  const ended = state === FINISHED || state === CANCELED
  return {
    id: orderId(shop, index), index, createTime, updateTime, status: state, payTime, shipTime, endTime: ended ? updateTime : 0,
    look: random.below(0xffffffff), extraDiscount: 0, remark: null, flag: null, shipment: null, set: null
  }
}

/** All orders of a shop, with a few seconds made dense on purpose. */
function seedOrders (shop, count, now, historyDays) {
  const random = new Random(deriveSeed(shop.seed, 'orders'))
  const span = Math.floor(historyDays * DAY_S)
  const bursts = Math.max(1, Math.floor(count / ORDERS_PER_BURST))
  const burstSize = Math.min(BURST_SIZE, Math.floor(count / 4))
  const burstSeconds = Array.from({ length: bursts }, () => now - random.between(3600, span))
  return Array.from({ length: count }, (_, index) => {
    const burst = Math.floor(index / burstSize)
    const updateTime = burst < bursts ? burstSeconds[burst] : now - random.between(30, span)
    const createTime = updateTime - random.between(60, 6 * DAY_S)
    const state = random.weighted(now - updateTime < 3 * DAY_S ? FRESH_STATES : OLD_STATES)
    return newOrder(shop, index, createTime, updateTime, state)
  })
}

module.exports = { seedOrders, newOrder, NEXT_STATE, NOT_PAY, TO_SHIP, SHIPPED, FINISHED, CANCELED, LOCKED, PAUSED, DAY_S }
