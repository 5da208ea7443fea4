'use strict'
// Compares everything the API shows of a shop with what is really there, field by field.
const { isDeepStrictEqual } = require('node:util')
const { expectedOrder, expectedProduct } = require('./expected')
const { parseExact } = require('./exact')

const SHOWN = 10
// Fields that are ours and not the platform's.
const OURS = ['id', 'shopId', 'syncedAt', 'skusSyncedAt']

/** What differs below `path`, as `{ path, expected, found }`. */
function * differences (expected, found, path = '') {
  if (Array.isArray(expected) && Array.isArray(found)) {
    if (expected.length !== found.length) return yield { path: `${path}.length`, expected: expected.length, found: found.length }
    for (let i = 0; i < expected.length; i++) yield * differences(expected[i], found[i], `${path}[${i}]`)
  } else if (isPlain(expected) && isPlain(found)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(found).filter(name => !OURS.includes(name))])
    for (const name of names) yield * differences(expected[name], found[name], path ? `${path}.${name}` : name)
  } else if (!isDeepStrictEqual(expected, found)) yield { path, expected, found }
}

function isPlain (value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

class Comparison {
  constructor () {
    this.records = 0
    this.fields = 0
    this.found = []
    this.total = 0
  }

  /** Compares the records of one kind; `expected` yields `[id, value]`, `stored` is a Map of what the API shows. */
  async kind (name, expected, stored) {
    const left = new Map(stored)
    for await (const [id, value] of expected) {
      this.records++
      this.fields += leaves(value)
      if (left.has(id)) for (const difference of differences(value, left.get(id))) this.note(name, id, difference)
      else this.note(name, id, { path: '(record)', expected: 'there', found: 'missing' })
      left.delete(id)
    }
    for (const id of left.keys()) this.note(name, id, { path: '(record)', expected: 'none', found: 'there' })
  }

  note (kind, id, difference) {
    this.total++
    if (this.found.length < SHOWN) this.found.push({ kind, id, ...difference })
  }
}

function leaves (value) {
  return typeof value === 'object' && value !== null ? Object.values(value).reduce((sum, member) => sum + leaves(member), 0) : 1
}

function byId (items, field) {
  return new Map(items.map(item => [item[field], item]))
}

/** SKUs in an order of their own: the API need not keep the platform's. */
function sortedSkus (product) {
  return { ...product, skus: product.skus.toSorted((a, b) => (a.platformSkuId < b.platformSkuId ? -1 : 1)) }
}

/** With the JSON text of further fields read, so that it is compared field by field too. */
function opened (record) {
  return record.extraJson === undefined ? record : { ...record, extraJson: parseExact(record.extraJson) }
}

function openedProduct (product) {
  return sortedSkus({ ...opened(product), skus: product.skus.map(opened) })
}

async function skusByProduct (sandbox, shop) {
  const skus = new Map()
  for await (const sku of sandbox.truth(shop, 'skus')) {
    if (skus.has(sku.product_id)) skus.get(sku.product_id).push(sku)
    else skus.set(sku.product_id, [sku])
  }
  return skus
}

async function * expectedOrders (sandbox, shop) {
  for await (const order of sandbox.truth(shop, 'orders')) yield [order.order_id, expectedOrder(order)]
}

async function * expectedProducts (sandbox, shop) {
  const skus = await skusByProduct(sandbox, shop)
  for await (const product of sandbox.truth(shop, 'products')) {
    yield [product.product_id, sortedSkus(expectedProduct(product, skus.get(product.product_id) ?? []))]
  }
}

/** `shop` is the platform's id; `stored` is what `readBack` answered. */
async function compare (sandbox, shop, stored) {
  const comparison = new Comparison()
  await comparison.kind('order', expectedOrders(sandbox, shop), byId(stored.orders, 'platformOrderId'))
  await comparison.kind('product', expectedProducts(sandbox, shop), byId(stored.products.map(openedProduct), 'platformProductId'))
  return comparison
}

module.exports = { compare, Comparison, differences }
