'use strict'
// What a product and its SKUs look like on the wire (fact sheet 2.10, 2.11). What was published through the API keeps what
// was sent in `content`, and a new version that is not live in `draft`; the rest of a seeded one follows from its looks.
const { Random } = require('../../random')
const { write } = require('../../json')
const { shanghaiText } = require('../../clock')
const { brands, NO_BRAND_ID, categoryDetail } = require('./catalog')
const words = require('./words')

const LISTED_PICTURES = 12 // makes an item about 2.1 KB
const SEEDED_SPECS = ['颜色', '尺码']

function pictures (version, count) {
  const random = new Random(version.look)
  return Array.from({ length: count }, () => `https://p3-aio.example.invalid/ecom-shop-material/jpeg_m_${random.hex(32)}_sx_${random.between(80, 900)}000_www800-800`)
}

function lowestPrice (version) {
  return Math.min(...version.skus.map(sku => sku.price))
}

function outProductId ({ content, index }) {
  return content ? content.outId : 900000000 + index
}

/** The item of product.listV2, about 2.1 KB. It carries no SKU (2.10). */
function productItem (version) {
  const pics = version.content ? [version.content.pics[0], ...version.content.description] : pictures(version, LISTED_PICTURES)
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
    outer_product_id: version.content ? version.content.outerId : `DQ-${String(version.index).padStart(6, '0')}`,
    out_product_id: outProductId(version),
    create_time: version.createTime,
    update_time: version.updateTime,
    description: pics.slice(1).join('|'),
    extra: write({ from: 'pc', tags: words.praise.slice(0, 6), quality: { score: version.look % 100, hint: '主图清晰，标题完整' } })
  }
  return Object.assign(item, version.set)
}

function specNames ({ content }) {
  return content ? content.specs.map(spec => spec.name) : SEEDED_SPECS
}

/** One element of sku.list (2.11). A published SKU has the codes it was sent with, and up to three specifications. */
function skuItem (version, sku) {
  const values = [sku.colour, sku.size, sku.third ?? ''].slice(0, specNames(version).length)
  const detailId = place => (place < values.length ? BigInt(sku.id) + BigInt(place + 1) : 0)
  const item = {
    id: BigInt(sku.id),
    product_id: BigInt(version.id),
    product_id_str: version.id,
    out_sku_id: sku.outId ?? 700000000 + version.index * 16 + sku.position,
    outer_sku_id: sku.outerId ?? `DQ-${String(version.index).padStart(6, '0')}-${sku.position}`,
    code: sku.code ?? `C${sku.id.slice(-6)}`,
    price: sku.price,
    stock_num: sku.stock,
    sku_type: 0,
    spec_detail_id1: detailId(0),
    spec_detail_id2: detailId(1),
    spec_detail_id3: detailId(2),
    spec_detail_name1: sku.colour,
    spec_detail_name2: values[1] ?? '',
    spec_detail_name3: values[2] ?? '',
    sell_properties: specNames(version).map((name, place) => ({ property_name: name, value_name: values[place] })),
    create_time: version.createTime
  }
  return Object.assign(item, version.skuSet?.[sku.id])
}

function specDetailIds ({ spec_detail_id1: first, spec_detail_id2: second, spec_detail_id3: third }) {
  return [first, second, third].filter(id => id !== 0)
}

function specPrice (version, sku) {
  const item = skuItem(version, sku)
  const { id, price, stock_num: stock, code, out_sku_id: outSkuId, outer_sku_id: outerSkuId } = item
  return {
    sku_id: id,
    outer_sku_id: outerSkuId,
    out_sku_id: outSkuId,
    code,
    price,
    stock_num: stock,
    spec_detail_ids: specDetailIds(item),
    sku_type: 0,
    step_stock_num: 0,
    prom_stock_num: 0,
    stock_num_map: {},
    lock_stock_num: 0
  }
}

function specRows (version) {
  const columns = [version.skus.map(sku => sku.colour), version.skus.map(sku => sku.size), version.skus.map(sku => sku.third)]
  return specNames(version).map((name, place) => ({ id: BigInt(version.id) + 101n + BigInt(place), name, values: [...new Set(columns[place])] }))
}

/** What was sent, as the detail tells it. */
function sentDetail ({ pics, description, brandId, format, freightId, delayDay, presellType, reduceType, startSale, service, weight, weightUnit, mobile }) {
  return {
    pic: pics, description: htmlOf(description), standard_brand_id: brandId, product_format_new: format, freight_id: freightId, delivery_delay_day: delayDay,
    presell_type: presellType, reduce_type: reduceType, start_sale_type: startSale, after_sale_service: service, weight_value: weight, weight_unit: weightUnit, mobile
  }
}

function seededDetail (version) {
  const pics = pictures(version, 5)
  return {
    pic: pics,
    description: htmlOf(pics),
    standard_brand_id: version.index % 4 === 0 ? NO_BRAND_ID : brands[version.index % brands.length].id,
    product_format_new: write({ 1687: [{ value: 0, name: '中国大陆' }], 3320: [{ value: 0, name: version.leaf.name }] }),
    freight_id: 0,
    delivery_delay_day: 2,
    presell_type: 0,
    reduce_type: 1,
    after_sale_service: write({ supply_day_return_selector: '7-1' })
  }
}

function htmlOf (urls) {
  return urls.map(url => `<p><img src="${url}"/></p>`).join('')
}

/** The version with its draft in place of what is live. */
function drafted (version) {
  return version.draft && version.draftStatus !== 0 ? { ...version, ...version.draft.facts, content: version.draft.content } : version
}

/** What product.detail answers; its times are texts at +08:00 (2.9). A seeded draft differs in its name only. */
function productDetail (version, showDraft) {
  const shown = showDraft ? drafted(version) : version
  const item = productItem(shown)
  return {
    ...item,
    product_id_str: shown.id,
    name: showDraft && shown.draftStatus !== 0 && !shown.content ? `${item.name}（新版）` : item.name,
    create_time: shanghaiText(item.create_time),
    update_time: shanghaiText(item.update_time),
    specs: specRows(shown),
    spec_prices: shown.skus.map(sku => specPrice(shown, sku)),
    ...(shown.content ? sentDetail(shown.content) : seededDetail(shown))
  }
}

module.exports = { productItem, productDetail, skuItem, outProductId, specDetailIds }
