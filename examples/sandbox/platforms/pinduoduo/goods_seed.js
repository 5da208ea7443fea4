'use strict'
// A shop's goods as they are at the start. What a version looks like on the wire is in goods_wire.js.
const { Random, deriveSeed } = require('../../random')
const { leaves, specId } = require('./catalog')
const words = require('./words')

const DAY_S = 86400
const OLDEST_GOODS_DAYS = 400
const ON_SALE = 1
const OFF_SALE = 2
const DELETED = 4
const STATES = [[ON_SALE, 82], [OFF_SALE, 15], [DELETED, 3]]
const COLOUR = 1215
const SIZE = 1226

// 17 digits: beyond 2^53, below 2^63. The factor has no common divisor with 10^7, so ids never repeat.
function goodsId (shop, index) {
  return `2399${String(100_000 + shop.number * 131).slice(0, 6)}${String((index * 7_368_787 + 1_234_567) % 10_000_000).padStart(7, '0')}`
}

function skuId (goods, position) {
  return `14${goods.slice(4)}${String(100 + position)}`
}

function goodsName (random, leaf) {
  const parts = [random.pick(words.praise), random.pick(words.praise), leaf.name, random.pick(words.tail)]
  if (random.chance(0.08)) parts.push(random.pick(words.emoji))
  return parts.join('')
}

/** `multi` is the group price, `price` the single one. */
function newSku (goods, position, specs, multi, quantity, outerId) {
  return { id: skuId(goods, position), position, specs, multi, price: multi + 500, quantity, onsale: 1, outerId }
}

function seedSkus (random, shop, id, index) {
  const base = random.between(3, 300) * 100 + random.pick([0, 90, 99, 50, 1])
  const skus = []
  for (const colour of random.sample(words.colours, random.between(1, 3))) {
    for (const size of random.sample(words.sizes, random.between(1, 2))) {
      const specs = [shop.spec(COLOUR, colour), shop.spec(SIZE, size)]
      const outerId = `PS-${String(index).padStart(6, '0')}-${skus.length}`
      skus.push(newSku(id, skus.length, specs, base + random.between(0, 20) * 100, random.chance(0.05) ? 0 : random.between(1, 999), outerId))
    }
  }
  return skus
}

/** All goods of a shop. `now` is the unix second the sandbox started at. */
function seedGoods (shop, count, now, historyDays) {
  return Array.from({ length: count }, (_, index) => {
    const random = new Random(deriveSeed(shop.seed, 'goods', index))
    const id = goodsId(shop, index)
    const leaf = random.pick(leaves)
    const status = random.weighted(STATES)
    const updateTime = now - random.between(60, historyDays * DAY_S)
    const createTime = updateTime - random.between(60, OLDEST_GOODS_DAYS * DAY_S)
    const skus = seedSkus(random, shop, id, index)
    return {
      id, index, catId: leaf.id, createTime, updateTime, status, skus, shown: true, banned: false, busy: null,
      name: goodsName(random, leaf), outerId: `PG-${String(index).padStart(6, '0')}`, marketPrice: 2 * Math.max(...skus.map(sku => sku.price)),
      look: random.below(0xffffffff), content: null, set: null, skuSet: null
    }
  })
}

module.exports = { seedGoods, goodsId, newSku, specId, ON_SALE, OFF_SALE, DELETED, DAY_S }
