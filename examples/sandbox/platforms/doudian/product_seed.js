'use strict'
// A shop's products as they are at the start (fact sheet 2.10, 2.11). What they look like on the wire is in product_wire.js.
const { Random, deriveSeed } = require('../../random')
const { leaves } = require('./catalog')
const words = require('./words')

const DAY_S = 86400
const OLDEST_PRODUCT_DAYS = 400

// status, check_status, draft_status (2.10, "read them together") and how often
const STATES = [
  [[0, 3, 0], 70], [[0, 3, 2], 6], [[1, 1, 0], 9], [[0, 2, 2], 4], [[0, 4, 4], 3],
  [[1, 5, 0], 2], [[1, 7, 0], 2], [[2, 1, 0], 2], [[0, 1, 1], 2]
]

// 19 digits, below 2^63 and far above 2^53. The factor has no common divisor with 10^7, so ids never repeat.
function productId (shop, index) {
  return `35${String(10_000_000 + shop.number * 131).slice(0, 8)}00${String((index * 7_368_787 + 1_234_567) % 10_000_000).padStart(7, '0')}`
}

function skuId (product, position) {
  return `17${product.slice(4, 10)}${product.slice(12)}${String(1000 + position * 7)}`
}

function productName (random, leaf) {
  const parts = [random.pick(words.season), random.pick(words.praise), random.pick(words.praise), leaf.name]
  if (random.chance(0.08)) parts.push(random.pick(words.emoji))
  parts.push(random.pick(words.tail))
  return parts.join('')
}

function seedSkus (random, id) {
  const colours = random.sample(words.colours, random.between(1, 4))
  const sizes = random.sample(words.sizes, random.between(1, 2))
  const basePrice = random.between(9, 900) * 100 + random.pick([0, 90, 99, 50, 1])
  const skus = []
  for (const colour of colours) {
    for (const size of sizes) {
      skus.push(newSku(id, skus.length, colour, size, basePrice + random.between(0, 20) * 100, random.between(0, 999)))
    }
  }
  return skus
}

function newSku (id, position, colour, size, price, stock) {
  return { id: skuId(id, position), position, colour, size, price, stock }
}

/** All products of a shop. `now` is the unix second the sandbox started at. */
function seedProducts (shop, count, now, historyDays) {
  const versions = []
  for (let index = 0; index < count; index++) {
    const random = new Random(deriveSeed(shop.seed, 'product', index))
    const id = productId(shop, index)
    const leaf = random.pick(leaves)
    const [status, checkStatus, draftStatus] = random.weighted(STATES)
    const updateTime = now - random.between(60, historyDays * DAY_S)
    const createTime = updateTime - random.between(60, OLDEST_PRODUCT_DAYS * DAY_S)
    const skus = seedSkus(random, id)
    versions.push({
      id, index, leaf, createTime, updateTime, status, checkStatus, draftStatus, skus,
      name: productName(random, leaf), look: random.below(0xffffffff), content: null, draft: null, hidden: false, set: null, skuSet: null
    })
  }
  return versions
}

module.exports = { seedProducts, newSku, productId, DAY_S }
