'use strict'
// Shipping and remarks, fact sheet 10.6 and 10.7. A handler answers `{ target, params, changed, answer }`; what is refused
// on business grounds has only an `answer`.
const { Refused } = require('./envelope')
const { CARRIERS } = require('./catalog')
const { TO_SHIP, SHIPPED, FINISHED } = require('./order_seed')

const MAX_NUMBERS = 10
const MAX_NUMBER_TEXT = 200
const MAX_REMARK = 500
const MAX_FLAG = 5
const NO_ORDER = 10_100_001
const WRONG_STATE = 10_100_021

function shipmentResult (success, errorCode = 0, chineseErrCode = '', englishErrCode = '') {
  return { sopjosshipment_result: { success: String(success), errorCode, chineseErrCode, englishErrCode } } // "success may be text"
}

function readParcels (params) {
  const carriers = params.required('logiCoprId').split('|')
  const groups = params.required('logiNo').split('|')
  const numbers = groups.flatMap(group => group.split(','))
  if (!carriers.every(carrier => CARRIERS.some(([id]) => String(id) === carrier))) throw new Refused('wrongValue', 'logiCoprId 不存在')
  if (carriers.length !== groups.length) throw new Refused('wrongValue', 'logiNo 与 logiCoprId 的个数不一致')
  if (numbers.length > MAX_NUMBERS || params.text('logiNo').length > MAX_NUMBER_TEXT) throw new Refused('wrongValue', 'logiNo 最多10个、200字符')
  if (!numbers.every(number => /^[A-Za-z0-9-]+$/.test(number))) throw new Refused('wrongValue', 'logiNo 格式不正确')
  return { carrier: params.text('logiCoprId'), numbers: params.text('logiNo') }
}

/** A repeat on a shipped order is a business error (10.7). */
function shipment (shop, params, desk) {
  params.only('orderId', 'logiCoprId', 'logiNo', 'installId')
  const parcel = readParcels(params)
  const version = shop.orders.current(params.id('orderId'))
  if (!version) return { answer: shipmentResult(false, NO_ORDER, '订单不存在', 'order not found') }
  if (version.status === SHIPPED || version.status === FINISHED) return { answer: shipmentResult(false, WRONG_STATE, '订单已出库，请勿重复出库', 'order is shipped already') }
  if (version.status !== TO_SHIP) return { answer: shipmentResult(false, WRONG_STATE, '订单当前状态不能出库', 'order state forbids it') }
  desk.put(shop.orders, desk.next(version, { status: SHIPPED, shipTime: desk.now, shipment: parcel }))
  return { target: version.id, params: parcel, changed: true, answer: shipmentResult(true) }
}

function modifyVenderRemark (shop, params, desk) {
  params.only('order_id', 'flag', 'remark')
  const flag = params.integer('flag', { fallback: 0, low: 0, high: MAX_FLAG })
  const remark = params.text('remark')
  if (remark.length > MAX_REMARK) throw new Refused('wrongValue', `remark 最多${MAX_REMARK}字`)
  const version = shop.orders.current(params.id('order_id'))
  if (!version) throw new Refused('notFound', '订单不存在')
  desk.put(shop.orders, desk.next(version, { remark, flag }))
  return { target: version.id, params: { flag, remark }, changed: true, answer: { modifyvenderremark_result: { success: true } } }
}

/** The merchant's carriers. The sheet gives no fields: these are the models of the official kits (public copies). */
function getVenderCarrier (call, shop, params) {
  params.only()
  const carrierList = CARRIERS.map(([id, name]) => ({ id, name }))
  return { StandardGenericResponse: { resultCode: 1, resultMsg: '成功', result: { carrierList } } }
}

module.exports = { shipment, modifyVenderRemark, getVenderCarrier }
