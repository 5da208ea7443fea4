'use strict'
// The true records of a shop by kind, as shown under /__control/truth.
const { Literal } = require('../../json')
const { truthPage, shelfSummary } = require('../../truth')
const { wareItem, skuItem } = require('./ware_seed')
const { plainOrders } = require('./order_item')
const { refundItem, serviceItem } = require('./refunds')
const { promotionItem } = require('./promotions')
const { couponItem } = require('./coupons')

/** Amounts as the text they are on the wire: 675.00 must not become 675. */
function exact (value) {
  if (value instanceof Literal) return value.text
  if (Array.isArray(value)) return value.map(exact)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, exact(member)]))
}

function shopItem (shop) {
  return { vender_id: BigInt(shop.id), shop_id: BigInt(shop.shopId), shop_name: shop.name, col_type: 0, open_time: shop.openedAt * 1000 }
}

function shelfEntries (shelf, render) {
  return shelf.sortedIds().map(id => ({ id, wire: () => render(shelf.current(id)) }))
}

function byId (a, b) {
  return a.id < b.id ? -1 : 1
}

function skuEntries (shop) {
  const versions = [...shop.wares.records.values()].map(record => record.current)
  return versions.flatMap(version => version.skus.map(sku => ({ id: sku.id, wire: () => skuItem(version, sku) }))).sort(byId)
}

/** The lines of all orders; an id is the order's and the line's place. */
function itemEntries (shop) {
  const render = plainOrders(shop)
  return shop.orders.sortedIds().flatMap(id => {
    const { itemInfoList } = render(shop.orders.current(id))
    return itemInfoList.map((item, place) => ({ id: `${id}-${place}`, wire: () => ({ orderId: id, place, ...item }) }))
  })
}

/** Entries `{ id, wire() }` of a kind, in order of id. */
function entriesOf (shop, kind) {
  switch (kind) {
    case 'shops': return [{ id: shop.id, wire: () => shopItem(shop) }]
    case 'orders': return shelfEntries(shop.orders, plainOrders(shop))
    case 'items': return itemEntries(shop)
    case 'products': return shelfEntries(shop.wares, wareItem)
    case 'skus': return skuEntries(shop)
    case 'refunds': return shelfEntries(shop.refunds, refundItem)
    case 'services': return shelfEntries(shop.services, serviceItem)
    case 'promotions': return shelfEntries(shop.promotions, promotionItem)
    case 'coupons': return shelfEntries(shop.coupons, couponItem)
    default: throw new RangeError(`unknown kind: ${kind}`)
  }
}

function truthOf (shop, kind, after, limit) {
  const entries = entriesOf(shop, kind).map(({ id, wire }) => ({ id, wire: () => exact(wire()) }))
  return truthPage(entries, after, limit)
}

/** Counts of one shop. */
function summaryOf (shop) {
  const skus = [...shop.wares.records.values()].flatMap(record => record.current.skus)
  return {
    shopName: shop.name,
    orders: shelfSummary(shop.orders),
    products: shelfSummary(shop.wares),
    skus: { count: skus.length, stock: skus.reduce((sum, sku) => sum + sku.stock, 0) },
    refunds: shelfSummary(shop.refunds),
    services: shelfSummary(shop.services)
  }
}

module.exports = { truthOf, summaryOf }
