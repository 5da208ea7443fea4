'use strict'
// A shop's items as they are at the start: `{ id, createTime, updateTime, state, … }`, money in fen.
const { Random, deriveSeed } = require('../../random')
const { leaves } = require('./catalog')
const words = require('./words')

const DAY_S = 86400
const OLDEST_DAYS = 500
const ON_SALE = 'onsale'
const SOLD_OUT = 'sold_out'
const NEVER_LISTED = 'never_on_shelf'
const TAKEN_DOWN = 'off_shelf'
const VIOLATION = 'violation_off_shelf'
const DELETED = 'deleted'
// 5.2: a full catalogue is what is on sale and the banners of the inventory; `regular_shelved` waits for its time.
const STATES = [[ON_SALE, 70], ['regular_shelved', 3], [NEVER_LISTED, 6], [TAKEN_DOWN, 9], [SOLD_OUT, 8], [VIOLATION, 4]]
const NO_SKUS = 0.15

// 12 digits. The factor has no common divisor with 10^7, so ids never repeat.
function itemId (shop, index) {
  return `6${String(1000 + shop.number * 7).slice(-4)}${String((index * 6_700_417 + 3_141_593) % 10_000_000).padStart(7, '0')}`
}

// 19 digits, beyond 2^53 and below 2^63.
function skuId (item, position) {
  return `46${item}${String(10_000 + position * 13)}`
}

function newSku (id, position, colour, size, price, stock, createTime) {
  return { id: skuId(id, position), position, colour, size, price, stock, hold: 0, createTime, updateTime: createTime, outerId: null, barcode: '' }
}

function seedSkus (random, id, basePrice, state, createTime) {
  if (random.chance(NO_SKUS)) return []
  const skus = []
  const stock = () => state === SOLD_OUT ? 0 : random.between(1, 800)
  for (const colour of random.sample(words.colours, random.between(1, 3))) {
    for (const size of random.sample(words.sizes, random.between(1, 3))) {
      skus.push(newSku(id, skus.length, colour, size, basePrice + random.between(0, 15) * 100, stock(), createTime))
    }
  }
  return skus
}

function titleOf (random, leaf) {
  return [random.pick(words.openings), random.pick(words.openings), leaf.name, random.pick(words.tails)].join('').slice(0, 30)
}

function seedItem (shop, index, now, historyDays) {
  const random = new Random(deriveSeed(shop.seed, 'item', index))
  const id = itemId(shop, index)
  const leaf = random.pick(leaves)
  const state = random.weighted(STATES)
  const updateTime = now - random.between(60, historyDays * DAY_S)
  const createTime = updateTime - random.between(60, OLDEST_DAYS * DAY_S)
  const price = random.between(9, 900) * 100 + random.pick([0, 90, 99, 50, 7])
  const skus = seedSkus(random, id, price, state, createTime)
  return {
    id, index, leaf, state, createTime, updateTime, skus, listTime: createTime + random.below(3600), delistTime: updateTime + 7 * DAY_S,
    title: titleOf(random, leaf), price: skus.length > 0 ? Math.min(...skus.map(sku => sku.price)) : price,
    stock: state === SOLD_OUT ? 0 : random.between(1, 900), outerId: `TB-${String(index).padStart(6, '0')}`, desc: null, sold: random.below(5000),
    look: random.below(0xffffffff), pictures: [], reason: null, set: null, skuSet: null
  }
}

function seedItems (shop, count, now, historyDays) {
  return Array.from({ length: count }, (_, index) => seedItem(shop, index, now, historyDays))
}

/** What all SKUs have together; an item without any has a stock of its own. */
function stockOf (version) {
  return version.skus.length > 0 ? version.skus.reduce((sum, sku) => sum + sku.stock, 0) : version.stock
}

module.exports = { seedItems, newSku, stockOf, skuId, DAY_S, ON_SALE, SOLD_OUT, NEVER_LISTED, TAKEN_DOWN, VIOLATION, DELETED }
