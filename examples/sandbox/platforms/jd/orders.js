'use strict'
// Reading orders, fact sheet 10.1, 10.2 and 10.5.
const { slice } = require('../../shelf')
const { codeOf, Refused } = require('./envelope')
const { pick, rowsOf } = require('./cut')
const { plainOrders, maskedOrders } = require('./order_item')
const { shopOrderItem, STATES: SHOP_STATES } = require('./shop_order_item')
const { TO_SHIP, DAY_S } = require('./order_seed')
const { shanghaiText } = require('../../clock')

const MAX_WINDOW_S = 30 * DAY_S // "at most one month": the narrowest usual month
const MAX_CREATED_AGE_S = 730 * DAY_S
const MAX_MODIFIED_AGE_S = 90 * DAY_S
const MAX_SHOP_ORDERS = 20 // nothing says how many
const EVERY_STATE = 'ALL'

function apiResult (success, name) {
  if (name === undefined) return { success, numberCode: 0, chineseErrCode: '', englishErrCode: '' }
  return { success, numberCode: Number(codeOf(name)), chineseErrCode: '订单不存在', englishErrCode: 'no such order' }
}

function wantedStates (params, known) {
  const states = params.list(known)
  return states === null || states.includes(EVERY_STATE) ? null : states
}

/** The window, with the last month where the sheet lets it be left out. */
function windowOf (params, states, byCreation, now) {
  const window = params.window('start_date', 'end_date')
  const mayBeOpen = states?.length === 1 && states[0] === TO_SHIP
  if (!window && mayBeOpen) return [now - MAX_WINDOW_S, now]
  if (window?.[0] === undefined || window[1] === undefined) throw new Refused('wrongParameter', '缺少参数 start_date 或 end_date')
  if (window[1] - window[0] > MAX_WINDOW_S) throw new Refused('wrongValue', '时间范围不能超过一个月')
  if (now - window[0] > (byCreation ? MAX_CREATED_AGE_S : MAX_MODIFIED_AGE_S)) throw new Refused('wrongValue', 'start_date 过早')
  return window
}

function selectOrders (call, shop, axis, window, states) {
  const filter = states && (version => states.includes(version.status))
  const select = () => shop.orders.select(axis, { [axis]: window }, filter, JSON.stringify([axis, window, states]))
  call.moveRows?.(shop, shop.orders, select)
  return select()
}

/** `form` says how orders are shown and whether flags are text, which differs between the two calls on purpose. */
function searchWith ({ render, flag, total }) {
  return (call, shop, params) => {
    params.only('start_date', 'end_date', 'order_state', 'optional_fields', 'page', 'page_size', 'sortType', 'dateType')
    const now = Math.floor(call.now / 1000)
    const names = params.requiredList('optional_fields')
    const page = params.integer('page', { low: 1 })
    const size = params.integer('page_size', { low: 1, high: 100 })
    const states = wantedStates(params, 'order_state')
    const byCreation = params.text('dateType') === '1'
    const axis = byCreation ? 'createTime' : 'updateTime'
    const found = selectOrders(call, shop, axis, windowOf(params, states, byCreation, now), states)
    const rows = slice(found, call.stuck ? 0 : (page - 1) * size, size, params.text('sortType') !== '1')
    const orderInfoList = rows.length > 0 ? rowsOf(rows, render(shop), names) : undefined // an empty list is absent
    return { searchorderinfo_result: { apiResult: apiResult(flag), orderTotal: total(found.high - found.low), orderInfoList } }
  }
}

function getWith ({ render, flag, noFlag }) {
  return (call, shop, params) => {
    params.only('order_id', 'optional_fields', 'order_state')
    const names = params.requiredList('optional_fields')
    const version = shop.orders.current(params.id('order_id'))
    const states = wantedStates(params, 'order_state')
    if (!version || (states && !states.includes(version.status))) return noOrder(noFlag)()
    return { orderDetailInfo: { apiResult: apiResult(flag), orderInfo: pick(render(shop)(version), names) } }
  }
}

/** How the two calls say that an order does not exist; also for the fault not_found. */
function noOrder (noFlag) {
  return () => ({ orderDetailInfo: { apiResult: apiResult(noFlag, 'notFound') } })
}

const PLAIN = { render: plainOrders, flag: true, noFlag: false, total: count => count }
const MASKED = { render: maskedOrders, flag: 'true', noFlag: 'false', total: String }

const search = searchWith(PLAIN)
const enSearch = searchWith(MASKED)
const get = getWith(PLAIN)
const enGet = getWith(MASKED)

function shopStates (params) {
  const wanted = params.list('orderState')
  if (!wanted || wanted.includes(EVERY_STATE)) return null
  return Object.keys(SHOP_STATES).filter(state => wanted.includes(SHOP_STATES[state]))
}

/** How both calls of the shop family say that they went well. */
const DONE = { success: true, code: 200, message: '' }

/** Ids alone. By creation, newest first: nothing names the axis or the order. */
function shopOrderList (call, shop, params) {
  params.only('startDate', 'endDate', 'orderState', 'page', 'size')
  const window = params.window('startDate', 'endDate')
  if (window?.[0] === undefined || window[1] === undefined) throw new Refused('wrongParameter', '缺少参数 startDate 或 endDate')
  if (window[1] - window[0] > MAX_WINDOW_S) throw new Refused('wrongValue', '时间范围不能超过一个月')
  if (shanghaiText(window[0]).slice(0, 4) !== shanghaiText(window[1]).slice(0, 4)) throw new Refused('wrongValue', '时间范围不能跨年')
  const page = params.integer('page', { fallback: 1, low: 1, high: 50 })
  const size = params.integer('size', { fallback: 20, low: 1, high: 100 })
  const found = selectOrders(call, shop, 'createTime', window, shopStates(params))
  const rows = slice(found, call.stuck ? 0 : (page - 1) * size, size, false)
  return { returnType: { ...DONE, orders: rows.map(row => BigInt(row.id)), curPage: page, pageSize: size, recordCount: found.high - found.low } }
}

/** Several at a time; those that are not there are left out. */
function shopOrderGet (call, shop, params) {
  params.only('orders', 'optional_fields')
  const ids = params.texts('orders')
  if (!ids?.length) throw new Refused('wrongParameter', '缺少参数 orders')
  if (ids.length > MAX_SHOP_ORDERS) throw new Refused('wrongValue', `orders 最多 ${MAX_SHOP_ORDERS} 个`)
  const names = params.list('optional_fields') ?? []
  const orders = ids.map(id => shop.orders.current(id)).filter(Boolean).map(version => shopOrderItem(version, shop, names))
  return { orderDetailResult: { ...DONE, orders } }
}

/** Also for the fault not_found. */
function noShopOrder () {
  return { orderDetailResult: { ...DONE, orders: [] } }
}

const noPlain = noOrder(PLAIN.noFlag)
const noMasked = noOrder(MASKED.noFlag)

module.exports = { search, enSearch, get, enGet, noPlain, noMasked, shopOrderList, shopOrderGet, noShopOrder }
