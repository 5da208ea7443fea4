'use strict'
// Small updates of goods, fact sheet 9.4.
const { accept } = require('./envelope')
const { Refused, asObject, memberId, memberInteger } = require('./params')
const { liveGoods } = require('./goods')
const { isLowered } = require('./marketing')
const { ON_SALE, OFF_SALE } = require('./goods_seed')

const ABSOLUTE = 1
const DELTA = 2
const DONE = accept({ is_success: true })

/** pdd.goods.sale.status.set; what is so already stays as it is. */
function saleStatus (shop, params, desk) {
  params.only('goods_id', 'is_onsale')
  const wanted = params.choice('is_onsale', undefined, 0, 1)
  const version = liveGoods(shop, params.id('goods_id'))
  const entry = { target: version.id, params: { isOnsale: wanted }, answer: DONE }
  if (!version.shown) throw new Refused('goodsState', '商品审核中，不能上下架')
  if (version.banned && wanted === 1) throw new Refused('goodsState', '商品已被平台禁售，不能上架')
  if ((version.status === ON_SALE) === (wanted === 1)) return { ...entry, changed: false }
  desk.put(shop.goods, desk.next(version, { status: wanted === 1 ? ON_SALE : OFF_SALE }))
  return { ...entry, changed: true }
}

function skuOf (version, params) {
  const id = params.optionalId('sku_id')
  const outerId = params.text('outer_id')
  if (id === undefined && !outerId) throw new Refused('parameterMissing', '缺少参数 sku_id')
  const sku = version.skus.find(one => (id === undefined ? one.outerId === outerId : one.id === id))
  if (!sku) throw new Refused('notFound', '商品规格不存在')
  return sku
}

/** pdd.goods.quantity.update. A delta counts each time it is sent. */
function quantity (shop, params, desk) {
  params.only('goods_id', 'quantity', 'sku_id', 'outer_id', 'update_type')
  const type = params.choice('update_type', ABSOLUTE, ABSOLUTE, DELTA)
  const number = params.integer('quantity', undefined, type === DELTA ? -1e9 : 0, 1e9)
  const version = liveGoods(shop, params.id('goods_id'))
  const sku = skuOf(version, params)
  const left = type === DELTA ? sku.quantity + number : number
  if (left < 0) throw new Refused('stockNegative', `当前库存 ${sku.quantity}，扣减后为负`)
  if (left < sku.quantity && isLowered(shop, version.id, desk.now)) throw new Refused('stockLocked')
  const skus = version.skus.map(one => (one === sku ? { ...sku, quantity: left } : one))
  desk.put(shop.goods, desk.next(version, { skus }))
  return { target: sku.id, params: { goodsId: version.id, quantity: number, updateType: type }, changed: true, answer: DONE }
}

/** A wished price of one SKU; the group price has to be below the single one. */
function priceWish (version, value) {
  const item = asObject(value, 'sku_price_list[]')
  const id = memberId(item, 'sku_id')
  const sku = version.skus.find(one => one.id === id)
  if (!sku) throw new Refused('notFound', `商品规格 ${id} 不存在`)
  const multi = memberInteger(item, 'group_price', sku.multi, 1)
  const price = memberInteger(item, 'single_price', sku.price, 1)
  if (multi >= price) throw new Refused('goodsInvalid', '拼单价应低于单买价')
  return { id, multi, price, onsale: memberInteger(item, 'is_onsale', sku.onsale, 0, 1) }
}

function marketPrice (version, params) {
  if (!params.has('market_price_in_yuan')) return params.integer('market_price', version.marketPrice, 1)
  const found = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(params.text('market_price_in_yuan'))
  if (!found) throw new Refused('businessParameter', 'market_price_in_yuan 格式不正确')
  return Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'))
}

/** pdd.goods.sku.price.update: the new prices count when the review has ended well, not before. */
function skuPrice (shop, params, desk) {
  params.only('goods_id', 'sku_price_list', 'market_price', 'market_price_in_yuan', 'sync_goods_operate', 'two_pieces_discount')
  const version = liveGoods(shop, params.id('goods_id'))
  const prices = params.list('sku_price_list').map(value => priceWish(version, value))
  const market = marketPrice(version, params)
  if (prices.some(one => one.price >= market)) throw new Refused('goodsInvalid', '单买价应低于市场价')
  const list = params.choice('sync_goods_operate', 0, 0, 1) === 0
  const commit = desk.commits.submit(shop, version.id, { prices, market, list }, desk.nowMs)
  const answer = accept({ is_success: true, goods_commit_id: Number(commit.id) })
  return { target: version.id, params: { commitId: commit.id, prices }, changed: true, answer }
}

module.exports = { saleStatus, quantity, skuPrice }
