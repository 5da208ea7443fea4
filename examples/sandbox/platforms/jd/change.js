'use strict'
// Moves the data: seeded changes, new orders, and named edits.
const { Literal } = require('../../json')
const { parseShanghaiText } = require('../../clock')
const { newSku } = require('./ware_seed')
const { newOrder, NEXT_STATE, NOT_PAY, TO_SHIP, SHIPPED, FINISHED, CANCELED, LOCKED } = require('./order_seed')
const { newService, TO_REVIEW, AGREED, S_DONE } = require('./refund_seed')
const { factsOf } = require('./order_facts')
const { fenOf } = require('./params')
const words = require('./words')

const REFUND_SHARE = 0.3 // of paid orders that change
const SERVICE_SHARE = 0.15 // of finished orders that change

function nextVersion (version, changes) {
  return { ...version, ...changes, bytes: undefined }
}

function orderStep (version, now) {
  const status = NEXT_STATE[version.status]
  const changes = { status, payTime: version.payTime || now }
  if (status === SHIPPED || status === FINISHED) changes.shipTime = version.shipTime || now
  if (status === FINISHED || status === CANCELED) changes.endTime = now
  return changes
}

function orderChange (version, random, now) {
  const way = random.next()
  if (way < 0.6 && NEXT_STATE[version.status]) return orderStep(version, now)
  if (way < 0.85) return { extraDiscount: version.extraDiscount + random.between(1, 300) }
  return { remark: `改备注 ${random.digits(4)}` }
}

/** A paid order whose buyer wants the money back is locked, and has an application from now on. */
function askForRefund (shop, version, now, put) {
  put(shop.orders, nextVersion(version, { status: LOCKED, updateTime: now }))
  const id = String(600_000_000 + shop.number * 10_000_000 + shop.refunds.size)
  const { amounts } = factsOf(version, shop)
  put(shop.refunds, {
    id, orderId: version.id, createTime: now, updateTime: now, status: TO_REVIEW, checkTime: 0, fen: amounts.pay, reason: words.refundReasons[version.index % words.refundReasons.length],
    checkUser: '', checkRemark: '', set: null
  })
  return id
}

function wareChange (version, random, now) {
  const skus = version.skus.map(sku => ({ ...sku }))
  const sku = random.pick(skus)
  sku.updateTime = now
  switch (random.below(4)) {
    case 0: return { title: `${version.title.slice(0, 40)} ${random.digits(2)}` }
    case 1: sku.price += random.between(1, 2000); return { skus }
    case 2: sku.stock = random.between(0, 999); return { skus }
    default: return { skus: addOrDropSku(version, skus, random, now) }
  }
}

function addOrDropSku (version, skus, random, now) {
  if (skus.length > 1 && random.chance(0.4)) return skus.slice(0, -1)
  const position = Math.max(...skus.map(sku => sku.position)) + 1
  if (position >= 80 || skus.length >= 8) return skus.slice(1)
  return [...skus, newSku(version.id, position, { colour: `新色${position}`, size: '', price: skus[0].price + 100, stock: random.between(1, 99), outerId: `${version.outerId}-${position}`, at: now })]
}

/** The application of an order that is cancelled after it was locked has been agreed to. */
function agreeRefund (shop, order, now, put) {
  const id = shop.refunds.sortedIds().find(one => shop.refunds.current(one).orderId === order.id && shop.refunds.current(one).status === TO_REVIEW)
  if (id !== undefined) put(shop.refunds, nextVersion(shop.refunds.current(id), { status: AGREED, checkTime: now, updateTime: now }))
  return id
}

/** A service of the order is opened, or ends when there is one. */
function moveService (shop, order, now, put) {
  const known = [...shop.services.records.values()].find(record => record.current.orderId === order.id)?.current
  const version = known ? nextVersion(known, { status: S_DONE, updateTime: now }) : newService(shop, order, String(750_000_000 + shop.number * 10_000_000 + shop.services.size), now)
  put(shop.services, version)
  return version.id
}

/** Moves one order; answers the ids of what moved with it. */
function changeOrder (shop, version, random, now, put) {
  if (version.status === TO_SHIP && random.chance(REFUND_SHARE)) return { refund: askForRefund(shop, version, now, put) }
  const changes = orderChange(version, random, now)
  put(shop.orders, nextVersion(version, { ...changes, updateTime: now }))
  if (changes.status === CANCELED) return { refund: agreeRefund(shop, version, now, put) }
  if (version.status === FINISHED && random.chance(SERVICE_SHARE)) return { service: moveService(shop, version, now, put) }
  return {}
}

