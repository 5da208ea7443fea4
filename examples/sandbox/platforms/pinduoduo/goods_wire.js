'use strict'
// What goods look like on the wire, fact sheet 9.2. Prices are fen, and the list has none.
const { Random } = require('../../random')
const { parentSpecName } = require('./catalog')
const { DELETED } = require('./goods_seed')

const SOLD_OUT = 3
const IMAGE_HOST = 'img.pddpic.example.invalid'

function quantityOf (version) {
  return version.skus.reduce((sum, sku) => sum + sku.quantity, 0)
}

/** The pictures of goods that were published here, or seeded ones. */
function pictures (version) {
  if (version.content) return version.content
  const random = new Random(version.look)
  const urls = Array.from({ length: 5 }, () => `https://${IMAGE_HOST}/mms-goods-image/${random.hex(32)}.jpeg`)
  return { carousel: urls.slice(0, 3), detail: urls.slice(3), desc: '' }
}

function specText (sku) {
  return sku.specs.map(spec => spec.name).join(' ')
}

function isOnsale (version) {
  return version.status === 1 ? 1 : 0
}

function listSku (version, sku) {
  const item = {
    sku_id: BigInt(sku.id),
    spec: specText(sku),
    outer_id: sku.outerId,
    outer_goods_id: version.outerId,
    sku_quantity: sku.quantity,
    reserve_quantity: 0,
    is_sku_onsale: sku.onsale
  }
  return Object.assign(item, version.skuSet?.[sku.id])
}

/** An element of goods_list. */
function goodsItem (version) {
  const { carousel } = pictures(version)
  const item = {
    goods_id: BigInt(version.id),
    goods_name: version.name,
    image_url: carousel[0],
    thumb_url: carousel[carousel.length - 1],
    is_onsale: isOnsale(version),
    is_more_sku: version.skus.length > 1 ? 1 : 0,
    goods_quantity: quantityOf(version),
    goods_reserve_quantity: 0,
    created_at: version.createTime,
    sku_list: version.skus.map(sku => listSku(version, sku))
  }
  return Object.assign(item, version.set)
}

function detailSku (version, sku) {
  const { carousel } = pictures(version)
  const item = {
    sku_id: BigInt(sku.id),
    price: sku.price,
    multi_price: sku.multi,
    quantity: sku.quantity,
    reserve_quantity: 0,
    is_onsale: sku.onsale,
    out_sku_sn: sku.outerId,
    thumb_url: sku.thumb ?? carousel[0],
    weight: sku.weight ?? 500,
    limit_quantity: 999,
    spec: sku.specs.map(({ id, parentId, name }) => ({ parent_id: parentId, parent_name: parentSpecName(parentId), spec_id: Number(id), spec_name: name }))
  }
  return Object.assign(item, version.skuSet?.[sku.id])
}

/** The status of the detail: what is on sale without stock is sold out. */
function detailStatus (version) {
  return version.status === 1 && quantityOf(version) === 0 ? SOLD_OUT : version.status
}

/** What pdd.goods.detail.get answers: flags are 0 and 1 here. */
function goodsDetail (version) {
  const { carousel, detail, desc } = pictures(version)
  const item = {
    goods_id: BigInt(version.id),
    goods_name: version.name,
    goods_desc: desc,
    goods_type: 1,
    cat_id: version.catId,
    country_id: 0,
    image_url: carousel[0],
    carousel_gallery_list: carousel,
    detail_gallery_list: detail,
    video_gallery: [],
    goods_property_list: version.content?.properties ?? [],
    market_price: version.marketPrice,
    cost_template_id: version.content?.templateId ?? 25001,
    shipment_limit_second: 172800,
    is_pre_sale: 0,
    is_refundable: 1,
    is_folt: 1,
    second_hand: 0,
    outer_goods_id: version.outerId,
    status: detailStatus(version),
    skuType: 0,
    sku_list: version.skus.map(sku => detailSku(version, sku))
  }
  return Object.assign(item, version.set)
}

/** Whether lists show these goods: not before their first review ended well, and not once they are deleted. */
function isListed (version) {
  return version.shown && version.status !== DELETED
}

module.exports = { goodsItem, goodsDetail, detailSku, listSku, pictures, isListed, IMAGE_HOST }
