'use strict'
// What changes a shop through the API: fact sheet 2.10 (on and off the shelf), 2.11 (price, stock), 2.12 (shipping).
//
// A handler checks, stores through `desk.put`, and answers `{ target, params, changed }` for the write log, and `answer` if
// the data of the call is not empty; a refusal
// is thrown before anything is stored. `desk` is `{ now, nowMs, put, reviews, idempotent }`.
const { Refused } = require('./params')
const { skuItem, productItem } = require('./product_wire')
const { SHIPPED, COMPLETED, PART_SHIPPED, TO_SHIP } = require('./order_seed')
const { companies } = require('./words')

const OFF = 1
const DELETED = 2
const UNDER_REVIEW = 2
const APPROVED = 3
const BANNED = 5
const AWAITS_TIME = 7
const MAX_TRACKING_LENGTH = 64
const SHIPPABLE = [TO_SHIP, PART_SHIPPED]
const COMPANY_NAMES = { shunfeng: '顺丰速运', zhongtong: '中通快递', yuantong: '圆通快递', yunda: '韵达快递', jtexpress: '极兔速递', youzhengguonei: '邮政快递包裹' }

/** The bare array of order.logisticsCompanyList. */
const companyRows = companies.map((code, index) => ({ id: 7 + index * 5, name: COMPANY_NAMES[code], code }))

function nextVersion (version, changes, now) {
  return { ...version, ...changes, updateTime: Math.max(now, version.updateTime), bytes: undefined }
}

function requiredId (params, name) {
  const id = params.integerText(name)
  if (id === undefined) throw new Refused('parameterMissing', `缺少参数 ${name}`)
  return id
}

function productOf (shop, params) {
  const version = shop.products.current(requiredId(params, 'product_id'))
  if (!version) throw new Refused('notFound', '商品不存在')
  return version
}

function setOnline (shop, params, desk) {
  params.only('product_id')
  const version = productOf(shop, params)
  const { id, status, checkStatus } = version
  if (status === DELETED || checkStatus === BANNED) throw new Refused('productState', '商品已删除或被封禁，不能上架')
  if (checkStatus === UNDER_REVIEW) throw new Refused('productState', '商品审核中，请勿重复提交')
  if (status !== OFF && checkStatus === APPROVED) return { target: id, params: {}, changed: false }
  const { name: title, img: image } = productItem(version)
  desk.put(shop.products, nextVersion(version, desk.reviews.begin(shop, { id, title, image }, desk.nowMs), desk.now))
  return { target: id, params: {}, changed: true }
}

function setOffline (shop, params, desk) {
  params.only('product_id')
  const version = productOf(shop, params)
  const { id, status, checkStatus } = version
  if (status === DELETED || checkStatus === BANNED) throw new Refused('productState', '商品已删除或被封禁，不能下架')
  if (status === OFF && checkStatus !== AWAITS_TIME) return { target: id, params: {}, changed: false }
  if (checkStatus !== APPROVED && checkStatus !== AWAITS_TIME) throw new Refused('productState', '商品未上架')
  desk.put(shop.products, nextVersion(version, { status: OFF, checkStatus: 1, draftStatus: 0 }, desk.now))
  return { target: id, params: {}, changed: true }
}

/** What names a SKU in a call: all that are given have to fit. */
function skuNames (params, names) {
  const given = {}
  if (names.includes('sku_id')) given.id = params.integerText('sku_id')
  if (names.includes('out_sku_id')) given.out_sku_id = params.integerText('out_sku_id')
  given.code = params.text('code') || undefined
  const wanted = Object.entries(given).filter(([, value]) => value !== undefined)
  if (wanted.length === 0) throw new Refused('parameterMissing', `缺少参数 ${names.join('、')} 之一`)
  return wanted
}

function isNamed (version, sku, wanted) {
  const item = skuItem(version, sku)
  return wanted.every(([name, value]) => String(item[name]) === value)
}

function skuOf (shop, params) {
  const version = productOf(shop, params)
  const wanted = skuNames(params, ['sku_id', 'code', 'out_sku_id'])
  const sku = version.skus.find(one => isNamed(version, one, wanted))
  if (!sku) throw new Refused('notFound', '商品规格不存在')
  if (version.status === DELETED) throw new Refused('productState', '商品已删除')
  return { version, sku }
}

function changeSku (shop, version, sku, changes, desk) {
  const skus = version.skus.map(one => (one === sku ? { ...sku, ...changes } : one))
  desk.put(shop.products, nextVersion(version, { skus }, desk.now))
}

