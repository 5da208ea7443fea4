'use strict'
// Reading trades, fact sheet 5.5 to 5.7. Lists are newest first.
const { slice } = require('../../shelf')
const { Refused } = require('./params')
const { wantedFields, pick } = require('./fields')
const { amountsOf } = require('./trade_money')
const { yuan } = require('./item_wire')

const DAY_S = 86400
const MAX_HISTORY_S = 92 * DAY_S // "at most the last three months"
const DEFAULT_TYPES = ['guarantee_trade', 'auto_delivery', 'ec', 'cod', 'step']
const UNIONS = { ALL_WAIT_PAY: ['WAIT_BUYER_PAY', 'TRADE_NO_CREATE_PAY'], ALL_CLOSED: ['TRADE_CLOSED', 'TRADE_CLOSED_BY_TAOBAO'] }
const COMMON = ['fields', 'status', 'type', 'page_no', 'page_size', 'use_has_next']
const ONLY_IN_DETAIL = ['buyer_message', 'seller_memo', 'promotion_details', 'oaid', 'receiver_address', 'step_paid_fee', 'timeout_action_time']
const OAID_NEEDS = ['receiver_name', 'receiver_address', 'receiver_mobile', 'receiver_phone', 'created']

/** One status or a union of them, and the types, which are few unless they are named. */
function tradeFilter (params, defaults) {
  const status = params.text('status')
  if (status.includes(',')) throw new Refused('parameterInvalid', 'status', 'status 只能有一个值')
  const states = status === '' ? null : UNIONS[status] ?? [status]
  const types = params.list('type') ?? defaults
  const filter = row => types.includes(row.type ?? row.trade.type) && (!states || states.includes(row.status))
  return { filter, key: JSON.stringify([states, types]) }
}

/** Cuts a page: `{ rows, more }`, the second being the total or whether another page follows. */
function cutPage (call, shop, shelf, params, { axis, bounds, filter, key }) {
  const size = params.integer('page_size', 40, 1, 100)
  const page = params.integer('page_no', 1, 1)
  const select = () => shelf.select(axis, bounds, filter, JSON.stringify([axis, bounds, key]))
  call.moveRows?.(shop, shelf, select)
  const found = select()
  const total = found.high - found.low
  const start = call.stuck ? 0 : (page - 1) * size
  const rows = slice(found, start, size, false)
  return { rows, more: params.flag('use_has_next') ? { has_next: start + rows.length < total } : { total_results: total } }
}

function tradePage (call, shop, params, axis, window, openName) {
  const wanted = wantedFields(params, 'trade')
  const { rows, more } = cutPage(call, shop, shop.trades, params, { axis, bounds: { [axis]: window }, ...tradeFilter(params, DEFAULT_TYPES) })
  for (const name of [...ONLY_IN_DETAIL, ...['buyer_open_uid', 'buyer_open_id'].filter(one => one !== openName)]) wanted.delete(name)
  return { trades: rows.map(row => pick(shop.tradeWire(row), wanted)), ...more }
}

/** Both ends belong to a window; the sheet does not say. */
function dayWindow (params, from, to) {
  const window = [params.requiredTime(from), params.requiredTime(to)]
  if (window[1] < window[0]) throw new Refused('parameterInvalid', to, `${from} 晚于 ${to}`)
  if (window[1] - window[0] > DAY_S) throw new Refused('parameterInvalid', to, '时间跨度不能超过1天')
  return window
}

function sold (call, shop, params) {
  params.only(...COMMON, 'start_created', 'end_created')
  const now = Math.floor(call.now / 1000)
  const from = params.time('start_created') ?? now - MAX_HISTORY_S
  if (from < now - MAX_HISTORY_S) throw new Refused('parameterInvalid', 'start_created', '只能查询三个月以内的交易')
  return tradePage(call, shop, params, 'createTime', [from, params.time('end_created')], 'buyer_open_id')
}

function soldIncrement (call, shop, params) {
  params.only(...COMMON, 'start_modified', 'end_modified')
  return tradePage(call, shop, params, 'updateTime', dayWindow(params, 'start_modified', 'end_modified'), 'buyer_open_uid')
}

/** By the time of storage, which is the time of change here. */
function soldIncrementv (call, shop, params) {
  params.only(...COMMON, 'start_create', 'end_create')
  return tradePage(call, shop, params, 'updateTime', dayWindow(params, 'start_create', 'end_create'), 'buyer_open_uid')
}

function requireTrade (shop, tid) {
  const version = shop.trades.current(tid)
  if (!version) throw new Refused('tradeNotExist', 'trade-not-exist')
  return version
}

/** `oaid` only comes when everything it stands for is asked for as well. */
function oaidWanted (params, wanted) {
  const complete = OAID_NEEDS.every(name => wanted.has(name))
  if (params.flag('include_oaid')) {
    if (!complete) throw new Refused('oaidFields')
    wanted.add('oaid')
  } else if (!complete) wanted.delete('oaid')
  return wanted
}

function fullinfo (call, shop, params) {
  params.only('tid', 'fields', 'include_oaid')
  const wanted = oaidWanted(params, wantedFields(params, 'trade'))
  return { trade: pick(shop.tradeWire(requireTrade(shop, params.id('tid'))), wanted) }
}

/** The light detail: nothing about the receiver. */
function tradeGet (call, shop, params) {
  params.only('tid', 'fields')
  const wanted = [...wantedFields(params, 'trade')].filter(name => !name.startsWith('receiver_') && name !== 'oaid')
  return { trade: pick(shop.tradeWire(requireTrade(shop, params.id('tid'))), new Set(wanted)) }
}

function amount (call, shop, params) {
  params.only('tid', 'fields')
  const version = requireTrade(shop, params.id('tid'))
  const { payment, gross, discount, lines } = amountsOf(version)
  const wire = {
    tid: BigInt(version.id), payment: yuan(payment), post_fee: yuan(version.post), total_fee: yuan(gross), discount_fee: yuan(discount),
    orders: shop.tradeWire(version).orders.map((order, at) => ({ oid: order.oid, payment: yuan(lines[at].payment), total_fee: yuan(lines[at].total) }))
  }
  return { trade_amount: pick(wire, wantedFields(params, 'trade_amount')) }
}

module.exports = { sold, soldIncrement, soldIncrementv, fullinfo, tradeGet, amount, requireTrade, tradeFilter, cutPage }
