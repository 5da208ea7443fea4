'use strict'
// Reads what pdd.goods.add and the edits submit, and checks it against the category's rules (fact sheet 9.1, 9.3).
const { shanghaiText } = require('../../clock')
const { Refused, readJson, asObject, integerText, memberInteger, memberText } = require('./params')
const { categoryById, templates, rulesOf } = require('./catalog')
const { IMAGE_HOST } = require('./goods_wire')

const SHIPMENT_SECONDS = [172800, 86400]
const MAX_CAROUSEL = 10
const MAX_DETAIL = 20
const OUTER_ALIASES = ['out_goods_id', 'outer_goods_id', 'out_goods_sn', 'outer_goods_sn'] // 19; which one is taken is not said
// What the sheet names, and goods_properties, whose name in this direction is a guess.
const FIELDS = [
  'cat_id', 'goods_name', 'goods_type', 'country_id', 'market_price', 'cost_template_id', 'shipment_limit_second', 'is_pre_sale',
  'is_refundable', 'is_folt', 'second_hand', 'carousel_gallery', 'detail_gallery', 'sku_list', 'goods_desc', 'pre_sale_time',
  'image_url', 'two_pieces_discount', 'goods_properties', ...OUTER_ALIASES
]

function invalid (detail) {
  throw new Refused('goodsInvalid', detail)
}

function category (params) {
  const row = categoryById.get(params.integer('cat_id'))
  if (!row?.leaf) invalid('cat_id 应为叶子类目')
  if (!row.open) invalid('店铺没有该类目的发布权限')
  return row
}

/** Only pictures that were uploaded: those of other hosts are refused. */
function gallery (params, name, max) {
  const urls = params.list(name)
  if (urls.length === 0 || urls.length > max) invalid(`${name} 应有 1 到 ${max} 张图`)
  for (const url of urls) {
    if (typeof url !== 'string' || !url.startsWith(`https://${IMAGE_HOST}/`)) invalid(`${name} 中的图片未上传到图片空间`)
  }
  return urls
}

function description (params) {
  const text = params.text('goods_desc')
  const length = [...text].length
  if (text !== '' && (length < 20 || length > 500)) invalid('goods_desc 应为 20 到 500 字')
  return text
}

function properties (params, row) {
  const given = params.optionalList('goods_properties').map(value => asObject(value, 'goods_properties[]'))
  for (const { ref_pid: refPid, name, required, values } of rulesOf(row)) {
    const mine = given.find(one => memberInteger(one, 'ref_pid') === refPid)
    if (!mine && required) invalid(`缺少必填属性 ${name}（ref_pid ${refPid}）`)
    const vid = mine && memberInteger(mine, 'vid', 0)
    if (mine && !values.some(one => one.vid === vid)) invalid(`属性 ${name} 没有值 ${vid}`)
  }
  return given.map(one => ({ ref_pid: memberInteger(one, 'ref_pid'), vid: memberInteger(one, 'vid', 0), vvalue: memberText(one, 'value') }))
}

/** spec_id_list is a text that holds a JSON array: JSON in JSON. */
function specsOf (shop, item) {
  const ids = readJson(memberText(item, 'spec_id_list', '[]'), 'spec_id_list')
  if (!Array.isArray(ids)) throw new Refused('businessParameter', 'spec_id_list 应为 JSON 数组文本')
  return ids.map(value => {
    const id = integerText(value, 'spec_id_list')
    const spec = shop.specs.get(id)
    if (!spec) invalid(`规格 ${id} 不存在，请先用 pdd.goods.spec.id.get 生成`)
    return { id, ...spec }
  })
}

function skuOf (shop, value, isEdit) {
  const item = asObject(value, 'sku_list[]')
  const multi = memberInteger(item, 'multi_price', undefined, 1)
  const price = memberInteger(item, 'price', undefined, 1)
  if (multi >= price) invalid('拼单价应低于单买价')
  if (memberInteger(item, 'limit_quantity', 999) !== 999) invalid('limit_quantity 只能是 999')
  return {
    wishedId: item.has('sku_id') ? integerText(item.get('sku_id'), 'sku_id') : null,
    specs: specsOf(shop, item), multi, price, onsale: memberInteger(item, 'is_onsale', undefined, 0, 1),
    quantity: memberInteger(item, 'quantity', undefined, isEdit ? -1e9 : 0, 1e9), weight: memberInteger(item, 'weight', undefined, 0),
    thumb: memberText(item, 'thumb_url'), outerId: memberText(item, 'out_sku_sn')
  }
}

function skuList (shop, params, market, isEdit) {
  const skus = params.list('sku_list').map(value => skuOf(shop, value, isEdit))
  if (skus.length === 0) invalid('sku_list 为空')
  const looks = skus.map(sku => sku.specs.map(spec => spec.id).join(','))
  if (new Set(looks).size !== skus.length) invalid('sku_list 中规格重复')
  if (skus.some(sku => sku.price >= market)) invalid('单买价应低于市场价')
  return skus
}

function checkFixed (params) {
  if (params.integer('goods_type') !== 1) invalid('沙箱只支持 goods_type 1')
  if (params.integer('country_id') !== 0) invalid('goods_type 1 的 country_id 应为 0')
  if (!SHIPMENT_SECONDS.includes(params.integer('shipment_limit_second'))) invalid('shipment_limit_second 不支持')
  if (!templates.some(one => one.template_id === params.integer('cost_template_id'))) invalid('运费模板不存在')
  for (const name of ['is_pre_sale', 'is_refundable', 'is_folt', 'second_hand']) {
    params.required(name)
    params.flag(name)
  }
}

/** Goods sold ahead name the last second of a day in Beijing. */
function checkPreSale (params) {
  if (!params.flag('is_pre_sale')) return
  if (!shanghaiText(params.integer('pre_sale_time')).endsWith('23:59:59')) invalid('pre_sale_time 应为某天的 23:59:59')
}

/** What is submitted, as goods hold it; SKUs have no ids yet. */
function readGoods (shop, params, isEdit, ...others) {
  params.only(...FIELDS, ...others)
  const row = category(params)
  checkFixed(params)
  checkPreSale(params)
  const marketPrice = params.integer('market_price', undefined, 1)
  const content = {
    carousel: gallery(params, 'carousel_gallery', MAX_CAROUSEL), detail: gallery(params, 'detail_gallery', MAX_DETAIL),
    desc: description(params), properties: properties(params, row), templateId: params.integer('cost_template_id')
  }
  const alias = OUTER_ALIASES.find(name => params.has(name))
  return { name: params.required('goods_name'), catId: row.id, marketPrice, outerId: alias ? params.text(alias) : '', content, skus: skuList(shop, params, marketPrice, isEdit) }
}

module.exports = { readGoods }
