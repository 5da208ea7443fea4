'use strict'
// Coupons and promotions, fact sheet 5.9. Requests and answers differ in their units.
const { shanghaiText } = require('../../clock')
const { Refused } = require('./params')

const DENOMINATIONS = ['3', '5', '10', '20', '50', '100'] // yuan
const MAX_COUPONS = 50
const MAX_RANGE = 150

function idOf (shop, list) {
  return 1_000_000 + shop.number * 10_000 + list.length
}

function windowOf (params) {
  const [from, to] = [params.requiredTime('start_time'), params.requiredTime('end_time')]
  if (to <= from) throw new Refused('parameterInvalid', 'end_time')
  return { from, to }
}

/** `denominations` and `condition` are whole yuan here, fen in the list. */
function couponAdd (shop, params, desk) {
  params.only('start_time', 'end_time', 'denominations', 'condition')
  const { from, to } = windowOf(params)
  params.required('denominations')
  const yuan = Number(params.oneOf('denominations', DENOMINATIONS))
  const condition = params.integer('condition', 0, 0)
  if (condition !== 0 && condition < yuan) throw new Refused('parameterInvalid', 'condition')
  if (shop.coupons.filter(one => one.to > desk.now).length >= MAX_COUPONS) throw new Refused('parameterInvalid', 'denominations', '有效优惠券不能超过50个')
  const coupon = { id: idOf(shop, shop.coupons), from, to, yuan, condition, at: desk.now }
  shop.coupons.push(coupon)
  return { tree: { coupon_id: coupon.id }, target: String(coupon.id), params: { denominations: yuan, condition }, changed: true }
}

function couponWire ({ id, from, to, yuan, condition }) {
  return { coupon_id: id, denominations: yuan * 100, condition: condition * 100, start_time: shanghaiText(from), end_time: shanghaiText(to), creator: 'seller' }
}

function pageOf (call, params, rows, wire, key) {
  const size = params.integer('page_size', 20, 1, 50)
  const start = call.stuck ? 0 : (params.integer('page_no', 1, 1) - 1) * size
  return { [key]: rows.slice(start, start + size).map(wire) }
}

function couponsGet (call, shop, params) {
  params.only('coupon_id', 'end_time', 'denominations', 'page_no', 'page_size')
  const id = params.optionalId('coupon_id')
  const yuan = params.has('denominations') ? params.integer('denominations') : null
  const until = params.time('end_time')
  const rows = shop.coupons.filter(one => (id === undefined || String(one.id) === id) && (yuan === null || one.yuan === yuan) && (until === undefined || one.to <= until))
  return { ...pageOf(call, params, rows, couponWire, 'coupons'), total_results: rows.length }
}

const AMOUNTS = ['total_price', 'decrease_amount', 'discount_rate'] // fen, fen, thousandths of the price to pay

function activityValues (params) {
  const values = { name: params.required('name'), participate_range: Number(params.oneOf('participate_range', ['0', '1'], '0')) }
  for (const name of AMOUNTS) if (params.has(name)) values[name] = params.integer(name, undefined, 1)
  if (values.discount_rate > 1000 || (values.decrease_amount === undefined && values.discount_rate === undefined)) throw new Refused('parameterInvalid', 'decrease_amount')
  return { ...values, ...windowOf(params) }
}

function activityWire ({ id, from, to, kind: _kind, ids: _ids, gone: _gone, ...values }) {
  return { activity_id: id, ...values, start_time: shanghaiText(from), end_time: shanghaiText(to) }
}

const TYPES = ['1', '2'] // of single items, of the whole shop: as in the reference of the mjs calls

function typeOf (kind, params) {
  return kind === 'mjs' ? { type: Number(params.oneOf('type', TYPES, '2')) } : {}
}

/** The calls of one kind of activity: spend and save (`mjs`), or single items (`item`). */
function activities (kind) {
  const key = `${kind}_promotion`
  const of = (shop, params) => {
    const activity = shop.activities.find(one => one.kind === kind && String(one.id) === params.id('activity_id') && !one.gone)
    if (!activity) throw new Refused('recordNotExist', 'activity_id')
    return activity
  }
  return {
    add (shop, params) {
      params.only('name', ...(kind === 'mjs' ? ['type'] : []), 'start_time', 'end_time', 'participate_range', ...AMOUNTS)
      const activity = { id: idOf(shop, shop.activities), kind, ids: [], ...typeOf(kind, params), ...activityValues(params) }
      shop.activities.push(activity)
      return { tree: { activity_id: activity.id, is_success: true }, target: String(activity.id), params: { name: activity.name }, changed: true }
    },
    get (call, shop, params) {
      params.only('activity_id')
      return { [key]: activityWire(of(shop, params)) }
    },
    list (call, shop, params) {
      params.only('page_no', 'page_size', ...(kind === 'mjs' ? ['activity_type'] : []))
      const type = params.has('activity_type') ? Number(params.oneOf('activity_type', TYPES)) : undefined
      const rows = shop.activities.filter(one => one.kind === kind && !one.gone && (type === undefined || one.type === type))
      return { ...pageOf(call, params, rows, activityWire, `${key}_list`), total_count: rows.length }
    },
    remove (shop, params) {
      params.only('activity_id')
      const activity = of(shop, params)
      activity.gone = true
      return { tree: { is_success: true }, target: String(activity.id), params: {}, changed: true }
    }
  }
}

function activityById (shop, params) {
  const activity = shop.activities.find(one => String(one.id) === params.id('activity_id') && !one.gone)
  if (!activity) throw new Refused('recordNotExist', 'activity_id')
  return activity
}

function rangeAdd (shop, params) {
  params.only('activity_id', 'ids')
  const activity = activityById(shop, params)
  params.required('ids')
  const ids = [...new Set([...activity.ids, ...params.list('ids', 50)])]
  if (ids.length > MAX_RANGE) throw new Refused('parameterInvalid', 'ids', `一个活动最多 ${MAX_RANGE} 个商品`)
  const changed = ids.length > activity.ids.length
  activity.ids = ids
  return { tree: { is_success: true }, target: String(activity.id), params: { ids }, changed }
}

function rangeList (call, shop, params) {
  params.only('activity_id')
  const activity = activityById(shop, params)
  return { promotion_range_list: activity.ids.map(id => ({ activity_id: activity.id, participate_id: BigInt(id) })) }
}

module.exports = { couponAdd, couponsGet, mjs: activities('mjs'), item: activities('item'), rangeAdd, rangeList }
