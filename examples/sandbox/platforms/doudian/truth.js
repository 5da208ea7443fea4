'use strict'
// What is really there, whatever the answers said: the same field names as on the wire, ids as strings.
const { Literal } = require('../../json')
const { productItem, skuItem } = require('./product_seed')
const { orderItem } = require('./order_seed')

function plain (value) {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Literal) return Number.isSafeInteger(Number(value.text)) ? Number(value.text) : value.text
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return plain(Object.fromEntries(value))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}

function allSkus (shop) {
  const skus = []
  for (const id of shop.products.sortedIds()) {
    const version = shop.products.current(id)
    for (const sku of version.skus) skus.push({ id: sku.id, version, sku })
  }
  return skus.sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Entries `{ id, wire() }` of a kind, in order of id. */
function entriesOf (shop, kind) {
  switch (kind) {
    case 'orders': return shop.orders.sortedIds().map(id => ({ id, wire: () => orderItem(shop.orders.current(id), shop) }))
    case 'products': return shop.products.sortedIds().map(id => ({ id, wire: () => productItem(shop.products.current(id)) }))
    case 'skus': return allSkus(shop).map(({ id, version, sku }) => ({ id, wire: () => skuItem(version, sku) }))
    default: throw new RangeError(`unknown kind: ${kind}`)
  }
}

/** One page of true records after the id `after`: `{ items, next }`, `next` being null at the end. */
function truthPage (shop, kind, after, limit) {
  const entries = entriesOf(shop, kind)
  const start = after ? entries.findIndex(entry => entry.id > after) : 0
  const page = start < 0 ? [] : entries.slice(start, start + limit)
  const more = start >= 0 && start + limit < entries.length
  return { items: page.map(entry => plain(entry.wire())), next: more ? page[page.length - 1].id : null }
}

function countBy (versions, key) {
  const counts = {}
  for (const version of versions) counts[version[key]] = (counts[version[key]] ?? 0) + 1
  return counts
}

function summaryOf (shelf) {
  const versions = [...shelf.records.values()].map(record => record.current)
  const lastUpdate = versions.reduce((latest, version) => Math.max(latest, version.updateTime), 0)
  return { count: versions.length, byStatus: countBy(versions, 'status'), lastUpdateTime: lastUpdate }
}

/** Counts of one shop. */
function truthSummary (shop) {
  const skus = allSkus(shop)
  return {
    shopName: shop.name,
    orders: summaryOf(shop.orders),
    products: summaryOf(shop.products),
    skus: { count: skus.length, stock: skus.reduce((sum, { sku }) => sum + sku.stock, 0) }
  }
}

module.exports = { truthPage, truthSummary }
