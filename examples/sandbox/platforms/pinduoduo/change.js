'use strict'
// Moves the data: seeded changes and named edits. A refund moves together with its order.
const { splitFields } = require('../../edit')
const { parseShanghaiText } = require('../../clock')
const { isListed } = require('./goods_wire')
const { newOrder, newRefund, NEXT_STATE, NEXT_REFUND } = require('./order_seed')

function nextVersion (version, changes, now) {
  return { ...version, updateTime: now, ...changes, bytes: undefined }
}

function orderStep (version, now) {
  const state = NEXT_STATE[version.state]
  const payTime = version.payTime || now
  const confirmTime = version.confirmTime || now
  const shipTime = version.shipTime || (state === 'toShip' ? 0 : now)
  return { state, status: state, payTime, confirmTime, createTime: confirmTime, shipTime, signTime: state === 'signed' ? now : 0 }
}

function orderChange (version, random, now) {
  const way = random.next()
  if (way < 0.6 && NEXT_STATE[version.state] && !version.afterSales) return orderStep(version, now)
  if (way < 0.8 && version.state !== 'cancelled') return { extraDiscount: version.extraDiscount + random.between(1, 300) }
  return { remark: `改备注 ${random.digits(4)}` }
}

function goodsChange (version, random) {
  const skus = version.skus.map(sku => ({ ...sku }))
  const sku = random.pick(skus)
  switch (random.below(3)) {
    case 0: return { name: `${version.name.slice(0, 40)} ${random.digits(2)}` }
    case 1: sku.multi = Math.max(1, sku.multi - random.between(1, 200)); return { skus }
    default: sku.quantity = random.between(0, 999); return { skus }
  }
}

/** Changes `count` seeded records of a shelf; answers their ids. */
function changeSome (shelf, ids, count, random, change, put, now) {
  const chosen = random.sample(ids, count)
  for (const id of chosen) put(shelf, nextVersion(shelf.current(id), change(shelf.current(id)), now))
  return chosen
}

function changeOrders (shop, count, random, now, put) {
  return changeSome(shop.orders, shop.orders.sortedIds(), count, random, version => orderChange(version, random, now), put, now)
}

function changeGoods (shop, count, random, now, put) {
  const ids = shop.goods.sortedIds().filter(id => isListed(shop.goods.current(id)))
  return changeSome(shop.goods, ids, count, random, version => goodsChange(version, random), put, now)
}

function addOrders (shop, count, now, put, state = 'unpaid') {
  return Array.from({ length: count }, () => {
    const version = newOrder(shop, shop.orders.size, now, now, state)
    put(shop.orders, version)
    return version.id
  })
}

function putRefund (shop, refund, now, put) {
  put(shop.refunds, refund)
  const order = shop.orders.current(refund.orderSn)
  put(shop.orders, nextVersion(order, { afterSales: { type: refund.type, status: refund.status } }, now))
}

/** Takes refunds that are open one step further. */
function changeRefunds (shop, count, random, now, put) {
  const open = shop.refunds.sortedIds().filter(id => NEXT_REFUND[shop.refunds.current(id).status])
  return random.sample(open, count).map(id => {
    const version = shop.refunds.current(id)
    putRefund(shop, nextVersion(version, { status: NEXT_REFUND[version.status] }, now), now, put)
    return id
  })
}

function addRefunds (shop, count, random, now, put) {
  const dealt = shop.orders.sortedIds().filter(id => {
    const { state, afterSales } = shop.orders.current(id)
    return !afterSales && ['toShip', 'shipped', 'signed'].includes(state)
  })
  return random.sample(dealt, count).map(orderSn => {
    const refund = newRefund(shop, shop.orders.current(orderSn), random, now, now, 2)
    putRefund(shop, refund, now, put)
    return refund.id
  })
}

const ORDER_TIMES = { created_time: 'createdAt', pay_time: 'payTime', confirm_time: 'confirmTime', updated_at: 'updateTime' }
const REFUND_FACTS = { after_sales_status: 'status' }
const GOODS_FACTS = { goods_name: 'name', outer_goods_id: 'outerId', status: 'status', market_price: 'marketPrice' }
const SKU_FACTS = { quantity: 'quantity', sku_quantity: 'quantity', price: 'price', multi_price: 'multi', out_sku_sn: 'outerId', outer_id: 'outerId' }
const IDS = ['order_sn', 'goods_id', 'sku_id', 'id']

function editRecord (shelf, id, fields, facts, now, put) {
  const version = shelf.current(id)
  if (!version) return false
  const { known, rest } = splitFields(fields, facts, IDS)
  put(shelf, nextVersion(version, { ...known, set: { ...version.set, ...rest } }, now))
  return true
}

/** Texts of times become seconds, so that the windows see them. */
function editOrder (shop, id, fields, now, put) {
  const times = Object.entries(ORDER_TIMES).filter(([name]) => !Number.isNaN(parseShanghaiText(String(fields[name]))))
  const seconds = Object.fromEntries(times.map(([name, fact]) => [fact, parseShanghaiText(fields[name]) / 1000]))
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => !(ORDER_TIMES[name] in seconds)))
  const version = shop.orders.current(id)
  if (!version) return false
  if (IDS.some(name => name in fields)) throw new RangeError('ids cannot be edited')
  if (seconds.confirmTime) seconds.createTime = seconds.confirmTime
  put(shop.orders, nextVersion(version, { ...seconds, set: { ...version.set, ...rest } }, now))
  return true
}

function editSku (shelf, id, fields, now, put) {
  const owner = shelf.sortedIds().map(goods => shelf.current(goods)).find(version => version.skus.some(sku => sku.id === id))
  if (!owner) return false
  const { known, rest } = splitFields(fields, SKU_FACTS, IDS)
  const skus = owner.skus.map(sku => (sku.id === id ? { ...sku, ...known } : sku))
  put(shelf, nextVersion(owner, { skus, skuSet: { ...owner.skuSet, [id]: { ...owner.skuSet?.[id], ...rest } } }, now))
  return true
}

/** Sets wire fields of one named record; false when there is no such record. */
function edit (shop, kind, id, fields, now, put) {
  switch (kind) {
    case 'order': return editOrder(shop, id, fields, now, put)
    case 'product': return editRecord(shop.goods, id, fields, GOODS_FACTS, now, put)
    case 'sku': return editSku(shop.goods, id, fields, now, put)
    case 'refund': return editRecord(shop.refunds, id, fields, REFUND_FACTS, now, put)
    default: throw new RangeError(`unknown kind: ${kind}`)
  }
}

module.exports = { changeOrders, changeGoods, addOrders, changeRefunds, addRefunds, edit, nextVersion }
