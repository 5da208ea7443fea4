'use strict'
// The affiliate calls, fact sheet 15: no token, and a JSON text inside of the JSON, whose `code` is a number.
const { shanghaiText } = require('../../clock')
const { write } = require('../../json')
const { factsOf } = require('./order_facts')
const { yuanNumber } = require('./money')
const { lowestPrice } = require('./ware_seed')
const { NOT_PAY, FINISHED, CANCELED } = require('./order_seed')
const { ON_SALE } = require('./ware_state')
const { Refused } = require('./envelope')

const HOUR_S = 3600
const DAYS_BACK_S = 90 * 86_400
const COMMISSION_PERCENT = 5
const SHARE = 4 // every fourth order came through a link
const VALID_CODES = { [NOT_PAY]: 15, [FINISHED]: 17, [CANCELED]: 3 }
const PAID = 16
const TIME_OF_TYPE = { 1: 'createTime', 2: 'endTime', 3: 'updateTime' }
const NOT_PERMITTED = 403
const BAD_PARAMETER = 400

function text (member, value, requestId) {
  return { [member]: write({ ...value, requestId }) }
}

function failure (member, code, message, call) {
  return text(member, { code, message }, call.requestId)
}

function orderRows (version, shop) {
  const { lines } = factsOf(version, shop)
  return lines.map(({ ware, sku, number }) => {
    const fen = sku.price * number
    const fee = Math.floor((fen * COMMISSION_PERCENT) / 100)
    return {
      orderId: BigInt(version.id), skuId: BigInt(sku.id), skuName: ware.title, skuNum: number, price: yuanNumber(sku.price), validCode: VALID_CODES[version.status] ?? PAID,
      orderTime: shanghaiText(version.createTime), finishTime: version.status === FINISHED ? shanghaiText(version.endTime) : '', modifyTime: shanghaiText(version.updateTime),
      commissionRate: COMMISSION_PERCENT, estimateCosPrice: yuanNumber(fen), estimateFee: yuanNumber(fee), actualFee: yuanNumber(version.status === FINISHED ? fee : 0)
    }
  })
}

/** Orders of all the shops that came through a link, in order of the time that `type` names. */
function ordersOf (world, fact, [from, to]) {
  const found = []
  for (const shop of world.shops) {
    for (const { listed: version } of shop.orders.records.values()) {
      if (version && version.index % SHARE === 0 && version[fact] >= from && version[fact] <= to) found.push({ version, shop })
    }
  }
  return found.sort((a, b) => a.version[fact] - b.version[fact] || (a.version.id < b.version.id ? -1 : 1))
}

function orderRowQuery (call, world, params) {
  params.only('orderReq')
  const req = params.object('orderReq')
  req.only('pageIndex', 'pageSize', 'type', 'startTime', 'endTime', 'childUnionId', 'key', 'fields')
  const page = req.integer('pageIndex', { low: 1 })
  const size = req.integer('pageSize', { low: 1, high: 500 })
  const fact = TIME_OF_TYPE[req.integer('type', { low: 1, high: 3 })]
  const window = req.window('startTime', 'endTime')
  if (window?.[0] === undefined || window[1] === undefined) return failure('queryResult', BAD_PARAMETER, '缺少 startTime 或 endTime', call)
  if (window[1] - window[0] > HOUR_S) return failure('queryResult', BAD_PARAMETER, '查询时间范围不能超过1小时', call)
  if (Math.floor(call.now / 1000) - window[0] > DAYS_BACK_S) return failure('queryResult', BAD_PARAMETER, '只能查询90天内的订单', call)
  const found = ordersOf(world, fact, window).flatMap(({ version, shop }) => orderRows(version, shop))
  const data = found.slice((page - 1) * size, page * size)
  // Nothing found is an answer without `data`.
  return text('queryResult', { code: 200, message: 'success', data: data.length > 0 ? data : undefined, hasMore: page * size < found.length }, call.requestId)
}

function goodsItem (version, shop) {
  const price = lowestPrice(version)
  return {
    skuId: BigInt(version.skus[0].id), skuName: version.title, brandCode: String(version.brandId), priceInfo: { price: yuanNumber(price) },
    commissionInfo: { commission: yuanNumber(Math.floor((price * COMMISSION_PERCENT) / 100)), commissionShare: COMMISSION_PERCENT },
    shopInfo: { shopId: BigInt(shop.shopId), shopName: shop.name }, materialUrl: `jingfen.jd.com/detail/${version.skus[0].id}.html`
  }
}

/** Wares on sale, of all the shops; by keyword or by SKU ids, which are an array here. */
function goodsQuery (call, world, params) {
  params.only('goodsReqDTO')
  const req = params.object('goodsReqDTO')
  req.only('keyword', 'skuIds', 'pageIndex', 'pageSize')
  const page = req.integer('pageIndex', { fallback: 1, low: 1 })
  const size = req.integer('pageSize', { fallback: 20, low: 1, high: 30 })
  const ids = req.texts('skuIds')
  const fits = version => version.status === ON_SALE && version.title.includes(req.text('keyword')) && (!ids || version.skus.some(sku => ids.includes(sku.id)))
  const found = world.shops.flatMap(shop => shop.wares.select('createTime', {}, null, '').rows.filter(fits).map(version => ({ version, shop })))
  const data = found.slice((page - 1) * size, page * size).map(({ version, shop }) => goodsItem(version, shop))
  return text('queryResult', { code: 200, message: 'success', data, totalCount: found.length }, call.requestId)
}

function promotionCommonGet (call, world, params) {
  params.only('promotionCodeReq')
  const req = params.object('promotionCodeReq')
  req.only('materialId', 'siteId', 'positionId', 'subUnionId', 'ext1', 'pid', 'couponUrl')
  const material = req.required('materialId')
  if (!req.has('siteId')) throw new Refused('wrongParameter', '缺少参数 siteId')
  if (!/^(https?:\/\/)?[a-z0-9.]*jd\.com\//.test(material)) return failure('getResult', NOT_PERMITTED, 'materialId 不在推广范围内', call)
  const clickURL = `https://union-click.jd.com/jdc?e=${encodeURIComponent(req.text('positionId'))}&p=${Buffer.from(material).toString('base64url')}`
  return text('getResult', { code: 200, message: 'success', data: { clickURL } }, call.requestId)
}

module.exports = { orderRowQuery, goodsQuery, promotionCommonGet }
