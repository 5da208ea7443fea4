'use strict'
// Moves the data: seeded changes and named edits.
const { plainValue } = require('../../edit')
const { parseShanghaiText } = require('../../clock')
const { fenOf } = require('./params')
const { newSku, stockOf, ON_SALE, SOLD_OUT } = require('./item_seed')
const { newTrade, nextStep, UNPAID } = require('./trade_seed')
const { newRefund, nextRefundStatus, refundVersion } = require('./refund_seed')
const { putRefund } = require('./refunds')
const words = require('./words')

function tradeChange (version, random, now) {
  const way = random.next()
  const step = way < 0.6 ? nextStep(version, now) : null
  if (step) return step
  if (way < 0.85) return { promotion: version.promotion + random.between(1, 300) }
  return { memo: `改备注${random.digits(4)}` }
}

function itemChange (version, random, now) {
  const sku = version.skus.length > 0 ? random.pick(version.skus) : null
  const withSku = changes => ({ skus: version.skus.map(one => (one === sku ? { ...sku, ...changes, updateTime: now } : one)) })
  switch (random.below(sku ? 4 : 2)) {
    case 0: return { title: `${version.title.slice(0, 26)} ${random.digits(2)}` }
    case 1: return sku ? withSku({ price: sku.price + random.between(1, 2000) }) : { price: version.price + random.between(1, 2000) }
    case 2: return withSku({ stock: random.between(1, 800) })
    default: return { skus: addOrDropSku(version, random, now) }
  }
}

function addOrDropSku (version, random, now) {
  if (version.skus.length > 1 && random.chance(0.4)) return version.skus.slice(0, -1)
  const position = Math.max(...version.skus.map(sku => sku.position)) + 1
  if (version.skus.length >= 8) return version.skus.slice(1)
  return [...version.skus, newSku(version.id, position, [String(10_000 + position), `新色${position}`], words.sizes[4], version.skus[0].price + 100, random.between(1, 99), now)]
}

/** Changes `count` records of a shelf with `of(version)`; answers their ids. */
function changeSome (shelf, count, random, now, put, of) {
  return random.sample(shelf.sortedIds(), count).map(id => {
    const version = shelf.current(id)
    const changed = { ...version, ...of(version), updateTime: now }
    put(shelf, shelf.current(id).state === ON_SALE && stockOf(changed) === 0 ? { ...changed, state: SOLD_OUT } : changed)
    return id
  })
}

/** New trades, which nobody has paid yet. */
function addTrades (shop, count, now, put) {
  const ids = []
  for (let i = 0; i < count; i++) {
    const version = newTrade(shop, shop.tradesMade++, now, now, UNPAID, 'fixed')
    put(shop.trades, version)
    ids.push(version.id)
  }
  return ids
}

/** Asks for `count` refunds, or moves ones that are open; answers the ids of refunds. */
function changeRefunds (shop, count, random, now, put) {
  const ids = []
  const open = random.sample(shop.refunds.sortedIds().filter(id => nextRefundStatus(shop.refunds.current(id))), Math.ceil(count / 2))
  for (const id of open) {
    const version = shop.refunds.current(id)
    const status = nextRefundStatus(version)
    putRefund(shop, version, { status, sid: status === 'WAIT_SELLER_CONFIRM_GOODS' ? `SF${random.digits(12)}` : version.sid }, now, put)
    ids.push(id)
  }
  const free = shop.trades.sortedIds().map(id => shop.trades.current(id)).filter(trade => trade.payTime && !trade.lines[0].refund)
  for (const trade of random.sample(free, count - ids.length)) ids.push(askRefund(shop, trade, random, now, put))
  return ids
}

function askRefund (shop, trade, random, now, put) {
  const refund = { ...newRefund(trade, trade.lines[0], random, false, now), status: 'WAIT_SELLER_AGREE' }
  const lines = trade.lines.map(line => (line.place === 0 ? { ...line, refund } : line))
  const next = { ...trade, lines, updateTime: now }
  put(shop.trades, next)
  put(shop.refunds, refundVersion(next, lines[0]))
  return refund.id
}

