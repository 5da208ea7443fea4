'use strict'
// The true records of a shop by kind, as shown under /__control/truth.
const { truthPage, shelfSummary } = require('../../truth')
const { skuWire } = require('./item_wire')
const { DELETED } = require('./item_seed')
const { userOf, shopOf } = require('./shop')

function byId (a, b) {
  return a.id < b.id ? -1 : 1
}

function versions (shelf) {
  return shelf.sortedIds().map(id => shelf.current(id))
}

function itemsOf (shop) {
  return versions(shop.items).filter(version => version.state !== DELETED)
}

function allSkus (shop) {
  return itemsOf(shop).flatMap(version => version.skus.map(sku => ({ id: sku.id, sku, version }))).sort(byId)
}

function allLines (shop) {
  return versions(shop.trades).flatMap(trade => shop.tradeWire(trade).orders.map(order => ({ id: String(order.oid), wire: () => ({ tid: BigInt(trade.id), ...order }) }))).sort(byId)
}

/** Entries `{ id, wire() }` of a kind, in order of id. `products` have the sandbox's own `state` besides, `items` are the lines of trades. */
function entriesOf (shop, kind) {
  switch (kind) {
    case 'shops': return [{ id: shop.id, wire: () => ({ ...userOf(shop), ...shopOf(shop) }) }]
    case 'orders': return versions(shop.trades).map(version => ({ id: version.id, wire: () => shop.tradeWire(version) }))
    case 'items': return allLines(shop)
    case 'products': return itemsOf(shop).map(version => ({ id: version.id, wire: () => ({ ...shop.itemWire(version), state: version.state, reason: version.reason }) }))
    case 'skus': return allSkus(shop).map(({ id, sku, version }) => ({ id, wire: () => skuWire(version, sku) }))
    case 'refunds': return versions(shop.refunds).map(version => ({ id: version.id, wire: () => shop.refundWire(version) }))
    default: throw new RangeError(`unknown kind: ${kind}`)
  }
}

function truthOf (shop, kind, after, limit) {
  return truthPage(entriesOf(shop, kind), after, limit)
}

/** Counts of one shop. */
function summaryOf (shop) {
  const skus = allSkus(shop)
  const { byStatus: _, ...items } = shelfSummary(shop.items)
  const byState = {}
  for (const { state } of versions(shop.items)) byState[state] = (byState[state] ?? 0) + 1
  return {
    shopName: shop.name,
    orders: shelfSummary(shop.trades),
    products: { ...items, byStatus: byState },
    skus: { count: skus.length, stock: skus.reduce((sum, { sku }) => sum + sku.stock, 0) },
    refunds: shelfSummary(shop.refunds)
  }
}

module.exports = { truthOf, summaryOf }
