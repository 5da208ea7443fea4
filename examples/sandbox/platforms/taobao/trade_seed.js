'use strict'
// A shop's trades as they are at the start: `{ id, createTime, updateTime, status, type, lines, … }`, money in fen.
const { Random, deriveSeed } = require('../../random')
const { newRefund } = require('./refund_seed')
const words = require('./words')

const DAY_S = 86400
const BURST_SIZE = 230 // trades sharing one modified second: paging has to survive more rows than a page in one second
const TRADES_PER_BURST = 5000
const UNPAID = 'WAIT_BUYER_PAY'
const TO_SHIP = 'WAIT_SELLER_SEND_GOODS'
const PART_SHIPPED = 'SELLER_CONSIGNED_PART'
const SHIPPED = 'WAIT_BUYER_CONFIRM_GOODS'
const SIGNED = 'TRADE_BUYER_SIGNED'
const FINISHED = 'TRADE_FINISHED'
const REFUNDED = 'TRADE_CLOSED' // after payment
const CANCELLED = 'TRADE_CLOSED_BY_TAOBAO' // before payment
const TYPES = [['fixed', 60], ['auction', 2], ['auto_delivery', 5], ['ec', 2], ['cod', 6], ['step', 8], ['eticket', 5], ['tmall_i18n', 4], ['pre_auth_type', 4], ['o2o_offlinetrade', 4]]
const FRESH_STATES = [[UNPAID, 12], ['PAID_FORBID_CONSIGN', 2], [TO_SHIP, 44], [PART_SHIPPED, 5], [SHIPPED, 24], [CANCELLED, 8], [REFUNDED, 5]]
const OLD_STATES = [[FINISHED, 74], [SHIPPED, 10], [CANCELLED, 10], [REFUNDED, 5], [TO_SHIP, 1]]
const DEPOSIT_OPEN = 'FRONT_NOPAID_FINAL_NOPAID'
const DEPOSIT_PAID = 'FRONT_PAID_FINAL_NOPAID'
const ALL_PAID = 'FRONT_PAID_FINAL_PAID'
const AFTER_SHIPPING = [PART_SHIPPED, SHIPPED, SIGNED, FINISHED]

// 19 digits, beyond 2^53. The second of creation keeps ids in time order, the last digit is left for the lines.
function tradeId (createTime, index) {
  return `30${String(createTime).padStart(10, '0')}${String((index * 314_159 + 27_183) % 1_000_000).padStart(6, '0')}0`
}

function seedLines (shop, random) {
  const count = random.weighted([[1, 62], [2, 24], [3, 10], [4, 4]])
  return Array.from({ length: count }, (_, place) => {
    const item = random.pick(shop.seededItems)
    const sku = item.skus.length > 0 ? random.pick(item.skus) : null
    const num = random.weighted([[1, 80], [2, 15], [5, 5]])
    const gross = (sku?.price ?? item.price) * num
    return { place, item, sku, num, discount: random.chance(0.3) ? Math.floor(gross / 20) : 0, adjust: 0, refund: null, shipped: false }
  })
}

function stepOf (type, status, random) {
  if (type !== 'step') return null
  if (status !== UNPAID && status !== CANCELLED) return ALL_PAID
  return random.chance(0.5) ? DEPOSIT_OPEN : DEPOSIT_PAID
}

/** Times of paying, shipping and ending that fit a status. */
function timesOf (status, createTime, updateTime, random) {
  const life = updateTime - createTime
  const paid = status !== UNPAID && status !== CANCELLED
  const payTime = paid ? createTime + Math.min(random.between(5, 900), life) : 0
  const shipTime = AFTER_SHIPPING.includes(status) ? payTime + Math.floor((updateTime - payTime) * random.next()) : 0
  const ended = [FINISHED, REFUNDED, CANCELLED].includes(status)
  return { payTime, shipTime, endTime: ended ? updateTime : 0 }
}

/** Gives lines of a paid trade their refunds; a trade closed after payment was refunded in full. */
function withRefunds (version, random) {
  if (!version.payTime) return version
  const all = version.status === REFUNDED
  const one = !all && random.chance(0.15) ? random.below(version.lines.length) : -1
  return { ...version, lines: version.lines.map(line => (all || line.place === one ? { ...line, refund: newRefund(version, line, random, all) } : line)) }
}

function newTrade (shop, index, createTime, updateTime, status, type) {
  const random = new Random(deriveSeed(shop.seed, 'trade', index))
  const lines = seedLines(shop, random)
  const version = {
    id: tradeId(createTime, index), createTime, updateTime, status, type, stepStatus: stepOf(type, status, random),
    ...timesOf(status, createTime, updateTime, random),
    lines: lines.map(line => ({ ...line, shipped: AFTER_SHIPPING.includes(status) && (status !== PART_SHIPPED || line.place === 0) })),
    post: random.chance(0.25) ? random.pick([600, 800, 1000]) : 0,
    promotion: random.chance(0.4) ? random.pick([300, 500, 1000]) : 0,
    message: random.pick(words.messages), memo: random.pick(words.memos), flag: random.below(6), closeReason: null,
    shipments: [], look: random.below(0xffffffff), set: null
  }
  // One line cannot be partly shipped.
  if (status === PART_SHIPPED && lines.length === 1) version.status = SHIPPED
  return withRefunds(version, random)
}

/** All trades of a shop, with a few seconds made dense on purpose. */
function seedTrades (shop, count, now, historyDays) {
  const random = new Random(deriveSeed(shop.seed, 'trades'))
  const span = Math.floor(historyDays * DAY_S)
  const bursts = Math.max(1, Math.floor(count / TRADES_PER_BURST))
  const burstSize = Math.min(BURST_SIZE, Math.floor(count / 4))
  const burstSeconds = Array.from({ length: bursts }, () => now - random.between(3600, span))
  return Array.from({ length: count }, (_, index) => {
    const burst = Math.floor(index / burstSize)
    const updateTime = burst < bursts ? burstSeconds[burst] : now - random.between(30, span)
    const createTime = updateTime - random.between(60, 6 * DAY_S)
    const type = random.weighted(TYPES)
    return newTrade(shop, index, createTime, updateTime, random.weighted(now - updateTime < 3 * DAY_S ? FRESH_STATES : OLD_STATES), type)
  })
}

/** What happens next to a trade, or null when it has ended. */
function nextStep (version, now) {
  const { status, stepStatus } = version
  const ship = () => ({ status: SHIPPED, shipTime: version.shipTime || now, lines: version.lines.map(line => ({ ...line, shipped: true })) })
  if (status === UNPAID && stepStatus === DEPOSIT_OPEN) return { stepStatus: DEPOSIT_PAID }
  if (status === UNPAID) return { status: TO_SHIP, payTime: now, stepStatus: stepStatus && ALL_PAID }
  if (status === 'PAID_FORBID_CONSIGN') return { status: TO_SHIP }
  if (status === TO_SHIP || status === PART_SHIPPED) return ship()
  if (status === SHIPPED && version.type === 'cod') return { status: SIGNED }
  if (status === SHIPPED || status === SIGNED) return { status: FINISHED, endTime: now }
  return null
}

module.exports = { seedTrades, newTrade, nextStep, UNPAID, TO_SHIP, PART_SHIPPED, SHIPPED, FINISHED, REFUNDED, CANCELLED, ALL_PAID, DAY_S }
