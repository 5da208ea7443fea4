'use strict'
// On and off the shelf, stock and price, fact sheet 5.3.
//
// A write handler is `(shop, params, desk)`: it checks, stores through `desk.put`, and answers `{ tree, target, params,
// changed }`, the first for the caller, the rest for the write log. A refusal is thrown before anything is stored.
const { Literal, write } = require('../../json')
const { shanghaiText } = require('../../clock')
const { Refused, fenOf } = require('./params')
const { requireItem } = require('./items')
const { skuWire, properties } = require('./item_wire')
const { stockOf, ON_SALE, SOLD_OUT, TAKEN_DOWN, VIOLATION, DELETED } = require('./item_seed')

const SET = 1
const MAX_STOCK = 1_000_000_000
const MAX_SKUS = 20

function next (version, changes, now) {
  return { ...version, ...changes, updateTime: Math.max(now, version.updateTime) }
}

function wireText (value) {
  return value instanceof Literal ? value.text : value
}

function stamp (version) {
  return { num_iid: BigInt(version.id), modified: shanghaiText(version.updateTime) }
}

/** Stores and answers as the classic calls do. */
function done (shop, desk, version, params, { changed = true, tree } = {}) {
  if (changed) desk.put(shop.items, version)
  return { tree: tree ?? { item: stamp(version) }, target: version.id, params, changed }
}

function mayBeListed (desk, shop, version) {
  if (version.state === VIOLATION) throw new Refused('itemRejected', 'IC_CHECKSTEP_ITEM_PUNISHED', version.reason ?? '商品违规下架，不能上架')
  if (version.reason) throw new Refused('itemRejected', 'IC_CHECKSTEP_ITEM_REJECTED', version.reason)
  if (desk.reviews.isPending(shop, version.id)) throw new Refused('itemRejected', 'IC_CHECKSTEP_ITEM_AUDITING', '商品审核中，请勿重复提交')
}

/** Lists an item with `num` pieces; an item with SKUs keeps its SKUs' stock, and one without any stock cannot be listed. */
function list (shop, desk, version, num) {
  mayBeListed(desk, shop, version)
  if (version.skus.length > 0 ? stockOf(version) === 0 : num === 0) throw new Refused('itemRejected', 'IC_CHECKSTEP_NUM_LESS_THAN_ONE', '商品库存为0，不能上架')
  if (version.state === ON_SALE) return { version, changed: false }
  const stock = version.skus.length > 0 ? version.stock : num
  return { version: next(version, { state: ON_SALE, stock, listTime: desk.now }, desk.now), changed: true }
}

function unlist (desk, version) {
  if (version.state !== ON_SALE) return { version, changed: false }
  return { version: next(version, { state: TAKEN_DOWN, delistTime: desk.now }, desk.now), changed: true }
}

function listing (shop, params, desk) {
  params.only('num_iid', 'num')
  const num = params.integer('num', undefined, 0, MAX_STOCK)
  const { version, changed } = list(shop, desk, requireItem(shop, params.id('num_iid')), num)
  return done(shop, desk, version, { num }, { changed })
}

function delisting (shop, params, desk) {
  params.only('num_iid')
  const { version, changed } = unlist(desk, requireItem(shop, params.id('num_iid')))
  return done(shop, desk, version, {}, { changed })
}

function remove (shop, params, desk) {
  params.only('num_iid')
  return done(shop, desk, next(requireItem(shop, params.id('num_iid')), { state: DELETED }, desk.now), {})
}

const SUCCESS = { result: 'true' } // a text, says the sheet, but not which

function upshelf (shop, params, desk) {
  params.only('item_id', 'quantity')
  const num = params.integer('quantity', 1, 0, MAX_STOCK)
  const { version, changed } = list(shop, desk, requireItem(shop, params.id('item_id')), num)
  return done(shop, desk, version, { num }, { changed, tree: SUCCESS })
}

function downshelf (shop, params, desk) {
  params.only('item_id')
  const { version, changed } = unlist(desk, requireItem(shop, params.id('item_id')))
  return done(shop, desk, version, {}, { changed, tree: SUCCESS })
}

function operateDelete (shop, params, desk) {
  params.only('item_id')
  return done(shop, desk, next(requireItem(shop, params.id('item_id')), { state: DELETED }, desk.now), {}, { tree: SUCCESS })
}

function newStock (before, number, type) {
  const stock = type === SET ? number : before + number
  if (stock < 0 || stock > MAX_STOCK) throw new Refused('itemRejected', 'IC_CHECKSTEP_QUANTITY_INVALID', `库存 ${before} 不能改为 ${stock}`)
  return stock
}

