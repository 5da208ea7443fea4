'use strict'
// A shop's products as they are at the start, and what a version of one looks like on the wire (fact sheet 2.10, 2.11).
const { Random, deriveSeed } = require('../../random')
const { write } = require('../../json')
const { shanghaiText } = require('../../clock')
const { leaves, brands, NO_BRAND_ID, categoryDetail } = require('./catalog')
const words = require('./words')

const DAY_S = 86400
const OLDEST_PRODUCT_DAYS = 400
const LISTED_PICTURES = 12 // makes an item about 2.1 KB

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
      name: productName(random, leaf), look: random.below(0xffffffff), set: null, skuSet: null
    })
  }
  return versions
}

function pictures (version, count) {
  const random = new Random(version.look)
  return Array.from({ length: count }, () => `https://p3-aio.example.invalid/ecom-shop-material/jpeg_m_${random.hex(32)}_sx_${random.between(80, 900)}000_www800-800`)
}

function lowestPrice (version) {
  return Math.min(...version.skus.map(sku => sku.price))
}

/** The item of product.listV2, about 2.1 KB. It carries no SKU (2.10). */
function productItem (version) {
  const pics = pictures(version, LISTED_PICTURES)
  const id = BigInt(version.id)
  const item = {
    product_id: id,
    status: version.status,
    check_status: version.checkStatus,
    draft_status: version.draftStatus,
    product_type: 0,
    name: version.name,
    img: pics[0],
    market_price: lowestPrice(version) + 2000,
    discount_price: lowestPrice(version),
    category_detail: categoryDetail(version.leaf),
    spec_id: id + 17n,
    outer_product_id: `DQ-${String(version.index).padStart(6, '0')}`,
    out_product_id: 900000000 + version.index,
    create_time: version.createTime,
    update_time: version.updateTime,
    description: pics.slice(1).join('|'),
    extra: write({ from: 'pc', tags: words.praise.slice(0, 6), quality: { score: version.look % 100, hint: '主图清晰，标题完整' } })
  }
  return Object.assign(item, version.set)
}

/** One element of sku.list (2.11). */
function skuItem (version, sku) {
  const item = {
    id: BigInt(sku.id),
    product_id: BigInt(version.id),
    product_id_str: version.id,
    out_sku_id: 700000000 + version.index * 16 + sku.position,
    outer_sku_id: `DQ-${String(version.index).padStart(6, '0')}-${sku.position}`,
    code: `C${sku.id.slice(-6)}`,
    price: sku.price,
    stock_num: sku.stock,
    sku_type: 0,
    spec_detail_id1: BigInt(sku.id) + 1n,
    spec_detail_id2: BigInt(sku.id) + 2n,
    spec_detail_id3: 0,
    spec_detail_name1: sku.colour,
    spec_detail_name2: sku.size,
    spec_detail_name3: '',
    sell_properties: [{ property_name: '颜色', value_name: sku.colour }, { property_name: '尺码', value_name: sku.size }],
    create_time: version.createTime
  }
  return Object.assign(item, version.skuSet?.[sku.id])
}

function specPrice (version, sku) {
  const { id, price, stock_num: stock, code, out_sku_id: outSkuId, outer_sku_id: outerSkuId, spec_detail_id1: first, spec_detail_id2: second } = skuItem(version, sku)
  return {
    sku_id: id,
    outer_sku_id: outerSkuId,
    out_sku_id: outSkuId,
    code,
    price,
    stock_num: stock,
    spec_detail_ids: [first, second],
    sku_type: 0,
    step_stock_num: 0,
    prom_stock_num: 0,
    stock_num_map: {},
    lock_stock_num: 0
  }
}

/** What product.detail answers; its times are texts at +08:00 (2.9). */
function productDetail (version, showDraft) {
  const item = productItem(version)
  const brand = version.index % 4 === 0 ? NO_BRAND_ID : brands[version.index % brands.length].id
  const pics = pictures(version, 5)
  return {
    ...item,
    product_id_str: version.id,
    name: showDraft && version.draftStatus !== 0 ? `${item.name}（新版）` : item.name,
    create_time: shanghaiText(item.create_time),
    update_time: shanghaiText(item.update_time),
    pic: pics,
    description: pics.map(url => `<p><img src="${url}"/></p>`).join(''),
    specs: [
      { id: BigInt(version.id) + 101n, name: '颜色', values: [...new Set(version.skus.map(sku => sku.colour))] },
      { id: BigInt(version.id) + 102n, name: '尺码', values: [...new Set(version.skus.map(sku => sku.size))] }
    ],
    spec_prices: version.skus.map(sku => specPrice(version, sku)),
    standard_brand_id: brand,
    product_format_new: write({ 1687: [{ value: 0, name: '中国大陆' }], 3320: [{ value: 0, name: version.leaf.name }] }),
    freight_id: 0,
    delivery_delay_day: 2,
    presell_type: 0,
    reduce_type: 1,
    after_sale_service: write({ supply_day_return_selector: '7-1' })
  }
}

module.exports = { seedProducts, productItem, productDetail, skuItem, newSku, DAY_S }
