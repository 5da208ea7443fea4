'use strict'
// The true records of a shop by kind, as shown under /__control/truth.
const { truthPage, shelfSummary } = require('../../truth')
const { productItem, skuItem } = require('./product_wire')
const { orderItem } = require('./order_seed')
const { refundItem } = require('./refund_wire')

/** Products that were approved at least once, and so are in lists without being asked for. */
function shownProducts (shop) {
  return shop.products.sortedIds().map(id => shop.products.current(id)).filter(version => !version.hidden)
}

function allSkus (shop) {
  const skus = []
  for (const version of shownProducts(shop)) {
    for (const sku of version.skus) skus.push({ id: sku.id, version, sku })
  }
  return skus.sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Entries `{ id, wire() }` of a kind, in order of id. */
function entriesOf (shop, kind) {
  switch (kind) {
    case 'orders': return shop.orders.sortedIds().map(id => ({ id, wire: () => orderItem(shop.orders.current(id), shop) }))
    case 'refunds': return shop.refunds.sortedIds().map(id => ({ id, wire: () => refundItem(shop.refunds.current(id), shop) }))
    case 'products': return shownProducts(shop).map(version => ({ id: version.id, wire: () => productItem(version) }))
    case 'drafts': return shop.products.sortedIds().filter(id => shop.products.current(id).hidden).map(id => ({ id, wire: () => productItem(shop.products.current(id)) }))
    case 'skus': return allSkus(shop).map(({ id, version, sku }) => ({ id, wire: () => skuItem(version, sku) }))
    default: throw new RangeError(`unknown kind: ${kind}`)
  }
}

function truthOf (shop, kind, after, limit) {
  return truthPage(entriesOf(shop, kind), after, limit)
}

/** Counts of one shop. */
function summaryOf (shop) {
  const skus = allSkus(shop)
  return {
    shopName: shop.name,
    orders: shelfSummary(shop.orders),
    refunds: shelfSummary(shop.refunds),
    products: shelfSummary(shop.products),
    skus: { count: skus.length, stock: skus.reduce((sum, { sku }) => sum + sku.stock, 0) }
  }
}

module.exports = { truthOf, summaryOf }