function change (shop, { orders = 0, products = 0, newOrders = 0, refunds = 0 }, random, now, put) {
  const changed = changeSome(shop.trades, orders, random, now, put, version => tradeChange(version, random, now))
  return {
    orders: [...changed, ...addTrades(shop, newOrders, now, put)],
    products: changeSome(shop.items, products, random, now, put, version => itemChange(version, random, now)),
    refunds: changeRefunds(shop, refunds, random, now, put)
  }
}

const second = text => parseShanghaiText(text) / 1000
const same = value => value
const TRADE_FACTS = {
  status: ['status', same], type: ['type', same], created: ['createTime', second], modified: ['updateTime', second], pay_time: ['payTime', second],
  consign_time: ['shipTime', second], end_time: ['endTime', second], seller_memo: ['memo', same], seller_flag: ['flag', same], step_trade_status: ['stepStatus', same]
}
const ITEM_FACTS = {
  title: ['title', same], price: ['price', text => fenOf(text, 'price')], num: ['stock', same], created: ['createTime', second], modified: ['updateTime', second],
  outer_id: ['outerId', same], state: ['state', same]
}
const SKU_FACTS = { price: ['price', text => fenOf(text, 'price')], quantity: ['stock', same], modified: ['updateTime', second], outer_id: ['outerId', same] }
const REFUND_FACTS = { modified: ['updateTime', second], created: ['createTime', second] }
const IDS = ['tid', 'num_iid', 'sku_id', 'refund_id']

/** Splits wire fields into facts that a version is made of and fields that are simply laid over it. */
function splitFields (fields, facts) {
  const known = {}
  const rest = {}
  if (IDS.some(name => name in fields)) throw new RangeError('ids cannot be edited')
  for (const [name, value] of Object.entries(fields)) {
    const fact = facts[name]
    const made = fact && typeof plainValue(value) !== 'object' ? fact[1](plainValue(value)) : NaN
    if (Number.isNaN(made)) rest[name] = value
    else known[fact[0]] = made
  }
  return { known, rest }
}

function editRecord (shelf, id, fields, facts, now, put) {
  const version = shelf.current(id)
  if (!version) return false
  const { known, rest } = splitFields(fields, facts)
  put(shelf, { ...version, updateTime: now, ...known, set: { ...version.set, ...rest } })
  return true
}

/** A SKU belongs to its item, whose time of change moves with it. */
function editSku (shelf, id, fields, now, put) {
  const owner = shelf.sortedIds().map(item => shelf.current(item)).find(version => version.skus.some(sku => sku.id === id))
  if (!owner) return false
  const { known, rest } = splitFields(fields, SKU_FACTS)
  const skus = owner.skus.map(sku => (sku.id === id ? { ...sku, updateTime: now, ...known } : sku))
  put(shelf, { ...owner, updateTime: now, skus, skuSet: { ...owner.skuSet, [id]: { ...owner.skuSet?.[id], ...rest } } })
  return true
}

/** A refund's status belongs to its trade's line as well. */
function editRefund (shop, id, fields, now, put) {
  const { status, ...rest } = fields
  const version = shop.refunds.current(id)
  if (!version) return false
  if (status !== undefined) putRefund(shop, version, { status }, now, put)
  return editRecord(shop.refunds, id, rest, REFUND_FACTS, now, put)
}

/** Sets wire fields of one named record; false when there is no such record. `state` of a product is one of the sandbox's. */
function edit (shop, kind, id, fields, now, put) {
  switch (kind) {
    case 'order': return editRecord(shop.trades, id, fields, TRADE_FACTS, now, put)
    case 'product': return editRecord(shop.items, id, fields, ITEM_FACTS, now, put)
    case 'sku': return editSku(shop.items, id, fields, now, put)
    case 'refund': return editRefund(shop, id, fields, now, put)
    default: throw new RangeError(`unknown kind: ${kind}`)
  }
}

module.exports = { change, edit }
