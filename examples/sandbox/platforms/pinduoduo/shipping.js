'use strict'
// Shipping and notes, fact sheet 10.
const { accept } = require('./envelope')
const { Refused } = require('./params')
const { findOrder, readableOrder } = require('./orders')
const { SENT } = require('./order_seed')
const { companies } = require('./words')

const MAX_TRACKING_LENGTH = 64
const FIRST = 1
const CORRECTION = 2
const MAX_TAG_NAME = 3

function companiesGet (call, shop, params) {
  params.only()
  return accept({ logistics_companies: companies.map(([id, code, name, available]) => ({ id, code, logistics_company: name, available })) })
}

function companyOf (params) {
  const company = companies.find(([id]) => id === params.integer('logistics_id'))
  if (!company) throw new Refused('businessParameter', 'logistics_id 不存在')
  if (company[3] !== 1) throw new Refused('businessParameter', '该快递公司已停用')
  return company[0]
}

function trackingOf (params) {
  const tracking = params.required('tracking_number')
  if (tracking.length > MAX_TRACKING_LENGTH || !/^[A-Za-z0-9-]+$/.test(tracking)) throw new Refused('businessParameter', 'tracking_number 格式不正确')
  return tracking
}

/** What an order's state allows: a first shipment only once, a correction only after it. */
function checkState (version, kind) {
  if (kind === CORRECTION && version.state !== 'shipped') throw new Refused('orderState', '订单未发货或已签收，不能修改物流')
  if (kind === CORRECTION) return
  if (SENT.includes(version.state)) throw new Refused('orderShipped', '订单已发货，请勿重复发货')
  if (version.state !== 'toShip') throw new Refused('orderState', version.state === 'risk' ? '订单风控审核中，不能发货' : '订单当前状态不能发货')
  if (version.afterSales && [4, 5, 10].includes(version.afterSales.status)) throw new Refused('orderState', '订单已退款，不能发货')
}

/** pdd.logistics.online.send. Without redelivery_type it is a first shipment: the sheet does not say. */
function send (shop, params, desk) {
  params.only('order_sn', 'logistics_id', 'tracking_number', 'redelivery_type', 'refund_address_id', 'feature')
  const kind = params.choice('redelivery_type', FIRST, FIRST, CORRECTION)
  const shipment = { companyId: companyOf(params), tracking: trackingOf(params) }
  const version = readableOrder(shop, params.required('order_sn'), desk.now)
  checkState(version, kind)
  desk.put(shop.orders, desk.next(version, { state: 'shipped', status: 'shipped', shipTime: version.shipTime || desk.now, shipment }))
  return { target: version.id, params: { ...shipment, redeliveryType: kind }, changed: true, answer: accept({ is_success: true }) }
}

function tagOf (params) {
  if (!params.has('tag') && !params.has('tag_name')) return null
  const name = params.required('tag_name')
  const tag = params.integer('tag', undefined, 1, 5)
  if ([...name].length > MAX_TAG_NAME) throw new Refused('businessParameter', 'tag_name 最多 3 个字')
  return { tag, name }
}

/** This method tells its failures inside of a success (6). */
function notedOrder (shop, id, now) {
  const version = findOrder(shop, id, now)
  if (!version) throw new Refused(accept({ success: false, error_code: 40002001, error_msg: '订单不存在' }))
  return version
}

/** pdd.order.note.update: `tag` and `tag_name` come both or not at all. */
function note (shop, params, desk) {
  params.only('order_sn', 'note', 'tag', 'tag_name')
  const remark = params.required('note')
  const tag = tagOf(params)
  const version = notedOrder(shop, params.required('order_sn'), desk.now)
  desk.put(shop.orders, desk.next(version, { remark, tag: tag ?? version.tag }))
  return { target: version.id, params: { note: remark, tag }, changed: true, answer: accept({ success: true, error_code: 0, error_msg: '' }) }
}

module.exports = { companiesGet, send, note }
