'use strict'
// Reading refunds, fact sheet 11.
const { slice } = require('../../shelf')
const { write } = require('../../json')
const { accept, acceptMembers } = require('./envelope')
const { Refused } = require('./params')
const { refundDetail, listedType } = require('./refund_wire')
const { HALF_HOUR_S } = require('./orders')

const MAX_PAGE_SIZE = 100
const ALL = 1 // both of the kind and, as older documentation has it, of the status

function filterOf (params) {
  const type = params.choice('after_sales_type', undefined, 1, 2, 3, 4, 5, 6)
  const status = params.integer('after_sales_status', undefined, 0, 40)
  const filter = row => (type === ALL || listedType(row.type) === type) && (status === ALL || row.status === status)
  return { filter, key: [type, status] }
}

/** An order_sn puts every other filter aside. */
function ofOrder (shop, orderSn) {
  return shop.refunds.sortedIds().map(id => shop.refunds.current(id)).filter(version => version.orderSn === orderSn)
}

/** pdd.refund.list.increment.get: by update time, at most half an hour, newest first. */
function increment (call, shop, params) {
  params.only('start_updated_at', 'end_updated_at', 'after_sales_type', 'after_sales_status', 'page', 'page_size', 'order_sn')
  const bounds = params.window('start_updated_at', 'end_updated_at', HALF_HOUR_S)
  const { filter, key } = filterOf(params)
  const { page, size } = params.page(MAX_PAGE_SIZE)
  if (params.has('order_sn')) return oneOrder(shop, params.text('order_sn'))
  const select = () => shop.refunds.select('updateTime', { updateTime: bounds }, filter, JSON.stringify([bounds, key]))
  call.moveRows?.(shop, shop.refunds, select)
  const found = select()
  const rows = slice(found, call.stuck ? 0 : (page - 1) * size, size, false)
  return acceptMembers('"refund_list":[', ...shop.refunds.pieces(rows), `],"total_count":${found.high - found.low}`)
}

function oneOrder (shop, orderSn) {
  const rows = ofOrder(shop, orderSn)
  return acceptMembers('"refund_list":[', ...shop.refunds.pieces(rows), `],"total_count":${rows.length}`)
}

function information (call, shop, params) {
  params.only('order_sn', 'after_sales_id')
  const rows = ofOrder(shop, params.required('order_sn'))
  const wanted = params.optionalId('after_sales_id')
  const version = wanted === undefined ? rows[rows.length - 1] : rows.find(row => row.id === wanted)
  if (!version) throw new Refused('notFound', '售后单不存在')
  return accept(refundDetail(version, shop))
}

/** Which of these orders have a refund that is not closed. */
function statusCheck (call, shop, params) {
  params.only('order_sns')
  const wanted = new Set(params.required('order_sns').split(','))
  const found = new Set(shop.refunds.sortedIds().map(id => shop.refunds.current(id)).filter(row => wanted.has(row.orderSn)).map(row => row.orderSn))
  return acceptMembers(`"order_sns_exists_refund":${write([...found])}`)
}

module.exports = { increment, information, statusCheck }
