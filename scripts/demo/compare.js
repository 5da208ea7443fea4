'use strict'
// Compares everything the API shows of a shop with what is really there, field by field.
const { isDeepStrictEqual } = require('node:util')
const { parseExact } = require('./exact')

const SHOWN = 10
// Fields that are ours and not the platform's.
const OURS = ['id', 'shopId', 'syncedAt', 'skusSyncedAt']

/**
 * What differs below `path`, as `{ path, expected, found }`. A field that only the API shows differs too, unless
 * `unclaimed` names it (without the places in lists): of those nothing is expected.
 */
function * differences (expected, found, unclaimed = [], path = '') {
  if (Array.isArray(expected) && Array.isArray(found)) {
    if (expected.length !== found.length) return yield { path: `${path}.length`, expected: expected.length, found: found.length }
    for (let i = 0; i < expected.length; i++) yield * differences(expected[i], found[i], unclaimed, `${path}[${i}]`)
  } else if (isPlain(expected) && isPlain(found)) {
    const below = name => (path ? `${path}.${name}` : name)
    const isClaimed = name => !OURS.includes(name) && !unclaimed.includes(below(name).replace(/\[\d+\]/g, ''))
    const names = new Set([...Object.keys(expected), ...Object.keys(found).filter(isClaimed)])
    for (const name of names) yield * differences(expected[name], found[name], unclaimed, below(name))
  } else if (!isDeepStrictEqual(expected, found)) yield { path, expected, found }
}

function isPlain (value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

class Comparison {
  /** `unclaimed` names by kind the fields of which nothing is expected. */
  constructor (unclaimed = {}) {
    this.unclaimed = unclaimed
    this.records = 0
    this.fields = 0
    this.found = []
    this.total = 0
  }

  /** Compares the records of one kind; `expected` yields `[id, value]`, `stored` is a Map of what the API shows, and empty afterwards. */
  async kind (name, expected, stored) {
    for await (const [id, value] of expected) {
      this.records++
      this.fields += leaves(value)
      if (stored.has(id)) for (const difference of differences(value, stored.get(id), this.unclaimed[name])) this.note(name, id, difference)
      else this.note(name, id, { path: '(record)', expected: 'there', found: 'missing' })
      stored.delete(id)
    }
    for (const id of stored.keys()) this.note(name, id, { path: '(record)', expected: 'none', found: 'there' })
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

/** The platforms' words for the product that a SKU belongs to. */
function productOf (sku) {
  return sku.product_id ?? sku.num_iid ?? sku.wareId ?? sku.goods_id
}

async function skusByProduct (truth) {
  const skus = new Map()
  for await (const sku of truth('skus')) {
    const product = productOf(sku)
    if (skus.has(product)) skus.get(product).push(sku)
    else skus.set(product, [sku])
  }
  return skus
}

/** Products that no list shows any more stay as they were when one did: of those nothing is expected. */
async function * expectedProducts (truth, { product: expect, isListed = () => true }, stored) {
  const skus = await skusByProduct(truth)
  for await (const product of truth('products')) {
    if (!isListed(product)) {
      stored.delete(String(productOf(product)))
      continue
    }
    const expected = expect(product, skus.get(productOf(product)) ?? [])
    yield [expected.platformProductId, sortedSkus(expected)]
  }
}

async function * expectedOrders (truth, { order: expect }) {
  for await (const order of truth('orders')) {
    const expected = expect(order)
    yield [expected.platformOrderId, expected]
  }
}

/** `refunds` says which of the truth's kinds are refunds, and which expectation is for each. */
async function * expectedRefunds (truth, { expected, refunds }) {
  for (const [kind, expectation] of Object.entries(refunds)) {
    for await (const refund of truth(kind)) {
      const wanted = expected[expectation](refund)
      yield [wanted.platformRefundId, wanted]
    }
  }
}

/** `shop` is as the OA lists it; `stored` is what `readBack` answered. */
async function compare (sandbox, platform, shop, stored) {
  const { expected } = platform
  const truth = kind => sandbox.truth(platform.id, shop.platformShopId, kind)
  const comparison = new Comparison(expected.unclaimed)
  await comparison.kind('order', expectedOrders(truth, expected), byId(stored.orders, 'platformOrderId'))
  const products = byId(stored.products.map(openedProduct), 'platformProductId')
  await comparison.kind('product', expectedProducts(truth, expected, products), products)
  await comparison.kind('refund', expectedRefunds(truth, platform), byId(stored.refunds, 'platformRefundId'))
  return comparison
}

module.exports = { compare, Comparison, differences }
