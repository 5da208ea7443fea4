'use strict'
// Reads what product.addV2 and product.editV2 send, and checks it (fact sheet 2.10; names: the official Go SDK).
const { Literal, write } = require('../../json')
const { Refused, asJsonText } = require('./params')
const { NO_BRAND_ID, brands } = require('./catalog')
const { requireLeaf, checkProperties } = require('./properties')
const { isUsable } = require('./materials')
const { readSpecs, readSkus } = require('./publish_skus')

const MAX_MAIN_PICTURES = 5
const MAX_PICTURES = 50 // main, description and specification together
const NAME_WIDTH = [16, 60] // a Chinese character counts two
const MAX_OUTER_ID = 255
const DELAY_DAYS = [9999, 1, 2]
const NO_FREIGHT = 0
// What the sheet names and the sandbox understands.
const FIELDS = [
  'product_type', 'category_leaf_id', 'name', 'pic', 'description', 'reduce_type', 'freight_id', 'weight', 'weight_unit', 'delivery_delay_day',
  'presell_type', 'mobile', 'commit', 'standard_brand_id', 'specs', 'spec_prices', 'spec_pic', 'product_format_new', 'outer_product_id',
  'out_product_id', 'quality_list', 'after_sale_service', 'start_sale_type'
]
const REQUIRED = ['product_type', 'category_leaf_id', 'name', 'pic', 'description', 'reduce_type', 'freight_id', 'mobile', 'commit', 'specs', 'spec_prices']

function invalid (detail) {
  throw new Refused('productInvalid', detail)
}

function oneOf (params, name, fallback, ...allowed) {
  const value = params.integer(name, fallback)
  if (!allowed.includes(value)) throw new Refused('parameterInvalid', `${name} 不支持 ${value}`)
  return value
}

function widthOf (text) {
  return [...text].reduce((sum, character) => sum + (character.codePointAt(0) < 0x80 ? 1 : 2), 0)
}

function readName (params) {
  const name = params.text('name')
  const width = widthOf(name)
  if (width < NAME_WIDTH[0] || width > NAME_WIDTH[1]) invalid('标题应为 8 到 30 个汉字')
  if (/\p{Extended_Pictographic}/u.test(name)) invalid('标题不能含有表情')
  return name
}

function pictures (shop, params, name, most, nowMs) {
  const urls = params.text(name).split('|').filter(url => url !== '')
  if (urls.length > most) invalid(`${name} 最多 ${most} 张图`)
  for (const url of urls) if (!isUsable(shop, url, nowMs)) invalid(`${name} 中的图片未通过素材审核或无法访问`)
  return urls
}

function readPictures (shop, params, nowMs) {
  const pics = pictures(shop, params, 'pic', MAX_MAIN_PICTURES, nowMs)
  const description = pictures(shop, params, 'description', MAX_PICTURES, nowMs)
  const specPics = params.text('spec_pic').split(/[|,^]/).filter(url => url !== '')
  if (pics.length + description.length + specPics.length > MAX_PICTURES) invalid(`图片总数不能超过 ${MAX_PICTURES} 张`)
  return { pics, description }
}

function readWeight (params) {
  if (!params.has('weight')) return new Literal('0')
  const value = params.members.get('weight')
  if (!(value instanceof Literal) || !(Number(value.text) >= 0)) throw new Refused('parameterFormat', 'weight 不是数')
  return value
}

/** A map of texts, which the detail tells as a JSON text. */
function readService (params) {
  const service = params.members.get('after_sale_service')
  if (service === undefined || service === null) return '{}'
  if (!(service instanceof Map) || [...service.values()].some(value => typeof value !== 'string')) throw new Refused('parameterFormat', 'after_sale_service 应为字符串的映射')
  return write(service)
}

function readBrand (params) {
  const id = params.integer('standard_brand_id', NO_BRAND_ID)
  if (id !== NO_BRAND_ID && !brands.some(brand => brand.id === id)) invalid('品牌未授权给店铺')
  return id
}

function readOuterId (params) {
  const id = params.text('outer_product_id')
  if ([...id].length > MAX_OUTER_ID) throw new Refused('parameterInvalid', `outer_product_id 最多 ${MAX_OUTER_ID} 个字符`)
  return id
}

function checkSent (params, more) {
  params.only(...FIELDS, ...more)
  for (const name of REQUIRED) {
    if (!params.has(name) || params.members.get(name) === '') throw new Refused('parameterMissing', `缺少参数 ${name}`)
  }
  oneOf(params, 'product_type', undefined, 0)
  params.list('quality_list')
  if (params.integer('freight_id') !== NO_FREIGHT) invalid('运费模板不存在，沙箱只有包邮（0）')
}

/** `{ commit, facts: { name, leaf, wishes }, content }`: wishes are SKUs without ids. */
function readProduct (shop, params, nowMs, ...more) {
  checkSent(params, more)
  const leaf = requireLeaf(params)
  const specs = readSpecs(params.text('specs'))
  const content = {
    ...readPictures(shop, params, nowMs),
    specs,
    format: checkProperties(params, leaf),
    brandId: readBrand(params),
    outerId: readOuterId(params),
    outId: params.integer('out_product_id', 0),
    freightId: NO_FREIGHT,
    reduceType: oneOf(params, 'reduce_type', undefined, 1, 2),
    presellType: oneOf(params, 'presell_type', 0, 0),
    delayDay: oneOf(params, 'delivery_delay_day', 2, ...DELAY_DAYS),
    startSale: oneOf(params, 'start_sale_type', 0, 0, 1),
    weight: readWeight(params),
    weightUnit: oneOf(params, 'weight_unit', 0, 0, 1),
    mobile: params.text('mobile'),
    service: readService(params)
  }
  const wishes = readSkus(asJsonText(params.text('spec_prices'), 'spec_prices'), specs)
  return { commit: params.flag('commit'), facts: { name: readName(params), leaf, wishes }, content }
}

module.exports = { readProduct }
