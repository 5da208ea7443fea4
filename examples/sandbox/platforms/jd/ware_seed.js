'use strict'
// A shop's wares as they are at the start, and what a version of one looks like on the wire (fact sheet 8).
const { Random, deriveSeed } = require('../../random')
const { thirdLevel, leavesOf, attributesOf, BRANDS } = require('./catalog')
const { yuanNumber } = require('./money')
const { STATES } = require('./ware_state')
const words = require('./words')

const DAY_S = 86_400
const OLDEST_WARE_DAYS = 400
const LONG_ID_EVERY = 40 // now and then an id beyond 2^53: none was seen, but the type is a Java long (18)
const MAIN_COLOUR = '0000000000'
const SKU_ON = 1
const SKU_OFF = 2

function wareId (shop, index) {
  const digits = String(100_000_000 + ((index * 7_368_787 + 1_234_567) % 900_000_000))
  return index % LONG_ID_EVERY === 7 ? `9007199${shop.number % 10}${digits}` : `10${shop.number % 10}${digits}`
}

/** Two digits longer than the ware's: 14 as seen (18), or 19 where the ware's is long, which still fits a Java long. */
function skuId (ware, position) {
  return `${ware}${String(10 + position).padStart(2, '0')}`
}

function newSku (ware, position, { colour, size, price, stock, outerId = '', barCode = '', at, status = SKU_ON }) {
  return { id: skuId(ware, position), position, colour, size, price, stock, status, outerId, barCode, createTime: at, updateTime: at }
}

function seedSkus (random, id, index, at) {
  const base = random.between(9, 900) * 100 + random.pick([0, 90, 99, 50, 1])
  const skus = []
  for (const colour of random.sample(words.colours, random.between(1, 3))) {
    for (const size of random.sample(words.sizes, random.between(1, 2))) {
      const position = skus.length
      skus.push(newSku(id, position, {
        colour, size, price: base + random.between(0, 20) * 100, stock: random.between(0, 999), at,
        outerId: `DQ-JD-${String(index).padStart(6, '0')}-${position}`, barCode: `69${random.digits(11)}`, status: random.chance(0.05) ? SKU_OFF : SKU_ON
      }))
    }
  }
  return skus
}

function title (random, category) {
  const parts = [random.pick(words.praise), random.pick(words.praise), category.name]
  if (random.chance(0.08)) parts.push(random.pick(words.emoji))
  parts.push(random.pick(words.tail))
  return parts.join('')
}

function seedWare (shop, index, now, historyDays) {
  const random = new Random(deriveSeed(shop.seed, 'ware', index))
  const id = wareId(shop, index)
  const category = random.pick(thirdLevel)
  const updateTime = now - random.between(60, historyDays * DAY_S)
  const createTime = updateTime - random.between(60, OLDEST_WARE_DAYS * DAY_S)
  const skus = seedSkus(random, id, index, createTime)
  const status = random.weighted(STATES)
  return {
    id, index, createTime, updateTime, status, skus, title: title(random, category), categoryId: category.id,
    multiCategoryId: random.pick(leavesOf(category)).id, brandId: random.pick(BRANDS)[0], transportId: 12_345,
    outerId: `DQ-JD-${String(index).padStart(6, '0')}`, itemNum: `H${String(index).padStart(5, '0')}`, barCode: `69${random.digits(11)}`,
    marketPrice: skus[0].price + 5000, costPrice: Math.floor(skus[0].price / 2), onlineTime: createTime + 30, offlineTime: 0,
    images: null, features: [], multiCateProps: [], introduction: null, mobileDesc: null, reason: null, adWords: null,
    look: random.below(0xffffffff), set: null, skuSet: null
  }
}

/** All wares of a shop. `now` is the unix second the sandbox started at. */
function seedWares (shop, count, now, historyDays) {
  return Array.from({ length: count }, (_, index) => seedWare(shop, index, now, historyDays))
}

function picturePath (look, place) {
  return `jfs/t1/${look % 300}/${place}/${(look >>> 3) % 90_000}/${deriveSeed(look, place).toString(16)}.jpg`
}

function imagesOf (version) {
  return version.images ?? [1, 2, 3].map(imgIndex => ({ colorId: MAIN_COLOUR, imgIndex, imgUrl: picturePath(version.look, imgIndex) }))
}

function lowestPrice (version) {
  return Math.min(...version.skus.map(sku => sku.price))
}

/** A ware with every field the sheet names; what is shown of it depends on `field`. Times are epoch milliseconds. */
function wareItem (version) {
  const images = imagesOf(version)
  const item = {
    wareId: BigInt(version.id),
    title: version.title,
    categoryId: version.categoryId,
    multiCategoryId: version.multiCategoryId,
    brandId: version.brandId,
    transportId: version.transportId,
    wareStatus: version.status,
    outerId: version.outerId,
    itemNum: version.itemNum,
    barCode: version.barCode,
    created: version.createTime * 1000,
    modified: version.updateTime * 1000,
    onlineTime: version.onlineTime ? version.onlineTime * 1000 : null,
    offlineTime: version.offlineTime ? version.offlineTime * 1000 : null,
    colType: 0,
    logo: images[0].imgUrl,
    images,
    marketPrice: yuanNumber(version.marketPrice),
    costPrice: yuanNumber(version.costPrice),
    jdPrice: yuanNumber(lowestPrice(version)),
    stockNum: version.skus.reduce((sum, sku) => sum + sku.stock, 0),
    features: version.features,
    multiCateProps: version.multiCateProps,
    introduction: version.introduction ?? `<p>${version.title}</p><p><img src="//img10.360buyimg.com/n0/${images[0].imgUrl}"/></p>`,
    mobileDesc: version.mobileDesc ?? `<p>${version.title}</p>`,
    shopCategorys: version.shopCategorys ?? [],
    adWords: version.adWords ?? undefined
  }
  return Object.assign(item, version.set)
}

function saleAttrs (version, sku) {
  const [colour, size] = attributesOf(version.categoryId)
  const attr = (attribute, name, index) => ({
    attrId: String(attribute.id), attrValues: [String(attribute.values.find(value => value.name === name)?.id ?? name)], attrValueAlias: [name], index
  })
  return [attr(colour, sku.colour, 1), ...sku.size ? [attr(size, sku.size, 2)] : []]
}

/** A SKU with every field the sheet names. */
function skuItem (version, sku) {
  const item = {
    skuId: BigInt(sku.id),
    wareId: BigInt(version.id),
    status: sku.status,
    saleAttrs: saleAttrs(version, sku),
    jdPrice: yuanNumber(sku.price),
    stockNum: sku.stock,
    outerId: sku.outerId,
    barCode: sku.barCode,
    skuName: [version.title, sku.colour, sku.size].filter(Boolean).join(' '),
    logo: picturePath(version.look, 10 + sku.position),
    created: sku.createTime * 1000,
    modified: sku.updateTime * 1000
  }
  return Object.assign(item, version.skuSet?.[sku.id])
}

module.exports = { seedWares, wareItem, skuItem, newSku, picturePath, lowestPrice, SKU_ON, SKU_OFF, MAIN_COLOUR, LONG_ID_EVERY }