/** A version with changed stock: what is sold out leaves the shelf, but what is restocked stays down until it is listed. */
function stocked (version, changes, now) {
  const changed = next(version, changes, now)
  return changed.state === ON_SALE && stockOf(changed) === 0 ? { ...changed, state: SOLD_OUT } : changed
}

/** SKUs with those of `wanted` (`Map` of sku to number) changed. */
function withStock (version, wanted, type, now) {
  return version.skus.map(sku => (wanted.has(sku) ? { ...sku, stock: newStock(sku.stock, wanted.get(sku), type), updateTime: now } : sku))
}

function findSku (version, { id, outerId }) {
  const sku = version.skus.find(one => (id === undefined || one.id === id) && (outerId === undefined || skuWire(version, one).outer_id === outerId))
  if (!sku) throw new Refused('skuNotExist', id === undefined ? 'outer_id' : 'sku_id')
  return sku
}

function quantityUpdate (shop, params, desk) {
  params.only('num_iid', 'sku_id', 'outer_id', 'quantity', 'type')
  const type = Number(params.oneOf('type', ['1', '2'], '1'))
  const quantity = params.integer('quantity', undefined, type === SET ? 0 : -MAX_STOCK, MAX_STOCK)
  const id = params.optionalId('sku_id')
  const outerId = params.has('outer_id') ? params.text('outer_id') : undefined
  if (id !== undefined && outerId !== undefined) throw new Refused('parameterMismatch', undefined, 'sku_id 与 outer_id 不能同时使用')
  const version = requireItem(shop, params.id('num_iid'))
  const log = { quantity, type, skuId: id, outerId }
  if (id === undefined && outerId === undefined) {
    if (version.skus.length > 0) throw new Refused('parameterMissing', 'sku_id', '商品有SKU，请指定 sku_id 或 outer_id')
    return done(shop, desk, stocked(version, { stock: newStock(version.stock, quantity, type) }, desk.now), log)
  }
  const skus = withStock(version, new Map([[findSku(version, { id, outerId }), quantity]]), type, desk.now)
  return withSkus(shop, desk, stocked(version, { skus }, desk.now), log)
}

function withSkus (shop, desk, version, log) {
  const skus = version.skus.map(({ id, stock }) => ({ sku_id: BigInt(id), quantity: stock }))
  return done(shop, desk, version, log, { tree: { item: { ...stamp(version), num: stockOf(version), skus } } })
}

/** `id:qty;id:qty` */
function pairsOf (params, name) {
  const pairs = params.text(name).split(';').map(pair => pair.split(':'))
  if (pairs.length > MAX_SKUS || pairs.some(pair => pair.length !== 2 || !/^-?\d{1,10}$/.test(pair[1]))) throw new Refused('parameterInvalid', name, `${name} 应为 id:数量;id:数量，最多${MAX_SKUS}个`)
  return pairs.map(([key, number]) => [key, Number(number)])
}

function skusQuantityUpdate (shop, params, desk) {
  params.only('num_iid', 'skuid_quantities', 'outerid_quantities', 'type')
  if (params.has('skuid_quantities') === params.has('outerid_quantities')) throw new Refused('parameterMismatch', undefined, 'skuid_quantities 与 outerid_quantities 二选一')
  const name = params.has('skuid_quantities') ? 'skuid_quantities' : 'outerid_quantities'
  const type = Number(params.oneOf('type', ['1', '2'], '1'))
  const pairs = pairsOf(params, name)
  const version = requireItem(shop, params.id('num_iid'))
  const wanted = new Map(pairs.map(([key, number]) => [findSku(version, name === 'skuid_quantities' ? { id: key } : { outerId: key }), number]))
  return withSkus(shop, desk, stocked(version, { skus: withStock(version, wanted, type, desk.now) }, desk.now), { type, [name]: Object.fromEntries(pairs) })
}

function optionsOf (params) {
  if (!params.has('options')) return { type: SET, key: undefined }
  const options = params.json('options')
  if (!(options instanceof Map)) throw new Refused('parameterInvalid', 'options')
  const type = Number(wireText(options.get('type') ?? new Literal('1')))
  if (type !== 1 && type !== 2) throw new Refused('parameterInvalid', 'options.type')
  const key = options.get('outer_biz_key')
  return { type, key: key === undefined ? undefined : wireText(key) }
}

function tmallQuantities (params) {
  if (!params.has('sku_quantities')) return []
  const rows = params.json('sku_quantities')
  if (!Array.isArray(rows) || !rows.every(row => row instanceof Map && row.has('quantity'))) throw new Refused('parameterInvalid', 'sku_quantities')
  if (new Set(rows.map(row => row.has('sku_id'))).size > 1) throw new Refused('parameterMismatch', undefined, 'sku_id 与 outer_id 不能混用')
  return rows.map(row => ({ id: row.has('sku_id') ? String(wireText(row.get('sku_id'))) : undefined, outerId: row.get('outer_id'), quantity: Number(wireText(row.get('quantity'))) }))
}

