'use strict'
// Refund applications, services and their money (fact sheet 11). Applications count in fen, the money of a service in yuan.
const { slice } = require('../../shelf')
const { shanghaiText } = require('../../clock')
const { Refused } = require('./envelope')
const { rowsOf } = require('./cut')
const { yuanNumber } = require('./money')
const { EXPECT_NAMES, RETURN, TO_REVIEW, AGREED, REFUSED, S_DONE } = require('./refund_seed')
const { CANCELED, TO_SHIP, LOCKED } = require('./order_seed')

const DAY_S = 86_400
const MAX_APPLY_WINDOW_S = 7 * DAY_S
const MAX_APPROVAL_WINDOW_S = 10 * DAY_S
const PAID_BACK = 13
const MAX_REJECT_TYPE = 5

/** An element of queryResult.result. Times are read as text, as on orders; the sheet does not type them. */
function refundItem (version) {
  const item = {
    id: BigInt(version.id),
    orderId: BigInt(version.orderId),
    applyRefundSum: version.fen,
    applyTime: shanghaiText(version.createTime),
    checkTime: version.checkTime ? shanghaiText(version.checkTime) : null,
    modified: shanghaiText(version.updateTime),
    status: version.status,
    reason: version.reason,
    checkUserName: version.checkUser,
    checkRemark: version.checkRemark
  }
  return Object.assign(item, version.set)
}

function within (window, value) {
  return !window || (value !== 0 && value >= (window[0] ?? -Infinity) && value <= (window[1] ?? Infinity))
}

/** Oldest change first: the sheet names no order, and this one lets a client roll its window. */
function queryPageList (call, shop, params) {
  params.only('ids', 'status', 'orderId', 'applyTimeStart', 'applyTimeEnd', 'checkTimeStart', 'checkTimeEnd', 'modifiedStart', 'modifiedEnd', 'pageIndex', 'pageSize', 'showSku')
  const page = params.integer('pageIndex', { fallback: 1, low: 1, high: 100 })
  const size = params.integer('pageSize', { fallback: 10, low: 1, high: 50 })
  const ids = params.list('ids')
  const status = params.has('status') ? params.integer('status') : null
  const orderId = params.idOrNone('orderId')
  const checked = params.window('checkTimeStart', 'checkTimeEnd')
  const bounds = { createTime: params.window('applyTimeStart', 'applyTimeEnd'), updateTime: params.window('modifiedStart', 'modifiedEnd') }
  const filter = row => (!ids || ids.includes(row.id)) && (status === null || row.status === status) && (orderId === undefined || row.orderId === orderId) && within(checked, row.checkTime)
  const select = () => shop.refunds.select('updateTime', bounds, filter, JSON.stringify([bounds, ids, status, orderId, checked]))
  call.moveRows?.(shop, shop.refunds, select)
  const found = select()
  const rows = slice(found, call.stuck ? 0 : (page - 1) * size, size, true)
  return { queryResult: { success: true, totalCount: found.high - found.low, result: rows.length > 0 ? rowsOf(rows, refundItem) : undefined } }
}

/** What the shop may answer: 1 agrees and cancels the order, 2 refuses and lets it be shipped. */
function replyRefund (shop, params, desk) {
  params.only('id', 'status', 'checkUserName', 'remark', 'rejectType', 'outWareStatus')
  const status = params.integer('status', { low: AGREED, high: REFUSED })
  if (status === REFUSED) params.integer('rejectType', { low: 1, high: MAX_REJECT_TYPE })
  params.integer('outWareStatus', { fallback: 2, low: 1, high: 2 })
  const version = shop.refunds.current(params.id('id'))
  if (!version) return { answer: { replyResult: { success: false, errorCode: '404', errorMessage: '退款申请不存在' } } }
  if (version.status !== TO_REVIEW) return { answer: { replyResult: { success: false, errorCode: '409', errorMessage: '退款申请已处理' } } }
  const checkUser = params.required('checkUserName')
  desk.put(shop.refunds, desk.next(version, { status, checkTime: desk.now, checkUser, checkRemark: params.text('remark') }))
  const order = shop.orders.current(version.orderId)
  if (order.status === LOCKED) {
    const ended = status === AGREED ? { status: CANCELED, endTime: desk.now } : { status: TO_SHIP }
    desk.put(shop.orders, desk.next(order, ended))
  }
  return { target: version.id, params: { status, remark: params.text('remark') }, changed: true, answer: { replyResult: { success: true } } }
}