function changeOrders (shop, count, random, now, put) {
  const orders = random.sample(shop.orders.sortedIds(), count)
  const moved = orders.map(id => changeOrder(shop, shop.orders.current(id), random, now, put))
  const ids = name => moved.map(one => one[name]).filter(id => id !== undefined)
  return { orders, refunds: ids('refund'), services: ids('service') }
}

function changeWares (shop, count, random, now, put) {
  const ids = random.sample(shop.wares.sortedIds(), count)
  for (const id of ids) {
    const version = shop.wares.current(id)
    put(shop.wares, nextVersion(version, { ...wareChange(version, random, now), updateTime: now }))
  }
  return ids
}

function addOrders (shop, count, now, put) {
  return Array.from({ length: count }, () => {
    const version = newOrder(shop, shop.orders.size, now, now, NOT_PAY)
    put(shop.orders, version)
    return version.id
  })
}

const FACTS = {
  order: { orderState: 'status', orderStartTime: 'createTime', modified: 'updateTime', paymentConfirmTime: 'payTime', orderEndTime: 'endTime', venderRemark: 'remark' },
  product: { title: 'title', wareStatus: 'status', created: 'createTime', modified: 'updateTime', outerId: 'outerId', itemNum: 'itemNum' },
  sku: { jdPrice: 'price', stockNum: 'stock', status: 'status', outerId: 'outerId' },
  refund: { status: 'status', applyRefundSum: 'fen', modified: 'updateTime', checkTime: 'checkTime' },
  service: { serviceStatus: 'status', customerExpect: 'expect', updateTime: 'updateTime' }
}
const SHELVES = { order: 'orders', product: 'wares', refund: 'refunds', service: 'services' }
const IDS = ['orderId', 'wareId', 'skuId', 'id', 'serviceId']
const TIMES = ['createTime', 'updateTime', 'payTime', 'endTime', 'checkTime']

/** A wire value as the fact it stands for: times become seconds, prices fen. */
function factValue (fact, value) {
  const text = value instanceof Literal ? value.text : String(value)
  if (TIMES.includes(fact)) return Math.floor((/^\d+$/.test(text) ? Number(text) : parseShanghaiText(text)) / 1000)
  if (fact === 'price') return fenOf(text)
  return value instanceof Literal ? Number(value.text) : value
}

/** Splits wire fields into the facts a version is made of and the fields that are simply laid over it. */
function splitFields (fields, facts) {
  const known = {}
  const rest = {}
  if (IDS.some(name => name in fields)) throw new RangeError('ids cannot be edited')
  for (const [name, value] of Object.entries(fields)) {
    if (facts[name] && (value instanceof Literal || typeof value !== 'object')) known[facts[name]] = factValue(facts[name], value)
    else rest[name] = value
  }
  return { known, rest }
}

/** A SKU belongs to its ware: the ware's modified time moves with it. */
function editSku (shop, id, fields, now, put) {
  const owner = [...shop.wares.records.values()].map(record => record.current).find(version => version.skus.some(sku => sku.id === id))
  if (!owner) return false
  const { known, rest } = splitFields(fields, FACTS.sku)
  const skus = owner.skus.map(sku => (sku.id === id ? { ...sku, ...known, updateTime: now } : sku))
  put(shop.wares, nextVersion(owner, { updateTime: now, skus, skuSet: { ...owner.skuSet, [id]: { ...owner.skuSet?.[id], ...rest } } }))
  return true
}

/** Sets wire fields of one named record; false when there is no such record. */
function edit (shop, kind, id, fields, now, put) {
  if (kind === 'sku') return editSku(shop, id, fields, now, put)
  if (!SHELVES[kind]) throw new RangeError(`unknown kind: ${kind}`)
  const shelf = shop[SHELVES[kind]]
  const version = shelf.current(id)
  if (!version) return false
  const { known, rest } = splitFields(fields, FACTS[kind])
  put(shelf, nextVersion(version, { updateTime: now, ...known, set: { ...version.set, ...rest } }))
  return true
}

module.exports = { changeOrders, changeWares, addOrders, edit }