/** False when the same write was made under that key before; another write under it is refused. */
function isFirst (desk, shop, key, wish) {
  const place = `${desk.appKey}/${shop.id}/${key}`
  const known = key === undefined ? undefined : desk.idempotent.get(place)
  if (known !== undefined && known !== wish) throw new Refused('parameterMismatch', undefined, 'outer_biz_key 已被另一次更新使用')
  return { first: known === undefined, keep: () => key !== undefined && desk.idempotent.set(place, wish) }
}

function tmallQuantityUpdate (shop, params, desk) {
  params.only('item_id', 'item_quantity', 'sku_quantities', 'options')
  const { type, key } = optionsOf(params)
  const rows = tmallQuantities(params)
  const version = requireItem(shop, params.id('item_id'))
  const log = { type, itemQuantity: params.text('item_quantity'), skus: rows, outerBizKey: key }
  const tree = { quantity_update_result: write({ item_id: version.id }) }
  const once = isFirst(desk, shop, key, JSON.stringify([version.id, log]))
  if (!once.first) return { tree, target: version.id, params: log, changed: false }
  const wanted = new Map(rows.map(row => [findSku(version, row), row.quantity]))
  const own = version.skus.length === 0 ? { stock: newStock(version.stock, params.integer('item_quantity', undefined), type) } : {}
  const changed = stocked(version, { ...own, skus: withStock(version, wanted, type, desk.now) }, desk.now)
  once.keep()
  return done(shop, desk, changed, log, { tree })
}

function lowest (skus) {
  return Math.min(...skus.map(sku => sku.price))
}

/** `item_price` has to be the price of a SKU that is in stock; the misspelling is the platform's. */
function checkItemPrice (price, skus) {
  if (!skus.some(sku => sku.price === price && sku.stock > 0)) throw new Refused('itemRejected', 'IC_CHECKSTEP_ITME_NOT_IN_SKU_PRICE', '一口价必须等于某个有库存SKU的价格')
}

function skuPriceUpdate (shop, params, desk) {
  params.only('num_iid', 'properties', 'price', 'quantity', 'item_price', 'outer_id')
  const price = params.yuan('price')
  const names = params.required('properties')
  const version = requireItem(shop, params.id('num_iid'))
  const sku = version.skus.find(one => properties(one) === names)
  if (!sku) throw new Refused('skuNotExist', 'properties')
  const stock = params.integer('quantity', sku.stock, 0, MAX_STOCK)
  const outerId = params.has('outer_id') ? params.text('outer_id') : sku.outerId
  const changed = { ...sku, price, stock, outerId, updateTime: desk.now }
  const skus = version.skus.map(one => (one === sku ? changed : one))
  const itemPrice = params.has('item_price') ? params.yuan('item_price') : version.price
  checkItemPrice(itemPrice, skus)
  const tree = { sku: { sku_id: BigInt(sku.id), num_iid: BigInt(version.id), modified: shanghaiText(desk.now) } }
  return done(shop, desk, stocked(version, { skus, price: itemPrice }, desk.now), { skuId: sku.id, price, itemPrice }, { tree })
}

function tmallPrices (params) {
  if (!params.has('sku_prices')) return []
  const rows = params.json('sku_prices')
  if (!Array.isArray(rows) || !rows.every(row => row instanceof Map && row.has('price'))) throw new Refused('parameterInvalid', 'sku_prices')
  return rows.map(row => ({ id: row.has('sku_id') ? String(wireText(row.get('sku_id'))) : undefined, outerId: row.get('outer_id'), price: fenOf(String(wireText(row.get('price'))), 'sku_prices') }))
}

function tmallPriceUpdate (shop, params, desk) {
  params.only('item_id', 'item_price', 'sku_prices', 'options')
  const rows = tmallPrices(params)
  const version = requireItem(shop, params.id('item_id'))
  const wanted = new Map(rows.map(row => [findSku(version, row), row.price]))
  const skus = version.skus.map(sku => (wanted.has(sku) ? { ...sku, price: wanted.get(sku), updateTime: desk.now } : sku))
  const price = params.has('item_price') ? params.yuan('item_price') : skus.length > 0 ? lowest(skus) : version.price
  if (skus.length > 0) checkItemPrice(price, skus)
  return done(shop, desk, next(version, { skus, price }, desk.now), { itemPrice: price, skus: rows }, { tree: { price_update_result: write({ item_id: version.id }) } })
}

module.exports = { listing, delisting, remove, upshelf, downshelf, operateDelete, quantityUpdate, skusQuantityUpdate, tmallQuantityUpdate, skuPriceUpdate, tmallPriceUpdate, next, stocked, newStock, checkItemPrice, lowest }
