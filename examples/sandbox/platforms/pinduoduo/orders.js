'use strict'
// Reading orders, fact sheet 10.
const { write } = require('../../json')
const { slice } = require('../../shelf')
const { accept, acceptMembers } = require('./envelope')
const { Refused } = require('./params')
const { listedOrder, basicOrder, statusOf, refundStatus } = require('./order_wire')

const MAX_PAGE_SIZE = 100
const DAY_S = 86400
const HALF_HOUR_S = 1800
const HISTORY_S = 90 * DAY_S
const ALL = 5
const MAX_STATUS_ORDERS = 50 // the sheet names no limit
const FIRST_TEXTS = ['order_status', 'refund_status', 'page', 'page_size', 'trade_type', 'use_has_next']

/** History reaches back 90 days: a window that begins earlier is refused, for an empty answer would hide the mistake. */
function recentWindow (call, params, names, maxSeconds) {
  const window = params.window(...names, maxSeconds)
  if (window[0] < Math.floor(call.now / 1000) - HISTORY_S) throw new Refused('businessParameter', `${names[0]} 只支持近 90 天`)
  return window
}

function statusFilter (params) {
  const order = params.choice('order_status', undefined, 1, 2, 3, ALL)
  const refund = params.choice('refund_status', undefined, 1, 2, 3, 4, ALL)
  const trade = params.choice('trade_type', 0, 0, 1)
  const filter = row => (order === ALL || statusOf(row) === order) && (refund === ALL || refundStatus(row) === refund) && trade === 0
  return { filter, key: [order, refund, trade] }
}

/** With use_has_next the total is not counted; without it there is no has_next. */
function ending (call, params, found, end) {
  const total = found.high - found.low
  return params.flag('use_has_next') ? `"has_next":${call.stuck || end < total}` : `"total_count":${total}`
}

/** Newest first on both axes, so that paging forward loses rows that move. */
function pageOf (call, shop, params, axis, { bounds, filter, key }) {
  const { page, size } = params.page(MAX_PAGE_SIZE)
  const select = () => shop.orders.select(axis, { [axis]: bounds }, filter, JSON.stringify([axis, bounds, key]))
  call.moveRows?.(shop, shop.orders, select)
  const found = select()
  const rows = slice(found, call.stuck ? 0 : (page - 1) * size, size, false)
  return { rows, ending: ending(call, params, found, page * size) }
}

function dealtList (call, shop, params) {
  params.only('start_confirm_at', 'end_confirm_at', ...FIRST_TEXTS)
  const bounds = recentWindow(call, params, ['start_confirm_at', 'end_confirm_at'], DAY_S)
  return pageOf(call, shop, params, 'createTime', { bounds, ...statusFilter(params) })
}

/** pdd.order.list.get: by the time of deal, at most a day. */
function list (call, shop, params) {
  const { rows, ending } = dealtList(call, shop, params)
  return acceptMembers(`"order_list":${write(rows.map(row => listedOrder(row, shop)))},`, ending)
}

function basicList (call, shop, params) {
  const { rows, ending } = dealtList(call, shop, params)
  return acceptMembers(`"order_list":${write(rows.map(row => basicOrder(row, shop)))},`, ending)
}

/** pdd.order.number.list.increment.get: by update time, at most half an hour; whole orders in spite of its name. */
function increment (call, shop, params) {
  params.only('start_updated_at', 'end_updated_at', 'is_lucky_flag', ...FIRST_TEXTS)
  const bounds = recentWindow(call, params, ['start_updated_at', 'end_updated_at'], HALF_HOUR_S)
  const lucky = params.choice('is_lucky_flag', undefined, 0, 1, 2)
  const { filter, key } = statusFilter(params)
  const { rows, ending } = pageOf(call, shop, params, 'updateTime', { bounds, filter: row => filter(row) && lucky !== 2, key: [key, lucky] })
  return acceptMembers('"order_sn_list":[', ...shop.orders.pieces(rows), '],', ending)
}

/** An order that is there and not too old to be asked for, or undefined. */
function findOrder (shop, id, now) {
  const version = shop.orders.current(id)
  return version && version.createdAt >= now - HISTORY_S ? version : undefined
}

function readableOrder (shop, id, now) {
  const version = findOrder(shop, id, now)
  if (!version) throw new Refused('notFound', '订单不存在')
  return version
}

function information (call, shop, params) {
  params.only('order_sn')
  const version = readableOrder(shop, params.required('order_sn'), Math.floor(call.now / 1000))
  return acceptMembers('"order_info":', shop.orders.bytes(version))
}

/** pdd.order.status.get spells it orderSn; an order it does not find has status 0. */
function status (call, shop, params) {
  params.only('order_sns')
  const ids = params.required('order_sns').split(',')
  if (ids.length > MAX_STATUS_ORDERS) throw new Refused('businessParameter', `order_sns 最多 ${MAX_STATUS_ORDERS} 个`)
  return accept({
    order_status_list: ids.map(id => {
      const version = shop.orders.current(id)
      return { orderSn: id, order_status: version ? statusOf(version) : 0, refund_status: version ? refundStatus(version) : 0 }
    })
  })
}

module.exports = { list, basicList, increment, information, status, findOrder, readableOrder, HALF_HOUR_S, HISTORY_S }