/** An element of pageResult.data: numeric ids, millisecond times. Names beyond those of the sheet are the sandbox's. */
function serviceItem (version) {
  const item = {
    serviceId: BigInt(version.id),
    orderId: BigInt(version.orderId),
    serviceStatus: version.status,
    customerExpect: version.expect,
    customerExpectName: EXPECT_NAMES[version.expect],
    applyTime: version.createTime * 1000,
    updateTime: version.updateTime * 1000,
    skuId: BigInt(version.skuId),
    wareName: version.skuName,
    applyReason: version.reason
  }
  return Object.assign(item, version.set)
}

function ascQueryList (call, shop, params) {
  params.only('buId', 'operatePin', 'operateNick', 'applyTimeBegin', 'applyTimeEnd', 'updateTimeBegin', 'updateTimeEnd', 'serviceId', 'orderId', 'serviceStatus', 'customerExpect', 'pageNumber', 'pageSize')
  if (params.required('buId') !== shop.id) throw new Refused('wrongValue', 'buId 应为商家编号')
  params.required('operatePin')
  params.required('operateNick')
  const page = params.integer('pageNumber', { fallback: 1, low: 1 })
  const size = params.integer('pageSize', { fallback: 10, low: 1, high: 50 })
  const bounds = { createTime: params.window('applyTimeBegin', 'applyTimeEnd'), updateTime: params.window('updateTimeBegin', 'updateTimeEnd') }
  const wanted = [['serviceId', 'id'], ['orderId', 'orderId'], ['serviceStatus', 'status'], ['customerExpect', 'expect']].map(([name, fact]) => [params.text(name), fact])
  const filter = row => wanted.every(([value, fact]) => value === '' || String(row[fact]) === value)
  const select = () => shop.services.select('updateTime', bounds, filter, JSON.stringify([bounds, wanted]))
  call.moveRows?.(shop, shop.services, select)
  const found = select()
  const rows = slice(found, call.stuck ? 0 : (page - 1) * size, size, true)
  return { pageResult: { totalCount: found.high - found.low, pageNumber: page, pageSize: size, data: rowsOf(rows, serviceItem) } }
}

/** The money of a finished return, in yuan and with `200` for success. */
function refundGet (call, shop, params) {
  params.only('afsServiceId')
  const version = shop.services.current(params.id('afsServiceId'))
  if (!version) return { result: { success: false, resultCode: 404, resultMessage: '服务单不存在' } }
  const paid = version.status === S_DONE && version.expect === RETURN
  return { result: { success: true, resultCode: 200, data: { afsServiceId: BigInt(version.id), actualRefundAmount: yuanNumber(paid ? version.fen : 0) } } }
}

function checkWindow (window, most, names) {
  if (window && (window[0] === undefined || window[1] === undefined || window[1] - window[0] > most)) throw new Refused('wrongValue', `${names} 范围过大`)
}

/** The parameter names are the sandbox's; windows, page size, refund state and the success code are the sheet's. */
function serviceAndRefundView (call, shop, params) {
  params.only('applyTimeBegin', 'applyTimeEnd', 'approveTimeBegin', 'approveTimeEnd', 'orderId', 'pageNumber', 'pageSize')
  const applied = params.window('applyTimeBegin', 'applyTimeEnd')
  const approved = params.window('approveTimeBegin', 'approveTimeEnd')
  if (!applied && !approved) throw new Refused('wrongParameter', '缺少时间范围')
  checkWindow(applied, MAX_APPLY_WINDOW_S, 'applyTime')
  checkWindow(approved, MAX_APPROVAL_WINDOW_S, 'approveTime')
  const page = params.integer('pageNumber', { fallback: 1, low: 1 })
  const size = params.integer('pageSize', { fallback: 10, low: 1, high: 50 })
  const orderId = params.text('orderId')
  const { rows: all } = shop.services.select('createTime', {}, null, '')
  const found = all.filter(row => within(applied, row.createTime) && within(approved, row.updateTime) && row.status === S_DONE && row.expect === RETURN && (orderId === '' || row.orderId === orderId))
  const start = call.stuck ? 0 : (page - 1) * size
  const data = found.slice(start, start + size).map(row => ({ serviceId: BigInt(row.id), orderId: BigInt(row.orderId), refundStatus: PAID_BACK, refundAmount: yuanNumber(row.fen), applyTime: row.createTime * 1000, approveTime: row.updateTime * 1000 }))
  return { pageResult: { code: '00000', totalCount: found.length, data } }
}

module.exports = { queryPageList, replyRefund, ascQueryList, refundGet, serviceAndRefundView, refundItem, serviceItem }
