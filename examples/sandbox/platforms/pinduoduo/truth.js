'use strict'
// The true records of a shop by kind, as shown under /__control/truth.
const { truthPage, shelfSummary } = require('../../truth')
const { infoOf } = require('./shops')
const { goodsItem, goodsDetail, detailSku, isListed } = require('./goods_wire')
const { orderItem } = require('./order_wire')
const { refundItem } = require('./refund_wire')

/** The goods a list may show; what is deleted or never came out of its first review is not there for a client. */
function listedGoods (shop) {
  return shop.goods.sortedIds().map(id => shop.goods.current(id)).filter(isListed)
}

/** Members of both the list and the detail. */
function product (version) {
  return { ...goodsDetail(version), ...goodsItem(version), sku_list: undefined, sku_ids: version.skus.map(sku => sku.id) }
}

function allSkus (shop) {
  return listedGoods(shop)
    .flatMap(version => version.skus.map(sku => ({ id: sku.id, wire: () => ({ goods_id: version.id, outer_goods_id: version.outerId, ...detailSku(version, sku) }) })))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Lines of orders; the platform gives them no id, so it is the order's number and the place. */
function allItems (shop) {
  return shop.orders.sortedIds().flatMap(id => orderItem(shop.orders.current(id), shop).item_list
    .map((item, place) => ({ id: `${id}#${place}`, wire: () => ({ id: `${id}#${place}`, order_sn: id, place, ...item }) })))
}

/** Entries `{ id, wire() }` of a kind, in order of id. */
function entriesOf (shop, kind) {
  switch (kind) {
    case 'shops': return [{ id: shop.id, wire: () => infoOf(shop) }]
    case 'orders': return shop.orders.sortedIds().map(id => ({ id, wire: () => orderItem(shop.orders.current(id), shop) }))
    case 'items': return allItems(shop)
    case 'refunds': return shop.refunds.sortedIds().map(id => ({ id, wire: () => refundItem(shop.refunds.current(id), shop) }))
    case 'products': return listedGoods(shop).map(version => ({ id: version.id, wire: () => product(version) }))
    case 'skus': return allSkus(shop)
    default: throw new RangeError(`unknown kind: ${kind}`)
  }
}

function truthOf (shop, kind, after, limit) {
  return truthPage(entriesOf(shop, kind), after, limit)
}

/** Counts of one shop. */
function summaryOf (shop) {
  const goods = listedGoods(shop)
  const skus = goods.flatMap(version => version.skus)
  return {
    shopName: shop.name,
    orders: shelfSummary(shop.orders),
    refunds: shelfSummary(shop.refunds),
    products: { ...shelfSummary(shop.goods), listed: goods.length },
    skus: { count: skus.length, stock: skus.reduce((sum, { quantity }) => sum + quantity, 0) }
  }
}

module.exports = { truthOf, summaryOf }