function editPrice (shop, params, desk) {
  params.only('product_id', 'sku_id', 'code', 'out_sku_id', 'price')
  const price = params.integer('price', undefined, 1, Number.MAX_SAFE_INTEGER)
  const { version, sku } = skuOf(shop, params)
  changeSku(shop, version, sku, { price }, desk)
  return { target: sku.id, params: { productId: version.id, price }, changed: true }
}

/** False when this very write was made under that id before; another write under the same id is refused. */
function isFirst (desk, shop, id, wish) {
  if (id === '') return true
  const key = `${desk.appKey}/${shop.id}/${id}`
  const known = desk.idempotent.get(key)
  if (known === undefined) return true
  if (known !== wish) throw new Refused('idempotentUsed', 'idempotent_id 已被另一次库存更新使用')
  return false
}

function syncStock (shop, params, desk) {
  params.only('product_id', 'sku_id', 'code', 'out_sku_id', 'stock_num', 'incremental', 'idempotent_id')
  const incremental = params.flag('incremental')
  const idempotentId = params.text('idempotent_id')
  if (incremental && idempotentId === '') throw new Refused('parameterMissing', '增量更新缺少参数 idempotent_id')
  const number = params.integer('stock_num', undefined, incremental ? Number.MIN_SAFE_INTEGER : 0, Number.MAX_SAFE_INTEGER)
  const { version, sku } = skuOf(shop, params)
  const entry = { target: sku.id, params: { productId: version.id, stockNum: number, incremental, idempotentId } }
  const wish = JSON.stringify([sku.id, number, incremental])
  if (!isFirst(desk, shop, idempotentId, wish)) return { ...entry, changed: false }
  const stock = incremental ? sku.stock + number : number
  if (stock < 0) throw new Refused('stockNegative', `当前库存 ${sku.stock}，扣减后为负`)
  if (!Number.isSafeInteger(stock)) throw new Refused('parameterInvalid', 'stock_num 超出范围')
  changeSku(shop, version, sku, { stock }, desk)
  if (idempotentId !== '') desk.idempotent.set(`${desk.appKey}/${shop.id}/${idempotentId}`, wish)
  return { ...entry, changed: true }
}

/** sku.stockNum: one SKU anywhere in the shop. */
function stockNum (shop, params) {
  params.only('sku_id', 'code')
  const wanted = skuNames(params, ['sku_id', 'code'])
  for (const productId of shop.products.sortedIds()) {
    const version = shop.products.current(productId)
    const sku = version.skus.find(one => isNamed(version, one, wanted))
    if (sku) return stockAnswer(skuItem(version, sku))
  }
  throw new Refused('notFound', '商品规格不存在')
}

function stockAnswer ({ id, out_sku_id: outSkuId, code, sku_type: skuType, stock_num: stock }) {
  return {
    sku_id: id, out_sku_id: outSkuId, code, sku_type: skuType, stock_num: stock,
    prehold_stock_num: 0, prom_stock_num: 0, step_stock_num: 0, stock_num_map: {}
  }
}

function readShipment (params) {
  params.only('order_id', 'company_code', 'logistics_code', 'is_refund_reject', 'is_reject_refund')
  for (const name of ['order_id', 'company_code', 'logistics_code']) {
    if (params.text(name) === '') throw new Refused('parameterMissing', `缺少参数 ${name}`)
  }
  params.flag('is_refund_reject')
  params.flag('is_reject_refund')
  const company = params.text('company_code')
  const tracking = params.text('logistics_code')
  if (!companies.includes(company)) throw new Refused('parameterInvalid', 'company_code 不存在')
  if (tracking.length > MAX_TRACKING_LENGTH || !/^[A-Za-z0-9-]+$/.test(tracking)) throw new Refused('parameterInvalid', 'logistics_code 格式不正确')
  return { company, tracking }
}

function logisticsAdd (shop, params, desk) {
  const { company, tracking } = readShipment(params)
  const version = shop.orders.current(params.text('order_id'))
  if (!version) throw new Refused('notFound', '订单不存在')
  if (version.status === SHIPPED || version.status === COMPLETED) throw new Refused('orderShipped', '订单已发货，请勿重复发货')
  if (!SHIPPABLE.includes(version.status)) throw new Refused('orderState', '订单当前状态不能发货')
  const shipment = { company, tracking, shipTime: desk.now }
  desk.put(shop.orders, nextVersion(version, { status: SHIPPED, shipTime: version.shipTime || desk.now, shipment }, desk.now))
  return { target: version.id, params: { companyCode: company, logisticsCode: tracking }, changed: true }
}

module.exports = { setOnline, setOffline, editPrice, syncStock, stockNum, logisticsAdd, companyRows, productOf, nextVersion }
