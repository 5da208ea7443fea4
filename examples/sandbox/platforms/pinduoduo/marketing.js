'use strict'
// The shop's own promotions, fact sheet 12.1: limited prices, and lists of coupons. Making coupons is out of the public
// catalogue since 2026 and answers so (see methods.js).
const { Random, deriveSeed } = require('../../random')
const { accept } = require('./envelope')
const { Refused, asObject, memberId, memberInteger, memberText } = require('./params')

const TIMED = 12
const LIMITED_QUANTITY = 3
const NOT_STARTED = 1
const RUNNING = 2
const ENDED = 3
const CANCELLED = 4
const COUPONS = 12

function stateOf (activity, now) {
  if (activity.cancelled) return CANCELLED
  if (now < activity.start) return NOT_STARTED
  return now < activity.end ? RUNNING : ENDED
}

/** Whether the stock of these goods cannot be lowered: they are on a promotion that is running (9.4). */
function isLowered (shop, goodsId, now) {
  return shop.activities.some(activity => activity.goodsId === goodsId && stateOf(activity, now) === RUNNING)
}

function pricesOf (item, version) {
  const prices = item.get('sku_price_list') ?? []
  return prices.map(value => {
    const one = asObject(value, 'sku_price_list[]')
    const skuId = memberId(one, 'sku_id')
    if (!version.skus.some(sku => sku.id === skuId)) throw new Refused('businessParameter', `商品规格 ${skuId} 不存在`)
    return { skuId, price: memberInteger(one, 'activity_price', undefined, 1) }
  })
}

function readActivity (value) {
  const item = asObject(value, 'request[]')
  const type = memberInteger(item, 'activity_type')
  if (type !== TIMED && type !== LIMITED_QUANTITY) throw new Refused('businessParameter', 'activity_type 只能是 12、3')
  return {
    item, type, goodsId: memberId(item, 'goods_id'), name: memberText(item, 'activity_name'),
    start: memberInteger(item, 'start_time'), end: memberInteger(item, 'end_time'),
    discount: memberInteger(item, 'discount', 0, 0, 1000), userLimit: memberInteger(item, 'user_activity_limit', 0, 0),
    quantity: type === LIMITED_QUANTITY ? memberInteger(item, 'quantity', undefined, 1) : 0
  }
}

/** Why these goods cannot take part, or null. */
function obstacle (shop, activity, version, now) {
  if (!version || version.status !== 1) return '商品不存在或未上架'
  if (activity.end <= activity.start || activity.end <= now) return '活动时间不正确'
  return shop.activities.some(one => one.goodsId === activity.goodsId && [NOT_STARTED, RUNNING].includes(stateOf(one, now))) ? '商品已有进行中的活动' : null
}

/** pdd.promotion.limited.activity.create: each of the list succeeds or fails by itself. */
function create (shop, params, desk) {
  params.only('request')
  const results = params.list('request').map(value => {
    const { item, ...activity } = readActivity(value)
    const version = shop.goods.current(activity.goodsId)
    const reason = obstacle(shop, activity, version, desk.now)
    if (reason) return { goods_id: BigInt(activity.goodsId), status: 1, fail_reason: reason }
    shop.activities.push({ ...activity, id: String(5_000_000 + shop.activities.length), prices: pricesOf(item, version), cancelled: false })
    return { goods_id: BigInt(activity.goodsId), status: 0, fail_reason: '' }
  })
  const made = results.filter(one => one.status === 0).map(one => String(one.goods_id))
  return { target: made.join(','), params: { goodsIds: made }, changed: made.length > 0, answer: accept({ result_list: results }) }
}

function cancel (shop, params, desk) {
  params.only('detail_id', 'goods_id')
  const activity = shop.activities.find(one => one.id === params.id('detail_id') && one.goodsId === params.id('goods_id'))
  if (!activity) throw new Refused('notFound', '活动不存在')
  const changed = [NOT_STARTED, RUNNING].includes(stateOf(activity, desk.now))
  activity.cancelled = true
  return { target: activity.id, params: { goodsId: activity.goodsId }, changed, answer: accept({ result: true }) }
}

function wanted (params, name) {
  const values = params.optionalList(name).map(Number)
  return value => values.length === 0 || values.includes(value)
}

/** `detail_id` is what a cancellation names. */
function priceInfo (one) {
  const prices = one.prices.map(({ skuId, price }) => ({ sku_id: BigInt(skuId), activity_price: price }))
  return { detail_id: Number(one.id), discount: one.discount, user_activity_limit: one.userLimit, activity_quantity: one.quantity, open_sku_prices: prices }
}

/** Names of the answer's fields as in lywzx/pdd-node-sdk and the official Java kit. */
function list (call, shop, params) {
  params.only('activity_types', 'status_list', 'page_no', 'page_size', 'goods_id_list')
  const { page, size } = params.page(100, 10, 'page_size', 'page_no')
  const now = Math.floor(call.now / 1000)
  const [type, status] = [wanted(params, 'activity_types'), wanted(params, 'status_list')]
  const goods = params.optionalList('goods_id_list').map(String)
  const found = shop.activities.filter(one => type(one.type) && status(stateOf(one, now)) && (goods.length === 0 || goods.includes(one.goodsId)))
  const rows = found.slice((page - 1) * size, page * size).map(one => ({
    activity_id: 7_000_000 + Number(one.id), activity_name: one.name, activity_type: one.type, status: stateOf(one, now),
    goods_id: BigInt(one.goodsId), start_time: one.start, end_time: one.end, price_info: [priceInfo(one)]
  }))
  const online = found.filter(one => [NOT_STARTED, RUNNING].includes(stateOf(one, now))).length
  return accept({ online_sum: online, record_sum: found.length, page_no: page, page_size: size, open_goods_activity_list: rows })
}

function batch (shop, number) {
  const random = new Random(deriveSeed(shop.seed, 'coupon', number))
  const start = (shop.bornAt - random.between(0, 20) * 86_400) * 1000
  return {
    id: 900_000 + number, batch_desc: `满减券${number + 1}`, status: 1 + random.below(4), discount_param: random.between(1, 20) * 100,
    batch_start_time: start, batch_end_time: start + 30 * 86_400_000, created_at: start, init_quantity: 1000,
    remain_quantity: 1000 - random.between(20, 400), used_quantity: random.between(0, 20), user_limit: 1
  }
}

/**
 * Coupons of goods, or of the whole shop. Names as in lywzx/pdd-node-sdk, niltor/open-pdd-net-sdk and the official Java
 * kit: only the list of goods' coupons has a least amount.
 */
function coupons (more) {
  return (call, shop, params) => {
    params.only('page', 'page_size', 'batch_status')
    const { page, size } = params.page(100)
    const status = params.choice('batch_status', 0, 1, 2, 3, 4)
    const found = Array.from({ length: COUPONS }, (_, number) => ({ ...batch(shop, number), ...more(shop, number) })).filter(one => status === 0 || one.status === status)
    return accept({ coupon_batch_list: found.slice((page - 1) * size, page * size), total_size: found.length })
  }
}

const goodsCoupons = coupons((shop, number) => ({ goods_id: BigInt(shop.seededGoods[number % shop.seededGoods.length].id), min_order_amount: 9900 }))
const shopCoupons = coupons((_, number) => ({ id: 950_000 + number, batch_name: `店铺券${number + 1}` }))

module.exports = { create, cancel, list, goodsCoupons, shopCoupons, isLowered }
