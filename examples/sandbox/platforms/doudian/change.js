'use strict'
// Moves the data: seeded changes and named edits.
const { splitFields } = require('../../edit')
const { newSku } = require('./product_seed')
const { newOrder, NEXT_STATE, UNPAID, SHIPPED, COMPLETED } = require('./order_seed')
const { newRefund, lineInfo, canBeAsked, nextStep, ASKED } = require('./refund_seed')

function nextVersion (version, changes) {
  return { ...version, ...changes, bytes: undefined }
}

function orderStep (version, now) {
  const status = NEXT_STATE[version.status]
  const times = { payTime: version.payTime || now }
  if (status === SHIPPED || status === COMPLETED) times.shipTime = version.shipTime || now
  if (status === COMPLETED) times.finishTime = now
  return { status, ...times }
}

function orderChange (version, random, now) {
  const way = random.next()
  if (way < 0.6 && NEXT_STATE[version.status]) return orderStep(version, now)
  if (way < 0.85) return { extraPromotion: version.extraPromotion + random.between(1, 300) }
  return { sellerWords: `改备注 ${random.digits(4)}` }
}

function productChange (version, random) {
  const skus = version.skus.map(sku => ({ ...sku }))
  const sku = random.pick(skus)
  switch (random.below(4)) {
    case 0: return { name: `${version.name.slice(0, 40)} ${random.digits(2)}` }
    case 1: sku.price += random.between(1, 2000); return { skus }
    case 2: sku.stock = random.between(0, 999); return { skus }
    default: return { skus: addOrDropSku(version, skus, random) }
  }
}

function addOrDropSku (version, skus, random) {
  if (skus.length > 1 && random.chance(0.4)) return skus.slice(0, -1)
  const position = Math.max(...skus.map(sku => sku.position)) + 1
  if (position >= 16 || skus.length >= 8) return skus.slice(1)
  return [...skus, newSku(version.id, position, `新色${position}`, '均码', skus[0].price + 100, random.between(1, 99))]
}

/** Changes `count` seeded records of a shelf; answers their ids. */
function changeSome (shelf, count, change, put) {
  const ids = []
  for (const id of change.random.sample(shelf.sortedIds().filter(one => !shelf.current(one).hidden), count)) {
    const version = shelf.current(id)
    put(shelf, nextVersion(version, { ...change.of(version), updateTime: change.now }))
    ids.push(id)
  }
  return ids
}

function changeOrders (shop, count, random, now, put) {
  return changeSome(shop.orders, count, { random, now, of: version => orderChange(version, random, now) }, put)
}

function changeProducts (shop, count, random, now, put) {
  return changeSome(shop.products, count, { random, now, of: version => productChange(version, random) }, put)
}

function addOrders (shop, count, now, put) {
  const ids = []
  for (let i = 0; i < count; i++) {
    const version = newOrder(shop, shop.orders.size, now, now, UNPAID)
    put(shop.orders, version)
    ids.push(version.id)
  }
  return ids
}

/** Stores a case, and with it the order whose line tells of it. */
function putRefund (shop, refund, now, put) {
  put(shop.refunds, refund)
  put(shop.orders, nextVersion(shop.orders.current(refund.orderId), { afterSale: lineInfo(refund), updateTime: now }))
}

/** Takes cases that are open one step further. */
function changeRefunds (shop, count, random, now, put) {
  const open = shop.refunds.sortedIds().filter(id => nextStep(shop.refunds.current(id)))
  return random.sample(open, count).map(id => {
    const version = shop.refunds.current(id)
    putRefund(shop, nextVersion(version, { ...nextStep(version), updateTime: now }), now, put)
    return id
  })
}

function addRefunds (shop, count, random, now, put) {
  const paid = shop.orders.sortedIds().filter(id => canBeAsked(shop.orders.current(id)))
  return random.sample(paid, count).map(id => {
    const refund = newRefund(shop, shop.orders.current(id), shop.refunds.size, random, now, now, ASKED)
    putRefund(shop, refund, now, put)
    return refund.id
  })
}

const ORDER_FACTS = { order_status: 'status', create_time: 'createTime', update_time: 'updateTime', pay_time: 'payTime', ship_time: 'shipTime', finish_time: 'finishTime', seller_words: 'sellerWords' }
const PRODUCT_FACTS = { status: 'status', check_status: 'checkStatus', draft_status: 'draftStatus', create_time: 'createTime', update_time: 'updateTime', name: 'name' }
const REFUND_FACTS = { aftersale_status: 'status', aftersale_type: 'type', refund_status: 'money', apply_time: 'createTime', update_time: 'updateTime' }
const SKU_FACTS = { price: 'price', stock_num: 'stock', spec_detail_name1: 'colour', spec_detail_name2: 'size' }

const IDS = ['order_id', 'product_id', 'id', 'aftersale_id']

function editRecord (shelf, id, fields, facts, now, put) {
  const version = shelf.current(id)
  if (!version) return false
  const { known, rest } = splitFields(fields, facts, IDS)
  put(shelf, nextVersion(version, { updateTime: now, ...known, set: { ...version.set, ...rest } }))
  return true
}

/** A SKU belongs to its product: the product's update time moves with it. */
function editSku (shelf, id, fields, now, put) {
  const owner = shelf.sortedIds().map(product => shelf.current(product)).find(version => version.skus.some(sku => sku.id === id))
  if (!owner) return false
  const { known, rest } = splitFields(fields, SKU_FACTS, IDS)
  const skus = owner.skus.map(sku => (sku.id === id ? { ...sku, ...known } : sku))
  put(shelf, nextVersion(owner, { updateTime: now, skus, skuSet: { ...owner.skuSet, [id]: { ...owner.skuSet?.[id], ...rest } } }))
  return true
}

/** Sets wire fields of one named record; false when there is no such record. */
function edit (shop, kind, id, fields, now, put) {
  switch (kind) {
    case 'order': return editRecord(shop.orders, id, fields, ORDER_FACTS, now, put)
    case 'product': return editRecord(shop.products, id, fields, PRODUCT_FACTS, now, put)
    case 'refund': return editRecord(shop.refunds, id, fields, REFUND_FACTS, now, put)
    case 'sku': return editSku(shop.products, id, fields, now, put)
    default: throw new RangeError(`unknown kind: ${kind}`)
  }
}

module.exports = { changeOrders, changeProducts, addOrders, changeRefunds, addRefunds, edit }
